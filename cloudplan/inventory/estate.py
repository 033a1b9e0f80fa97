"""The value every stage starts from: :class:`Inventory`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from cloudplan.findings import Finding, Place


@dataclass(frozen=True, eq=False)
class Inventory:
    """All tables of one estate, checked against the schema.

    Parameters
    ----------
    tables
        A DataFrame for every table of ``schema.yaml``, absent files as empty tables. The index, without a name, is the
        table's key (a MultiIndex where the key has several columns); every column of the schema, the key's own
        included, is there, in its order. Types:
        id, text and choice are ``str`` or ``None``; integer is ``Int64``; number is ``float64`` (NaN = blank); boolean
        is ``boolean`` (``<NA>`` = blank); date is ``datetime.date`` or ``None``; list, choices and ids are tuples of
        ``str``, empty where blank.
    origin
        The folder they were read from, as the user named it.
    rows
        For every table, the row number in its file of each record (aligned with the DataFrame), for provenance.
    findings
        Warnings and remarks; only :func:`~cloudplan.inventory.read.read_as_is` gives one with errors.
    files
        Each table's file, where it was read from one.
    """

    tables: Mapping[str, pd.DataFrame]
    origin: str = ""
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def place(self, table: str, key: object, column: str | None = None) -> Place:
        """Say where a record (and one of its cells) stands."""
        position = self.tables[table].index.get_loc(key)
        row = self.rows[table][position] if isinstance(position, int) and table in self.rows else None
        file = f"{table}.csv" if not self.origin else f"{self.origin}/{table}.csv"
        return Place(self.files.get(table, file), row=row, column=column)


def holds(value: object) -> bool:
    """Whether a boolean cell says yes; a blank one doesn't."""
    return value is not None and not pd.isna(value) and bool(value)  # type: ignore[call-overload]
