"""A workbook that goes back to somebody: sheets of numbered lines, to be read, printed and filtered.

Nothing in it runs as a formula, and its name leads nowhere else.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from cloudplan.i18n import say

A4 = 9
LINE = 16.5
"""Points that a line of text is high."""
UNDECIDED, MERGED = "intake.merge.maybe", "intake.merge."
"""Which records are one machine the bureau decides, not the department; the second begins what a merge says."""
ALIKE = 20
"""Records of one sheet that lack the same from which on they share a line: nobody works through a thousand of them."""
SPANS = 8
"""Spans of rows that such a line names."""


@dataclass(frozen=True)
class ListSheet:
    """One sheet: its name and headings (as messages), title lines, widths in signs, and the lines."""

    name: str
    titles: Sequence[str]
    headings: str
    widths: Sequence[int]
    lines: Iterable[Sequence[str]]


def write_return_list(path: Path, sheets: Sequence[ListSheet], language: str) -> Path:
    """Write a workbook of lists; its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": say("survey.returns.title", language), "created": dt.datetime(2026, 1, 1)})
        formats = {
            "bold": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
        }
        for each in sheets:
            _sheet(book, formats, each, language)
    return path


def file_name(text: str, taken: set[str]) -> str:
    """Make a name for a file of any text, which leads nowhere else and is not taken."""
    base = re.sub(r"[^\w.-]+", "_", text).strip("._") or "file"
    name, n = base, 1
    while name.casefold() in taken:
        n += 1
        name = f"{base}-{n}"
    taken.add(name.casefold())
    return name


def rows_named(sheet: str, rows: Iterable[int | None], language: str) -> str:
    """Name rows of a sheet as spans, the first of many."""
    spans = _spans(sorted({row for row in rows if row is not None}))
    said = say("words.comma", language).join(spans[:SPANS]) + (" \u2026" if len(spans) > SPANS else "")
    return say("survey.returns.row", language, sheet=sheet, row=said).strip()


def _spans(rows: Sequence[int]) -> list[str]:
    """Write rows as spans: 5, 7-12."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and spans[-1][1] == row - 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return [str(first) if first == last else f"{first}-{last}" for first, last in spans]


def _sheet(book: Any, formats: dict[str, Any], listed: ListSheet, language: str) -> None:
    sheet = book.add_worksheet(say(listed.name, language))
    for row, title in enumerate(listed.titles):
        sheet.write_string(row, 0, title, *([formats["bold"]] if row == 0 else []))
    top = row = len(listed.titles)
    for at, (heading, width) in enumerate(zip(say(listed.headings, language).split("|"), listed.widths, strict=True)):
        sheet.write_string(top, at, heading, formats["head"])
        sheet.set_column(at, at, width)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    for row, texts in enumerate(listed.lines, top + 1):
        # stated, as not every program makes room for wrapped text by itself
        if (needed := max(map(_lines_in, texts, listed.widths[1:]))) > 1:
            sheet.set_row(row, needed * LINE)
        sheet.write_number(row, 0, row - top, formats["wrap"])
        for at, text in enumerate(texts, 1):
            sheet.write_string(row, at, text, formats["wrap"])
    sheet.autofilter(top, 0, row, len(listed.widths) - 1)


def _lines_in(text: str, width: int) -> int:
    """Count the lines that a text takes in a column; a Chinese sign is two wide."""
    if len(text) * 2 <= width and "\n" not in text:
        return 1
    parts = text.split("\n")
    return sum(max(1, -(-(len(part) + sum(sign > "\u2e80" for sign in part)) // (width - 1))) for part in parts)
