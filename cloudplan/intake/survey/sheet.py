"""One sheet of a survey, whatever people did to it: :func:`read_sheet`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.grid import Cell, Grid
from cloudplan.intake.headings import Found, Heading, find, key
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Item, Survey
from cloudplan.intake.values import Reading, read_cell, tidy
from cloudplan.intake.words import Extra, words
from cloudplan.inventory.schema import Column, Table

INFO, WARNING = Severity.INFO, Severity.WARNING


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
    cells, filled = _unmerged(grid, found.row + 1)
    answered = _answered_by(grid, found.row)
    records = survey.tables[found.table.name]
    owned = found.table.name != "departments" and "department" in found.table.by_name
    before = len(records)
    for number in range(found.row + 1, len(cells)):
        row = cells[number]
        if not any(tidy(cell) for cell in row):
            continue
        left = _no_record(grid, number, row, found)
        if left is not None:
            survey.findings.append(left)
            continue
        record = dict(_items(survey, grid, number, row, found, filled))
        if record and owned and answered is not None:
            record.setdefault("department", answered)
        if record:
            records.append(record)
    values = {"sheet": grid.sheet or "", "table": found.table.titles, "rows": len(records) - before}
    survey.findings.append(Finding("survey.read.sheet_read", INFO, values=values, place=place))
    survey.sheets.append((grid.file, grid.sheet or "", found.table.name, len(records) - before))
    return True


def _about_headings(grid: Grid, found: Found) -> Iterator[Finding]:
    for heading in found.headings:
        place = grid.place(found.row, heading.position)
        if heading.near is not None:
            taken = {"value": heading.text, "heading": heading.near}
            yield Finding("survey.read.near_heading", WARNING, values=taken, place=place)
        if heading.column is None and not words().patterns["serial"].fullmatch(heading.text):
            below = (row[heading.position] for row in grid.rows[found.row + 1 :] if heading.position < len(row))
            count = sum(bool(tidy(cell)) for cell in below)
            if count:
                values = {"value": heading.text, "cells": count}
                yield Finding("survey.read.unread_column", WARNING, values=values, place=place)
    for heading in found.doubled:
        place = grid.place(found.row, heading.position)
        yield Finding("survey.read.doubled_heading", WARNING, values={"value": heading.text}, place=place)


def _unmerged(grid: Grid, first: int) -> tuple[list[list[Cell]], set[tuple[int, int]]]:
    """Let a merged cell of the body count for every row that it spans; give the cells that were filled so."""
    cells = [list(row) for row in grid.rows]
    filled: set[tuple[int, int]] = set()
    for top, left, bottom, _ in grid.merged:
        if top < first or bottom <= top or top >= len(cells) or left >= len(cells[top]):
            continue
        for number in range(top + 1, min(bottom + 1, len(cells))):
            cells[number] += [None] * (left + 1 - len(cells[number]))
            if cells[number][left] is None:
                cells[number][left] = cells[top][left]
                filled.add((number, left))
    return cells, filled


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


def _no_record(grid: Grid, number: int, row: Sequence[Cell], found: Found) -> Finding | None:
    """Say why a row is no record: a total, a note, the example, or the headings again."""
    texts = [(column, tidy(cell)) for column, cell in enumerate(row) if tidy(cell)]
    column, first = texts[0]
    again = {key(h.text) for h in found.headings} - {""}
    is_headings = sum(key(text) in again for _, text in texts) >= max(3, len(texts) * 0.6)
    shapes = (words().patterns[name] for name in ("total", "note", "example"))
    no_record = any(shape.fullmatch(first.replace("\n", " ")) for shape in shapes)
    if is_headings or no_record:
        values = {"value": first[:60]}
        return Finding("survey.read.row_left", INFO, values=values, place=grid.place(number, column))
    return None


def _items(
    survey: Survey, grid: Grid, number: int, row: Sequence[Cell], found: Found, filled: set[tuple[int, int]]
) -> Iterator[tuple[str, Item]]:
    extras = {extra.name: extra for extra in words().extras.get(found.table.name, ())}
    for heading in found.headings:
        if heading.column is None or heading.position >= len(row):
            continue
        cell, place = row[heading.position], grid.place(number, heading.position)
        column = _column(found.table, heading, extras)
        reading = read_cell(column, cell, heading.unit)
        if not reading.text:
            continue
        rule = "filled-down" if (number, heading.position) in filled else reading.rule
        if reading.doubt:
            survey.findings.append(_doubt(reading, tidy(cell), place))
        yield heading.column, Item(reading.text, tidy(cell), rule, place)


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
