"""Google Migration Center's manual tables: vmInfo, and perfInfo, the one of these formats that holds a time series.

The column names are those that Google's own collectors write; no page of Google's states them. A row of perfInfo that
is zero throughout stands for metrics that were missing: it is no data.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from cloudplan.findings import Finding, Severity
from cloudplan.intake.formats.rows import Line, Read, Table, addresses, table_of
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Machine

KIND = "google-migration-center"
VM, PERFORMANCE = ("MachineId", "AllocatedProcessorCoreCount", "MemoryGiB"), ("MachineId", "TimeStamp")
FIGURES = ("CpuUtilizationPercentage", "AvailableMemoryBytes", "DiskReadOperationsPerSec",
           "DiskWriteOperationsPerSec", "NetworkBytesPerSecSent", "NetworkBytesPerSecReceived")  # fmt: skip
ENOUGH = 2
"""Fewest samples from which a percentile is taken."""


def recognise(grids: Sequence[Grid]) -> bool:
    """Know vmInfo or perfInfo by their headings."""
    return any(_tables(grids, headings) for headings in (VM, PERFORMANCE))


def read(grids: Sequence[Grid]) -> Read:
    """Read the machines of every vmInfo, with the P95 of their series in every perfInfo."""
    out = Read()
    series: dict[str, list[Line]] = defaultdict(list)
    for table in _tables(grids, PERFORMANCE):
        for line in table.lines():
            out.rows["perfInfo"] = out.rows.get("perfInfo", 0) + 1
            series[line.text("MachineId")].append(line)
    for table in _tables(grids, VM):
        for line in table.lines():
            out.rows["vmInfo"] = out.rows.get("vmInfo", 0) + 1
            _add(out, line, series.pop(line.text("MachineId"), []))
    for name, lines in series.items():
        if out.rows.get("vmInfo"):
            values = {"value": name, "count": len(lines)}
            place = lines[0].place("MachineId")
            out.findings.append(
                Finding("intake.google.unknown_machine", Severity.WARNING, name, values=values, place=place)
            )
    return out


def _add(out: Read, line: Line, samples: Sequence[Line]) -> None:
    name = line.text("MachineName", "MachineId")
    cores, memory = line.number_of("AllocatedProcessorCoreCount"), line.number_of("MemoryGiB")
    if cores is None or memory is None or cores <= 0 or memory <= 0:
        column = "MemoryGiB" if cores else "AllocatedProcessorCoreCount"
        values = {"column": column, "value": line.text(column), "other": None}
        out.findings.append(
            Finding("intake.size_missing", Severity.WARNING, name, values=values, place=line.place(column))
        )
        return
    cpu, ram, days = _loads(out, name, memory, samples)
    out.machines.append(
        Machine(
            name=name,
            place=line.place(),
            running=line.text("MachineStatus").casefold() not in ("off", "stopped", "deallocated", "poweredoff"),
            os=" ".join(part for part in (line.text("OsName"), line.text("OsVersion")) if part),
            support="unknown",
            cores=cores,
            memory_gib=memory,
            storage_gib=line.number_of("TotalDiskAllocatedGiB"),
            cpu_p95_pct=cpu,
            memory_p95_pct=ram,
            days=days,
            load_place=samples[0].place() if samples else None,
            addresses=addresses(line.text("PrimaryIPAddress", "IpAddressListSemiColonDelimited")),
            kind="physical" if line.text("IsPhysical").casefold() in ("true", "1") else "vm",
        )
    )


def _loads(
    out: Read, name: str, memory_gib: float, samples: Sequence[Line]
) -> tuple[float | None, float | None, float | None]:
    """P95 of CPU and memory use, % of what is allocated, and the days that the samples span."""
    real = [line for line in samples if any(line.number_of(figure) for figure in FIGURES)]
    if len(real) < len(samples):
        values = {"count": len(samples) - len(real)}
        place = samples[0].place("CpuUtilizationPercentage")
        out.findings.append(Finding("intake.google.zero_rows", Severity.WARNING, name, values=values, place=place))
    if len(real) < ENOUGH:
        return None, None, None
    cpu = [value for line in real if (value := line.number_of("CpuUtilizationPercentage")) is not None]
    free = [value for line in real if (value := line.number_of("AvailableMemoryBytes")) is not None]
    used = [100.0 * (1.0 - value / 2**30 / memory_gib) for value in free]
    times = sorted(time for line in real if (time := _time(line.text("TimeStamp"))) is not None)
    days = (times[-1] - times[0]).total_seconds() / 86_400 if len(times) > 1 else None
    return _p95(cpu), _p95(used), days


def _p95(values: Sequence[float]) -> float | None:
    if len(values) < ENOUGH:
        return None
    return float(np.clip(np.percentile(values, 95), 0.0, 100.0))


def _time(text: str) -> dt.datetime | None:
    for shape in (None, "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"):
        try:
            time = dt.datetime.fromisoformat(text) if shape is None else dt.datetime.strptime(text, shape)
        except ValueError:
            continue
        return time.replace(tzinfo=None)
    return None


def _tables(grids: Sequence[Grid], headings: Sequence[str]) -> list[Table]:
    return [table for grid in grids if (table := table_of(grid)) is not None and table.has(*headings)]
