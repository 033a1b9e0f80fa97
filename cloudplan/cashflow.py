"""What is paid in which fiscal year, before and after, and what that is worth today: net present value and payback.

Conventions (a fiscal year is a calendar year, as in China):

* The horizon is ``horizon_years`` fiscal years, the first being that of the scenario's ``today``; days before ``today``
  are past and count on neither side.
* What is paid once counts at the *start* of its fiscal year, what is paid all the time at the *end* of it, and all is
  discounted to the start of the first: factors ``(1 + r)^-k`` and ``(1 + r)^-(k + 1)`` in the k-th year from 0. This is
  what a spreadsheet's ``NPV`` does with an outlay before it, and what the annuity of :func:`cloudplan.costs.annuity`
  assumes; it never flatters a plan, which spends first and saves later.
* What runs for part of a year costs its share of the year's days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Side = Literal["before", "after"]
SIDES: tuple[Side, ...] = ("before", "after")
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Horizon:
    """The time over which money is counted.

    Parameters
    ----------
    starts, ends
        First day, and the day after the last.
    rate
        Discount rate a year.
    """

    starts: dt.date
    ends: dt.date
    rate: float

    @property
    def years(self) -> range:
        """Fiscal years, the last one possibly in part."""
        return range(self.starts.year, (self.ends - dt.timedelta(1)).year + 1)

    def share(self, year: int, starts: dt.date | None = None, ends: dt.date | None = None) -> float:
        """Share of a fiscal year's days that lie in the horizon, on or after ``starts`` and before ``ends``."""
        first, after = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
        low = max(first, self.starts, starts or first)
        high = min(after, self.ends, ends or after)
        return max((high - low).days, 0) / (after - first).days

    def factor(self, year: int, running: bool) -> float:
        """What a yuan of a fiscal year is worth at the start of the first one."""
        return float((1.0 + self.rate) ** -(year - self.starts.year + running))

    def worth(self, starts: dt.date | None = None, ends: dt.date | None = None) -> float:
        """Present value of one yuan a year, paid from one day until another."""
        return sum(self.share(year, starts, ends) * self.factor(year, True) for year in self.years)


def horizon_of(today: dt.date, years: float, rate: float) -> Horizon:
    """Lay a horizon of some fiscal years, the first being that of ``today``."""
    whole = int(years)
    ends = dt.date(today.year + whole, 1, 1) + dt.timedelta(round((years - whole) * DAYS_A_YEAR))
    return Horizon(today, ends, rate)


@dataclass(frozen=True, slots=True)
class Outlay:
    """Paid once.

    Parameters
    ----------
    item
        A term of the yearly cost that it belongs to, or ``replacement``.
    yuan
        How much.
    on
        The day; one before the horizon counts in its first year.
    """

    item: str
    yuan: float
    on: dt.date


@dataclass(frozen=True, slots=True)
class Stream:
    """Paid all the time.

    Parameters
    ----------
    item
        A term of the yearly cost.
    side
        ``before`` (today's estate goes on) or ``after`` (the plan is carried out).
    yuan
        A year.
    starts, ends
        First day, and the day after the last; ``None``: all the horizon.
    kwh
        Electricity a year, where it is paid for that.
    """

    item: str
    side: Side
    yuan: float
    starts: dt.date | None = None
    ends: dt.date | None = None
    kwh: float = 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """One item of one fiscal year.

    Parameters
    ----------
    year, item
        When and what.
    once
        Whether it is paid once.
    before, after
        Yuan in that year; ``before`` is ``None`` where nobody knows it.
    discounted
        What is saved, ``before − after`` with the unknown as nothing, at the start of the first year.
    kwh_before, kwh_after
        Electricity in that year.
    """

    year: int
    item: str
    once: bool
    before: float | None
    after: float
    discounted: float
    kwh_before: float = 0.0
    kwh_after: float = 0.0

    @property
    def saved(self) -> float:
        """What is saved in that year; the unknown as nothing."""
        return (self.before or 0.0) - self.after


def flows_of(horizon: Horizon, outlays: Iterable[Outlay], streams: Iterable[Stream]) -> tuple[Flow, ...]:
    """Bring outlays and streams into fiscal years, those of a year together, what is paid once first.

    Outlays after the horizon are left out (:func:`beyond` adds them up).
    """
    outlays, by_item = list(outlays), _by_item(streams)
    out = []
    for year in horizon.years:
        once: dict[str, float] = {}
        for outlay in outlays:
            if outlay.on < horizon.ends and max(outlay.on, horizon.starts).year == year:
                once[outlay.item] = once.get(outlay.item, 0.0) + outlay.yuan
        for item, spent in once.items():
            out.append(Flow(year, item, True, 0.0, spent, -spent * horizon.factor(year, False)))
        for item, mine in by_item.items():
            shares = [(stream, horizon.share(year, stream.starts, stream.ends)) for stream in mine]
            yuan = {side: sum(s.yuan * share for s, share in shares if s.side == side) for side in SIDES}
            kwh = {side: sum(s.kwh * share for s, share in shares if s.side == side) for side in SIDES}
            saved = (yuan["before"] - yuan["after"]) * horizon.factor(year, True)
            before = yuan["before"] if any(stream.side == "before" for stream in mine) else None
            out.append(Flow(year, item, False, before, yuan["after"], saved, kwh["before"], kwh["after"]))
    return tuple(out)


def _by_item(streams: Iterable[Stream]) -> dict[str, list[Stream]]:
    """Streams of each item, those that run over the same days as one."""
    merged: dict[tuple[str, Side, dt.date | None, dt.date | None], Stream] = {}
    for stream in streams:
        key = (stream.item, stream.side, stream.starts, stream.ends)
        so_far = merged.get(key)
        if so_far is not None:
            stream = replace(stream, yuan=stream.yuan + so_far.yuan, kwh=stream.kwh + so_far.kwh)
        merged[key] = stream
    out: dict[str, list[Stream]] = {}
    for stream in merged.values():
        out.setdefault(stream.item, []).append(stream)
    return out


def beyond(horizon: Horizon, outlays: Iterable[Outlay]) -> float:
    """Outlays that fall after the horizon; yuan."""
    return sum(outlay.yuan for outlay in outlays if outlay.on >= horizon.ends)


def npv(flows: Iterable[Flow]) -> float:
    """Net present value of what is saved; yuan."""
    return sum(flow.discounted for flow in flows)


def payback_years(horizon: Horizon, flows: Sequence[Flow]) -> float | None:
    """Years from the start of the first fiscal year until the discounted savings have paid for the outlays, for good.

    Within the year it is read off a straight line, as what runs comes in evenly.

    Returns
    -------
    float or None
        0 where nothing is ever owed; ``None`` where it is not within the horizon.
    """
    total, answer, owed = 0.0, 0.0, False
    for year in horizon.years:
        once = sum(flow.discounted for flow in flows if flow.year == year and flow.once)
        runs = sum(flow.discounted for flow in flows if flow.year == year and not flow.once)
        if total + once + runs < 0:
            owed = True
        elif total + once < 0:
            answer, owed = year - horizon.starts.year - (total + once) / runs, False
        total += once + runs
    return None if owed else answer


def residual(horizon: Horizon, price: float, bought: dt.date, life_years: float) -> float:
    """What is left at the end of the horizon of a machine that loses its price evenly over its life; yuan, then."""
    used = (horizon.ends - bought).days / DAYS_A_YEAR
    return price * min(max(1.0 - used / life_years, 0.0), 1.0)
