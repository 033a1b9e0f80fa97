"""Numbers as a reader of each language expects them: thousands separated, percentages, money, dates."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from cloudplan.i18n import catalogue, say

LARGE_ZH, LARGE_EN = 1e4, 1e6
"""From here on money is written in 万元 in Chinese, in millions in English."""


def missing(value: Any) -> bool:
    """Whether a cell is blank: ``""``, ``None`` or NaN."""
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def exact(value: float) -> str:
    """Write a number as it was stated, up to ten significant digits."""
    return f"{value:,.10g}"


def number(value: float, digits: int | None = None) -> str:
    """Write a number with separated thousands.

    Parameters
    ----------
    value
        Any finite number.
    digits
        Decimals; by default none for whole numbers and from 100 on, else one.
    """
    if digits is None:
        digits = 0 if float(value).is_integer() or abs(value) >= 100 else 1
    text = f"{value:,.{digits}f}"
    return text[1:] if text.startswith("-") and not any(c in "123456789" for c in text) else text


def percent(share: float, digits: int = 1) -> str:
    """Write a share of one as a percentage, ``52.8%``; a share that isn't zero is never written as zero."""
    while digits < 4 and share and round(abs(share) * 100, digits) == 0:
        digits += 1
    return f"{number(share * 100, digits)}%"


def money(yuan: float, language: str) -> str:
    """Write an amount: 万元 with one decimal in Chinese where large, millions in English where large."""
    if language == "zh-CN" and abs(yuan) >= LARGE_ZH:
        return say("report.money.large", language, amount=number(yuan / 1e4, 1))
    if language == "en" and abs(yuan) >= LARGE_EN:
        return say("report.money.large", language, amount=number(yuan / 1e6, 2))
    return say("report.money.plain", language, amount=number(yuan, 0))


def day(value: Any, language: str) -> str:
    """Write a date for a sentence: ``2026年9月4日``, ``4 September 2026``."""
    date = moment(value)
    months = say("report.months", language).split()
    return say("report.day", language, year=date.year, month=months[date.month - 1], day=date.day)


def month(value: Any, language: str) -> str:
    """Write a month for a sentence: ``2026年9月``, ``September 2026``."""
    date = moment(value)
    months = say("report.months", language).split()
    return say("report.month", language, year=date.year, month=months[date.month - 1])


def months(first: Any, last: Any, language: str) -> str:
    """Write a span of months for a sentence; one month, where both ends lie in it."""
    start, end = month(first, language), month(last, language)
    return start if start == end else say("report.months_span", language, first=start, last=end)


def moment(value: Any) -> dt.datetime:
    """Read a date or a date with a time, as the saved tables hold them."""
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    return dt.datetime.fromisoformat(str(value)).replace(tzinfo=None)


def milliseconds(value: Any) -> float:
    """Milliseconds since 1970 of a local time taken as if it were UTC, for axes of time without time zones."""
    return (moment(value) - dt.datetime(1970, 1, 1)).total_seconds() * 1000.0


def quantities(values: Sequence[float], unit: str, language: str) -> tuple[list[str], str]:
    """Write figures of one unit alike, and the unit's word once: shares as percentages, large ones in 万 or millions.

    Parameters
    ----------
    values
        The figures; the largest decides how all are written.
    unit
        ``share``, ``%``, ``yuan`` or ``yuan/a``, or any other; a word is taken from ``report.unit.<unit>`` (a stroke
        written as ``_``) where there is one.
    language
        ``"zh-CN"`` or ``"en"``.
    """
    if unit in ("share", "1%"):
        return [percent(value) for value in values], ""
    if unit == "%":
        return [f"{number(value, 1)}%" for value in values], ""
    key = "report.unit." + unit.replace("/", "_")
    word = catalogue(language).get(key, unit) if unit else ""
    top = max((abs(value) for value in values), default=0.0)
    step, least = (1e4, 1e4 if unit.startswith("yuan") else 1e5) if language == "zh-CN" else (1e6, 1e6)
    if top < least:
        digits = None if top < 100 else 0
        return [number(value, digits) for value in values], word
    digits = 1 if language == "zh-CN" else 2
    return [number(value / step, digits) for value in values], say("report.large_unit", language, unit=word)
