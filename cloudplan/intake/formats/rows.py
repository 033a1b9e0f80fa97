"""A grid's rows by heading, as foreign exports have them: one row of headings, then records."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cloudplan.findings import Finding, Place
from cloudplan.intake.grid import Cell, Grid
from cloudplan.intake.machine import Machine
from cloudplan.intake.values import tidy

MIB_PER_GIB = 1024.0


@dataclass
class Read:
    """What the files of one format hold.

    Parameters
    ----------
    machines
        One for each machine, in the file's order.
    rows
        Records read, by sheet or file.
    findings
        What was met on the way.
    """

    machines: list[Machine] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def plain(heading: str) -> str:
    """Reduce a heading to what is compared: no marks of duty, blanks, case."""
    return re.sub(r"[\s_*]+", " ", heading).strip().casefold()


@dataclass(frozen=True)
class Line:
    """One record."""

    table: Table
    number: int
    cells: Sequence[Cell]

    def __getitem__(self, heading: str) -> Cell:
        """Give a cell; ``None`` where there is no such column."""
        at = self.table.columns.get(plain(heading))
        return None if at is None or at >= len(self.cells) else self.cells[at]

    def text(self, *headings: str) -> str:
        """Give the first of these columns that says anything, as text."""
        return next((text for heading in headings if (text := tidy(self[heading]))), "")

    def number_of(self, *headings: str) -> float | None:
        """Give the first of these columns that holds a finite number."""
        for heading in headings:
            text = self.text(heading).replace(",", "").removesuffix("%")
            try:
                value = float(text)
            except ValueError:
                continue
            if math.isfinite(value):
                return value
        return None

    def place(self, heading: str | None = None) -> Place:
        """Say where the record, or one of its cells, stands."""
        return self.table.grid.place(self.number, None if heading is None else self.table.columns.get(plain(heading)))


@dataclass(frozen=True)
class Table:
    """A grid with its first filled row as headings."""

    grid: Grid
    row: int
    columns: Mapping[str, int]

    def has(self, *headings: str) -> bool:
        """Whether all of these columns are there."""
        return all(plain(heading) in self.columns for heading in headings)

    def lines(self) -> Iterator[Line]:
        """Yield the records that hold anything."""
        for number in range(self.row + 1, len(self.grid.rows)):
            cells = self.grid.rows[number]
            if any(cell is not None for cell in cells):
                yield Line(self, number, cells)


def table_of(grid: Grid, prefix: str = "") -> Table | None:
    """Read a grid's headings; a prefix that an export puts before each is taken off."""
    for number, cells in enumerate(grid.rows[:20]):
        texts = [tidy(cell) for cell in cells]
        if any(texts):
            columns: dict[str, int] = {}
            for at, text in enumerate(texts):
                name = text.removeprefix(prefix) if prefix and text.startswith(prefix) else text
                if name:
                    columns.setdefault(plain(name), at)
            return Table(grid, number, columns)
    return None


def addresses(text: str) -> tuple[str, ...]:
    """Split a cell of addresses."""
    return tuple(dict.fromkeys(part for part in re.split(r"[\s,;|]+", text) if part))
