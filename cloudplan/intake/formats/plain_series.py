"""A plain time series, as any monitoring exports it: a machine, a time, and CPU or memory load in %.

CSV, XLSX or Parquet, headings in Chinese or English (:mod:`cloudplan.intake.words` lists them); other columns are left
alone. It is asked last, for its headings are the most general.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from cloudplan.findings import Finding, Severity
from cloudplan.intake.columns import Line, Table, doubled_columns, no_rows, tabulate
from cloudplan.intake.grid import Grid
from cloudplan.intake.headings import key
from cloudplan.intake.moments import day_first, moment, on_one_clock, since_1970
from cloudplan.intake.raw import plain_number
from cloudplan.intake.read import Read
from cloudplan.intake.samples import Tally
from cloudplan.intake.words import words

KIND = "plain-series"
SHARES = ("%", "pct", "percent")
"""What a heading holds that says its figures are per cent."""


@dataclass
class _Samples:
    """Samples of one machine while they are gathered: its first row, times (and whether in UTC), and loads, %."""

    first: Line
    times: list[tuple[dt.datetime, bool]] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids has a machine, a time and a load."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables that have a machine, a time and a load."""
    return [pair[0] for pair in map(_table, grids) if pair is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Read a series for each machine, of all the grids."""
    tally = Tally()
    found = [pair for pair in map(_table, grids) if pair is not None]
    findings = list(no_rows(table for table, _ in found))
    gathered: dict[str, _Samples] = {}
    for table, roles in found:
        findings += doubled_columns(table, set(roles.values()), key)
        most = _gather(table, roles, gathered, tally, findings)
        for role, largest in most.items():
            heading = table.heading(roles[role])
            if 0.0 < largest <= 1.0 and not any(mark in heading.casefold() for mark in SHARES):
                place = table.grid.place(table.header, table.columns[roles[role]])
                values = {"column": heading, "largest": largest}
                findings.append(Finding("intake.series.fractions", Severity.WARNING, values=values, place=place))
    made = []
    for machine, samples in gathered.items():
        times, utc = on_one_clock(samples.times)
        cpu, memory = np.array(samples.cpu, dtype=float), np.array(samples.memory, dtype=float)
        made.append(tally.series(machine, samples.first.place(), times, cpu, memory, utc=utc))
    series = tuple(one for one in made if one is not None)
    return Read(KIND, series=series, findings=(*findings, *tally.findings()))


@cache
def _spellings() -> dict[str, str]:
    return {key(word): role for role, listed in words().series.items() for word in listed}


def _table(grid: Grid) -> tuple[Table, dict[str, str]] | None:
    """Find the headings, and which of them holds what; ``None`` where one that is needed is missing."""
    table = tabulate(grid, _spellings(), 3, key)
    if table is None:
        return None
    roles: dict[str, str] = {}
    for column in table.columns:
        if column in _spellings():
            roles.setdefault(_spellings()[column], column)
    return (table, roles) if {"machine", "time"} < set(roles) else None


def _gather(
    table: Table, roles: dict[str, str], gathered: dict[str, _Samples], tally: Tally, findings: list[Finding]
) -> dict[str, float]:
    """Add a table's samples to those of their machines; give the largest figure of each load."""
    loads = [role for role in ("cpu", "memory") if role in roles]
    most: dict[str, float] = dict.fromkeys(loads, 0.0)
    lines = list(table.rows())
    days_first, unclear = day_first([line.text(roles["time"]) for line in lines])
    if unclear is not None:
        line = lines[unclear]
        values = {"value": line.text(roles["time"])}
        place = line.place(roles["time"])
        findings.append(Finding("intake.series.time_either", Severity.WARNING, values=values, place=place))
    nameless: list[Line] = []
    for line in lines:
        machine = line.text(roles["machine"])
        if not machine:
            nameless.append(line)
            continue
        cell = line[roles["time"]]
        since = since_1970(cell)
        read = (since, True) if since is not None else moment(cell, days_first)
        if read is None:
            tally.value = tally.value or line.text(roles["time"])
            tally.bad_time.append((machine, line.place(roles["time"])))
            continue
        samples = gathered.setdefault(machine, _Samples(line))
        samples.times.append(read)
        figures = dict.fromkeys(("cpu", "memory"), math.nan)
        for role in loads:
            figure = plain_number(line[roles[role]])
            if figure is None:
                continue
            if math.isnan(figure):
                tally.value = tally.value or line.text(roles[role])
                tally.bad_figure.append((machine, line.place(roles[role])))
            figures[role] = figure
            most[role] = max(most[role], figure)
        samples.cpu.append(figures["cpu"])
        samples.memory.append(figures["memory"])
    if nameless:
        place = nameless[0].place(roles["machine"])
        findings.append(
            Finding("intake.series.nameless", Severity.WARNING, values={"count": len(nameless)}, place=place)
        )
    return most
