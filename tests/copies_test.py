"""The department's own copy of what goes to a cloud (EB-C09): place, size, cost, and that it holds no room open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cloudplan.copies import local_copies
from cloudplan.errors import BadInput
from cloudplan.explain import explain
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules.local_copy import LocalCopy
from cloudplan.placement.terms import TERMS
from cloudplan.plan import make_plan
from cloudplan.saved import load, save
from cloudplan.scenario import DemandOptions, LocalCopyOptions
from cloudplan.scenario_file import read_all
from tests.csv_checker import complaints, rows
from tests.tiny import SCENARIO, write_tiny_scenario

DOCUMENTED = {"place": "documented_equivalent", "document": "doc 5"}


def problem(local_copy: dict[str, Any] | None = None, **more: Any) -> PlacementProblem:
    options = LocalCopyOptions.model_validate(local_copy or {})
    return example.problem(scenario={"local_copy": options, **more.pop("scenario", {})}, **more)


def test_its_size_is_the_data_on_record_else_the_storage_of_the_workloads() -> None:
    stated = problem(systems={"A": {"data_gib": 30.0}}).copies["A"]
    assert (stated.gib, stated.size_from, stated.basis) == (30.0, "data_gib", "declared")
    blank = problem(workloads={"A1": {}, "A2": {"storage_gib": 50.0}}).copies["A"]
    assert (blank.gib, blank.size_from, blank.basis) == (150.0, "storage", "assumed")


def test_what_a_backup_server_holds_is_a_copy_already() -> None:
    assert problem(workloads={"A1": {}, "A2": {"tier": "backup", "storage_gib": 900.0}}).copies["A"].gib == 100.0


def test_both_sizes_grow_once() -> None:
    grown = DemandOptions(growth_per_year=0.1, growth_years=2.0)
    found = problem(systems={"A": {"data_gib": 100.0}}, scenario={"demand": grown})
    assert found.copies["A"].gib == pytest.approx(121.0)
    assert problem(scenario={"demand": grown}).copies["A"].gib == pytest.approx(121.0)


def test_what_is_said_of_a_system_goes_before_its_department_and_that_before_all() -> None:
    options = {
        "copies": 2,
        "departments": {"E": {"place": "city_cloud", "copies": 3}},
        "systems": {"B": {"place": "documented_equivalent", "document": "doc 5"}},
    }
    systems = {"A": {}, "B": {"department": "E"}, "C": {"department": "E"}}
    found = problem(options, systems=systems, workloads={"A1": {}, "B1": {"system": "B"}, "C1": {"system": "C"}}).copies
    assert [(c.place, c.level, c.copies) for c in found.values()] == [
        ("office_storage", "all", 2),
        ("documented_equivalent", "system", 0),
        ("city_cloud", "department", 3),
    ]
    assert found["B"].document == "doc 5"
    assert found["C"].gib == 3 * 100.0


@pytest.mark.parametrize(
    ("disposition", "yearly"),
    [
        *((code, 1.5 * 40) for code in ("REHOST", "REPLATFORM", "REFACTOR", "UPLIFT")),
        *((code, 0.0) for code in ("KEEP", "RETIRE", "MERGE", "RELOCATE", "NEED_SUPERIOR")),
    ],
)
def test_only_what_goes_to_a_cloud_owes_a_copy(disposition: str, yearly: float) -> None:
    found = problem(systems={"A": {"data_gib": 40.0}})
    assert found.fate_price("A", disposition)["local_copy"] == pytest.approx(yearly)


def test_the_optimiser_counts_it_and_it_keeps_no_room_open() -> None:
    found = problem(systems={"A": {"data_gib": 40.0}})
    state = example.state(found, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 2}})
    assert TERMS["local_copy"].value(found, state) == pytest.approx(60.0)
    assert TERMS["rooms"].value(found, state) == 0.0
    stays = example.state(found, {"A/app/x86": ("KEEP", "today:R", "PUB")})
    assert TERMS["local_copy"].value(found, stays) == 0.0


def planned(folder: Path, local_copy: str = "", tables: Any = None) -> Path:
    path = write_tiny_scenario(folder, tables, SCENARIO + local_copy)
    scenario, inventory, positions = read_all(path)
    save(make_plan(scenario, inventory, positions=positions), folder / "plan")
    return folder / "plan"


def test_rooms_close_the_same_whether_copies_are_kept_in_offices_or_documented(tmp_path: Path) -> None:
    office = planned(tmp_path / "a")
    documented = planned(tmp_path / "b", "local_copy: {place: documented_equivalent, document: doc 5}\n")
    assert (office / "rooms.csv").read_text("utf-8") == (documented / "rooms.csv").read_text("utf-8")
    assert all(row["closes_on"] for row in rows(office / "rooms.csv"))
    costs = {
        folder: next(float(r["yuan_per_year"]) for r in rows(folder / "costs.csv")
                     if (r["term"], r["stage"]) == ("local_copy", "after"))
        for folder in (office, documented)
    }  # fmt: skip
    assert costs == {office: 2.0 * (50 + 100 + 20), documented: 0.0}
    assert complaints(office) == complaints(documented) == []


def test_the_saved_table_says_where_how_large_by_when_and_why(tmp_path: Path) -> None:
    folder = planned(tmp_path, "local_copy: {systems: {C-WORK: {place: documented_equivalent, document: no. 5}}}\n")
    found = {row["system"]: row for row in rows(folder / "copies.csv")}
    assert set(found) == {"A-SITE", "B-PAY", "C-WORK"}
    assert (found["C-WORK"]["document"], found["C-WORK"]["yuan_per_year"]) == ("no. 5", "0")
    ends = {row["system"]: row["window_end"][:10] for row in rows(folder / "waves.csv")}
    assert {system: row["due_on"] for system, row in found.items()} == ends
    assert "办公区" in found["B-PAY"]["reason"]
    assert "no. 5" in found["C-WORK"]["reason_en"]
    assert complaints(folder) == []
    plan = load(folder)
    assert "200 yuan a year" in explain(plan, "B-PAY").text("en")
    assert "no. 5" in explain(plan, "C-WORK").text("zh-CN")


@pytest.mark.parametrize(
    ("said", "message", "row"),
    [
        ("local_copy: {place: documented_equivalent}\n", "scenario.no_document", 7),
        ("local_copy:\n  departments:\n    D1: {place: documented_equivalent, document: '  '}\n",
         "scenario.no_document", 9),
        ("local_copy:\n  departments:\n    D9: {place: city_cloud}\n", "scenario.unknown_reference", 9),
        ("local_copy:\n  systems:\n    B-PAX: {place: office_storage}\n", "scenario.misspelt_reference", 9),
        ("local_copy: {place: cellar}\n", "scenario.", 7),
        ("local_copy: {place: office_storage, copies: 0}\n", "scenario.", 7),
    ],
)  # fmt: skip
def test_faults_are_named_with_their_line(tmp_path: Path, said: str, message: str, row: int) -> None:
    with pytest.raises(BadInput) as caught:
        planned(tmp_path, said)
    faults = [f for f in caught.value.findings if f.place is not None and f.place.row == row]
    assert [f for f in faults if f.message.startswith(message)], caught.value.findings


def test_a_copy_in_the_municipal_cloud_keeps_its_system_out_of_it() -> None:
    found = problem({"place": "city_cloud"}, pools={"CITY": example.CITY})
    refused = {c.pool for c in found.candidates if LocalCopy().forbids(found, c) is not None}
    assert refused == {"CITY"}
    assert local_copies(found.inventory, found.scenario, found.demand) == found.copies
