"""Bitbrains as Parquet: merged rows, gaps, use above capacity, and tables that lack their other half."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import bitbrains
from cloudplan.intake.grid import Grid
from cloudplan.intake.parquet import is_parquet, read_parquet
from cloudplan.intake.read import Read
from tests.intake.formats.files import DATA, messages, said

START = pd.Timestamp("2013-08-12 00:00", tz="UTC")
META = pd.DataFrame({"id": ["1", "2"], "cpu_count": 1, "cpu_capacity": [1000.0, 2000.0]})


def row(minutes: int, mhz: Any, minutes_long: float = 5, name: str = "1") -> dict[str, Any]:
    end = START + pd.Timedelta(minutes=minutes)
    return {"id": name, "timestamp": end, "duration": int(minutes_long * 60_000), "cpu_usage": mhz}


def grids_of(folder: Path, **frames: pd.DataFrame) -> list[Grid]:
    grids: list[Grid] = []
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet")
        assert is_parquet(folder / f"{name}.parquet")
        read, findings = read_parquet(folder / f"{name}.parquet")
        assert findings == []
        assert formats.recognise(read) is bitbrains
        grids += read
    return grids


def read_all(folder: Path, trace: list[dict[str, Any]], meta: pd.DataFrame = META) -> Read:
    return said(bitbrains.read(grids_of(folder, trace=pd.DataFrame(trace), meta=meta)))


def test_a_row_is_as_many_samples_as_it_lasts(tmp_path: Path) -> None:
    read = read_all(tmp_path, [row(5, 100.0), row(15, 200.0, 10), row(5, 500.0, name="2")])
    first, second = read.series
    assert (first.machine, first.utc, second.machine) == ("1", True, "2")
    assert first.times.astype(str).tolist() == [f"2013-08-12T00:{m}:00" for m in ("00", "05", "10")]
    assert first.cpu_pct.tolist() == [10.0, 20.0, 20.0]
    assert second.cpu_pct.tolist() == [25.0]
    assert np.isnan(first.memory_pct).all()
    assert messages(read) == {}


def test_rows_of_hours_are_gaps_and_use_above_capacity_is_cut(tmp_path: Path) -> None:
    read = read_all(tmp_path, [row(5, 1200.0), row(60 * 24, 100.0, 60 * 24 - 5), row(5, 1.0, name="2")])
    assert len(read.series[0].times) == 1 + 12
    assert read.series[0].cpu_pct[0] == 100.0
    assert messages(read) == {"series.over": 1, "bitbrains.gaps": 1}
    gap = next(f for f in read.findings if f.message == "intake.bitbrains.gaps")
    assert (gap.values["count"], gap.values["machines"]) == (1, 1)
    assert gap.values["hours"] == pytest.approx(24 - 1 - 5 / 60)
    assert gap.place is not None
    assert gap.place.row == 3


def test_what_cannot_be_joined_or_read_is_counted(tmp_path: Path) -> None:
    trace = [row(5, 1.0), row(5, 1.0, name="9"), row(10, None), row(15, 2.0) | {"timestamp": pd.NaT}]
    read = read_all(tmp_path, trace)
    assert [len(series.times) for series in read.series] == [1]
    assert messages(read) == {"foreign.orphans": 2, "series.figure_bad": 1, "series.time_bad": 1}


@pytest.mark.parametrize(("name", "found"), [("trace", "no_meta"), ("meta", "no_trace")])
def test_half_of_it_says_which_file_is_missing(tmp_path: Path, name: str, found: str) -> None:
    frames = {"trace": pd.DataFrame([row(5, 1.0)]), "meta": META}
    read = said(bitbrains.read(grids_of(tmp_path, **{name: frames[name]})))
    assert read.series == ()
    assert messages(read) == {f"bitbrains.{found}": 1}


def test_times_may_be_numbers(tmp_path: Path) -> None:
    for unit in (1, 1000):
        trace = pd.DataFrame([row(5, 1.0)]).assign(timestamp=[(int(START.timestamp()) + 300) * unit])
        (series,) = bitbrains.read(grids_of(tmp_path, trace=trace, meta=META)).series
        assert series.times.astype(str).tolist() == ["2013-08-12T00:00:00"]


def test_without_pyarrow_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    META.to_parquet(tmp_path / "meta.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    grids, findings = read_parquet(tmp_path / "meta.parquet")
    assert grids == []
    assert messages(findings) == {"parquet_no_pyarrow": 1}


def test_damaged_and_huge_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "meta.parquet"
    META.to_parquet(path)
    whole = path.read_bytes()
    for cut in (4, 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert messages(read_parquet(path)[1]) == {"parquet_unreadable": 1}
    path.write_bytes(whole)
    for name in ("MOST_CELLS", "MOST_BYTES"):
        with monkeypatch.context() as patch:
            patch.setattr(f"cloudplan.intake.parquet.{name}", 5)
            assert messages(read_parquet(path)[1]) == {"parquet_large": 1}


@pytest.mark.skipif(not (DATA / "bitbrains").is_dir(), reason=f"the Bitbrains traces are not in {DATA}")
def test_the_real_traces_agree_with_the_raw_file_of_one_machine() -> None:
    """One of the machines is there raw too: the same moments and the same use."""
    from cloudplan.intake.formats import gwa
    from tests.intake.formats.files import grids_of as read_text

    (one,) = gwa.read(read_text(DATA / "bitbrains" / "gwa_raw_one_vm.csv")).series
    grids = [grid for name in ("trace", "meta") for grid in read_parquet(DATA / "bitbrains" / f"{name}.parquet")[0]]
    ends = {series.machine: series.times + np.timedelta64(300, "s") for series in bitbrains.read(grids).series}
    shared = {name: len(np.intersect1d(times, one.times)) for name, times in ends.items()}
    assert max(shared.values()) > 0.9 * len(one.times)
