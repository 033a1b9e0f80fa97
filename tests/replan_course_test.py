"""What was carried out meanwhile, and what only aged, is no change; a workload needs what it needed before it moved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cloudplan.bundle import Plan
from cloudplan.demand import demand_of
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, words
from cloudplan.plan import make_plan
from cloudplan.replan import summary
from cloudplan.replan.carried import carried_out
from cloudplan.saved import load, save
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

LOCKED = {
    "migration": {"starts_on": dt.date(2026, 9, 7), "systems_per_wave": 1},
    "locks": [{"system": "B-PAY", "disposition": "RELOCATE", "reason": "加密卡"}],
    "targets": {"open": ["banner_pool", "colocation", "in_place"]},
}
"""B-PAY's server, S3, is carried to the centre."""
MARCH, OCTOBER = dt.date(2027, 3, 2), dt.date(2026, 10, 20)
"""S1, bought on 2024-03-01, is three years old by the first; all waves lie behind by the second."""


def planned(since: Plan | None = None, tables: Mapping[str, Rows] | None = None, **changes: Any) -> Plan:
    return make_plan(tiny_scenario(**{**LOCKED, **changes}), tiny_inventory(tables), since=since)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder = tmp_path_factory.mktemp("before") / "plan"
    save(planned(), folder)
    return load(folder)


def servers(plan: Plan) -> dict[str, dict[str, Any]]:
    frame = plan.tables["changes"]
    return {str(row["id"]): row for row in frame[frame["what"] == "server"].to_dict("records")}  # type: ignore[misc]


def fate(plan: Plan, server: str) -> str:
    frame = plan.tables["servers"]
    return str(frame.loc[frame["server"] == server, "fate"].iloc[0])


def apart(plan: Plan) -> dict[str, Finding]:
    return {f.message: f for f in plan.findings if f.message.startswith("replan.servers_")}


def test_a_machine_that_was_carried_meanwhile_is_counted_apart(before: Plan, tmp_path: Path) -> None:
    after = planned(before, today=OCTOBER)
    assert (fate(before, "S3"), fate(after, "S3")) == ("relocate", "keep")
    assert servers(after) == {}
    said = apart(after)["replan.servers_carried"]
    assert said.values["servers"] == ("S3",)
    save(after, tmp_path / "after")
    for language in LANGUAGES:
        assert words(said, language) in summary(load(tmp_path / "after"), language)


def test_a_spare_that_reaches_the_end_of_its_life_is_counted_apart(before: Plan) -> None:
    life = {"allowed": True, "younger_than_years": 2, "life_years": 3}
    first = planned(reuse=life)
    after = planned(first, reuse=life, today=MARCH)
    assert (fate(first, "S1"), fate(after, "S1")) == ("spare", "scrap")
    assert "S1" not in servers(after)
    assert apart(after)["replan.servers_aged"].values["servers"] == ("S1",)
    assert "使用年限已满 3 年" in summary(after, "zh-CN")


def test_a_shorter_life_or_another_date_on_record_is_a_change(before: Plan) -> None:
    tables = tiny_tables()
    (row,) = (row for row in tables["servers"] if row["server"] == "S1")
    row["bought_on"] = "2018-03-01"
    for after in (planned(before, reuse={"life_years": 1, "younger_than_years": 1}), planned(before, tables)):
        assert fate(after, "S1") == "scrap"
        assert servers(after)["S1"]["after"] == "scrap"
        assert "replan.servers_aged" not in apart(after)


def test_what_was_moved_needs_what_it_needed(before: Plan) -> None:
    scenario = tiny_scenario(**{**LOCKED, "today": OCTOBER})
    carried = carried_out(tiny_inventory(), before, OCTOBER)
    moved, was = carried.earlier.sized_on, demand_of(tiny_inventory(), scenario)
    assert moved == {"W1": "S1", "W2": "S2", "W5": "S4"}
    now = demand_of(carried.inventory, scenario, moved)
    assert now.workloads == was.workloads
    for name in ("cpu_use", "vcpu", "memory_gib", "mean_cpu_use"):
        np.testing.assert_allclose(getattr(now, name), getattr(was, name))
    # on the cores of the hosts they stand on now, the same shares would be another use
    assert not np.allclose(demand_of(carried.inventory, scenario).cpu_use, was.cpu_use)


def test_a_server_that_hosts_replace_at_less_cost_says_so(before: Plan) -> None:
    tables = tiny_tables()
    for row in tables["host_types"]:
        row |= {"price_yuan": 100, "power_idle_w": 10, "power_max_w": 20}
    after = planned(before, tables, solver={"gap": 0.0})
    (change,) = servers(after).values()
    assert (change["before"], change["after"]) == ("reuse P-IZ", "spare")
    assert change["why"] == "资源池 P-IZ 的需求未变，主机随整个方案一并重选，台数仍为 2 台（单看这一台未必更省）"
    frame = after.tables["changes"]
    (bought,) = frame[frame["what"] == "purchase"].to_dict("records")
    assert "vCPU 需求不变" in str(bought["why"])


def test_a_pool_that_more_load_gives_other_hosts_says_so(before: Plan) -> None:
    tables = tiny_tables()
    (row,) = (row for row in tables["workloads"] if row["workload"] == "W1")
    row |= {"vcpu": 80, "memory_gib": 160}
    (change,) = servers(planned(before, tables, solver={"gap": 0.0})).values()
    assert change["why"] == "资源池 P-IZ 重选主机：主机原 2 台、现 2 台，vCPU 分配量原 4、现 40"
    assert "2 before, 2 now; vCPU allocated there: 4 before, 40 now" in str(change["why_en"])


def test_what_concerns_all_and_changed_is_named_once(before: Plan) -> None:
    tables = tiny_tables()
    row = next(row for row in tables["prices"] if row["price"] == "electricity_yuan_per_kwh")
    was, row["value"] = row["value"], 9.5
    plan = planned(before, tables, today=OCTOBER, solver={"gap": 0.002})
    (said,) = [finding for finding in plan.findings if finding.message == "replan.inputs"]
    assert set(said.values["inputs"]) == {
        "today: 2026-01-05 → 2026-10-20",
        "solver.gap: 0.01 → 0.002",
        f"prices.csv electricity_yuan_per_kwh value: {float(was):g} → 9.5",
    }
    assert said.values["count"] == 3
    for language in LANGUAGES:
        assert words(said, language) in summary(plan, language)
