"""The host-mix bound: what any answer costs at least, by an integer program that knows hosts by type only; a proof.

Variables: y[t] loaded hosts of type t, z racks, v[t, l] hosts of type t licensed for product l and, where power at load
differs by type, q[t, s] the load that type t carries in slot s. Every answer gives a choice that keeps all rows, so the
program's optimum bounds every answer's cost from below. For a set F of types, I(F) are the items that fit no other:

* volume: Σ_{t ∈ F} size[t, r] y[t] ≥ Σ_{i ∈ I(F)} demand[i, r] in every resource and slot r, sizes rounded down to what
  sums of demands can reach;
* apart: Σ_{t ∈ F} y[t] ≥ labels of any group within I(F), and at least 1; z ≥ labels of any group apart by racks;
* large items: Σ_t ⌊size[t, r] / σ⌋ y[t] ≥ items of at least σ;
* licences: Σ_t size[t, r] v[t, l] ≥ demand of the items that need product l; v ≤ y;
* racks: z holds the height and the power of hosts and spares, also in the rounded forms of :func:`_rounded`; and where
  hosts are of few makes, there are as many racks filled in ways that hold them all (:func:`rack_ways`);
* load: Σ_t q[t, s] = load in slot s, q[t, s] ≤ size[t, s] y[t];
* spares: k hosts of a type that no type with load exceeds; every such type is tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock

import highspy
import numpy as np

from cloudplan.packing.fleet.question import Bools, Fleet, Floats, Ints, Racks

SLACK = 1e-6
"""Relative slack of every row: what the tolerances of check and solver may hide."""
SHARES = 6
"""Rows for items larger than a 1/2, 1/3, … 1/SHARES of some type."""
ROUNDINGS = 12
"""Rounded forms of a rack's height and power."""
CHUNK = 20_000
WAYS = 300
"""Most ways to fill a rack that the program looks at."""
NODES = 20_000
"""Most branch-and-bound nodes; the bound is a proof wherever the solver stops."""

Row = tuple[dict[int, float], float]
"""Coefficient of each column, and what their sum is at least."""


@dataclass(frozen=True, eq=False)
class Mix:
    """Which hosts are had, by type: the program's best choice, which may or may not be packable.

    Parameters
    ----------
    value
        Proven least cost of an answer with spares of this type, yuan a year; infinite where there is none.
    cost
        What these hosts cost, with racks, licences, the moves that they make needful and the least power at load.
    hosts
        The same without power at load.
    fresh
        Loaded hosts of each type beyond those standing; shape (types,).
    kept
        Which standing hosts carry load; shape (standing,).
    licensed
        Hosts of each type that carry each product; shape (products, types).
    spare
        Type of its spares, or -1 for none.
    racks
        Its racks.
    """

    value: float
    cost: float
    hosts: float
    fresh: Ints
    kept: Bools
    licensed: Ints
    spare: int = -1
    racks: int = 0

    def loaded(self, fleet: Fleet) -> int:
        """Count the hosts that carry load."""
        return int(self.fresh.sum() + self.kept.sum())


@dataclass(frozen=True, eq=False)
class Bound:
    """What any answer that leaves nothing over costs at least.

    Parameters
    ----------
    value
        Yuan a year; infinite where there is no answer.
    mixes
        The best choice for each type of spares, cheapest first.
    """

    value: float
    mixes: tuple[Mix, ...] = ()


@dataclass(frozen=True, eq=False)
class Needs:
    """What the items ask of any hosts: rows over the types, made once for a fleet.

    Parameters
    ----------
    volume, counts
        (coefficient of each type, least sum); volume may be inflated, counts not.
    products
        (product, coefficient of each type, least sum).
    racks
        Least racks.
    fits
        Which item fits which type.
    by_slot
        Load in every slot, shape (slots,).
    """

    volume: tuple[tuple[Floats, float], ...]
    counts: tuple[tuple[Floats, float], ...]
    products: tuple[tuple[int, Floats, float], ...]
    racks: int
    fits: Bools
    by_slot: Floats


def least_cost(fleet: Fleet, known: Needs | None = None) -> Bound:
    """Prove what any answer costs at least.

    Parameters
    ----------
    known
        What :func:`needs_of` said of the fleet, if it was asked before.
    """
    if fleet.items == 0:
        return Bound(0.0)
    needs = known or needs_of(fleet)
    found = (cheapest(fleet, needs, spare) for spare in spare_types(fleet))
    feasible = sorted((mix for mix in found if math.isfinite(mix.value)), key=lambda mix: mix.value)
    return Bound(feasible[0].value, tuple(feasible)) if feasible else Bound(math.inf)


def spare_types(fleet: Fleet) -> list[int]:
    """List the types of which the spares could be: as many as are kept can be had; [-1] where none are kept."""
    if fleet.spares == 0:
        return [-1]
    return [t for t in range(fleet.types) if fleet.most[t] >= fleet.spares]


def needs_of(fleet: Fleet) -> Needs:
    """Set out what the items ask."""
    columns = _columns_alike(fleet)
    firsts = [group[0] for group in columns]
    usable = _in_grains(fleet)
    size = fleet.size[:, firsts]
    fits = fleet.allowed.copy()
    for start in range(0, fleet.items, CHUNK):
        part = fleet.demand[start : start + CHUNK]
        peaks = np.stack([part[:, group].max(axis=1) for group in columns], axis=1)
        for t in range(fleet.types):
            fits[start : start + CHUNK, t] &= (peaks <= size[t] * (1 + SLACK)).all(axis=1)
    volume: list[tuple[Floats, float]] = []
    counts: list[tuple[Floats, float]] = []
    within_of, inverse = np.unique(np.packbits(fits, axis=1), axis=0, return_inverse=True)
    for pattern in range(len(within_of)):
        within = fits[np.flatnonzero(inverse.ravel() == pattern)[0]]
        inside = ~(fits & ~within).any(axis=1)
        total = fleet.demand.sum(axis=0) if inside.all() else fleet.demand[inside].sum(axis=0)
        for group in columns:
            fullest = group[int(total[group].argmax())]
            volume.append((np.where(within, usable[:, fullest], 0.0), float(total[fullest])))
        counts.append((within.astype(float), float(max(1, _labels(fleet, inside, ("host", "rack", "room"))))))
    counts += _large_items(fleet, columns)
    products = []
    for product in range(len(fleet.licence_price)):
        needing = (fleet.licences >> product) & 1 == 1
        if needing.any():
            total = fleet.demand[needing].sum(axis=0)
            for group in columns:
                fullest = group[int(total[group].argmax())]
                products.append((product, usable[:, fullest], float(total[fullest])))
            products.append((product, np.ones(fleet.types), float(max(1, _labels(fleet, needing, ("host",))))))
    everyone = np.ones(fleet.items, np.bool_)
    racks = _labels(fleet, everyone, ("rack", "room"))
    return Needs(tuple(volume), tuple(counts), tuple(products), racks, fits, fleet.demand[:, : fleet.slots].sum(axis=0))


def cheapest(fleet: Fleet, needs: Needs, spare: int, inflate: float = 0.0, above: float = -math.inf) -> Mix:
    """Find the cheapest hosts that the rows allow, with spares of one type.

    Parameters
    ----------
    spare
        Type of the spares, or -1 for none.
    inflate
        Share by which volumes are enlarged, for those who look for hosts with room to spare.
    above
        Least ``hosts`` asked, for those who look for the next choice. With either, ``value`` bounds no answer.
    """
    none = Mix(math.inf, math.inf, math.inf, *_nothing(fleet), spare)
    may = fleet.dominated(spare) if spare >= 0 else np.ones(fleet.types, np.bool_)
    if not needs.fits[:, may].any(axis=1).all():
        return none
    program = _Program(fleet, may & (fleet.most > 0))
    for kind in np.flatnonzero(may & (fleet.most > 0)).tolist():
        kept = fleet.spares if kind == spare else 0
        program.rows.append((dict.fromkeys(program.of_type[kind], -1.0), -float(fleet.most[kind] - kept)))
    for factor, listed in ((1.0 + inflate, needs.volume), (1.0, needs.counts)):
        for coefficients, total in listed:
            if total > 0 and not program.at_least(coefficients, total * factor):
                return none
    constant = float(fleet.price[spare]) * fleet.spares if spare >= 0 else 0.0
    constant += _moves(fleet)
    racks = _racks(fleet, needs, spare, program)
    licensed = _licences(fleet, needs, program)
    fixed = len(program.costs)
    if math.isfinite(above):
        program.rows.append((dict(enumerate(program.costs)), above - constant))
    without_load = constant
    constant += _load(fleet, needs, program)
    bound, choice = program.solve()
    if not math.isfinite(bound):
        return none
    fresh, kept_hosts, products = _nothing(fleet)
    for kind, columns in enumerate(program.of_type):
        for c in columns:
            stand = program.standing[c]
            kept_hosts[stand[: int(choice[c])]] = True
            if not stand:
                fresh[kind] += int(choice[c])
    for (product, kind), c in licensed.items():
        products[product, kind] = choice[c]
    cost = constant + sum(value * price for value, price in zip(choice, program.costs, strict=True))
    hosts = without_load + sum(choice[c] * program.costs[c] for c in range(fixed))
    value = (bound + constant) * (1 - SLACK)
    return Mix(value, cost, hosts, fresh, kept_hosts, products, spare, int(choice[racks]) if racks >= 0 else 0)


class _Program:
    """A small integer program while it is written: columns for hosts, then whatever is added."""

    def __init__(self, fleet: Fleet, may: Bools) -> None:
        self.costs: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[bool] = []
        self.rows: list[Row] = []
        self.of_type: list[list[int]] = [[] for _ in range(fleet.types)]
        self.standing: list[list[int]] = []
        worth = np.bincount(
            fleet.home[fleet.home >= 0], fleet.move_price[fleet.home >= 0], minlength=len(fleet.standing)
        )
        alike: dict[tuple[int, float], list[int]] = {}
        for host, kind in enumerate(fleet.standing.tolist()):
            alike.setdefault((kind, float(worth[host])), []).append(host)
        for (kind, saved), hosts in alike.items():
            if may[kind]:
                self.of_type[kind].append(self.add(float(fleet.price[kind]) - saved, 0, len(hosts)))
                self.standing.append(hosts)
        for kind in np.flatnonzero(may).tolist():
            beyond = int(fleet.most[kind]) - int((fleet.standing == kind).sum())
            if beyond > 0:
                self.of_type[kind].append(self.add(float(fleet.price[kind]), 0, min(beyond, fleet.items)))
                self.standing.append([])

    def add(self, cost: float, low: float, high: float, whole: bool = True) -> int:
        """Add a column and give its number."""
        self.costs.append(cost)
        self.low.append(float(low))
        self.high.append(float(high))
        self.whole.append(whole)
        return len(self.costs) - 1

    def hosts(self, coefficients: Floats, total: float) -> dict[int, float]:
        """Write Σ coefficient x hosts over a total, each host giving no more than is asked."""
        return {
            c: min(float(coefficients[kind]) / total, 1.0)
            for kind, columns in enumerate(self.of_type)
            for c in columns
            if coefficients[kind] > 0
        }

    def at_least(self, coefficients: Floats, total: float) -> bool:
        """Ask that hosts give a total together; say whether any could."""
        row = self.hosts(coefficients, total)
        self.rows.append((row, 1.0 - SLACK))
        return bool(row)

    def solve(self) -> tuple[float, list[float]]:
        """Minimise; return the proven bound and the best choice found, infinite and empty where there is none."""
        scale = max((abs(cost) for cost in self.costs), default=0.0) or 1.0
        bound, choice = _solve(np.array(self.costs) / scale, self.low, self.high, self.rows, self.whole)
        return bound * scale, choice


def _nothing(fleet: Fleet) -> tuple[Ints, Bools, Ints]:
    return (
        np.zeros(fleet.types, np.int64),
        np.zeros(len(fleet.standing), np.bool_),
        np.zeros((len(fleet.licence_price), fleet.types), np.int64),
    )


def _moves(fleet: Fleet) -> float:
    """Add up what it costs to take every item from home; a standing host that is kept saves its items' share."""
    return float(fleet.move_price[fleet.home >= 0].sum())


def _columns_alike(fleet: Fleet) -> list[Ints]:
    """Put resources together of which every type carries the same: the fullest speaks for all; unbound ones go."""
    groups: dict[tuple[float, ...], list[int]] = {}
    for r in range(fleet.demand.shape[1]):
        if np.isfinite(fleet.size[:, r]).any():
            groups.setdefault(tuple(fleet.size[:, r].tolist()), []).append(r)
    return [np.array(columns, dtype=np.int64) for columns in groups.values()] or [np.zeros(1, np.int64)]


def _in_grains(fleet: Fleet) -> Floats:
    """Round sizes down to what sums of demands can reach: multiples of the largest step that divides every demand."""
    usable = fleet.size.copy()
    for column in range(fleet.demand.shape[1]):
        demand = fleet.demand[:, column]
        for unit in (1.0, 0.1, 0.01):
            steps = np.rint(demand / unit)
            if (np.abs(steps * unit - demand) <= 1e-9 * np.maximum(demand, 1.0)).all():
                step = unit * float(np.gcd.reduce(steps.astype(np.int64)))
                if step > 0:
                    # what a sum of floats may miss must not cost a step
                    usable[:, column] = np.floor(fleet.size[:, column] / step * (1 + SLACK) + SLACK) * step
                break
    return usable


def _labels(fleet: Fleet, inside: Bools, scopes: Iterable[str]) -> int:
    """Count the labels of the largest group within some items."""
    wanted = set(scopes)
    return max(
        (
            len({la for m, la in zip(group.members, group.labelled(), strict=True) if inside[m]})
            for group in fleet.apart
            if group.scope in wanted
        ),
        default=0,
    )


def _large_items(fleet: Fleet, columns: list[Ints]) -> list[tuple[Floats, float]]:
    """At most ⌊size / σ⌋ items of at least σ in one and the same resource share a host.

    Of slots alike, the fullest is looked at and the one with the largest item.
    """
    rows: dict[tuple[int, int], tuple[Floats, float]] = {}
    total, largest = fleet.demand.sum(axis=0), fleet.demand.max(axis=0)
    for group in columns:
        for column in sorted({int(group[total[group].argmax()]), int(group[largest[group].argmax()])}):
            taken, size = np.sort(fleet.demand[:, column]), fleet.size[:, column]
            for of in np.unique(size):
                if not 0 < of < math.inf:
                    continue
                for share in range(2, SHARES + 1):
                    start = int(np.searchsorted(taken, of / share * (1 + SLACK), side="right"))
                    count = len(taken) - start
                    key = (column, count)
                    if count >= 2 and key not in rows:
                        fit = np.floor(np.minimum(size / taken[start], count) * (1 + SLACK) + SLACK)
                        rows[key] = (fit, float(count))
    return list(rows.values())


def _rack_shares(fleet: Fleet) -> list[Floats]:
    """Say which share of a rack each type takes, by height and by power, plain and rounded."""
    racks = fleet.racks
    if racks is None:
        return []
    shares = []
    for taken, limit in ((fleet.height_u, racks.height_u), (fleet.power_w, racks.power_w)):
        if math.isfinite(limit) and limit > 0:
            share = np.minimum(taken / limit, 1.0)
            shares += [share, *(_rounded(share, m) for m in range(1, ROUNDINGS))]
    return shares


def _rounded(share: Floats, m: int) -> Floats:
    """Round shares of a whole so that those that fill it still sum to 1 at most (Fekete & Schepers, 2001)."""
    parts = (m + 1) * share
    near = np.abs(parts - np.round(parts)) < 1e-9
    rounded: Floats = np.where(near, share, np.floor(parts) / m)
    return rounded


def _racks(fleet: Fleet, needs: Needs, spare: int, program: _Program) -> int:
    """Add the racks, which hold the hosts and the spares; give their column, or -1."""
    if fleet.racks is None:
        return -1
    racks = program.add(fleet.racks.price, max(1, needs.racks), len(fleet.racks.room))

    def taken(weight: Floats) -> tuple[dict[int, float], float]:
        row = {c: -float(weight[k]) for k, columns in enumerate(program.of_type) for c in columns if weight[k]}
        return row, fleet.spares * float(weight[spare]) if spare >= 0 else 0.0

    for of_type in _rack_shares(fleet):
        row, kept = taken(of_type)
        program.rows.append(({racks: 1.0, **row}, kept - SLACK))
    used = [k for k, columns in enumerate(program.of_type) if columns or k == spare]
    makes, make_of = np.unique(
        np.stack([fleet.height_u[used], fleet.power_w[used]], axis=1), axis=0, return_inverse=True
    )
    ways = rack_ways(fleet.racks, makes)
    if ways is not None:
        filled = [program.add(0.0, 0, len(fleet.racks.room)) for _ in ways]
        program.rows.append(({racks: 1.0, **dict.fromkeys(filled, -1.0)}, 0.0))
        for make in range(len(makes)):
            row, kept = taken(np.isin(np.arange(fleet.types), np.array(used)[make_of.ravel() == make]).astype(float))
            holds = {c: float(way[make]) for c, way in zip(filled, ways, strict=True) if way[make]}
            program.rows.append(({**holds, **row}, kept))
    return racks


def rack_ways(racks: Racks, makes: Floats) -> list[tuple[int, ...]] | None:
    """List the ways to fill a rack to which nothing can be added, or ``None`` where there are too many.

    Parameters
    ----------
    makes
        Height and power of each make of host; shape (makes, 2).
    """
    if (makes.max(axis=1) <= 0).any() or len(makes) > 4:
        return None
    ways: list[tuple[int, ...]] = []

    def most(make: int, height: float, power: float) -> int:
        by = [left / taken for left, taken in zip((height, power), makes[make], strict=True) if taken > 0]
        return math.floor(min(by) + 1e-9) if math.isfinite(min(by)) else WAYS

    def add(way: tuple[int, ...], height: float, power: float) -> None:
        make = len(way)
        if len(ways) > WAYS:
            return
        if make == len(makes):
            if all(most(m, height, power) == 0 for m in range(make)):
                ways.append(way)
            return
        limit = most(make, height, power)
        for count in range(limit, -1, -1) if make < len(makes) - 1 else (limit,):
            add((*way, count), height - count * makes[make, 0], power - count * makes[make, 1])

    add((), racks.height_u, racks.power_w)
    return ways if len(ways) <= WAYS else None


def _licences(fleet: Fleet, needs: Needs, program: _Program) -> dict[tuple[int, int], int]:
    """Add the licensed hosts of each product and type, and give their columns."""
    of: dict[tuple[int, int], int] = {}
    for product in sorted({product for product, _, _ in needs.products}):
        for kind, columns in enumerate(program.of_type):
            if columns:
                price = float(fleet.licence_price[product] * fleet.sockets[kind])
                of[product, kind] = program.add(price, 0, sum(program.high[c] for c in columns))
                program.rows.append(({**dict.fromkeys(columns, 1.0), of[product, kind]: -1.0}, 0.0))
    for product, coefficients, total in needs.products:
        if total > 0:
            row = {
                c: min(float(coefficients[kind]) / total, 1.0)
                for (of_product, kind), c in of.items()
                if of_product == product and coefficients[kind] > 0
            }
            program.rows.append((row, 1.0 - SLACK))
    return of


def _load(fleet: Fleet, needs: Needs, program: _Program) -> float:
    """Add the load that dearer types carry in each slot; say what power at load costs anyhow."""
    kinds = [kind for kind, columns in enumerate(program.of_type) if columns]
    least = float(fleet.load_price[kinds].min())
    anyhow = least * float(fleet.load.sum())
    if not (fleet.load_price[kinds] > least).any():
        return anyhow
    # the least dear types may be full; the others carry what is left
    for slot in range(fleet.slots):
        total = float(needs.by_slot[slot])
        if total <= 0:
            continue
        row: dict[int, float] = {}
        for kind in kinds:
            more = float(fleet.load_price[kind]) - least
            size = float(fleet.size[kind, slot]) / total
            if more <= 0:
                row |= dict.fromkeys(program.of_type[kind], size)
            else:
                carried = program.add(more * total / fleet.slots, 0, 1, whole=False)
                row[carried] = 1.0
                program.rows.append(({**dict.fromkeys(program.of_type[kind], size), carried: -1.0}, 0.0))
        program.rows.append((row, 1.0 - SLACK))
    return anyhow


_BANNER = Lock()


@cache
def quiet() -> None:
    """Let the library print its banner where nobody sees it; called once, before there are threads that print."""
    from pyomo.common.tee import capture_output

    with _BANNER, capture_output(capture_fd=True):
        highspy.Highs()


def _solve(
    costs: Floats, low: list[float], high: list[float], rows: list[Row], integer: list[bool]
) -> tuple[float, list[float]]:
    """Minimise over the rows; return the proven bound and the best choice found."""
    if any(a > b for a, b in zip(low, high, strict=True)):
        return math.inf, []
    quiet()
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-7), ("mip_max_nodes", NODES)):
        solver.setOptionValue(option, value)
    many = len(costs)
    solver.addVars(many, np.array(low), np.array(high))
    solver.changeColsCost(many, np.arange(many, dtype=np.int32), costs)
    whole = np.flatnonzero(integer).astype(np.int32)
    kinds = np.full(len(whole), highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(len(whole), whole, kinds)
    starts = np.cumsum([0, *(len(row) for row, _ in rows[:-1])]).astype(np.int32)
    indices = np.array([c for row, _ in rows for c in row], dtype=np.int32)
    values = np.array([v for row, _ in rows for v in row.values()])
    least = np.array([total for _, total in rows])
    solver.addRows(len(rows), least, np.full(len(rows), highspy.kHighsInf), len(indices), starts, indices, values)
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return math.inf, []
    solution = solver.getSolution().col_value
    return float(solver.getInfo().mip_dual_bound), [
        float(round(value)) if is_whole else value for value, is_whole in zip(solution, integer, strict=True)
    ]
