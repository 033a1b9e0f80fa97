"""AWS Application Discovery's import CSV: values, identities, zeros, and the header alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import aws
from tests.intake.formats.files import DATA, columns_of, grids_of, messages, said, write_csv

TITLES = columns_of(
    "ExternalId, SMBiosId, IPAddress, MACAddress, HostName, VMware.MoRefId, VMware.VCenterId, CPU.NumberOfProcessors,"
    "CPU.NumberOfCores, CPU.NumberOfLogicalCores, OS.Name, OS.Version, VMware.VMName, RAM.TotalSizeInMB,"
    "RAM.UsedSizeInMB.Avg, RAM.UsedSizeInMB.Max, CPU.UsagePct.Avg, CPU.UsagePct.Max, DiskReadsPerSecondInKB.Avg,"
    "DiskWritesPerSecondInKB.Avg, NetworkReadsPerSecondInKB.Avg, NetworkWritesPerSecondInKB.Avg, Applications, Tags"
)
TEMPLATE = DATA / "templates" / "aws_migration_hub_fields.csv"


def test_values_come_in_our_units(tmp_path: Path) -> None:
    row = {
        "ExternalId": "e1", "SMBiosId": "42-aa", "IPAddress": "10.0.0.1,10.0.0.2", "HostName": "db01",
        "CPU.NumberOfProcessors": 2, "CPU.NumberOfCores": 8, "CPU.NumberOfLogicalCores": 16, "OS.Name": "Linux",
        "OS.Version": "4.18", "RAM.TotalSizeInMB": 16384, "RAM.UsedSizeInMB.Avg": 4096, "RAM.UsedSizeInMB.Max": 8192,
        "CPU.UsagePct.Avg": 10, "CPU.UsagePct.Max": 90, "NetworkReadsPerSecondInKB.Avg": 125,
        "Applications": "payroll, portal", "Tags": "owner:finance,url:http://x",
    }  # fmt: skip
    grids = grids_of(write_csv(tmp_path / "x.csv", [*TITLES, "Unknown"], row))
    assert formats.recognise(grids) is aws
    read = said(aws.read(grids))
    (machine,) = read.machines
    assert (machine.name, machine.ident, machine.uuid, machine.kind) == ("db01", "e1", "42-aa", "")
    assert (machine.cores, machine.sockets, machine.memory_gib) == (16.0, 2.0, 16.0)
    assert (machine.cpu_avg_pct, machine.cpu_max_pct) == (10.0, 90.0)
    assert (machine.memory_avg_pct, machine.memory_max_pct) == (25.0, 50.0)
    assert machine.network_in_mbps == pytest.approx(1.024)
    assert machine.systems == ("payroll", "portal")
    assert machine.tags == (("owner", "finance"), ("url", "http://x"))
    assert machine.addresses == ("10.0.0.1", "10.0.0.2")
    assert read.findings == ()


def test_identities_zeros_and_memory_beyond_the_memory(tmp_path: Path) -> None:
    sized = {"CPU.NumberOfCores": 2, "RAM.TotalSizeInMB": 1024}
    rows = [
        sized | {"ExternalId": "e1", "HostName": "a", "CPU.UsagePct.Avg": 0, "RAM.UsedSizeInMB.Avg": 0},
        sized | {"ExternalId": "e2", "HostName": "a"},  # another machine of the same name
        sized | {"ExternalId": "e1", "HostName": "b"},  # the first again
        sized | {"VMware.MoRefId": "vm-7", "VMware.VMName": "v"},
        sized | {"IPAddress": "10.0.0.9", "RAM.UsedSizeInMB.Avg": 2048},
        sized,
        {"MACAddress": "00:00:5e:00:53:01"},
    ]
    read = said(aws.read(grids_of(write_csv(tmp_path / "x.csv", TITLES, *rows))))
    assert [m.name for m in read.machines] == ["a", "a", "v", "10.0.0.9", "00:00:5e:00:53:01"]
    assert (read.machines[0].cpu_avg_pct, read.machines[3].memory_avg_pct) == (None, None)
    assert (read.machines[2].kind, read.machines[4].cores) == ("vm", None)
    assert messages(read) == {
        "foreign.all_zero": 1, "foreign.row_differs": 1, "aws.half_identity": 1, "foreign.memory_over": 1,
        "aws.no_identity": 1, "foreign.size_unknown": 2,
    }  # fmt: skip


@pytest.mark.skipif(not TEMPLATE.is_file(), reason=f"the templates are not in {DATA}")
def test_the_real_template_is_recognised_with_no_rows() -> None:
    grids = grids_of(TEMPLATE)
    assert formats.recognise(grids) is aws
    read = said(aws.read(grids))
    assert (read.machines, messages(read)) == ((), {"foreign.no_rows": 1})
