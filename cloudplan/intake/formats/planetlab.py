"""PlanetLab's days: one CSV a day, a row a machine, CPU use in % every five minutes in ``s000`` to ``s287``.

No column names the day: the file's name does (``20110303.csv.gz``). The days of one machine are one series.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import Table, doubled_columns, no_rows, once, tabulate
from cloudplan.intake.grid import Grid
from cloudplan.intake.raw import plain_number
from cloudplan.intake.read import Floats, Read
from cloudplan.intake.samples import SAMPLE, Tally

KIND = "planetlab-day"
NAME = "vm"
SAMPLES = tuple(f"s{n:03d}" for n in range(288))
KNOWN = frozenset({NAME, *SAMPLES})
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is such a day."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables that have such a day's headings."""
    return [table for table in map(_table, grids) if table is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Read a series for each machine, of all its days."""
    tally = Tally()
    found = tables(grids)
    findings = list(no_rows(found))
    of_machine: dict[str, list[tuple[np.datetime64, Floats]]] = {}
    places: dict[str, Place] = {}
    for table in found:
        findings += doubled_columns(table, KNOWN)
        day = _day(table.grid.file)
        if day is None:
            values = {"file": table.grid.file}
            place = table.grid.place()
            findings.append(Finding("intake.planetlab.no_day", Severity.WARNING, values=values, place=place))
            continue
        named = []
        for line in table.rows():
            if line.text(NAME):
                named.append(line)
            else:
                findings.append(Finding("intake.name_blank", Severity.WARNING, place=line.place(NAME)))
        for line in once(named, lambda line: line.text(NAME), findings):
            machine = line.text(NAME)
            figures = [plain_number(line[column]) for column in SAMPLES]
            for column, figure in zip(SAMPLES, figures, strict=True):
                if figure is not None and math.isnan(figure):
                    tally.value = tally.value or line.text(column)
                    tally.bad_figure.append((machine, line.place(column)))
            loads = np.array([np.nan if figure is None else figure for figure in figures], dtype=float)
            of_machine.setdefault(machine, []).append((np.datetime64(day, "s"), loads))
            places.setdefault(machine, line.place())
    clock = np.arange(len(SAMPLES)) * SAMPLE
    made = [
        tally.series(
            machine,
            places[machine],
            np.concatenate([day + clock for day, _ in days]),
            np.concatenate([loads for _, loads in days]),
        )
        for machine, days in of_machine.items()
    ]
    series = tuple(one for one in made if one is not None)
    return Read(KIND, series=series, findings=(*findings, *tally.findings()))


def _table(grid: Grid) -> Table | None:
    table = tabulate(grid, KNOWN, len(KNOWN))
    return table if table is not None and set(table.columns) >= KNOWN else None


def _day(file: str) -> dt.date | None:
    """Read the day that a file's name states."""
    match = _DATE.search(Path(file).name)
    try:
        return None if match is None else dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
