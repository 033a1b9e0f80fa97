"""The CSV with which servers are imported into AWS Application Discovery: one row a server, identified in many ways.

MB and KB are binary. ``Applications`` and addresses are comma lists in one cell, ``Tags`` is ``name:value,…``; columns
that are not known are passed over, as the service does.
"""

from __future__ import annotations

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
from cloudplan.intake.machine import Machine
from cloudplan.intake.read import Read

KIND = "aws-discovery-import"
IDENTITIES = ("hostname", "vmwarevmname", "externalid", "ipaddress", "macaddress", "vmwaremorefid", "smbiosid")
"""What may name a server, the name that people use first."""
MOREF, VCENTER = "vmwaremorefid", "vmwarevcenterid"
MEMORY, USED, MOST_USED = "ramtotalsizeinmb", "ramusedsizeinmbavg", "ramusedsizeinmbmax"
CPU, MOST_CPU = "cpuusagepctavg", "cpuusagepctmax"
LOGICAL, CORES, SOCKETS = "cpunumberoflogicalcores", "cpunumberofcores", "cpunumberofprocessors"
RECEIVED, SENT = "networkreadspersecondinkbavg", "networkwritespersecondinkbavg"
KIB_PER_SECOND = 1024 * 8 / 1e6
"""Mbit/s of one KiB a second."""
KNOWN = frozenset(
    (*IDENTITIES, VCENTER, MEMORY, USED, MOST_USED, CPU, MOST_CPU, LOGICAL, CORES, SOCKETS, RECEIVED, SENT, "osname",
     "osversion", "applications", "tags")
)  # fmt: skip


CELLS: Fields = {
    "name": IDENTITIES, "os": ("osname", "osversion"), "memory_gib": MEMORY, "addresses": "ipaddress",
    "kind": (MOREF, "vmwarevmname"), "group": "applications", "cpu_avg_pct": CPU, "cpu_max_pct": MOST_CPU,
    "memory_avg_pct": USED, "memory_max_pct": MOST_USED, "sockets": SOCKETS, "macs": "macaddress",
    "network_in_mbps": RECEIVED, "network_out_mbps": SENT, "ident": ("externalid", MOREF), "uuid": "smbiosid",
    "hostname": "hostname", "systems": "applications", "tags": "tags",
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
    halves: list[tuple[str, Line]] = []
    for table in found:
        findings += doubled_columns(table, KNOWN)
        for line in table.rows():
            if not _name(line):
                findings.append(Finding("intake.aws.no_identity", Severity.WARNING, place=line.place()))
                continue
            lines.append(line)
            if bool(line.text(MOREF)) != bool(line.text(VCENTER)):
                halves.append((_name(line), line))
    kept = once(lines, _identity, findings)
    findings += many("intake.aws.half_identity", [(name, line.place(MOREF)) for name, line in halves])
    machines = [_machine(line, findings) for line in kept]
    findings += unsized(machines, "CPU", "RAM")
    return Read(KIND, tuple(machines), findings=tuple(findings))


def _table(grid: Grid) -> Table | None:
    table = tabulate(grid, KNOWN, 4)
    if table is None or not {MEMORY, LOGICAL, CORES} & set(table.columns):
        return None
    return table if {"externalid", "smbiosid", MOREF} & set(table.columns) else None


def _identity(line: Line) -> str:
    """Tell servers apart: by the planner's own key, else by the virtual machine, else by all that names it."""
    if line.text("externalid"):
        return f"ExternalId {line.text('externalid')}"
    if line.text(MOREF):
        return f"MoRefId {line.text(VCENTER)} {line.text(MOREF)}"
    return " ".join(line.text(column) for column in IDENTITIES if line.text(column))


def _name(line: Line) -> str:
    return next((part for column in IDENTITIES for part in listed(line.text(column))), "")


def _machine(line: Line, findings: list[Finding]) -> Machine:
    name = _name(line)
    sizes = {c: line.number(c, name, findings) or None for c in (LOGICAL, CORES, SOCKETS, MEMORY)}
    mib = sizes[MEMORY]
    cpu, most_cpu = line.percent(CPU, name, findings), line.percent(MOST_CPU, name, findings)
    memory, most_memory = (_share(line, column, mib, name, findings) for column in (USED, MOST_USED))
    loads = [load for load in (cpu, most_cpu, memory, most_memory) if load is not None]
    if loads and not any(loads):
        kept_loads(0.0, 0.0, name, line.place(CPU), findings)
        cpu = most_cpu = memory = most_memory = None
    received, sent = (line.number(column, name, findings) for column in (RECEIVED, SENT))
    applications = listed(line.text("applications"))
    return Machine(
        name=name,
        place=line.place(),
        running=True,
        os=" ".join(part for part in (line.text("osname"), line.text("osversion")) if part),
        support="unknown",
        cores=sizes[LOGICAL] or sizes[CORES],
        memory_gib=None if mib is None else mib / 1024.0,
        load_place=line.place(CPU) if loads else None,
        addresses=listed(line.text("ipaddress")),
        kind="vm" if line.text(MOREF, "vmwarevmname") else "",
        group=applications[0] if applications else "",
        cpu_avg_pct=cpu,
        cpu_max_pct=most_cpu,
        memory_avg_pct=memory,
        memory_max_pct=most_memory,
        sockets=sizes[SOCKETS],
        macs=listed(line.text("macaddress")),
        network_in_mbps=None if received is None else received * KIB_PER_SECOND,
        network_out_mbps=None if sent is None else sent * KIB_PER_SECOND,
        ident=line.text("externalid") or line.text(MOREF),
        uuid=line.text("smbiosid"),
        hostname=line.text("hostname"),
        systems=applications,
        tags=_tags(line.text("tags")),
        cells=cells_of(line, {**CELLS, "cores": LOGICAL if sizes[LOGICAL] else CORES}),
    )


def _share(line: Line, column: str, mib: float | None, name: str, findings: list[Finding]) -> float | None:
    """Give memory used as % of the memory there is; more than there is, is no data."""
    used = line.number(column, name, findings)
    if used is None or mib is None:
        return None
    if used > mib:
        values = {"column": line.table.heading(column), "value": used, "memory": mib}
        findings.append(
            Finding("intake.foreign.memory_over", Severity.WARNING, name, values=values, place=line.place(column))
        )
        return None
    return 100.0 * used / mib


def _tags(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition(":") for part in listed(text))
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


def listed(text: str) -> tuple[str, ...]:
    """Split a comma list in one cell."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
