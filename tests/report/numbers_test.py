"""Numbers, money and dates in both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from cloudplan.report import numbers


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1234567, None, "1,234,567"),
        (12.34, None, "12.3"),
        (1234.56, None, "1,235"),
        (12, 1, "12.0"),
        (-0.001, 1, "0.0"),
        (-5.25, 2, "-5.25"),
    ],
)
def test_thousands_are_separated(value: float, digits: int | None, text: str) -> None:
    assert numbers.number(value, digits) == text


def test_a_small_share_is_not_written_as_zero() -> None:
    assert [numbers.percent(share) for share in (0.528, 0.0, 0.00021, 1.0, -0.259)] == [
        "52.8%",
        "0.0%",
        "0.02%",
        "100.0%",
        "-25.9%",
    ]


def test_money_is_in_the_readers_unit() -> None:
    assert numbers.money(7843000, "zh-CN") == "784.3 万元"
    assert numbers.money(9999, "zh-CN") == "9,999 元"
    assert numbers.money(7843000, "en") == "7.84 million yuan"
    assert numbers.money(12201.4, "en") == "12,201 yuan"


def test_figures_of_one_kind_are_written_alike() -> None:
    assert numbers.quantities([1350000, 1190000], "kWh/a", "zh-CN") == (["135.0", "119.0"], "万千瓦时/年")
    assert numbers.quantities([1350000], "kWh/a", "en") == (["1.35"], "million kWh a year")
    assert numbers.quantities([0.0816, 0.2], "share", "en") == (["8.2%", "20.0%"], "")
    assert numbers.quantities([48], "rooms", "zh-CN") == (["48"], "间")
    assert numbers.quantities([3.25], "furlongs", "en") == (["3.2"], "furlongs")
    assert numbers.quantities([], "", "en") == ([], "")


def test_dates_read_naturally() -> None:
    assert numbers.day("2026-09-04 20:00", "zh-CN") == "2026年9月4日"
    assert numbers.day(dt.date(2026, 9, 4), "en") == "4 September 2026"
    assert numbers.months("2026-09-04", "2026-09-30", "zh-CN") == "2026年9月"
    assert numbers.months("2026-09-04", "2027-01-01", "en") == "September 2026 to January 2027"
    assert numbers.milliseconds("1970-01-02") == 86_400_000


def test_stated_figures_keep_their_digits() -> None:
    assert [numbers.exact(value) for value in (0.6849, 98000.0, 5)] == ["0.6849", "98,000", "5"]


def test_blank_cells() -> None:
    assert [numbers.missing(v) for v in ("", None, float("nan"), 0, "0")] == [True, True, True, False, False]
