"""Plain series: any file with a machine, a time and a load."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import plain_series
from cloudplan.intake.grid import Grid
from cloudplan.intake.parquet import read_parquet
from cloudplan.intake.read import Read
from tests.intake.books import write_book
from tests.intake.formats.files import grids_of, messages, said, write_csv

ENGLISH = ["Machine", "Time", "CPU (%)", "Memory (%)", "Note"]
CHINESE = ["主机名称", "采集时间", "CPU利用率（%）", "内存利用率(%)"]


def read_grids(grids: list[Grid]) -> Read:
    assert formats.recognise(grids) is plain_series
    return said(plain_series.read(grids))


def read_rows(path: Path, titles: list[str], *rows: list[Any]) -> Read:
    return read_grids(grids_of(write_csv(path, titles, *(dict(zip(titles, row, strict=False)) for row in rows))))


def expected(read: Read) -> None:
    first, second = read.series
    assert (first.machine, second.machine) == ("甲", "b")
    assert first.times.astype(str).tolist() == ["2026-03-02T00:00:00", "2026-03-02T01:00:00"]
    np.testing.assert_array_equal(first.cpu_pct, [10.5, 20.0])
    np.testing.assert_array_equal(first.memory_pct, [50.0, np.nan])
    assert not first.utc
    assert messages(read) == {}


def test_csv_in_english(tmp_path: Path) -> None:
    expected(read_rows(tmp_path / "x.csv", ENGLISH, ["甲", "2026-03-02 01:00", "20%", "", "n"],
                       ["甲", "2026-03-02", 10.5, 50, ""], ["b", "2026-03-02 00:00:00", 1, 2]))  # fmt: skip


def test_chinese_headings_below_a_title_in_gb18030(tmp_path: Path) -> None:
    lines = [
        "监控导出,,,",
        ",".join(CHINESE),
        "甲,2026年3月2日 01:00,20,",
        "甲,2026/3/2 0:00,10.5,50",
        "b,2026.3.2,1,2",
    ]
    (tmp_path / "x.csv").write_text("\n".join(lines), "gb18030")
    expected(read_grids(grids_of(tmp_path / "x.csv")))


def test_xlsx_with_real_dates(tmp_path: Path) -> None:
    rows = [["甲", dt.datetime(2026, 3, 2, 1), 20, None], ["甲", dt.datetime(2026, 3, 2), 10.5, 50]]
    path = write_book(tmp_path / "x.xlsx", {"1": [CHINESE, *rows, ["b", dt.datetime(2026, 3, 2), 1, 2]]})
    expected(read_grids(grids_of(path)))


@pytest.mark.parametrize("text", [False, True])
def test_parquet(tmp_path: Path, text: bool) -> None:
    times = pd.to_datetime(["2026-03-02 01:00", "2026-03-02 00:00", "2026-03-02 00:00"])
    frame = pd.DataFrame({"vm": ["甲", "甲", "b"], "timestamp": times.astype(str) if text else times,
                          "cpu_pct": [20.0, 10.5, 1.0], "mem_pct": [None, 50, 2]})  # fmt: skip
    frame.to_parquet(tmp_path / "x.parquet")
    grids, findings = read_parquet(tmp_path / "x.parquet")
    assert findings == []
    expected(read_grids(grids))


def test_offsets_and_seconds_are_utc_and_a_mixture_is_beijing_time(tmp_path: Path) -> None:
    seconds = int(dt.datetime(2026, 3, 2, tzinfo=dt.UTC).timestamp())
    for times in (["2026-03-02T08:00+08:00", "2026-03-02T00:05Z"], [seconds, (seconds + 300) * 1000]):
        (series,) = read_rows(tmp_path / "x.csv", ENGLISH, *(["a", time, 1, 1] for time in times)).series
        assert series.utc
        assert series.times.astype(str).tolist() == ["2026-03-02T00:00:00", "2026-03-02T00:05:00"]
    mixed = ["2026-03-02T00:00Z", "2026-03-02 08:05"]
    (series,) = read_rows(tmp_path / "x.csv", ENGLISH, *(["a", time, 1, 1] for time in mixed)).series
    assert not series.utc
    assert series.times.astype(str).tolist() == ["2026-03-02T08:00:00", "2026-03-02T08:05:00"]


def test_dirt_is_counted(tmp_path: Path) -> None:
    rows = [["a", "3/4/2026", 1, 1], ["", "3/5/2026", 1, 1], ["a", "soon", 1, 1], ["a", "3/6/2026", "x", 101],
            ["a", "3/6/2026", 5, 5]]  # fmt: skip
    read = read_rows(tmp_path / "x.csv", ENGLISH, *rows)
    np.testing.assert_array_equal(read.series[0].cpu_pct, [1.0, np.nan])
    assert messages(read) == dict.fromkeys(
        ["series.time_either", "series.nameless", "series.time_bad", "series.figure_bad", "series.over",
         "series.again"], 1)  # fmt: skip


def test_shares_of_one_are_suspected_only_where_the_heading_names_no_unit(tmp_path: Path) -> None:
    rows = [["a", "2026-03-02", 0.5, 0.9], ["a", "2026-03-03", 0.7, 0.9]]
    read = read_rows(tmp_path / "x.csv", ["vm", "time", "CPU usage", "memory %"], *rows)
    assert messages(read) == {"series.fractions": 1}
    assert read.findings[0].values["column"] == "CPU usage"


def test_a_table_without_a_time_or_a_load_is_no_series(tmp_path: Path) -> None:
    for titles in (["machine", "cpu", "memory"], ["machine", "time", "note"], ["time", "cpu", "memory"]):
        assert formats.recognise(grids_of(write_csv(tmp_path / "x.csv", titles))) is None


@pytest.mark.parametrize("zoned", [False, True])
def test_a_year_that_no_calendar_has_is_named_and_left_out(tmp_path: Path, zoned: bool) -> None:
    pytest.importorskip("pyarrow")
    times = np.array(["2026-03-01T00", "-62627-01-01T00"], dtype="datetime64[s]")
    moments = pd.Series(times).dt.tz_localize("Asia/Shanghai") if zoned else pd.Series(times)
    frame = pd.DataFrame({"vm": "a", "time": moments, "cpu %": 10.0})
    frame.to_parquet(tmp_path / "series.parquet")
    grids, findings = read_parquet(tmp_path / "series.parquet")
    assert findings == []
    read = said(plain_series.read(grids))
    assert len(read.series[0].times) == 1
    assert messages(read)["series.time_bad"] == 1


def test_texts_that_are_none_make_a_file_unreadable(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    broken = arrow.array([b"\xff\xfe", b"a"], arrow.binary()).view(arrow.string())
    parquet.write_table(arrow.table({"vm": broken, "time": ["2026-03-01", "2026-03-02"]}), tmp_path / "x.parquet")
    grids, findings = read_parquet(tmp_path / "x.parquet")
    assert (grids, [finding.message for finding in findings]) == ([], ["intake.parquet_unreadable"])
