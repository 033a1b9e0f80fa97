"""The other scenarios that are shipped, planned on the sample: no rule broken, and each what its name says."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudplan.plan import make_plan
from cloudplan.saved import save
from cloudplan.scenario_file import read_all
from tests.csv_checker import complaints, rows

ROOT = Path(__file__).parents[1]
NAMES = ("base", "centre-late", "no-purchase", "growth")

pytestmark = pytest.mark.skipif(not (ROOT / "inventory" / "pools.csv").is_file(), reason="no sample inventory")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("scenarios")
    for name in NAMES:
        scenario, inventory, _ = read_all(ROOT / "scenarios" / f"{name}.yaml")
        save(make_plan(scenario, inventory), folder / name)
    return {name: folder / name for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_checker_of_the_csv_files_finds_nothing(folders: dict[str, Path], name: str) -> None:
    assert complaints(folders[name]) == []


def test_each_is_what_its_name_says(folders: dict[str, Path]) -> None:
    first = {name: min(row["window_start"] for row in rows(folders[name] / "waves.csv")) for name in NAMES}
    seated = {row["wave"] for row in rows(folders["centre-late"] / "steps.csv")}
    arrivals = [row for row in rows(folders["centre-late"] / "waves.csv") if row["wave"] in seated]
    assert min(row["window_start"] for row in arrivals) >= "2027-03-01", "the centre opens six months later"
    assert first["base"] < "2026-12"
    assert not list(rows(folders["no-purchase"] / "purchases.csv"))
    assert {row["source"] for row in rows(folders["no-purchase"] / "hosts.csv")} <= {"reused", "existing"}
    counts = {name: len(list(rows(folders[name] / "hosts.csv"))) for name in NAMES}
    assert counts["growth"] >= counts["base"]


@pytest.mark.parametrize("name", NAMES)
def test_a_host_that_nothing_stands_on_in_the_end_was_needed_on_the_way(folders: dict[str, Path], name: str) -> None:
    used = {row["host"] for row in rows(folders[name] / "placements.csv")}
    on_the_way = {row["to"] for row in rows(folders[name] / "steps.csv")}
    idle = {row["host"] for row in rows(folders[name] / "hosts.csv") if row["spare"] != "true"} - used
    existing = {row["host"] for row in rows(folders[name] / "hosts.csv") if row["source"] == "existing"}
    assert idle <= on_the_way | existing
