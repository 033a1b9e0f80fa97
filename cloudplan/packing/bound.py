"""The host-mix bound: how few hosts, or how cheap ones, any packing needs; a proof by a small integer program.

The program (:mod:`cloudplan.packing.fleet.bound`) chooses how many hosts of each kind carry load. Every packing gives a
choice that keeps all its rows, so its optimum is a lower bound (``docs/packing.md`` has the proof of each row).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudplan.errors import BadInput
from cloudplan.packing.as_fleet import fleet_of_kinds
from cloudplan.packing.fleet.bound import least_cost
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.resources import items_of
from cloudplan.packing.rules import resolve
from cloudplan.packing.rules.spare_hosts import SpareHosts
from cloudplan.rule import Rule


@dataclass(frozen=True)
class Bound:
    """What any packing of all workloads needs at least.

    Parameters
    ----------
    value
        Fewest loaded hosts or, where costs were given, least cost of them; infinite where no packing exists.
    mix
        Hosts by kind that reach it in the program (which may or may not be packable).
    """

    value: float
    mix: Mapping[str, int]

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
        wanted, but not a single server: there is only one, and it is among the hosts or not had.
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
    asked = fleet_of_kinds(problem, items, rules, offered, dict.fromkeys(offered, 1.0) if cost is None else cost)
    if asked.fleet.types == 0:
        return Bound(math.inf, {})
    found = least_cost(asked.fleet)
    if not math.isfinite(found.value):
        return Bound(math.inf, {})
    value = math.ceil(found.value - 1e-4) if cost is None else found.value
    return Bound(float(max(value, 0)), asked.by_kind(found.mixes[0].fresh))


def offered_kinds(problem: PackingProblem, rules: Iterable[Rule[Any]]) -> dict[str, int]:
    """Say how many hosts of each kind may carry load; a named spare may not, a purchasable kind has no limit."""
    spares_empty = any(isinstance(rule, SpareHosts) for rule in rules)
    offered = dict(Counter(host.kind for host in problem.hosts if not (spares_empty and host.spare)))
    for kind in problem.purchasable:
        if problem.kinds[kind].server is None:
            offered[kind] = len(problem.workloads)
    return offered
