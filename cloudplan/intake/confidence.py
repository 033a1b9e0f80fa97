"""How far the figures of a machine can be trusted: the share of the data points that planning needs, as stars.

The stars are those of Azure Migrate's assessments (0-20 % of the needed data points ★, 21-40 ★★, 41-60 ★★★, 61-80 ★★★★,
81-100 ★★★★★). Which points are needed is this project's own list (:data:`POINTS`), since a plan needs others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudplan.intake.machine import Machine

POINTS = ("cpu_load", "memory_load", "days", "storage", "network")
"""The data points: CPU load, memory load, both over enough days (14), storage, network traffic."""
ENOUGH_DAYS = 14.0
"""Days of measurement under which nothing is right-sized, the planner's default."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """What is known of one machine or department.

    Parameters
    ----------
    kind, name
        ``workload`` or ``department``, and its id.
    known, needed
        Data points that are there, and that a plan needs.
    """

    kind: str
    name: str
    known: int
    needed: int

    @property
    def percent(self) -> float:
        """Share of the needed data points that are there, %."""
        return 100.0 * self.known / self.needed if self.needed else 0.0

    @property
    def stars(self) -> int:
        """Stars, 1 to 5: one for each begun fifth."""
        return min(5, max(1, math.ceil(self.percent / 20.0 - 1e-9)))


def points(machine: Machine) -> tuple[str, ...]:
    """List the data points that are there of a machine; traffic counts as a mean or as the peak of a series."""
    loads = {"cpu_load": machine.cpu_p95_pct is not None, "memory_load": machine.memory_p95_pct is not None}
    enough = any(loads.values()) and (machine.days or 0.0) >= ENOUGH_DAYS
    traffic = (machine.network_in_mbps, machine.network_out_mbps, machine.mbps)
    network = any(rate is not None for rate in traffic)
    there = {**loads, "days": enough, "storage": machine.storage_gib is not None, "network": network}
    return tuple(point for point in POINTS if there[point])


def confidence(machines: Sequence[tuple[str, Machine]], department_of: Mapping[str, str]) -> tuple[Confidence, ...]:
    """Judge every machine, and every department by its machines that run.

    Parameters
    ----------
    machines
        Workload id and machine.
    department_of
        Workload → department.

    Returns
    -------
    tuple of Confidence
        Departments first, in order of appearance, then workloads. A department with no machine that runs is not judged.
    """
    single = [Confidence("workload", workload, len(points(m)), len(POINTS)) for workload, m in machines]
    whole: dict[str, list[Confidence]] = {}
    for one, (workload, machine) in zip(single, machines, strict=True):
        if machine.running:
            whole.setdefault(department_of[workload], []).append(one)
    departments = [
        Confidence("department", name, sum(c.known for c in group), sum(c.needed for c in group))
        for name, group in whole.items()
    ]
    return (*departments, *single)
