"""Google Migration Center's tables: vmInfo, perfInfo, diskInfo and tagInfo, given together and joined by MachineId.

perfInfo is a true time series: loads are its mean, 95th percentile and maximum. A sample that is zero in every figure
was never measured, so it is no data. AvailableMemoryBytes is memory *free*; network figures are bytes a second.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import (
    MOST,
    Line,
    Table,
    cells_of,
    doubled_columns,
    no_rows,
    once,
    some,
    tabulate,
    unsized,
)
from cloudplan.intake.grid import Cell, Grid
from cloudplan.intake.machine import Disk, Machine
from cloudplan.intake.moments import day_first, moment
from cloudplan.intake.raw import plain_number
from cloudplan.intake.read import Floats, Read, Series

KIND = "google-migration-center"
KEY, TIME = "machineid", "timestamp"
CPU, FREE = "cpuutilizationpercentage", "availablememorybytes"
READS, WRITES = "diskreadoperationspersec", "diskwriteoperationspersec"
SENT, RECEIVED = "networkbytespersecsent", "networkbytespersecreceived"
FIGURES = (CPU, FREE, READS, WRITES, SENT, RECEIVED)
CORES, MEMORY, ALLOCATED, USED = "allocatedprocessorcorecount", "memorygib", "totaldiskallocatedgib", "totaldiskusedgib"
NAME, STATUS = "machinename", "machinestatus"
TABLES: Mapping[str, frozenset[str]] = {
    "vmInfo": frozenset({KEY, NAME, CORES, MEMORY}),
    "perfInfo": frozenset({KEY, TIME, CPU}),
    "diskInfo": frozenset({KEY, "disklabel", "sizeingib"}),
    "tagInfo": frozenset({KEY, "key", "value"}),
}
"""Headings that each table must have."""
KNOWN = frozenset().union(*TABLES.values()) | {*FIGURES, ALLOCATED, USED, STATUS, "usedingib", "primaryipaddress"}
GIB = 2**30
MBIT_OF_BYTE = 8 / 1e6
OFF = ("stop", "off", "deallocat", "terminat", "suspend", "paus", "halt")
ON = frozenset({"on", "poweredon", "running", "active", "started", "up"})


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is one of the four tables."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables of machines; where a file has none, those that it has."""
    found = [pair for pair in map(_table, grids) if pair is not None]
    return [table for kind, table in found if kind == "vmInfo"] or [table for _, table in found]


def read(grids: Sequence[Grid]) -> Read:
    """Read machines with their loads, and the series.

    Parameters
    ----------
    grids
        Grids of the four tables, in any order; each table may come in several files. Without a vmInfo there are no
        machines, but the series are read all the same, without shares of memory.
    """
    found = [pair for pair in map(_table, grids) if pair is not None]
    by_kind: dict[str, list[Table]] = defaultdict(list)
    for kind, table in found:
        by_kind[kind].append(table)
    findings = list(no_rows(table for _, table in found))
    for _, table in found:
        findings += doubled_columns(table, KNOWN)
    lines: list[Line] = []
    for table in by_kind["vmInfo"]:
        for line in table.rows():
            if line.text(KEY, NAME):
                lines.append(line)
            else:
                findings.append(Finding("intake.name_blank", Severity.WARNING, place=line.place(KEY)))
    kept = {_key(line): line for line in once(lines, _key, findings)}
    if not by_kind["vmInfo"] and found:
        findings.append(Finding("intake.google.no_machines", Severity.WARNING, place=found[0][1].grid.place()))
    known = kept if by_kind["vmInfo"] else None
    memory = {key: _figure(line[MEMORY]) for key, line in kept.items()}
    series = _series(_rows("perfInfo", by_kind["perfInfo"], known, findings), memory, findings)
    first: dict[tuple[str, str], Line] = {}
    disks: dict[str, list[Disk]] = defaultdict(list)
    for line in _rows("diskInfo", by_kind["diskInfo"], known, findings):
        sizes = (line.number(column, line.text(KEY), findings) for column in ("sizeingib", "usedingib"))
        disks[line.text(KEY)].append(Disk(line.text("disklabel"), *sizes))
        first.setdefault(("disks", line.text(KEY)), line)
    tags: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in _rows("tagInfo", by_kind["tagInfo"], known, findings):
        tags[line.text(KEY)].append((line.text("key"), line.text("value")))
        first.setdefault(("tags", line.text(KEY)), line)
    measured = {each.machine: each for each in series}
    machines = []
    for k, line in kept.items():
        machine = _machine(line, disks[k], tags[k], measured.get(k), findings)
        cells = _cells(line, first.get(("disks", k)), first.get(("tags", k)), machine, measured.get(k))
        machines.append(replace(machine, cells=cells))
    findings += unsized(machines, "AllocatedProcessorCoreCount", "MemoryGiB")
    return Read(KIND, tuple(machines), series=tuple(series), findings=tuple(findings))


def _table(grid: Grid) -> tuple[str, Table] | None:
    table = tabulate(grid, KNOWN, 3)
    if table is None:
        return None
    return next(((kind, table) for kind, must in TABLES.items() if must <= set(table.columns)), None)


def _key(line: Line) -> str:
    return line.text(KEY, NAME)


def _rows(
    kind: str, found: Iterable[Table], known: Mapping[str, Line] | None, findings: list[Finding]
) -> Iterable[Line]:
    """Give the rows of machines that are known; of all, where no table of machines was given."""
    strange: list[Line] = []
    for table in found:
        for line in table.rows():
            if known is None or line.text(KEY) in known:
                yield line
            else:
                strange.append(line)
    if strange:
        names = some(line.text(KEY) for line in strange)
        values = {"count": len(strange), "table": kind, "of": "vmInfo", "names": names}
        place = strange[0].place(KEY)
        findings.append(Finding("intake.foreign.orphans", Severity.WARNING, values=values, place=place))


# ---- machines


def _machine(
    line: Line, disks: Sequence[Disk], tags: Sequence[tuple[str, str]], series: Series | None, findings: list[Finding]
) -> Machine:
    name = line.text(NAME, KEY)
    status = line.text(STATUS)
    running = _running(status)
    if running is None and STATUS in line.table:
        values = {"value": status}
        place = line.place(STATUS)
        findings.append(Finding("intake.power_unknown", Severity.WARNING, name, values=values, place=place))
    allocated, used = line.number(ALLOCATED, name, findings), line.number(USED, name, findings)
    sized = [disk.gib for disk in disks if disk.gib is not None]
    used_of = [disk.used_gib for disk in disks if disk.used_gib is not None]
    addresses = [line.text("primaryipaddress"), *re.split(r"[;,\s]+", line.text("ipaddresslistsemicolondelimited"))]
    addresses.append(line.text("publicipaddress"))
    cpu = _statistics(None if series is None else series.cpu_pct)
    memory = _statistics(None if series is None else series.memory_pct)
    physical = line.text("isphysical").casefold()
    return Machine(
        name=name,
        place=line.place(),
        running=running is not False,
        os=" ".join(part for part in (line.text("osname", "ostype"), line.text("osversion")) if part),
        support="unknown",
        cores=line.number(CORES, name, findings) or None,
        memory_gib=line.number(MEMORY, name, findings) or None,
        storage_gib=sum(sized) if sized else allocated or None,
        cpu_p95_pct=cpu[1],
        memory_p95_pct=memory[1],
        days=None if series is None else series.days,
        load_place=None if series is None else series.place,
        addresses=tuple(dict.fromkeys(address for address in addresses if address)),
        kind={"true": "physical", "1": "physical", "yes": "physical", "false": "vm", "0": "vm", "no": "vm"}.get(
            physical, ""
        ),
        cpu_avg_pct=cpu[0],
        cpu_max_pct=cpu[2],
        memory_avg_pct=memory[0],
        memory_max_pct=memory[2],
        storage_used_gib=sum(used_of) if used_of else used,
        disks=tuple(disks),
        power=status,
        ident=_key(line),
        site=line.text("hostinglocation"),
        tags=tuple(tags),
    )


def _cells(
    line: Line, disk: Line | None, tag: Line | None, machine: Machine, series: Series | None
) -> dict[str, Place]:
    """Say which cell each field was read from: of disks and tags the first, of a series its first row."""
    sized = disk is not None and any(each.gib is not None for each in machine.disks)
    used = disk is not None and any(each.used_gib is not None for each in machine.disks)
    place = None if series is None else series.place
    loads = [f"{resource}_{name}_pct" for resource in ("cpu", "memory") for name in ("avg", "p95", "max")]
    return cells_of(line, {
        "name": (NAME, KEY), "running": STATUS, "power": STATUS, "os": ("osname", "ostype", "osversion"),
        "cores": CORES, "memory_gib": MEMORY, "kind": "isphysical", "ident": (KEY, NAME), "site": "hostinglocation",
        "addresses": ("primaryipaddress", "ipaddresslistsemicolondelimited", "publicipaddress"),
        "storage_gib": disk.source("sizeingib", KEY) if sized and disk is not None else ALLOCATED,
        "storage_used_gib": disk.source("usedingib", KEY) if used and disk is not None else USED,
        "disks": None if disk is None else disk.source("sizeingib", "usedingib", "disklabel", KEY),
        "tags": None if tag is None else tag.source("value", "key", KEY),
        **dict.fromkeys((*loads, "days"), place),
    })  # fmt: skip


def _running(status: str) -> bool | None:
    said = re.findall(r"[a-z]+", status.casefold())
    if any(word.startswith(OFF) or word == "poweredoff" for word in said):
        return False
    return True if ON & set(said) else None


def _statistics(values: Floats | None) -> tuple[float | None, float | None, float | None]:
    """Give mean, 95th percentile and maximum of what was measured; ``None`` where nothing was."""
    measured = values[~np.isnan(values)] if values is not None else np.empty(0)
    if not len(measured):
        return None, None, None
    return float(measured.mean()), float(np.percentile(measured, 95)), float(measured.max())


# ---- series


@dataclass
class _Samples:
    """Samples of one machine while they are gathered."""

    first: Line
    times: list[dt.datetime] = field(default_factory=list)
    figures: list[list[float]] = field(default_factory=list)
    rows: int = 0
    zeros: int = 0
    zero: Place | None = None


def _series(lines: Iterable[Line], memory: Mapping[str, float | None], findings: list[Finding]) -> list[Series]:
    rows = list(lines)
    days_first, unclear = day_first([line.text(TIME) for line in rows])
    if unclear is not None:
        line = rows[unclear]
        findings.append(
            Finding("intake.google.time_either", Severity.WARNING, values={"value": line.text(TIME)},
                    place=line.place(TIME))
        )  # fmt: skip
    gathered: dict[str, _Samples] = {}
    bad: list[Line] = []
    wrong: list[tuple[Line, str]] = []
    utc = False
    for line in rows:
        read = moment(line[TIME], days_first)
        if read is None:
            bad.append(line)
            continue
        utc = utc or read[1]
        samples = gathered.setdefault(line.text(KEY), _Samples(line))
        samples.rows += 1
        figures = [_figure(line[column]) for column in FIGURES]
        wrong += [
            (line, c) for c, figure in zip(FIGURES, figures, strict=True) if figure is not None and math.isnan(figure)
        ]
        if any(figure is not None for figure in figures) and not any(figures):
            samples.zeros += 1
            samples.zero = samples.zero or line.place(CPU)
            continue
        samples.times.append(read[0])
        samples.figures.append([np.nan if figure is None else figure for figure in figures])
    if bad:
        values = {"count": len(bad), "value": bad[0].text(TIME)}
        findings.append(Finding("intake.google.time_bad", Severity.WARNING, values=values, place=bad[0].place(TIME)))
    if wrong:
        line, column = wrong[0]
        values = {"count": len(wrong), "value": line.text(column)}
        place = line.place(column)
        findings.append(Finding("intake.google.figure_bad", Severity.WARNING, values=values, place=place))
    made = [_made(key, samples, memory.get(key), utc, findings) for key, samples in gathered.items()]
    return [series for series in made if series is not None]


def _figure(cell: Cell) -> float | None:
    """Read a figure: ``None`` where there is none, NaN where it is no number or beyond all measure."""
    value = plain_number(cell)
    return math.nan if value is not None and not abs(value) <= MOST else value


def _made(key: str, samples: _Samples, memory_gib: float | None, utc: bool, findings: list[Finding]) -> Series | None:
    if samples.zeros:
        values = {"count": samples.zeros, "rows": samples.rows}
        findings.append(Finding("intake.google.zero_rows", Severity.WARNING, key, values=values, place=samples.zero))
    if not samples.times:
        return None
    place = samples.first.place()
    times, at = np.unique(np.array(samples.times, dtype="datetime64[s]"), return_index=True)
    if len(at) < len(samples.times):
        values = {"count": len(samples.times) - len(at)}
        findings.append(Finding("intake.google.time_again", Severity.WARNING, key, values=values, place=place))
    figures = np.array(samples.figures, dtype=float)[at]
    cpu = figures[:, 0]
    outside = (cpu < 0.0) | (cpu > 100.0)
    if outside.any():
        values = {"count": int(outside.sum())}
        findings.append(Finding("intake.google.load_out", Severity.WARNING, key, values=values, place=place))
        cpu[outside] = np.nan
    figures[figures < 0.0] = np.nan
    free = figures[:, 1]
    used = np.full(len(at), np.nan)
    if memory_gib is not None and memory_gib > 0.0:
        used = 100.0 * (1.0 - free / (memory_gib * GIB))
        beyond = used < 0.0
        if beyond.any():
            values = {"count": int(beyond.sum())}
            findings.append(Finding("intake.google.memory_free", Severity.WARNING, key, values=values, place=place))
            used[beyond] = np.nan
    reads, writes = figures[:, 2], figures[:, 3]
    sent, received = figures[:, 4] * MBIT_OF_BYTE, figures[:, 5] * MBIT_OF_BYTE
    return Series(key, place, times, cpu, used, reads, writes, sent, received, utc)
