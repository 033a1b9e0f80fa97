"""Azure Migrate's import CSV: name, cores, memory (MB, binary), OS, and a mean load in per cent.

Columns with a star are mandatory; the star and the case are not compared. The percentages are averages over days that
nobody states: no load is taken from them, and one that is zero throughout is said to be no data.
"""

from __future__ import annotations

from collections.abc import Sequence

from cloudplan.findings import Finding, Severity
from cloudplan.intake.formats.rows import MIB_PER_GIB, Read, Table, addresses, table_of
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Machine

KIND = "azure-migrate-import"
NAME, CORES, MEMORY, OS = "Server name", "Cores", "Memory (In MB)", "OS name"
CPU, RAM, STORAGE = "CPU utilization percentage", "Memory utilization percentage", "Storage in use (In GB)"


def recognise(grids: Sequence[Grid]) -> bool:
    """Know the file by its four mandatory headings."""
    return _table(grids) is not None


def read(grids: Sequence[Grid]) -> Read:
    """Read the servers; loads that are zero throughout are no data."""
    out, table = Read(), _table(grids)
    for line in table.lines() if table is not None else ():
        out.rows[KIND] = out.rows.get(KIND, 0) + 1
        name, cores, memory = line.text(NAME), line.number_of(CORES), line.number_of(MEMORY)
        for column, value in ((CORES, cores), (MEMORY, memory)):
            if value is None or value <= 0:
                values = {"column": column, "value": line.text(column), "other": None}
                out.findings.append(
                    Finding("intake.size_missing", Severity.WARNING, name, values=values, place=line.place(column))
                )
        if cores is None or memory is None or cores <= 0 or memory <= 0:
            continue
        disks = [line.number_of(f"Disk {n} size (In GB)") or 0.0 for n in range(1, 9)]
        storage = line.number_of(STORAGE) or sum(disks)
        if line.number_of(CPU) == 0 and not line.number_of(RAM):
            out.findings.append(Finding("intake.zero_no_data", Severity.WARNING, name, place=line.place(CPU)))
        out.machines.append(
            Machine(
                name=name,
                place=line.place(),
                running=True,
                os=" ".join(part for part in (line.text(OS), line.text("OS version")) if part),
                support="unknown",
                cores=cores,
                memory_gib=memory / MIB_PER_GIB,
                storage_gib=storage or None,
                addresses=addresses(line.text("IP addresses")),
                kind="physical" if line.text("Server type").casefold() == "physical" else "vm",
            )
        )
    return out


def _table(grids: Sequence[Grid]) -> Table | None:
    tables = (table_of(grid) for grid in grids)
    return next((t for t in tables if t is not None and t.has(NAME, CORES, MEMORY, OS)), None)
