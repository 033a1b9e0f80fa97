"""NetBox: the demo database against an independent count, written dumps and CSV exports, and dumps that are broken."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cloudplan.intake import formats
from cloudplan.intake.dump import MOST_BYTES, is_dump, read_dump
from cloudplan.intake.formats import netbox
from cloudplan.intake.read import Read
from tests.intake.formats.files import DATA, columns_of, grids_of, messages, said, write_csv

DEMO = DATA / "netbox" / "netbox-demo-v3.6.json.gz"
needs_demo = pytest.mark.skipif(not DEMO.is_file(), reason=f"the NetBox dump is not in {DATA}")
INVENTORY = Path(__file__).parents[3] / "inventory"
HEADINGS = {
    "site": columns_of("name, slug, status, region, group, tenant, facility, time_zone, description, physical_address,"
                       "shipping_address, latitude, longitude, owner, comments, tags"),
    "location": columns_of("site, parent, name, slug, status, tenant, facility, description, owner, comments, tags"),
    "rack": columns_of("site, location, group, name, facility_id, tenant, status, role, rack_type, form_factor, serial,"
                       "asset_tag, width, u_height, desc_units, outer_width, max_weight, description, comments, tags"),
    "device": columns_of("name, role, tenant, manufacturer, device_type, platform, serial, asset_tag, status, site,"
                         "location, rack, position, face, latitude, longitude, parent, device_bay, airflow,"
                         "virtual_chassis, vc_position, vc_priority, cluster, description, comments, tags, cf_price"),
    "vm": columns_of("name, role, status, site, cluster, device, platform, vcpus, memory, disk, description, tenant,"
                     "comments, tags"),
}  # fmt: skip


def fixture(path: Path, *records: Any) -> Path:
    text = json.dumps(records)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")
    return path


def record(model: str, pk: int, /, **fields: Any) -> dict[str, Any]:
    return {"model": model, "pk": pk, "fields": fields}


def read_fixture(path: Path) -> Read:
    grids, findings = read_dump(path)
    assert findings == []
    assert formats.recognise(grids) is netbox
    return said(netbox.read(grids))


@needs_demo
def test_the_demo_database_is_counted_as_json_counts_it() -> None:
    read = read_fixture(DEMO)
    records = json.loads(gzip.decompress(DEMO.read_bytes()))
    of = Counter(record["model"] for record in records)
    fields = {(r["model"], r.get("pk")): r["fields"] for r in records}
    kinds = Counter(room.kind for room in read.rooms)
    counted = (len(read.machines), len(read.hardware), len(read.racks), kinds["site"], kinds["location"])
    models = ("virtualization.virtualmachine", "dcim.device", "dcim.rack", "dcim.site", "dcim.location")
    assert counted == tuple(of[model] for model in models) == (180, 72, 42, 24, 4)
    for device in read.hardware:
        own = fields["dcim.device", int(device.ident)]
        kind = fields["dcim.devicetype", own["device_type"]]
        assert (device.model, device.height_u) == (kind["model"], float(kind["u_height"]))
        assert device.vendor == fields["dcim.manufacturer", kind["manufacturer"]]["name"]
        assert device.site == fields["dcim.site", own["site"]]["name"]
        assert device.rack == (fields["dcim.rack", own["rack"]]["name"] if own["rack"] else "")
        assert device.role == fields["dcim.devicerole", own["role"]]["name"]
    for machine in read.machines:
        own = fields["virtualization.virtualmachine", int(machine.ident)]
        assert machine.cluster == fields["virtualization.cluster", own["cluster"]]["name"]
    tagged = sum(r["model"] == "extras.taggeditem" for r in records)
    assert sum(len(room.tags) for room in read.rooms) == tagged
    unnamed = sum(r["model"] == "dcim.device" and not r["fields"]["name"] for r in records)
    assert [f.values["count"] for f in read.findings if f.message == "intake.netbox.unnamed"] == [unnamed]


@pytest.mark.parametrize("name", ["x.json", "x.json.gz"])
def test_a_dump_is_read_through_its_keys(tmp_path: Path, name: str) -> None:
    path = fixture(
        tmp_path / name,
        record("contenttypes.contenttype", 9, app_label="virtualization", model="virtualmachine"),
        record("tenancy.tenant", 1, name="Finance"),
        record("virtualization.cluster", 2, name="c1", site=4),
        record("dcim.site", 4, name="North", slug="north", tenant=1),
        record("dcim.platform", 5, name="CentOS 7"),
        record("virtualization.virtualmachine", 7, name="v", status="offline", cluster=2, tenant=1, platform=5,
               vcpus="4.00", memory=8192, disk=100, primary_ip4=11, custom_field_data={"cost": 12, "empty": None}),
        record("virtualization.vminterface", 8, virtual_machine=7, mac_address="00:00:5e:00:53:01"),
        record("ipam.ipaddress", 11, address="10.0.0.1/24"),
        record("ipam.ipaddress", 12, address="10.0.0.2/24", assigned_object_id=8,
               assigned_object_type=["virtualization", "vminterface"]),
        record("extras.tag", 3, name="core"),
        record("extras.taggeditem", 1, content_type=9, object_id=7, tag=3),
    )  # fmt: skip
    assert is_dump(path)
    read = read_fixture(path)
    (machine,) = read.machines
    assert (machine.cores, machine.memory_gib, machine.storage_gib, machine.running) == (4.0, 8.0, 100.0, False)
    assert (machine.department, machine.site, machine.cluster, machine.os) == ("Finance", "North", "c1", "CentOS 7")
    assert (machine.addresses, machine.macs) == (("10.0.0.1", "10.0.0.2"), ("00:00:5e:00:53:01",))
    assert machine.tags == (("core", ""), ("cost", "12"))
    assert (read.rooms[0].name, read.rooms[0].department) == ("North", "Finance")
    place = machine.place
    assert (place.sheet, place.row) == ("virtualization.virtualmachine", 7)
    assert messages(read) == {"netbox.no_load": 1}


def test_disks_of_newer_versions_count_megabytes(tmp_path: Path) -> None:
    path = fixture(
        tmp_path / "x.json",
        record(
            "virtualization.virtualmachine", 1, name="a", serial="", vcpus=1, memory=1024, disk=51200, status="active"
        ),
        record("virtualization.virtualmachine", 2, name="b", serial="S", vcpus=1, memory=1024, status="active"),
        record("virtualization.virtualdisk", 1, virtual_machine=2, name="d1", size=1024),
        record("virtualization.virtualdisk", 2, virtual_machine=2, name="d2", size=2048),
    )
    first, second = read_fixture(path).machines
    assert (first.storage_gib, second.storage_gib, second.serial) == (50.0, 3.0, "S")
    assert [disk.gib for disk in second.disks] == [1.0, 2.0]


def test_csv_exports_are_read_by_name(tmp_path: Path) -> None:
    rows: dict[str, dict[str, Any]] = {
        "site": {"name": "North", "slug": "north", "status": "active", "region": "Banner", "tenant": "Finance"},
        "location": {"name": "Room 1", "site": "North", "slug": "r1", "status": "active", "parent": "Floor 2"},
        "rack": {"name": "R1", "site": "North", "location": "Room 1", "u_height": 42, "tenant": "Finance"},
        "device": {"name": "s1", "role": "Server", "manufacturer": "Inspur", "device_type": "NF5280", "serial": "S1",
                   "site": "North", "location": "Room 1", "rack": "R1", "position": 10, "face": "front",
                   "status": "active", "tags": "core,old", "cf_price": 9},
        "vm": {"name": "v1", "status": "active", "cluster": "c1", "device": "s1", "vcpus": 4, "memory": 2048,
               "disk": 80},
    }  # fmt: skip
    paths = [write_csv(tmp_path / f"{name}.csv", HEADINGS[name], row) for name, row in rows.items()]
    for path in paths:
        assert formats.recognise(grids_of(path)) is netbox
    read = said(netbox.read(grids_of(*paths)))
    assert [(r.kind, r.name, r.site, r.parent, r.region) for r in read.rooms] == [
        ("site", "North", "North", "", "Banner"), ("location", "Room 1", "North", "Floor 2", "")
    ]  # fmt: skip
    assert [(r.name, r.room, r.height_u) for r in read.racks] == [("R1", "Room 1", 42.0)]
    (device,) = read.hardware
    assert (device.vendor, device.model, device.serial, device.role) == ("Inspur", "NF5280", "S1", "Server")
    assert (device.room, device.rack, device.position_u, device.face) == ("Room 1", "R1", 10.0, "front")
    assert device.tags == (("core", ""), ("old", ""), ("price", "9"))
    (machine,) = read.machines
    assert (machine.cores, machine.memory_gib, machine.storage_gib, machine.host) == (4.0, 2.0, 80.0, "s1")
    assert messages(read) == {"netbox.no_load": 1, "netbox.disk_unit": 1}


def test_headings_of_the_tables_on_screen_are_known_too(tmp_path: Path) -> None:
    row = {"Name": "v1", "Status": "Offline", "Cluster": "c1", "VCPUs": 2, "Memory (MB)": 1024, "Disk (MB)": 2048,
           "IP Address": "10.0.0.1/24", "Tenant": "Finance"}  # fmt: skip
    grids = grids_of(write_csv(tmp_path / "x.csv", list(row), row, row))
    assert formats.recognise(grids) is netbox
    read = said(netbox.read(grids))
    (machine,) = read.machines
    assert (machine.running, machine.storage_gib, machine.memory_gib) == (False, 2.0, 1.0)
    assert (machine.addresses, machine.department) == (("10.0.0.1",), "Finance")
    assert messages(read) == {"netbox.no_load": 1, "foreign.row_again": 1}


@pytest.mark.parametrize("name", HEADINGS)
def test_headers_alone_are_recognised_with_no_rows(tmp_path: Path, name: str) -> None:
    grids = grids_of(write_csv(tmp_path / "x.csv", HEADINGS[name]))
    assert formats.recognise(grids) is netbox
    assert messages(said(netbox.read(grids))) == {"foreign.no_rows": 1}


def test_the_inventory_s_own_tables_are_no_foreign_format() -> None:
    tables = sorted(INVENTORY.glob("*.csv"))
    assert tables
    assert [path.name for path in tables if formats.recognise(grids_of(path)) is not None] == []


def test_hostile_dumps_end_in_values_or_findings(tmp_path: Path) -> None:
    path = fixture(
        tmp_path / "x.json",
        record("dcim.device", 1, name="[", device_type="[1", site=99, custom_field_data="{", position=float("inf")),
        record("extras.taggeditem", 1, content_type="[", object_id={}, tag=[]),
        {"model": "dcim.rack", "pk": float("nan"), "fields": {"name": "=cmd()", "u_height": -1, "pk": 5}},
    )
    read = read_fixture(path)
    assert [(d.name, d.site, d.position_u) for d in read.hardware] == [("[", "", None)]
    assert [(r.name, r.height_u) for r in read.racks] == [("=cmd()", None)]
    assert messages(read) == {"netbox.dangling": 1, "foreign.number_bad": 2}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b'{"count": 3}',
        b"\x1f\x8b\x08broken",
        gzip.compress(b"[1, 2]" * 99, mtime=0)[:30],
        b"[" * 100_000,
        b"\0[]",
    ],
)
def test_what_is_no_dump_is_a_finding(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    grids, findings = read_dump(path)
    assert grids == []
    assert messages(findings) == {"dump_unreadable": 1}


def test_entries_that_are_no_records_are_said(tmp_path: Path) -> None:
    grids, findings = read_dump(
        fixture(tmp_path / "x.json", 1, {"model": "dcim.site"}, record("dcim.site", 1, name="a"))
    )
    assert [grid.sheet for grid in grids] == ["dcim.site"]
    assert messages(findings) == {"dump_records": 1}


def test_a_dump_that_swells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as target:
        for _ in range(MOST_BYTES // 2**20 + 1):
            target.write(b" " * 2**20)
    grids, findings = read_dump(path)
    assert grids == []
    assert messages(findings) == {"inventory.file_swells": 1}
