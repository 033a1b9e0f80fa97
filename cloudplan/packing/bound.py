"""The host-mix bound: how few hosts, or how cheap ones, any packing needs; a proof by a small integer program.

The program chooses how many hosts of each kind carry load. Every packing gives a choice that keeps all its rows, so its
optimum is a lower bound (``docs/packing.md`` has the proof of each row). It has a handful of variables, whatever the
number of workloads.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from pyomo.common.tee import capture_output

from cloudplan.demand import Floats
from cloudplan.errors import BadInput
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.resources import Items, items_of
from cloudplan.packing.rules import resolve
from cloudplan.packing.rules.pinned import Pinned
from cloudplan.packing.rules.spare_hosts import SpareHosts
from cloudplan.rule import Rule

SLACK = 1e-6
"""Relative slack of every row: what the tolerances of packing and solver may hide."""
SHARES = 6
"""Rows for items larger than a 1/2, 1/3, … 1/SHARES of some kind of host."""
NODES = 50_000
"""Most branch-and-bound nodes; the bound is a proof wherever the solver stops."""


@dataclass(frozen=True)
class Bound:
    """What any packing of all workloads needs at least.

    Parameters
    ----------
    value
        Fewest loaded hosts or, where costs were given, least cost of them; infinite where no packing exists.
    mix
        Hosts by kind that reach it in the program (which may or may not be packable).
    exact
        Whether the solver closed the program, so that a better value needs more rows.
    """

    value: float
    mix: Mapping[str, int]
    exact: bool = True

    @property
    def feasible(self) -> bool:
        """Whether the offered kinds could hold the load at all, as far as the program can tell."""
        return math.isfinite(self.value)


def host_mix_bound(problem: PackingProblem, cost: Mapping[str, float] | None = None) -> Bound:
    """Prove how few hosts, or how cheap ones, any packing needs over the offered kinds.

    Parameters
    ----------
    problem
        Kinds are offered as often as there are hosts of them that may carry load; those in ``purchasable`` as often as
        wanted, but a single server once.
    cost
        Cost of one host by kind (≥ 0, any unit), or ``None`` to count hosts.

    Raises
    ------
    ValueError
        If an offered kind has no cost, or a negative one.
    BadInput
        If the rules' options are wrong.
    """
    rules, faults = resolve(problem.options)
    if faults:
        raise BadInput(faults)
    offered = offered_kinds(problem, rules)
    if cost is not None and (wrong := [kind for kind in offered if not cost.get(kind, -1.0) >= 0]):
        raise ValueError(f"no cost, or a negative one, for host kinds {', '.join(wrong)}")
    if not problem.workloads:
        return Bound(0.0, {})
    items = items_of(problem, rules)
    if items.clashing.any() or not offered:
        return Bound(math.inf, {})
    group = _alike(problem, items, offered, cost)
    sizes = np.array([items.capacity(problem.kinds[kinds[0]], problem.cpu_ratio) for kinds in group])
    pinned = problem.pinned if any(isinstance(rule, Pinned) for rule in rules) else {}
    fits = _fits(problem, items, sizes, group, pinned)
    if not fits.any(axis=1).all():
        return Bound(math.inf, {})
    prices = np.array([1.0 if cost is None else cost[kinds[0]] for kinds in group])
    least = _pinned_hosts(problem, group, pinned)
    most = np.array([min(sum(offered[kind] for kind in kinds), len(problem.workloads)) for kinds in group])
    rows = _rows(items, sizes, fits)
    value, counts, exact = _solve(prices, least, most, rows)
    if not math.isfinite(value):
        return Bound(value, {})
    value = math.ceil(value - 1e-4) if cost is None else value * (1 - SLACK)
    return Bound(float(max(value, 0)), _split(counts, group, offered), exact)


def offered_kinds(problem: PackingProblem, rules: Iterable[Rule[Any]]) -> dict[str, int]:
    """Say how many hosts of each kind may carry load; a named spare may not, a purchasable kind has no limit."""
    spares_empty = any(isinstance(rule, SpareHosts) for rule in rules)
    offered = dict(Counter(host.kind for host in problem.hosts if not (spares_empty and host.spare)))
    for kind in problem.purchasable:
        if problem.kinds[kind].server is None:
            offered[kind] = len(problem.workloads)
    return offered


def _alike(
    problem: PackingProblem, items: Items, offered: Mapping[str, int], cost: Mapping[str, float] | None
) -> list[list[str]]:
    """Put kinds of equal size and cost together: one variable for all of them, and no symmetry."""
    alike: dict[tuple[float, ...], list[str]] = {}
    for kind in offered:
        size = items.capacity(problem.kinds[kind], problem.cpu_ratio)
        alike.setdefault((*size.tolist(), 0.0 if cost is None else cost[kind]), []).append(kind)
    return list(alike.values())


def _fits(
    problem: PackingProblem, items: Items, sizes: Floats, group: list[list[str]], pinned: Mapping[str, str]
) -> npt.NDArray[np.bool_]:
    """Say which items fit which kinds, alone; shape (items, groups of kinds)."""
    room = sizes * (1 + SLACK) + SLACK
    fits = np.array([(items.demand <= of).all(axis=1) for of in room]).T
    for item, rows in enumerate(items.members):
        for workload in (problem.workloads[i] for i in rows):
            if workload in pinned:
                host = problem.offered.get(pinned[workload])
                fits[item] &= np.array([host is not None and host.kind in kinds for kinds in group], dtype=bool)
    return fits


def _pinned_hosts(problem: PackingProblem, group: list[list[str]], pinned: Mapping[str, str]) -> npt.NDArray[np.int64]:
    """Count the hosts of each group of kinds that carry load because a workload is pinned to them."""
    hosts = {pinned[workload] for workload in problem.workloads if workload in pinned}
    kinds = Counter(problem.offered[host].kind for host in hosts if host in problem.offered)
    return np.array([sum(kinds[kind] for kind in listed) for listed in group])


def _rows(items: Items, sizes: Floats, fits: npt.NDArray[np.bool_]) -> list[tuple[Floats, float]]:
    """Write the rows Σ a[k] y[k] ≥ b as pairs (a, b)."""
    rows: list[tuple[Floats, float]] = []
    for kinds in np.unique(fits, axis=0):
        within = ~(fits & ~kinds).any(axis=1)  # the items that fit these kinds only
        rows += _volume_rows(items.demand[within], np.where(kinds[:, None], sizes, 0.0))
        groups = Counter(g for item in np.flatnonzero(within) for g in items.groups[item])
        rows.append((kinds.astype(float), float(max(groups.values(), default=1))))
    rows += _large_item_rows(items.demand, sizes, len(items.slots))
    return rows


def _volume_rows(demand: Floats, sizes: Floats) -> list[tuple[Floats, float]]:
    """In every resource, the hosts hold the items' total; of columns alike in all kinds, the fullest says it all."""
    total = demand.sum(axis=0)
    fullest: dict[tuple[float, ...], int] = {}
    for column in range(demand.shape[1]):
        key = tuple(sizes[:, column])
        if key not in fullest or total[column] > total[fullest[key]]:
            fullest[key] = column
    return [(sizes[:, column], float(total[column])) for column in fullest.values() if total[column] > 0]


def _large_item_rows(demand: Floats, sizes: Floats, slots: int) -> list[tuple[Floats, float]]:
    """At most ⌊size / s⌋ items of at least s share a host, for sizes s just over a share of some kind."""
    rows: dict[tuple[int, int], tuple[Floats, float]] = {}
    columns = set(range(slots, demand.shape[1]))
    if slots:
        use = demand[:, :slots]
        columns |= {int(use.sum(axis=0).argmax()), int(use.max(axis=0).argmax())}
    for column in sorted(columns):
        taken = np.sort(demand[:, column])
        for size in np.unique(sizes[:, column]):
            if not 0 < size < math.inf:
                continue
            for share in range(2, SHARES + 1):
                start = int(np.searchsorted(taken, size / share * (1 + SLACK), side="right"))
                count = len(taken) - start
                if count < 2 or (column, count) in rows:
                    continue
                fit = np.floor(np.minimum(sizes[:, column] / taken[start], count) * (1 + SLACK) + SLACK)
                rows[column, count] = (fit, float(count))
    return list(rows.values())


def _solve(
    prices: Floats, least: npt.NDArray[np.int64], most: npt.NDArray[np.int64], rows: list[tuple[Floats, float]]
) -> tuple[float, list[int], bool]:
    """Minimise Σ prices[k] y[k] over whole y; return the proven bound, the best counts and whether it is closed."""
    # its constructor prints a banner before it can be told to be quiet
    with capture_output(capture_fd=True):
        solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 0.0), ("mip_max_nodes", NODES)):
        solver.setOptionValue(option, value)
    scale = float(prices.max()) or 1.0
    for column, (price, low, high) in enumerate(zip(prices, least, most, strict=True)):
        if low > high:
            return math.inf, [], True
        solver.addVar(float(low), float(high))
        solver.changeColCost(column, float(price) / scale)
        solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    for coefficients, total in rows:
        # a host can't give more than is asked; this also makes an unknown (infinite) size a number
        over = np.minimum(coefficients / total, 1.0)
        used = np.flatnonzero(over)
        solver.addRow(1.0 - SLACK, highspy.kHighsInf, len(used), used.astype(np.int32), over[used])
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return math.inf, [], True
    info = solver.getInfo()
    bound = float(info.mip_dual_bound) * scale
    counts = [round(value) for value in solver.getSolution().col_value]
    return bound, counts, status == highspy.HighsModelStatus.kOptimal


def _split(counts: list[int], group: list[list[str]], offered: Mapping[str, int]) -> dict[str, int]:
    """Give the hosts of each group to its kinds, in the order offered."""
    mix: dict[str, int] = {}
    for count, kinds in zip(counts, group, strict=True):
        left = count
        for kind in kinds:
            taken = min(left, offered[kind])
            left -= taken
            if taken:
                mix[kind] = taken
    return mix
