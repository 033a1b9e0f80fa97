from __future__ import annotations

import datetime as dt

import pytest

from cloudplan.migration.calendar import allowed_days, covers, on_calendar, outage_allowed, windows, within
from cloudplan.migration.example import moving
from cloudplan.migration.problem import Freeze
from cloudplan.scenario import MigrationOptions


def options(**given: object) -> MigrationOptions:
    return MigrationOptions.model_validate({"starts_on": dt.date(2026, 3, 2), "most_waves": 3, **given})


def test_weekly_windows_from_the_first_friday() -> None:
    first, second, third = windows(options())
    assert first.starts == dt.datetime(2026, 3, 6, 20)
    assert first.ends == dt.datetime(2026, 3, 9)
    assert first.rollback_by == first.starts + dt.timedelta(hours=52 * 0.6)
    assert first.last_day == dt.date(2026, 3, 8), "a window that ends at midnight ends on Sunday"
    assert (second.starts - first.starts, third.index) == (dt.timedelta(7), 2)


def test_a_window_on_the_first_day_counts() -> None:
    assert windows(options(starts_on=dt.date(2026, 3, 6)))[0].starts.date() == dt.date(2026, 3, 6)


@pytest.mark.parametrize(("days", "step"), [(1, 7), (7, 7), (8, 14), (14, 14), (30, 35)])
def test_the_pace_keeps_the_weekday(days: int, step: int) -> None:
    first, second, _ = windows(options(wave_days=days))
    assert (second.starts - first.starts).days == step


def test_only_openings_of_windows_are_on_the_calendar() -> None:
    given = options(wave_days=14)
    starts = [w.starts for w in windows(given)]
    assert all(on_calendar(given, s) for s in starts)
    for wrong in (starts[0] - dt.timedelta(14), starts[0] + dt.timedelta(7), starts[-1] + dt.timedelta(14)):
        assert not on_calendar(given, wrong)


@pytest.mark.parametrize(
    ("first", "last", "who", "bound"),
    [
        (9, 20, {}, False),  # the day after the Sunday
        (8, 20, {}, True),
        (1, 5, {}, False),
        (1, 6, {}, True),
        (7, 7, {"department": "D"}, True),
        (7, 7, {"department": "E"}, False),
        (7, 7, {"system": "A"}, True),
        (7, 7, {"system": "B"}, False),
        (7, 7, {"system": "A", "department": "E"}, False),
    ],
)
def test_what_a_freeze_covers(first: int, last: int, who: dict[str, str], bound: bool) -> None:
    freeze = Freeze("f", dt.date(2026, 3, first), dt.date(2026, 3, last), **who)
    assert covers(freeze, moving("A"), windows(options())[0]) is bound


@pytest.mark.parametrize(
    ("who", "named"),
    [
        ({"department": "D"}, ["own"]),
        ({"department": "D", "system": "B"}, ["of D"]),
        ({"department": "E", "system": "C"}, ["all"]),
    ],
)
def test_the_most_specific_days_bind(who: dict[str, str], named: list[str]) -> None:
    day = dt.date(2026, 3, 1)
    entries = [Freeze("all", day, day), Freeze("of D", day, day, department="D"), Freeze("own", day, day, system="A")]
    moved = moving(who.pop("system", "A"), **who)
    assert [entry.name for entry in allowed_days(entries, moved)] == named
    assert allowed_days([], moved) == ()


@pytest.mark.parametrize(
    ("first", "last", "inside"), [(6, 8, True), (1, 31, True), (7, 8, False), (6, 7, False), (9, 31, False)]
)
def test_all_days_of_a_window_lie_within_an_entry(first: int, last: int, inside: bool) -> None:
    entry = Freeze("w", dt.date(2026, 3, first), dt.date(2026, 3, last))
    assert within(entry, windows(options())[0]) is inside


def test_outage_is_bounded_by_the_point_of_no_return_and_the_system() -> None:
    assert outage_allowed(options(), moving("A")) == pytest.approx(31.2)
    assert outage_allowed(options(), moving("A", longest_outage_hours=0.5)) == 0.5
    assert outage_allowed(options(), moving("A", longest_outage_hours=99.0)) == pytest.approx(31.2)
