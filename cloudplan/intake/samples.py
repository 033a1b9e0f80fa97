"""Samples over time: rows that stand for several of them, P95 of each hour, and what many series have wrong in common.

Used alike by the readers of series, by the weeks of usage made of them, and by the shapes borrowed from public traces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import many, some
from cloudplan.intake.moments import AHEAD
from cloudplan.intake.read import Floats, Series, Times

SAMPLE = np.timedelta64(300, "s")
"""What one sample of these traces stands for: five minutes."""
LONGEST = 12
"""Samples that one row may stand for: rows of more than an hour are gaps, of which only the last hour counts."""
MOST = 1e9
"""No row stands for more samples: that is ten thousand years."""

Ints = npt.NDArray[np.int_]


def sample_counts(durations_ms: Floats) -> Ints:
    """Count the samples that rows of some duration, ms, stand for; at least one each."""
    samples = np.nan_to_num(durations_ms) / (SAMPLE / np.timedelta64(1, "ms"))
    return np.clip(np.rint(samples), 1, MOST).astype(int)


def spread(ends: Times, counts: Ints) -> tuple[Ints, Times]:
    """Repeat rows that stand for several samples, at most for an hour.

    Parameters
    ----------
    ends
        The moment at which each row ends; shape (n,).
    counts
        Samples that each row stands for; shape (n,).

    Returns
    -------
    tuple
        Position of its row, and start, of each sample.
    """
    repeats = np.minimum(counts, LONGEST)
    rows = np.repeat(np.arange(len(ends)), repeats)
    back = np.arange(len(rows)) - np.repeat(np.cumsum(repeats) - repeats, repeats) + 1
    return rows, ends[rows] - back * SAMPLE


def p95_by(slots: Ints, values: Floats, count: int) -> Floats:
    """Give P95 of the values in each of ``count`` slots (hours of a day or a week); NaN where a slot has none."""
    order = np.lexsort((values, slots))
    ranked = values[order]
    sizes = np.bincount(slots, minlength=count)
    first = np.cumsum(sizes) - sizes
    out = np.full(count, np.nan)
    there = sizes > 0
    at = 0.95 * (sizes[there] - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, sizes[there] - 1)
    below, above = ranked[first[there] + low], ranked[first[there] + high]
    out[there] = below + (above - below) * (at - low)
    return out


def joined(parts: Sequence[Series]) -> tuple[Series, int]:
    """Bring series of one machine together, ascending; say how many samples are of a time that is there already.

    Series with and without an offset meet on the clock of Asia/Shanghai, by which those without are read.
    """
    if len(parts) == 1:
        return parts[0], 0
    utc = all(part.utc for part in parts)
    moments = np.concatenate([part.times if utc else on_local_clock(part) for part in parts])
    times, at = np.unique(moments, return_index=True)
    names = ("cpu_pct", "memory_pct", "read_iops", "write_iops", "sent_mbps", "received_mbps")
    figures: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts])[at] for name in names}
    return replace(parts[0], times=times, utc=utc, **figures), len(moments) - len(times)


def on_local_clock(series: Series) -> Times:
    """Give the times of a series on the clock of Asia/Shanghai; those without an offset are taken for such."""
    return series.times + np.timedelta64(AHEAD) if series.utc else series.times


@dataclass
class Tally:
    """What is wrong with many samples, counted while series are made, and said once for each kind.

    Parameters
    ----------
    over, outside, again, bad_time, bad_figure
        Machine and place of each sample above 100 %, below 0, of a time that is there already, without a readable time,
        and with a figure that is none.
    value
        The first text that could not be read.
    """

    over: list[tuple[str, Place]] = field(default_factory=list)
    outside: list[tuple[str, Place]] = field(default_factory=list)
    again: list[tuple[str, Place]] = field(default_factory=list)
    bad_time: list[tuple[str, Place]] = field(default_factory=list)
    bad_figure: list[tuple[str, Place]] = field(default_factory=list)
    value: str = ""

    def bounded(self, machine: str, place: Place, figures: Floats, count: bool = True) -> Floats:
        """Cut what is above 100 %, and take what is below 0 for no data; count both."""
        over, below = figures > 100.0, figures < 0.0
        if count:
            self.over += [(machine, place)] * int(over.sum())
        self.outside += [(machine, place)] * int(below.sum())
        return np.where(below, np.nan, np.minimum(figures, 100.0))

    def findings(self) -> list[Finding]:
        """Say what was counted."""
        found: list[Finding] = []
        for message, lines in (
            ("intake.series.over", self.over),
            ("intake.series.outside", self.outside),
            ("intake.series.again", self.again),
        ):
            found += many(message, lines)
        for message, lines in (
            ("intake.series.time_bad", self.bad_time),
            ("intake.series.figure_bad", self.bad_figure),
        ):
            if lines:
                values = {"count": len(lines), "names": some(name for name, _ in lines), "value": self.value}
                found.append(Finding(message, Severity.WARNING, values=values, place=lines[0][1]))
        return found

    def series(
        self,
        machine: str,
        place: Place,
        times: Times,
        cpu_pct: Floats,
        memory_pct: Floats | None = None,
        sent_mbps: Floats | None = None,
        received_mbps: Floats | None = None,
        utc: bool = False,
    ) -> Series | None:
        """Make a series: ascending, one sample a moment (the first counts), loads of 0 to 100 %; ``None`` of nothing.

        Parameters
        ----------
        machine, place, utc
            As in :class:`~cloudplan.intake.read.Series`.
        times
            Moments, in any order; shape (n,).
        cpu_pct, memory_pct, sent_mbps, received_mbps
            Loads in % and traffic in Mbit/s, ``None`` where there are none; shape (n,).
        """
        if not len(times):
            return None
        blank = np.full(len(times), np.nan)
        ordered, at = np.unique(times.astype("datetime64[s]"), return_index=True)
        self.again += [(machine, place)] * (len(times) - len(ordered))
        cpu = self.bounded(machine, place, cpu_pct)[at]
        memory = self.bounded(machine, place, blank if memory_pct is None else memory_pct)[at]
        sent, received = (blank if each is None else each for each in (sent_mbps, received_mbps))
        return Series(machine, place, ordered, cpu, memory, blank[at], blank[at], sent[at], received[at], utc)
