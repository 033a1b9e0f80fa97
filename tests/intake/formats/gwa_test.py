"""Traces of the Grid Workloads Archive: both ways of writing them, and what can be wrong in a file."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import gwa
from cloudplan.intake.read import Read
from tests.intake.formats.files import DATA, grids_of, messages, said

RAW = [
    "Timestamp [ms]", "CPU cores", "CPU capacity provisioned [MHZ]", "CPU usage [MHZ]", "CPU usage [%]",
    "Memory capacity provisioned [KB]", "Memory usage [KB]", "Disk read throughput [KB/s]",
    "Disk write throughput [KB/s]", "Network received throughput [KB/s]", "Network transmitted throughput [KB/s]",
]  # fmt: skip
MATERNA = [
    "Timestamp", "CPU cores", "CPU capacity provisioned [MHZ]", "CPU usage [MHZ]", "CPU usage [%]",
    "Memory capacity provisioned [KB]", "Memory usage [KB]", "Memory usage [%]", "Disk read throughput [KB/s]",
    "Disk write throughput [KB/s]", "Disk size [GB]", "Network received throughput [KB/s]",
    "Network transmitted throughput [KB/s]",
]  # fmt: skip


def read_lines(path: Path, titles: list[str], *rows: list[str], join: str = ";\t") -> Read:
    text = "\n".join(join.join(row) for row in (titles, *rows)) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    grids = grids_of(path)
    assert formats.recognise(grids) is gwa
    return said(gwa.read(grids))


def raw(time: str, mhz: str = "650", percent: str = "25", kb: str = "524288") -> list[str]:
    return [time, "1", "2600", mhz, percent, "2097152", kb, "0", "0", "1000", "500"]


def test_seconds_headed_as_milliseconds_are_seconds(tmp_path: Path) -> None:
    read = read_lines(tmp_path / "db01.csv", RAW, raw("1376315146", percent="50"), raw("1376314846"))
    (series,) = read.series
    assert (series.machine, series.utc) == ("db01", True)
    assert series.times.astype(str).tolist() == ["2013-08-12T13:40:46", "2013-08-12T13:45:46"]
    assert series.cpu_pct.tolist() == [25.0, 50.0]
    assert series.memory_pct.tolist() == [25.0, 25.0]
    assert (series.received_mbps[0], series.sent_mbps[0]) == (8.0, 4.0)
    assert messages(read) == {"gwa.seconds": 1}


def test_real_milliseconds_stay_so(tmp_path: Path) -> None:
    read = read_lines(tmp_path / "a.csv.gz", RAW, raw("1376314846000"))
    assert read.series[0].times.astype(str).tolist() == ["2013-08-12T13:40:46"]
    assert read.series[0].machine == "a"
    assert messages(read) == {}


def test_commas_are_decimal_and_days_come_first(tmp_path: Path) -> None:
    row = ["05.11.2015 00:05:00", "4", "0", "327", "3,410", "8388608", "479828", "5,719", "1", "2", "100,0", "3", "4"]
    read = read_lines(tmp_path / "vm.01.csv", MATERNA, row, join=";")
    (series,) = read.series
    assert (series.machine, series.utc) == ("vm.01", False)
    assert series.times.astype(str).tolist() == ["2015-11-05T00:05:00"]
    assert (series.cpu_pct[0], series.memory_pct[0]) == (3.41, 5.719)


def test_dirt_is_counted(tmp_path: Path) -> None:
    rows = [
        raw("1376314846", percent=""), raw("yesterday"), raw("1376315146", percent="130"),
        raw("1376315446", percent="much", mhz="much"), raw("1376315446"), raw("1376315746", percent="-1"),
    ]  # fmt: skip
    read = read_lines(tmp_path / "a.csv", RAW, *rows)
    (series,) = read.series
    # without per cent, MHz of what is provisioned
    np.testing.assert_array_equal(series.cpu_pct, [25.0, 100.0, np.nan, np.nan])
    assert messages(read) == {
        "gwa.seconds": 1, "series.time_bad": 1, "series.over": 1, "series.again": 1, "series.outside": 1,
        "series.figure_bad": 1,
    }  # fmt: skip
    assert next(f for f in read.findings if f.message.endswith("figure_bad")).values["count"] == 2


def test_headings_alone_are_no_series(tmp_path: Path) -> None:
    read = read_lines(tmp_path / "a.csv", RAW)
    assert read.series == ()
    assert messages(read) == {"foreign.no_rows": 1}


@pytest.mark.skipif(not (DATA / "bitbrains").is_dir(), reason=f"the Bitbrains traces are not in {DATA}")
def test_a_real_trace_keeps_its_means() -> None:
    path = DATA / "bitbrains" / "gwa_raw_one_vm.csv"
    (series,) = gwa.read(grids_of(path)).series
    with path.open(newline="") as opened:
        rows = [[cell.strip() for cell in row] for row in csv.reader(opened, delimiter=";")][1:]
    assert len(series.times) == len(rows) == len({row[0] for row in rows})
    assert series.cpu_pct.mean() == pytest.approx(np.mean([float(row[4]) for row in rows]))
    assert series.memory_pct.mean() == pytest.approx(np.mean([100 * float(row[6]) / float(row[5]) for row in rows]))
    assert int(series.times[0].astype("datetime64[s]").astype(int)) == int(rows[0][0])
