"""A grid of a foreign format as a table: cells by heading, never by position, each with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.grid import Cell, Grid
from cloudplan.intake.machine import Machine
from cloudplan.intake.provenance import Source
from cloudplan.intake.raw import blank, plain_number, shown

DEPTH = 20
"""Rows in which headings are looked for, below title lines."""
MOST = 1e15
"""No size or rate in these formats is larger, in any unit."""
EXAMPLES = 5
"""Names that a finding about many machines gives."""
_NOISE = re.compile(r"[^0-9a-z#%]+")

Fold = Callable[[str], str]


def squeezed(heading: str) -> str:
    """Reduce a heading to what is compared: letters, digits, ``#`` and ``%``, without case."""
    return _NOISE.sub("", heading.casefold())


@dataclass(frozen=True)
class Table:
    """A grid with its headings found.

    Parameters
    ----------
    grid
        The cells.
    header
        Row of the headings, from 0.
    columns
        Position by folded heading.
    """

    grid: Grid
    header: int
    columns: Mapping[str, int]

    @property
    def name(self) -> str:
        """The sheet, or the file where there are no sheets."""
        return self.grid.sheet or self.grid.file

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def heading(self, column: str) -> str:
        """Give a column's heading as it stands."""
        position = self.columns.get(column)
        return column if position is None else str(self.grid.rows[self.header][position]).strip()

    def rows(self) -> Iterator[Line]:
        """Yield the rows below the headings that hold anything."""
        for position in range(self.header + 1, len(self.grid.rows)):
            cells = self.grid.rows[position]
            if not all(blank(cell) for cell in cells):
                yield Line(self, position, cells)


@dataclass(frozen=True)
class Line:
    """One row of a table; ``position`` counts from 0."""

    table: Table
    position: int
    cells: Sequence[Cell]

    @property
    def row(self) -> int:
        """Its row as a spreadsheet counts."""
        return self.position + 1

    def __getitem__(self, column: str) -> Cell:
        """Give a cell; ``None`` where the table has no such column or the row is shorter."""
        position = self.table.columns.get(column)
        return None if position is None or position >= len(self.cells) else self.cells[position]

    def text(self, *columns: str) -> str:
        """Give the first cell that says anything as trimmed text, ``""`` where none does."""
        for column in columns:
            value = shown(self[column])
            if value:
                return value
        return ""

    def place(self, column: str | None = None) -> Place:
        """Say where the row, or one of its cells, stands."""
        return self.table.grid.place(self.position, None if column is None else self.table.columns.get(column))

    def source(self, *columns: str) -> Source | None:
        """Give the first cell that says anything as the source of a value; ``None`` where none does."""
        for column in columns:
            if not blank(self[column]):
                place = self.place(column)
                return Source(place.file, place.sheet, place.row, place.column, shown(self[column]))
        return None

    def number(self, column: str, subject: str, findings: list[Finding]) -> float | None:
        """Read a number that can't be negative (nor beyond all measure); what is none is said and not taken."""
        value = plain_number(self[column])
        if value is None or 0.0 <= value <= MOST:
            return value
        values = {"column": self.table.heading(column), "value": self.text(column)}
        findings.append(
            Finding("intake.foreign.number_bad", Severity.WARNING, subject, values=values, place=self.place(column))
        )
        return None

    def percent(self, column: str, subject: str, findings: list[Finding]) -> float | None:
        """Read a percentage from 0 to 100; what is none is said and is no data."""
        value = plain_number(self[column])
        if value is None or 0.0 <= value <= 100.0:
            return value
        values = {"column": self.table.heading(column), "value": self.text(column)}
        findings.append(Finding("intake.load_bad", Severity.WARNING, subject, values=values, place=self.place(column)))
        return None

    def yes(self, column: str) -> bool:
        """Whether a cell says true."""
        return self.text(column).casefold() in ("true", "yes", "1")


Fields = Mapping[str, str | Sequence[str] | Place | None]
"""By field, the column, or columns of which the first that says anything counts; or a cell of another row, if any."""


def cells_of(line: Line, fields: Fields) -> dict[str, Place]:
    """Say which cell each field of a machine or thing was read from: every reader does.

    Parameters
    ----------
    line
        Its row.
    fields
        What each field is read from.
    """
    cells: dict[str, Place] = {}
    for name, at in fields.items():
        place = at if at is None or isinstance(at, Place) else line.source(*((at,) if isinstance(at, str) else at))
        if place is not None:
            cells[name] = place
    return cells


def tabulate(grid: Grid, known: Collection[str], least: int, fold: Fold = squeezed) -> Table | None:
    """Find the headings of a grid.

    Parameters
    ----------
    grid
        The cells.
    known
        Folded headings that are looked for.
    least
        Fewest of them that make a row a row of headings.
    fold
        Reduces a heading to what is compared.

    Returns
    -------
    Table or None
        The first row with most known headings; ``None`` if no row has ``least``.
    """
    best: tuple[int, int] | None = None
    for position, cells in enumerate(grid.rows[:DEPTH]):
        hits = len({fold(cell) for cell in cells if isinstance(cell, str)} & set(known))
        if hits >= least and (best is None or hits > best[0]):
            best = hits, position
    if best is None:
        return None
    columns: dict[str, int] = {}
    for position, cell in enumerate(grid.rows[best[1]]):
        if isinstance(cell, str) and fold(cell):
            columns.setdefault(fold(cell), position)
    return Table(grid, best[1], columns)


def doubled_columns(table: Table, known: Collection[str], fold: Fold = squeezed) -> Iterator[Finding]:
    """Say which known headings stand twice; the first counts."""
    for position, cell in enumerate(table.grid.rows[table.header]):
        if isinstance(cell, str) and fold(cell) in known and table.columns[fold(cell)] != position:
            values = {"column": cell.strip(), "sheet": table.name}
            place = table.grid.place(table.header, position)
            yield Finding("intake.column_twice", Severity.WARNING, values=values, place=place)


def some(names: Iterable[str]) -> list[str]:
    """Give the first few names, as examples."""
    return list(dict.fromkeys(names))[:EXAMPLES]


def many(message: str, lines: Sequence[tuple[str, Place]], severity: Severity = Severity.WARNING) -> list[Finding]:
    """Say one thing of many machines in one finding (count, examples, first place), or nothing of none."""
    if not lines:
        return []
    values = {"count": len(lines), "names": some(name for name, _ in lines)}
    return [Finding(message, severity, values=values, place=lines[0][1])]


def no_rows(tables: Iterable[Table]) -> Iterator[Finding]:
    """Say which tables hold only headings."""
    for table in tables:
        if next(table.rows(), None) is None:
            values = {"table": table.name}
            place = table.grid.place(table.header)
            yield Finding("intake.foreign.no_rows", Severity.WARNING, values=values, place=place)


def once(lines: Iterable[Line], identity: Callable[[Line], str], findings: list[Finding]) -> list[Line]:
    """Leave out rows that say the same machine again; say so, and in which columns they differ."""
    first: dict[str, Line] = {}
    for line in lines:
        key = identity(line)
        before = first.setdefault(key, line)
        if before is line:
            continue
        columns = [
            line.table.heading(column)
            for column in line.table.columns
            if column in before.table.columns and shown(line[column]) != shown(before[column])
        ]
        message = "intake.foreign.row_differs" if columns else "intake.foreign.row_again"
        values = {"first": str(before.place()), "columns": columns[:8]} if columns else {"first": str(before.place())}
        findings.append(Finding(message, Severity.WARNING, key, values=values, place=line.place()))
    return list(first.values())


def kept_loads(
    cpu: float | None, memory: float | None, subject: str, place: Place, findings: list[Finding]
) -> tuple[float | None, float | None]:
    """Take a zero that can't be a measurement for no data: memory at 0 %, and with it a CPU at 0 %."""
    if not memory and not cpu and (cpu is not None or memory is not None):
        findings.append(Finding("intake.foreign.all_zero", Severity.WARNING, subject, place=place))
        return None, None
    if memory == 0.0:
        findings.append(Finding("intake.zero_no_data", Severity.WARNING, subject, place=place))
        return cpu, None
    return cpu, memory


def unsized(machines: Sequence[Machine], cores: str, memory: str) -> Iterator[Finding]:
    """Say how many machines have no cores or no memory, by the headings that would hold them."""
    for column, unknown in (
        (cores, [machine for machine in machines if machine.cores is None]),
        (memory, [machine for machine in machines if machine.memory_gib is None]),
    ):
        if unknown:
            values = {"count": len(unknown), "names": some(m.name for m in unknown), "column": column}
            place = unknown[0].place
            yield Finding("intake.foreign.size_unknown", Severity.WARNING, values=values, place=place)
