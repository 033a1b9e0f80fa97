"""From the tables to the choices: components, seats, calls and servers that may serve again."""

from __future__ import annotations

import datetime as dt

import pytest

from cloudplan.placement import example
from cloudplan.placement.problem import Call, PlacementProblem
from cloudplan.scenario import TargetOptions


def seats(problem: PlacementProblem, component: str) -> set[tuple[str, str, str]]:
    found = [problem.candidates[i] for i in problem.by_component[component]]
    return {(c.disposition, c.pool, c.zone) for c in found}


def test_workloads_of_one_tier_and_architecture_are_one_component() -> None:
    workloads = {
        "A1": {},
        "A2": {"server": "T"},
        "A3": {"tier": "db"},
        "A4": {"arch": "arm"},
        "A5": {"state": "stopped"},
    }
    problem = example.problem(workloads=workloads, servers={"T": {"room": "C"}})
    assert list(problem.components) == ["A/app/x86", "A/db/x86", "A/app/arm"]
    component = problem.components["A/app/x86"]
    assert component.workloads == ("A1", "A2")
    assert component.servers == ("S", "T")
    # its room is that of most servers, the first by name where they are as many
    assert component.room == "C"
    assert problem.amounts("A/app/x86")["vcpu"] == 8


def test_a_system_that_moves_may_take_every_zone_of_every_open_pool() -> None:
    pools = {
        "Q": {"arch": "arm", "zones": ("PUB",)},
        "CITY": example.CITY,
        "COLO": {"kind": "colocation", "target": "colo"},
    }
    problem = example.problem(pools=pools)
    assert seats(problem, "A/app/x86") == {
        ("REHOST", "P", "IZ"), ("REHOST", "P", "PUB"), ("REHOST", "Q", "PUB"), ("REHOST", "CITY", "IZ"),
        ("REHOST", "CITY", "PUB"),
    }  # fmt: skip


def test_closed_targets_offer_no_seat() -> None:
    problem = example.problem(pools={"CITY": example.CITY}, lock=None)
    closed = problem.scenario.model_copy(update={"targets": TargetOptions(open=("city_cloud",))})
    from cloudplan.placement.candidates import problem_of

    assert {pool for _, pool, _ in seats(problem_of(problem.inventory, closed), "A/app/x86")} == {"CITY"}


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        ("KEEP", {("KEEP", "today:R", "PUB")}),
        ("RELOCATE", {("RELOCATE", "COLO", "PUB")}),
        ("RETIRE", set()),
        ("MERGE", set()),
        ("NEED_SUPERIOR", {("NEED_SUPERIOR", "today:R", "PUB")}),
    ],
)
def test_dispositions_have_their_own_seats(lock: str, expected: set[tuple[str, str, str]]) -> None:
    pools = {"COLO": {"kind": "colocation", "target": "colo", "zones": ("PUB",)}}
    problem = example.problem(pools=pools, lock=lock)
    assert seats(problem, "A/app/x86") == expected
    if not expected:
        assert problem.fates["A"] == ((lock, ""),)


def test_the_front_end_of_a_superiors_system_may_rent_space() -> None:
    pools = {"COLO": {"kind": "colocation", "target": "colo", "zones": ("PUB",)}}
    system = {"owner_level": "region", "deploy_model": "front_end_local"}
    problem = example.problem(pools=pools, systems={"A": system})
    assert seats(problem, "A/app/x86") == {("NEED_SUPERIOR", "today:R", "PUB"), ("NEED_SUPERIOR", "COLO", "PUB")}


def test_what_a_superior_runs_stays_at_the_superiors() -> None:
    problem = example.problem(workloads={"A1": {"server": None}}, systems={"A": {"owner_level": "region"}})
    assert seats(problem, "A/app/x86") == {("NEED_SUPERIOR", "superior", "PUB")}


def test_calls_join_components_and_a_broken_flow_none() -> None:
    flows = {
        "F": example.FRONT_TO_APP,
        "G": {**example.FRONT_TO_APP, "state": "broken"},
        "H": {"source_zone": "EXT", "target_system": "A", "target_tier": "web"},
    }
    problem = example.problem(workloads=example.FRONT_AND_APP, flows=flows, systems=example.FACING)
    assert problem.calls == (
        Call("F", "REQRESP", "A/web/x86", None, "A/app/x86", None),
        Call("H", "REQRESP", None, "EXT", "A/web/x86", None),
    )


def test_a_server_may_serve_in_clusters_of_its_architecture() -> None:
    pools = {"Q": {"arch": "arm"}, "O": {}, "COLO": {"kind": "colocation", "target": "colo"}}
    problem = example.problem(pools=pools, servers={"OLD": {"bought_on": dt.date(2010, 1, 1)}, "V": {"pool": "P"}})
    assert set(problem.reuse) == {("S", "P"), ("S", "O"), ("V", "P")}


def test_a_device_that_stays_holds_its_room_open() -> None:
    problem = example.problem()
    assert problem.rooms_open([]) == set()
    problem = example.problem(lock="KEEP")
    (number,) = problem.by_component["A/app/x86"]
    assert problem.rooms_open([number]) == {"R"}
