"""Google Migration Center's tables: values against hand counts, zeros, times of every shape."""

from __future__ import annotations

import datetime as dt
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import google
from cloudplan.intake.read import Read
from tests.intake.formats.files import columns_of, grids_of, messages, said, write_csv

VM = columns_of(
    "MachineId,MachineName,PrimaryIPAddress,PublicIPAddress,IpAddressListSemiColonDelimited,TotalDiskAllocatedGiB,"
    "TotalDiskUsedGiB,MachineTypeLabel,AllocatedProcessorCoreCount,MemoryGiB,HostingLocation,OsType,OsPublisher,OsName,"
    "OsVersion,MachineStatus,ProvisioningState,CreateDate,IsPhysical,Source"
)
PERF = columns_of(
    "MachineId,TimeStamp,CpuUtilizationPercentage,AvailableMemoryBytes,DiskReadOperationsPerSec,"
    "DiskWriteOperationsPerSec,NetworkBytesPerSecSent,NetworkBytesPerSecReceived"
)
DISK = columns_of("MachineId,DiskLabel,SizeInGib,UsedInGib,StorageTypeLabel")
TAG = columns_of("MachineId,Key,Value")
START = dt.datetime(2026, 3, 1)


def vm(key: str, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"MachineId": key, "MachineName": f"name-{key}", "AllocatedProcessorCoreCount": 4,
                           "MemoryGiB": 16, "MachineStatus": "running", "IsPhysical": "FALSE"}  # fmt: skip
    return row | changes


def sample(key: str, time: Any, cpu: Any, free_gib: float = 8.0, **changes: Any) -> dict[str, Any]:
    figures = (cpu, free_gib * 2**30, 5, 6, 1_000_000, 0)
    return {"MachineId": key, "TimeStamp": time, **dict(zip(PERF[2:], figures, strict=True))} | changes


def read_all(folder: Path, vms: list[Any] | None, perf: Any = (), disks: Any = (), tags: Any = ()) -> Read:
    given = ((VM, vms, "vm"), (PERF, perf, "perf"), (DISK, disks, "disk"), (TAG, tags, "tag"))
    paths = [write_csv(folder / f"{name}.csv", titles, *rows) for titles, rows, name in given if rows]
    grids = grids_of(*reversed(paths))
    for grid in grids:
        assert formats.recognise([grid]) is google
    return said(google.read(grids))


def test_the_four_tables_come_together(tmp_path: Path) -> None:
    loads = [(7 * n) % 83 for n in range(48)]
    perf = [sample("m1", (START + dt.timedelta(minutes=30 * n)).isoformat(sep=" "), load, 4 + n / 12)
            for n, load in enumerate(loads)]  # fmt: skip
    perf = perf[::-1]
    disks = [{"MachineId": "m1", "DiskLabel": label, "SizeInGib": size, "UsedInGib": size / 4}
             for label, size in (("C:", 100), ("D:", 60))]  # fmt: skip
    vms = [vm("m1", PrimaryIPAddress="10.0.0.1", IpAddressListSemiColonDelimited="10.0.0.1;10.0.0.2", OsName="CentOS",
              OsVersion=7, HostingLocation="dc1"), vm("m2", IsPhysical="TRUE", TotalDiskAllocatedGiB=500)]  # fmt: skip
    read = read_all(tmp_path, vms, perf, disks, [{"MachineId": "m1", "Key": "dept", "Value": "finance"}])
    machine, other = read.machines
    assert (machine.name, machine.ident, machine.cores, machine.memory_gib) == ("name-m1", "m1", 4.0, 16.0)
    assert (machine.storage_gib, machine.storage_used_gib, machine.site) == (160.0, 40.0, "dc1")
    assert (machine.kind, machine.addresses, machine.os) == ("vm", ("10.0.0.1", "10.0.0.2"), "CentOS 7")
    assert (machine.tags, machine.days) == ((("dept", "finance"),), 1.0)
    assert machine.cpu_avg_pct == pytest.approx(statistics.fmean(loads))
    assert machine.cpu_max_pct == max(loads)
    assert machine.cpu_p95_pct == pytest.approx(statistics.quantiles(loads, n=20, method="inclusive")[-1])
    used = [100 * (1 - (4 + n / 12) / 16) for n in range(48)]
    assert (machine.memory_avg_pct, machine.memory_max_pct) == (pytest.approx(statistics.fmean(used)), max(used))
    assert (other.kind, other.storage_gib, other.cpu_p95_pct) == ("physical", 500.0, None)
    (series,) = read.series
    assert (series.machine, len(series.times)) == ("m1", 48)
    assert series.cpu_pct.tolist() == loads
    assert series.sent_mbps[0] == 8.0
    assert (series.times[1] - series.times[0]) == np.timedelta64(30, "m")
    assert read.findings == ()


def test_an_all_zero_row_is_no_data(tmp_path: Path) -> None:
    zero = dict.fromkeys(PERF[2:], 0)
    perf = [
        {"MachineId": "dead", "TimeStamp": "2026-03-01 00:00:00"} | zero,
        sample("some", "2026-03-01 00:00:00", 10),
        {"MachineId": "some", "TimeStamp": "2026-03-01 00:05:00"} | zero,
        sample("idle", "2026-03-01 00:00:00", 0),
    ]
    read = read_all(tmp_path, [vm("dead"), vm("some"), vm("idle")], perf)
    assert [m.cpu_avg_pct for m in read.machines] == [None, 10.0, 0.0]
    assert [s.machine for s in read.series] == ["some", "idle"]
    zeros = [(f.subject, f.values["count"], f.values["rows"]) for f in read.findings]
    assert zeros == [("dead", 1, 1), ("some", 1, 2)]


@pytest.mark.parametrize(
    ("times", "expected", "found"),
    [
        (["2026-03-04T05:06:07", "2026-03-04 06:00"], "2026-03-04T05:06:07", {}),
        (["2026-03-04T05:06:07Z"], "2026-03-04T05:06:07", {}),
        (["2026-03-04 13:06:07+08:00"], "2026-03-04T05:06:07", {}),
        (["2026-03-04 05:06:07 UTC"], "2026-03-04T05:06:07", {}),
        (["3/4/2026 5:06:07 AM", "3/14/2026 5:06:07 PM"], "2026-03-04T05:06:07", {}),
        (["4/3/2026 05:06:07", "14/3/2026 05:06"], "2026-03-04T05:06:07", {}),
        (["3/4/2026 05:06:07"], "2026-03-04T05:06:07", {"google.time_either": 1}),
        (["2026-03-04 05:06:07", "yesterday", "2026-02-30 00:00"], "2026-03-04T05:06:07", {"google.time_bad": 1}),
    ],
)
def test_times(tmp_path: Path, times: list[str], expected: str, found: dict[str, int]) -> None:
    read = read_all(tmp_path, [vm("m")], [sample("m", time, 1) for time in times])
    assert str(read.series[0].times[0]) == expected
    assert messages(read) == found


def test_samples_that_can_not_be_are_no_data(tmp_path: Path) -> None:
    perf = [
        sample("m", "2026-03-01 00:00", 10),
        sample("m", "2026-03-01 00:00", 99),
        sample("m", "2026-03-01 00:05", 140, 99.0),
        sample("m", "2026-03-01 00:10", -1),
        sample("m", "2026-03-01 00:15", "n.v.x"),
        sample("gone", "2026-03-01 00:00", 10),
    ]
    read = read_all(tmp_path, [vm("m")], perf)
    assert np.array_equal(read.series[0].cpu_pct, [10, np.nan, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(read.series[0].memory_pct, [50, np.nan, 50, 50], equal_nan=True)
    assert read.machines[0].cpu_max_pct == 10.0
    assert messages(read) == {
        "google.time_again": 1, "google.load_out": 1, "google.memory_free": 1, "google.figure_bad": 1,
        "foreign.orphans": 1,
    }  # fmt: skip
    assert next(f.values["count"] for f in read.findings if f.message == "intake.google.load_out") == 2


@pytest.mark.parametrize(
    ("status", "running", "said_so"),
    [("running", True, False), ("PowerState/running", True, False), ("VM deallocated", False, False),
     ("poweredOff", False, False), ("poweredOn", True, False), ("Stopped", False, False), ("disconnected", True, True),
     ("", True, True)],
)  # fmt: skip
def test_power_states(tmp_path: Path, status: str, running: bool, said_so: bool) -> None:
    read = read_all(tmp_path, [vm("m", MachineStatus=status)])
    assert read.machines[0].running is running
    assert messages(read)["power_unknown"] == said_so


def test_series_alone_are_read_too(tmp_path: Path) -> None:
    read = read_all(tmp_path, None, [sample("m", "2026-03-01 00:00", 10)])
    assert (len(read.machines), len(read.series), messages(read)) == (0, 1, {"google.no_machines": 1})


def test_headers_alone_are_recognised_with_no_rows(tmp_path: Path) -> None:
    for number, titles in enumerate((VM, PERF, DISK, TAG)):
        grids = grids_of(write_csv(tmp_path / f"{number}.csv", titles))
        assert formats.recognise(grids) is google
        read = said(google.read(grids))
        assert (read.machines, read.series) == ((), ())
        assert messages(read)["foreign.no_rows"] == 1
