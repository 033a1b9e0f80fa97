"""Level 3 has pools of its own, where the local policy says so; level 4 and above always.

A pool filed for level 4 or above carries that level only, and that level stands nowhere else (H6, a default). With
``level_separation: separate_pool`` the same holds for level 3.
The standard asks for a border between zones of different level (EB-C04), not for separate hosts: this rule is policy.
It binds own clusters; a service's provider separates levels by its own means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.state import State


@dataclass(frozen=True)
class LevelSeparation(CandidateRule):
    """Components of level 3 and of lower levels stand in different clusters."""

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the side of the component with the side of the pool."""
        pool = problem.capacity.pools.get(candidate.pool)
        if pool is None or pool.kind != "cluster":
            return None
        level, filed = problem.components[candidate.component].level, pool.filed_level or 0
        least = 3 if problem.scenario.level_separation == "separate_pool" else 4
        # sides: below the least level that is kept apart, and each level from there on
        if max(level, least - 1) == max(filed, least - 1):
            return None
        values = {"pool": candidate.pool, "level": level, "filed": pool.filed_level}
        return Finding("placement.level_separation", subject=candidate.component, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """Level 2 in a pool filed for level 2."""
    problem = example.problem(pools={"P": {"filed_level": 2}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """Level 2 in a pool filed for level 3."""
    problem = example.problem(pools={"P": {"filed_level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
