"""Systems are cut over in the weekly windows, on days the calendar allows them, and are up by the point of no return.

Where the calendar has entries of kind ``window`` that bind a system, all days of its window lie within one of them.
Outage ≤ min(window × (1 − share kept for rolling back), what the system bears). What is only switched off has none.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cloudplan.findings import Finding
from cloudplan.migration.calendar import LONGEST, allowed_days, days_of, on_calendar, outage_allowed, within
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import SHOWN, SWITCHED_OFF, Move, SingleMoveRule
from cloudplan.migration.problem import Freeze, MigrationProblem, Moving
from cloudplan.relief import SCENARIO, Edit
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
            minutes = math.ceil(choice.moving.outage_hours * 60 - 1e-6)
            if not outside and choice.moving.longest_outage_hours is not None:
                values["edits"] = (Edit(("systems", choice.moving.system, "max_outage_minutes"), minutes),)
        message = "days_and_outage" if outside and hours > 0 else "outage" if hours > 0 else "days"
        return Finding(f"migration.least.{message}", subject=choice.moving.system, rule=self.name(), values=values)

    def leasts(self, problem: MigrationProblem, choices: Sequence[Move]) -> Iterator[Finding]:
        """Say first how long a window would have to be for all that have too short a one, then what each has to bear.

        A window of h hours leaves h × (1 − the share kept for rolling back) for an outage.
        """
        options = problem.options
        short, to = self._longer(problem, choices)
        longer = to > options.window_hours
        if longer:
            systems = tuple(moving.system for moving in short)
            values: dict[str, object] = {
                "now": options.window_hours,
                "to": to,
                "usable": to * (1 - options.rollback_share),
            }
            values |= {"systems": systems, "count": len(systems), "examples": systems[:SHOWN]}
            values["outages"] = tuple((moving.system, moving.outage_hours) for moving in short)
            values["edits"] = (Edit((SCENARIO, "migration", "window_hours"), to),)
            yield Finding("migration.least.window_hours", subject=systems[0], rule=self.name(), values=values)
        for choice in choices:
            bears = choice.moving.longest_outage_hours
            mended = longer and (bears is None or choice.moving.outage_hours <= bears)
            if not mended or self._outside(problem, choice):
                yield self.least(problem, choice)

    def granted(self, problem: MigrationProblem, choices: Sequence[Move]) -> MigrationProblem:
        """Lengthen the windows, have what bears less bear it, widen entries of the calendar: each as far as said."""
        hours = self._longer(problem, choices)[1]
        systems = {moving.system: moving for moving in problem.systems}
        allowed = list(problem.allowed)
        for choice in choices:
            bears, outage = choice.moving.longest_outage_hours, choice.moving.outage_hours
            if bears is not None and outage > bears:
                systems[choice.moving.system] = replace(choice.moving, longest_outage_hours=outage)
            if self._outside(problem, choice):
                allowed += _widened(allowed_days(problem.allowed, choice.moving), choice)
        options = problem.options.model_copy(update={"window_hours": hours})
        return replace(problem, options=options, systems=tuple(systems.values()), allowed=tuple(allowed))

    def _longer(self, problem: MigrationProblem, choices: Sequence[Move]) -> tuple[list[Moving], float]:
        """Systems whose outage the whole window wouldn't take, and the hours that would take them all.

        In tenths, rounded up; the hours of now where no window can be that long.
        """
        options = problem.options
        share = 1 - options.rollback_share
        late = (choice.moving for choice in choices if self._too_long(problem, choice) > 0)
        short = [moving for moving in late if moving.outage_hours > options.window_hours * share]
        hours = max((moving.outage_hours for moving in short), default=0.0) / share
        to = math.ceil(hours * 10 - 1e-6) / 10
        return short, to if options.window_hours < to <= LONGEST else options.window_hours

    def _outside(self, problem: MigrationProblem, choice: Move) -> list[dt.date]:
        entries, days = allowed_days(problem.allowed, choice.moving), days_of(choice.window)
        missing = ([day for day in days if not entry.starts_on <= day <= entry.ends_on] for entry in entries)
        return min(missing, key=len, default=[])

    def _too_long(self, problem: MigrationProblem, choice: Move) -> float:
        if choice.moving.disposition in SWITCHED_OFF:
            return 0.0
        return max(0.0, choice.moving.outage_hours - outage_allowed(problem.options, choice.moving))


def _widened(entries: Sequence[Freeze], choice: Move) -> Iterator[Freeze]:
    """Entries of a system's own that stand for those binding it, the nearest one widened to take in a window."""
    days = days_of(choice.window)
    nearest = min(entries, key=lambda e: sum(not e.starts_on <= day <= e.ends_on for day in days))
    for entry in entries:
        own = replace(entry, system=choice.moving.system)
        if entry is nearest:
            own = replace(own, starts_on=min(own.starts_on, days[0]), ends_on=max(own.ends_on, days[-1]))
        yield own


def kept() -> tuple[MigrationProblem, State]:
    """Take four hours of outage in a window of 52, of which 60 % may be used."""
    problem = problem_of([moving("A")])
    return problem, state_of(problem, {"A": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Take four hours of outage from a hotline that bears half an hour."""
    problem = problem_of([moving("A", longest_outage_hours=0.5)])
    return problem, state_of(problem, {"A": 0})
