"""Traces of the Grid Workloads Archive, one text file a machine: GWA-T-12 as it is published, and GWA-T-13 (Materna).

The first separates by ``;`` and a tab and heads its times ``Timestamp [ms]``, though they are seconds since 1970; the
second has decimal commas and times as ``05.11.2015 00:00:00``. No column names the machine: the file's name does.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cloudplan.findings import Finding, Severity
from cloudplan.intake.columns import Table, doubled_columns, no_rows, tabulate
from cloudplan.intake.grid import Cell, Grid
from cloudplan.intake.moments import SECONDS, moment, on_one_clock, since_1970
from cloudplan.intake.read import Floats, Read, Series
from cloudplan.intake.samples import Tally

KIND = "gwa-trace"
TIME = ("timestampms", "timestamp")
CPU, USED_MHZ, MHZ = "cpuusage%", "cpuusagemhz", "cpucapacityprovisionedmhz"
MEMORY, USED_KB, KB = "memoryusage%", "memoryusagekb", "memorycapacityprovisionedkb"
SENT, RECEIVED = "networktransmittedthroughputkbs", "networkreceivedthroughputkbs"
KNOWN = frozenset({*TIME, CPU, USED_MHZ, MHZ, MEMORY, USED_KB, KB, SENT, RECEIVED})
MUST = frozenset({USED_MHZ, MHZ})
MBIT_OF_KB = 8.0 / 1000.0
_ENDING = re.compile(r"(\.(csv|txt))?(\.gz)?$", re.IGNORECASE)


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is such a trace."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables that have such a trace's headings."""
    return [table for table in map(_table, grids) if table is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Read the series of each file.

    CPU and memory are taken from the columns in per cent; where a row has none, use is divided by what is provisioned.
    """
    tally = Tally()
    found = tables(grids)
    findings = list(no_rows(found))
    series: list[Series] = []
    for table in found:
        findings += doubled_columns(table, KNOWN)
        made = _series(table, tally, findings)
        if made is not None:
            series.append(made)
    return Read(KIND, series=tuple(series), findings=(*findings, *tally.findings()))


def _table(grid: Grid) -> Table | None:
    table = tabulate(grid, KNOWN, 3)
    if table is None or not set(table.columns) >= MUST or not any(name in table for name in TIME):
        return None
    return table


def machine_of(file: str) -> str:
    """Name the machine of a file: the file's name without its ending."""
    return _ENDING.sub("", Path(file).name)


def _series(table: Table, tally: Tally, findings: list[Finding]) -> Series | None:
    machine = machine_of(table.grid.file)
    lines = list(table.rows())
    column = next(name for name in TIME if name in table)
    times: list[tuple[dt.datetime, bool]] = []
    kept = []
    seconds = 0
    for line in lines:
        since = since_1970(line[column])
        read = (since, True) if since is not None else moment(line[column])
        if read is None:
            tally.value = tally.value or line.text(column)
            tally.bad_time.append((machine, line.place(column)))
            continue
        seconds += since is not None and (_number(line[column]) or 0.0) <= SECONDS[1]
        times.append(read)
        kept.append(line)
    if not kept:
        return None
    if seconds and column == TIME[0]:
        place = table.grid.place(table.header, table.columns[column])
        findings.append(Finding("intake.gwa.seconds", Severity.INFO, machine, values={"count": seconds}, place=place))
    moments, utc = on_one_clock(times)

    def figures(name: str) -> Floats:
        read = [_number(line[name]) for line in kept]
        for line, figure in zip(kept, read, strict=True):
            if figure is not None and math.isnan(figure):
                tally.value = tally.value or line.text(name)
                tally.bad_figure.append((machine, line.place(name)))
        return np.array([np.nan if figure is None else figure for figure in read], dtype=float)

    def share(percent: str, used: str, whole: str) -> Floats:
        stated, part, of = figures(percent), figures(used), figures(whole)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.where(np.isnan(stated), np.where(of > 0.0, 100.0 * part / of, np.nan), stated)

    return tally.series(
        machine,
        kept[0].place(),
        moments,
        share(CPU, USED_MHZ, MHZ),
        share(MEMORY, USED_KB, KB),
        figures(SENT) * MBIT_OF_KB,
        figures(RECEIVED) * MBIT_OF_KB,
        utc,
    )


def _number(cell: Cell) -> float | None:
    """Read a number, a comma being decimal: these files group no digits. NaN where it is none."""
    if cell is None:
        return None
    try:
        value = float(cell.strip().replace(",", ".") or "nan") if isinstance(cell, str) else float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan
    return value if math.isfinite(value) else math.nan
