"""Decisions taken beforehand stand.

A lock on a disposition leaves its system that disposition only; a lock on a pool leaves each component that it binds
that pool only. Which of several locks decides, and how far a department's reaches, says :mod:`cloudplan.locks`. Locks
come before the ordered rules; a lock that a hard rule refuses makes the plan infeasible, and the two are named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

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
    """A component does what the scenario's locks say of it, its system or its department."""

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Hold the candidate against the locks that decide for its system and for itself."""
        broken = next(_broken(problem, candidate), None)
        if broken is None:
            return None
        why, lock = broken
        wanted = worded(lock.disposition) if why == "disposition" and lock.disposition else lock.pool
        values = {"wanted": wanted, "reason": lock.reason}
        return Finding(f"placement.locks.{why}", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Every lock that the choice breaks."""
        for _, lock in _broken(problem, choice) if isinstance(choice, Candidate) else ():
            yield Relief("lock", lock.subject[1], (str(problem.scenario.locks.index(lock)),)), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the lock that would have to go."""
        lock = problem.scenario.locks[int(given.of[0])]
        wanted = [worded(lock.disposition)] if lock.disposition else []
        values = {"short": short, "wanted": (*wanted, *((lock.pool,) if lock.pool else ())), "reason": lock.reason}
        values["edits"] = (Edit((SCENARIO, "locks"), lock, "drop"),)
        return Finding("infeasible.short.lock", subject=given.subject, rule=self.name(), values=values)


def _broken(problem: PlacementProblem, candidate: Candidate) -> Iterator[tuple[str, Lock]]:
    """What of which lock a candidate breaks: its ``disposition``, its ``pool``."""
    locked = problem.locks.of_system.get(candidate.system)
    if locked is None:
        return
    fate, sent = locked.disposition, locked.pools.get(candidate.component)
    if fate is not None and fate.disposition is not None and fate.disposition != candidate.disposition:
        yield "disposition", fate
    if sent is not None and sent.pool != candidate.pool and _binds(problem, sent, candidate):
        yield "pool", sent


def _binds(problem: PlacementProblem, lock: Lock, candidate: Candidate) -> bool:
    """Whether a lock on a pool binds a component; a department's only if the pool is made for it and it moves there."""
    if lock.department is None:
        return True
    component, pool = problem.components[candidate.component], problem.capacity.pools.get(lock.pool or "")
    if pool is None or not problem.locks.leads(candidate.system, candidate.disposition, pool.pool):
        return False
    if pool.kind not in ("cluster", "service"):
        return True
    level = pool.filed_level
    return pool.arch in (None, component.arch) and level is not None and component.level <= level


def kept() -> tuple[PlacementProblem, State]:
    """A system in the pool to which it is locked."""
    problem = example.problem(lock_pool="P")
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same system in another pool."""
    problem = example.problem(lock_pool="P", pools={"Q": {}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "Q", "PUB")})
