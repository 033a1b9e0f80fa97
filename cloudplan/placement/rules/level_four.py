"""Level 4 and above has pools of its own (EB-C05), whatever the local policy about level 3.

With l the level of a component and f the filed level of a cluster, 0 where there is none: max(l, f) ≥ 4 ⇒ l = f. That
each level from 4 on stands apart from the others of these too is a default.
It binds own clusters; a service's provider separates levels by its own means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, concerned
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules._filing import filing, levels_short
from cloudplan.relief import Relief
from cloudplan.state import State

FOURTH = 4
"""Lowest protection level whose systems share no pool with those of another."""


@dataclass(frozen=True)
class LevelFour(CandidateRule):
    """Components of level 4 share no cluster with those of other levels."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-C05"
    mark: ClassVar[str] = "T"
    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the component's level with the pool's where either is high enough."""
        pool = problem.capacity.pools.get(candidate.pool)
        if pool is None or pool.kind != "cluster":
            return None
        level, filed = problem.components[candidate.component].level, pool.filed_level or 0
        if max(level, filed) < FOURTH or level == filed:
            return None
        values = {"pool": candidate.pool, "level": level, "filed": pool.filed_level}
        return Finding("placement.level_four", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A filing as high as the level, or else an exception for the pool."""
        if self.forbids(problem, choice) is not None:
            filing_short = levels_short(problem, choice)
            yield filing_short if filing_short[1] > 0 else (Relief("level_4", choice.pool), 1.0)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the filing, or the exception, and for whom it is needed."""
        if given.resource == "filed_level":
            return filing(problem, self.name(), given, short, choices)
        values = {"short": short, **concerned(choices)}
        return Finding("infeasible.short.level_4", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """Level 4 in a pool filed for level 4."""
    problem = example.problem(systems={"A": {"level": 4}}, pools={"P": {"filed_level": 4}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """Level 3 in a pool filed for level 4."""
    problem = example.problem(systems={"A": {"level": 3}}, pools={"P": {"filed_level": 4}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
