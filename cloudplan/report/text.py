"""The report as plain text for a terminal: the same headings and sentences, the short tables, no charts.

Columns are aligned by the width that a terminal gives each sign: East Asian wide signs take two cells.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from cloudplan import i18n
from cloudplan.bundle import Plan
from cloudplan.report.section import Cell, Section, Table, View
from cloudplan.report.sections import sections_of

WIDTH = 100
"""Cells a line may take, where it can be broken."""

WIDEST = 34
"""Cells that one column of a table may take before its words go on in the next line."""

ROWS = 20
"""Rows of a table that are printed; how many more there are is said."""

WHOLE = ("findings",)
"""Tables whose cells are printed with their second line (what would cure a finding)."""

LEFT_OUT = ("method",)
"""Sections that only the page has."""


def text_report(plan: Plan, language: str = i18n.DEFAULT) -> str:
    """Write the report of a plan as plain text.

    Parameters
    ----------
    plan
        The plan.
    language
        ``"zh-CN"`` or ``"en"``.

    Returns
    -------
    str
        Lines without trailing blanks, ending with a newline.

    Raises
    ------
    ValueError
        If there is no catalogue of that language.
    """
    view = View(plan, language)
    lines = [view.title, *wrap(view.subtitle, WIDTH)]
    for section in sections_of(view):
        if section.section not in LEFT_OUT:
            lines += ["", *_section(view, section)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def width(text: str) -> int:
    """Cells that a text takes in a terminal: wide and full-width signs two, combining marks none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def pad(text: str, cells: int, right: bool = False) -> str:
    """Fill a text with blanks up to a number of cells, before it if it is to stand on the right."""
    blanks = " " * max(0, cells - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, cells: int) -> list[str]:
    """Break a text into lines of at most so many cells: between Latin words, or between any two wide signs.

    A sign that closes (a full stop, a closing bracket) never begins a line; it may stand one sign beyond the edge.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width(line) + width(piece.rstrip()) > cells and not _closes(piece):
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _pieces(text: str) -> list[str]:
    return re.findall(r"[^\s\u2e80-\uffef]+\s*|\s+|[\u2e80-\uffef]\s*", text)


def _closes(piece: str) -> bool:
    return (
        piece.strip() != ""
        and unicodedata.category(piece.strip()[0]) in ("Pe", "Pf", "Po")
        and width(piece.strip()) <= 2
    )


def _section(view: View, section: Section) -> Iterator[str]:
    yield section.title
    yield "─" * WIDTH
    yield from wrap(section.headline, WIDTH)
    if section.cards:
        yield ""
        labels = max(width(card.label) for card in section.cards)
        values = [f"{card.value} {card.unit}".strip() for card in section.cards]
        most = max(width(value) for value in values)
        for card, value in zip(section.cards, values, strict=True):
            rest = "  ".join(part for part in (card.detail, f"[{card.basis}]" if card.basis else "") if part)
            yield f"  {pad(card.label, labels)}  {pad(value, most)}  {rest}"
    if section.points:
        yield ""
        labels = max(width(point.label) for point in section.points)
        for point in section.points:
            first, *others = wrap(point.text, WIDTH - labels - 4)
            yield f"  {pad(point.label, labels)}  {first}"
            yield from (" " * (labels + 4) + line for line in others)
    for table in section.tables:
        if table.short and table.rows:
            yield ""
            yield from _table(view, table)


def _flat(cell: Cell, whole: bool) -> str:
    if isinstance(cell, str):
        return cell
    return " / ".join(part for part in cell if part) if whole else cell[0]


def _table(view: View, table: Table) -> Iterator[str]:
    if table.title:
        yield f"  {table.title}"
    rows = [[_flat(cell, table.table in WHOLE) for cell in row] for row in table.rows[:ROWS]]
    widths = [min(WIDEST, max(width(text) for text in column)) for column in zip(table.columns, *rows, strict=True)]
    yield from _row(table.columns, widths, table)
    yield "  " + "  ".join("-" * cells for cells in widths)
    for row in rows:
        yield from _row(row, widths, table)
    if len(table.rows) > ROWS:
        yield "  " + view.say("text.more", more=view.count(len(table.rows) - ROWS))


def _row(texts: Sequence[str], widths: Sequence[int], table: Table) -> Iterator[str]:
    columns = [wrap(text, cells) for text, cells in zip(texts, widths, strict=True)]
    for n in range(max(len(column) for column in columns)):
        parts = [
            pad(column[n] if n < len(column) else "", cells, position in table.right)
            for position, (column, cells) in enumerate(zip(columns, widths, strict=True))
        ]
        yield "  " + "  ".join(parts)
