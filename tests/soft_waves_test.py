"""Soft rules of the waves through the whole flow, on the tiny estate: the warning, its price, the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudplan import cli
from cloudplan.bundle import Plan
from cloudplan.errors import NoAnswer
from cloudplan.explain import explain
from cloudplan.findings import Severity
from cloudplan.plan import make_plan
from cloudplan.report.html import page
from cloudplan.saved import load, save
from tests.tiny import SCENARIO, tiny_inventory, tiny_scenario, tiny_tables, write_tiny_scenario

ONE_WAVE = "  most_waves: 1\nrules:\n  department-load: {most: 1, soft: 300}\n"
"""B-PAY and C-WORK are D2's; with one window both must move in it."""


def test_a_plan_says_what_its_waves_miss_and_at_what_price(tmp_path: Path) -> None:
    path = write_tiny_scenario(tmp_path, text=SCENARIO + ONE_WAVE)
    assert cli.main(["plan", str(path), "-o", str(tmp_path / "out"), "--lang", "en"]) == 0
    facts = json.loads((tmp_path / "out" / "plan.json").read_text("utf-8"))
    assert facts["stages"]["migration"]["penalties"] == {"department-load": 300.0}
    assert facts["penalties"] == {}, "no part of the objective, which is of a year"
    plan = load(tmp_path / "out")
    (said,) = [finding for finding in plan.findings if finding.rule == "department-load"]
    assert (said.severity, said.subject) == (Severity.WARNING, "D2")
    told = {
        "en": ("at a price of 300 yuan", "rules that may be missed at a price (what a department can take in)"),
        "zh-CN": ("折价 300 元", "放宽了部分可计价的规则（部门承受力）"),
    }
    for language, parts in told.items():
        written = page(plan, language)
        assert all(part in written for part in parts)


def planned(rules: dict[str, Any], **migration: Any) -> Plan:
    scenario = tiny_scenario(rules=rules)
    return make_plan(
        scenario.model_copy(update={"migration": scenario.migration.model_copy(update=migration)}), tiny_inventory()
    )


def test_the_same_rule_held_hard_leaves_no_plan() -> None:
    with pytest.raises(NoAnswer):
        planned({"department-load": {"most": 1}}, most_waves=1)


def test_nothing_is_missed_where_the_windows_suffice() -> None:
    plan = planned({"department-load": {"most": 1, "soft": 300}})
    assert plan.facts["stages"]["migration"]["penalties"] == {}
    assert not [finding for finding in plan.findings if finding.rule == "department-load"]


def test_a_system_that_moves_in_a_freeze_is_told_so(tmp_path: Path) -> None:
    tables = tiny_tables()
    freeze = {
        "entry": "K9",
        "kind": "freeze",
        "name": "年末",
        "starts_on": "2026-09-01",
        "ends_on": "2029-12-31",
        "system": "B-PAY",
    }
    tables["calendar"].append(freeze)
    scenario = tiny_scenario(rules={"freezes": {"soft": 700}})
    save(make_plan(scenario, tiny_inventory(tables)), tmp_path / "out")
    plan = load(tmp_path / "out")
    for system, told in (("B-PAY", True), ("A-SITE", False)):
        for language, price in (("en", "at a price of 700 yuan"), ("zh-CN", "折价 700 元")):
            assert (price in explain(plan, system).text(language)) == told
