"""Systems are cut over in the weekly windows, on days the calendar allows them, and are up by the point of no return.

Where the calendar has entries of kind ``window`` that bind a system, all days of its window lie within one of them.
Outage ≤ min(window × (1 − share kept for rolling back), what the system bears). What is only switched off has none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cloudplan.findings import Finding
from cloudplan.migration.calendar import allowed_days, days_of, on_calendar, outage_allowed, within
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

    def lacks(self, problem: MigrationProblem, choice: Move) -> float:
        """Days of the window outside the calendar's entry that is nearest, and hours of outage too many."""
        return float(len(self._outside(problem, choice))) + self._too_long(problem, choice)

    def least(self, problem: MigrationProblem, choice: Move) -> Finding:
        """Name the days that an entry of the calendar would have to allow, the hours of outage, or both."""
        outside, hours = self._outside(problem, choice), self._too_long(problem, choice)
        values: dict[str, object] = {"days": len(outside)}
        if outside:
            values |= {"starts_on": outside[0], "ends_on": outside[-1]}
        if hours > 0:
            allowed = outage_allowed(problem.options, choice.moving)
            values |= {"short": hours, "now": allowed, "to": allowed + hours}
        message = "days_and_outage" if outside and hours > 0 else "outage" if hours > 0 else "days"
        return Finding(f"migration.least.{message}", subject=choice.moving.system, rule=self.name(), values=values)

    def _outside(self, problem: MigrationProblem, choice: Move) -> list[dt.date]:
        entries, days = allowed_days(problem.allowed, choice.moving), days_of(choice.window)
        missing = ([day for day in days if not entry.starts_on <= day <= entry.ends_on] for entry in entries)
        return min(missing, key=len, default=[])

    def _too_long(self, problem: MigrationProblem, choice: Move) -> float:
        if choice.moving.disposition in SWITCHED_OFF:
            return 0.0
        return max(0.0, choice.moving.outage_hours - outage_allowed(problem.options, choice.moving))


def kept() -> tuple[MigrationProblem, State]:
    """Take four hours of outage in a window of 52, of which 60 % may be used."""
    problem = problem_of([moving("A")])
    return problem, state_of(problem, {"A": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Take four hours of outage from a hotline that bears half an hour."""
    problem = problem_of([moving("A", longest_outage_hours=0.5)])
    return problem, state_of(problem, {"A": 0})
