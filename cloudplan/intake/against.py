"""What changed since the last census: two folders of inventory tables compared record by record, cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place
from cloudplan.intake.result import LISTS, write_list
from cloudplan.inventory.schema import Table, schema
from cloudplan.inventory.sheet import read_sheet

COLUMNS = ("table", "record", "change", "column", "before", "after")
Records = Mapping[str, Mapping[str, str]]
"""Cells as text by record and column."""
Census = Mapping[str, Records]
"""Records by table."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Parameters
    ----------
    table, record
        Where: the table, and the record's key.
    change
        ``added``, ``gone`` or ``changed``.
    column, before, after
        The cell that changed; blank for a whole record.
    """

    table: str
    record: str
    change: str
    column: str = ""
    before: str = ""
    after: str = ""


def census(folder: Path) -> Census:
    """Read a folder with ``<table>.csv`` (or ``.xlsx``) as text; its tables need not be complete or sound.

    Raises
    ------
    BadInput
        If the folder isn't there, or a table of it can't be read at all.
    """
    if not folder.is_dir():
        raise BadInput([Finding("inventory.no_folder", values={"folder": str(folder)}, place=Place(str(folder)))])
    return {table.name: _records(folder, table) for table in schema().tables.values()}


def changes(old: Census, new: Census) -> list[Change]:
    """Compare two censuses, table by table in the schema's order; profiles of usage are left to their own reports."""
    tables = schema().tables.values()
    return [change for table in tables for change in _compared(table, old[table.name], new[table.name])]


def counted(found: Sequence[Change]) -> Mapping[str, int]:
    """Count records added and gone, and records in which something changed."""
    counts = Counter(change.change for change in found if change.change != "changed")
    counts["changed"] = len({(c.table, c.record) for c in found if c.change == "changed"})
    return {name: counts.get(name, 0) for name in ("added", "gone", "changed")}


def since(old: Census, out: Path) -> Mapping[str, int]:
    """Write what changed since a census beside the tables in ``out``, and count it."""
    found = changes(old, census(out))
    write_changes(found, out)
    return counted(found)


def write_changes(found: Sequence[Change], out: Path) -> Path:
    """Write the list beside the new tables."""
    rows = ((c.table, c.record, c.change, c.column, c.before, c.after) for c in found)
    return write_list(out / LISTS / "changes.csv", COLUMNS, rows)


def _compared(table: Table, old: Records, new: Records) -> Iterator[Change]:
    numbered = set(table.repeat.names) if table.repeat is not None else set()
    for record in old:
        if record not in new:
            yield Change(table.name, record, "gone")
    for record, cells in new.items():
        if record not in old:
            yield Change(table.name, record, "added")
            continue
        before = old[record]
        for column in table.by_name:
            was, is_now = before.get(column, ""), cells.get(column, "")
            if column not in numbered and was != is_now:
                yield Change(table.name, record, "changed", column, was, is_now)


def _records(folder: Path, table: Table) -> Records:
    path = next((p for suffix in (".csv", ".xlsx") if (p := folder / f"{table.name}{suffix}").is_file()), None)
    if path is None:
        return {}
    sheet, faults = read_sheet(path, table)
    if sheet is None:
        raise BadInput(faults)
    names = [table.accepted.get(heading.strip().casefold(), "") for heading in sheet.headings]
    columns = {name: cells for name, cells in zip(names, sheet.columns, strict=True) if name}
    out: dict[str, dict[str, str]] = {}
    for number in range(len(sheet.rows)):
        cells = {name: values[number].strip() for name, values in columns.items()}
        key = " / ".join(cells.get(column, "") for column in table.key)
        if key.strip(" /"):
            out.setdefault(key, cells)
    return out
