"""Moments as files write them: ISO 8601, slashes with the month or the day first, dots, and seconds since 1970."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import numpy as np

from cloudplan.intake.grid import Cell
from cloudplan.intake.raw import plain_number
from cloudplan.intake.read import Times
from cloudplan.intake.words import words

YEARS = 1990, 2200
"""Years that a sample may be of."""
SECONDS = 631_152_000.0, 7_258_118_400.0
"""The same years as seconds since 1970; a thousand times as much is milliseconds."""
AHEAD = dt.timedelta(hours=8)
"""What Asia/Shanghai is ahead of UTC; since 1991 it knows no summer time."""
_CLOCK = r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AP]M)?)?"
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})" + _CLOCK, re.I)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})" + _CLOCK, re.I)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?")


def day_first(texts: Sequence[str]) -> tuple[bool, int | None]:
    """Say whether slashed dates put the day first, as all of them together show.

    Returns
    -------
    tuple
        Whether they do, and the position of a date that can be read both ways, where nothing shows it.
    """
    dates = [(match, position) for position, text in enumerate(texts) if (match := _SLASHED.fullmatch(text))]
    if not dates or any(int(match[2]) > 12 for match, _ in dates):
        return False, None
    if any(int(match[1]) > 12 for match, _ in dates):
        return True, None
    return False, dates[0][1]


def moment(cell: Cell, day_first: bool = False) -> tuple[dt.datetime, bool] | None:
    """Read a time, in UTC where it names its offset, and whether it does; ``None`` where it is none of our age."""
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        cell = dt.datetime(cell.year, cell.month, cell.day)  # workbooks give midnight as a mere date
    read = cell if isinstance(cell, dt.datetime) else _written(cell, day_first) if isinstance(cell, str) else None
    if read is None or not YEARS[0] <= read.year <= YEARS[1]:
        return None
    if read.tzinfo is None:
        return read, False
    return read.astimezone(dt.UTC).replace(tzinfo=None), True


def since_1970(cell: Cell) -> dt.datetime | None:
    """Read seconds or milliseconds since 1970, whichever gives a year of our age; in UTC."""
    value = None if isinstance(cell, (bool, dt.datetime)) else plain_number(cell)
    for scale in (1.0, 1000.0):
        if value is not None and SECONDS[0] <= value / scale <= SECONDS[1]:
            return dt.datetime.fromtimestamp(round(value / scale), dt.UTC).replace(tzinfo=None)
    return None


def on_one_clock(moments: Sequence[tuple[dt.datetime, bool]]) -> tuple[Times, bool]:
    """Bring moments (and whether each is in UTC) onto one clock: UTC, or that of Asia/Shanghai where any is not.

    Returns
    -------
    tuple
        The moments, shape (n,), and whether they are in UTC.
    """
    utc = all(each for _, each in moments)
    times = [time + AHEAD if each and not utc else time for time, each in moments]
    return np.array(times, dtype="datetime64[s]"), utc


def _written(text: str, day_first: bool) -> dt.datetime | None:
    text = text.strip()
    if text.endswith(" UTC"):
        text = text.removesuffix(" UTC") + "+00:00"
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        if match := _SLASHED.fullmatch(text):
            day, month = (match[1], match[2]) if day_first else (match[2], match[1])
            return _at(match[3], month, day, *match.groups()[3:])
        if match := _DOTTED.fullmatch(text):
            return _at(match[3], match[2], match[1], *match.groups()[3:])
        if match := words().patterns["date"].fullmatch(text):
            clock = _TIME.fullmatch((match[4] or "0:00").strip())
            return None if clock is None else _at(match[1], match[2], match[3], *clock.group(1, 2, 3), None)
    except ValueError:
        pass
    return None


def _at(*parts: str | None) -> dt.datetime:
    """Make a moment of year, month, day, hour, minute, second and half of the day; the clock's parts may be blank."""
    year, month, day, hour, minute, second = (int(part or 0) for part in parts[:6])
    if parts[6]:
        hour = hour % 12 + (12 if parts[6].upper() == "PM" else 0)
    return dt.datetime(year, month, day, hour, minute, second)
