"""A platform carries no system of a higher protection level than it is filed for (EB-C02).

level(component) ≤ filed_level(pool) for every arrival; a platform without a filed level carries nothing. Machines that
only rent space in the centre (colocation) keep their own filing, and are not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules._filing import filing, levels_short
from cloudplan.relief import Relief
from cloudplan.state import State


@dataclass(frozen=True)
class PlatformLevel(CandidateRule):
    """The level of a component is at most the level its platform is filed for."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-C02"
    mark: ClassVar[str] = "T"
    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the component's level with the pool's."""
        if not arrives(problem, candidate):
            return None
        pool = problem.capacity.pools[candidate.pool]
        level = problem.components[candidate.component].level
        if pool.kind == "colocation" or (pool.filed_level is not None and level <= pool.filed_level):
            return None
        values = {"pool": candidate.pool, "level": level, "filed": pool.filed_level}
        return Finding("placement.platform_level", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Levels by which the platform's filing would have to rise."""
        if self.forbids(problem, choice) is not None:
            yield levels_short(problem, choice)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the filing that it takes, and for whom."""
        return filing(problem, self.name(), given, short, choices)


def kept() -> tuple[PlacementProblem, State]:
    """A level-3 web front end in a pool filed for level 3."""
    problem = example.problem(systems={"A": {"level": 3}}, pools={"P": {"filed_level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same in a pool filed for level 2."""
    problem = example.problem(systems={"A": {"level": 3}}, pools={"P": {"filed_level": 2}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
