"""NetBox' tables by model, and what their records point at: by key in a dump, by name in a CSV."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import Fields, Line, Table, cells_of, once, tabulate
from cloudplan.intake.dump import Dump
from cloudplan.intake.grid import Grid
from cloudplan.intake.provenance import Source

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


def fold(heading: str) -> str:
    """Reduce a heading to a field's name: ``Serial number`` and ``serial`` are one."""
    plain = re.sub(r"[^a-z0-9]+", "_", heading.casefold()).strip("_")
    return RENAMED.get(plain, plain)


def table_of(grid: Grid) -> Table | None:
    """Find the fields of a grid: of a dump they are there, of a CSV its headings are folded."""
    if isinstance(grid, Dump):
        return Table(grid, 0, {fold(str(name)): position for position, name in reversed([*enumerate(grid.rows[0])])})
    return tabulate(grid, KNOWN, 3, fold)


def model_of(grid: Grid) -> str:
    """Name the model of a grid's rows; ``""`` where it is none of NetBox'."""
    if isinstance(grid, Dump):
        return grid.sheet or ""
    table = table_of(grid)
    if table is None:
        return ""
    titles = set(table.columns)
    fits = (
        kind
        for kind, (must, some_of, count) in CSV.items()
        if set(must) <= titles and len(titles & set(some_of)) >= count
    )
    return next(fits, "")


class Estate:
    """The tables by model, and what their records point at."""

    def __init__(self, grids: Sequence[Grid]) -> None:
        self.tables: dict[str, list[Table]] = defaultdict(list)
        wanted = {*CSV, *TARGETS.values(), *ROLES.values(), *INTERFACES, VIRTUAL_DISK, "extras.taggeditem",
                  "contenttypes.contenttype"}  # fmt: skip
        for grid in grids:
            kind = model_of(grid)
            table = table_of(grid) if kind in wanted else None
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
        self.found_at: dict[tuple[str, str, str], Source] = {}
        self.tags = self._tags()
        self.addresses, self.macs = self._addresses()

    def lines(self, kind: str) -> Iterator[Line]:
        """Yield the rows of a model."""
        for table in self.tables.get(kind, ()):
            yield from table.rows()

    def named(self, kind: str, findings: list[Finding]) -> Iterator[Line]:
        """Yield the rows of a model that have a name; say which have none."""
        for line in once(self.lines(kind), identity, findings):
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
        written = unwritten(said)
        if isinstance(written, list):
            return ".".join(str(part) for part in written)
        found = self.records.get(("contenttypes.contenttype", said))
        return "" if found is None else f"{found.text('app_label')}.{found.text('model')}"

    def _tags(self) -> dict[tuple[str, str], list[str]]:
        tags: dict[tuple[str, str], list[str]] = defaultdict(list)
        for line in self.lines("extras.taggeditem"):
            owner = self.model(line, "content_type"), line.text("object_id")
            tags[owner].append(self.name(line, "tag"))
            self._at("tags", *owner, line.source("tag"))
        return tags

    def _addresses(self) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], list[str]]]:
        """Give IP addresses and those of adapters, by the record whose interface has them."""
        addresses: dict[tuple[str, str], list[str]] = defaultdict(list)
        macs: dict[tuple[str, str], list[str]] = defaultdict(list)
        for kind, (column, owner) in INTERFACES.items():
            for line in self.lines(kind):
                if line.text("mac_address"):
                    macs[owner, line.text(column)].append(line.text("mac_address"))
                    self._at("macs", owner, line.text(column), line.source("mac_address"))
        for line in self.lines(ADDRESS):
            kind = self.model(line, "assigned_object_type")
            at = self.records.get((kind, line.text("assigned_object_id")))
            if kind in INTERFACES and at is not None:
                column, owner = INTERFACES[kind]
                addresses[owner, at.text(column)].append(bare(line.text("address")))
                self._at("addresses", owner, at.text(column), line.source("address"))
        return addresses, macs

    def _at(self, what: str, owner: str, key: str, source: Source | None) -> None:
        if source is not None:
            self.found_at.setdefault((what, owner, key), source)

    def cells(self, line: Line, kind: str, fields: Fields) -> dict[str, Place]:
        """Say which cell each field of a record was read from, addresses and tags that other records hold included."""
        own = line.text("pk")
        primary = line.source("primary_ip4", "primary_ip6", "primary_ip")
        tagged = line.source("tags", "custom_field_data", *(c for c in line.table.columns if c.startswith("cf_")))
        return cells_of(line, {
            "name": "name", "ident": "pk", "status": "status", "department": "tenant", "site": "site",
            "addresses": primary or self.found_at.get(("addresses", kind, own)),
            "macs": self.found_at.get(("macs", kind, own)),
            "tags": self.found_at.get(("tags", kind, own)) or tagged, **fields,
        })  # fmt: skip

    def extras(self, line: Line, kind: str) -> tuple[tuple[str, str], ...]:
        """Give tags (without a value) and custom fields of a record."""
        if not isinstance(line.table.grid, Dump):
            pairs = [(tag.strip(), "") for tag in line.text("tags").split(",") if tag.strip()]
            own = (column for column in line.table.columns if column.startswith("cf_") and line.text(column))
            return (*pairs, *((column.removeprefix("cf_"), line.text(column)) for column in own))
        custom = unwritten(line.text("custom_field_data"))
        if not isinstance(custom, dict):
            custom = {}
        values = ((str(name), value if isinstance(value, str) else json.dumps(value)) for name, value in custom.items()
                  if value not in (None, ""))  # fmt: skip
        return (*((tag, "") for tag in self.tags.get((kind, line.text("pk")), ())), *values)

    def ips(self, line: Line, kind: str) -> tuple[str, ...]:
        """Give a record's addresses, the primary ones first."""
        primary = [bare(self.name(line, column)) for column in ("primary_ip4", "primary_ip6")]
        if not isinstance(line.table.grid, Dump):
            primary.append(bare(line.text("primary_ip")))
        found = [*primary, *self.addresses.get((kind, line.text("pk")), ())]
        return tuple(dict.fromkeys(address for address in found if address))


def unwritten(text: str) -> Any:
    """Read what a field holds that is a list or a mapping; ``None`` where it is neither."""
    try:
        return json.loads(text) if text[:1] in ("[", "{") else None
    except (ValueError, RecursionError):
        return None


def identity(line: Line) -> str:
    """Tell records of one model apart."""
    name, key = line.text("name"), line.text("pk")
    if key:
        return f"{name} ({key})"
    if not name:
        return str(line.place())
    return " ".join(part for part in (name, *(line.text(c) for c in ("site", "location", "cluster", "tenant"))) if part)


def bare(address: str) -> str:
    """Give an address without the length of its network's prefix."""
    return address.partition("/")[0].strip()
