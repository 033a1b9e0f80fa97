"""Reading an inventory: :func:`read_inventory` gives a checked :class:`Inventory`, or every fault at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, errors_in
from cloudplan.inventory.cells import blank, closest, closest_ids, parse, shown
from cloudplan.inventory.checks import check
from cloudplan.inventory.estate import Inventory
from cloudplan.inventory.records import Records
from cloudplan.inventory.schema import REQUIRED_TABLES, Schema, Table, folded, schema
from cloudplan.inventory.sheet import Sheet, read_sheet

MOST_COMPARISONS = 500_000
"""Spellings compared for one column's broken references; beyond that the whole column is wrong, not a spelling."""


def read_inventory(folder: Path | str, today: dt.date | None = None) -> Inventory:
    """Read an inventory's folder, one ``<table>.csv`` (or ``.xlsx``) a table.

    Parameters
    ----------
    folder
        The folder; findings name its files as it is named here.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged, so that the findings
        depend on the files alone.

    Returns
    -------
    Inventory
        All tables of the schema; ``findings`` holds warnings and remarks.

    Raises
    ------
    BadInput
        With every fault of every table: files, columns, cells, keys, references and what contradicts across tables.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadInput([Finding("inventory.no_folder", values={"folder": str(folder)}, place=Place(str(folder)))])
    inventory, _ = read_as_is(folder, today)
    if errors_in(inventory.findings):
        raise BadInput(inventory.findings)
    return inventory


def read_as_is(folder: Path | str, today: dt.date | None = None) -> tuple[Inventory, frozenset[str]]:
    """Read an inventory's folder as far as it can be read, for those who judge what refers to it.

    Parameters
    ----------
    folder
        The folder; it is there.
    today
        As for :func:`read_inventory`.

    Returns
    -------
    tuple
        The inventory, faults among its findings: with one it must not be planned (a cell with a fault is blank, a key
        may be doubled). And the tables whose keys are not all known: unreadable ones, and those with a bad key.
    """
    folder, rules = Path(folder), schema()
    reading = _Reading(folder, rules)
    found = reading.files()
    reading.empty = not found and not reading.findings
    if reading.empty:
        reading.findings.append(
            Finding("inventory.no_tables", values={"folder": str(folder)}, place=Place(str(folder)))
        )
    for table in rules.tables.values():
        reading.read(table, found.get(table.name))
    for table in rules.tables.values():
        reading.refer(table)
    records = reading.records
    reading.findings += check(records, today)
    order = {name: i for i, name in enumerate(rules.tables)}

    def position(finding: Finding) -> tuple[int, int]:
        place = finding.place
        return (-1, 0) if place is None else (order.get(Path(place.file).stem, -1), place.row or 0)

    findings = tuple(sorted(reading.findings, key=position))
    tables = {name: _indexed(rules.tables[name], frame) for name, frame in records.tables.items()}
    partial = {
        table.name
        for table in rules.tables.values()
        if table.name in reading.unread
        or (table.name in REQUIRED_TABLES and table.name not in found)
        or any(None in set(records[table.name][column]) for column in table.key)
    }
    return Inventory(tables, str(folder), dict(records.rows), findings, dict(records.files)), frozenset(partial)


def _indexed(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Index by the key, which stays a column; the index has no name, so that a column's name is never ambiguous."""
    keys = [frame[column] for column in table.key]
    if len(keys) == 1:
        return frame.set_axis(pd.Index(keys[0].tolist(), dtype=object))
    return frame.set_axis(pd.MultiIndex.from_arrays(keys, names=[None] * len(keys)))


@dataclass
class _Reading:
    """What has been read so far."""

    folder: Path
    schema: Schema
    findings: list[Finding] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    sheets: dict[str, Sheet] = field(default_factory=dict)
    headings: dict[str, Mapping[str, str]] = field(default_factory=dict)
    bad: dict[str, set[tuple[int, str]]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    empty: bool = False

    @property
    def records(self) -> Records:
        """The tables with their provenance, as the checks across tables take them."""
        return Records(
            self.tables,
            {name: self.sheets[name].rows if name in self.sheets else () for name in self.tables},
            {name: sheet.file for name, sheet in self.sheets.items()},
            {name: sheet.name for name, sheet in self.sheets.items()},
            self.headings,
            self.bad,
        )

    def files(self) -> dict[str, Path]:
        """Find the tables' files; name those that are none, or too many."""
        found: dict[str, Path] = {}
        for path in sorted(self.folder.iterdir()):
            if path.suffix.lower() not in (".csv", ".xlsx") or path.name.startswith((".", "~$")) or not path.is_file():
                continue
            if path.stem not in self.schema.tables:
                self._unknown_file(path)
            elif path.stem in found:
                values = {"file": path.name, "other": found[path.stem].name}
                self.findings.append(Finding("inventory.two_files", values=values, place=Place(str(path))))
            else:
                found[path.stem] = path
        return found

    def _unknown_file(self, path: Path) -> None:
        words = {word: t.name for t in self.schema.tables.values() for word in (t.name, *t.titles.values())}
        maybe = closest(path.stem, words)
        values: dict[str, Any] = {"file": path.name, "allowed": tuple(self.schema.tables)}
        message = "inventory.unknown_file"
        if maybe is not None:
            message, values["maybe"] = "inventory.misspelt_file", words[maybe] + path.suffix.lower()
        self.findings.append(Finding(message, values=values, place=Place(str(path))))

    def read(self, table: Table, path: Path | None) -> None:
        """Read one table; an absent one is empty."""
        sheet: Sheet | None = None
        if path is not None:
            sheet, findings = read_sheet(path, table)
            self.findings += findings
            if sheet is None:
                self.unread.add(table.name)
        elif table.name in REQUIRED_TABLES and not self.empty:
            place = Place(str(self.folder / f"{table.name}.csv"))
            self.findings.append(Finding("inventory.missing_table", values={"table": table.titles}, place=place))
        self.bad[table.name] = set()
        if sheet is None:
            self.headings[table.name] = {}
            self.tables[table.name] = pd.DataFrame({column.name: blank(column) for column in table.columns})
            return
        self.sheets[table.name] = sheet
        positions = self._columns(table, sheet)
        columns, faults = {}, []
        for column in table.columns:
            if column.name not in positions:
                columns[column.name], _ = parse(column, ("",) * len(sheet.rows), self.schema.vocabularies)
                continue
            columns[column.name], wrong = parse(column, sheet.columns[positions[column.name]], self.schema.vocabularies)
            faults += [(column.name, fault) for fault in wrong]
        frame = pd.DataFrame(columns)
        self.tables[table.name] = frame
        for name, fault in faults:
            self._cell(table, fault.record, name, fault.message, fault.values)
        self._keys(table, frame)

    def _columns(self, table: Table, sheet: Sheet) -> dict[str, int]:
        """Find the position of each column; name headings that are unknown, doubled or missing."""
        positions: dict[str, int] = {}
        headings: dict[str, str] = {}
        for position, heading in enumerate(sheet.headings):
            name = table.accepted.get(folded(heading))
            shape = {"value": shown(heading), "table": table.titles, "number": position + 1}
            place = sheet.place(None, heading.strip() or str(position + 1))
            if not heading.strip():
                if any(cell.strip() for cell in sheet.columns[position]):
                    self.findings.append(Finding("inventory.unnamed_column", values=shape, place=place))
            elif name is None:
                self._unknown_column(table, shape, place)
            elif name in positions:
                values = {**shape, "first": positions[name] + 1}
                self.findings.append(Finding("inventory.double_column", values=values, place=place))
            else:
                positions[name], headings[name] = position, heading.strip()
        for column in table.columns:
            if column.required and column.name not in positions:
                values = {"column": column.name, "heading": column.headings, "table": table.titles}
                place = sheet.place(None, column.name)
                self.findings.append(Finding("inventory.missing_column", values=values, place=place))
                self.bad[table.name].update((record, column.name) for record in range(len(sheet.rows)))
        self.headings[table.name] = headings
        return positions

    def _unknown_column(self, table: Table, shape: dict[str, Any], place: Place) -> None:
        maybe = closest(shape["value"], table.accepted)
        if maybe is None:
            names = tuple(c.name for c in table.columns if table.repeat is None or c.name not in table.repeat.names)
            finding = Finding("inventory.unknown_column", values={**shape, "allowed": names}, place=place)
        else:
            values = {**shape, "maybe": table.accepted[maybe]}
            finding = Finding("inventory.misspelt_column", values=values, place=place)
        self.findings.append(finding)

    def _cell(self, table: Table, record: int, column: str, message: str, values: Mapping[str, Any]) -> None:
        """Note a fault of one cell."""
        self.bad[table.name].add((record, column))
        described = {**values, "column": table.by_name[column].headings, "about": table.by_name[column].about}
        subject = self.records.subject(table.name, record)
        place = self.records.place(table.name, record, column)
        self.findings.append(Finding(f"inventory.{message}", subject=subject, values=described, place=place))

    def _keys(self, table: Table, frame: pd.DataFrame) -> None:
        """Name every record whose key an earlier one has."""
        first: dict[tuple[Any, ...], int] = {}
        for record, key in enumerate(zip(*(frame[column] for column in table.key), strict=True)):
            if None in key:
                continue
            earlier = first.setdefault(key, record)
            if earlier != record:
                values = {"value": " / ".join(key), "first": self.sheets[table.name].rows[earlier]}
                self._cell(table, record, table.key[0], "double_key", values)

    def refer(self, table: Table) -> None:
        """Name every reference to a record that isn't there."""
        for column in table.columns:
            if column.references is None:
                continue
            other = self.schema.tables[column.references]
            known = set(self.tables[other.name][other.key[0]])
            cells = self.tables[table.name][column.name]
            if column.type == "id":
                broken = [(record, value) for record, value in enumerate(cells) if value is not None]
            else:
                broken = [(record, value) for record, values in enumerate(cells) for value in values]
            broken = [(record, value) for record, value in broken if value not in known]
            if other.name not in self.sheets:
                self._absent(table, column.name, other, broken)
                continue
            guesses: dict[str, str | None] = {}
            names = sorted(name for name in known if name is not None)
            most = MOST_COMPARISONS // max(len(names), 1)
            for record, value in broken:
                if value not in guesses:
                    near = closest_ids(value, names) if len(guesses) < most else []
                    guesses[value] = near[0] if near else None
                file = Path(self.sheets[other.name].file).name
                values = {"value": shown(value), "table": other.titles, "file": file, "maybe": guesses[value]}
                message = "unknown_reference" if guesses[value] is None else "misspelt_reference"
                self._cell(table, record, column.name, message, values)

    def _absent(self, table: Table, column: str, other: Table, broken: list[tuple[int, Any]]) -> None:
        """Say once that a column refers to a table that isn't there (a missing required one was named already)."""
        self.bad[table.name].update((record, column) for record, _ in broken)
        if not broken or other.name in REQUIRED_TABLES or other.name in self.unread:
            return
        values = {"count": len(broken), "table": other.titles, "file": f"{other.name}.csv", "value": broken[0][1],
                  "column": table.by_name[column].headings}  # fmt: skip
        place = self.records.place(table.name, broken[0][0], column)
        self.findings.append(Finding("inventory.absent_table", values=values, place=place))
