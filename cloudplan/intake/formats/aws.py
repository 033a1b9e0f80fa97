"""AWS Application Discovery's import CSV: sizes in MB, loads as mean and maximum, no P95."""

from __future__ import annotations

from collections.abc import Sequence

from cloudplan.findings import Finding, Severity
from cloudplan.intake.formats.rows import MIB_PER_GIB, Line, Read, Table, addresses, table_of
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Machine

KIND = "aws-discovery"
CORES = ("CPU.NumberOfLogicalCores", "CPU.NumberOfCores", "CPU.NumberOfProcessors")
MEMORY = ("RAM.TotalSizeInMB",)
LOADS = ("CPU.UsagePct.Avg", "CPU.UsagePct.Max", "RAM.UsedSizeInMB.Avg", "RAM.UsedSizeInMB.Max")


def recognise(grids: Sequence[Grid]) -> bool:
    """Know the file by its dotted headings."""
    return _table(grids) is not None


def read(grids: Sequence[Grid]) -> Read:
    """Read the servers; loads that are zero throughout are no data, others are means and maxima."""
    out, table = Read(), _table(grids)
    for line in table.lines() if table is not None else ():
        out.rows[KIND] = out.rows.get(KIND, 0) + 1
        name = line.text("HostName", "VMware.VMName", "ExternalId", "IPAddress")
        cores, memory = line.number_of(*CORES), line.number_of(*MEMORY)
        for column, value in ((CORES[0], cores), (MEMORY[0], memory)):
            if value is None or value <= 0:
                values = {"column": column, "value": line.text(column), "other": None}
                out.findings.append(
                    Finding("intake.size_missing", Severity.WARNING, name, values=values, place=line.place(column))
                )
        if cores is None or memory is None or cores <= 0 or memory <= 0:
            continue
        if _all_zero(line):
            out.findings.append(Finding("intake.zero_no_data", Severity.WARNING, name, place=line.place(LOADS[0])))
        out.machines.append(
            Machine(
                name=name,
                place=line.place(),
                running=True,
                os=" ".join(part for part in (line.text("OS.Name"), line.text("OS.Version")) if part),
                support="unknown",
                cores=cores,
                memory_gib=memory / MIB_PER_GIB,
                addresses=addresses(line.text("IPAddress")),
                kind="vm" if line.text("VMware.VMName", "VMware.MoRefId") else "physical",
                group=line.text("Applications"),
            )
        )
    return out


def _all_zero(line: Line) -> bool:
    said = [value for column in LOADS if (value := line.number_of(column)) is not None]
    return bool(said) and not any(said)


def _table(grids: Sequence[Grid]) -> Table | None:
    tables = (table_of(grid) for grid in grids)
    return next((t for t in tables if t is not None and t.has("ExternalId", "RAM.TotalSizeInMB")), None)
