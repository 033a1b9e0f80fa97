"""Worksheets read by heading, never by position, with the row numbers that a spreadsheet shows."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.inventory import spreadsheet

_BLANK = frozenset({"", "-", "—", "n/a", "#n/a", "na", "null", *(say("words.none", each) for each in LANGUAGES)})
_HEADER_ROWS = 20
"""Rows in which a heading row is looked for, below title lines."""


def plain(text: object) -> str:
    """Reduce a heading or a name to what is compared: no case, no runs of blanks."""
    return " ".join(str(text).split()).casefold()


def is_blank(value: object) -> bool:
    """Whether a cell says nothing (empty, a dash, N/A; an error or a formula never computed reads as empty)."""
    return value is None or plain(value) in _BLANK


def number(value: object) -> float | None:
    """Read a number from a cell: ``None`` where it is blank, NaN where it is no finite number.

    A percent sign is dropped (``"53.7%"`` is 53.7); nothing else is guessed.
    """
    if is_blank(value):
        return None
    if isinstance(value, bool):
        return math.nan
    try:
        read = float(str(value).strip().removesuffix("%"))
    except ValueError:
        return math.nan
    return read if math.isfinite(read) else math.nan


@dataclass(frozen=True)
class Row:
    """One row of a sheet: cells by plain heading, and where it stands."""

    sheet: Sheet
    number: int
    cells: Sequence[Any]

    def __getitem__(self, column: str) -> Any:
        """Give a cell; ``None`` where the sheet has no such column or the row is shorter."""
        position = self.sheet.columns.get(plain(column))
        return None if position is None or position >= len(self.cells) else self.cells[position]

    def text(self, column: str) -> str:
        """Give a cell as trimmed text, ``""`` where it is blank; whole numbers lose their ``.0``."""
        value = self[column]
        if is_blank(value):
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return str(value).strip()

    def place(self, column: str | None = None) -> Place:
        """Say where the row, or one of its cells, stands."""
        return Place(self.sheet.file, self.sheet.name, self.number, column)


@dataclass(frozen=True)
class Sheet:
    """A worksheet with its headings found.

    Parameters
    ----------
    file, name
        The file as the user named it, and the sheet.
    columns
        Position by plain heading.
    header_row
        Row of the headings, as a spreadsheet counts.
    body
        The rows below that hold anything: (row number, cells).
    """

    file: str
    name: str
    columns: Mapping[str, int]
    header_row: int
    body: tuple[tuple[int, Sequence[Any]], ...]

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything."""
        for row, cells in self.body:
            yield Row(self, row, cells)


@dataclass(frozen=True)
class Workbook:
    """An open workbook: the names of its sheets, and a way to read one."""

    file: str
    sheets: tuple[str, ...]
    handle: Any

    def cells(self, sheet: str) -> tuple[int, list[list[Any]]]:
        """Give a sheet's rows and the number of the first (blank areas at the edges are left out)."""
        opened = self.handle.get_sheet_by_name(sheet)
        rows = opened.to_python(skip_empty_area=True)
        first = opened.start[0] + 1 if opened.start is not None else 1
        return first, rows


def open_workbook(path: Path) -> Workbook | Finding:
    """Open a workbook, or say why it can't be opened."""
    file = str(path)
    if not path.exists():
        return Finding("intake.file_missing", values={"file": file}, place=Place(file))
    if path.is_dir():
        return Finding("intake.file_folder", values={"file": file}, place=Place(file))
    if path.stat().st_size == 0:
        return Finding("intake.file_empty", values={"file": file}, place=Place(file))
    try:
        handle = spreadsheet.open_workbook(path)
    except spreadsheet.UnreadableError as fault:
        return Finding("intake.not_a_workbook", values={"file": file, "reason": str(fault)}, place=Place(file))
    return handle if isinstance(handle, Finding) else Workbook(file, tuple(handle.sheet_names), handle)


def read_sheet(
    workbook: Workbook, name: str, required: Sequence[str], known: Sequence[str]
) -> tuple[Sheet | None, list[Finding]]:
    """Read one sheet by its headings.

    Parameters
    ----------
    required
        Headings without which the sheet is of no use.
    known
        All headings that are read; the row with most of them among the first twenty is the heading row.

    Returns
    -------
    tuple
        The sheet, or ``None`` with the faults that make it unusable.
    """
    place = Place(workbook.file, name)
    first, rows = workbook.cells(name)
    wanted = {plain(column) for column in (*required, *known)}
    scores = [sum(plain(cell) in wanted for cell in row) for row in rows[:_HEADER_ROWS]]
    if not scores:
        return None, [Finding("intake.sheet_empty", values={"sheet": name}, place=place)]
    at = scores.index(max(scores))
    findings: list[Finding] = []
    columns: dict[str, int] = {}
    for position, title in enumerate(rows[at]):
        if plain(title) in columns and plain(title) in wanted:
            findings.append(
                Finding("intake.column_twice", Severity.WARNING, values={"column": str(title), "sheet": name},
                        place=Place(workbook.file, name, first + at, str(title)))
            )  # fmt: skip
        columns.setdefault(plain(title), position)
    titles = [str(title).strip() for title in rows[at] if not is_blank(title)]
    missing = [column for column in required if plain(column) not in columns]
    for column in missing:
        near = difflib.get_close_matches(column, titles, n=1, cutoff=0.6)
        message = "intake.column_missing_maybe" if near else "intake.column_missing"
        values = {"column": column, "sheet": name, "titles": titles} | ({"maybe": near[0]} if near else {})
        findings.append(Finding(message, values=values, place=Place(workbook.file, name, first + at)))
    if missing:
        return None, findings
    body = tuple((first + n, row) for n, row in enumerate(rows) if n > at and any(not is_blank(cell) for cell in row))
    if not body:
        return None, [*findings, Finding("intake.sheet_empty", values={"sheet": name}, place=place)]
    return Sheet(workbook.file, name, columns, first + at, body), findings
