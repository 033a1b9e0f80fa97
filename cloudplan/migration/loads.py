"""Workloads and hosts as rows over the same resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from cloudplan.demand import Floats
from cloudplan.migration.problem import MigrationProblem


@dataclass(frozen=True, eq=False)
class Loads:
    """What workloads take and hosts carry.

    Columns: CPU use in each slot, then CPU allocation, memory, network.

    Parameters
    ----------
    slots
        Number of CPU slots.
    row
        Row of each workload in ``demand``.
    demand
        Shape (workloads, slots + 3).
    place
        Row of each host in ``capacity``.
    capacity
        Shape (hosts, slots + 3); infinite where a host has no limit.
    """

    slots: int
    row: Mapping[str, int]
    demand: Floats
    place: Mapping[str, int]
    capacity: Floats

    def total(self, workloads: Iterable[str]) -> Floats:
        """Add up what workloads take; shape (slots + 3,)."""
        rows = [self.row[w] for w in workloads]
        total: Floats = self.demand[rows].sum(axis=0)
        return total

    def carried(self, host: str) -> Floats:
        """Give what a host carries; shape (slots + 3,)."""
        capacity: Floats = self.capacity[self.place[host]]
        return capacity


def loads_of(problem: MigrationProblem) -> Loads:
    """Set out the demand of the workloads and the capacity of the hosts.

    A host may allocate threads × the pool's ratio.
    """
    demand = problem.demand
    slots = demand.cpu_use.shape[1]
    flat = np.column_stack([demand.vcpu, demand.memory_gib, demand.mbps])
    capacity = np.zeros((len(problem.hosts), slots + 3))
    for i, host in enumerate(problem.hosts.values()):
        kind = problem.kinds[host.kind]
        capacity[i, :slots] = kind.usable_cpu
        ratio = problem.pools[host.pool].cpu_ratio
        capacity[i, slots:] = kind.threads * ratio, kind.usable_memory_gib, kind.mbps
    return Loads(
        slots=slots,
        row=demand.position(),
        demand=np.hstack([demand.cpu_use, flat]),
        place={host: i for i, host in enumerate(problem.hosts)},
        capacity=capacity,
    )
