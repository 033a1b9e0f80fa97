"""Nothing is cut over in a window that shares a day with a freeze of the system, its department or everyone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.migration.calendar import covers, days_of, without
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import Move, SingleMoveRule
from cloudplan.migration.problem import Freeze, MigrationProblem
from cloudplan.state import State


@dataclass(frozen=True)
class Freezes(SingleMoveRule):
    """The days of a window are free of freezes."""

    counts: ClassVar[str] = "frozen"

    def forbids(self, problem: MigrationProblem, choice: Move) -> Finding | None:
        """Name the first freeze that covers the move."""
        for freeze in problem.freezes:
            if covers(freeze, choice.moving, choice.window):
                values = {"freeze": freeze.name, "starts_on": freeze.starts_on, "ends_on": freeze.ends_on}
                return Finding(
                    "migration.freezes.frozen", subject=choice.moving.system, rule=self.name(), values=values
                )
        return None

    def lacks(self, problem: MigrationProblem, choice: Move) -> float:
        """Days of the window that freezes cover."""
        return float(len(self._frozen(problem, choice)))

    def least(self, problem: MigrationProblem, choice: Move) -> Finding:
        """Name the freezes, and the days that they would have to leave out."""
        found, frozen = self._covering(problem, choice), self._frozen(problem, choice)
        values: dict[str, object] = {"freezes": tuple(dict.fromkeys(freeze.name for freeze in found))}
        values |= {"days": len(frozen), "starts_on": frozen[0], "ends_on": frozen[-1]}
        return Finding("migration.least.freeze", subject=choice.moving.system, rule=self.name(), values=values)

    def granted(self, problem: MigrationProblem, choices: Sequence[Move]) -> MigrationProblem:
        """Part each freeze where it would have to leave days out, for everyone that it binds."""
        for choice in choices:
            frozen, covering = self._frozen(problem, choice), self._covering(problem, choice)
            parts = (
                part
                for freeze in problem.freezes
                for part in (without(freeze, frozen[0], frozen[-1]) if freeze in covering and frozen else (freeze,))
            )
            problem = replace(problem, freezes=tuple(parts))
        return problem

    def _covering(self, problem: MigrationProblem, choice: Move) -> list[Freeze]:
        return [freeze for freeze in problem.freezes if covers(freeze, choice.moving, choice.window)]

    def _frozen(self, problem: MigrationProblem, choice: Move) -> list[dt.date]:
        found = self._covering(problem, choice)
        return [day for day in days_of(choice.window) if any(f.starts_on <= day <= f.ends_on for f in found)]


def _problem() -> MigrationProblem:
    # the window of 6 March ends at midnight after Sunday, 8 March
    freeze = Freeze("tax days", dt.date(2026, 3, 8), dt.date(2026, 3, 15), department="TAX")
    return problem_of([moving("A"), moving("B", department="TAX")], freezes=[freeze])


def kept() -> tuple[MigrationProblem, State]:
    """Move A, which the freeze does not bind, and B when it is over."""
    problem = _problem()
    return problem, state_of(problem, {"A": 0, "B": 2})


def broken() -> tuple[MigrationProblem, State]:
    """Move B in the first window, whose Sunday is the first day of its freeze."""
    problem = _problem()
    return problem, state_of(problem, {"A": 0, "B": 0})
