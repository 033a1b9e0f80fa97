"""What a plan is worth: the tiny estate's money by fiscal year, by hand and against the plan's other tables."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.plan import make_plan
from cloudplan.report.section import View
from cloudplan.report.sections import value as section
from cloudplan.saved import load, save
from cloudplan.scenario_file import read_all
from tests.csv_checker import complaints, rows
from tests.tiny import SCENARIO, Rows, tiny_tables, write_tiny_scenario


def planned(folder: Path, more: str = "", tables: dict[str, Rows] | None = None) -> Path:
    scenario, inventory, positions = read_all(write_tiny_scenario(folder, tables, SCENARIO + more))
    save(make_plan(scenario, inventory, positions=positions), folder / "plan")
    return folder / "plan"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planned(tmp_path_factory.mktemp("value"), "horizon_years: 8\n")


def flow(folder: Path, year: int, item: str, kind: str = "running") -> dict[str, str]:
    return next(
        r for r in rows(folder / "cashflow.csv") if (r["year"], r["item"], r["kind"]) == (str(year), item, kind)
    )


def once(folder: Path, item: str) -> float:
    return sum(float(r["after"]) for r in rows(folder / "cashflow.csv") if (r["item"], r["kind"]) == (item, "once"))


def test_the_checker_finds_nothing(folder: Path) -> None:
    assert complaints(folder) == []


def test_rooms_cost_until_they_close(folder: Path) -> None:
    closes = {r["room"]: dt.date.fromisoformat(r["closes_on"]) for r in rows(folder / "rooms.csv")}
    due = 0.0
    for room, yearly in {"R1": 30000, "R2": 40000}.items():
        due += yearly * (closes[room] - dt.date(2026, 1, 5)).days / 365
    found = flow(folder, 2026, "rooms")
    assert float(found["after"]) == pytest.approx(due, abs=0.01)
    assert float(found["before"]) == pytest.approx(70000 * 361 / 365, abs=0.01)
    assert float(flow(folder, 2027, "rooms")["after"]) == 0.0


def test_efforts_are_their_full_price_once(folder: Path) -> None:
    prices = {row["price"]: row["value"] for row in tiny_tables()["prices"]}
    moved = {r["system"]: r["disposition"] for r in rows(folder / "dispositions.csv")}
    assert set(moved.values()) == {"REHOST"}
    effort = 3 * prices["migration_yuan_per_system"] + 5 * prices["migration_yuan_per_workload"]
    assert once(folder, "migration") == pytest.approx(effort, abs=0.05)
    bought = sum(float(r["yuan"]) for r in rows(folder / "purchases.csv"))
    assert once(folder, "purchase") == pytest.approx(bought)


def test_what_reaches_the_end_of_its_life_is_bought_anew(tmp_path: Path) -> None:
    """S3 was bought on 2022-05-01 and serves six years, the new host from September 2026 six years more."""
    cheap = "reuse: {younger_than_years: 6}\ncapacity: {spare_hosts: 0}\nprices: {reuse_warranty_yuan_per_year: 10}\n"
    found = planned(tmp_path / "long", f"horizon_years: 8\n{cheap}")
    assert complaints(found) == []
    assert [h["source"] for h in rows(found / "hosts.csv")] == ["reused", "purchased"]
    prices = {row["price"]: row["value"] for row in tiny_tables()["prices"]}
    assert once(found, "reuse") == prices["reuse_transport_yuan"] + prices["reuse_wipe_yuan"]
    replaced = {r["year"]: float(r["after"]) for r in rows(found / "cashflow.csv") if r["item"] == "replacement"}
    assert replaced == {"2028": 60000.0, "2032": 60000.0}
    assert float(flow(found, 2027, "reuse")["after"]) == 10
    assert 0 < float(flow(found, 2028, "reuse")["after"]) < 10
    assert float(flow(found, 2029, "reuse")["after"]) == 0
    short = planned(tmp_path / "short", f"horizon_years: 2\n{cheap}")
    assert not [r for r in rows(short / "cashflow.csv") if r["item"] == "replacement"]


def test_what_bought_hosts_are_still_worth_is_in_no_other_figure(tmp_path: Path) -> None:
    """Four hosts of 60,000, bought anew in the autumn of 2032, keep some 4.7 of their 6 years at the end of 2033."""
    folder = planned(tmp_path, "horizon_years: 8\nreuse: {allowed: false}\n")
    facts = json.loads((folder / "plan.json").read_text("utf-8"))["value"]
    hosts = rows(folder / "hosts.csv")
    assert [host["source"] for host in hosts] == ["purchased"] * 4
    days = [dt.date.fromisoformat(host["available_from"]) for host in hosts]
    used = [(dt.date(2034, 1, 1) - day).days / 365.25 - 6 for day in days]
    assert facts["residual"] == pytest.approx(sum(60000 * (1 - u / 6) for u in used) * 1.04**-8, abs=60)


def test_electricity_is_todays_until_a_room_closes_and_the_years_tonnes_go_with_it(folder: Path) -> None:
    kpis = json.loads((folder / "plan.json").read_text("utf-8"))["kpis"]
    full = flow(folder, 2028, "energy")
    factor = 0.6849 / 1000
    assert float(full["tco2_before"]) == pytest.approx(kpis["co2_t_before"]["value"], abs=1e-3)
    assert float(full["tco2_after"]) == pytest.approx(kpis["co2_t"]["value"], abs=1e-3)
    assert float(full["before"]) / float(full["tco2_before"]) == pytest.approx(0.55 / factor, rel=1e-3)
    first = flow(folder, 2026, "energy")
    assert float(first["tco2_after"]) > float(full["tco2_after"])


def test_the_interval_leaves_out_rooms_that_state_no_cost_and_takes_the_least_saving(tmp_path: Path) -> None:
    tables = tiny_tables()
    for row in tables["rooms"]:
        if row["room"] == "R1":
            del row["yearly_cost_yuan"]
    found = planned(tmp_path, tables=tables)
    kpi = json.loads((found / "plan.json").read_text("utf-8"))["kpis"]["npv_saving"]
    closes = next(r["closes_on"] for r in rows(found / "rooms.csv") if r["room"] == "R1")
    price = next(p["value"] for p in tables["prices"] if p["price"] == "room_default_yuan_per_year")
    day = dt.date.fromisoformat(closes)
    guessed = price * (dt.date(2027, 1, 1) - day).days / 365 / 1.04 + sum(price / 1.04**n for n in range(2, 6))
    assert kpi["low"] <= kpi["value"] - guessed + 1
    assert kpi["high"] >= kpi["value"]


def test_the_break_even_is_what_would_bring_it_to_nothing(folder: Path) -> None:
    facts = json.loads((folder / "plan.json").read_text("utf-8"))["value"]
    assert facts["npv_saving"] < 0
    last = dt.date.fromisoformat(max(r["window_end"] for r in rows(folder / "waves.csv"))[:10])
    worth = (dt.date(2027, 1, 1) - last).days / 365 / 1.04 + sum(1.04**-n for n in range(2, 9))
    assert facts["break_even_yuan_per_year"] == pytest.approx(-facts["npv_saving"] / worth, rel=1e-6)
    assert (facts["upkeep_yuan_per_year"], facts["upkeep_systems"]) == (60000.0, 3)
    assert {"operation", "licence", "storage", "local_copy"} <= set(facts["unknown_before"])


def test_what_falls_after_the_horizon_is_told_apart(tmp_path: Path) -> None:
    found = planned(tmp_path, "horizon_years: 0.5\n")
    facts = json.loads((found / "plan.json").read_text("utf-8"))["value"]
    assert facts["ends_before"] <= "2026-07-03"
    assert facts["after_horizon"] > 0
    assert once(found, "migration") == 0


def test_the_report_says_it_in_both_languages(folder: Path) -> None:
    plan: Plan = load(folder)
    for language, words in (("zh-CN", ("规划期内收不回", "没有调查", "0.6849")), ("en", ("not paid back", "0.6849"))):
        said = section.section(View(plan, language))
        text = said.headline + "".join(point.text for point in said.points)
        assert all(word in text for word in words), text
        years: Any = said.tables[0].rows
        assert [row[0] for row in years[:-1]] == [str(year) for year in range(2026, 2034)]
        assert years[-1][-2] == years[-2][-2], "the last year's sum is the total"
