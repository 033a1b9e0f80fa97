"""The host-mix bound: what any answer costs at least, by an integer program that knows hosts by type only; a proof.

Variables: y[t] loaded hosts of type t, z racks, v[t, l] hosts of type t licensed for product l and, where power at load
differs by type, q[t, s] the load that type t carries in a group s of slots. Every answer gives a choice that keeps all
rows, so the program's optimum bounds every answer's cost from below. For a set F of types, I(F) are the items that fit
no other:

* volume: Σ_{t ∈ F} size[t, r] y[t] ≥ Σ_{i ∈ I(F)} demand[i, r] in every resource and slot r, sizes rounded down to what
  sums of demands can reach;
* apart: Σ_{t ∈ F} y[t] ≥ labels of any group within I(F), and at least 1; z ≥ labels of any group apart by racks;
* large items: Σ_t ⌊size[t, r] / σ⌋ y[t] ≥ items of at least σ;
* licences: Σ_t size[t, r] v[t, l] ≥ demand of the items that need product l; v ≤ y;
* racks: z holds the height and the power of hosts and spares, also in rounded forms (:func:`~.rack_ways.rack_shares`);
  where hosts are of few makes, as many racks, each filled in one of its ways (:func:`~.rack_ways.rack_ways`), hold all;
* load: Σ_t q[t, s] = mean load of the slots of group s, q[t, s] ≤ size[t, s] y[t];
* spares: k hosts of one size that no type with load exceeds, of whichever types have it; every such size is tried.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from cloudplan.packing.fleet.needs import SLACK, Needs, needs_of
from cloudplan.packing.fleet.program import Program
from cloudplan.packing.fleet.question import Bools, Fleet, Floats, Ints
from cloudplan.packing.fleet.rack_ways import rack_shares, rack_ways

GROUPS = 20
"""Groups of slots for which power at load is reckoned."""


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
        A type of the size of its spares, or -1 for none.
    spares
        Spares of each type; shape (types,).
    racks
        Its racks.
    """

    value: float
    cost: float
    hosts: float
    fresh: Ints
    kept: Bools
    licensed: Ints
    spares: Ints
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
        The best choice for each size of spares, cheapest first.
    """

    value: float
    mixes: tuple[Mix, ...] = ()


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
    """List a type of each size that the spares could have, there being enough hosts of it; [-1] where none are kept."""
    if fleet.spares == 0:
        return [-1]
    return [
        t
        for t in range(fleet.types)
        if fleet.most[like := of_size(fleet, t)].sum() >= fleet.spares and t == np.flatnonzero(like)[0]
    ]


def of_size(fleet: Fleet, spare: int) -> Bools:
    """Say which types are of the size of one of them; shape (types,)."""
    alike: Bools = (fleet.size == fleet.size[spare]).all(axis=1)
    return alike


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
    none = Mix(math.inf, math.inf, math.inf, *_nothing(fleet), np.zeros(fleet.types, np.int64), spare)
    may = fleet.dominated(spare) if spare >= 0 else np.ones(fleet.types, np.bool_)
    if not needs.fits[:, may].any(axis=1).all():
        return none
    program = Program(fleet, may & (fleet.most > 0))
    spares = _spares(fleet, spare, program)
    for kind in np.flatnonzero(may & (fleet.most > 0)).tolist():
        had = [*program.of_type[kind], *([spares[kind]] if kind in spares else [])]
        program.rows.append((dict.fromkeys(had, -1.0), -float(fleet.most[kind])))
    for factor, listed in ((1.0 + inflate, needs.volume), (1.0, needs.counts)):
        for coefficients, total in listed:
            if total > 0 and not program.at_least(coefficients, total * factor):
                return none
    constant = _moves(fleet)
    racks = _racks(fleet, needs, spares, program)
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
    empty = np.zeros(fleet.types, np.int64)
    for kind, c in spares.items():
        empty[kind] = choice[c]
    cost = constant + sum(value * price for value, price in zip(choice, program.costs, strict=True))
    hosts = without_load + sum(choice[c] * program.costs[c] for c in range(fixed))
    value = (bound + constant) * (1 - SLACK)
    return Mix(value, cost, hosts, fresh, kept_hosts, products, empty, spare, int(choice[racks]) if racks >= 0 else 0)


def _nothing(fleet: Fleet) -> tuple[Ints, Bools, Ints]:
    return (
        np.zeros(fleet.types, np.int64),
        np.zeros(len(fleet.standing), np.bool_),
        np.zeros((len(fleet.licence_price), fleet.types), np.int64),
    )


def _moves(fleet: Fleet) -> float:
    """Add up what it costs to take every item from home; a standing host that is kept saves its items' share."""
    return float(fleet.move_price[fleet.home >= 0].sum())


def every_host(fleet: Fleet, first: Mix) -> Mix:
    """Have every host that may carry load beside the spares of a mix, no more of a type than there are items."""
    may = fleet.dominated(first.spare) if first.spare >= 0 else np.ones(fleet.types, np.bool_)
    standing = np.bincount(fleet.standing, minlength=fleet.types)
    beyond = np.maximum(fleet.most - standing, 0)
    kept = may[fleet.standing]
    for kind in np.flatnonzero(first.spares > beyond).tolist():
        kept[np.flatnonzero(fleet.standing == kind)[: int(first.spares[kind] - beyond[kind])]] = False
    fresh = np.where(may, np.minimum(np.maximum(beyond - first.spares, 0), fleet.items), 0)
    licensed = np.broadcast_to(fresh + standing, first.licensed.shape).copy()
    return replace(first, fresh=fresh, kept=kept, licensed=licensed, racks=0, cost=math.inf, hosts=math.inf)


def _spares(fleet: Fleet, spare: int, program: Program) -> dict[int, int]:
    """Add the spares of each type of their size, and give their columns."""
    if spare < 0:
        return {}
    kinds = np.flatnonzero(of_size(fleet, spare) & (fleet.most > 0)).tolist()
    of = {kind: program.add(float(fleet.price[kind]), 0, min(fleet.spares, int(fleet.most[kind]))) for kind in kinds}
    program.rows.append((dict.fromkeys(of.values(), 1.0), float(fleet.spares)))
    return of


def _racks(fleet: Fleet, needs: Needs, spares: dict[int, int], program: Program) -> int:
    """Add the racks, which hold the hosts and the spares; give their column, or -1."""
    if fleet.racks is None:
        return -1
    racks = program.add(fleet.racks.price, max(1, needs.racks), len(fleet.racks.room))
    had = [[*columns, *([spares[kind]] if kind in spares else [])] for kind, columns in enumerate(program.of_type)]

    def taken(weight: Floats) -> dict[int, float]:
        return {c: -float(weight[kind]) for kind, columns in enumerate(had) for c in columns if weight[kind]}

    for of_type in rack_shares(fleet):
        program.rows.append(({racks: 1.0, **taken(of_type)}, -SLACK))
    used = [kind for kind, columns in enumerate(had) if columns]
    makes, make_of = np.unique(
        np.stack([fleet.height_u[used], fleet.power_w[used]], axis=1), axis=0, return_inverse=True
    )
    ways = rack_ways(fleet.racks, makes)
    if ways is not None:
        filled = [program.add(0.0, 0, len(fleet.racks.room)) for _ in ways]
        program.rows.append(({racks: 1.0, **dict.fromkeys(filled, -1.0)}, 0.0))
        for make in range(len(makes)):
            row = taken(np.isin(np.arange(fleet.types), np.array(used)[make_of.ravel() == make]).astype(float))
            holds = {c: float(way[make]) for c, way in zip(filled, ways, strict=True) if way[make]}
            program.rows.append(({**holds, **row}, 0.0))
    return racks


def _licences(fleet: Fleet, needs: Needs, program: Program) -> dict[tuple[int, int], int]:
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


def _load(fleet: Fleet, needs: Needs, program: Program) -> float:
    """Add the load that dearer types carry in each slot; say what power at load costs anyhow."""
    kinds = [kind for kind, columns in enumerate(program.of_type) if columns]
    least = float(fleet.load_price[kinds].min())
    anyhow = least * float(fleet.load.sum())
    if not (fleet.load_price[kinds] > least).any() or fleet.slots == 0:
        return anyhow
    # slots of like load are put together: what their mean costs is no more than they cost on average
    for group in np.array_split(np.argsort(needs.by_slot, kind="stable"), min(fleet.slots, GROUPS)):
        total = float(needs.by_slot[group].mean())
        if total <= 0:
            continue
        # the least dear types may be full; the others carry what is left
        row: dict[int, float] = {}
        for kind in kinds:
            more = float(fleet.load_price[kind]) - least
            size = min(float(fleet.size[kind, group].mean()) / total, 1.0)
            if more <= 0:
                row |= dict.fromkeys(program.of_type[kind], size)
            else:
                carried = program.add(more * total * len(group) / fleet.slots, 0, 1, whole=False)
                row[carried] = 1.0
                program.rows.append(({**dict.fromkeys(program.of_type[kind], size), carried: -1.0}, 0.0))
        program.rows.append((row, 1.0 - SLACK))
    return anyhow
