"""Sensitivity: where a price flips a decision, plans from scratch on both sides say so; else those at both ends."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.cli import main
from cloudplan.explain import Explanation, explain
from cloudplan.explain.view import View
from cloudplan.i18n import LANGUAGES
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve
from cloudplan.plan import make_plan
from cloudplan.saved import save
from tests.explain_test import lines
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

OPEN = {"targets": {"open": ["banner_pool", "city_cloud", "colocation", "in_place"]}, "solver": {"gap": 0.0}}
VCPU = "prices.city_vcpu_yuan_per_month"


def estate() -> dict[str, Rows]:
    """The tiny estate with a municipal cloud, dear enough that the common cluster takes what it can."""
    tables = tiny_tables()
    tables["targets"].append(
        {"target": "T-CITY", "name": "市级政务云", "name_en": "municipal cloud", "kind": "city_cloud"}
    )
    tables["pools"].append(
        {"pool": "CITY", "name": "市级政务云", "kind": "service", "target": "T-CITY", "arch": "x86", "filed_level": 3,
         "zones": "IZ;PUB;VPN", "available_from": "2026-01-01"}
    )  # fmt: skip
    tables["prices"] += [
        {"price": f"city_{name}", "value": value, "unit": "yuan/month", "basis": "invented"}
        for name, value in (
            ("vcpu_yuan_per_month", 400), ("memory_gib_yuan_per_month", 10), ("storage_gib_yuan_per_month", 1)
        )
    ]  # fmt: skip
    tables["systems"][2]["last_data_on"] = "2025-10-01"
    return tables


def planned(**changes: Any) -> Plan:
    return make_plan(tiny_scenario(**{**OPEN, **changes}), tiny_inventory(estate()))


@cache
def base() -> Plan:
    return planned()


def target(plan: Plan, system: str) -> tuple[str, str]:
    rows = {str(r.system): (str(r.disposition), str(r.target)) for r in plan.tables["dispositions"].itertuples()}
    return rows[system]


def resolved(system: str, **changes: Any) -> tuple[str, str]:
    """Disposition and target of a system, placed from scratch without the servers that came too late for the plan."""
    scenario, inventory = tiny_scenario(**OPEN, **changes), tiny_inventory(estate())
    rules = resolve(scenario.rules)[0]
    return solve(problem_of(inventory, scenario), rules, barred=View(base()).barred).dispositions[system]


@cache
def asked(subject: str) -> Explanation:
    return explain(base(), subject, sensitivity=True)


def test_a_flip_of_a_price_is_what_plans_from_scratch_say_on_both_sides() -> None:
    assert target(base(), "B-PAY") == ("REHOST", "T-POOL")
    found = {flip["input"]: flip for flip in asked("B-PAY").figures["flips"]}
    flip = found[VCPU]
    assert flip["confirmed"]
    near, far = flip["near"]["value"], flip["far"]["value"]
    assert far < near < flip["value"] == 400
    assert near - far == pytest.approx(0.005 * 400, rel=1e-6)
    name = VCPU.partition(".")[2]
    assert resolved("B-PAY", prices={name: near}) == ("REHOST", "T-POOL")
    assert resolved("B-PAY", prices={name: far}) == ("REHOST", "T-CITY")
    assert "municipal" in flip["far"]["decision"]["en"]


def test_no_flip_within_a_range_is_none_at_its_ends() -> None:
    figures = asked("B-PAY").figures
    tried = {name: ends for name, ends in figures["no_flip"].items() if name.startswith("prices.")}
    assert tried
    for name, ends in tried.items():
        for end in ends:
            plan = planned(prices={name.partition(".")[2]: float(end)})
            assert target(plan, "B-PAY") == target(base(), "B-PAY"), (name, end)


def test_inputs_that_cost_nothing_here_are_not_tried() -> None:
    figures = asked("B-PAY").figures
    assert "prices.rewrite_yuan_per_system" in figures["no_influence"]
    tried = (
        {flip["input"] for flip in figures["flips"]}
        | figures["no_flip"].keys()
        | {item["input"] for item in figures["no_plan"]}
    )
    assert tried.isdisjoint(figures["no_influence"])
    assert VCPU in tried


def test_a_threshold_flips_at_the_day_that_the_inventory_states() -> None:
    (flip,) = (f for f in asked("C-WORK").figures["flips"] if f["input"] == "zombie_days")
    # last changed on 2025-10-01, 96 days before 2026-01-05: a zombie once more than 95 days are asked
    assert (flip["value"], flip["far"]["value"]) == (180, 95)
    assert target(planned(zombie_days=95), "C-WORK")[0] == "RETIRE"
    assert target(planned(zombie_days=96), "C-WORK")[0] != "RETIRE"


@pytest.mark.parametrize("system", ["A-SITE", "B-PAY"])
def test_rules_that_refuse_and_the_level_are_tried_and_flip_as_from_scratch(system: str) -> None:
    view = View(base())
    problem = view.problem
    numbers = [i for name in problem.of_system[system] for i in problem.by_component[name]]
    refusing = {f"rules.{finding.rule}" for i in numbers for finding in view.refusals.candidate[i]}
    figures = asked(system).figures
    found = {flip["input"]: flip for flip in figures["flips"]}
    told = {*found, *figures["no_flip"], *(item["input"] for item in figures["no_plan"])}
    assert {name for name in told if name.startswith("rules.")} == refusing
    assert {f"systems.{system}.level", "pools.P-PUB.cpu_ratio"} <= told
    assert found["rules.zone"]["far"]["value"] is False
    pools = seated(system, "zone")
    assert pools != seated(system, "")
    # without the rule the same pools from scratch as are named
    assert all(pool in found["rules.zone"]["far"]["decision"]["en"] for pool in pools)
    # no common cluster is filed for level 3
    level = found[f"systems.{system}.level"]
    assert (level["value"], level["far"]["value"]) == (2, 3)
    tables = estate()
    next(row for row in tables["systems"] if row["system"] == system)["level"] = 3
    assert target(make_plan(tiny_scenario(**OPEN), tiny_inventory(tables)), system) == ("REHOST", "T-CITY")
    assert "municipal" in level["far"]["decision"]["en"]


def seated(system: str, off: str) -> set[str]:
    """Pools of a system, placed from scratch with a rule switched off."""
    scenario, inventory = tiny_scenario(**OPEN, rules={off: False} if off else {}), tiny_inventory(estate())
    placed = solve(problem_of(inventory, scenario), resolve(scenario.rules)[0], barred=View(base()).barred)
    return {seat.pool for name, seat in placed.state.seats.items() if name.startswith(system)}


def test_a_budget_is_tried_where_one_is_stated() -> None:
    rich = planned(purchases={"allowed": True, "budget_yuan": 1_000_000.0})
    figures = explain(rich, "B-PAY", sensitivity=True).figures
    flip = next(flip for flip in figures["flips"] if flip["input"] == "purchases.budget_yuan")
    assert target(rich, "B-PAY") == ("REHOST", "T-POOL")
    for side, where in (("near", "T-POOL"), ("far", "T-CITY")):
        money = {"allowed": True, "budget_yuan": flip[side]["value"]}
        assert resolved("B-PAY", purchases=money) == ("REHOST", where), side


def test_a_switch_without_any_plan_is_no_flip() -> None:
    figures = asked("B-PAY").figures
    assert all(flip["confirmed"] for flip in figures["flips"])
    for item in figures["no_plan"]:
        assert item["input"] not in figures["no_flip"]


@pytest.mark.parametrize("subject", ["R2", "S4", "P-PUB"])
def test_rooms_servers_and_pools_can_be_asked_about(subject: str) -> None:
    figures = asked(subject).figures
    assert figures["solves"]["small"] > 0
    for flip in figures["flips"]:
        assert flip["near"]["decision"] != flip["far"]["decision"]


def test_the_solves_are_bounded_and_told_in_advance() -> None:
    told: list[tuple[str, Any]] = []
    figures = explain(base(), "C-WORK", sensitivity=True, progress=lambda m, v: told.append((m, v))).figures
    (values,) = (v for message, v in told if message == "explain.flip.plan")
    assert figures["solves"]["small"] <= values["small"]
    assert figures["solves"]["large"] <= values["large"]
    assert figures == asked("C-WORK").figures


def test_it_is_worded_in_both_languages(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for subject in ("B-PAY", "C-WORK", "R2"):
        for language in LANGUAGES:
            assert subject in asked(subject).text(language)
    assert lines(asked("B-PAY"), "flip.falls")
    save(base(), tmp_path / "p")
    capsys.readouterr()
    assert main(["explain", str(tmp_path / "p"), "S4", "--sensitivity", "--json"]) == 0
    assert "flips" in json.loads(capsys.readouterr().out)["explanation"]["figures"]


def test_a_whole_term_flips_where_plans_from_scratch_say_so() -> None:
    (flip,) = (f for f in asked("B-PAY").figures["flips"] if f["input"] == "weights.services")
    assert flip["confirmed"]
    for side, target_ in (("near", "T-POOL"), ("far", "T-CITY")):
        weights = {"services": float(flip[side]["value"])}
        assert resolved("B-PAY", weights=weights) == ("REHOST", target_)


def test_what_more_demand_would_do_is_what_a_plan_with_more_demand_does() -> None:
    figures = asked("B-PAY").figures
    least, most = figures["no_flip"]["growth"]
    assert (least, most) == (0.0, 0.5)
    grown = planned(demand={"growth_per_year": 0.5, "growth_years": 1})
    assert target(grown, "B-PAY") == target(base(), "B-PAY")


def test_a_price_of_nothing_has_no_range_and_is_named() -> None:
    figures = explain(planned(prices={"reuse_wipe_yuan": 0}), "B-PAY", sensitivity=True).figures
    assert figures["zero"] == ["prices.reuse_wipe_yuan"]


def test_a_plan_that_left_something_lying_is_solved_again_first() -> None:
    lock = {"system": "B-PAY", "pool": "CITY", "reason": "as it was"}
    dear = planned(locks=[lock])
    unlocked = replace(dear, scenario=dear.scenario.model_copy(update={"locks": ()}))
    explained = explain(unlocked, "B-PAY", sensitivity=True)
    (flip,) = (f for f in explained.figures["flips"] if f["input"] == VCPU)
    assert "municipal" in explained.figures["decision"]["en"]
    assert lines(explained, "flip.cheaper")
    # the near side is what is best now, not what the plan has
    assert "municipal" not in flip["near"]["decision"]["en"]
    assert explained.figures["least_gain"] == pytest.approx(1e-5 * dear.facts["objective"])
