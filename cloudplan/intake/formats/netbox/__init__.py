"""NetBox: a dump of its database, or CSV exports of sites, locations, racks, devices and virtual machines.

In a dump records point at each other by key, in a CSV by name; both are read alike. NetBox measures nothing, so there
are no loads. Memory is in MB; disks are in GB, since NetBox 4.1 in MB, which a heading's unit or (from memory: that
version brought it) the field ``serial`` of virtual machines gives away. MB and GB are taken for binary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import Fields, Line, Table, many, no_rows, once, unsized
from cloudplan.intake.dump import Dump
from cloudplan.intake.formats.netbox.estate import (
    CLUSTER,
    CSV,
    DEVICE,
    LOCATION,
    RACK,
    ROLES,
    SITE,
    VIRTUAL_DISK,
    VM,
    Estate,
    identity,
    model_of,
    table_of,
)
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Disk, Machine
from cloudplan.intake.raw import plain_number
from cloudplan.intake.read import Hardware, Rack, Read, Room

KIND = "netbox"
RACK_CELLS: Fields = {
    "room": "location",
    "height_u": "u_height",
    "role": "role",
    "serial": "serial",
    "asset": "asset_tag",
}
"""By field of a rack, what it is read from beside what all records have."""
STOPPED = frozenset({"offline", "planned", "staged", "failed", "paused", "inventory"})
"""States in which nothing runs."""


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is one of NetBox' tables."""
    return any(model_of(grid) in CSV for grid in grids)


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables of sites, locations, racks, devices and machines."""
    return [table for grid in grids if model_of(grid) in CSV and (table := table_of(grid)) is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Read sites, locations, racks, devices and virtual machines.

    Parameters
    ----------
    grids
        Grids of a dump (see :mod:`cloudplan.intake.dump`) or of CSV exports, given together.
    """
    estate = Estate(grids)
    findings = list(no_rows(table for kind in CSV for table in estate.tables[kind]))
    rooms = [_room(estate, line, kind) for kind in (SITE, LOCATION) for line in estate.named(kind, findings)]
    racks = [_rack(estate, line, findings) for line in estate.named(RACK, findings)]
    hardware = _hardware(estate, findings)
    disks: dict[str, list[Disk]] = defaultdict(list)
    disk_at: dict[str, Line] = {}
    for line in estate.lines(VIRTUAL_DISK):
        size = line.number("size", line.text("name"), findings)
        size = None if size is None else size * _disk_unit(estate, line)
        disks[line.text("virtual_machine")].append(Disk(line.text("name"), size))
        if size is not None:
            disk_at.setdefault(line.text("virtual_machine"), line)
    machines = []
    for line in estate.named(VM, findings):
        key = line.text("pk")
        machines.append(_machine(estate, line, disks[key], disk_at.get(key), findings))
    findings += many("intake.netbox.disk_unit", estate.unitless)
    findings += many("intake.netbox.dangling", estate.dangling)
    findings += many("intake.netbox.no_load", [(m.name, m.place) for m in machines], Severity.INFO)
    findings += unsized(machines, "vcpus", "memory")
    return Read(KIND, tuple(machines), tuple(hardware), tuple(rooms), tuple(racks), findings=tuple(findings))


def _room(estate: Estate, line: Line, kind: str) -> Room:
    return Room(
        name=line.text("name"),
        place=line.place(),
        kind=kind.partition(".")[2],
        site=estate.name(line, "site") if kind == LOCATION else line.text("name"),
        parent=estate.name(line, "parent") if kind == LOCATION else "",
        region=estate.name(line, "region") if kind == SITE else "",
        department=estate.name(line, "tenant"),
        status=line.text("status").casefold(),
        address=line.text("physical_address"),
        facility=line.text("facility"),
        tags=estate.extras(line, kind),
        ident=line.text("pk"),
    )


def _rack(estate: Estate, line: Line, findings: list[Finding]) -> Rack:
    name = line.text("name")
    return Rack(
        name=name,
        place=line.place(),
        site=estate.name(line, "site"),
        room=estate.name(line, "location"),
        height_u=line.number("u_height", name, findings),
        department=estate.name(line, "tenant"),
        status=line.text("status").casefold(),
        role=estate.name(line, "role", ROLES[RACK]),
        serial=line.text("serial"),
        asset=line.text("asset_tag"),
        tags=estate.extras(line, RACK),
        ident=line.text("pk"),
        cells=estate.cells(line, RACK, RACK_CELLS),
    )


def _hardware(estate: Estate, findings: list[Finding]) -> list[Hardware]:
    """Read every device, also those without a name: shelves and panels often have none."""
    unnamed: list[tuple[str, Place]] = []
    devices: list[Hardware] = []
    for line in once(estate.lines(DEVICE), identity, findings):
        kind = estate.target(line, "device_type")
        model = line.text("device_type") if kind is None else kind.text("model", "name")
        name = line.text("name")
        if not name:
            name = f"{model or DEVICE} #{line.text('pk') or line.position + 1}"
            unnamed.append((name, line.place("name")))
        holder = line if kind is None else kind
        vendor = estate.name(holder, "manufacturer")
        devices.append(
            Hardware(
                name=name,
                place=line.place(),
                role=estate.name(line, "role", ROLES[DEVICE]),
                status=line.text("status").casefold(),
                cluster=estate.name(line, "cluster"),
                vendor=vendor,
                model=model,
                serial=line.text("serial"),
                asset=line.text("asset_tag"),
                os=estate.name(line, "platform"),
                site=estate.name(line, "site"),
                room=estate.name(line, "location"),
                rack=estate.name(line, "rack"),
                position_u=line.number("position", name, findings),
                face=line.text("face").casefold(),
                height_u=holder.number("u_height", name, findings),
                department=estate.name(line, "tenant"),
                addresses=estate.ips(line, DEVICE),
                tags=estate.extras(line, DEVICE),
                note=line.text("comments", "description"),
                ident=line.text("pk"),
                cells=_device_cells(estate, line, holder),
            )
        )
    findings += many("intake.netbox.unnamed", unnamed)
    return devices


def _machine(
    estate: Estate, line: Line, disks: Collection[Disk], disk_at: Line | None, findings: list[Finding]
) -> Machine:
    name = line.text("name")
    status = line.text("status").casefold()
    memory, disk = line.number("memory", name, findings), line.number("disk", name, findings)
    sized = [each.gib for each in disks if each.gib is not None]
    cluster = estate.target(line, "cluster")
    role = estate.name(line, "role", ROLES[VM])
    return Machine(
        name=name,
        place=line.place(),
        running=status not in STOPPED,
        os=estate.name(line, "platform"),
        support="unknown",
        cores=line.number("vcpus", name, findings) or None,
        memory_gib=memory / 1024.0 if memory else None,
        storage_gib=disk * _disk_unit(estate, line) if disk else (sum(sized) if sized else None),
        addresses=estate.ips(line, VM),
        group=role,
        host=estate.name(line, "device"),
        disks=tuple(disks),
        macs=tuple(estate.macs.get((VM, line.text("pk")), ())),
        power=status,
        ident=line.text("pk"),
        serial=line.text("serial"),
        cluster=estate.name(line, "cluster"),
        site=estate.name(line, "site") or ("" if cluster is None else estate.name(cluster, "site")),
        department=estate.name(line, "tenant"),
        tags=estate.extras(line, VM),
        note=line.text("comments", "description"),
        cells=_machine_cells(estate, line, disk_at),
    )


def _machine_cells(estate: Estate, line: Line, disk: Line | None) -> dict[str, Place]:
    cluster = estate.records.get((CLUSTER, line.text("cluster")))
    storage = line.source("disk") if plain_number(line["disk"]) else None if disk is None else disk.source("size")
    return estate.cells(line, VM, {
        "running": "status", "power": "status", "os": "platform", "cores": "vcpus", "memory_gib": "memory",
        "storage_gib": storage, "disks": None if disk is None else disk.source("size", "name", "virtual_machine"),
        "group": "role", "host": "device", "serial": "serial", "cluster": "cluster",
        "note": ("comments", "description"),
        "site": line.source("site") or (None if cluster is None else cluster.source("site")),
    })  # fmt: skip


def _device_cells(estate: Estate, line: Line, holder: Line) -> dict[str, Place]:
    return estate.cells(line, DEVICE, {
        "name": line.source("name", "device_type", "pk") or line.place("name"), "role": "role", "cluster": "cluster",
        "vendor": holder.source("manufacturer"), "height_u": holder.source("u_height"), "model": "device_type",
        "serial": "serial", "asset": "asset_tag", "os": "platform", "room": "location", "rack": "rack",
        "position_u": "position", "face": "face", "note": ("comments", "description"),
    })  # fmt: skip


def _disk_unit(estate: Estate, line: Line) -> float:
    """Give GiB of one unit of disk; remember it where nothing says which unit that is."""
    title = line.table.heading("disk").casefold()
    if "mb" in title or "gb" in title:
        return 1.0 / 1024.0 if "mb" in title else 1.0
    if isinstance(line.table.grid, Dump):
        return 1.0 / 1024.0 if any("serial" in table for table in estate.tables[VM]) else 1.0
    if "serial" in line.table:
        return 1.0 / 1024.0
    estate.unitless.append((line.text("name"), line.place("disk")))
    return 1.0
