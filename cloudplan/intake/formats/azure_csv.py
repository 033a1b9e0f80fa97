"""The CSV with which servers are imported into Azure Migrate: one row a server, up to eight disks.

Headings are compared without case, ``*`` marks and signs. The file doesn't say over which period its utilisation was
taken nor which statistic it is: it is read as a mean, which shrinks nothing. Azure's MB and GB are binary; network
throughput is MB a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cloudplan.findings import Finding, Severity
from cloudplan.intake.columns import (
    Fields,
    Line,
    Table,
    cells_of,
    doubled_columns,
    kept_loads,
    many,
    no_rows,
    once,
    tabulate,
    unsized,
)
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Disk, Machine
from cloudplan.intake.read import Read

KIND = "azure-migrate-import"
NAME, CORES, OS = "servername", "cores", "osname"
MEMORY = ("memoryinmb", "memorymb")
ADDRESSES = ("ipaddresses", "ipaddress")
CPU, USED = "cpuutilizationpercentage", "memoryutilizationpercentage"
STORAGE_USED = ("storageinuseingb", "storageinusegb")
NETWORK_IN, NETWORK_OUT = "networkinthroughput", "networkoutthroughput"
DISKS = 8
MOST_ROWS = 20_000
"""Servers that Azure Migrate takes in one file; more are read here all the same."""
MIB_PER_SECOND = 2**20 * 8 / 1e6
"""Mbit/s of one MiB a second."""
SIZES = tuple(f"disk{number}size{unit}" for number in range(1, DISKS + 1) for unit in ("ingb", "gb"))
KNOWN = frozenset(
    (NAME, CORES, OS, *MEMORY, *ADDRESSES, CPU, USED, *STORAGE_USED, NETWORK_IN, NETWORK_OUT, "osversion",
     "osarchitecture", "servertype", "hypervisor", "networkadapters", "boottype", "firmwaretype", "numberofdisks",
     "macaddress", *SIZES)
)  # fmt: skip


CELLS: Fields = {
    "name": NAME, "os": (OS, "osversion"), "cores": CORES, "memory_gib": MEMORY, "storage_gib": SIZES,
    "addresses": ADDRESSES, "kind": ("servertype", "hypervisor"), "cpu_avg_pct": CPU, "memory_avg_pct": USED,
    "storage_used_gib": STORAGE_USED, "disks": SIZES, "macs": "macaddress", "network_in_mbps": NETWORK_IN,
    "network_out_mbps": NETWORK_OUT,
}  # fmt: skip
"""By field of a machine, what it is read from."""


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids has the import's headings."""
    return bool(tables(grids))


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables that have the import's headings."""
    return [table for table in map(_table, grids) if table is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Read every server of the import.

    Parameters
    ----------
    grids
        Grids of one or more files; those without the import's headings are passed over.
    """
    findings: list[Finding] = []
    found = tables(grids)
    findings += no_rows(found)
    lines: list[Line] = []
    for table in found:
        findings += doubled_columns(table, KNOWN)
        rows = list(table.rows())
        if len(rows) > MOST_ROWS:
            values = {"count": len(rows), "most": MOST_ROWS}
            place = table.grid.place(table.header)
            findings.append(Finding("intake.azure_csv.many", Severity.INFO, values=values, place=place))
        for line in rows:
            if line.text(NAME):
                lines.append(line)
            else:
                findings.append(Finding("intake.name_blank", Severity.WARNING, place=line.place(NAME)))
    kept = once(lines, lambda line: line.text(NAME).casefold(), findings)
    machines = [_machine(line, findings) for line in kept]
    loaded = [(m.name, m.load_place) for m in machines if m.load_place is not None]
    findings += many("intake.azure_csv.statistic", loaded)
    findings += unsized(machines, "Cores", "Memory")
    return Read(KIND, tuple(machines), findings=tuple(findings))


def _table(grid: Grid) -> Table | None:
    table = tabulate(grid, KNOWN, 4)
    return table if table is not None and {NAME, CORES, OS} <= set(table.columns) else None


def _machine(line: Line, findings: list[Finding]) -> Machine:
    name = line.text(NAME)

    def first(columns: Sequence[str]) -> float | None:
        present = [column for column in columns if column in line.table]
        return line.number(present[0], name, findings) if present else None

    cpu, memory = line.percent(CPU, name, findings), line.percent(USED, name, findings)
    loaded = cpu is not None or memory is not None
    cpu, memory = kept_loads(cpu, memory, name, line.place(CPU), findings)
    mib, cores = first(MEMORY), line.number(CORES, name, findings)
    disks = []
    for number in range(1, DISKS + 1):
        size = first((f"disk{number}sizeingb", f"disk{number}sizegb"))
        if size:
            disks.append(Disk(f"Disk {number}", size))
    incoming, outgoing = (line.number(column, name, findings) for column in (NETWORK_IN, NETWORK_OUT))
    return Machine(
        name=name,
        place=line.place(),
        running=True,
        os=" ".join(part for part in (line.text(OS), line.text("osversion")) if part),
        support="unknown",
        cores=cores or None,
        memory_gib=mib / 1024.0 if mib else None,
        storage_gib=sum(disk.gib or 0.0 for disk in disks) if disks else None,
        load_place=line.place(CPU) if loaded else None,
        addresses=listed(line.text(*ADDRESSES)),
        kind=_kind(line),
        cpu_avg_pct=cpu,
        memory_avg_pct=memory,
        storage_used_gib=first(STORAGE_USED),
        disks=tuple(disks),
        macs=listed(line.text("macaddress")),
        network_in_mbps=None if incoming is None else incoming * MIB_PER_SECOND,
        network_out_mbps=None if outgoing is None else outgoing * MIB_PER_SECOND,
        cells=cells_of(line, CELLS),
    )


def _kind(line: Line) -> str:
    server = line.text("servertype").casefold()
    if server.startswith("physical"):
        return "physical"
    return "vm" if server.startswith("virtual") or line.text("hypervisor") else ""


def listed(text: str) -> tuple[str, ...]:
    """Split addresses that stand in one cell."""
    return tuple(part for part in re.split(r"[;,\s\[\]]+", text) if part)
