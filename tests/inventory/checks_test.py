"""What contradicts within a record and across tables."""

from __future__ import annotations

import datetime as dt

import pytest

from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, words
from cloudplan.inventory.read import read_inventory
from cloudplan.scenario_file import read_all
from tests.inventory.faults import brief, found, spoilt
from tests.tiny import HOURS, SCENARIO, tiny_tables, write_tiny

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

ONE_CELL = [
    (("servers", 0, "cores", 33), ERROR, ("out_of_order", "servers.csv", 2, "cores")),
    (("servers", 0, "power_idle_w", 500), ERROR, ("out_of_order", "servers.csv", 2, "power_idle_w")),
    (("servers", 0, "storage_used_gib", 2001), WARNING, ("out_of_order", "servers.csv", 2, "storage_used_gib")),
    (("servers", 0, "warranty_until", "2020-01-01"), WARNING, ("out_of_order", "servers.csv", 2, "bought_on")),
    (("host_types", 0, "threads", 16), ERROR, ("out_of_order", "host_types.csv", 2, "cores")),
    (("volumes", 0, "used_gib", 201), WARNING, ("out_of_order", "volumes.csv", 2, "used_gib")),
    (("calendar", 0, "ends_on", "2026-09-30"), ERROR, ("out_of_order", "calendar.csv", 2, "starts_on")),
    (("usage", 2, "max_pct", 55), ERROR, ("out_of_order", "usage.csv", 4, "p99_pct")),
    (("usage", 2, "avg_pct", 51), WARNING, ("out_of_order", "usage.csv", 4, "avg_pct")),
    (("devices", 0, "room", "R2"), ERROR, ("rack_elsewhere", "devices.csv", 2, "rack")),
    (("servers", 1, "start_u", 42), ERROR, ("above_rack", "servers.csv", 3, "start_u")),
    (("servers", 1, "start_u", 2), WARNING, ("same_units", "servers.csv", 3, "start_u")),
    (("flows", 0, "target_zone", "IZ"), ERROR, ("flow_two_ends", "flows.csv", 2, "target_system")),
    (("flows", 0, "source_zone", None), ERROR, ("flow_no_end", "flows.csv", 2, "source_system")),
    (("flows", 0, "source_tier", "web"), ERROR, ("flow_lone_tier", "flows.csv", 2, "source_tier")),
    (("flows", 1, "target_tier", "backup"), ERROR, ("flow_no_tier", "flows.csv", 3, "target_tier")),
    (("pools", 0, "site", None), ERROR, ("pool_lacks", "pools.csv", 2, "site")),
    (("pools", 1, "arch", None), ERROR, ("pool_lacks", "pools.csv", 3, "arch")),
    (("pools", 2, "arch", None), None, None),
    (("pools", 0, "zones", "IZ;EXT"), ERROR, ("pool_zone", "pools.csv", 2, "zones")),
    (("workloads", 2, "arch", "arm"), ERROR, ("workload_arch", "workloads.csv", 4, "arch")),
    (("usage", 1, "samples", 0), WARNING, ("no_data", "usage.csv", 3, "samples")),
    (("usage", 0, "h003", None), WARNING, ("profile_holes", "usage.csv", 2, "h003")),
    (("systems", 0, "level", 3), WARNING, ("weak_room", "systems.csv", 2, "level")),
    (("systems", 1, "level", 3), None, None),
    (("systems", 0, "depends_on", "B-PAY;C-WORK"), WARNING, ("lone_dependency", "systems.csv", 2, "depends_on")),
    (("systems", 2, "depends_on", "B-PAY"), None, None),
    (("systems", 0, "in_service_since", "2026-01-01"), WARNING, ("out_of_order", "systems.csv", 2, "in_service_since")),
    (("systems", 0, "classified", True), INFO, ("classified_details", "systems.csv", 2, "data_gib")),
    (("servers", 1, "memory_gib", 16384), WARNING, ("memory_unit", "servers.csv", 3, "memory_gib")),
    (("servers", 1, "memory_gib", 8192), None, None),
    (("workloads", 0, "memory_gib", 0.9), WARNING, ("exchanged_sizes", "workloads.csv", 2, "vcpu")),
    (("workloads", 0, "memory_gib", 257), WARNING, ("memory_above_server", "workloads.csv", 2, "memory_gib")),
    (("workloads", 0, "memory_gib", 5000), WARNING, ("memory_unit", "workloads.csv", 2, "memory_gib")),
    (("workloads", 1, "vcpu", 16.5), WARNING, ("vcpu_above_server", "workloads.csv", 3, "vcpu")),
    (("workloads", 1, "vcpu", 16), None, None),
    (("systems", 0, "data_gib", 201), WARNING, ("data_above_storage", "systems.csv", 2, "data_gib")),
    (("systems", 0, "data_gib", 200), None, None),
    (("rooms", 0, "department", None), WARNING, ("ownerless_room", "rooms.csv", 2, "department")),
    (("rooms", 2, "department", None), None, None),
    (("servers", 0, "nameplate_w", 149), WARNING, ("out_of_order", "servers.csv", 2, "power_idle_w")),
    (("rooms", 0, "it_power_kw", 0.01), WARNING, ("overdrawn_room", "rooms.csv", 2, "it_power_kw")),
    (("racks", 0, "power_kw", 0.85), WARNING, ("overdrawn_rack", "racks.csv", 2, "power_kw")),
    (("racks", 0, "power_kw", 0.86), None, None),
    (("racks", 1, "total_u", 4), None, None),
    (("devices", 0, "height_u", 39), WARNING, ("overfull_rack", "racks.csv", 2, "total_u")),
    (("devices", 0, "height_u", 38), None, None),
    (("servers", 1, "ips", "10.1.1.999;10.1.2.3"), WARNING, ("odd_address", "servers.csv", 3, "ips")),
    (("servers", 1, "ips", "10.1.2.3/24;fe80::1"), None, None),
    (("departments", 1, "opinion", "refuses"), WARNING, ("no_reason", "departments.csv", 3, "opinion_reason")),
]


@pytest.mark.parametrize(
    ("column", "texts", "message"),
    [("serial", ("SN 1", "sn 1"), "shared_serial"), ("ips", ("10.1.2.3", "10.1.2.4;10.1.2.3"), "shared_address")],
)
def test_a_mark_of_two_servers_is_named_at_the_second(column, texts, message) -> None:
    tables = tiny_tables()
    for record, text in zip(tables["servers"], texts, strict=False):
        record |= {column: text, "zone": None}
    (finding,) = found(tables)
    assert (finding.severity, brief(finding)) == (WARNING, (message, "servers.csv", 3, column))
    assert finding.values["servers"] == [record["server"] for record in tables["servers"][:2]]


@pytest.mark.parametrize(("spoil", "severity", "expected"), ONE_CELL, ids=[str(case[0][:3]) for case in ONE_CELL])
def test_one_contradiction_gives_one_finding(spoil, severity, expected) -> None:
    findings = found(spoilt(*spoil))
    if expected is None:
        assert findings == ()
        return
    (finding,) = findings
    assert (finding.severity, brief(finding)) == (severity, expected)
    assert all(words(finding, language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("levels", "found_there"),
    [((2, 2, 1), []), ((2, 1, 2), []), ((2, 1, 1), [2]), ((2, 3, 2), [2]), ((2, None, 3), []), ((None, 3, 3), [])],
)
def test_the_level_is_the_higher_of_two(levels, found_there) -> None:
    tables = tiny_tables()
    tables["systems"][0] |= dict(zip(("level", "business_level", "service_level"), levels, strict=True))
    assert [brief(f)[2] for f in found(tables) if f.message == "inventory.two_levels"] == found_there


def test_more_in_use_than_there_is() -> None:
    tables = tiny_tables()
    tables["rooms"][0] |= {"racks_total": 1, "racks_used": 2}
    tables["systems"][0] |= {"users": 10, "concurrent_users": 11}
    assert [brief(f)[3] for f in found(tables)] == ["racks_used", "concurrent_users"]


def test_server_in_a_pool_has_its_architecture() -> None:
    tables = tiny_tables()
    tables["servers"][3] |= {"pool": "P-PUB", "room": "CENTRE", "rack": None, "start_u": None, "arch": "arm"}
    tables["workloads"][4]["arch"] = "arm"
    assert [brief(f) for f in found(tables)] == [("host_arch", "servers.csv", 5, "arch")]


@pytest.mark.parametrize(
    ("pool", "room", "said"),
    [
        ("P-PUB", "CENTRE", []),
        ("P-COLO", "CENTRE", [("host_pool", "servers.csv", 5, "pool")]),
        ("P-PUB", "R2", [("host_site", "servers.csv", 5, "pool")]),
    ],
)
def test_a_server_serves_in_a_cluster_where_that_stands(pool: str, room: str, said: list[object]) -> None:
    tables = tiny_tables()
    rack = {} if room == "R2" else {"rack": None, "start_u": None}
    tables["servers"][3] |= {"pool": pool, "room": room, **rack}
    assert [brief(f) for f in found(tables)] == said


def test_zeros_without_samples_are_no_data() -> None:
    tables = tiny_tables()
    tables["usage"] = [
        {"workload": "W1", "resource": "cpu", "week": "normal", "basis": "measured", "p95_pct": 0, "max_pct": 0},
        {"workload": "W2", "resource": "cpu", "week": "normal", "basis": "measured", "p95_pct": 0, "max_pct": 1},
        {"workload": "W3", "resource": "cpu", "week": "normal", "basis": "measured", "samples": 9, "p95_pct": 0},
        {"workload": "W4", "resource": "cpu", "week": "normal", "basis": "measured", "samples": 9},
        {"workload": "W5", "resource": "cpu", "week": "normal", "basis": "measured", **dict.fromkeys(HOURS, 0)},
    ]
    assert [(brief(f)[2], f.message) for f in found(tables)] == [(n, "inventory.no_data") for n in (2, 5, 6)]


def test_flow_of_a_system_without_workloads_names_no_tier() -> None:
    tables = tiny_tables()
    tables["workloads"] = [row for row in tables["workloads"] if row["system"] != "C-WORK"]
    assert [brief(f) for f in found(tables)] == [("flow_no_workloads", "flows.csv", 5, "source_tier")]


def test_a_cell_with_a_fault_gives_no_second_one() -> None:
    tables = spoilt("flows", 0, "target_system", "A-SITEE")
    assert [brief(f)[0] for f in found(tables)] == ["misspelt_reference"]


@pytest.mark.parametrize(("model", "expected"), [("local", ["machine_nowhere"]), ("superior_central", [])])
def test_a_physical_machine_is_some_server_unless_a_superior_runs_it(model, expected) -> None:
    tables = spoilt("workloads", 0, "kind", "physical")
    tables["workloads"][0]["server"] = None
    tables["systems"][0]["deploy_model"] = model
    assert [brief(f)[0] for f in found(tables)] == expected


@pytest.mark.parametrize(
    ("full", "idle", "expected"), [(None, 2001, ["idle_power"]), (None, 2000, []), (2500, 2001, [])]
)
def test_idle_power_without_another_is_held_to_the_sockets(full, idle, expected) -> None:
    tables = spoilt("servers", 3, "power_idle_w", idle)
    tables["servers"][3]["power_max_w"] = full
    assert [brief(f)[0] for f in found(tables)] == expected


FUTURE = [("servers", "bought_on"), ("devices", "bought_on"), ("systems", "assessed_on"), ("systems", "last_data_on"),
          ("systems", "crypto_assessed_on")]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), FUTURE)
def test_what_is_past_comes_before_the_day_that_is_given(tmp_path, table, column) -> None:
    tables = spoilt(table, 0, column, "2026-01-06")
    tables["rooms"][0]["built_year"] = 2027
    tables["devices"].append(
        tables["devices"][0] | {"device": "N2", "room": "CENTRE", "rack": None, "bought_on": "2027-01-01"}
    )
    folder = write_tiny(tmp_path, tables)
    assert [f.message for f in read_inventory(folder).findings] == []
    assert sorted(brief(f) for f in read_inventory(folder, dt.date(2026, 1, 5)).findings) == sorted(
        [("future_date", "rooms.csv", 2, "built_year"), ("future_date", f"{table}.csv", 2, column)]
    )
    assert [brief(f)[1] for f in read_inventory(folder, dt.date(2026, 1, 6)).findings] == ["rooms.csv"]


def test_a_scenario_says_which_day_it_is(tmp_path) -> None:
    write_tiny(tmp_path / "inventory", spoilt("servers", 0, "bought_on", "2026-01-06"))
    (tmp_path / "case.yaml").write_text(SCENARIO, "utf-8")
    _, inventory, _ = read_all(tmp_path / "case.yaml")
    assert "inventory.future_date" in [finding.message for finding in inventory.findings]


def test_server_stands_in_its_racks_room() -> None:
    tables = tiny_tables()
    tables["servers"][0] |= {"rack": "K2", "start_u": 20}
    (finding,) = found(tables)
    assert (brief(finding), finding.values["limit"]) == (("rack_elsewhere", "servers.csv", 2, "rack"), "R2")
