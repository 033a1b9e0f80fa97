"""Charts of utilisation: the estate before and after, departments, rooms; measured figures apart from intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose

import altair as alt

from cloudplan.report.charts.theme import (
    AFTER,
    AFTER_PALE,
    BEFORE,
    BEFORE_PALE,
    CAUTION,
    INK,
    MUTED,
    SIZE,
    WIDTH,
    longest,
    names_axis,
    values,
)


@dataclass(frozen=True)
class Use:
    """Utilisation of one thing at one time; shares of one, ``None`` where nothing is known.

    Parameters
    ----------
    name
        What it is of.
    after
        Whether it is after consolidation.
    mean, p95
        Mean and P95 of what was measured.
    centre, low, high
        Estimate and interval for all, the unmeasured included.
    measured_text, all_text
        The figures of the measured part, and of all, in words.
    """

    name: str
    after: bool
    mean: float | None
    p95: float | None
    centre: float | None
    low: float | None
    high: float | None
    measured_text: str = ""
    all_text: str = ""


@dataclass(frozen=True)
class Words:
    """Words of a legend: the two times, and the three marks."""

    before: str
    after: str
    mean: str
    p95: str
    interval: str


def _rows(uses: Sequence[Use], words: Words) -> list[dict[str, object]]:
    """Two lanes a use: what was measured, and below it what is estimated for all; neither is drawn upon the other."""
    rows: list[dict[str, object]] = []
    for u in uses:
        when = words.after if u.after else words.before
        p95 = None if u.p95 is None or (u.mean is not None and isclose(u.mean, u.p95)) else u.p95
        rows += [
            {
                "name": u.name,
                "when": when,
                "lane": _lane(u.after, 0),
                "mean": u.mean,
                "p95": p95,
                "text": u.measured_text,
            },
            {
                "name": u.name,
                "when": when,
                "lane": _lane(u.after, 1),
                "centre": u.centre,
                "low": u.low,
                "high": u.high,
                "text": u.all_text,
            },
        ]
    return rows


def _lane(after: bool, estimated: bool | int) -> str:
    return f"{int(after)}{int(estimated)}"


LANES = [_lane(after, estimated) for after in (False, True) for estimated in (False, True)]
"""Order of the lanes of one thing, from above to below."""


def _top(uses: Sequence[Use]) -> float:
    most = max((v for u in uses for v in (u.mean, u.p95, u.centre, u.high) if v is not None), default=0.0)
    return min(1.0, max(0.2, -(-most * 10 // 1) / 10))


def _percent_axis(**options: object) -> alt.Axis:
    return alt.Axis(format=".0%", tickCount=6, title=None, domain=False, ticks=False, **options)


def estate(uses: Sequence[Use], words: Words) -> alt.VConcatChart:
    """Resources one below the other, before and after, each in two lanes.

    The upper lane is of the measured machines: dot = mean, tick = P95. The lower one is of all machines: band =
    interval, diamond = estimate. The two are of different machines, so a mean may lie outside the band below it.
    """
    names = list(dict.fromkeys(use.name for use in uses))
    labels = longest((text for use in uses for text in (use.measured_text, use.all_text)), SIZE - 1) + 16
    width = WIDTH - longest(names) - labels - 40
    y = alt.Y("name:N", sort=names, axis=names_axis(names), scale=alt.Scale(paddingInner=0.18, paddingOuter=0.05))
    offset = alt.YOffset("lane:N", sort=LANES, scale=alt.Scale(domain=LANES))
    base = alt.Chart(values(_rows(uses, words))).encode(y=y, yOffset=offset)
    text = base.mark_text(align="left", baseline="middle", fontSize=SIZE - 1).encode(
        x=alt.value(width + 14), text="text:N", color=alt.Color("when:N", scale=_colours(words, MUTED), legend=None)
    )
    drawn = _lanes(base, words, alt.Scale(domain=[0, _top(uses)]), 1.0)
    chart = alt.layer(*drawn, text).resolve_scale(color="independent", stroke="independent")
    return alt.vconcat(_key(words), chart.properties(width=width, height=alt.Step(19)), spacing=10)


def _colours(words: Words, before: str = BEFORE, after: str = AFTER) -> alt.Scale:
    return alt.Scale(domain=[words.before, words.after], range=[before, after])


def _lanes(base: alt.Chart, words: Words, scale: alt.Scale, size: float) -> list[alt.Chart]:
    """Draw the marks of all lanes; ``size`` 1 is that of the large chart."""
    colour = alt.Color("when:N", scale=_colours(words, MUTED), legend=None)
    pale = alt.Color("when:N", scale=_colours(words, BEFORE_PALE, AFTER_PALE), legend=None)
    edge = alt.Stroke("when:N", scale=_colours(words, MUTED), legend=None)
    x = {
        name: alt.X(f"{name}:Q", scale=scale, axis=_percent_axis(grid=True))
        for name in ("mean", "p95", "low", "centre")
    }
    band = base.mark_bar(height=13 * size, cornerRadius=2).encode(x=x["low"], x2="high:Q", color=pale)
    centre = base.mark_point(shape="diamond", size=70 * size, filled=True, fill="white", opacity=1, strokeWidth=1.5)
    line = base.mark_rule(strokeWidth=1.2).encode(x=x["mean"], x2="p95:Q", color=colour)
    tick = base.mark_tick(thickness=1.5 + size, size=14 * size).encode(x=x["p95"], color=colour)
    dot = base.mark_point(size=100 * size, filled=True, opacity=1).encode(x=x["mean"], color=colour)
    known = "isValid(datum.mean) && isValid(datum.p95)"
    return [
        band.transform_filter("isValid(datum.low) && isValid(datum.high)"),
        centre.encode(x=x["centre"], stroke=edge).transform_filter("isValid(datum.centre)"),
        line.transform_filter(known),
        tick.transform_filter("isValid(datum.p95)"),
        dot.transform_filter("isValid(datum.mean)"),
    ]


def _key(words: Words, times: bool = True) -> alt.LayerChart:
    """Draw the legend by hand: which colour is when, which mark is what.

    It is as wide as its words: it begins beside the names, where the plot does, so a wider one would widen the picture,
    and the page would shrink all of it.
    """
    items = [("square", BEFORE, words.before), ("square", AFTER, words.after)] if times else []
    items += [("dot", INK, words.mean), ("tick", INK, words.p95), ("band", BEFORE_PALE, words.interval)]
    data, at = [], 0.0
    for shape, colour, word in items:
        data.append({"x": at + 8, "x2": at + 24, "text_x": at + 30, "shape": shape, "colour": colour, "word": word})
        at += longest([word]) + 60
    base = alt.Chart(values(data))
    scale = alt.Scale(domain=[0, at], range=[0, at], nice=False)
    x = alt.X("x:Q", scale=scale, axis=None)
    hue = alt.Color("colour:N", scale=None)
    middle = alt.value(9)
    band = base.transform_filter("datum.shape == 'band'").mark_bar(height=13, cornerRadius=2)
    centre = base.transform_filter("datum.shape == 'band'").mark_point(
        shape="diamond", size=60, filled=True, fill="white", stroke=MUTED, strokeWidth=1.5, opacity=1, xOffset=8
    )
    square = base.transform_filter("datum.shape == 'square'").mark_bar(height=13)
    tick = base.transform_filter("datum.shape == 'tick'").mark_tick(thickness=2.5, size=14, xOffset=8)
    dot = base.transform_filter("datum.shape == 'dot'").mark_point(size=100, filled=True, opacity=1, xOffset=8)
    text = base.mark_text(align="left", fontSize=SIZE, color=INK).encode(
        x=alt.X("text_x:Q", scale=scale, axis=None), y=middle, text="word:N"
    )
    return alt.layer(
        band.encode(x=x, x2="x2:Q", y=middle, color=hue),
        centre.encode(x=x, y=middle),
        square.encode(x=x, x2="x2:Q", y=middle, color=hue),
        tick.encode(x=x, y=middle, color=hue),
        dot.encode(x=x, y=middle, color=hue),
        text,
    ).properties(width=at, height=18)


def many(uses: Sequence[Use], words: Words, columns: int = 2) -> alt.VConcatChart:
    """Small rows in columns side by side, one a thing, for departments; names are given by ``name``."""
    per_column = -(-len(uses) // columns)
    parts = [uses[n : n + per_column] for n in range(0, len(uses), per_column)]
    names = longest((use.name for use in uses), SIZE - 1) + 26
    width = (WIDTH - 26 * (columns - 1)) / columns - names - 6
    scale = alt.Scale(domain=[0, _top(uses)])
    panels = [_column(part, words, width, scale) for part in parts]
    key = _key(words, times=any(use.after for use in uses))
    return alt.vconcat(key, alt.hconcat(*panels, spacing=26), spacing=10)


def _column(uses: Sequence[Use], words: Words, width: float, scale: alt.Scale) -> alt.LayerChart:
    names = list(dict.fromkeys(use.name for use in uses))
    lanes = LANES if any(use.after for use in uses) else LANES[:2]
    y = alt.Y("name:N", sort=names, axis=names_axis(names), scale=alt.Scale(paddingInner=0.22, paddingOuter=0.1))
    offset = alt.YOffset("lane:N", sort=lanes, scale=alt.Scale(domain=lanes))
    base = alt.Chart(values(_rows(uses, words))).encode(y=y, yOffset=offset)
    chart = alt.layer(*_lanes(base, words, scale, 0.42)).resolve_scale(color="independent", stroke="independent")
    return chart.properties(width=width, height=alt.Step(7 if len(lanes) > 2 else 9))


@dataclass(frozen=True)
class Bin:
    """How many rooms lie in one step of utilisation, or have no measurement at all."""

    name: str
    rooms: int
    measured: bool


def rooms(bins: Sequence[Bin], title: str) -> alt.LayerChart:
    """Columns: how many rooms lie in each step of mean utilisation; those without measurement stand apart."""
    names = [b.name for b in bins]
    data = [{"name": b.name, "rooms": b.rooms, "colour": AFTER if b.measured else CAUTION} for b in bins]
    base = alt.Chart(values(data)).encode(
        x=alt.X(
            "name:N", sort=names, axis=alt.Axis(title=title, labelAngle=0, ticks=False, labelColor=INK, labelLimit=140)
        ),
        y=alt.Y("rooms:Q", axis=None),
    )
    bars = base.mark_bar(width={"band": 0.72}, cornerRadiusEnd=2).encode(color=alt.Color("colour:N", scale=None))
    text = base.mark_text(dy=-9, fontSize=SIZE, color=INK).encode(text="rooms:Q")
    return (bars + text).properties(width=WIDTH - 20, height=170)
