"""Systems are cut over in the weekly windows, on days the calendar allows them, and are up by the point of no return.

Where the calendar has entries of kind ``window`` that bind a system, all days of its window lie within one of them.
Outage ≤ min(window × (1 − share kept for rolling back), what the system bears). What is only switched off has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from cloudplan.findings import Finding
from cloudplan.migration.calendar import allowed_days, on_calendar, outage_allowed, within
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import SWITCHED_OFF, Move, SingleMoveRule
from cloudplan.migration.problem import MigrationProblem
from cloudplan.state import State


@dataclass(frozen=True)
class Windows(SingleMoveRule):
    """The window is one of the calendar, and long enough."""

    def forbids(self, problem: MigrationProblem, choice: Move) -> Finding | None:
        """Say that a window isn't on the calendar, or too short for the system."""
        system, starts = choice.moving.system, choice.window.starts
        if not on_calendar(problem.options, starts):
            values: dict[str, object] = {"starts": starts, "window": problem.options.window_starts}
            return Finding("migration.windows.off_calendar", subject=system, rule=self.name(), values=values)
        entries = allowed_days(problem.allowed, choice.moving)
        if entries and not any(within(entry, choice.window) for entry in entries):
            days = {"entries": tuple(entry.name for entry in entries), "starts": starts}
            return Finding("migration.windows.other_days", subject=system, rule=self.name(), values=days)
        allowed = outage_allowed(problem.options, choice.moving)
        if choice.moving.disposition not in SWITCHED_OFF and choice.moving.outage_hours > allowed:
            values = {"hours": choice.moving.outage_hours, "allowed": allowed}
            return Finding("migration.windows.outage", subject=system, rule=self.name(), values=values)
        return None


def kept() -> tuple[MigrationProblem, State]:
    """Take four hours of outage in a window of 52, of which 60 % may be used."""
    problem = problem_of([moving("A")])
    return problem, state_of(problem, {"A": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Take four hours of outage from a hotline that bears half an hour."""
    problem = problem_of([moving("A", longest_outage_hours=0.5)])
    return problem, state_of(problem, {"A": 0})
