"""Azure Migrate's import CSV: values, zeros, doubled rows, and the header alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import azure_csv
from tests.intake.formats.files import DATA, columns_of, grids_of, messages, said, write_csv

FRONT = (
    "*Server name,IP addresses,*Cores,*Memory (In MB),*OS name,OS version,OS architecture,Server type,Hypervisor,"
    "CPU utilization percentage,Memory utilization percentage,Network adapters,Network In throughput,"
    "Network Out throughput,Boot type,Number of disks,Storage in use (In GB)"
)
DISK = ("size (In GB)", "read throughput (MB per second)", "write throughput (MB per second)",
        "read ops (operations per second)", "write ops (operations per second)")  # fmt: skip
TITLES = columns_of(FRONT) + [f"Disk {n} {what}" for n in range(1, 9) for what in DISK]
TEMPLATE = DATA / "templates" / "azure_migrate_import_header.csv"


def server(name: str, **changes: object) -> dict[str, object]:
    row: dict[str, object] = {"*Server name": name, "*Cores": 4, "*Memory (In MB)": 8192, "*OS name": "CentOS"}
    return row | changes


def test_values_come_in_our_units(tmp_path: Path) -> None:
    row = server(
        "web01",
        **{"IP addresses": "10.0.0.1;10.0.0.2", "OS version": "7.9", "Hypervisor": "VMware", "Number of disks": 2,
           "CPU utilization percentage": 12.5, "Memory utilization percentage": "40%", "Storage in use (In GB)": 33,
           "Network In throughput": 1, "Disk 1 size (In GB)": 100, "Disk 8 size (In GB)": "1,024"},
    )  # fmt: skip
    read = said(azure_csv.read(grids_of(write_csv(tmp_path / "x.csv", TITLES, row))))
    (machine,) = read.machines
    assert (machine.name, machine.cores, machine.memory_gib, machine.os) == ("web01", 4.0, 8.0, "CentOS 7.9")
    assert machine.addresses == ("10.0.0.1", "10.0.0.2")
    assert (machine.cpu_avg_pct, machine.memory_avg_pct, machine.cpu_p95_pct) == (12.5, 40.0, None)
    assert (machine.storage_gib, machine.storage_used_gib, machine.kind) == (1124.0, 33.0, "vm")
    assert [disk.name for disk in machine.disks] == ["Disk 1", "Disk 8"]
    assert machine.network_in_mbps == pytest.approx(8.388608)
    assert (machine.place.row, machine.place.file) == (2, str(tmp_path / "x.csv"))
    assert messages(read) == {"azure_csv.statistic": 1}


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda title: title.replace("*", "").replace("(In", "(in")])
def test_headings_are_compared_without_case_and_marks(tmp_path: Path, change: object) -> None:
    assert callable(change)
    titles = [change(title) for title in TITLES]
    row = {change(title): value for title, value in server("a").items()}
    grids = grids_of(write_csv(tmp_path / "x.csv", titles, row))
    assert formats.recognise(grids) is azure_csv
    assert azure_csv.read(grids).machines[0].memory_gib == 8.0


def test_zeros_faults_and_repeats_are_said_at_their_place(tmp_path: Path) -> None:
    cpu, memory = "CPU utilization percentage", "Memory utilization percentage"
    rows = [
        server("idle", **{cpu: 0, memory: 0}),
        server("half", **{cpu: 7, memory: 0}),
        server("bad", **{cpu: 130, memory: "n.v.", "*Cores": "four"}),
        server("IDLE", **{cpu: 0, memory: 0}),
        server("", **{cpu: 1}),
    ]
    read = said(azure_csv.read(grids_of(write_csv(tmp_path / "x.csv", TITLES, *rows))))
    assert [m.name for m in read.machines] == ["idle", "half", "bad"]
    assert [(m.cpu_avg_pct, m.memory_avg_pct) for m in read.machines] == [(None, None), (7.0, None), (None, None)]
    assert read.machines[2].cores is None
    assert messages(read) == {
        "foreign.all_zero": 1, "zero_no_data": 1, "load_bad": 2, "foreign.number_bad": 1, "foreign.row_differs": 1,
        "name_blank": 1, "azure_csv.statistic": 1, "foreign.size_unknown": 1,
    }  # fmt: skip
    places = {f.message: (f.place.row, f.place.column) for f in read.findings if f.place is not None}
    assert places["intake.foreign.all_zero"] == (2, "J")
    assert places["intake.foreign.number_bad"] == (4, "C")


@pytest.mark.skipif(not TEMPLATE.is_file(), reason=f"the templates are not in {DATA}")
def test_the_real_template_is_recognised_with_no_rows() -> None:
    grids = grids_of(TEMPLATE)
    assert formats.recognise(grids) is azure_csv
    read = said(azure_csv.read(grids))
    assert (read.machines, messages(read)) == ((), {"foreign.no_rows": 1})
