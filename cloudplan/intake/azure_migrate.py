"""Azure Migrate reports: the discovery workbook, joined with the assessment's sheet of all machines.

The discovery names machines, sizes and power states, but no load and no storage. The assessment's sheet
``All_VM_IaaS_Server_Rehost_Perf`` has CPU and memory load in per cent and storage in GB. The workbooks don't say which
statistic the load is; the tool that writes them asks Azure Migrate for the 95th percentile over the duration that the
sheet ``Properties`` names, so P95 it is taken for. Azure's GB and MB are binary (GiB, MiB).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.join import IDENTITY, NAME, distinct, join
from cloudplan.intake.machine import Machine
from cloudplan.intake.workbook import Row, Sheet, Workbook, is_blank, number, plain

OS, CORES, MEMORY, POWER = "Operating System", "Cores", "Memory (in MB)", "Power Stats"
CPU_LOAD, MEMORY_LOAD, STORAGE = "CPU Utilization (in %)", "Memory Utilization (in %)", "Storage (in GB)"
ADDRESSES, SUPPORT, GROUP, ENVIRONMENT, HOST = "IP Addresses", "Support Status", "Group Name", "Environment", "VM Host"


@dataclass(frozen=True)
class Report:
    """A kind of report: the sheet that matters, its columns, and other sheets that give the kind away."""

    kind: str
    sheet: str
    required: tuple[str, ...]
    known: tuple[str, ...]
    marks: tuple[str, ...]


DISCOVERY = Report(
    "azure-migrate-discovery",
    "Discovery_Report",
    (NAME, OS, CORES, MEMORY, POWER),
    (IDENTITY, ADDRESSES, ENVIRONMENT, "Boot Type", "Total Disks"),
    (),
)
ASSESSMENT = Report(
    "azure-migrate-assessment",
    "All_VM_IaaS_Server_Rehost_Perf",
    (NAME, CPU_LOAD, MEMORY_LOAD, STORAGE),
    (IDENTITY, OS, CORES, MEMORY, SUPPORT, GROUP, ENVIRONMENT, HOST),
    ("All_VM_IaaS_Server_Rehost_As-is", "VM_IaaS_Server_Rehost_Perf", "SQL_IaaS_Server_Rehost_Perf", "Business_Case",
     "Financial_Summary", "SQL_All_Instances"),
)  # fmt: skip
REPORTS = (DISCOVERY, ASSESSMENT)

_RUNNING: Mapping[str, bool] = {"on": True, "running": True, "poweredon": True, "off": False, "stopped": False,
                                "poweredoff": False}  # fmt: skip
_SUPPORT = {"mainstream": "supported", "extended": "supported", "out of support": "expired"}
_DURATION_DAYS = {"day": 1.0, "week": 7.0, "month": 30.0}
ENOUGH_DAYS = 14.0
"""Days of measurement under which nothing is right-sized, the planner's default."""


def assessed_days(workbook: Workbook) -> tuple[float | None, list[Finding]]:
    """Read for how many days the assessment measured, from its sheet ``Properties``."""
    place = Place(workbook.file, "Properties")
    if "Properties" in workbook.sheets:
        _, rows = workbook.cells("Properties")
        for titles, values in pairwise(rows):
            for title, value in zip(titles, values, strict=False):
                if plain(title) == "assessment duration" and plain(value) in _DURATION_DAYS:
                    days = _DURATION_DAYS[plain(value)]
                    if days >= ENOUGH_DAYS:
                        return days, []
                    short = {"days": days, "enough": ENOUGH_DAYS, "value": str(value)}
                    return days, [Finding("intake.days_short", Severity.WARNING, values=short, place=place)]
    return None, [Finding("intake.days_unknown", Severity.WARNING, place=place)]


def read_machines(
    discovery: Sheet, assessment: Sheet | None, days: float | None
) -> tuple[list[Machine], list[Finding]]:
    """Bring discovery and assessment together, machine by machine.

    Parameters
    ----------
    discovery, assessment
        Their sheets; without an assessment nothing has a load.
    days
        Days that the assessment measured.

    Returns
    -------
    tuple
        One machine for every distinct machine discovered whose size is known, in the sheet's order, and what was found.
    """
    machines, findings = distinct(discovery.rows())
    loads: list[Row] = []
    if assessment is not None:
        loads, doubled = distinct(assessment.rows())
        findings += doubled
    joined = join(machines, loads) if assessment is not None else None
    if joined is not None:
        findings += joined.findings
    read: list[Machine] = []
    for row in machines:
        load = joined.pairs.get(row.number) if joined is not None else None
        machine, said = _machine(row, load, days)
        findings += said
        if machine is not None:
            read.append(machine)
    return read, findings


def _machine(row: Row, load: Row | None, days: float | None) -> tuple[Machine | None, list[Finding]]:
    name = row.text(NAME)
    findings: list[Finding] = []
    sizes: dict[str, float] = {}
    for column in (CORES, MEMORY):
        size = _size(row, load, column, findings)
        if size is not None:
            sizes[column] = size
    running = _RUNNING.get(plain(row.text(POWER)))
    if running is None:
        values = {"value": row.text(POWER)}
        findings.append(Finding("intake.power_unknown", Severity.WARNING, name, values=values, place=row.place(POWER)))
    cpu, memory = _loads(name, row, load, running is not False, findings)
    storage = None
    if load is not None:
        storage = number(load[STORAGE])
        if storage is None or not storage > 0:
            findings.append(Finding("intake.storage_blank", Severity.WARNING, name,
                                    values={"value": load.text(STORAGE)}, place=load.place(STORAGE)))  # fmt: skip
            storage = None
    if len(sizes) < 2:
        return None, findings
    os = row.text(OS)
    if load is not None and load.text(OS):
        os = load.text(OS)  # the assessment names the edition where the discovery has only the guest's family
    if not os:
        findings.append(Finding("intake.os_blank", Severity.WARNING, name, place=row.place(OS)))
    said = load if load is not None else row
    machine = Machine(
        name=name,
        place=row.place(),
        running=running is not False,
        os=os,
        support=_SUPPORT.get(plain(said.text(SUPPORT)), "unknown"),
        cores=sizes[CORES],
        memory_gib=sizes[MEMORY] / 1024.0,
        storage_gib=storage,
        cpu_p95_pct=cpu,
        memory_p95_pct=memory,
        days=days if load is not None else None,
        load_place=None if load is None else load.place(),
        addresses=_addresses(row.text(ADDRESSES)),
        kind="physical" if "/serversites/" in row.text(IDENTITY).casefold() else "vm",
        group=said.text(GROUP),
        environment=said.text(ENVIRONMENT) or row.text(ENVIRONMENT),
        host=said.text(HOST),
    )
    return machine, findings


def _size(row: Row, load: Row | None, column: str, findings: list[Finding]) -> float | None:
    """Give cores or memory by the discovery, else by the assessment; say so where they differ or neither has it."""
    name = row.text(NAME)
    own = number(row[column])
    other = None if load is None else number(load[column])
    other = other if other is not None and other > 0 else None
    if own is not None and own > 0:
        if other is not None and other != own:
            values = {"column": column, "value": own, "other": other, "other_row": load.number if load else 0}
            findings.append(
                Finding("intake.size_differs", Severity.WARNING, name, values=values, place=row.place(column))
            )
        return own
    message = "intake.size_missing" if other is None else "intake.size_filled"
    values = {"column": column, "value": row.text(column), "other": other}
    findings.append(Finding(message, Severity.WARNING, name, values=values, place=row.place(column)))
    return other


def _loads(
    name: str, row: Row, load: Row | None, running: bool, findings: list[Finding]
) -> tuple[float | None, float | None]:
    """Give CPU and memory load; a zero that can't be a measurement is no data."""
    if load is None:
        if not running:
            findings.append(Finding("intake.off_no_data", Severity.INFO, name, place=row.place(POWER)))
        return None, None
    read = {column: _load(name, load, column, findings) for column in (CPU_LOAD, MEMORY_LOAD)}
    blank = [column for column in read if is_blank(load[column])]
    if blank:
        values = {"columns": blank, "row": load.number, "sheet": load.sheet.name}
        findings.append(Finding("intake.load_blank", Severity.WARNING, name, values=values, place=load.place(blank[0])))
    cpu, memory = read[CPU_LOAD], read[MEMORY_LOAD]
    if not running:
        if cpu or memory:
            values = {"cpu": cpu or 0.0, "memory": memory or 0.0}
            findings.append(
                Finding("intake.off_with_load", Severity.WARNING, name, values=values, place=load.place(CPU_LOAD))
            )
        else:
            findings.append(Finding("intake.off_no_data", Severity.INFO, name, place=load.place(CPU_LOAD)))
        return None, None
    if memory == 0.0:
        # a machine that runs uses memory: the zero was never measured, and its neighbour is no better
        findings.append(Finding("intake.zero_no_data", Severity.WARNING, name, place=load.place(MEMORY_LOAD)))
        return (cpu or None), None
    return cpu, memory


def _load(name: str, load: Row, column: str, findings: list[Finding]) -> float | None:
    read = number(load[column])
    if read is None:
        return None
    if math.isnan(read) or not 0.0 <= read <= 100.0:
        values = {"column": column, "value": load.text(column)}
        findings.append(Finding("intake.load_bad", Severity.WARNING, name, values=values, place=load.place(column)))
        return None
    return read


def _addresses(text: str) -> tuple[str, ...]:
    """Read ``[fe80::1,10.0.0.1];[10.1.0.1];`` as addresses, adapter by adapter."""
    flat = text.replace("[", "").replace("]", "").replace(";", ",")
    return tuple(part.strip() for part in flat.split(",") if part.strip())


def counts(machines: Sequence[Machine]) -> dict[str, int]:
    """Count machines by what matters."""
    running = [machine for machine in machines if machine.running]
    return {
        "machines": len(machines),
        "running": len(running),
        "off": len(machines) - len(running),
        "measured": sum(m.cpu_p95_pct is not None and m.memory_p95_pct is not None for m in running),
        "no_data": sum(m.cpu_p95_pct is None and m.memory_p95_pct is None for m in machines),
    }
