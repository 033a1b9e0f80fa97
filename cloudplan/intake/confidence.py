"""How far the figures of a machine can be trusted: the share of the data points that planning needs, as stars.

The stars are those of Azure Migrate's assessments (0-20 % of the needed data points ★, 21-40 ★★, 41-60 ★★★, 61-80 ★★★★,
81-100 ★★★★★). Which points are needed is this project's own list (:data:`POINTS`), since a plan needs others.
"""

from __future__ import annotations

import math
from collections import Counter
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
    measured, declared, needed
        Data points that a tool measured, that somebody or a configuration states, and that a plan needs.
    """

    kind: str
    name: str
    measured: int
    declared: int
    needed: int

    @property
    def known(self) -> int:
        """Data points that are there."""
        return self.measured + self.declared

    @property
    def missing(self) -> int:
        """Data points that are not there."""
        return self.needed - self.known

    @property
    def percent(self) -> float:
        """Share of the needed data points that are there, %."""
        return 100.0 * self.known / self.needed if self.needed else 0.0

    @property
    def stars(self) -> int:
        """Stars, 1 to 5: one for each begun fifth."""
        return min(5, max(1, math.ceil(self.percent / 20.0 - 1e-9)))


def points(machine: Machine) -> dict[str, str]:
    """Say of each data point that is there whether it was ``measured`` or ``declared``.

    A load or rate counts as measured where the file says over how many days, or gives a series; a size is configured,
    so declared. Traffic counts as a mean or as the peak of a series.
    """
    how = "measured" if machine.days is not None else "declared"
    loads = {"cpu_load": machine.cpu_p95_pct is not None, "memory_load": machine.memory_p95_pct is not None}
    enough = any(loads.values()) and (machine.days or 0.0) >= ENOUGH_DAYS
    traffic = (machine.network_in_mbps, machine.network_out_mbps, machine.mbps)
    network = any(rate is not None for rate in traffic)
    there = {**loads, "days": enough, "storage": machine.storage_gib is not None, "network": network}
    return {point: "declared" if point == "storage" else how for point in POINTS if there[point]}


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
    single = [_of("workload", workload, [points(machine)]) for workload, machine in machines]
    whole: dict[str, list[dict[str, str]]] = {}
    for workload, machine in machines:
        if machine.running:
            whole.setdefault(department_of[workload], []).append(points(machine))
    return (*(_of("department", name, group) for name, group in whole.items()), *single)


def _of(kind: str, name: str, there: Sequence[Mapping[str, str]]) -> Confidence:
    counts = Counter(how for each in there for how in each.values())
    return Confidence(kind, name, counts["measured"], counts["declared"], len(there) * len(POINTS))
