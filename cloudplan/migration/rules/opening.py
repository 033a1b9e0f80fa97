"""A system moves only when every pool that takes one of its components has opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

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

    def lacks(self, problem: MigrationProblem, choice: Move) -> float:
        """Days by which the last of the pools opens too late."""
        late = self._late(problem, choice)
        return float((max(late.values()) - choice.window.starts.date()).days) if late else 0.0

    def leasts(self, problem: MigrationProblem, choices: Sequence[Move]) -> Iterator[Finding]:
        """Say it once for all that wait for the same pools, by the one that needs them first."""
        waiting: dict[tuple[str, ...], list[Move]] = {}
        for choice in choices:
            waiting.setdefault(tuple(self._late(problem, choice)), []).append(choice)
        for same in waiting.values():
            said = self.least(problem, min(same, key=lambda choice: choice.window.starts))
            yield replace(said, values={**said.values, "systems": tuple(choice.moving.system for choice in same)})

    def least(self, problem: MigrationProblem, choice: Move) -> Finding:
        """Name the pools, and the day by which they would have to open."""
        late = self._late(problem, choice)
        values: dict[str, Any] = {"pools": tuple(late), "opens": max(late.values()), "to": choice.window.starts.date()}
        values["short"] = int(self.lacks(problem, choice))
        return Finding("migration.least.opening", subject=choice.moving.system, rule=self.name(), values=values)

    def granted(self, problem: MigrationProblem, choices: Sequence[Move]) -> MigrationProblem:
        """Have each pool opened by the first window that needs it."""
        pools = dict(problem.pools)
        for choice in choices:
            for pool in self._late(problem, choice):
                opens, day = pools[pool].available_from, choice.window.starts.date()
                pools[pool] = replace(pools[pool], available_from=day if opens is None else min(opens, day))
        return replace(problem, pools=pools)

    def _late(self, problem: MigrationProblem, choice: Move) -> dict[str, dt.date]:
        seats = (problem.seats.get(component) for component in problem.components_of.get(choice.moving.system, ()))
        opens = {seat.pool: problem.pools[seat.pool].available_from for seat in seats if seat is not None}
        return {pool: day for pool, day in opens.items() if day is not None and day > choice.window.starts.date()}


def kept() -> tuple[MigrationProblem, State]:
    """Move A on the very day the pool opens; B, which is retired, needs no pool."""
    problem = problem_of([moving("A"), moving("B", "RETIRE")], opens=dt.date(2026, 3, 13))
    return problem, state_of(problem, {"A": 1, "B": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Move A a week before the pool opens."""
    problem = problem_of([moving("A")], opens=dt.date(2026, 3, 13))
    return problem, state_of(problem, {"A": 0})
