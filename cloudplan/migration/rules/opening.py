"""A system moves only when every pool that takes one of its components has opened."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cloudplan.findings import Finding
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import Move, SingleMoveRule
from cloudplan.migration.problem import MigrationProblem
from cloudplan.state import State


@dataclass(frozen=True)
class Opening(SingleMoveRule):
    """The pool's first day is not after the day on which the window opens."""

    def forbids(self, problem: MigrationProblem, choice: Move) -> Finding | None:
        """Name the first pool that is still closed."""
        system = choice.moving.system
        for component in problem.components_of.get(system, ()):
            seat = problem.seats.get(component)
            if seat is None:
                continue
            opens = problem.pools[seat.pool].available_from
            if opens is not None and opens > choice.window.starts.date():
                values = {"pool": seat.pool, "opens": opens, "starts": choice.window.starts}
                return Finding("migration.opening.closed", subject=system, rule=self.name(), values=values)
        return None


def kept() -> tuple[MigrationProblem, State]:
    """Move A on the very day the pool opens; B, which is retired, needs no pool."""
    problem = problem_of([moving("A"), moving("B", "RETIRE")], opens=dt.date(2026, 3, 13))
    return problem, state_of(problem, {"A": 1, "B": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Move A a week before the pool opens."""
    problem = problem_of([moving("A")], opens=dt.date(2026, 3, 13))
    return problem, state_of(problem, {"A": 0})
