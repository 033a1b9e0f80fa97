"""What packing compares: items and hosts as rows over the same resources, dominated slots left out.

Resources, column by column: CPU use in each leading slot, CPU allocation, memory, network and, where a rule limits it,
the number of workloads. Items are workloads; those that must share a host are one item.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudplan.capacity import HostKind
from cloudplan.demand import Floats
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.rules.affinity import Affinity
from cloudplan.packing.rules.capacity import Capacity
from cloudplan.packing.rules.ha_separation import HaSeparation
from cloudplan.packing.rules.most_workloads import MostWorkloads
from cloudplan.rule import Rule


@dataclass(frozen=True, eq=False)
class Items:
    """Workloads as packing moves them about.

    Parameters
    ----------
    members
        Rows of the problem that make up each item.
    demand
        Shape (items, resources).
    groups
        HA groups with a member in each item, as numbers from 0; empty where no rule separates them.
    group_count
        Number of HA groups.
    clashing
        Whether an item holds two members of one HA group, and so can stand nowhere.
    slots
        Columns of ``cpu_use`` that are compared.
    sized
        Whether hosts have a size at all: the rule ``capacity`` is on.
    most
        Most workloads a host, or ``None``.
    """

    members: tuple[tuple[int, ...], ...]
    demand: Floats
    groups: tuple[tuple[int, ...], ...]
    group_count: int
    clashing: npt.NDArray[np.bool_]
    slots: npt.NDArray[np.intp]
    sized: bool
    most: int | None

    def capacity(self, kind: HostKind, cpu_ratio: float) -> Floats:
        """Say what a host of one kind carries; shape (resources,)."""
        flat = [kind.threads * cpu_ratio, kind.usable_memory_gib, kind.mbps] if self.sized else []
        if self.most is not None:
            flat.append(self.most)
        return np.concatenate([np.full(len(self.slots), kind.usable_cpu), np.array(flat, dtype=float)])


def items_of(problem: PackingProblem, rules: Iterable[Rule[Any]]) -> Items:
    """Merge the workloads that must share a host, and set out what each item takes."""
    listed = tuple(rules)
    members = _merged(problem, [group for rule in listed if isinstance(rule, Affinity) for group in rule.groups])
    most = min(
        (rule.most for rule in listed if isinstance(rule, MostWorkloads) and rule.most is not None), default=None
    )
    sized = any(isinstance(rule, Capacity) for rule in listed)
    slots = problem.leading if sized else np.arange(0)
    columns = [problem.cpu_use[:, slots]]
    if sized:
        columns += [problem.vcpu[:, None], problem.memory_gib[:, None], problem.mbps[:, None]]
    if most is not None:
        columns.append(np.ones((len(problem.workloads), 1)))
    table = np.hstack(columns)
    demand = np.array([table[list(item)].sum(axis=0) for item in members]).reshape(len(members), table.shape[1])

    separated = any(isinstance(rule, HaSeparation) for rule in listed)
    names = sorted({group for group in problem.ha_group if group is not None}) if separated else []
    number = {group: i for i, group in enumerate(names)}
    held = [[number[g] for i in item if (g := problem.ha_group[i]) is not None and g in number] for item in members]
    return Items(
        members=members,
        demand=demand,
        groups=tuple(tuple(sorted(set(groups))) for groups in held),
        group_count=len(names),
        clashing=np.array([len(set(groups)) < len(groups) for groups in held], dtype=bool),
        slots=slots,
        sized=sized,
        most=most,
    )


def _merged(problem: PackingProblem, together: list[tuple[str, ...]]) -> tuple[tuple[int, ...], ...]:
    """Join workloads that share a group, directly or through others; items in order of their first workload."""
    item_of = list(range(len(problem.workloads)))
    for group in together:
        rows = [problem.rows[workload] for workload in group if workload in problem.rows]
        joined = {item_of[row] for row in rows}
        if len(joined) > 1:
            least = min(joined)
            item_of = [least if item in joined else item for item in item_of]
    members: dict[int, list[int]] = {}
    for row, item in enumerate(item_of):
        members.setdefault(item, []).append(row)
    return tuple(tuple(rows) for rows in members.values())
