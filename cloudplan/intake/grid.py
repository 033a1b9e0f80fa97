"""Any table file as grids of raw cells: XLSX, XLS, ODS and CSV (also packed), whatever encoding, with their addresses.

A grid keeps the cells as they stand (text, number, date), blank rows and hidden sheets too, so that what is left out
can be named. A file that could harm (a zip bomb, more cells than a spreadsheet has) is refused with a finding.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import python_calamine as calamine

from cloudplan.findings import Finding, Place
from cloudplan.inventory.spreadsheet import OLD_WORKBOOK, ZIPPED, UnreadableError, open_with_unvalued, reading
from cloudplan.inventory.unvalued import Unvalued, about_unvalued, letters

Cell = str | float | bool | dt.datetime | dt.date | dt.time | dt.timedelta | None

DELIMITERS = ",;\t|"
GZIPPED = b"\x1f\x8b"
MOST_BYTES = 100 * 2**20
"""A packed text, unpacked; beyond it a file is refused (as values it takes some eight times as much memory)."""


@dataclass(frozen=True)
class Grid:
    """One sheet (or one text file) as raw cells.

    Parameters
    ----------
    file
        The file, as the user named it.
    sheet
        The worksheet's name; ``None`` for a text file.
    rows
        Cells row by row from row 1 and column A; rows may be of different length.
    hidden
        Whether the sheet is hidden.
    merged
        Merged ranges: (first row, first column, last row, last column), from 0.
    unvalued
        Cells that read as blank but hold a formula never computed, or an error value.
    """

    file: str
    sheet: str | None
    rows: Sequence[Sequence[Cell]]
    hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    unvalued: tuple[Unvalued, ...] = ()

    def place(self, row: int | None = None, column: int | None = None) -> Place:
        """Say where a cell stands (row and column from 0), with the letters that a spreadsheet shows."""
        return Place(
            self.file, self.sheet, None if row is None else row + 1, None if column is None else letters(column)
        )


def valueless(grid: Grid, header: int) -> list[Finding]:
    """Say which cells of a table hold a formula never computed, or an error value.

    Parameters
    ----------
    grid
        The cells.
    header
        Row of the headings, from 0.
    """
    titles = grid.rows[header] if grid.unvalued else ()

    def heading(column: int) -> str:
        return (str(titles[column] or "").strip() if column < len(titles) else "") or letters(column)

    return about_unvalued((cell for cell in grid.unvalued if cell.row > header), grid.place(), heading)


def read_grids(path: Path) -> tuple[list[Grid], list[Finding]]:
    """Read every sheet of a file.

    Parameters
    ----------
    path
        A workbook (``.xlsx``, ``.xlsm``, ``.xls``, ``.ods``) or a text file; what it is, its bytes say.

    Returns
    -------
    tuple
        Its grids in the file's order, and what is wrong with the file.
    """
    file, place = str(path), Place(str(path))
    if not path.exists():
        return [], [Finding("intake.file_missing", values={"file": file}, place=place)]
    if path.is_dir():
        return [], [Finding("intake.file_folder", values={"file": file}, place=place)]
    with path.open("rb") as opened:
        head = opened.read(8)
    if not head:
        return [], [Finding("intake.file_empty", values={"file": file}, place=place)]
    if head.startswith((ZIPPED, OLD_WORKBOOK)):
        return _workbook(path)
    return _text(path)


def _workbook(path: Path) -> tuple[list[Grid], list[Finding]]:
    file = str(path)
    try:
        opened = open_with_unvalued(path)
        if isinstance(opened, Finding):
            return [], [opened]
        book, unvalued = opened
        kinds = reading(lambda: book.sheets_metadata)
    except UnreadableError as fault:
        values = {"file": file, "reason": str(fault)}
        return [], [Finding("intake.not_a_workbook", values=values, place=Place(file))]
    grids: list[Grid] = []
    findings: list[Finding] = []
    for kind in kinds:
        if kind.typ != calamine.SheetTypeEnum.WorkSheet:
            continue
        hidden = kind.visible != calamine.SheetVisibleEnum.Visible
        try:
            grid = reading(partial(_read_sheet, book, file, kind.name, hidden))
            grids.append(replace(grid, unvalued=unvalued.get(kind.name, ())))
        except UnreadableError as fault:
            values = {"sheet": kind.name, "reason": str(fault)}
            findings.append(Finding("intake.sheet_unreadable", values=values, place=Place(file, kind.name)))
    return grids, findings


def _read_sheet(book: calamine.CalamineWorkbook, file: str, name: str, hidden: bool) -> Grid:
    return _sheet(file, name, hidden, book.get_sheet_by_name(name))


def _sheet(file: str, name: str, hidden: bool, sheet: Any) -> Grid:
    merged = tuple((a[0], a[1], b[0], b[1]) for a, b in sheet.merged_cell_ranges or ())
    if sheet.start is None:
        return Grid(file, name, (), hidden, merged)
    top, left = sheet.start
    rows: list[list[Cell]] = [[] for _ in range(top)]
    pad: list[Cell] = [None] * left
    last = top
    blank: list[Cell] = []
    # row by row: a sheet with one cell a million rows below costs no more than its contents
    for number, row in enumerate(sheet.iter_rows()):
        if number < top:
            continue
        filled = next((at for at in range(len(row), 0, -1) if row[at - 1] != ""), 0)
        if filled:
            last = number + 1
            rows.append(pad + [None if cell == "" else cell for cell in row[:filled]])
        else:
            rows.append(blank)
    return Grid(file, name, rows[:last], hidden, merged)


def _text(path: Path) -> tuple[list[Grid], list[Finding]]:
    file = str(path)
    try:
        raw = unpacked(path)
    except (OSError, EOFError, zlib.error) as fault:
        values: dict[str, Any] = {"file": file, "reason": str(fault) or type(fault).__name__}
        return [], [Finding("intake.not_a_table", values=values, place=Place(file))]
    if raw is None:
        values = {"file": file, "mib": MOST_BYTES / 2**20, "limit": MOST_BYTES // 2**20}
        return [], [Finding("inventory.file_swells", values=values, place=Place(file))]
    text = decoded(raw)
    if text is None:
        return [], [Finding("intake.file_binary", values={"file": file}, place=Place(file))]
    sample = [line for line in text[:20_000].splitlines() if line.strip()][:20]
    delimiter = max(DELIMITERS, key=lambda sign: sum(line.count(sign) for line in sample))
    csv.field_size_limit(2**24)
    try:
        rows = [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as fault:
        values = {"file": file, "reason": str(fault)}
        return [], [Finding("intake.not_a_table", values=values, place=Place(file))]
    return [Grid(file, None, [[cell if cell.strip() else None for cell in row] for row in rows])], []


def unpacked(path: Path) -> bytes | None:
    """Read a file, unpacked where gzip packed it; ``None`` where that is more than :data:`MOST_BYTES`.

    Raises
    ------
    OSError, EOFError, zlib.error
        If it is packed unsoundly.
    """
    with path.open("rb") as opened:
        if opened.read(2) != GZIPPED:
            return path.read_bytes()
    with gzip.open(path) as source:
        raw = source.read(MOST_BYTES + 1)
    return None if len(raw) > MOST_BYTES else raw


def decoded(raw: bytes) -> str | None:
    """Decode text by its mark, else strictly as UTF-8, else as GB 18030; ``None`` where it is no text."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            tried: tuple[str, ...] = (encoding,)
            break
    else:
        tried = ("utf-8", "gb18030")
    for encoding in tried:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    return None


def unmerged(grid: Grid, first: int) -> tuple[list[Sequence[Cell]], set[tuple[int, int]]]:
    """Let a merged cell of the body count for every row that it spans; give the cells that were filled so."""
    cells = list(grid.rows)
    filled: set[tuple[int, int]] = set()
    for top, left, bottom, _ in grid.merged:
        if top < first or bottom <= top or top >= len(cells) or left >= len(cells[top]):
            continue
        for number in range(top + 1, min(bottom + 1, len(cells))):
            row = [*cells[number], *[None] * (left + 1 - len(cells[number]))]
            if row[left] is None:
                row[left] = cells[top][left]
                cells[number] = row
                filled.add((number, left))
    return cells, filled
