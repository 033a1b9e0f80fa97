"""Decisions taken beforehand stand.

A lock on a disposition leaves that disposition only; a lock on a pool leaves that pool only, for all components of the
system. Locks come before the ordered rules; a lock that a hard rule refuses makes the plan infeasible, and the two are
named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.dispositions import worded
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.state import State


@dataclass(frozen=True)
class Locks(CandidateRule):
    """A component does what the scenario's locks say of its system."""

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Hold the candidate against every lock of its system."""
        for lock in problem.scenario.locks:
            if lock.system != candidate.system:
                continue
            why: str
            wanted: object
            if lock.disposition is not None and lock.disposition != candidate.disposition:
                why, wanted = "disposition", worded(lock.disposition)
            elif lock.pool is not None and lock.pool != candidate.pool:
                why, wanted = "pool", lock.pool
            else:
                continue
            values = {"wanted": wanted, "reason": lock.reason}
            return Finding(f"placement.locks.{why}", subject=candidate.component, rule=self.name(), values=values)
        return None


def kept() -> tuple[PlacementProblem, State]:
    """A system in the pool to which it is locked."""
    problem = example.problem(lock_pool="P")
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same system in another pool."""
    problem = example.problem(lock_pool="P", pools={"Q": {}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "Q", "PUB")})
