"""Level 3 has pools of its own, where the local policy says so; level 4 and above always.

A pool filed for level 4 or above carries that level only, and that level stands nowhere else (a default). With
``level_separation: separate_pool`` the same holds for level 3.
The standard asks for a border between zones of different level (EB-C04), not for separate hosts: this rule is policy.
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
from cloudplan.relief import SCENARIO, Edit, Relief
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

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A filing as high as the level, or else the policy, which is local; from level 4 on, an exception."""
        if self.forbids(problem, choice) is not None:
            filing_short = levels_short(problem, choice)
            four = (problem.capacity.pools[choice.pool].filed_level or 0) >= 4
            by_policy = Relief("level_4", choice.pool) if four else Relief("policy"), 1.0
            yield filing_short if filing_short[1] > 0 else by_policy

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the filing, or the switch of policy, and where it is needed."""
        if given.resource == "filed_level":
            return filing(problem, self.name(), given, short, choices)
        values = {"short": short, **concerned(choices)}
        if given.resource == "policy":
            values["edits"] = (Edit((SCENARIO, "level_separation"), "boundary_only"),)
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """Level 2 in a pool filed for level 2."""
    problem = example.problem(pools={"P": {"filed_level": 2}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """Level 2 in a pool filed for level 3."""
    problem = example.problem(pools={"P": {"filed_level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
