"""Reading cloud balancing's files, where the data is."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cloudbalancing
from benchmarks.data import data

TINY = data("cloudbalancing") / "2computers-6processes.json"
pytestmark = pytest.mark.skipif(not TINY.exists(), reason="the data isn't here (CLOUDPLAN_DATA)")


def test_computers_and_processes_are_read() -> None:
    fleet = cloudbalancing.read(TINY)
    assert fleet.price.tolist() == [660.0, 4800.0]
    assert fleet.size.tolist() == [[6.0, 4.0, 6.0], [24.0, 96.0, 16.0]]
    assert fleet.most.tolist() == [1, 1]
    assert fleet.demand[1].tolist() == [3.0, 6.0, 1.0]
    assert fleet.items == 6


def test_a_line_is_written_for_each_file_and_method(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    cloudbalancing.main([TINY.name, "--seconds", "5", "--without-ours", "--peer", "highs", "--csv", str(out)])
    (line,) = csv.DictReader(out.open(encoding="utf-8"))
    assert (line["file"], line["method"], line["cost"]) == ("2computers-6processes", "highs", "5460")
    assert float(line["bound"]) == pytest.approx(5460)


def test_equal_computers_are_one_type() -> None:
    fleet = cloudbalancing.read(TINY.with_name("100computers-300processes.json"))
    assert fleet.types == 45
    assert int(fleet.most.sum()) == 100
    assert np.unique(np.column_stack([fleet.size, fleet.price]), axis=0).shape[0] == 45
