"""Charts of amounts: counts, costs before and after, evidence, pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from cloudplan.report.charts.theme import (
    AFTER,
    BEFORE,
    CAUTION,
    INK,
    LINE,
    MUTED,
    PALE,
    SIZE,
    WIDTH,
    longest,
    names_axis,
    offset_labels,
    text_width,
    values,
)

STEP = 30


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its length, the words at its end, and its colour."""

    name: str
    value: float
    text: str
    colour: str = AFTER


def counts(bars: Sequence[Bar]) -> alt.LayerChart:
    """Horizontal bars with their numbers at the end."""
    names = [bar.name for bar in bars]
    room = longest(names) + longest(bar.text for bar in bars) + 60
    top = max((bar.value for bar in bars), default=0) or 1
    rows = [{"name": b.name, "value": b.value, "text": b.text, "colour": b.colour} for b in bars]
    base = alt.Chart(values(rows)).encode(
        y=alt.Y("name:N", sort=names, axis=names_axis(names)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, top])),
    )
    drawn = base.mark_bar(height=18, cornerRadiusEnd=2).encode(color=alt.Color("colour:N", scale=None))
    words = offset_labels(base).encode(text="text:N")
    return (drawn + words).properties(width=WIDTH - room, height=max(1, len(bars)) * STEP)


@dataclass(frozen=True)
class Change:
    """A row with two bars, before and after."""

    name: str
    before: float
    after: float
    before_text: str
    after_text: str


def changes(rows: Sequence[Change], before: str, after: str) -> alt.LayerChart:
    """Pairs of bars, before and after, with their amounts at the end.

    Parameters
    ----------
    rows
        The pairs, from above to below.
    before, after
        Words of the legend.
    """
    names = [row.name for row in rows]
    data: list[dict[str, Any]] = [
        {"name": row.name, "when": when, "value": value, "text": text, "colour": colour}
        for row in rows
        for when, value, text, colour in (
            (before, row.before, row.before_text, MUTED),
            (after, row.after, row.after_text, INK),
        )
    ]
    room = longest(names) + longest(d["text"] for d in data) + 60
    top = max((d["value"] for d in data), default=0) or 1
    base = alt.Chart(values(data)).encode(
        y=alt.Y("name:N", sort=names, axis=names_axis(names)),
        yOffset=alt.YOffset("when:N", sort=[before, after], scale=alt.Scale(paddingInner=0.12)),
        x=alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, top])),
    )
    drawn = base.mark_bar(cornerRadiusEnd=2).encode(
        color=alt.Color("when:N", scale=alt.Scale(domain=[before, after], range=[BEFORE, AFTER]))
    )
    words = (
        offset_labels(base)
        .mark_text(align="left", baseline="middle", dx=6, fontSize=SIZE - 1)
        .encode(text="text:N", color=alt.Color("colour:N", scale=None))
    )
    chart: alt.LayerChart = (drawn + words).resolve_scale(color="independent")
    return chart.properties(width=WIDTH - room, height=alt.Step(19))


@dataclass(frozen=True)
class Part:
    """A part of a whole: row, kind, its share of one and the words written in it."""

    name: str
    kind: str
    share: float
    text: str


def shares(parts: Sequence[Part], kinds: Sequence[str], colours: Sequence[str], dark: Sequence[bool]) -> alt.LayerChart:
    """Bars of 100 %, each split by kind; words are left out where a part is too narrow for them.

    Parameters
    ----------
    parts
        All parts, row by row, in the order of ``kinds``.
    kinds, colours, dark
        The kinds, the colour of each, and whether it is so dark that words on it are white.
    """
    names = list(dict.fromkeys(part.name for part in parts))
    width = WIDTH - longest(names) - 40
    rows, start = [], dict.fromkeys(names, 0.0)
    for part in parts:
        fits = part.share * width > text_width(part.text, SIZE - 1) + 8
        white = dark[list(kinds).index(part.kind)]
        rows.append(
            {
                "name": part.name,
                "kind": part.kind,
                "from": start[part.name],
                "to": start[part.name] + part.share,
                "middle": start[part.name] + part.share / 2,
                "text": part.text if fits else "",
                "ink": "white" if white else INK,
            }
        )
        start[part.name] += part.share
    base = alt.Chart(values(rows)).encode(y=alt.Y("name:N", sort=names, axis=names_axis(names)))
    scale = alt.Scale(domain=[0, 1])
    drawn = base.mark_bar(height=22).encode(
        x=alt.X("from:Q", axis=None, scale=scale),
        x2="to:Q",
        color=alt.Color("kind:N", scale=alt.Scale(domain=list(kinds), range=list(colours))),
    )
    words = base.mark_text(fontSize=SIZE - 1).encode(
        x=alt.X("middle:Q", scale=scale), text="text:N", color=alt.Color("ink:N", scale=None)
    )
    chart: alt.LayerChart = (drawn + words).resolve_scale(color="independent")
    return chart.properties(width=width, height=len(names) * 32)


@dataclass(frozen=True)
class Load:
    """Demand of a pool against what is usable: share of one, and the words beside it."""

    pool: str
    resource: str
    share: float
    text: str


def loads(rows: Sequence[Load]) -> alt.ConcatChart:
    """Bars of demand in a frame of what is usable, one panel a resource, at most two panels abreast."""
    pools = list(dict.fromkeys(row.pool for row in rows))
    resources = list(dict.fromkeys(row.resource for row in rows))
    names, words = longest(pools) + 20, longest((row.text for row in rows), SIZE - 1) + 14
    abreast = 2 if len(resources) > 1 else 1
    width = (WIDTH - names - 40) / abreast - words - 10
    panels = [
        _load([row for row in rows if row.resource == resource], pools, resource, width, words, n % abreast == 0)
        for n, resource in enumerate(resources)
    ]
    return alt.concat(*panels, columns=abreast, spacing={"row": 22, "column": 20})


def _load(
    rows: Sequence[Load], pools: list[str], title: str, width: float, words: float, named: bool
) -> alt.LayerChart:
    data = [
        {
            "pool": r.pool,
            "share": min(r.share, 1.0),
            "one": 1.0,
            "text": r.text,
            "colour": CAUTION if r.share > 1 else AFTER,
        }
        for r in rows
    ]
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = names_axis(pools) if named else None
    base = alt.Chart(values(data)).encode(y=alt.Y("pool:N", sort=pools, scale=alt.Scale(domain=pools), axis=axis))
    frame = base.mark_bar(height=18, color=PALE, stroke=LINE).encode(x=alt.X("one:Q", axis=None, scale=scale))
    drawn = base.mark_bar(height=18).encode(
        x=alt.X("share:Q", axis=None, scale=scale), color=alt.Color("colour:N", scale=None)
    )
    labels = base.mark_text(align="left", fontSize=SIZE - 1, color=INK).encode(x=alt.value(width + 8), text="text:N")
    # an invisible end keeps room for the words on the right, so that panels stand in columns
    edge = base.mark_rule(opacity=0).encode(x=alt.value(width), x2=alt.value(width + words))
    layered: alt.LayerChart = alt.layer(frame, drawn, labels, edge)
    return layered.properties(width=width, height=len(pools) * 27, title=title)
