"""What the benchmark of placement measures: a region of sound records, and two methods that answer one question."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import placement
from benchmarks.region import region_tables
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.sample import sample_tables
from cloudplan.inventory.write import write_inventory
from cloudplan.placement import example
from cloudplan.placement.rules import resolve


def test_a_region_is_its_banners_beside_each_other(tmp_path: Path) -> None:
    region, alone = region_tables(2), sample_tables(1)
    write_inventory(region, tmp_path)
    read = read_inventory(tmp_path)  # raises where an id is doubled or a reference broken
    assert len(read["systems"]) == 2 * len(alone["systems"])
    assert len(read["workloads"]) == len(region["workloads"])
    assert len(read["pools"]) == len(alone["pools"])
    assert len(read["departments"]) == 2 * len(alone["departments"])
    centre = read["rooms"][read["rooms"]["kind"] == "centre"]
    before = alone["rooms"][alone["rooms"]["kind"] == "centre"]
    assert centre["total_u"].tolist() == [2 * height for height in before["total_u"]]
    # nothing crosses from one banner to another
    home = read["workloads"]["system"].str[:3]
    assert (read["workloads"]["workload"].str[:3] == home).all()


def test_both_methods_answer_the_same_question() -> None:
    problem = example.problem(workloads=example.TWINS)
    rules, _ = resolve({})
    ours, naive = (method(problem, rules, 60.0) for method in placement.METHODS.values())
    assert ours["broken"] == naive["broken"] == 0
    gap = problem.scenario.solver.gap
    assert ours["cost"] == pytest.approx(naive["cost"], rel=2 * gap)
    assert ours["bound"] <= naive["cost"] * (1 + 1e-9)
    assert naive["bound"] <= ours["cost"] * (1 + 1e-9)
