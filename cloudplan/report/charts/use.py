"""Charts of utilisation: the estate before and after, departments, rooms; measured figures apart from intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    low, high
        Interval for all, the unmeasured included.
    text
        The figures in words.
    """

    name: str
    after: bool
    mean: float | None
    p95: float | None
    low: float | None
    high: float | None
    text: str = ""


@dataclass(frozen=True)
class Words:
    """Words of a legend: the two times, and the three marks."""

    before: str
    after: str
    mean: str
    p95: str
    interval: str


def _rows(uses: Sequence[Use], words: Words) -> list[dict[str, object]]:
    return [
        {
            "name": u.name,
            "when": words.after if u.after else words.before,
            "mean": u.mean,
            "p95": u.p95,
            "low": u.low,
            "high": u.high,
            "text": u.text,
            "mean_mark": words.mean,
            "p95_mark": words.p95,
            "interval_mark": words.interval,
        }
        for u in uses
    ]


def _top(uses: Sequence[Use]) -> float:
    most = max((v for u in uses for v in (u.mean, u.p95, u.high) if v is not None), default=0.0)
    return min(1.0, max(0.2, -(-most * 10 // 1) / 10))


def _percent_axis(**options: object) -> alt.Axis:
    return alt.Axis(format=".0%", tickCount=6, title=None, domain=False, ticks=False, **options)


def estate(uses: Sequence[Use], words: Words) -> alt.VConcatChart:
    """Resources one below the other, before and after: dot = measured mean, tick = P95, band = interval for all."""
    names = list(dict.fromkeys(use.name for use in uses))
    labels = longest(use.text for use in uses) + 16
    width = WIDTH - longest(names) - labels - 40
    scale = alt.Scale(domain=[0, _top(uses)])
    colour = alt.Color(
        "when:N", scale=alt.Scale(domain=[words.before, words.after], range=[BEFORE, AFTER]), legend=None
    )
    pale = alt.Color(
        "when:N", scale=alt.Scale(domain=[words.before, words.after], range=[BEFORE_PALE, AFTER_PALE]), legend=None
    )
    base = alt.Chart(values(_rows(uses, words))).encode(
        y=alt.Y("name:N", sort=names, axis=names_axis(names)),
        yOffset=alt.YOffset("when:N", sort=[words.before, words.after]),
    )
    band = base.mark_bar(height=15, cornerRadius=3).encode(
        x=alt.X("low:Q", scale=scale, axis=_percent_axis(grid=True)), x2="high:Q", color=pale
    )
    tick = base.mark_tick(thickness=3, size=17).encode(x=alt.X("p95:Q", scale=scale), color=colour)
    dot = base.mark_point(size=120, filled=True, opacity=1, stroke="white", strokeWidth=1).encode(
        x=alt.X("mean:Q", scale=scale), color=colour
    )
    text = base.mark_text(align="left", fontSize=SIZE - 1, color=INK).encode(x=alt.value(width + 14), text="text:N")
    drawn = alt.layer(band, tick, dot, text).resolve_scale(color="independent")
    return alt.vconcat(_key(words, WIDTH), drawn.properties(width=width, height=alt.Step(26)), spacing=10)


def _key(words: Words, width: float, times: bool = True) -> alt.LayerChart:
    """Draw the legend by hand: which colour is when, which mark is what."""
    items = [("band", BEFORE_PALE, words.interval), ("tick", INK, words.p95), ("dot", INK, words.mean)]
    if times:
        items += [("square", AFTER, words.after), ("square", BEFORE, words.before)]
    data, at = [], 0.0
    for shape, colour, word in reversed(items):
        data.append({"x": at + 8, "x2": at + 24, "text_x": at + 30, "shape": shape, "colour": colour, "word": word})
        at += longest([word]) + 60
    base = alt.Chart(values(data))
    scale = alt.Scale(domain=[0, width], range=[0, width], nice=False)
    x = alt.X("x:Q", scale=scale, axis=None)
    hue = alt.Color("colour:N", scale=None)
    middle = alt.value(9)
    band = base.transform_filter("datum.shape == 'band'").mark_bar(height=13, cornerRadius=3)
    square = base.transform_filter("datum.shape == 'square'").mark_bar(height=13)
    tick = base.transform_filter("datum.shape == 'tick'").mark_tick(thickness=3, size=16, xOffset=8)
    dot = base.transform_filter("datum.shape == 'dot'").mark_point(size=110, filled=True, opacity=1, xOffset=8)
    text = base.mark_text(align="left", fontSize=SIZE, color=INK).encode(
        x=alt.X("text_x:Q", scale=scale, axis=None), y=middle, text="word:N"
    )
    return alt.layer(
        band.encode(x=x, x2="x2:Q", y=middle, color=hue),
        square.encode(x=x, x2="x2:Q", y=middle, color=hue),
        tick.encode(x=x, y=middle, color=hue),
        dot.encode(x=x, y=middle, color=hue),
        text,
    ).properties(width=width, height=18)


def many(uses: Sequence[Use], words: Words, columns: int = 2) -> alt.VConcatChart:
    """Small rows in columns side by side, one a thing, for departments; names are given by ``name``."""
    per_column = -(-len(uses) // columns)
    parts = [uses[n : n + per_column] for n in range(0, len(uses), per_column)]
    names = longest((use.name for use in uses), SIZE - 1) + 26
    width = (WIDTH - 26 * (columns - 1)) / columns - names - 6
    scale = alt.Scale(domain=[0, _top(uses)])
    panels = [_column(part, words, width, scale) for part in parts]
    return alt.vconcat(
        _key(words, WIDTH, times=any(use.after for use in uses)), alt.hconcat(*panels, spacing=26), spacing=10
    )


def _column(uses: Sequence[Use], words: Words, width: float, scale: alt.Scale) -> alt.LayerChart:
    names = list(dict.fromkeys(use.name for use in uses))
    base = alt.Chart(values(_rows(uses, words))).encode(y=alt.Y("name:N", sort=names, axis=names_axis(names)))
    times = [words.before, words.after]
    colour = alt.Color("when:N", scale=alt.Scale(domain=times, range=[MUTED, AFTER]), legend=None)
    band = base.mark_bar(height=9, cornerRadius=2, color=BEFORE_PALE).encode(
        x=alt.X("low:Q", scale=scale, axis=_percent_axis(grid=True)), x2="high:Q"
    )
    tick = base.mark_tick(thickness=2, size=12).encode(x=alt.X("p95:Q", scale=scale), color=colour)
    dot = base.mark_point(size=60, filled=True, opacity=1, stroke="white", strokeWidth=1).encode(
        x=alt.X("mean:Q", scale=scale), color=colour
    )
    return alt.layer(band, tick, dot).properties(width=width, height=alt.Step(19))


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
