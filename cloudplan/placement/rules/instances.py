"""A component of level 3 has two instances at least, so that one may fail (EB-G06).

For every component of level 3 or more that arrives in a cluster: its workloads ≥ ``least``. Placement can't double a
workload: missed at no price, it is a remark to whoever designs the system; set hard, such a component may not arrive.
Which hosts the instances get is packing's business (rule ``ha-separation``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Relief
from cloudplan.state import State


@dataclass(frozen=True)
class Instances(CandidateRule):
    """Enough instances for one to fail."""

    least: int = field(default=2, metadata={"least": 1, "most": 10})
    from_level: int = field(default=3, metadata={"least": 1, "most": 5})

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G06"
    mark: ClassVar[str] = "T"
    counts: ClassVar[str] = "seat"
    soft: float | None = field(default=0.0, kw_only=True, metadata={"least": 0})

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Count the workloads of the component."""
        component = problem.components[candidate.component]
        if candidate.pool not in problem.clusters or component.level < self.from_level:
            return None
        count = len(component.workloads)
        if count >= self.least:
            return None
        values = {"level": component.level, "count": count, "least": self.least, "pool": candidate.pool}
        return Finding("placement.instances", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Instances that the component lacks."""
        said = self.forbids(problem, choice)
        if said is not None:
            yield Relief("instances", said.subject), float(self.least - said.values["count"])

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how many workloads the component would have to have."""
        now = len(problem.components[given.subject].workloads)
        values = {"short": short, "ask": self.least - now, "now": now, "to": self.least}
        return Finding("infeasible.short.instances", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """A pair of level 3."""
    problem = example.problem(
        systems={"A": {"level": 3}}, workloads={"A1": {}, "A2": {}}, pools={"P": {"filed_level": 3}}
    )
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """One alone."""
    problem = example.problem(systems={"A": {"level": 3}}, pools={"P": {"filed_level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
