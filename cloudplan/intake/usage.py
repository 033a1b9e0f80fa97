"""Series as rows of ``usage``: P95 of the samples in each hour of the week, and whose series they are.

A week begins on Monday at 00:00 in Asia/Shanghai; times without an offset are taken for that clock. A sample belongs to
the hour that its time stands in. The row ``normal`` holds all samples. The row ``month_end`` holds those of the last
seven days of each calendar month, in which every hour of the week comes once; it is made where each of the 168 hours
has a sample there. The ordinary week keeps its month ends, so that nothing is lost where those are too few to size by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.intake.read import Floats, Series, Times
from cloudplan.intake.samples import joined, on_local_clock, p95_by

HOURS = 168
MONTH_END = np.timedelta64(7, "D")
"""How long before the month's end its last week begins."""
LONGEST_STEP = np.timedelta64(1, "h")
"""A longer step between two samples is a gap, unless the series is that coarse throughout."""
DIGITS = 2


@dataclass(frozen=True, eq=False)
class Week:
    """One row of ``usage``: what a series says of one resource in one kind of week.

    Parameters
    ----------
    resource, week
        ``cpu`` or ``memory``; ``normal`` or ``month_end``.
    days, samples
        Days observed, without gaps, and samples.
    avg_pct, p95_pct, p99_pct, max_pct
        Statistics of all samples, % of what is allocated.
    hours
        P95 of each hour of the week, %; shape (168,), NaN where an hour has no sample.
    files
        Names of the files that it comes from.
    """

    resource: str
    week: str
    days: float
    samples: int
    avg_pct: float
    p95_pct: float
    p99_pct: float
    max_pct: float
    hours: Floats
    files: tuple[str, ...]

    def record(self, workload: str, language: str) -> dict[str, Any]:
        """Give the row of a workload."""
        figures = {name: round(getattr(self, name), DIGITS) for name in ("avg_pct", "p95_pct", "p99_pct", "max_pct")}
        hours = {f"h{n:03d}": None if np.isnan(pct) else round(float(pct), DIGITS) for n, pct in enumerate(self.hours)}
        source = say("intake.source.series", language, files=", ".join(self.files))
        return {"workload": workload, "resource": self.resource, "week": self.week, "basis": "measured",
                "source": source, "days": round(self.days, DIGITS), "samples": self.samples, **figures,
                **hours}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Machines with what series say of them.

    Parameters
    ----------
    machines
        All machines in their order; those that have a series with its statistics.
    weeks
        Rows of ``usage`` by the machine's place.
    findings
        What had to be said on the way.
    """

    machines: tuple[Machine, ...]
    weeks: Mapping[Place, tuple[Week, ...]]
    findings: tuple[Finding, ...]

    @property
    def samples(self) -> int:
        """Samples of CPU and memory load in ordinary weeks."""
        return sum(week.samples for weeks in self.weeks.values() for week in weeks if week.week == "normal")


def measure(machines: Sequence[Machine], series: Sequence[Series]) -> Measured:
    """Attach series to machines: the one that its reader joined it to, else by ident, else by the exact name.

    Several series of one machine (days, months, two files) are one. A series of no machine, or of a name that several
    machines bear, is left out and counted. Figures that another file states of the same load give way to the series,
    unless they rest on more days.

    Parameters
    ----------
    machines
        What was discovered; each has a place of its own.
    series
        What was measured, from all files.
    """
    findings: list[Finding] = []
    parts = _owners(machines, series, findings)
    said: dict[str, list[tuple[str, Place]]] = defaultdict(list)
    out: list[Machine] = []
    weeks: dict[Place, tuple[Week, ...]] = {}
    for position, machine in enumerate(machines):
        if position not in parts:
            out.append(machine)
            continue
        whole, again = joined(parts[position])
        if again:
            said["intake.series.overlap"].append((machine.name, whole.place))
        if not whole.utc:
            said["intake.series.no_offset"].append((machine.name, whole.place))
        cpu, memory = whole.cpu_pct, whole.memory_pct
        if not _any(memory):
            if not np.isnan(memory).all():
                message = "intake.series.memory_zero" if _any(cpu) else "intake.series.all_zero"
                said[message].append((machine.name, whole.place))
            elif not np.isnan(cpu).all() and not _any(cpu):
                said["intake.series.all_zero"].append((machine.name, whole.place))
            memory = np.full_like(memory, np.nan)
            cpu = cpu if _any(cpu) else memory
        files = tuple(dict.fromkeys(Path(part.place.file).name for part in parts[position]))
        made = weeks_of(replace(whole, cpu_pct=cpu, memory_pct=memory), files)
        own = machine.load_place in {part.place for part in parts[position]}
        stated = machine.cpu_p95_pct is not None or machine.memory_p95_pct is not None
        if stated and not own and (machine.days or 0.0) > max((week.days for week in made), default=0.0):
            said["intake.series.shorter"].append((machine.name, whole.place))
            out.append(machine)
            continue
        if stated and not own and made:
            said["intake.series.instead"].append((machine.name, whole.place))
        out.append(_with(machine, made, whole.place, own, _peak(whole)))
        if made:
            weeks[machine.place] = made
    for message, lines in said.items():
        remark = message in ("intake.series.no_offset", "intake.series.instead")
        findings += many(message, lines, Severity.INFO if remark else Severity.WARNING)
    return Measured(tuple(out), weeks, tuple(findings))


def weeks_of(series: Series, files: tuple[str, ...]) -> tuple[Week, ...]:
    """Make the rows of a series: CPU and memory, the ordinary and the month-end week, where there is anything."""
    local = on_local_clock(series)
    found = []
    for resource, figures in (("cpu", series.cpu_pct), ("memory", series.memory_pct)):
        there = ~np.isnan(figures)
        if not there.any():
            continue
        times, values = local[there], figures[there]
        found.append(_week(resource, "normal", times, values, files))
        end = at_month_end(times)
        if len(set(hour_of_week(times[end]).tolist())) == HOURS:
            found.append(_week(resource, "month_end", times[end], values[end], files))
    return tuple(found)


def hour_of_week(local: Times) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
    """Give the hour of the week, 0 to 167 from Monday 00:00, of moments on the local clock."""
    hours = local.astype("datetime64[h]").astype(int)
    return np.asarray((hours + 3 * 24) % HOURS)  # 1970 began on a Thursday


def at_month_end(local: Times) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say which moments lie in the last seven days of a calendar month."""
    return np.asarray((local + MONTH_END).astype("datetime64[M]") != local.astype("datetime64[M]"))


def observed_days(times: Times) -> float:
    """Give the days that ascending samples cover: a gap counts no longer than one usual step."""
    if len(times) < 2:
        return 0.0
    steps = np.diff(times)
    usual = np.median(steps)
    longest = max(LONGEST_STEP, 2 * usual)
    covered = np.where(steps > longest, usual, steps).sum() + usual
    return float(covered / np.timedelta64(1, "D"))


def _week(resource: str, week: str, times: Times, values: Floats, files: tuple[str, ...]) -> Week:
    p95, p99 = np.percentile(values, [95, 99])
    hours = p95_by(hour_of_week(times), values, HOURS)
    days = observed_days(times)
    return Week(resource, week, days, len(values), float(values.mean()), float(p95), float(p99), float(values.max()),
                hours, files)  # fmt: skip


def _any(figures: Floats) -> bool:
    return bool(np.nan_to_num(figures).any())


def _peak(series: Series) -> float | None:
    """Give the most that was sent and received in one sample, Mbit/s."""
    both = np.nansum([series.sent_mbps, series.received_mbps], axis=0)
    return round(float(both.max()), DIGITS) if both.any() else None


def _with(machine: Machine, weeks: Iterable[Week], place: Place, own: bool, mbps: float | None) -> Machine:
    """Give a machine the statistics of its series; its reader's own figures of a series that is no data go with it."""
    changes: dict[str, Any] = {"mbps": mbps}
    if own:
        changes |= {f"{resource}_{name}_pct": None for resource in ("cpu", "memory") for name in ("avg", "p95", "max")}
    for week in weeks:
        if week.week == "normal":
            changes |= {
                f"{week.resource}_avg_pct": week.avg_pct,
                f"{week.resource}_p95_pct": week.p95_pct,
                f"{week.resource}_max_pct": week.max_pct,
                "days": week.days,
                "load_place": place,
            }
    cells = {**machine.cells, **{name: place for name, value in changes.items() if value is not None}}
    return replace(machine, **changes, cells=cells)


def _owners(machines: Sequence[Machine], series: Sequence[Series], findings: list[Finding]) -> dict[int, list[Series]]:
    """Find the machine, by position, of each series."""
    by_place: dict[Place, list[int]] = defaultdict(list)
    by_ident: dict[str, list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    for position, machine in enumerate(machines):
        if machine.load_place is not None:
            by_place[machine.load_place].append(position)
        if machine.ident:
            by_ident[machine.ident].append(position)
        by_name[machine.name].append(position)
    owned: dict[int, list[Series]] = defaultdict(list)
    alone: list[tuple[str, Place]] = []
    unclear: list[tuple[str, Place]] = []
    for one in series:
        found = by_place.get(one.place) or by_ident.get(one.machine) or by_name.get(one.machine) or []
        if len(found) == 1:
            owned[found[0]].append(one)
        else:
            (unclear if found else alone).append((one.machine, one.place))
    findings += many("intake.series.no_machine", alone)
    findings += many("intake.series.unclear", unclear)
    return owned
