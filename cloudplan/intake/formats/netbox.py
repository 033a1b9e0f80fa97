"""NetBox: a dump of its database, or CSV exports of sites, locations, racks, devices and virtual machines.

In a dump records point at each other by key, in a CSV by name; both are read alike. NetBox measures nothing, so there
are no loads. Memory is in MB; disks are in GB, since NetBox 4.1 in MB, which a heading's unit or (from memory: that
version brought it) the field ``serial`` of virtual machines gives away. MB and GB are taken for binary.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import Line, Table, many, no_rows, once, tabulate, unsized
from cloudplan.intake.dump import Dump
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Disk, Machine
from cloudplan.intake.read import Hardware, Rack, Read, Room

KIND = "netbox"
SITE, LOCATION, RACK, DEVICE = "dcim.site", "dcim.location", "dcim.rack", "dcim.device"
VM, VIRTUAL_DISK, CLUSTER = "virtualization.virtualmachine", "virtualization.virtualdisk", "virtualization.cluster"
INTERFACES: Mapping[str, tuple[str, str]] = {
    "dcim.interface": ("device", DEVICE),
    "virtualization.vminterface": ("virtual_machine", VM),
}
ADDRESS = "ipam.ipaddress"
TARGETS: Mapping[str, str] = {
    "site": SITE, "location": LOCATION, "parent": LOCATION, "rack": RACK, "device": DEVICE, "cluster": CLUSTER,
    "tenant": "tenancy.tenant", "region": "dcim.region", "platform": "dcim.platform",
    "manufacturer": "dcim.manufacturer", "device_type": "dcim.devicetype", "primary_ip4": ADDRESS,
    "primary_ip6": ADDRESS, "tag": "extras.tag",
}  # fmt: skip
"""Model that a field of a dump points at."""
ROLES: Mapping[str, str] = {RACK: "dcim.rackrole", DEVICE: "dcim.devicerole", VM: "dcim.devicerole"}
CSV: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {
    VM: (("name",), ("vcpus", "memory", "disk", "virtual_machine_type", "start_on_boot"), 2),
    DEVICE: (("name", "device_type", "site"), ("manufacturer", "role", "position", "rack", "face"), 2),
    RACK: (("name", "site", "u_height"), ("facility_id", "width", "location", "form_factor", "status"), 2),
    LOCATION: (("name", "site"), ("parent", "slug", "facility"), 2),
    SITE: (("name",), ("slug", "region", "facility", "time_zone", "physical_address"), 2),
}
"""By model: headings that an export must have, and of which it must have how many."""
RENAMED: Mapping[str, str] = {
    "type": "device_type", "serial_number": "serial", "rack_face": "face", "memory_mb": "memory", "disk_gb": "disk",
    "disk_mb": "disk", "ip_address": "primary_ip", "ipv4_address": "primary_ip4", "ipv6_address": "primary_ip6",
    "height": "u_height", "height_u": "u_height", "id": "pk", "device_role": "role", "virtual_cpus": "vcpus",
}  # fmt: skip
KNOWN = frozenset(word for must, some_of, _ in CSV.values() for word in (*must, *some_of)) | {
    "status", "tenant", "platform", "serial", "asset_tag", "cluster", "device", "group", "description", "comments",
    "tags", "primary_ip", "primary_ip4", "primary_ip6", "pk",
}  # fmt: skip
STOPPED = frozenset({"offline", "planned", "staged", "failed", "paused", "inventory"})
"""States in which nothing runs."""


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether any of the grids is one of NetBox' tables."""
    return any(_kind(grid) in CSV for grid in grids)


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the tables of sites, locations, racks, devices and machines."""
    return [table for grid in grids if _kind(grid) in CSV and (table := _table(grid)) is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Read sites, locations, racks, devices and virtual machines.

    Parameters
    ----------
    grids
        Grids of a dump (see :mod:`cloudplan.intake.dump`) or of CSV exports, given together.
    """
    estate = _Estate(grids)
    findings = list(no_rows(table for kind in CSV for table in estate.tables[kind]))
    rooms = [_room(estate, line, kind) for kind in (SITE, LOCATION) for line in estate.named(kind, findings)]
    racks = [_rack(estate, line, findings) for line in estate.named(RACK, findings)]
    hardware = _hardware(estate, findings)
    disks: dict[str, list[Disk]] = defaultdict(list)
    for line in estate.lines(VIRTUAL_DISK):
        size = line.number("size", line.text("name"), findings)
        size = None if size is None else size * _disk_unit(estate, line)
        disks[line.text("virtual_machine")].append(Disk(line.text("name"), size))
    machines = [_machine(estate, line, disks[line.text("pk")], findings) for line in estate.named(VM, findings)]
    findings += many("intake.netbox.disk_unit", estate.unitless)
    findings += many("intake.netbox.dangling", estate.dangling)
    findings += many("intake.netbox.no_load", [(m.name, m.place) for m in machines], Severity.INFO)
    findings += unsized(machines, "vcpus", "memory")
    return Read(KIND, tuple(machines), tuple(hardware), tuple(rooms), tuple(racks), findings=tuple(findings))


def fold(heading: str) -> str:
    """Reduce a heading to a field's name: ``Serial number`` and ``serial`` are one."""
    plain = re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")
    return RENAMED.get(plain, plain)


def _table(grid: Grid) -> Table | None:
    if isinstance(grid, Dump):
        return Table(grid, 0, {fold(str(name)): position for position, name in reversed([*enumerate(grid.rows[0])])})
    return tabulate(grid, KNOWN, 3, fold)


def _kind(grid: Grid) -> str:
    """Name the model of a grid's rows; ``""`` where it is none of NetBox'."""
    if isinstance(grid, Dump):
        return grid.sheet or ""
    table = _table(grid)
    if table is None:
        return ""
    titles = set(table.columns)
    fits = (
        kind
        for kind, (must, some_of, count) in CSV.items()
        if set(must) <= titles and len(titles & set(some_of)) >= count
    )
    return next(fits, "")


class _Estate:
    """The tables by model, and what their records point at."""

    def __init__(self, grids: Sequence[Grid]) -> None:
        self.tables: dict[str, list[Table]] = defaultdict(list)
        wanted = {*CSV, *TARGETS.values(), *ROLES.values(), *INTERFACES, VIRTUAL_DISK, "extras.taggeditem",
                  "contenttypes.contenttype"}  # fmt: skip
        for grid in grids:
            kind = _kind(grid)
            table = _table(grid) if kind in wanted else None
            if table is not None:
                self.tables[kind].append(table)
        self.records: dict[tuple[str, str], Line] = {
            (kind, line.text("pk")): line
            for kind in self.tables
            for line in self.lines(kind)
            if isinstance(line.table.grid, Dump)
        }
        self.dangling: list[tuple[str, Place]] = []
        self.unitless: list[tuple[str, Place]] = []
        self.tags = self._tags()
        self.addresses, self.macs = self._addresses()

    def lines(self, kind: str) -> Iterator[Line]:
        """Yield the rows of a model."""
        for table in self.tables.get(kind, ()):
            yield from table.rows()

    def named(self, kind: str, findings: list[Finding]) -> Iterator[Line]:
        """Yield the rows of a model that have a name; say which have none."""
        for line in once(self.lines(kind), _identity, findings):
            if line.text("name"):
                yield line
            else:
                message = "intake.name_blank" if kind == VM else "intake.foreign.nameless"
                findings.append(Finding(message, Severity.WARNING, place=line.place("name")))

    def target(self, line: Line, column: str, model: str = "") -> Line | None:
        """Give the record that a field of a dump points at."""
        key = line.text(column)
        if not key or not isinstance(line.table.grid, Dump):
            return None
        found = self.records.get((model or TARGETS[column], key))
        if found is None:
            self.dangling.append((f"{column} {key}", line.place(column)))
        return found

    def name(self, line: Line, column: str, model: str = "") -> str:
        """Give the name of what a field points at: in a CSV it stands there."""
        if not isinstance(line.table.grid, Dump):
            return line.text(column)
        found = self.target(line, column, model)
        return "" if found is None else found.text("name", "model", "address", "slug")

    def model(self, line: Line, column: str) -> str:
        """Name the model that a content type stands for, written out or as a key."""
        said = line.text(column)
        written = _unwritten(said)
        if isinstance(written, list):
            return ".".join(str(part) for part in written)
        found = self.records.get(("contenttypes.contenttype", said))
        return "" if found is None else f"{found.text('app_label')}.{found.text('model')}"

    def _tags(self) -> dict[tuple[str, str], list[str]]:
        tags: dict[tuple[str, str], list[str]] = defaultdict(list)
        for line in self.lines("extras.taggeditem"):
            tags[self.model(line, "content_type"), line.text("object_id")].append(self.name(line, "tag"))
        return tags

    def _addresses(self) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], list[str]]]:
        """Give IP addresses and those of adapters, by the record whose interface has them."""
        addresses: dict[tuple[str, str], list[str]] = defaultdict(list)
        macs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for kind, (column, owner) in INTERFACES.items():
            for line in self.lines(kind):
                if line.text("mac_address"):
                    macs[owner, line.text(column)].append(line.text("mac_address"))
        for line in self.lines(ADDRESS):
            kind = self.model(line, "assigned_object_type")
            at = self.records.get((kind, line.text("assigned_object_id")))
            if kind in INTERFACES and at is not None:
                column, owner = INTERFACES[kind]
                addresses[owner, at.text(column)].append(_bare(line.text("address")))
        return addresses, macs

    def extras(self, line: Line, kind: str) -> tuple[tuple[str, str], ...]:
        """Give tags (without a value) and custom fields of a record."""
        if not isinstance(line.table.grid, Dump):
            pairs = [(tag.strip(), "") for tag in line.text("tags").split(",") if tag.strip()]
            own = (column for column in line.table.columns if column.startswith("cf_") and line.text(column))
            return (*pairs, *((column.removeprefix("cf_"), line.text(column)) for column in own))
        custom = _unwritten(line.text("custom_field_data"))
        if not isinstance(custom, dict):
            custom = {}
        values = ((str(name), value if isinstance(value, str) else json.dumps(value)) for name, value in custom.items()
                  if value not in (None, ""))  # fmt: skip
        return (*((tag, "") for tag in self.tags.get((kind, line.text("pk")), ())), *values)

    def ips(self, line: Line, kind: str) -> tuple[str, ...]:
        """Give a record's addresses, the primary ones first."""
        primary = [_bare(self.name(line, column)) for column in ("primary_ip4", "primary_ip6")]
        if not isinstance(line.table.grid, Dump):
            primary.append(_bare(line.text("primary_ip")))
        found = [*primary, *self.addresses.get((kind, line.text("pk")), ())]
        return tuple(dict.fromkeys(address for address in found if address))


def _unwritten(text: str) -> Any:
    """Read what a field holds that is a list or a mapping; ``None`` where it is neither."""
    try:
        return json.loads(text) if text[:1] in ("[", "{") else None
    except (ValueError, RecursionError):
        return None


def _identity(line: Line) -> str:
    name, key = line.text("name"), line.text("pk")
    if key:
        return f"{name} ({key})"
    if not name:
        return str(line.place())
    return " ".join(part for part in (name, *(line.text(c) for c in ("site", "location", "cluster", "tenant"))) if part)


def _bare(address: str) -> str:
    return address.partition("/")[0].strip()


def _room(estate: _Estate, line: Line, kind: str) -> Room:
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


def _rack(estate: _Estate, line: Line, findings: list[Finding]) -> Rack:
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
    )


def _hardware(estate: _Estate, findings: list[Finding]) -> list[Hardware]:
    """Read every device, also those without a name: shelves and panels often have none."""
    unnamed: list[tuple[str, Place]] = []
    devices: list[Hardware] = []
    for line in once(estate.lines(DEVICE), _identity, findings):
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
            )
        )
    findings += many("intake.netbox.unnamed", unnamed)
    return devices


def _machine(estate: _Estate, line: Line, disks: Collection[Disk], findings: list[Finding]) -> Machine:
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
    )


def _disk_unit(estate: _Estate, line: Line) -> float:
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
