"""Writing an inventory: the same tables give the same bytes, and reading gives the same tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cloudplan.csv_file import write_csv
from cloudplan.inventory.cells import SEPARATOR, number_shown
from cloudplan.inventory.estate import Inventory
from cloudplan.inventory.schema import Column, Table, schema


def write_inventory(inventory: Inventory | Mapping[str, pd.DataFrame], folder: Path | str) -> list[Path]:
    """Write the tables that have records as CSV: UTF-8 with BOM, LF, columns in the schema's order.

    Text that a spreadsheet would run as a formula gets an apostrophe before it (:mod:`cloudplan.csv_file`), which
    :func:`~cloudplan.inventory.read.read_inventory` takes off.

    Parameters
    ----------
    inventory
        An inventory, or DataFrames by table; a frame's key may be its index or columns, other columns may be absent.
    folder
        Where to write; made if need be. Files of tables without records are not touched.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ValueError
        If a table or column is not of the schema, or an item of a list holds the separator (a fault of the caller).
    """
    tables = inventory.tables if isinstance(inventory, Inventory) else inventory
    unknown = set(tables) - set(schema().tables)
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    written = []
    for name, table in schema().tables.items():
        if name in tables and len(tables[name]):
            written.append(_write(table, _columns(table, tables[name]), Path(folder)))
    return written


def write_empty(folder: Path | str, tables: Iterable[str] | None = None) -> list[Path]:
    """Write tables (by default all of them) with nothing but their header, for somebody to fill in."""
    wanted = schema().tables if tables is None else {name: schema().tables[name] for name in tables}
    return [_write(table, [(c.name, ()) for c in table.columns], Path(folder)) for table in wanted.values()]


def cell(value: Any, column: Column) -> str:
    """Write one value as a cell of a column of that type, ``""`` for a blank.

    Raises
    ------
    ValueError
        If an item of a list is blank or holds the separator.
    """
    if isinstance(value, (list, tuple)):
        items = [str(item) for item in value]
        if any(SEPARATOR.search(item) or not item.strip() for item in items):
            raise ValueError(f"{column.name}: an item of a list can't be blank or hold a separator: {items}")
        return ";".join(items)
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if column.type == "boolean" and not isinstance(value, str):
        return "true" if value else "false"
    if column.type in ("number", "integer") and not isinstance(value, str):
        return str(int(value)) if column.type == "integer" and int(value) == value else number_shown(value)
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _cells(values: list[Any], column: Column) -> list[str]:
    """Write a column's values; each of those that repeat is written once."""
    if column.type in ("id", "text"):
        return [value if type(value) is str else cell(value, column) for value in values]
    fixed = [tuple(value) if isinstance(value, list) else value for value in values]
    known = {value: cell(value, column) for value in dict.fromkeys(fixed)}
    return [known[value] for value in fixed]


def _columns(table: Table, frame: pd.DataFrame) -> list[tuple[str, Iterable[Any]]]:
    named: dict[str, Iterable[Any]] = {str(name): frame[name].tolist() for name in frame.columns}
    for position, key in enumerate(table.key):
        if key not in named:
            named[key] = frame.index.get_level_values(position).tolist()
    unknown = set(named) - set(table.by_name)
    if unknown:
        raise ValueError(f"table {table.name} has no column {', '.join(sorted(unknown))}")
    return [(column.name, named[column.name]) for column in table.columns if column.name in named]


def _write(table: Table, columns: list[tuple[str, Iterable[Any]]], folder: Path) -> Path:
    cells = [_cells(list(values), table.by_name[name]) for name, values in columns]
    names = [name for name, _ in columns]
    return write_csv(folder / f"{table.name}.csv", names, ([row] for row in zip(*cells, strict=True)))
