"""One sheet of a plain table: its headings by the mapping, and its cells by the survey's rules."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake.columns import MOST, Line, Table
from cloudplan.intake.grid import Cell, Grid, unmerged
from cloudplan.intake.headings import key
from cloudplan.intake.mapping_columns import FIELDS, IDENTITIES, PlainTable, heading_key
from cloudplan.intake.provenance import Source
from cloudplan.intake.values import AS_IT_IS, ERROR_VALUE, Reading, items, read_cell, tidy
from cloudplan.intake.words import words
from cloudplan.inventory.schema import folded, schema

DEPTH = 25
"""Rows in which headings are looked for, below title lines."""
PLAIN_RULES = frozenset({AS_IT_IS, "blank", "tidy", "list", "label", "synonym"})
"""Rules that change no figure: what they read is not told."""
AGAIN = "#"
"""Parts a field from the number of its heading, where several hold it."""
INFO, WARNING = Severity.INFO, Severity.WARNING


@dataclass(eq=False)
class PlainSheet:
    """How the cells of one sheet are read, and by which rules they were.

    Parameters
    ----------
    table
        The sheet; its columns are fields, a second heading of one numbered.
    units
        Unit by column, where the mapping or the heading names one.
    used
        Cells by column and rule: how many, and the first with its original and what was read.
    shares
        Largest figure of each percentage whose cells name no unit.
    """

    table: Table
    units: Mapping[str, str | None]
    used: dict[tuple[str, str], tuple[int, str, str, Place, bool]] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    known: dict[tuple[str, type, Cell], Reading] = field(default_factory=dict)

    def lines(self, findings: list[Finding]) -> Iterator[Line]:
        """Yield the rows of machines; totals, notes and rows without a name are left out and said."""
        for line in self.table.rows():
            if not any(tidy(cell) for cell in line.cells):
                continue
            first = next((text for cell in line.cells if (text := tidy(cell))), "").replace("\n", " ")
            if any(words().patterns[name].fullmatch(first) for name in ("total", "note", "example")):
                findings.append(
                    Finding("intake.plain.row_left", INFO, values={"value": first[:60]}, place=line.place())
                )
            elif name_of(line):
                yield line
            else:
                findings.append(Finding("intake.name_blank", WARNING, place=line.place()))

    def reading(self, line: Line, column: str) -> Reading | None:
        """Read a cell by the rules of its field; ``None`` where there is none."""
        cell = line[column]
        if cell is None:
            return None
        asked = (column, type(cell), cell)
        reading = self.known.get(asked)
        if reading is None:
            reading = self.known[asked] = read_cell(FIELDS[column.partition(AGAIN)[0]], cell, self.units.get(column))
        return reading

    def text(self, line: Line, column: str) -> str:
        """Read a cell, and remember the rule; ``""`` where it says nothing."""
        reading = self.reading(line, column)
        if reading is None:
            return ""
        if reading.rule not in PLAIN_RULES:
            tally = (column, reading.rule)
            first = (tidy(line[column]), reading.text, line.place(column), reading.doubt)
            count, *kept = self.used.get(tally, (0, *first))
            self.used[tally] = (count + 1, *kept)  # type: ignore[assignment]
        return reading.text

    def source(self, line: Line, *columns: str) -> Source | None:
        """Give the first cell that says anything of some fields, with the rule that reads it."""
        for column in columns:
            reading = self.reading(line, column)
            if reading is not None and reading.text:
                place = line.place(column)
                rule = "" if reading.rule == AS_IT_IS else reading.rule
                return Source(place.file, place.sheet, place.row, place.column, tidy(line[column]), rule)
        return None

    def several(self, line: Line, column: str) -> tuple[str, ...]:
        """Read every cell of a field that lists things."""
        columns = [each for each in self.table.columns if each.partition(AGAIN)[0] == column]
        texts = [text for each in columns for text in items(self.text(line, each))]
        return tuple(dict.fromkeys(texts))

    def number(
        self, line: Line, column: str, subject: str, findings: list[Finding], most: float = MOST
    ) -> float | None:
        """Read a figure of 0 or more; what is none is said at its cell and not taken."""
        text = self.text(line, column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if 0.0 <= value <= (100.0 if FIELDS[column].unit == "%" else MOST):
            if FIELDS[column].unit == "%" and "%" not in tidy(line[column]) and self.units.get(column) is None:
                self.shares[column] = max(value, self.shares.get(column, 0.0))
            return value
        message = "intake.load_bad" if FIELDS[column].unit == "%" else "intake.foreign.number_bad"
        findings.append(fault(message, line, column, subject))
        return None

    def choice(self, line: Line, column: str, subject: str, findings: list[Finding]) -> str:
        """Read one of a vocabulary's words; another is said at its cell."""
        text = self.text(line, column)
        vocabulary = schema().vocabularies[str(FIELDS[column].values)]
        if text and text not in vocabulary.codes and column == "power":
            values = {"value": tidy(line[column])}
            findings.append(Finding("intake.power_unknown", WARNING, subject, values=values, place=line.place(column)))
            return ""
        if text and text not in vocabulary.codes:
            labels = {each: [vocabulary.labels[code][each] for code in vocabulary.codes] for each in LANGUAGES}
            allowed = {each: "/".join(labels[each]) for each in LANGUAGES}
            said = {"column": line.table.heading(column), "value": tidy(line[column]), "allowed": allowed}
            findings.append(Finding("intake.plain.word_bad", WARNING, subject, values=said, place=line.place(column)))
            return ""
        return text

    def date(self, line: Line, column: str, subject: str, findings: list[Finding]) -> dt.date | None:
        """Read a day."""
        text = self.text(line, column)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            findings.append(fault("intake.plain.date_bad", line, column, subject))
            return None

    def told(self) -> Iterator[Finding]:
        """Say, by heading, which rules read cells otherwise than they stand, and percentages that may be shares."""
        for (column, rule), (count, original, value, place, doubt) in self.used.items():
            if rule == ERROR_VALUE:
                errors = {"column": self.table.heading(column), "count": count, "value": original,
                          "cells": [f"{place.column}{place.row}"] + ["…"] * (count > 1)}  # fmt: skip
                yield Finding("inventory.error_value", WARNING, values=errors, place=place)
                continue
            worded = {each: say(f"intake.rule.{rule.replace('-', '_')}", each) for each in LANGUAGES}
            values = {"column": self.table.heading(column), "count": count, "rule": worded, "original": original,
                      "value": value}  # fmt: skip
            message = "intake.plain.doubt" if doubt else "intake.plain.rule"
            yield Finding(message, WARNING if doubt else INFO, values=values, place=place)
        for column, most in self.shares.items():
            if 0.0 < most <= 1.0:
                values = {"column": self.table.heading(column), "most": most}
                place = self.table.grid.place(self.table.header, self.table.columns[column])
                yield Finding("intake.plain.shares", WARNING, values=values, place=place)


def fault(message: str, line: Line, column: str, subject: str) -> Finding:
    """Say that a cell can't be read."""
    values = {"column": line.table.heading(column), "value": tidy(line[column])}
    return Finding(message, WARNING, subject, values=values, place=line.place(column))


def plain_sheet(grid: Grid, plain: PlainTable, findings: list[Finding]) -> PlainSheet | None:
    """Find the headings of a sheet, and say which are missing and which no field is named for."""
    wanted = {heading_key(head.heading): head for head in plain.heads}
    rows = [[heading_key(cell) if isinstance(cell, str) else "" for cell in row] for row in grid.rows[:DEPTH]]
    hits = [len(set(row) & set(wanted)) for row in rows]
    if not any(hits) or (grid.hidden and plain.sheet == "*"):
        if any(cell is not None for row in grid.rows for cell in row):
            message = "intake.plain.hidden" if grid.hidden else "intake.plain.sheet_left"
            severity = WARNING if grid.hidden else INFO
            findings.append(Finding(message, severity, values={"sheet": grid.sheet or grid.file}, place=grid.place()))
        return None
    at = hits.index(max(hits))
    columns: dict[str, int] = {}
    units: dict[str, str | None] = {}
    unread: list[str] = []
    for position, name in enumerate(rows[at]):
        if name not in wanted:
            unread += [tidy(grid.rows[at][position])] if name else []
            continue
        head = wanted.pop(name)
        column = head.field if head.field not in columns else f"{head.field}{AGAIN}{len(columns)}"
        columns[column], units[column] = position, head.unit or _unit(head.heading, head.field)
    place = grid.place(at)
    for head in wanted.values():
        near = difflib.get_close_matches(key(head.heading), [key(text) for text in unread], n=1, cutoff=0.6)
        maybe = next((text for text in unread if near and key(text) == near[0]), "")
        message = "intake.plain.heading_missing_maybe" if maybe else "intake.plain.heading_missing"
        message = message if unread else "intake.plain.heading_missing_all"
        values = {"heading": head.heading, "titles": unread, "maybe": maybe, "line": str(head.place)}
        findings.append(Finding(message, WARNING, values=values, place=place))
    if unread:
        left = {"count": len(unread), "headings": unread[:12]}
        findings.append(Finding("intake.plain.unread", INFO, values=left, place=place))
    if not columns.keys() & set(IDENTITIES):
        findings.append(Finding("intake.plain.no_name", values={"fields": list(IDENTITIES)}, place=place))
    body, _ = unmerged(grid, at + 1)
    table = Table(replace(grid, rows=body), at, columns)
    if next(table.rows(), None) is None:
        findings.append(Finding("intake.foreign.no_rows", WARNING, values={"table": table.name}, place=place))
    return PlainSheet(table, units)


def _unit(heading: str, name: str) -> str | None:
    """Give the unit that a heading names in brackets, where it is one of the field's."""
    to = FIELDS[name].unit
    known = words().units.get(to or "", {})
    inner = heading_key(heading).replace("[", "(").rpartition("(")[2].rstrip(")]")
    return inner if to is not None and inner in known else None


def name_of(line: Line) -> str:
    """Name the machine of a row by the first of what may name one."""
    texts = (tidy(line[name]).partition("\n")[0] for name in IDENTITIES)
    return next((text for text in texts if text and folded(text) not in words().blank), "")
