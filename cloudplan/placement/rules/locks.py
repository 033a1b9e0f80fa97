"""Decisions taken beforehand stand.

A lock on a disposition leaves that disposition only; a lock on a pool leaves that pool only, for all components of the
system. Locks come before the ordered rules; a lock that a hard rule refuses makes the plan infeasible, and the two are
named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.dispositions import worded
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import SCENARIO, Edit, Relief
from cloudplan.scenario import Lock
from cloudplan.state import State


@dataclass(frozen=True)
class Locks(CandidateRule):
    """A component does what the scenario's locks say of its system."""

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Hold the candidate against every lock of its system."""
        for lock in problem.scenario.locks:
            why = _broken(lock, candidate)
            if why is not None:
                wanted = worded(lock.disposition) if why == "disposition" and lock.disposition else lock.pool
                values = {"wanted": wanted, "reason": lock.reason}
                return Finding(f"placement.locks.{why}", subject=candidate.component, rule=self.name(), values=values)
        return None

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Every lock that the choice breaks."""
        for number, lock in enumerate(problem.scenario.locks if isinstance(choice, Candidate) else ()):
            if _broken(lock, choice) is not None:
                yield Relief("lock", lock.system, (str(number),)), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the lock that would have to go."""
        lock = problem.scenario.locks[int(given.of[0])]
        wanted = [worded(lock.disposition)] if lock.disposition else []
        values = {"short": short, "wanted": (*wanted, *((lock.pool,) if lock.pool else ())), "reason": lock.reason}
        values["edits"] = (Edit((SCENARIO, "locks"), lock, "drop"),)
        return Finding("infeasible.short.lock", subject=given.subject, rule=self.name(), values=values)


def _broken(lock: Lock, candidate: Candidate) -> str | None:
    """What of a lock a candidate breaks: ``disposition``, ``pool`` or nothing."""
    if lock.system != candidate.system:
        return None
    if lock.disposition is not None and lock.disposition != candidate.disposition:
        return "disposition"
    return "pool" if lock.pool is not None and lock.pool != candidate.pool else None


def kept() -> tuple[PlacementProblem, State]:
    """A system in the pool to which it is locked."""
    problem = example.problem(lock_pool="P")
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same system in another pool."""
    problem = example.problem(lock_pool="P", pools={"Q": {}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "Q", "PUB")})
