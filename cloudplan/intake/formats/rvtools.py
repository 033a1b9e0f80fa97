"""RVTools: the workbook of all sheets, or the CSV of vInfo.

Columns are found by name, for versions and custom attributes move them. Older files say MB where newer say MiB, and
both mean MiB. CSV exports put ``vInfo`` before every heading and run the words together. Templates and SRM placeholders
are no machines. What RVTools says of CPU and memory use is one instant, no measurement over days: it counts as no data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudplan.findings import Finding, Severity
from cloudplan.intake.formats.rows import MIB_PER_GIB, Line, Read, Table, addresses, table_of
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Machine

KIND = "rvtools"
PREFIX = "vInfo"
NAME = ("VM", "VMName")
CPUS, MEMORY = ("CPUs",), ("Memory",)
STATE, TEMPLATE, PLACEHOLDER = ("Powerstate",), ("Template",), ("SRM Placeholder", "SRMPlaceHolder")
STORAGE = ("Provisioned MiB", "Provisioned MB", "Provisioned")
OS = (
    "OS according to the VMware Tools",
    "OSTools",
    "OS according to the configuration file",
    "OS",
)
HOST = ("Host",)


def recognise(grids: Sequence[Grid]) -> bool:
    """Know a workbook with vInfo, or a CSV with its headings."""
    return _info(grids) is not None


def read(grids: Sequence[Grid]) -> Read:
    """Read the virtual machines; sizes that vInfo lacks come from no other sheet."""
    out = Read()
    table = _info(grids)
    if table is None:
        return out
    hosts = _hosts(grids)
    left: dict[str, int] = {}
    for line in table.lines():
        out.rows[table.grid.sheet or "vInfo"] = out.rows.get(table.grid.sheet or "vInfo", 0) + 1
        skipped = "template" if _yes(line, TEMPLATE) else "placeholder" if _yes(line, PLACEHOLDER) else None
        if skipped is not None:
            left[skipped] = left.get(skipped, 0) + 1
            continue
        machine = _machine(out, line, hosts)
        if machine is not None:
            out.machines.append(machine)
    for what, count in left.items():
        out.findings.append(
            Finding(f"intake.rvtools.{what}", Severity.INFO, values={"count": count}, place=table.grid.place())
        )
    if out.machines:
        out.findings.append(Finding("intake.rvtools.instant", Severity.INFO, place=table.grid.place()))
    return out


def _info(grids: Sequence[Grid]) -> Table | None:
    for grid in grids:
        table = table_of(grid, PREFIX)
        if table is None:
            continue
        # every sheet of the workbook names its machines and their state; only vInfo has both sizes
        named = any(table.has(name) for name in NAME)
        if named and table.has("CPUs") and table.has("Memory") and table.has("Powerstate"):
            return table
    return None


def _hosts(grids: Sequence[Grid]) -> Mapping[str, str]:
    """Full names of the hosts by their short ones, from vHost; an address is no name that could be shortened."""
    full: dict[str, str] = {}
    for grid in grids:
        table = table_of(grid)
        if grid.sheet == "vHost" and table is not None:
            for line in table.lines():
                name = line.text("Host")
                short, _, domain = name.partition(".")
                if domain and not short.isdigit():
                    full.setdefault(short.casefold(), name)
    return full


def _machine(out: Read, line: Line, hosts: Mapping[str, str]) -> Machine | None:
    name, cores, memory = line.text(*NAME), line.number_of(*CPUS), line.number_of(*MEMORY)
    for column, value in (("CPUs", cores), ("Memory", memory)):
        if value is None or value <= 0:
            values = {"column": column, "value": line.text(column), "other": None}
            out.findings.append(
                Finding("intake.size_missing", Severity.WARNING, name, values=values, place=line.place(column))
            )
    if cores is None or memory is None or cores <= 0 or memory <= 0:
        return None
    state = line.text(*STATE).casefold().replace(" ", "")
    storage = line.number_of(*STORAGE)
    host = line.text(*HOST)
    known = hosts.get(host.casefold())
    if known is not None:
        values = {"value": host, "other": known}
        finding = Finding("intake.rvtools.host_joined", Severity.INFO, name, values=values, place=line.place("Host"))
        out.findings.append(finding)
        host = known
    return Machine(
        name=name,
        place=line.place(),
        running=state not in ("poweredoff", "suspended"),
        os=line.text(*OS),
        support="unknown",
        cores=cores,
        memory_gib=memory / MIB_PER_GIB,
        storage_gib=None if storage is None or storage <= 0 else storage / MIB_PER_GIB,
        addresses=addresses(line.text("Primary IP Address", "PrimaryIPAddress")),
        group=line.text("Cluster"),
        environment=line.text("Datacenter", "DataCenter"),
        host=host,
    )


def _yes(line: Line, headings: Sequence[str]) -> bool:
    return line.text(*headings).casefold() in ("true", "1", "yes")
