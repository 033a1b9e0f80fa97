"""Traces on an even grid, real and invented ones: a period to fit on and a later one to replay."""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import estate as invented

DATA = Path(os.environ.get("CLOUDPLAN_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
STEP = pd.Timedelta(minutes=5)
HOUR = 12
"""Samples in an hour."""
DAY = 24 * HOUR

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Traces:
    """CPU use of virtual machines in two periods.

    Parameters
    ----------
    names
        Of the machines.
    memory
        Of each, GiB, the same at all times; shape (n,).
    fit, test
        vCPU in use, shape (n, samples): the period to size by, and the later one to replay.
    hour
        Hour of the week (or of the day, where only one was seen) of each sample of ``fit``.
    memory_fit, memory_test
        GiB in use, where memory is taken by slot too; shaped as ``fit`` and ``test``.
    """

    names: tuple[str, ...]
    memory: Floats
    fit: Floats
    test: Floats
    hour: Ints
    memory_fit: Floats | None = None
    memory_test: Floats | None = None

    def only(self, rows: Sequence[int] | Ints) -> Traces:
        """Keep some machines."""
        kept = np.asarray(rows, dtype=np.int64)
        return Traces(
            tuple(self.names[row] for row in kept), self.memory[kept], self.fit[kept], self.test[kept], self.hour
        )

    def turned(self) -> Traces:
        """Fit on the later period and replay the earlier one; the hours must be the same in both."""
        if self.fit.shape != self.test.shape:
            raise ValueError("the periods are not of one length")
        return replace(self, fit=self.test, test=self.fit)

    def in_sample(self) -> Traces:
        """Replay the very period that was fitted, as though the future were known."""
        return replace(self, test=self.fit)


def on_grid(ends: npt.NDArray[np.datetime64], values: Floats, start: pd.Timestamp, samples: int) -> Floats:
    """Give the value in the middle of each step from ``start``; a row holds from the row before to its own end."""
    middles = pd.date_range(start + STEP / 2, periods=samples, freq=STEP).to_numpy()
    rows = np.searchsorted(ends, middles)
    if rows[-1] == len(ends):
        raise ValueError("the trace ends before the period does")
    return values[rows]


def spans(trace: pd.DataFrame) -> pd.DataFrame:
    """Give, for each machine, the days it spans and the days that lie in rows longer than an hour."""
    by_id = trace.groupby("id")["timestamp"]
    day = pd.Timedelta(days=1)
    long = trace[trace["duration"] > 3_600_000].groupby("id")["duration"].sum() / 86_400_000
    days = (by_id.max() - by_id.min()) / day
    return pd.DataFrame({"days": days, "long": long.reindex(days.index).fillna(0.0)})


def bitbrains(folder: Path | None = None, *, days: int = 14, most_long: float | None = 3.0) -> Traces:
    """Read Bitbrains' machines (GWA-T-12, the subset of OpenDC) on two periods of whole days, one after the other.

    The first period begins at the first midnight (UTC) that every trace has behind it. Use is clipped to the machine's
    capacity and turned into vCPU by the clock of its own cores: MHz in use / (MHz of capacity / vCPUs).

    Parameters
    ----------
    folder
        With ``trace.parquet`` and ``meta.parquet``.
    days
        In each period; machines that span less than two periods are left out.
    most_long
        Days that a machine may have in rows longer than an hour, or ``None`` for as many as there are.
    """
    folder = folder or DATA / "bitbrains"
    trace = pd.read_parquet(folder / "trace.parquet").sort_values(["id", "timestamp"], kind="stable")
    meta = pd.read_parquet(folder / "meta.parquet").set_index("id")
    span = spans(trace)
    kept = span[(span["days"] >= 2 * days) & (span["long"] <= (np.inf if most_long is None else most_long))].index
    trace = trace[trace["id"].isin(kept)]
    first = trace.groupby("id")["timestamp"].min().max()
    start = first.tz_convert(None).ceil("D")
    samples = days * DAY
    rows, names = [], []
    for name, mine in trace.groupby("id", sort=True):
        about = meta.loc[name]
        use = np.minimum(mine["cpu_usage"].to_numpy(float), about["cpu_capacity"])
        vcpu = use / (about["cpu_capacity"] / about["cpu_count"])
        ends = mine["timestamp"].dt.tz_convert(None).to_numpy()
        rows.append(on_grid(ends, vcpu, start, 2 * samples))
        names.append(str(name))
    both = np.array(rows)
    memory = meta.loc[names, "mem_capacity"].to_numpy(float) / 2**20  # KiB, as far as anyone can tell
    week_hour = (start.day_of_week * 24 + np.arange(samples) // HOUR) % 168
    return Traces(tuple(names), memory, both[:, :samples], both[:, samples:], week_hour.astype(np.int64))


def planetlab(
    folder: Path | None = None, *, fit: str = "20110303", tests: Sequence[str] = ("20110306", "20110309")
) -> Traces:
    """Read PlanetLab's machines that are common to the days named: one vCPU each, in per cent; memory isn't known."""
    folder = folder or DATA / "planetlab"
    days = []
    for day in (fit, *tests):
        with gzip.open(folder / f"{day}.csv.gz", "rt", encoding="utf-8") as file:
            table = pd.read_csv(file, index_col="vm")
        if not table.index.is_unique:
            raise ValueError(f"{day}: a machine occurs twice")
        days.append(table / 100.0)
    names = sorted(set.intersection(*(set(day.index) for day in days)))
    values = [day.loc[names].to_numpy(float) for day in days]
    hour = np.arange(values[0].shape[1], dtype=np.int64) // HOUR
    return Traces(tuple(names), np.zeros(len(names)), values[0], np.concatenate(values[1:], axis=1), hour)


def estate(workloads: int, seed: int, *, memory_by_slot: bool = False) -> Traces:
    """Draw four weeks of one pool of the invented estate by the hour: two to fit, two to replay.

    Its profiles do not change from one fortnight to the next, but for what is drawn anew: each department's factor of
    the day, the noise and the spikes. Memory is flat; or, by slot, half of it is in use at all times and the other half
    follows the use of CPU, averaged over six hours.
    """
    rng = np.random.default_rng(seed)
    phase = rng.normal(0, 1.0, invented.DEPARTMENTS)
    day = np.exp(rng.normal(0, invented.DAY_SPREAD, (invented.DEPARTMENTS, 4, 7)))
    vcpu = rng.choice(invented.VCPU[0], workloads, p=invented.VCPU[1])
    weeks = list(invented.weeks(vcpu, phase, day, rng))
    memory = vcpu * rng.choice(invented.GIB_PER_VCPU[0], workloads, p=invented.GIB_PER_VCPU[1])
    hour = np.tile(np.arange(invented.SLOTS, dtype=np.int64), 2)
    names = tuple(f"w{row}" for row in range(workloads))
    fit, test = np.concatenate(weeks[:2], axis=1), np.concatenate(weeks[2:], axis=1)
    drawn = Traces(names, memory, fit, test, hour)
    if not memory_by_slot:
        return drawn
    largest = _lasting(np.concatenate(weeks, axis=1)).max(axis=1, keepdims=True)
    part = memory[:, np.newaxis] / 2
    return replace(
        drawn,
        memory_fit=part * (1 + _lasting(fit) / largest),
        memory_test=part * (1 + np.minimum(_lasting(test) / largest, 1.0)),
    )


def _lasting(use: Floats) -> Floats:
    """Average each hour with the five before it."""
    return np.mean([np.roll(use, shift, axis=1) for shift in range(6)], axis=0)
