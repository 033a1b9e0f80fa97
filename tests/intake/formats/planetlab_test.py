"""PlanetLab's days: a row a machine, the day in the file's name."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cloudplan.intake import formats
from cloudplan.intake.formats import planetlab
from cloudplan.intake.formats.planetlab import SAMPLES
from tests.intake.formats.files import DATA, grids_of, messages, said, write_csv

TITLES = ["vm", *SAMPLES]


def day(name: str, load: Any = 10, **changes: Any) -> dict[str, Any]:
    return {"vm": name, **dict.fromkeys(SAMPLES, load)} | changes


def test_days_of_a_machine_are_one_series(tmp_path: Path) -> None:
    later = write_csv(tmp_path / "20110306.csv", TITLES, day("a", 20))
    first = write_csv(tmp_path / "2011-03-03.csv", TITLES, day("a", 10, s287=30), day("b"))
    (tmp_path / "20110306.csv.gz").write_bytes(gzip.compress(later.read_bytes()))
    grids = grids_of(tmp_path / "20110306.csv.gz", first)
    assert formats.recognise(grids) is planetlab
    read = said(planetlab.read(grids))
    assert [series.machine for series in read.series] == ["a", "b"]
    series = read.series[0]
    assert (len(series.times), series.utc) == (576, False)
    assert series.times[[0, 287, 288]].astype(str).tolist() == [
        "2011-03-03T00:00:00", "2011-03-03T23:55:00", "2011-03-06T00:00:00",
    ]  # fmt: skip
    assert series.cpu_pct[[0, 287, 288]].tolist() == [10.0, 30.0, 20.0]
    assert messages(read) == {}


def test_dirt_is_said(tmp_path: Path) -> None:
    rows = [day("a", s000="", s001="x", s002=101), day("a"), day("")]
    read = said(planetlab.read(grids_of(write_csv(tmp_path / "20110303.csv", TITLES, *rows))))
    np.testing.assert_array_equal(read.series[0].cpu_pct[:4], [np.nan, np.nan, 100.0, 10.0])
    assert messages(read) == {
        "foreign.row_differs": 1, "name_blank": 1, "series.figure_bad": 1, "series.over": 1,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["monday.csv", "20111303.csv", "1234567890.csv"])
def test_a_file_without_a_day_is_left_out(tmp_path: Path, name: str) -> None:
    read = said(planetlab.read(grids_of(write_csv(tmp_path / name, TITLES, day("a")))))
    assert read.series == ()
    assert messages(read) == {"planetlab.no_day": 1}


@pytest.mark.skipif(not (DATA / "planetlab").is_dir(), reason=f"the PlanetLab days are not in {DATA}")
def test_real_days_are_read_whole() -> None:
    paths = sorted((DATA / "planetlab").glob("*.csv.gz"))
    lines = [line.split(b",") for path in paths for line in gzip.decompress(path.read_bytes()).splitlines()[1:]]
    read = said(planetlab.read(grids_of(*paths)))
    assert len(read.series) == len({line[0] for line in lines})
    assert sum(len(series.times) for series in read.series) == 288 * len(lines)
    assert sum(float(series.cpu_pct.sum()) for series in read.series) == sum(
        int(cell) for line in lines for cell in line[1:]
    )
