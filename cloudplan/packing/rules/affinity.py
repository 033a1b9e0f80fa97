"""Workloads that belong together stand on one host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Affinity(Rule[PackingProblem]):
    """Off unless the scenario states groups; of a group, the workloads in this pool count.

    Parameters
    ----------
    groups
        Lists of workloads; those of one list share a host.
    """

    by_default: ClassVar[bool] = False

    groups: tuple[tuple[str, ...], ...] = field(default=(), metadata={"required": True})

    def build(self, block: Any, model: Any, problem: PackingProblem) -> None:
        """Write x[v, h] + Σ x[w, h'] ≤ 1 over h' ≠ h, for each pair v, w of a group and each host h."""
        block.together = pyo.ConstraintList()
        for group in self.groups:
            here = [workload for workload in group if workload in problem.rows]
            for one, other in combinations(here, 2):
                for host in model.hosts_of[one]:
                    elsewhere = [model.x[other, h] for h in model.hosts_of[other] if h != host]
                    if elsewhere:
                        block.together.add(model.x[one, host] + sum(elsewhere) <= 1)

    def violations(self, problem: PackingProblem, state: State) -> Iterator[Finding]:
        """Yield each workload that stands apart from the first of its group."""
        host_of = {workload: host for _, workload, host in problem.standing(state)}
        for group in self.groups:
            placed = [workload for workload in group if workload in host_of]
            for workload in placed[1:]:
                if host_of[workload] != host_of[placed[0]]:
                    values = {
                        "workload": workload,
                        "host": host_of[workload],
                        "other": placed[0],
                        "other_host": host_of[placed[0]],
                    }
                    yield Finding("packing.affinity.apart", subject=workload, rule=self.name(), values=values)


def kept() -> tuple[PackingProblem, State]:
    """Put the application beside its cache."""
    use = {"app": [1], "cache": [1], "other": [1]}
    problem = problem_of(use, {"h1": "large", "h2": "large"}, options={"affinity": {"groups": [["app", "cache"]]}})
    return problem, state_of(problem, {"app": "h1", "cache": "h1", "other": "h2"})


def broken() -> tuple[PackingProblem, State]:
    """Put the application and its cache on two hosts."""
    problem, _ = kept()
    return problem, state_of(problem, {"app": "h1", "cache": "h2", "other": "h2"})
