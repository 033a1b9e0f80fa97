"""What of an import contradicts, or is hardly so: the inventory's checks, at the cells of the files it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cloudplan.findings import Finding
from cloudplan.intake.built import Built, Record
from cloudplan.inventory.read import read_as_is


def judged(built: Built, out: Path, today: dt.date | None) -> Iterator[Finding]:
    """Yield what the inventory's own checks find at cells that files state; what the mapping assumes is its own affair.

    Parameters
    ----------
    built
        The tables, with the cells that files state.
    out
        The folder that they are written to.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.
    """
    inventory, _ = read_as_is(out, today)
    table_of = {Path(file).name: table for table, file in inventory.files.items()}
    stated = {(table, id(record), column): place for table, record, column, place in built.stated}
    records: dict[str, dict[int, Record]] = {}
    for finding in inventory.findings:
        place = finding.place
        if place is None or place.row is None or place.column is None:
            continue
        table = table_of.get(Path(place.file).name, "")
        if table not in records:
            records[table] = dict(zip(inventory.rows.get(table, ()), built.tables.get(table, ()), strict=False))
        cell = stated.get((table, id(records[table].get(place.row)), str(place.column)))
        if cell is not None:
            yield replace(finding, place=cell)
