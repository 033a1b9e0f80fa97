"""A pinned workload stands on its own host and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cloudplan.findings import Finding
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Pinned(Rule[PackingProblem]):
    """A dongle, a licence bound to a machine or a fixed decision ties a workload to one host."""

    def forbids(self, problem: PackingProblem, choice: tuple[str, str]) -> Finding | None:
        """Forbid every host but the given one."""
        workload, host = choice
        wanted = problem.pinned.get(workload, host)
        if wanted == host:
            return None
        values = {"workload": workload, "host": host, "wanted": wanted}
        return Finding("packing.pinned.elsewhere", subject=workload, rule=self.name(), values=values)

    def violations(self, problem: PackingProblem, state: State) -> Iterator[Finding]:
        """Yield each pinned workload that stands on another host."""
        for _, workload, host in problem.standing(state):
            if workload in problem.pinned and problem.pinned[workload] != host:
                values = {"workload": workload, "host": host, "wanted": problem.pinned[workload]}
                yield Finding("packing.pinned.elsewhere", subject=workload, rule=self.name(), values=values)


def kept() -> tuple[PackingProblem, State]:
    """Put the workload with the dongle on h2."""
    problem = problem_of({"a": [1], "dongle": [1]}, {"h1": "small", "h2": "small"}, pinned={"dongle": "h2"})
    return problem, state_of(problem, {"a": "h1", "dongle": "h2"})


def broken() -> tuple[PackingProblem, State]:
    """Put the workload with the dongle on h1."""
    problem = problem_of({"a": [1], "dongle": [1]}, {"h1": "small", "h2": "small"}, pinned={"dongle": "h2"})
    return problem, state_of(problem, {"a": "h1", "dongle": "h1"})
