"""The calendar of cutovers: weekly windows, their point of no return, and the freezes that cover them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cloudplan.migration.problem import Freeze, Moving
from cloudplan.scenario import MigrationOptions

LONGEST = 168.0
"""Hours that a window may last at most, as the scenario has it: the next one opens after a week."""


@dataclass(frozen=True, slots=True)
class Window:
    """One cutover window.

    Parameters
    ----------
    index
        Its place in the calendar, from 0; empty windows count, unlike in the numbers of waves.
    starts, ends
        Local time of Asia/Shanghai, naive.
    rollback_by
        Point of no return: start + length × (1 − the share kept for rolling back).
    """

    index: int
    starts: dt.datetime
    ends: dt.datetime
    rollback_by: dt.datetime

    @property
    def last_day(self) -> dt.date:
        """Last day that the window touches; one that ends at midnight does not touch the day then beginning."""
        return (self.ends - dt.timedelta(microseconds=1)).date()


def window_at(options: MigrationOptions, starts: dt.datetime, index: int = 0) -> Window:
    """Make the window that opens at a given time, on the calendar or not."""
    length = dt.timedelta(hours=options.window_hours)
    return Window(index, starts, starts + length, starts + length * (1 - options.rollback_share))


def days_of(window: Window) -> tuple[dt.date, ...]:
    """List the days that a window touches."""
    first = window.starts.date()
    return tuple(first + dt.timedelta(n) for n in range((window.last_day - first).days + 1))


def windows(options: MigrationOptions) -> tuple[Window, ...]:
    """List the windows that may be used, ``options.most_waves`` of them, in order of time."""
    first, step = options.first_start, dt.timedelta(options.step_days)
    return tuple(window_at(options, first + step * n, n) for n in range(options.most_waves))


def on_calendar(options: MigrationOptions, starts: dt.datetime) -> bool:
    """Whether a window of the calendar opens at that time."""
    after = starts - options.first_start
    step = dt.timedelta(options.step_days)
    return after >= dt.timedelta(0) and after % step == dt.timedelta(0) and after // step < options.most_waves


def covers(freeze: Freeze, moving: Moving, window: Window) -> bool:
    """Whether a freeze binds a system and shares a day with a window (the freeze's two ends included)."""
    bound = freeze.department in (None, moving.department) and freeze.system in (None, moving.system)
    return bound and freeze.starts_on <= window.last_day and freeze.ends_on >= window.starts.date()


def without(freeze: Freeze, first: dt.date, last: dt.date) -> tuple[Freeze, ...]:
    """Leave out some days of a freeze, both ends included: what is left before and after them."""
    day = dt.timedelta(1)
    before = replace(freeze, ends_on=min(freeze.ends_on, first - day))
    after = replace(freeze, starts_on=max(freeze.starts_on, last + day))
    return tuple(part for part in (before, after) if part.starts_on <= part.ends_on)


def allowed_days(entries: Iterable[Freeze], moving: Moving) -> tuple[Freeze, ...]:
    """Entries of the calendar in one of which a system must be cut over: the most specific that bind it; none: any day.

    An entry of the system's own comes before its department's, and that before everyone's.
    """
    bound = [entry for entry in entries if entry.department in (None, moving.department)]
    bound = [entry for entry in bound if entry.system in (None, moving.system)]
    own = [entry for entry in bound if entry.system is not None]
    departments = [entry for entry in bound if entry.department is not None]
    return tuple(own or departments or bound)


def within(entry: Freeze, window: Window) -> bool:
    """Whether all days of a window lie within an entry of the calendar."""
    return entry.starts_on <= window.starts.date() and window.last_day <= entry.ends_on


def outage_allowed(options: MigrationOptions, moving: Moving) -> float:
    """Hours a system may be down: the window up to its point of no return, or less where it bears less."""
    usable = options.window_hours * (1 - options.rollback_share)
    return usable if moving.longest_outage_hours is None else min(usable, moving.longest_outage_hours)
