"""Shapes of a week borrowed from public traces, to spread a measured level over 168 hours: assumed, never measured.

* Bitbrains (GWA-T-12 as parquet: ``trace.parquet`` with ``meta.parquet``): weeks of CPU use of virtual machines of a
  Dutch provider. Its local hour of the week (Europe/Amsterdam) is taken for the hour of the week in Asia/Shanghai, so
  that office hours meet office hours.
* PlanetLab (CSV, ``vm,s000…s287``, five minutes each): single days, so only the shape of a day, repeated seven times;
  used where the folder has no weekly traces. Its clock is taken as it stands.

A shape is P95 of the samples in each hour, divided by P95 of all samples: scaled by a measured P95 it keeps that level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan.findings import Finding, Place
from cloudplan.intake.samples import LONGEST, SAMPLE, p95_by, sample_counts, spread

HOURS = 168
LEAST_DAYS = 28.0
LEAST_P95_PCT = 1.0
"""Below this the trace's own rounding (about 0.1 %) would be all of its shape."""
LARGEST_GAP_SHARE = 0.1
LARGEST_PEAK = 5.0
"""Largest hour relative to P95 of all: above it the trace is one rare spike, which scaling would blow up."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shape:
    """How a load spreads over the week.

    Parameters
    ----------
    name
        The trace it was taken from (``bitbrains:116``).
    span
        ``week`` or ``day`` (one day, repeated).
    hours
        P95 of each hour of the week relative to P95 of all; shape (168,).
    mean
        Mean of all samples relative to P95 of all.
    """

    name: str
    span: str
    hours: Floats
    mean: float

    def profile(self, p95_pct: float) -> Floats:
        """Scale the shape to a measured P95, %; hours above 100 % are cut."""
        return np.minimum(self.hours * p95_pct, 100.0)

    def mean_pct(self, p95_pct: float) -> float:
        """Give the mean that the shape implies at a measured P95, %."""
        return min(self.mean * p95_pct, 100.0)


def read_shapes(folder: Path) -> tuple[tuple[Shape, ...], list[Finding]]:
    """Read the traces of a folder, or of its subfolders ``bitbrains`` and ``planetlab``.

    Returns
    -------
    tuple
        The shapes, weekly ones where there are any, sorted by name; and the faults, all of them errors.
    """
    place = Place(str(folder))
    if not folder.is_dir():
        return (), [Finding("intake.shapes_no_folder", values={"folder": str(folder)}, place=place)]
    homes = [folder, folder / "bitbrains", folder / "planetlab"]
    for home in homes:
        if (home / "trace.parquet").is_file() and (home / "meta.parquet").is_file():
            try:
                shapes = weekly(pd.read_parquet(home / "trace.parquet"), pd.read_parquet(home / "meta.parquet"))
            except ImportError:
                return (), [Finding("intake.shapes_no_pyarrow", place=Place(str(home / "trace.parquet")))]
            except (OSError, ValueError, KeyError) as fault:
                bad = Place(str(home / "trace.parquet"))
                return (), [Finding("intake.shapes_unreadable", values={"reason": str(fault)}, place=bad)]
            if shapes:
                return shapes, []
    days: list[Shape] = []
    for home in homes:
        for file in sorted([*home.glob("*.csv"), *home.glob("*.csv.gz")]) if home.is_dir() else []:
            try:
                days += daily(pd.read_csv(file), file.name.partition(".")[0])
            except (OSError, ValueError, KeyError) as fault:
                return (), [Finding("intake.shapes_unreadable", values={"reason": str(fault)}, place=Place(str(file)))]
    if days:
        return tuple(sorted(days, key=lambda shape: shape.name)), []
    return (), [Finding("intake.shapes_none", values={"folder": str(folder)}, place=place)]


def weekly(trace: pd.DataFrame, meta: pd.DataFrame) -> tuple[Shape, ...]:
    """Take shapes of a week from Bitbrains traces.

    Use above capacity (7 % of the rows) is cut. A row that stands for several samples is repeated, at most for an hour;
    traces of less than four weeks, with long gaps, of next to no load or of one rare spike are left out.

    Parameters
    ----------
    trace
        Columns id, timestamp (UTC, end of the row), duration (ms), cpu_usage (MHz).
    meta
        Columns id, cpu_capacity (MHz).
    """
    capacity = meta.set_index("id")["cpu_capacity"]
    table = pd.DataFrame(
        {
            "id": trace["id"].to_numpy(str),
            "end": trace["timestamp"].dt.tz_convert("UTC").dt.tz_localize(None),
            "samples": sample_counts(trace["duration"].to_numpy(float)),
            "pct": (100.0 * trace["cpu_usage"] / trace["id"].map(capacity)).clip(0.0, 100.0),
        }
    )
    shapes: list[Shape] = []
    for name, rows in table.groupby("id", sort=True):
        counts = rows["samples"].to_numpy(int)
        gaps = counts[counts > LONGEST].sum() / counts.sum()
        if counts.sum() * SAMPLE < pd.Timedelta(days=LEAST_DAYS) or gaps > LARGEST_GAP_SHARE:
            continue
        of_row, moments = spread(rows["end"].to_numpy(), counts)
        starts = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert("Europe/Amsterdam")
        pct = rows["pct"].to_numpy(float)[of_row]
        hour = np.asarray(starts.day_of_week * 24 + starts.hour)
        shape = _shape(f"bitbrains:{name}", "week", pct, hour, HOURS)
        if shape is not None:
            shapes.append(shape)
    return tuple(shapes)


def daily(table: pd.DataFrame, date: str) -> list[Shape]:
    """Take shapes of a day from one day of PlanetLab traces (columns vm, s000…s287; %)."""
    columns = [f"s{n:03d}" for n in range(288)]
    if "vm" not in table or any(column not in table for column in columns):
        return []
    hour = np.arange(288) // 12
    loads = table[columns].to_numpy(float).clip(0.0, 100.0)
    shapes = [
        _shape(f"planetlab:{vm}@{date}", "day", load, hour, 24)
        for vm, load in zip(table["vm"].astype(str), loads, strict=True)
    ]
    return [shape for shape in shapes if shape is not None]


def _shape(name: str, span: str, pct: Floats, hour: npt.NDArray[np.int_], hours: int) -> Shape | None:
    level = float(np.percentile(pct, 95))
    if not level >= LEAST_P95_PCT:
        return None
    grouped = p95_by(hour, pct, hours)
    if np.isnan(grouped).any() or grouped.max() > LARGEST_PEAK * level:
        return None
    return Shape(name, span, np.tile(grouped / level, HOURS // hours), float(pct.mean() / level))


def choose(shapes: Sequence[Shape], machine: str, seed: int) -> Shape:
    """Choose a machine's shape: by a hash of its name and the seed, the same on every computer."""
    digest = hashlib.sha256(f"{seed}:{machine}".encode()).digest()
    return shapes[int.from_bytes(digest[:8], "big") % len(shapes)]
