"""RVTools exports: real ones against an independent count, and written ones with every trap."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import rvtools
from cloudplan.intake.formats.rvtools.tabs import fold
from cloudplan.intake.hosts import short
from cloudplan.intake.read import Read
from tests.intake.books import write_book
from tests.intake.formats.files import DATA, columns_of, grids_of, messages, said, write_csv

FILES = sorted((DATA / "rvtools").glob("*.xlsx"))
INFO = columns_of(
    "VM,Powerstate,Template,SRM Placeholder,DNS Name,Connection state,CPUs,Memory,Owner,Primary IP Address,"
    "Provisioned MiB,In Use MiB,Backup status,Datacenter,Cluster,Host,OS according to the configuration file,"
    "OS according to the VMware Tools,VM ID,VM UUID,VI SDK Server"
)
HOST = columns_of("Host,Datacenter,Cluster,CPU Model,Speed,HT Active,# CPU,Cores per CPU,# Cores,CPU usage %,# Memory,"
                  "Memory usage %,Vendor,Model,Serial number")  # fmt: skip


def vm(name: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"VM": name, "Powerstate": "poweredOn", "Template": "False", "SRM Placeholder": "False",
                           "CPUs": 2, "Memory": 4096, "Host": "esx1.gov.lan", "VM ID": f"vm-{name}"}  # fmt: skip
    return row | changes


def host(name: str, **changes: Any) -> dict[str, Any]:
    return {"Host": name, "Speed": 2300, "HT Active": "True", "# CPU": 2, "# Cores": 32, "# Memory": 262144} | changes


def read_csvs(folder: Path, *rows: dict[str, Any], hosts: list[dict[str, Any]] | None = None, **tabs: Any) -> Read:
    paths = [write_csv(folder / "info.csv", INFO, *rows)]
    if hosts is not None:
        paths.append(write_csv(folder / "hosts.csv", HOST, *hosts))
    for tab, own in tabs.items():
        paths.append(write_csv(folder / f"{tab}.csv", list(own[0]), *own))
    return said(rvtools.read(grids_of(*paths)))


def counted(path: Path, sheet: str) -> list[dict[str, Any]]:
    """Rows of a sheet that hold anything, as another library reads them."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = book[sheet].iter_rows(values_only=True, max_row=2000)
    titles = next(rows)
    return [dict(zip(titles, row, strict=False)) for row in rows if any(cell is not None for cell in row)]


@pytest.mark.skipif(not FILES, reason=f"the RVTools workbooks are not in {DATA}")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_real_files_are_counted_as_openpyxl_counts_them(path: Path) -> None:
    grids = grids_of(path)
    assert formats.recognise(grids) is rvtools
    read = said(rvtools.read(grids))
    machines, hosts, disks = (counted(path, sheet) for sheet in ("vInfo", "vHost", "vDisk"))
    assert [m.name for m in read.machines] == [row["VM"] for row in machines]
    assert [h.name for h in read.hardware] == [row["Host"] for row in hosts]
    assert sum(m.running for m in read.machines) == sum(row["Powerstate"] == "poweredOn" for row in machines)
    assert sum(len(m.disks) for m in read.machines) == len(disks)
    total = sum(disk.gib or 0 for m in read.machines for disk in m.disks)
    assert total == pytest.approx(sum(row["Capacity MiB"] for row in disks) / 1024)
    assert sum(m.memory_gib is None for m in read.machines) == 0


@pytest.mark.skipif(not FILES, reason=f"the RVTools workbooks are not in {DATA}")
def test_disks_go_by_id_where_names_contradict() -> None:
    """One real workbook was made anonymous sheet by sheet: only the VM ID joins its disks."""
    path = next(path for path in FILES if "kubev2v" in path.name)
    read = rvtools.read(grids_of(path))
    of_disks: dict[str, float] = {}
    for row in counted(path, "vDisk"):
        of_disks[row["VM ID"]] = of_disks.get(row["VM ID"], 0) + row["Capacity MiB"] / 1024
    with_id = [m for m in read.machines if m.ident]
    assert {m.ident: m.storage_gib for m in with_id if m.disks} == {
        m.ident: of_disks[m.ident] for m in with_id if m.disks
    }
    assert sum(bool(m.disks) for m in with_id) == len({m.ident for m in with_id} & set(of_disks))
    assert messages(read)["rvtools.name_differs"] == 1
    nameless = next(m for m in read.machines if not m.ident)  # its row in vInfo is cut short
    assert (nameless.cores, nameless.memory_gib) == (18.0, 40.0)


@pytest.mark.parametrize(
    ("heading", "folded"),
    [("Provisioned MiB", "provisioned"), ("Provisioned MB", "provisioned"), ("vInfoProvisioned", "provisioned"),
     ("vInfoVMName", "vm"), ("vInfoSRMPlaceHolder", "srmplaceholder"), ("vHostName", "host"),
     ("vHostNumCpuCores", "#cores"), ("# Cores", "#cores"), ("vMemorySizeMiB", "size"), ("Size MB", "size"),
     ("vDiskCapacityMiB", "capacity"), ("Free % ", "free%"), ("Host", "host")],
)  # fmt: skip
def test_headings_old_new_and_prefixed_are_one(heading: str, folded: str) -> None:
    assert fold(heading) == folded


def test_old_prefixed_and_new_exports_say_the_same(tmp_path: Path) -> None:
    new = vm("a", **{"Provisioned MiB": 10240, "In Use MiB": 5120, "OS according to the VMware Tools": "CentOS 7"})
    old = {key.replace("MiB", "MB"): value for key, value in new.items()}
    prefixed = {"vInfoVMName": "a", "vInfoPowerstate": "poweredOn", "vInfoTemplate": "False", "vInfoCPUs": 2,
                "vInfoMemory": "4,096", "vInfoProvisioned": 10240, "vInfoInUse": 5120, "vInfoOSTools": "CentOS 7",
                "vInfoHost": "esx1.gov.lan", "vInfoNetwork1": "lan", "vInfoSRMPlaceHolder": "False"}  # fmt: skip
    seen = []
    for number, row in enumerate((new, old, prefixed)):
        grids = grids_of(write_csv(tmp_path / f"{number}.csv", list(row), row))
        assert formats.recognise(grids) is rvtools
        (machine,) = said(rvtools.read(grids)).machines
        seen.append((machine.name, machine.running, machine.cores, machine.memory_gib, machine.storage_gib,
                     machine.storage_used_gib, machine.os, machine.host, machine.tags))  # fmt: skip
    assert seen == [("a", True, 2.0, 4.0, 10.0, 5.0, "CentOS 7", "esx1.gov.lan", ())] * 3


def test_templates_and_placeholders_are_skipped_and_machines_that_are_off_are_kept(tmp_path: Path) -> None:
    rows = [
        vm("a"),
        vm("gold", Template="True"),
        vm("far", **{"SRM Placeholder": "True"}),
        vm("off", Powerstate="poweredOff"),
        vm("asleep", Powerstate="suspended"),
        vm("odd", Powerstate=""),
        vm("lost", **{"Connection state": "orphaned"}),
        vm(""),
    ]
    disks = [{"VM": name, "Disk": "Hard disk 1", "Capacity MiB": 1024, "Unit #": 0} for name in ("a", "gold", "gone")]
    read = read_csvs(tmp_path, *rows, disk=disks)
    assert [(m.name, m.running) for m in read.machines] == [
        ("a", True), ("off", False), ("asleep", False), ("odd", True), ("lost", True)
    ]  # fmt: skip
    assert messages(read) == {
        "rvtools.templates": 1, "rvtools.placeholders": 1, "rvtools.off": 1, "power_unknown": 1,
        "rvtools.disconnected": 1, "name_blank": 1, "foreign.orphans": 1,
    }  # fmt: skip
    orphans = next(f for f in read.findings if f.message == "intake.foreign.orphans")
    assert orphans.values["names"] == ["gone"]
    assert orphans.place is not None
    assert (orphans.place.row, orphans.place.column) == (4, "A")


def test_hosts_short_and_full_are_joined_with_a_word(tmp_path: Path) -> None:
    hosts = [
        host("esx1.gov.lan"),
        host("esx2"),
        host("esx3.a.lan"),
        host("esx3.b.lan"),
        host("10.0.0.7"),
        host("10.0.0.8"),
    ]
    names = ["ESX1", "esx2.gov.lan", "esx3", "esx1.other.lan", "10.0.0.7", "10.0.0.9", "esx1.gov.lan"]
    read = read_csvs(tmp_path, *(vm(f"v{n}", Host=name) for n, name in enumerate(names)), hosts=hosts)
    assert [m.host for m in read.machines] == [
        "esx1.gov.lan", "esx2", "esx3", "esx1.other.lan", "10.0.0.7", "10.0.0.9", "esx1.gov.lan"
    ]  # fmt: skip
    found = {f.message: (f.values["count"], f.values["names"]) for f in read.findings}
    assert found == {
        "intake.rvtools.host_short": (2, ["ESX1 = esx1.gov.lan", "esx2.gov.lan = esx2"]),
        "intake.rvtools.host_unclear": (1, ["esx3"]),
    }
    assert [(h.cores, h.threads, h.memory_gib) for h in read.hardware[:1]] == [(32.0, 64.0, 256.0)]


def test_custom_attributes_anywhere_become_tags(tmp_path: Path) -> None:
    (machine,) = read_csvs(tmp_path, vm("a", Owner="Finance", **{"Backup status": "ok"})).machines
    assert machine.tags == (("Owner", "Finance"), ("Backup status", "ok"))


def test_loads_are_one_instant_and_all_zero_is_no_data(tmp_path: Path) -> None:
    cpu = [{"VM": n, "CPUs": 2, "Sockets": 1, "Max": 4600, "Overall": load, "Limit": -1, "VM ID": f"vm-{n}"}
           for n, load in (("a", 1150), ("zero", 0), ("off", 0), ("over", 460))]  # fmt: skip
    memory = [{"VM": n, "Size MiB": 4096, "Consumed": load, "Active": 0, "VM ID": f"vm-{n}"}
              for n, load in (("a", 2048), ("zero", 0), ("off", 0), ("over", 9999))]  # fmt: skip
    rows = [vm("a"), vm("zero"), vm("off", Powerstate="poweredOff"), vm("over")]
    read = read_csvs(tmp_path, *rows, cpu=cpu, memory=memory)
    assert [(m.cpu_now_pct, m.memory_now_pct) for m in read.machines] == [
        (25.0, 50.0), (None, None), (None, None), (10.0, None)
    ]  # fmt: skip
    assert all(m.cpu_p95_pct is None and m.cpu_avg_pct is None for m in read.machines)
    assert messages(read) == {"foreign.all_zero": 1, "foreign.memory_over": 1, "rvtools.off": 1}
    assert read.machines[0].sockets == 1.0


def test_machines_of_one_name_are_told_apart_by_id(tmp_path: Path) -> None:
    rows = [vm("a"), vm("a", **{"VM ID": "vm-2", "Host": "esx2"}), vm("a"), vm("a", **{"VM ID": "vm-2", "CPUs": 8})]
    disks = [
        {"VM": "a", "Capacity MiB": 1024, "Raw": "False", "VM ID": "vm-2", "Disk": "1"},
        {"VM": "a", "Capacity MiB": 2048, "Raw": "False", "VM ID": "", "Disk": "1"},
    ]
    read = read_csvs(tmp_path, *rows, disk=disks)
    assert [(m.ident, m.storage_gib) for m in read.machines] == [("vm-a", None), ("vm-2", 1.0)]
    assert messages(read) == {
        "foreign.row_again": 1, "foreign.row_differs": 1, "rvtools.name_shared": 1, "rvtools.name_unclear": 1
    }  # fmt: skip


def test_two_vcenters_use_the_same_ids(tmp_path: Path) -> None:
    disk = ["VM", "Disk", "Capacity MiB", "Raw", "VM ID"]
    paths = []
    for number, size in enumerate((1024, 2048)):
        sheets = {"vInfo": [INFO, [vm(f"m{number}", **{"VM ID": "vm-1"}).get(title) for title in INFO]],
                  "vDisk": [disk, [f"m{number}", "Hard disk 1", size, "False", "vm-1"]]}  # fmt: skip
        paths.append(write_book(tmp_path / f"{number}.xlsx", sheets))
    read = said(rvtools.read(grids_of(*paths)))
    assert [(m.name, m.storage_gib) for m in read.machines] == [("m0", 1.0), ("m1", 2.0)]
    assert read.findings == ()


def test_a_machine_in_two_exports_of_one_vcenter_counts_once(tmp_path: Path) -> None:
    row = vm("a", **{"VI SDK Server": "vc1"})
    disk = {"VM": "a", "Disk": "1", "Capacity MiB": 1024, "Raw": "False", "VM ID": "vm-a"}
    paths = []
    for day in ("1", "2"):
        sheets = {"vInfo": [INFO, [row.get(title) for title in INFO]], "vDisk": [list(disk), list(disk.values())]}
        paths.append(write_book(tmp_path / f"{day}.xlsx", sheets))
    read = said(rvtools.read(grids_of(*paths)))
    assert [(m.name, m.storage_gib) for m in read.machines] == [("a", 1.0)]
    assert messages(read) == {"foreign.row_again": 1}


def test_memory_of_a_host_in_bytes_is_read_as_bytes(tmp_path: Path) -> None:
    read = read_csvs(tmp_path, vm("a"), hosts=[host("esx1.gov.lan", **{"# Memory": 64 * 2**30})])
    assert read.hardware[0].memory_gib == 64.0
    assert messages(read) == {"rvtools.host_bytes": 1}


def test_tabs_without_their_machines_are_a_fault(tmp_path: Path) -> None:
    grids = grids_of(write_csv(tmp_path / "h.csv", HOST, host("esx1")))
    assert formats.recognise(grids) is rvtools
    read = said(rvtools.read(grids))
    assert (len(read.hardware), messages(read)) == (1, {"rvtools.no_machines": 1})


def test_a_header_alone_is_recognised_with_no_rows(tmp_path: Path) -> None:
    grids = grids_of(write_csv(tmp_path / "x.csv", INFO))
    assert formats.recognise(grids) is rvtools
    assert (rvtools.read(grids).machines, messages(rvtools.read(grids))) == ((), {"foreign.no_rows": 1})


def test_a_sheet_that_declares_a_million_rows_ends_at_its_contents(tmp_path: Path) -> None:
    rows = [INFO, *([vm(f"v{n}").get(title) for title in INFO] for n in range(3))]
    path = write_book(tmp_path / "plain.xlsx", {"vInfo": rows})
    wide = tmp_path / "wide.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(wide, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            text = source.read(part)
            if part.endswith("sheet1.xml"):
                blank = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(5, 200_000, 7))
                text = text.replace(b"</sheetData>", blank + b'<row r="1048576"/></sheetData>')
                text = text.replace(b'ref="A1:U4"', b'ref="A1:U1048576"')
                assert b"U1048576" in text
            target.writestr(part, text)
    (grid,) = grids_of(wide)
    assert len(grid.rows) == 4
    assert [m.name for m in rvtools.read([grid]).machines] == ["v0", "v1", "v2"]


@pytest.mark.parametrize(
    ("name", "expected"), [("ESX1.gov.lan", "esx1"), ("esx1", "esx1"), ("10.0.0.7", "10.0.0.7"), ("fe80::1", "fe80::1")]
)
def test_short_names(name: str, expected: str) -> None:
    assert short(name) == expected
