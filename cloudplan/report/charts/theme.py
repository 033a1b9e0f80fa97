"""How every chart looks, and how it becomes a picture: dark text on white, few colours, the same for the colour-blind.

A chart becomes static SVG: sharp at any size, the same on screen and on paper, no script and no outside request.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import vl_convert

WIDTH = 955
"""Width of a full chart, px, of which :func:`text_width` overestimates a little; the page holds 940 at 1280 px."""

INK, MUTED, LINE, PALE = "#1c2733", "#5b6876", "#dde3ea", "#eef2f6"
BEFORE, AFTER = "#9aa7b5", "#14588c"
BEFORE_PALE, AFTER_PALE = "#d5dce4", "#a9c8e0"
ACCENT, CAUTION = "#0f7b72", "#c2571a"
STEPS = ("#14588c", "#5b9bc8", "#0f7b72", "#8bc4b4", "#c2571a", "#e7ad7c", "#6d5a8c", "#b9abd0", "#5b6876")
"""Colours of kinds, in pairs of a dark and a light one, told apart without red against green."""

FONTS = '"Noto Sans CJK SC", "Microsoft YaHei", "SimHei", sans-serif'
SIZE = 13


def text_width(text: str, size: float = SIZE) -> float:
    """Estimate the width of a text, px: East Asian wide signs take one em, others a little over half.

    Charts keep room for labels by this estimate, so that it needn't be known which fonts the drawing machine has.
    """
    return sum(size if unicodedata.east_asian_width(sign) in "WF" else size * 0.58 for sign in text)


def longest(labels: Iterable[str], size: float = SIZE) -> float:
    """Width that the longest of some labels takes, px."""
    return max((text_width(label, size) for label in labels), default=0.0)


def values(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Rows as a chart's data."""
    return alt.InlineData(values=list(rows))


def names_axis(labels: Iterable[str], **options: Any) -> alt.Axis:
    """Make a vertical axis of names, none of them cut."""
    width = longest(labels) + 10
    return alt.Axis(
        title=None,
        labelLimit=int(width) + 40,
        minExtent=width,
        ticks=False,
        domain=False,
        grid=False,
        labelColor=INK,
        **options,
    )


def offset_labels(chart: alt.Chart, colour: str = INK, **options: Any) -> alt.Chart:
    """Text marks set off to the right of where they point."""
    return chart.mark_text(align="left", baseline="middle", dx=6, fontSize=SIZE, color=colour, **options)


def svg(chart: Any, chart_id: str) -> str:
    """Draw a chart as SVG to be put into a page.

    The sizes become a view box, so that the picture shrinks with the page; ids are made the chart's own, because the
    renderer numbers them by its own count; namespaces are left out, which an HTML page doesn't need.

    Parameters
    ----------
    chart
        An Altair chart.
    chart_id
        Its id on the page, letters, digits and hyphens.
    """
    configured = (
        chart.configure(font=FONTS, background="white", padding=4, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=SIZE - 1,
            labelColor=MUTED,
            titleFontSize=SIZE - 1,
            titleColor=MUTED,
            titleFontWeight="normal",
            gridColor=LINE,
            domainColor=LINE,
            tickColor=LINE,
            labelPadding=6,
            titlePadding=8,
        )
        .configure_legend(
            orient="top",
            direction="horizontal",
            title=None,
            labelFontSize=SIZE,
            labelColor=INK,
            labelLimit=400,
            symbolSize=110,
            columnPadding=18,
            offset=8,
        )
        .configure_title(fontSize=SIZE, fontWeight="bold", color=INK, anchor="start", offset=6)
        .configure_concat(spacing=26)
    )
    version = alt.SCHEMA_VERSION.removeprefix("v").rpartition(".")[0]
    text = vl_convert.vegalite_to_svg(configured.to_dict(), vl_version=version)
    return _own(text, chart_id)


def _own(text: str, chart_id: str) -> str:
    ids = {name: f"{chart_id}-{n}" for n, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', text)))}
    for name, own in ids.items():
        text = re.sub(rf'(id="|url\(#|href="#){re.escape(name)}(?=["\)])', rf"\g<1>{own}", text)
    text = re.sub(r'\s(xmlns(:\w+)?|version)="[^"]*"', "", text)
    found = re.match(r'<svg\b[^>]*?\bwidth="([\d.]+)" height="([\d.]+)"', text)
    if found is None:
        raise ValueError("the renderer returned no sized SVG")
    sizes = f'width="{found[1]}" height="{found[2]}"'
    return text.replace(sizes, f'style="max-width:{found[1]}px"', 1)
