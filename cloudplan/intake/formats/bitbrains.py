"""Bitbrains traces as Parquet: ``trace.parquet`` holds use in MHz, ``meta.parquet`` the capacity that it is part of.

A row ends at its ``timestamp`` and lasts for its ``duration``: equal samples, and gaps, stand in one row. A row of up
to an hour is so many samples of five minutes; of a longer one only the last hour counts, and the rest is a gap, which
is said. Use above the capacity is cut, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import Table, some
from cloudplan.intake.grid import Grid
from cloudplan.intake.moments import SECONDS, YEARS
from cloudplan.intake.parquet import Frame
from cloudplan.intake.read import Floats, Read, Series, Times
from cloudplan.intake.samples import LONGEST, SAMPLE, Tally, sample_counts, spread

WARNING = Severity.WARNING
KIND = "bitbrains-parquet"
TRACE = frozenset({"id", "timestamp", "duration", "cpu_usage"})
META = frozenset({"id", "cpu_capacity"})


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is one of the two tables."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the two tables, as far as they are there."""
    return [Table(grid, 0, {}) for grid in grids if _is(grid, TRACE) or _is(grid, META)]


def read(grids: Sequence[Grid]) -> Read:
    """Read the series of every machine whose capacity is known.

    Parameters
    ----------
    grids
        The two tables; each may come in several files.
    """
    frames = [grid for grid in grids if isinstance(grid, Frame)]
    traces = [grid for grid in frames if _is(grid, TRACE)]
    metas = [grid for grid in frames if _is(grid, META)]
    findings = [
        Finding("intake.foreign.no_rows", WARNING, values={"table": grid.file}, place=grid.place(0))
        for grid in (*traces, *metas)
        if not len(grid.frame)
    ]
    if not metas:
        return Read(KIND, findings=(*findings, Finding("intake.bitbrains.no_meta", WARNING, place=traces[0].place())))
    if not traces:
        return Read(KIND, findings=(*findings, Finding("intake.bitbrains.no_trace", WARNING, place=metas[0].place())))
    capacity = _capacity(metas)
    tally = Tally()
    series = [made for grid in traces for made in _series(grid, capacity, tally, findings)]
    traced = {one.machine for one in series}
    idle = [name for name in capacity.index if name not in traced]
    if idle:
        values = {"count": len(idle), "table": metas[0].file, "of": traces[0].file, "names": some(idle)}
        place = metas[0].place()
        findings.append(Finding("intake.foreign.orphans", WARNING, values=values, place=place))
    return Read(KIND, series=tuple(series), findings=(*findings, *tally.findings()))


def _is(grid: Grid, must: frozenset[str]) -> bool:
    return isinstance(grid, Frame) and must <= set(grid.frame.columns)


def _names(column: pd.Series) -> pd.Series:
    return column.astype(str).str.strip()


def _numbers(column: pd.Series) -> Floats:
    if column.dtype.kind not in "iufbO":
        column = column.astype(str)
    found = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def _moments(column: pd.Series) -> Times:
    """Read times in UTC; numbers are seconds or milliseconds since 1970. What is none of our age is NaT."""
    if column.dtype.kind in "iuf":
        numbers = _numbers(column)
        column = pd.Series(np.where(numbers > SECONDS[1], numbers / 1000.0, numbers))
        column = column.where((column >= SECONDS[0]) & (column <= SECONDS[1]))
        return pd.to_datetime(column, unit="s", errors="coerce").to_numpy("datetime64[s]")
    read = pd.to_datetime(column, errors="coerce", utc=True, format="ISO8601").dt.tz_localize(None)
    return read.where((read.dt.year >= YEARS[0]) & (read.dt.year <= YEARS[1])).to_numpy("datetime64[s]")


def _capacity(metas: Sequence[Frame]) -> pd.Series:
    """Give the capacity, MHz, of each machine; the first row of a machine counts."""
    capacities = [pd.Series(_numbers(g.frame["cpu_capacity"]), index=_names(g.frame["id"])) for g in metas]
    whole = pd.concat(capacities)
    whole = whole[~whole.index.duplicated()]
    return whole[whole > 0.0]


def _series(grid: Frame, capacity: pd.Series, tally: Tally, findings: list[Finding]) -> list[Series]:
    frame = grid.frame
    names = _names(frame["id"]).to_numpy(str)
    ends = _moments(frame["timestamp"])
    use = 100.0 * _numbers(frame["cpu_usage"]) / capacity.reindex(names).to_numpy(float)
    counts = sample_counts(_numbers(frame["duration"]))
    known = np.isin(names, capacity.index.to_numpy(str))
    if not known.all():
        strange = names[~known]
        values = {"count": len(strange), "table": grid.file, "of": "meta", "names": some(strange.tolist())}
        place = grid.place(int(np.argmin(known)) + 1)
        findings.append(Finding("intake.foreign.orphans", WARNING, values=values, place=place))
    known &= ~_missing(grid, names, known & np.isnat(ends), "timestamp", tally.bad_time, tally)
    known &= ~_missing(grid, names, known & np.isnan(use), "cpu_usage", tally.bad_figure, tally)
    long = known & (counts > LONGEST)
    if long.any():
        hours = float((counts[long] - LONGEST).sum() * (SAMPLE / np.timedelta64(1, "h")))
        values = {"count": int(long.sum()), "machines": len(set(names[long])), "hours": hours}
        place = grid.place(int(np.argmax(long)) + 1)
        findings.append(Finding("intake.bitbrains.gaps", WARNING, values=values, place=place))
    out: list[Series] = []
    positions = np.flatnonzero(known)
    for name, at in pd.Series(positions).groupby(names[positions], sort=False):
        rows = at.to_numpy(int)
        place = grid.place(int(rows[0]) + 1)
        pct = tally.bounded(str(name), place, use[rows])
        of_row, starts = spread(ends[rows], counts[rows])
        made = tally.series(str(name), place, starts, pct[of_row], utc=True)
        if made is not None:
            out.append(made)
    return out


def _missing(
    grid: Frame,
    names: np.ndarray[tuple[int], np.dtype[np.str_]],
    which: np.ndarray[tuple[int], np.dtype[np.bool_]],
    column: str,
    lines: list[tuple[str, Place]],
    tally: Tally,
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Count the rows that have no readable cell in a column."""
    where = list(grid.frame.columns).index(column)
    for row in np.flatnonzero(which):
        tally.value = tally.value or str(grid.frame[column].iloc[int(row)])
        lines.append((str(names[row]), grid.place(int(row) + 1, where)))
    return which
