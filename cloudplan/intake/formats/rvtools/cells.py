"""Which cells of RVTools' tabs the fields of machines and hosts are read from, and custom attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cloudplan.findings import Place
from cloudplan.intake.columns import Fields, Line, cells_of
from cloudplan.intake.formats.rvtools.tabs import CPUS, HOST, IDENT, MEMORY, NAME, OS, POWER, STANDARD, UUID
from cloudplan.intake.provenance import Source
from cloudplan.intake.raw import plain_number, shown

CELLS: Fields = {
    "name": NAME, "running": POWER, "power": POWER, "os": OS, "group": "resourcepool", "host": HOST,
    "storage_used_gib": "inuse", "ident": IDENT, "uuid": ("smbiosuuid", UUID), "hostname": "dnsname",
    "cluster": "cluster", "site": "datacenter", "note": "annotation",
}  # fmt: skip
"""By field of a machine, the column of vInfo that it is read from."""
HOST_CELLS: Fields = {
    "name": HOST, "status": ("inmaintenancemode", "configstatus"), "cluster": "cluster", "vendor": "vendor",
    "model": "model", "serial": ("serialnumber", "servicetag"), "cpu_model": "cpumodel", "cpu_mhz": "speed",
    "sockets": "#cpu", "cores": "#cores", "threads": "#cores", "memory_gib": "#memory", "cpu_now_pct": "cpuusage%",
    "memory_now_pct": "memoryusage%", "os": "esxversion", "site": "datacenter", "ident": "objectid",
}  # fmt: skip
"""By field of a host, the column of vHost that it is read from."""


def cells(line: Line, rows: Mapping[str, Sequence[Line]]) -> dict[str, Place]:
    """Say which cell each field was read from: vInfo's, else the first of another tab."""

    def first(tab: str, *columns: str) -> Source | None:
        return next((found for row in rows[tab] if (found := row.source(*columns)) is not None), None)

    def size(column: str, tab: str, other: str) -> Source | None:
        return line.source(column) if plain_number(line[column]) else first(tab, other)

    titled = [column for column, _ in custom_columns(line)]
    return cells_of(line, {**CELLS,
        "cores": size(CPUS, "vCPU", CPUS), "memory_gib": size(MEMORY, "vMemory", "size"),
        "storage_gib": first("vDisk", "capacity") or line.source("totaldiskcapacity", "provisioned"),
        "addresses": line.source("primaryipaddress") or first("vNetwork", "ipv4address", "ipaddress", "ipv6address"),
        "cpu_now_pct": first("vCPU", "overall"), "memory_now_pct": first("vMemory", "consumed"),
        "sockets": first("vCPU", "sockets"), "disks": first("vDisk", "capacity", "disk", NAME),
        "macs": first("vNetwork", "macaddress"), "tags": titled,
    })  # fmt: skip


def attributes(line: Line) -> tuple[tuple[str, str], ...]:
    """Give custom attributes: name and value."""
    return tuple((line.table.heading(column), text) for column, text in custom_columns(line))


def custom_columns(line: Line) -> Iterator[tuple[str, str]]:
    """Give custom attributes, by column: what stands under headings that vInfo doesn't have of itself."""
    titles = {column: line.table.heading(column) for column in line.table.columns if column not in STANDARD}
    # a prefix marks what the tool itself writes
    own = {column for column, title in titles.items() if title.casefold().startswith("vinfo")}
    return ((c, shown(line[c])) for c in titles if c not in own and shown(line[c]))
