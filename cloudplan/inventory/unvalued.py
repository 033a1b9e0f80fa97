"""Cells of a workbook that should hold a value and hold none: a formula that was never computed, an error value.

The reader of workbooks gives both as blank, so what a department filled in would vanish without a word. The workbook's
own text tells them; it is searched for the few signs of them, and parsed only where it is written in an unusual way.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple
from xml.parsers import expat

from cloudplan.findings import Finding, Place, Severity

CONTENT = "content.xml"
"""The part of an ODS that holds its sheets."""


class Unvalued(NamedTuple):
    """One such cell: row and column from 0, and the error as it shows (``""`` for a formula never computed)."""

    row: int
    column: int
    error: str = ""


Unvalueds = tuple[Unvalued, ...]

NAMED = 5
"""Cells that a finding about many of one column names."""

_SIGNS = (b"<f", b":f", b'"e"', b"'e'")
_OPENED = b'<c r="'
_PLACE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"')
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_FORMULA = rb"<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)\s*"
_UNCOMPUTED = re.compile(_FORMULA + rb"(<v\s*/>|<v>\s*</v>)?\s*</c>")
_ERROR = re.compile(rb't="e"[^<>]*>\s*(?:' + _FORMULA + rb")?<v>([^<]{0,40})</v>")
_ODS_FORMULA = re.compile(rb"<table:table-cell\s[^<>]*table:formula=[^<>]*>")


def of_plain_sheet(sheet: bytes) -> Unvalueds:
    """Find such cells of an XLSX's sheet each cell of which is opened with its place first, as all programs write it.

    Parameters
    ----------
    sheet
        Its XML.
    """
    found: set[Unvalued] = set()
    for match in _UNCOMPUTED.finditer(sheet):
        opened = sheet.rfind(_OPENED, 0, match.start())
        # a formula whose value is an empty text says so: a text is its result, and that is there
        if match[1] is None or b't="str"' not in sheet[opened : match.start()]:
            found |= _at(sheet, opened, "")
    for match in _ERROR.finditer(sheet):
        found |= _at(sheet, sheet.rfind(_OPENED, 0, match.start()), match[1].decode("utf-8", "replace").strip())
    return tuple(sorted(found))


def _at(sheet: bytes, opened: int, error: str) -> set[Unvalued]:
    place = _PLACE.match(sheet, opened) if opened >= 0 else None
    return set() if place is None else {Unvalued(int(place[2]) - 1, number(place[1].decode()) - 1, error)}


def of_any_sheet(sheet: bytes) -> Unvalueds:
    """Find such cells of an XLSX's sheet, however it is written; it takes much longer.

    Parameters
    ----------
    sheet
        Its XML, which is well formed.
    """
    if not any(sign in sheet for sign in _SIGNS):
        return ()
    found: list[Unvalued] = []
    at = row = column = 0
    kind, formula, value, inside = "", False, None, ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal at, row, column, kind, formula, value, inside
        inside = name.rpartition(":")[2]
        if inside == "row":
            stated = attributes.get("r", "")
            at = row = int(stated) if stated.isdecimal() and len(stated) < 10 else at + 1
            column = 0
        elif inside == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            row, column = (row, column + 1) if place is None else (int(place[2]), number(place[1]))
            kind, formula, value = attributes.get("t", ""), False, None
        elif inside == "f":
            formula = True
        elif inside == "v":
            value = ""

    def text(more: str) -> None:
        nonlocal value
        if inside == "v" and value is not None:
            value += more

    def end(name: str) -> None:
        nonlocal inside
        inside = ""
        if name.rpartition(":")[2] != "c":
            return
        if kind == "e" and value:
            found.append(Unvalued(row - 1, column - 1, value.strip()))
        elif formula and not (value or "").strip() and not (kind == "str" and value is not None):
            found.append(Unvalued(row - 1, column - 1))

    _parse(sheet, start, text, end)
    return tuple(sorted(set(found)))


def of_ods(content: bytes) -> dict[str, Unvalueds]:
    """Find such cells of an ODS, by sheet.

    Parameters
    ----------
    content
        Its part :data:`CONTENT`.
    """
    wrong = (b'"error"' in m[0] or b"office:value-type=" not in m[0] for m in _ODS_FORMULA.finditer(content))
    if not any(wrong):
        return {}
    found: dict[str, list[Unvalued]] = {}
    sheet, depth = "", 0
    row = column = height = width = 0
    error: str | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal sheet, depth, row, column, height, width, error
        if name == "table:table":
            depth += 1
            if depth == 1:
                sheet, row = attributes.get("table:name", ""), 0
        elif name == "table:table-row" and depth == 1:
            height, column = _repeated(attributes, "table:number-rows-repeated"), 0
        elif name in ("table:table-cell", "table:covered-table-cell") and depth == 1:
            width = _repeated(attributes, "table:number-columns-repeated")
            error = None
            if "table:formula" in attributes:
                if attributes.get("calcext:value-type") == "error":
                    error = ""
                elif "office:value-type" not in attributes:
                    found.setdefault(sheet, []).append(Unvalued(row, column))

    def text(more: str) -> None:
        nonlocal error
        if error is not None:
            error += more

    def end(name: str) -> None:
        nonlocal depth, row, column, error
        if name == "table:table":
            depth -= 1
        elif name == "table:table-row" and depth == 1:
            row += height
        elif name in ("table:table-cell", "table:covered-table-cell") and depth == 1:
            if error is not None:
                found.setdefault(sheet, []).append(Unvalued(row, column, error.strip()))
                error = None
            column += width

    _parse(content, start, text, end)
    return {name: tuple(sorted(set(cells))) for name, cells in found.items()}


def _repeated(attributes: dict[str, str], name: str) -> int:
    stated = attributes.get(name, "1")
    return int(stated) if stated.isdecimal() and len(stated) < 10 else 1


def names_of_sheets(workbook: bytes, relations: bytes) -> Mapping[str, str]:
    """Say which part of an XLSX holds which sheet: the part's name, in lower case → the sheet's name.

    Parameters
    ----------
    workbook, relations
        ``xl/workbook.xml`` and the list of relations beside it.
    """
    targets: dict[str, str] = {}
    names: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            targets[attributes.get("Id", "")] = part.lstrip("/").casefold()

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "sheet":
            ident = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            names[targets.get(ident, "")] = attributes.get("name", "")

    _parse(relations, relation)
    _parse(workbook, sheet)
    return names


def _parse(
    content: bytes,
    start: Callable[[str, dict[str, str]], None],
    text: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    """Read XML; what is not well formed is read as far as it is, for the reader of workbooks says what is wrong."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    try:
        parser.Parse(content, True)
    except expat.ExpatError:
        return


@cache
def number(letters: str) -> int:
    """Give the number of a column, from 1, by its letters."""
    value = 0
    for letter in letters:
        value = 26 * value + ord(letter) - 64
    return value


def letters(column: int) -> str:
    """Name a column (from 0) as a spreadsheet does: A to Z, AA and so on."""
    text, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        text = chr(65 + digit) + text
    return text


def about_unvalued(cells: Iterable[Unvalued], place: Place, heading: Callable[[int], str]) -> list[Finding]:
    """Say of each column which of its cells hold no value, formulas and errors apart.

    Parameters
    ----------
    cells
        The cells.
    place
        Their file and sheet.
    heading
        Words a column, counted from 0.
    """
    groups: dict[tuple[int, bool], list[Unvalued]] = {}
    for cell in sorted(cells):
        groups.setdefault((cell.column, bool(cell.error)), []).append(cell)
    findings = []
    for (column, wrong), group in sorted(groups.items()):
        letter = letters(column)
        named = [f"{letter}{cell.row + 1}" for cell in group[:NAMED]]
        values = {"column": heading(column), "count": len(group), "cells": named + ["…"] * (len(group) > NAMED)}
        at = Place(place.file, place.sheet, group[0].row + 1, letter)
        if wrong:
            values["value"] = list(dict.fromkeys(cell.error for cell in group))[:NAMED]
        message = "inventory.error_value" if wrong else "inventory.formula_uncomputed"
        findings.append(Finding(message, Severity.WARNING, values=values, place=at))
    return findings
