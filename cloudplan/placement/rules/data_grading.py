"""Important data stand on a platform filed for level 3, and in no zone exposed to the internet.

For every arrival of a system whose data are of the class ``important`` (GB/T 43697-2024 names the classes; what
follows for the place is a default of this project): filed_level(pool) ≥ 3 and the zone is not exposed. Data of the
core class are placed nowhere (rule ``scope``). Machines that only rent space keep their own filing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules._filing import filing
from cloudplan.relief import Relief
from cloudplan.state import State

LEAST = 3
"""Protection level that important data ask of a platform."""


@dataclass(frozen=True)
class DataGrading(CandidateRule):
    """Where important data may stand."""

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Look at the platform's level, then at the zone."""
        if not arrives(problem, candidate) or problem.systems[candidate.system].data_class != "important":
            return None
        pool = problem.capacity.pools[candidate.pool]
        if pool.kind != "colocation" and (pool.filed_level or 0) < LEAST:
            why = "level"
        elif candidate.zone in problem.zones.internet_exposed:
            why = "exposed"
        else:
            return None
        values = {"pool": candidate.pool, "zone": candidate.zone, "filed": pool.filed_level, "least": LEAST}
        return Finding(f"placement.data_grading.{why}", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A higher filing of the platform, an exception for the exposed zone, or both."""
        if self.forbids(problem, choice) is None:
            return
        pool = problem.capacity.pools[choice.pool]
        short = LEAST - (pool.filed_level or 0)
        if pool.kind != "colocation" and short > 0:
            yield Relief("filed_level", choice.pool), short
        if choice.zone in problem.zones.internet_exposed:
            yield Relief("important_exposed", choice.system, (choice.zone,)), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the filing that would do, or the exception."""
        if given.resource == "filed_level":
            return filing(problem, self.name(), given, short, choices)
        values = {"short": short, "zone": given.of[0]}
        return Finding("infeasible.short.important_exposed", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """Important data in the common zone of a level-3 platform."""
    problem = example.problem(systems={"A": {"data_class": "important", "level": 3}}, pools={"P": {"filed_level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same on a platform filed for level 2."""
    problem = example.problem(systems={"A": {"data_class": "important", "level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
