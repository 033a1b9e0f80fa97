"""Charts over time: rooms that are still open, waves, and when each department is touched.

Times are local and drawn on UTC axes, so that a picture doesn't depend on the drawing machine's time zone.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from cloudplan.report.charts.theme import (
    ACCENT,
    AFTER,
    AFTER_PALE,
    INK,
    MUTED,
    SIZE,
    STEPS,
    WIDTH,
    longest,
    names_axis,
    values,
)
from cloudplan.report.numbers import milliseconds

DAY = 86_400_000.0


@dataclass(frozen=True)
class Span:
    """A stretch of time, milliseconds since 1970, with its name (a freeze)."""

    starts: float
    ends: float
    name: str


@dataclass(frozen=True)
class Level:
    """How many rooms are open from a moment on; ``text`` is written where it isn't blank."""

    at: float
    rooms: int
    text: str = ""


def _scale(first: float, last: float) -> alt.Scale:
    return alt.Scale(type="utc", domain=[first, last], nice=False, padding=0)


def _time(first: float, last: float, axis: alt.Axis | None) -> alt.X:
    return alt.X("at:T", scale=_scale(first, last), axis=axis)


def _dates(first: float, last: float) -> alt.Axis:
    """Make an axis with at most ten dates: first days of months, or weeks where it is short."""
    start = dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=first)
    days = (last - first) / DAY
    if days > 100:
        every = next(n for n in (1, 2, 3, 6, 12, 24, 60) if days / 30.4 / n <= 10 or n == 60)
        months = [start.year * 12 + start.month + n for n in range(int(days / 28) + 2)]
        ticks = [milliseconds(dt.date(m // 12, m % 12 + 1, 1)) for m in months if m % every == 0]
        form = "%Y-%m"
    else:
        step = 7 if days <= 70 else 14
        monday = start.date() + dt.timedelta(days=7 - start.weekday())
        ticks = [milliseconds(monday + dt.timedelta(days=n)) for n in range(0, int(days) + 1, step)]
        form = "%m-%d"
    return alt.Axis(
        format=form, values=[t for t in ticks if first <= t <= last], title=None, grid=True, orient="bottom"
    )


def _frozen(freezes: Sequence[Span], first: float, last: float, axis: alt.Axis, named: bool) -> alt.LayerChart | None:
    inside = [f for f in freezes if f.ends > first and f.starts < last]
    if not inside:
        return None
    rows = [
        {
            "at": max(f.starts, first),
            "to": min(f.ends, last),
            "middle": (max(f.starts, first) + min(f.ends, last)) / 2,
            "name": f.name,
        }
        for f in inside
    ]
    base = alt.Chart(values(rows)).encode(x=_time(first, last, axis))
    band = base.mark_rect(color="#f3ebe3").encode(x2="to:T")
    if not named:
        return alt.layer(band)
    scale = _scale(first, last)
    text = base.mark_text(fontSize=SIZE - 2, color="#8a4a1c", baseline="bottom").encode(
        x=alt.X("middle:T", scale=scale, axis=axis), y=alt.value(-4), text="name:N"
    )
    return alt.layer(band, text)


def open_rooms(levels: Sequence[Level], title: str) -> alt.LayerChart:
    """Draw steps downward: departments' rooms still open over time.

    Parameters
    ----------
    levels
        In order of time; the last one repeats the level at the chart's end.
    title
        What the height is.
    """
    rows = [{"at": level.at, "rooms": level.rooms, "text": level.text} for level in levels]
    first, last = levels[0].at, levels[-1].at
    base = alt.Chart(values(rows)).encode(
        x=_time(first, last, _dates(first, last)),
        y=alt.Y(
            "rooms:Q",
            scale=alt.Scale(domain=[0, max(level.rooms for level in levels) * 1.12]),
            axis=alt.Axis(
                title=title,
                tickMinStep=1,
                tickCount=5,
                titleAngle=0,
                titleAnchor="start",
                titleAlign="left",
                titleY=-10,
                titleX=0,
                domain=False,
                ticks=False,
            ),
        ),
    )
    area = base.mark_area(interpolate="step-after", color=AFTER_PALE, opacity=0.55)
    line = base.mark_line(interpolate="step-after", color=AFTER, strokeWidth=2)
    said = base.transform_filter("datum.text != ''")
    dots = said.mark_point(filled=True, color=AFTER, size=70, opacity=1, stroke="white", strokeWidth=1)
    text = said.mark_text(align="left", dx=7, dy=-10, fontSize=SIZE, color=INK, fontWeight="bold").encode(text="text:N")
    return (area + line + dots + text).properties(width=WIDTH - 110, height=210)


@dataclass(frozen=True)
class Move:
    """How many systems of a kind move in one wave (``kind`` a disposition), or of one department (``row``)."""

    at: float
    kind: str
    systems: int


@dataclass(frozen=True)
class Visit:
    """A wave in which systems of a department move."""

    at: float
    department: str
    systems: int


def waves(
    moves: Sequence[Move],
    kinds: Sequence[str],
    visits: Sequence[Visit],
    freezes: Sequence[Span],
    end: float,
    title: str,
) -> alt.VConcatChart:
    """Waves as columns by kind of move, above the departments' calendar on the same axis of time.

    Parameters
    ----------
    moves
        Systems by wave and kind.
    kinds
        The kinds, in the legend's order.
    visits
        Systems by wave and department, departments in the order of their first wave.
    freezes
        Stretches in which nobody moves.
    end
        End of the last wave.
    title
        What a column's height is.
    """
    starts = sorted({move.at for move in moves})
    pause = min((b - a for a, b in itertools.pairwise(starts)), default=14 * DAY)
    first, last = starts[0] - pause, max(end, starts[-1]) + pause
    departments = list(dict.fromkeys(visit.department for visit in visits))
    extent = longest(departments) + 10
    width = WIDTH - extent - 34
    bar = max(3.0, min(18.0, pause / (last - first) * width * 0.7))
    axis = _dates(first, last)
    height = alt.Axis(
        title=title,
        tickMinStep=1,
        tickCount=4,
        minExtent=extent,
        maxExtent=extent,
        domain=False,
        ticks=False,
        titleAngle=0,
        titleAnchor="start",
        titleAlign="left",
        titleY=-12,
        titleX=-extent,
    )
    columns = (
        alt.Chart(
            values([{"at": m.at, "kind": m.kind, "systems": m.systems, "order": kinds.index(m.kind)} for m in moves])
        )
        .mark_bar(width=bar)
        .encode(
            x=_time(first, last, axis),
            y=alt.Y("sum(systems):Q", axis=height),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=list(kinds), range=list(STEPS[: len(kinds)])),
                legend=alt.Legend(columns=_abreast(kinds, width)),
            ),
            order="order:Q",
        )
    )
    frozen = _frozen(freezes, first, last, axis, named=True)
    above = alt.layer(*[part for part in (frozen, columns) if part is not None]).properties(width=width, height=150)
    below = _calendar(visits, departments, freezes, first, last).properties(width=width, height=len(departments) * 17)
    return alt.vconcat(above, below, spacing=16)


def _abreast(kinds: Sequence[str], width: float) -> int:
    """Count how many kinds of a legend stand in one line: all of them, or so few that no line leaves the picture.

    A legend wider than its plot would widen the picture, and the page would shrink all of it.
    """
    room = longest(kinds) + 36
    if sum(longest([kind]) + 36 for kind in kinds) <= width:
        return max(1, len(kinds))
    most = max(1, int(width / room))
    return -(-len(kinds) // -(-len(kinds) // most))  # lines of about the same length


def _calendar(
    visits: Sequence[Visit], departments: list[str], freezes: Sequence[Span], first: float, last: float
) -> alt.LayerChart:
    spans: dict[str, list[float]] = {}
    for visit in visits:
        spans.setdefault(visit.department, []).append(visit.at)
    y = alt.Y("department:N", sort=departments, axis=names_axis(departments))
    lines = [{"department": d, "at": min(at), "to": max(at)} for d, at in spans.items()]
    points = [{"department": v.department, "at": v.at, "systems": v.systems} for v in visits]
    grid = _dates(first, last)
    line = alt.Chart(values(lines)).mark_rule(color=MUTED, strokeWidth=2, opacity=0.45)
    dot = alt.Chart(values(points)).mark_point(filled=True, color=ACCENT, opacity=1, stroke="white", strokeWidth=0.8)
    layers = [
        _frozen(freezes, first, last, grid, named=False),
        line.encode(x=_time(first, last, grid), x2="to:T", y=y),
        dot.encode(
            x=_time(first, last, grid), y=y, size=alt.Size("systems:Q", scale=alt.Scale(range=[45, 190]), legend=None)
        ),
    ]
    return alt.layer(*[layer for layer in layers if layer is not None])
