"""The one door through which every workbook is opened: what could harm is refused before the reader sees it.

The reader of workbooks holds the whole rectangle between a sheet's first and last cell in memory, and ends the process
where it can't get that much; a few bytes in a file suffice to ask for it. So the sheets are measured first.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from xml.parsers import expat

import python_calamine as calamine

from cloudplan.findings import Finding, Place
from cloudplan.inventory.old_workbook import errors_of
from cloudplan.inventory.unvalued import (
    CONTENT,
    Unvalueds,
    names_of_sheets,
    number,
    of_any_sheet,
    of_ods,
    of_plain_sheet,
)

T = TypeVar("T")

MOST_BYTES = 400 * 2**20
"""A workbook's parts, unpacked; beyond it a file is refused."""
MOST_RATIO = 300
"""Most that a part of a workbook may be compressed (text of a spreadsheet reaches some 30)."""
MOST_CELLS = 15_000_000
"""Cells of the rectangle that a sheet's contents span."""
ZIPPED = b"PK\x03\x04"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"

_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ANY_CELL = re.compile(rb"<(?:[^<>\s/]*:)?c[\s/>]")
_PLAIN_COLUMN = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"')
_PLAIN_ROW = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')


class UnreadableError(Exception):
    """The reader of workbooks failed; the message is its reason, in its own words."""


def open_workbook(path: Path) -> calamine.CalamineWorkbook | Finding:
    """Open a workbook, or say why it is not opened.

    Parameters
    ----------
    path
        An ``.xlsx``, ``.xls`` or ``.ods`` file.

    Returns
    -------
    CalamineWorkbook or Finding
        ``inventory.file_swells`` or ``inventory.file_sprawls`` for what could harm.

    Raises
    ------
    UnreadableError
        If it is no workbook, or a damaged one.
    """
    opened = open_with_unvalued(path)
    return opened if isinstance(opened, Finding) else opened[0]


def open_with_unvalued(path: Path) -> tuple[calamine.CalamineWorkbook, Mapping[str, Unvalueds]] | Finding:
    """Open a workbook as :func:`open_workbook` does, and say by sheet which cells lack the value they should hold.

    Parameters
    ----------
    path
        An ``.xlsx``, ``.xls`` or ``.ods`` file.
    """
    measured = _measured(path)
    if isinstance(measured, Finding):
        return measured
    return reading(lambda: calamine.CalamineWorkbook.from_path(str(path))), measured


def reading(action: Callable[[], T]) -> T:
    """Do something with the reader, which has no one class of error and panics outside :class:`Exception`.

    Raises
    ------
    UnreadableError
        If it fails.
    """
    try:
        return action()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as fault:
        raise UnreadableError(str(fault).strip().partition("\n")[0][:200] or type(fault).__name__) from fault


def _measured(path: Path) -> Finding | Mapping[str, Unvalueds]:
    """Say what of a workbook could harm; else, by sheet, which of its cells lack the value they should hold."""
    unvalued: dict[str, Unvalueds] = {}
    try:
        with path.open("rb") as opened:
            if opened.read(len(OLD_WORKBOOK)) == OLD_WORKBOOK:
                return errors_of(OLD_WORKBOOK + opened.read())
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            size = sum(part.file_size for part in parts)
            squeezed = [p for p in parts if p.file_size > 2**20 and p.file_size > MOST_RATIO * max(p.compress_size, 1)]
            if size > MOST_BYTES or squeezed:
                values = {"file": str(path), "mib": size / 2**20, "limit": MOST_BYTES // 2**20}
                return Finding("inventory.file_swells", values=values, place=Place(str(path)))
            by_part: dict[str, Unvalueds] = {}
            for part in parts:
                # a sheet may stand under any name; what is no sheet has no cells that span anything
                content = packed.read(part) if part.filename.endswith(".xml") else b""
                if part.filename == CONTENT:
                    unvalued |= of_ods(content)
                if b"sheetData" not in content:
                    continue
                area = _plain_area(content)
                if area is None or area > MOST_CELLS:
                    rows, columns = _spanned(content)
                    if rows * columns > MOST_CELLS:
                        values = {"file": str(path), "rows": rows, "columns": columns, "limit": MOST_CELLS}
                        return Finding("inventory.file_sprawls", values=values, place=Place(str(path)))
                found = of_any_sheet(content) if area is None else of_plain_sheet(content)
                if found:
                    by_part[part.filename.casefold()] = found
            if by_part:
                known = {part.filename.casefold(): part for part in parts}
                about = (known.get(name) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"))
                names = names_of_sheets(*(b"" if part is None else packed.read(part) for part in about))
                unvalued |= {names[part]: found for part, found in by_part.items() if part in names}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        return {}  # no sound archive: the reader says what is wrong with it
    return unvalued


def _plain_area(sheet: bytes) -> int | None:
    """Measure the rectangle of a sheet's cells without a parser, which takes four times as long.

    Every cell must be opened in the one way that all programs write, its place first, else ``None`` is given; cells
    that are only formatted count too. Where that is so, or it is too large, :func:`_spanned` decides.
    """
    letters, rows = set(_PLAIN_COLUMN.findall(sheet)), _PLAIN_ROW.findall(sheet)
    if len(rows) != len(_ANY_CELL.findall(sheet)):
        return None
    last = max(map(int, set(rows)), default=0)
    return last * max((number(each.decode()) for each in letters), default=0)


def _spanned(sheet: bytes) -> tuple[int, int]:
    """Measure the rows and columns, from the first cell of the sheet on, that its filled cells span.

    A real parser reads the sheet, for a cell's place can be written in more ways than a pattern knows. Cells that state
    no place follow the one before; formats without contents span nothing.

    Raises
    ------
    UnreadableError
        If the sheet is no well-formed XML, for nobody can tell what it spans.
    """
    at = last_row = last_column = row = column = 0
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at, last_row, last_column, row, column
        tag = name.rpartition(":")[2]
        if tag == "c":
            match = _CELL.fullmatch(attributes.get("r", ""))
            if match is None:
                column += 1
            else:
                row, column = int(match[2]), number(match[1])
        elif tag in ("v", "is", "f"):
            last_row, last_column = max(last_row, row), max(last_column, column)
        elif tag == "row":
            stated = attributes.get("r", "")
            at = row = int(stated) if stated.isdecimal() and len(stated) < 10 else at + 1
            column = 0

    parser.StartElementHandler = start
    try:
        parser.Parse(sheet, True)
    except expat.ExpatError as fault:
        raise UnreadableError(str(fault)) from fault
    return last_row, last_column
