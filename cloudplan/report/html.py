"""The report as one offline page: everything inline, no request to anywhere, the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from cloudplan import i18n
from cloudplan.bundle import Plan
from cloudplan.report.charts.theme import SIZE, svg, text_width
from cloudplan.report.section import Cell, Figure, Section, Table, View
from cloudplan.report.sections import sections_of

SIZES = (SIZE, SIZE - 1.5)
"""Size of a cell's words and of its second line, px; a little less than they have, as widths are overestimated."""

TIGHT = 620.0
"""How much of a table's width, px, columns may take that don't break; the page has 908, a sheet of A4 about 780."""

LONG = 150.0
"""Width of the longest figure with its unit, px; what is longer in a column of numbers is words, and may break."""

PARTS = re.compile(r"(?<=\w_)(?=\w)|(?<=[A-Za-z][/:])(?=\w)", re.ASCII)
"""Between the parts of ``a_name``, ``folder/file.csv:12``; not of ``20:00``, nor of units that begin in Chinese."""


def write_html(plan: Plan, path: Path, language: str = i18n.DEFAULT) -> None:
    """Write the report of a plan as one HTML file.

    The page holds its style, script and pictures; nothing is loaded from elsewhere. All words that come from the plan
    are escaped. The same plan gives the same bytes.

    Parameters
    ----------
    plan
        The plan.
    path
        The file to write; its folder must exist.
    language
        ``"zh-CN"`` or ``"en"``.

    Raises
    ------
    ValueError
        If there is no catalogue of that language.
    OSError
        If the file can't be written.
    """
    Path(path).write_bytes(page(plan, language).encode("utf-8"))


def page(plan: Plan, language: str = i18n.DEFAULT) -> str:
    """Make the page's text; see :func:`write_html`."""
    view = View(plan, language)
    made = str(plan.facts.get("cloudplan", ""))
    return rendered(
        view.title,
        view.subtitle,
        sections_of(view),
        language,
        view.say("page.kind"),
        view.say("page.footer", version=made),
    )


def rendered(title: str, subtitle: str, sections: Sequence[Section], language: str, kind: str, footer: str) -> str:
    """Make a page of sections under a title; ``kind`` is the line above it, ``footer`` the line at the end."""
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        language=language,
        title=title,
        subtitle=subtitle,
        sections=sections,
        draw=_draw,
        tight=tight,
        whole=_whole,
        breakable=breakable,
        worded=_worded,
        contents=i18n.say("report.page.contents", language),
        style=Markup(_source("page.css")),  # ours, not the plan's
        words={name: i18n.say(f"report.page.{name}", language) for name in ("filter", "shown")},
        kind=kind,
        footer=footer,
    )


def tight(table: Table) -> frozenset[int]:
    """Find the columns whose words stay on one line: the narrowest, as far as they leave room for the others.

    A browser may break Chinese words between any two signs, and so squeezes short columns beside a long one to a sign
    a line.
    """
    widths = {}
    for n, heading in enumerate(table.columns):
        cells = [row[n] for row in table.rows]
        lines: list[tuple[str, float]] = [(cell, SIZE) for cell in cells if isinstance(cell, str)]
        lines += [
            (line, size) for cell in cells if not isinstance(cell, str) for line, size in zip(cell, SIZES, strict=True)
        ]
        lines += [(word, SIZE) for word in heading.split()]
        widths[n] = max((text_width(words, size) for words, size in lines), default=0.0) + (
            34 if n in table.right else 12
        )
    found: set[int] = set()
    left = TIGHT
    for n, width in sorted(widths.items(), key=lambda item: item[1]):
        left -= width
        if left < 0:
            break
        found.add(n)
    return frozenset(found)


def _whole(text: str) -> str:
    """Keep an interval on one line: a browser may break after its dash even before a blank that doesn't break."""
    return text.replace("–\u00a0", "–\u2060\u00a0")


def breakable(text: str) -> Markup:
    """Let a browser break ids, paths and places between their parts, rather than within a word."""
    return Markup("<wbr>").join(escape(part) for part in PARTS.split(text))


def _worded(cell: Cell) -> bool:
    """Whether a cell of a column of numbers holds words too long for one line, such as a list of targets."""
    return text_width(cell if isinstance(cell, str) else cell[0], SIZE) > LONG


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _draw(figure: Figure) -> Markup:
    return Markup(svg(figure.draw(), figure.figure))  # the renderer escapes what it writes
