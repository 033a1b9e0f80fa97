"""One table's file as text: :class:`Sheet`, from CSV in whatever encoding it came, or from a workbook."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from cloudplan.findings import Finding, Place
from cloudplan.inventory.schema import Table, folded
from cloudplan.inventory.spreadsheet import UnreadableError, open_with_unvalued, reading
from cloudplan.inventory.unvalued import Unvalued, about_unvalued, letters


@dataclass(frozen=True)
class Sheet:
    """A table's cells as text, column by column, blank records left out.

    Parameters
    ----------
    file
        The file, as the user named it.
    headings
        The first row.
    columns
        The cells below each heading; all of one length.
    rows
        The row number of each record as a spreadsheet counts it.
    name
        The worksheet's name, where the file is a workbook.
    """

    file: str
    headings: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[int, ...]
    name: str | None = None

    def place(self, record: int | None = None, heading: str | None = None) -> Place:
        """Say where a record (or, with ``None``, the header row) stands, and which cell of it."""
        return Place(self.file, self.name, 1 if record is None else self.rows[record], heading)


def read_sheet(path: Path, table: Table) -> tuple[Sheet | None, list[Finding]]:
    """Read a table's file as text.

    Parameters
    ----------
    path
        A ``.csv`` or ``.xlsx`` file.
    table
        Which table it should be; its headings decide between encodings.

    Returns
    -------
    tuple
        The sheet, or ``None`` where the file can't be read at all, and what is wrong with the file.
    """
    name: str | None = None
    unvalued: Sequence[Unvalued] = ()
    if path.suffix.lower() == ".xlsx":
        try:
            read = _workbook(path)
        except UnreadableError:
            return None, [Finding("inventory.bad_workbook", place=Place(str(path)))]
        if isinstance(read, Finding):
            return None, [read]
        name, lines, unvalued = read
    else:
        text = _decoded(path.read_bytes(), table)
        if text is None:
            return None, [Finding("inventory.bad_encoding", place=Place(str(path)))]
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            return None, [_bad_quotes(path, text)]
    sheet, findings = _sheet(str(path), name, lines)
    if sheet is not None and unvalued:
        findings += about_unvalued(unvalued, Place(str(path), name), partial(_heading, sheet))
    return sheet, findings


def _heading(sheet: Sheet, column: int) -> str:
    return (sheet.headings[column] if column < len(sheet.headings) else "") or letters(column)


def _decoded(raw: bytes, table: Table) -> str | None:
    """Decode by BOM, else strictly as UTF-8, else as GB 18030.

    Short GBK text is now and then valid UTF-8 by chance, so where both readings are possible the one wins that
    yields more known headings.
    """
    candidates = ("utf-8-sig",) if raw.startswith(b"\xef\xbb\xbf") else ("utf-8", "gb18030")
    best, most = None, -1
    for encoding in candidates:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            continue
        first = text.partition("\n")[0]
        known = sum(folded(word.strip('\r"')) in table.accepted for word in first.split(","))
        if known > most:
            best, most = text, known
        if known:
            break
    return best


def _bad_quotes(path: Path, text: str) -> Finding:
    """Find the record at which the quotation marks stop to make sense."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    row = 1
    with suppress(csv.Error):
        for _ in lines:
            row += 1
    return Finding("inventory.bad_quotes", place=Place(str(path), row=row))


def _workbook(path: Path) -> tuple[str, list[list[str]], Sequence[Unvalued]] | Finding:
    opened = open_with_unvalued(path)
    if isinstance(opened, Finding):
        return opened
    name, rows = reading(partial(_rows, opened[0], path.stem))
    return name, rows, opened[1].get(name, ())


def _rows(book: CalamineWorkbook, wanted: str) -> tuple[str, list[list[str]]]:
    name = wanted if wanted in book.sheet_names else book.sheet_names[0]
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return name, [[_text(cell) for cell in row] for row in rows]


def _text(cell: Any) -> str:
    """Say a workbook's cell as a CSV would."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def _sheet(file: str, name: str | None, lines: Sequence[Sequence[str]]) -> tuple[Sheet | None, list[Finding]]:
    if not lines or not any(cell.strip() for cell in lines[0]):
        return None, [Finding("inventory.no_header", place=Place(file, name, 1))]
    width = len(lines[0])
    findings, records, rows = [], [], []
    for row, line in enumerate(lines[1:], 2):
        if not any(line) or not any(cell.strip() for cell in line):
            continue
        if len(line) > width:
            extra = [cell for cell in line[width:] if cell.strip()]
            if extra:
                values = {"cells": len(line), "columns": width, "value": extra[0]}
                findings.append(Finding("inventory.long_row", values=values, place=Place(file, name, row)))
            line = line[:width]
        records.append(line)
        rows.append(row)
    columns = tuple(zip_longest(*records, fillvalue="")) if records else ()
    blank = ("",) * len(records)
    columns += (blank,) * (width - len(columns))
    return Sheet(file, tuple(lines[0]), columns, tuple(rows), name), findings
