"""Level 3 has pools of its own, where the local policy says so (``level_separation: separate_pool``).

A pool filed for level 3 carries that level only, and that level stands in no pool filed for less.
The standard asks for a border between zones of different level (EB-C04), not for separate hosts: this rule is policy.
What is of level 4 or filed for it is apart by the standard, and is the rule ``level-four``'s affair.
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

THIRD = 3
"""Protection level that the policy keeps apart."""


@dataclass(frozen=True)
class LevelSeparation(CandidateRule):
    """Components of level 3 and of lower levels stand in different clusters."""

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the component's level with the pool's where the higher of them is level 3."""
        pool = problem.capacity.pools.get(candidate.pool)
        if pool is None or pool.kind != "cluster" or problem.scenario.level_separation != "separate_pool":
            return None
        level, filed = problem.components[candidate.component].level, pool.filed_level or 0
        if max(level, filed) != THIRD or level == filed:
            return None
        values = {"pool": candidate.pool, "level": level, "filed": pool.filed_level}
        return Finding("placement.level_separation", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A filing as high as the level, or else the policy, which is local."""
        if self.forbids(problem, choice) is not None:
            filing_short = levels_short(problem, choice)
            yield filing_short if filing_short[1] > 0 else (Relief("policy"), 1.0)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the filing, or the switch of policy, and where it is needed."""
        if given.resource == "filed_level":
            return filing(problem, self.name(), given, short, choices)
        values: dict[str, Any] = {"short": short, **concerned(choices)}
        values["edits"] = (Edit((SCENARIO, "level_separation"), "boundary_only"),)
        return Finding("infeasible.short.policy", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """Level 2 in a pool filed for level 2."""
    problem = example.problem(pools={"P": {"filed_level": 2}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """Level 2 in a pool filed for level 3."""
    problem = example.problem(pools={"P": {"filed_level": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
