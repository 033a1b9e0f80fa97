"""Foreign formats: recognised by their headings, read by name, counted against an independent count."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import openpyxl
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import aws, azure_csv, google, rvtools
from cloudplan.intake.formats.rows import Read
from cloudplan.intake.grid import read_grids

DATA = Path(os.environ.get("CLOUDPLAN_DATA", Path(__file__).parents[3] / "shared" / "data"))
Rows = list[list[object]]


def written(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def taken(*paths: Path) -> tuple[str, Read]:
    grids = [grid for path in paths for grid in read_grids(path)[0]]
    reader = formats.recognise(grids)
    assert reader is not None
    return reader.KIND, reader.read(grids)


def messages(read: Read) -> list[str]:
    return [finding.message for finding in read.findings]


@pytest.mark.skipif(not (DATA / "rvtools").is_dir(), reason="no real RVTools files here")
@pytest.mark.parametrize("name", ["rvtools-small-complete.xlsx", "kubev2v-example1.xlsx"])
def test_real_rvtools_books_have_the_machines_that_openpyxl_counts(name: str) -> None:
    kind, read = taken(DATA / "rvtools" / name)
    book = openpyxl.load_workbook(DATA / "rvtools" / name, read_only=True)
    sheet = book["vInfo"]
    wanted, headings = 0, []
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if number > 5000:
            break  # the sheet declares a million blank rows
        if number == 0:
            headings = list(row)
        elif row[0] is not None:
            flags = [row[headings.index(h)] for h in ("Template", "SRM Placeholder") if h in headings]
            wanted += not any(str(flag) == "True" for flag in flags)
    book.close()
    assert kind == "rvtools"
    unsized = {f.place.row for f in read.findings if f.message == "intake.size_missing" and f.place}
    assert len(read.machines) + len(unsized) == wanted > 0
    assert all(machine.cores > 0 and machine.memory_gib > 0 for machine in read.machines)


@pytest.mark.skipif(not (DATA / "templates").is_dir(), reason="no templates here")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("azure_migrate_import_header.csv", azure_csv.KIND), ("aws_migration_hub_fields.csv", aws.KIND)],
)
def test_templates_are_recognised_without_rows(name: str, kind: str) -> None:
    taken_for, read = taken(DATA / "templates" / name)
    assert (taken_for, read.rows, read.machines) == (kind, {}, [])


VINFO = ["vInfoVMName", "vInfoPowerstate", "vInfoTemplate", "vInfoSRMPlaceHolder", "vInfoCPUs", "vInfoMemory",
         "vInfoProvisioned", "vInfoOSTools", "vInfoHost", "vInfoCluster", "Backup status"]  # fmt: skip


def test_rvtools_csv_with_prefixed_headings(tmp_path: Path) -> None:
    rows: Rows = [
        VINFO,
        ["a", "poweredOn", "False", "False", 4, 8192, 102400, "Linux", "esx1", "C1", "ok"],
        ["b", "poweredOff", "False", "False", 2, "4,096", 51200, "Windows", "esx1", "C1", ""],
        ["t", "poweredOff", "True", "False", 2, 4096, 51200, "Linux", "esx1", "C1", ""],
        ["s", "poweredOff", "False", "True", 2, 4096, 51200, "Linux", "esx1", "C1", ""],
        ["x", "poweredOn", "False", "False", "", 4096, 51200, "Linux", "esx1", "C1", ""],
    ]
    kind, read = taken(written(tmp_path / "vInfo.csv", rows))
    assert kind == rvtools.KIND
    assert [(m.name, m.running, m.cores, m.memory_gib, m.storage_gib) for m in read.machines] == [
        ("a", True, 4.0, 8.0, 100.0),
        ("b", False, 2.0, 4.0, 50.0),
    ]
    assert read.rows == {"vInfo": 5}
    assert messages(read) == ["intake.size_missing", "intake.rvtools.template", "intake.rvtools.placeholder",
                              "intake.rvtools.instant"]  # fmt: skip
    assert (read.findings[0].place.row, read.findings[0].place.column) == (6, "E")
    assert read.machines[0].cpu_p95_pct is None


@pytest.mark.parametrize("unit", ["MB", "MiB"])
def test_rvtools_old_and_new_units_and_short_host_names(tmp_path: Path, unit: str) -> None:
    book = openpyxl.Workbook()
    info, hosts = book.active, book.create_sheet("vHost")
    info.title = "vInfo"
    info.append(["com.vmware.custom", "VM", "Powerstate", "CPUs", "Memory", f"Provisioned {unit}", "Host"])
    info.append(["", "a", "poweredOn", 4, 8192, 102400, "esx1"])
    info.append(["", "b", "poweredOn", 4, 8192, 102400, "10.0.0.2"])
    hosts.append(["Host", "CPU Model"])
    hosts.append(["esx1.bureau.example", "Xeon"])
    hosts.append(["10.0.0.1", "Xeon"])
    book.save(tmp_path / "rvtools.xlsx")
    _, read = taken(tmp_path / "rvtools.xlsx")
    assert [(m.host, m.storage_gib) for m in read.machines] == [("esx1.bureau.example", 100.0), ("10.0.0.2", 100.0)]
    assert messages(read).count("intake.rvtools.host_joined") == 1


def test_azure_import_csv(tmp_path: Path) -> None:
    rows: Rows = [
        ["*Server Name", "IP addresses", "*Cores", "*Memory (In MB)", "*OS name", "Server type",
         "CPU utilization percentage", "Memory utilization percentage", "Disk 1 size (In GB)", "Disk 2 size (In GB)"],
        ["web", "10.0.0.1;10.0.0.2", 4, 16384, "Linux", "Physical", 30, 50, 100, 50],
        ["idle", "10.0.0.3", 2, 4096, "Linux", "VM", 0, 0, 40, ""],
    ]  # fmt: skip
    kind, read = taken(written(tmp_path / "import.csv", rows))
    assert kind == azure_csv.KIND
    assert [(m.name, m.kind, m.cores, m.memory_gib, m.storage_gib, m.addresses) for m in read.machines] == [
        ("web", "physical", 4.0, 16.0, 150.0, ("10.0.0.1", "10.0.0.2")),
        ("idle", "vm", 2.0, 4.0, 40.0, ("10.0.0.3",)),
    ]
    assert [(f.message, f.subject) for f in read.findings] == [("intake.zero_no_data", "idle")]


def test_aws_import_csv(tmp_path: Path) -> None:
    rows: Rows = [
        ["ExternalId", "IPAddress", "HostName", "VMware.VMName", "CPU.NumberOfCores", "CPU.NumberOfLogicalCores",
         "OS.Name", "RAM.TotalSizeInMB", "CPU.UsagePct.Avg", "CPU.UsagePct.Max", "Applications"],
        ["1", "10.0.0.1,10.0.0.2", "db", "", 8, 16, "Linux", 65536, 20, 80, "pay,mail"],
        ["2", "10.0.0.3", "", "vm-2", 2, "", "Linux", 2048, 0, 0, ""],
    ]  # fmt: skip
    kind, read = taken(written(tmp_path / "aws.csv", rows))
    assert kind == aws.KIND
    assert [(m.name, m.kind, m.cores, m.memory_gib, m.group) for m in read.machines] == [
        ("db", "physical", 16.0, 64.0, "pay,mail"),
        ("vm-2", "vm", 2.0, 2.0, ""),
    ]
    assert messages(read) == ["intake.zero_no_data"]


def test_google_tables_with_a_series_and_rows_that_are_zero(tmp_path: Path) -> None:
    machines: Rows = [
        ["MachineId", "MachineName", "PrimaryIPAddress", "TotalDiskAllocatedGiB", "AllocatedProcessorCoreCount",
         "MemoryGiB", "OsName", "MachineStatus", "IsPhysical"],
        ["1", "web", "10.0.0.1", 100, 4, 8, "Linux", "Running", "False"],
        ["2", "blind", "10.0.0.2", 50, 2, 4, "Linux", "Running", "False"],
    ]  # fmt: skip
    figures = ["MachineId", "TimeStamp", "CpuUtilizationPercentage", "AvailableMemoryBytes"]
    samples: Rows = [["1", f"2026-01-{day:02d} 10:00:00", day, 4 * 2**30] for day in range(1, 21)]
    rows: Rows = [figures, *samples, ["2", "2026-01-01 10:00:00", 0, 0], ["9", "2026-01-01 10:00:00", 5, 1]]
    kind, read = taken(written(tmp_path / "vmInfo.csv", machines), written(tmp_path / "perfInfo.csv", rows))
    assert kind == google.KIND
    web, blind = read.machines
    assert (web.cpu_p95_pct, web.memory_p95_pct, web.days) == (pytest.approx(19.05), 50.0, 19.0)
    assert (blind.cpu_p95_pct, blind.memory_p95_pct, blind.days) == (None, None, None)
    assert read.rows == {"vmInfo": 2, "perfInfo": 22}
    assert messages(read) == ["intake.google.zero_rows", "intake.google.unknown_machine"]


def test_another_table_is_nobodys(tmp_path: Path) -> None:
    grids, _ = read_grids(written(tmp_path / "other.csv", [["name", "colour"], ["a", "red"]]))
    assert formats.recognise(grids) is None
