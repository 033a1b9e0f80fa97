"""One sheet of a survey, whatever people did to it: :func:`read_sheet`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.grid import Cell, Grid, unmerged
from cloudplan.intake.headings import Found, Heading, find
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Item, Record, Survey
from cloudplan.intake.survey.examples import is_example
from cloudplan.intake.values import ERROR_VALUE, Reading, read_cell, tidy
from cloudplan.intake.words import Extra, words
from cloudplan.inventory.schema import Column, Table
from cloudplan.inventory.unvalued import Unvalued, about_unvalued, letters

INFO, WARNING = Severity.INFO, Severity.WARNING
EXAMPLES = 3
"""Rows below the headings in which the example is known by its cells alone."""


def read_sheet(survey: Survey, grid: Grid) -> bool:
    """Read one sheet into a survey; say whether it was a table of it.

    Headings are found by name, below whatever stands above them; totals, notes, repeated headings and the example are
    left out and said; merged cells count for every row that they span.
    """
    if not any(cell is not None for row in grid.rows for cell in row):
        return False
    place = Place(grid.file, grid.sheet)
    if grid.hidden:
        if grid.sheet not in {say("survey.dictionary", each) for each in ("zh-CN", "en")}:
            survey.findings.append(Finding("survey.read.hidden", WARNING, values={"sheet": grid.sheet}, place=place))
        return False
    found = find(grid, SHEETS)
    if found is None:
        if grid.sheet not in {say("survey.instructions", each) for each in ("zh-CN", "en")}:
            unknown = {"sheet": grid.sheet or "", "rows": len(grid.rows)}
            survey.findings.append(Finding("survey.read.unknown_sheet", WARNING, values=unknown, place=place))
        return False
    survey.findings += _about_headings(grid, found)
    cells, filled = unmerged(grid, found.row + 1)
    answered = _answered_by(grid, found.row)
    readers, again = _readers(found), {cell for cell in grid.rows[found.row] if isinstance(cell, str)}
    records = survey.tables[found.table.name]
    owned = found.table.name != "departments" and "department" in found.table.by_name
    before = len(records)
    lost = list(grid.unvalued)
    left_out: set[int] = set()
    for number in range(found.row + 1, len(cells)):
        row = cells[number]
        if not any(cell is not None and (not isinstance(cell, str) or tidy(cell)) for cell in row):
            continue
        left = _no_record(grid, found, number, row, again)
        if left is not None:
            survey.findings.append(left)
            if left.severity is INFO:
                left_out.add(number)
                continue
        record = _record(survey, grid, number, row, readers, filled, lost)
        if record and owned and answered is not None:
            record.setdefault("department", answered)
        if record:
            records.append(record)
    empty = _valueless(found, lost, left_out)
    titles = {heading.position: heading.text for heading in found.headings if heading.column is not None}
    survey.findings += about_unvalued(empty, place, lambda column: titles.get(column) or letters(column))
    named = {name: letters(heading.position) for name, heading in found.known.items()}
    survey.columns[grid.file, grid.sheet or ""] = found.table.name, named
    survey.unvalued[grid.file, grid.sheet or ""] = {(cell.row + 1, letters(cell.column)) for cell in empty}
    values = {"sheet": grid.sheet or "", "table": found.table.titles, "rows": len(records) - before}
    message = "survey.read.sheet_read" if grid.sheet else "survey.read.file_read"
    survey.findings.append(Finding(message, INFO, values=values, place=place))
    survey.sheets.append((grid.file, grid.sheet or "", found.table.name, len(records) - before))
    return True


def _about_headings(grid: Grid, found: Found) -> Iterator[Finding]:
    formulas = Counter(cell.column for cell in grid.unvalued if cell.row > found.row)
    for heading in found.headings:
        place = grid.place(found.row, heading.position)
        if heading.near is not None:
            taken = {"value": heading.text, "heading": heading.near}
            yield Finding("survey.read.near_heading", WARNING, values=taken, place=place)
        if heading.column is None and not words().patterns["serial"].fullmatch(heading.text):
            below = (row[heading.position] for row in grid.rows[found.row + 1 :] if heading.position < len(row))
            count = sum(bool(tidy(cell)) for cell in below) + formulas[heading.position]
            if count:
                values = {"value": heading.text, "cells": count}
                yield Finding("survey.read.unread_column", WARNING, values=values, place=place)
    headed = {h.position for h in (*found.headings, *found.doubled)}
    unheaded = Counter(
        at for row in grid.rows[found.row + 1 :] for at in range(len(row)) if at not in headed and row[at]
    )
    unheaded.update({at: count for at, count in formulas.items() if at not in headed})
    for at, count in sorted(unheaded.items()):
        values = {"value": letters(at), "cells": count}
        yield Finding("survey.read.unread_column", WARNING, values=values, place=grid.place(found.row, at))
    for heading in found.doubled:
        place = grid.place(found.row, heading.position)
        yield Finding("survey.read.doubled_heading", WARNING, values={"value": heading.text}, place=place)


def _valueless(found: Found, lost: Sequence[Unvalued], left_out: set[int]) -> list[Unvalued]:
    """Give the cells of records, or of the lines above, that hold a formula never computed or an error value.

    Those of columns that nobody asked for are counted where the column is said to be unread.
    """
    asked = {heading.position for heading in found.headings if heading.column is not None}
    return [
        cell
        for cell in lost
        if cell.row < found.row or (cell.row > found.row and cell.column in asked and cell.row not in left_out)
    ]


def _answered_by(grid: Grid, above: int) -> Item | None:
    """Read the line above the headings that says which department answers."""
    for number, row in enumerate(grid.rows[:above]):
        for column, cell in enumerate(row):
            match = words().patterns["answered_by"].fullmatch(tidy(cell))
            if match is None:
                continue
            name, at = match[1].strip(), column
            if not name and column + 1 < len(row):
                name, at = tidy(row[column + 1]), column + 1
            name = words().patterns["after_the_name"].split(name)[0].strip()
            if name:
                return Item(name, tidy(row[at]), "named", grid.place(number, at))
    return None


def _no_record(grid: Grid, found: Found, number: int, row: Sequence[Cell], again: set[str]) -> Finding | None:
    """Say why a row is no record: a total, a note, the example, or the headings again; or that it may be an example.

    Only the form's own example is left out: what merely begins like one is read, and a warning.
    """
    filled = [(column, cell) for column, cell in enumerate(row) if cell is not None]
    column, first = next(((c, text) for c, cell in filled if (text := tidy(cell))), (0, ""))
    # most rows hold none of the headings, which is told at once
    is_headings = not again.isdisjoint(row) and sum(c in again for _, c in filled) >= max(3, len(filled) * 0.6)
    line = first.replace("\n", " ")
    likely = words().patterns["example"].fullmatch(line) is not None
    is_none = is_headings or any(words().patterns[name].fullmatch(line) for name in ("total", "note"))
    place, values = grid.place(number, column), {"value": first[:60]}
    if is_none:
        return Finding("survey.read.row_left", INFO, values=values, place=place)
    if (likely or number <= found.row + EXAMPLES) and is_example(found, row):
        return Finding("survey.read.example_left", INFO, values=values, place=place)
    return Finding("survey.read.like_example", WARNING, values=values, place=place) if likely else None


MOST_KNOWN = 20_000
"""Different cells of one column that are remembered; ids would fill the memory."""


@dataclass
class _Reader:
    """How the cells below one heading are read; what was read once is known."""

    heading: Heading
    column: Column
    letter: str
    known: dict[tuple[type, Cell], Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.position, self.name = self.heading.position, self.column.name

    def read(self, cell: Cell) -> Reading:
        """Read a cell, once for each thing that stands in many of them."""
        asked = (type(cell), cell)
        reading = self.known.get(asked)
        if reading is None:
            reading = read_cell(self.column, cell, self.heading.unit)
            if len(self.known) < MOST_KNOWN:
                self.known[asked] = reading
        return reading


def _readers(found: Found) -> list[_Reader]:
    extras = {extra.name: extra for extra in words().extras.get(found.table.name, ())}
    return [
        _Reader(heading, _column(found.table, heading, extras), letters(heading.position))
        for heading in found.headings
        if heading.column is not None
    ]


def _record(
    survey: Survey,
    grid: Grid,
    number: int,
    row: Sequence[Cell],
    readers: list[_Reader],
    filled: set[tuple[int, int]],
    lost: list[Unvalued],
) -> Record:
    record: Record = {}
    place, width = grid.place(number), len(row)
    for reader in readers:
        position = reader.position
        if position >= width:
            continue
        cell = row[position]
        if cell is None:
            continue
        reading = reader.read(cell)
        if not reading.text:
            if reading.rule == ERROR_VALUE:
                lost.append(Unvalued(number, position, tidy(cell)))
            continue
        rule = "filled-down" if filled and (number, position) in filled else reading.rule
        original = cell if isinstance(cell, str) else tidy(cell)
        item = record[reader.name] = Item(reading.text, original, rule, place, reader.letter)
        if reading.doubt:
            survey.findings.append(_doubt(reading, original, item.place))
    return record


def _column(table: Table, heading: Heading, extras: Mapping[str, Extra]) -> Column:
    if heading.column in extras:
        extra = extras[str(heading.column)]
        kind = "list" if extra.unit is None else "number"
        return Column(extra.name, {"zh-CN": heading.text, "en": heading.text}, kind, unit=extra.unit)
    return table.by_name[str(heading.column)]


def _doubt(reading: Reading, original: str, place: Place) -> Finding:
    rule = {each: say(f"intake.rule.{reading.rule.replace('-', '_')}", each) for each in ("zh-CN", "en")}
    values = {"original": original, "value": reading.text, "rule": rule}
    return Finding("survey.read.doubt", WARNING, values=values, place=place)
