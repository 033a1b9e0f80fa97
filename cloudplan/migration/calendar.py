"""The calendar of cutovers: weekly windows, their point of no return, and the freezes that cover them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cloudplan.migration.problem import Freeze, Moving
from cloudplan.scenario import MigrationOptions

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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


def first_start(options: MigrationOptions) -> dt.datetime:
    """First time at which a window opens, on or after ``options.starts_on``."""
    weekday, _, time = options.window_starts.partition(" ")  # the scenario holds no other shape
    days = (DAYS.index(weekday) - options.starts_on.weekday()) % 7
    return dt.datetime.combine(options.starts_on + dt.timedelta(days), dt.time.fromisoformat(time))


def step_days(options: MigrationOptions) -> int:
    """Days between windows: ``wave_days`` rounded up to whole weeks, since a window keeps its weekday."""
    return 7 * -(-options.wave_days // 7)


def windows(options: MigrationOptions) -> tuple[Window, ...]:
    """List the windows that may be used, ``options.most_waves`` of them, in order of time."""
    first, step = first_start(options), dt.timedelta(step_days(options))
    return tuple(window_at(options, first + step * n, n) for n in range(options.most_waves))


def on_calendar(options: MigrationOptions, starts: dt.datetime) -> bool:
    """Whether a window of the calendar opens at that time."""
    after = starts - first_start(options)
    step = dt.timedelta(step_days(options))
    return after >= dt.timedelta(0) and after % step == dt.timedelta(0) and after // step < options.most_waves


def covers(freeze: Freeze, moving: Moving, window: Window) -> bool:
    """Whether a freeze binds a system and shares a day with a window (the freeze's two ends included)."""
    bound = freeze.department in (None, moving.department) and freeze.system in (None, moving.system)
    return bound and freeze.starts_on <= window.last_day and freeze.ends_on >= window.starts.date()


def outage_allowed(options: MigrationOptions, moving: Moving) -> float:
    """Hours a system may be down: the window up to its point of no return, or less where it bears less."""
    usable = options.window_hours * (1 - options.rollback_share)
    return usable if moving.longest_outage_hours is None else min(usable, moving.longest_outage_hours)
