"""Tables as they were read, with where each record stands: what the checks across tables judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan.findings import Finding, Place, Severity
from cloudplan.inventory.schema import schema


@dataclass(frozen=True, eq=False)
class Records:
    """Tables not yet known to be sound: keys may be doubled, cells with a fault are blank.

    Parameters
    ----------
    tables
        A DataFrame for each table, with a plain index; typed as in :class:`~cloudplan.inventory.Inventory`.
    rows
        Row number in its file of each record.
    files
        Each table's file, as the user named it; an absent table has none.
    sheets
        The worksheet of each table, where its file is a workbook.
    headings
        By table: the heading in the file of each column that is there.
    bad
        By table: (record, column) of the cells that have a fault already.
    """

    tables: Mapping[str, pd.DataFrame]
    rows: Mapping[str, tuple[int, ...]]
    files: Mapping[str, str]
    sheets: Mapping[str, str | None]
    headings: Mapping[str, Mapping[str, str]]
    bad: Mapping[str, Set[tuple[int, str]]]

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def sound(self, table: str, *columns: str) -> npt.NDArray[np.bool_]:
        """Say which records have no fault yet in any of some columns; shape (records,)."""
        mask = np.ones(len(self.tables[table]), dtype=bool)
        for record, column in self.bad[table]:
            if column in columns:
                mask[record] = False
        return mask

    def place(self, table: str, record: int, column: str | None = None) -> Place:
        """Say where a record (and one of its cells) stands, by the heading that the file itself uses."""
        heading = None if column is None else self.headings[table].get(column, column)
        return Place(self.files[table], self.sheets[table], self.rows[table][record], heading)

    def subject(self, table: str, record: int) -> str:
        """Key of a record, in one string."""
        key = schema().tables[table].key
        return " / ".join(str(v) for v in (self.tables[table].at[record, column] for column in key) if v is not None)

    def finding(
        self, message: str, table: str, record: int, column: str | None, severity: Severity, /, **values: Any
    ) -> Finding:
        """Complain about one record."""
        place = self.place(table, record, column)
        return Finding(f"inventory.{message}", severity, self.subject(table, record), "", values, place)

    def rows_of(self, table: str, *columns: str) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield record number and the cells of some columns, for the records sound in all of them."""
        mask = self.sound(table, *columns)
        cells = [self.tables[table][column] for column in columns]
        for record, values in enumerate(zip(*cells, strict=True)):
            if mask[record]:
                yield record, dict(zip(columns, values, strict=True))

    def lookup(self, table: str, column: str) -> dict[str, Any]:
        """One column by the table's (single) key; where a key is doubled its first record counts."""
        key = schema().tables[table].key[0]
        out: dict[str, Any] = {}
        for name, value in zip(self.tables[table][key], self.tables[table][column], strict=True):
            if name is not None:
                out.setdefault(name, value)
        return out
