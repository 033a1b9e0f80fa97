"""The picture of a frontier: cost, risk and disruption of every plan side by side, none of them added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from cloudplan.report.charts.theme import AFTER, AFTER_PALE, INK, SIZE, WIDTH, longest, names_axis, values

STEP = 30
GAP = 18


@dataclass(frozen=True)
class Bar:
    """One plan in one panel: its length, the words at its end, and whether it is one of those that count."""

    plan: str
    value: float
    text: str
    chosen: bool


def panels(rows: Sequence[tuple[str, Sequence[Bar]]]) -> alt.HConcatChart:
    """Draw one panel a measure, the plans named at the left of the first.

    Parameters
    ----------
    rows
        Title and bars of every panel; the plans are the same in all, in the same order.
    """
    names = [bar.plan for bar in rows[0][1]]
    room = longest(names) + 30
    words = [longest(bar.text for bar in bars) + 14 for _, bars in rows]
    width = (WIDTH - room - sum(words) - GAP * len(rows)) / len(rows)
    drawn = [_panel(title, bars, names, width, words[n], n == 0) for n, (title, bars) in enumerate(rows)]
    return alt.hconcat(*drawn, spacing=GAP)


def _panel(
    title: str, bars: Sequence[Bar], names: list[str], width: float, words: float, named: bool
) -> alt.LayerChart:
    data = [
        {"plan": b.plan, "value": b.value, "text": b.text, "colour": AFTER if b.chosen else AFTER_PALE} for b in bars
    ]
    top = max((bar.value for bar in bars), default=0.0) or 1.0
    axis = names_axis(names) if named else None
    base = alt.Chart(values(data)).encode(y=alt.Y("plan:N", sort=names, axis=axis))
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, top], range=[0, width], nice=False))
    bar = base.mark_bar(height=18, cornerRadiusEnd=2).encode(x=x, color=alt.Color("colour:N", scale=None))
    text = base.mark_text(align="left", baseline="middle", dx=6, fontSize=SIZE - 1, color=INK).encode(
        x=x, text="text:N"
    )
    layered: alt.LayerChart = alt.layer(bar, text)
    return layered.properties(width=width + words, height=len(names) * STEP, title=title)
