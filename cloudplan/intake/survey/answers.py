"""What a survey said: :class:`Survey`, every value with its original, the rule that read it, and its place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from cloudplan.findings import Finding, Place
from cloudplan.intake.decisions import Decisions
from cloudplan.intake.machine import Machine
from cloudplan.intake.result import Recognised


class Item(NamedTuple):
    """One value with where it came from: its canonical text, the original, the rule that read it, the place.

    A census has millions: a tuple is made in a third of a frozen class's time, and the cells of a row share its place.
    """

    text: str
    original: str
    rule: str
    row: Place
    letter: str | None = None

    @property
    def place(self) -> Place:
        """Say where the value stands: the cell, or what ``row`` names where no letter is known."""
        row = self.row
        return row if self.letter is None else Place(row.file, row.sheet, row.row, self.letter)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A machine of an export that no form lists, and the one of a form that it may be (``""``: none)."""

    machine: Machine
    maybe: str


Record = dict[str, Item]


@dataclass
class Survey:
    """What files of a survey said.

    Parameters
    ----------
    tables
        Records by table: column → :class:`Item`; cells that say nothing are absent.
    findings
        Everything met on the way.
    sheets
        Sheets read: (file, sheet, table, records).
    frames
        The tables that have records, typed as the inventory has them, once they are settled.
    departments_of
        Ids of the departments that each file speaks of, in its order.
    exports
        Files of other tools that were given too: what each was taken for.
    brought_together
        Whether machines of several files were compared.
    unlisted
        Machines that these exports know and no department lists, or only may.
    decisions
        Which records somebody decided are one machine, and the pairs that wait for it.
    columns
        What stands where in them: (file, sheet) → table and the letter of each column.
    unvalued
        Cells of records that hold a formula never computed or an error value: (file, sheet) → (row, letter).
    """

    tables: dict[str, list[Record]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    sheets: list[tuple[str, str, str, int]] = field(default_factory=list)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    departments_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exports: list[Recognised] = field(default_factory=list)
    brought_together: bool = False
    unlisted: list[Unlisted] = field(default_factory=list)
    decisions: Decisions = field(default_factory=Decisions)
    columns: dict[tuple[str, str], tuple[str, dict[str, str]]] = field(default_factory=dict)
    unvalued: dict[tuple[str, str], set[tuple[int, str]]] = field(default_factory=dict)

    def cell(self, record: Record, table: str, column: str) -> Place | None:
        """Say where a record's blank cell stands: its row, and the column where the sheet has that."""
        first = next((item for item in record.values() if item.letter is not None), next(iter(record.values()), None))
        if first is None:
            return None
        row = first.row
        held, letters = self.columns.get((row.file, row.sheet or ""), ("", {}))
        return Place(row.file, row.sheet, row.row, letters.get(column) if held == table else None)

    def values(self) -> dict[str, list[dict[str, str]]]:
        """Give the canonical texts alone, by table."""
        return {
            table: [{column: item.text for column, item in record.items() if "." not in column} for record in records]
            for table, records in self.tables.items()
            if records
        }

    def department_names(self) -> dict[str, str]:
        """Give the name of every department by its id."""
        known = (record for record in self.tables["departments"] if {"department", "name"} <= set(record))
        return {record["department"].text: record["name"].text for record in known}

    def counts(self) -> dict[str, int]:
        """Count the records by table."""
        return {table: len(records) for table, records in self.tables.items() if records}

    def rules_used(self) -> Counter[str]:
        """Count the cells that each rule read."""
        all_items = (item for records in self.tables.values() for record in records for item in record.values())
        return Counter(item.rule for item in all_items if item.rule)
