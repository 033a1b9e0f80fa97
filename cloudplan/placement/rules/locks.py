"""Decisions taken beforehand stand.

A lock on a disposition leaves its system that disposition only; a lock on a pool leaves each component that it binds
that pool only. Which of several locks decides, and how far a department's reaches, says :mod:`cloudplan.locks`. Locks
come before the ordered rules; a lock that a hard rule refuses makes the plan infeasible, and the two are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.dispositions import worded
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.scenario import Lock
from cloudplan.state import State


@dataclass(frozen=True)
class Locks(CandidateRule):
    """A component does what the scenario's locks say of it, its system or its department."""

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Hold the candidate against the locks that decide for its system and for itself."""
        locked = problem.locks.of_system.get(candidate.system)
        if locked is None:
            return None
        fate, sent = locked.disposition, locked.pools.get(candidate.component)
        values: dict[str, object]
        if fate is not None and fate.disposition is not None and fate.disposition != candidate.disposition:
            why, values = "disposition", {"wanted": worded(fate.disposition), "reason": fate.reason}
        elif sent is not None and sent.pool != candidate.pool and _binds(problem, sent, candidate):
            why, values = "pool", {"wanted": sent.pool, "reason": sent.reason}
        else:
            return None
        return Finding(f"placement.locks.{why}", subject=candidate.component, rule=self.name(), values=values)


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
