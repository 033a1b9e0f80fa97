"""Explanations: every reason that is stated is one that its rule gives when asked, and none is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.errors import BadInput, Usage
from cloudplan.evidence import worded as worded_cells
from cloudplan.explain import Explanation, explain
from cloudplan.explain.words import Line
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.dispositions import CODES, worded
from cloudplan.placement.problem import Candidate
from cloudplan.placement.rules import resolve
from cloudplan.plan import make_plan
from cloudplan.screen import plain
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

Tables = dict[str, Rows]


def as_it_is(tables: Tables) -> None:
    """Change nothing."""


def level_three(tables: Tables) -> None:
    """Give one system level 3, and the estate a cluster that is filed for it."""
    tables["systems"][1]["level"] = 3
    tables["pools"].append({**tables["pools"][1], "pool": "P-L3", "filed_level": 3, "zones": "PUB;VPN"})
    tables["pools"].append({**tables["pools"][1], "pool": "P-ARM", "arch": "arm"})


def ungraded(tables: Tables) -> None:
    """Leave a system ungraded, open a second cluster, and let one opening come too late."""
    tables["systems"][2]["level"] = None
    tables["pools"].append({**tables["pools"][1], "pool": "P-LATE", "available_from": "2050-01-01"})
    tables["servers"][2]["bought_on"] = "2021-05-01"


def domestic(tables: Tables) -> None:
    """Let one system adapt to a domestic cluster, and another be refused by its owner."""
    tables["systems"][1] |= {"software_route": "adaptable", "adapt_effort": 2}
    tables["systems"][2] |= {"opinion": "refuses", "opinion_reason": "原因"}
    tables["pools"].append({**tables["pools"][1], "pool": "P-XC", "arch": "x86_xc"})
    tables["host_types"].append({**tables["host_types"][0], "host_type": "X64", "arch": "x86_xc"})


CASES: tuple[Callable[[Tables], None], ...] = (as_it_is, level_three, ungraded, domestic)


@cache
def plan_of(change: Callable[[Tables], None]) -> Plan:
    tables = tiny_tables()
    change(tables)
    return make_plan(tiny_scenario(), tiny_inventory(tables))


def lines(explanation: Explanation, message: str) -> list[Line]:
    found = [line for section in explanation.sections for line in section.lines]
    return [line for line in found if line.message.startswith(f"explain.{message}")]


def asked(plan: Plan) -> Iterator[tuple[Candidate, str, str]]:
    """Every refusal of a candidate, by asking each rule again: candidate, rule, message."""
    problem = problem_of(plan.inventory, plan.scenario)
    for candidate in problem.candidates:
        for rule in (rule for rule in resolve(plan.scenario.rules)[0] if rule.soft is None):
            said = rule.forbids(problem, candidate)
            if said is not None:
                yield candidate, rule.name(), said.message


@pytest.mark.parametrize("change", CASES)
def test_reasons_are_those_of_the_rules_all_of_them_and_no_other(change: Callable[[Tables], None]) -> None:
    plan = plan_of(change)
    standing = {r.component: r.pool for r in plan.tables["components"].itertuples() if r.pool}
    expected = {(c.component, c.pool, c.zone, rule, said) for c, rule, said in asked(plan) if c.component in standing}
    stated = set()
    for system in plan.inventory["systems"].index:
        for line in lines(explain(plan, system), "not.refused"):
            told = line.values
            for rule, reason, zones in told["refusals"]:
                stated |= {(told["component"], told["pool_id"], zone, rule, reason) for zone in zones}
            assert line.rule.split(",") == list(dict.fromkeys(rule for rule, _, _ in told["refusals"]))
    assert stated == expected
    assert expected or change is as_it_is


@pytest.mark.parametrize("change", CASES)
def test_servers_are_refused_by_the_rules_that_say_so(change: Callable[[Tables], None]) -> None:
    plan = plan_of(change)
    problem = problem_of(plan.inventory, plan.scenario)
    for server in plan.inventory["servers"].index:
        told = [x for x in lines(explain(plan, server), "server.refused") if x.rule != "reuse-emptied"]
        stated = {(x.values["pool_id"], x.rule) for x in told}
        pairs = [pair for pair in problem.reuse if pair[0] == server]
        rules = [rule for rule in resolve(plan.scenario.rules)[0] if rule.soft is None]
        expected = {(pair[1], r.name()) for pair in pairs for r in rules if r.forbids(problem, pair) is not None}
        assert stated == expected


@pytest.mark.parametrize("change", CASES)
def test_the_funnel_ends_with_the_choices_that_no_rule_refuses(change: Callable[[Tables], None]) -> None:
    plan = plan_of(change)
    problem = problem_of(plan.inventory, plan.scenario)
    refused = {c for c, _, _ in asked(plan)}
    for component in plan.tables["components"]["component"]:
        counts = [line.values["count"] for line in lines(explain(plan, component), "funnel.")]
        choices = [problem.candidates[i] for i in problem.by_component[component]]
        if counts:
            assert counts[0] == len(choices)
            assert counts[-1] == sum(choice not in refused for choice in choices)
            assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("change", CASES)
def test_evidence_and_changes_are_those_of_the_tables(
    change: Callable[[Tables], None],
) -> None:
    plan = plan_of(change)
    for table, key in (("dispositions", "system"), ("servers", "server")):
        for row in plan.tables[table].to_dict("records"):
            told = explain(plan, str(row[key]))
            (cells,) = lines(told, "evidence")
            assert cells.values["cells"] == {
                language: worded_cells(row["evidence"], language) for language in LANGUAGES
            }
            sentences = [line.values["sentence"] for line in lines(told, "change.line")]
            assert row["change"] == "；".join(sentence["zh-CN"] for sentence in sentences)
            assert row["change_en"] == ". ".join(sentence["en"] for sentence in sentences)
            assert ".csv:" in row["evidence"]


def test_what_is_not_refused_is_priced_at_once() -> None:
    plan = plan_of(domestic)
    explanation = explain(plan, "B-PAY/db/x86", "P-XC")
    (dearer,) = lines(explanation, "not.dearer")
    # adapting: effort 2, 20,000 yuan over 5 years at 4 %; and two hosts, one of them spare, that P-XC had none of
    adapting = 20000 * 0.04 / (1 - 1.04**-5)
    assert dearer.values["yuan"] > adapting + 2 * 60000 * 0.04 / (1 - 1.04**-6)
    assert lines(explanation, "not.whole")
    (decided,) = lines(explanation, "assumed.decided")
    assert decided.values["yuan"] == dearer.values["yuan"]
    assert "hosts bought" in decided.values["terms"]["en"]


@pytest.mark.parametrize("change", CASES)
def test_the_same_seat_under_another_disposition_names_it(change: Callable[[Tables], None]) -> None:
    plan = plan_of(change)
    seats = {str(r.component): (str(r.pool), str(r.zone)) for r in plan.tables["components"].itertuples() if r.pool}
    fates = dict(zip(plan.tables["dispositions"]["system"], plan.tables["dispositions"]["disposition"], strict=True))
    words_of = {code: worded(code) for code in CODES}
    for component, (pool, zone) in seats.items():
        explanation = explain(plan, component)
        for line in lines(explanation, "not."):
            of_refused = {zone for _, _, zones in line.values.get("refusals", ()) for zone in zones}
            told_zone = str(line.values.get("zone", {}).get("en", "")).endswith(f"({zone})") or of_refused == {zone}
            if line.values.get("pool_id") == pool and told_zone:
                others = [code for code in CODES if code != fates[component.partition("/")[0]]]
                for language in LANGUAGES:
                    text = line.text(language)
                    assert any(f"{words_of[code][language]}" in text for code in others), text


def test_what_the_others_forbid_is_found_by_moving_one_component() -> None:
    """The database in the departments' zone could no longer be called from the internet zone."""
    (line,) = lines(explain(plan_of(as_it_is), "A-SITE/db/x86", "P-PUB"), "not.together")
    assert line.rule == "conduits"
    assert {reason for _, reason, _ in line.values["refusals"]} == {"placement.conduits"}
    assert "F2" in line.values["reasons"]["en"]


def test_a_pool_that_no_disposition_leads_to_and_a_closed_one_are_told_apart() -> None:
    explanation = explain(plan_of(domestic), "C-WORK", "P-PUB")
    (line,) = lines(explanation, "not.")
    assert line.message == "explain.not.disposition"
    assert "原因" in line.values["reason"]["zh-CN"]
    closed = make_plan(tiny_scenario(targets={"open": ["banner_pool", "in_place"]}), tiny_inventory())
    (line,) = lines(explain(closed, "C-WORK", "P-COLO"), "not.")
    assert line.message == "explain.not.closed"


def test_what_is_assumed_is_said() -> None:
    (level,) = lines(explain(plan_of(ungraded), "C-WORK"), "assumed.level")
    assert level.values["level"] == 2
    (blind,) = lines(explain(plan_of(as_it_is), "A-SITE"), "assumed.cpu")
    assert (blind.values["count"], blind.values["total"]) == (1, 2)
    assert not lines(explain(plan_of(as_it_is), "A-SITE"), "assumed.level")


def test_a_room_says_who_stays_in_it() -> None:
    (keeps,) = lines(explain(plan_of(domestic), "R2"), "room.keeps")
    assert keeps.values["components"] == ("C-WORK/app/x86",)


@pytest.mark.parametrize("change", [ungraded, domestic])
def test_everything_is_worded_in_both_languages_and_as_json(change: Callable[[Tables], None]) -> None:
    plan = plan_of(change)
    things: dict[str, list[Any]] = {
        "system": list(plan.inventory["systems"].index),
        "component": list(plan.tables["components"]["component"]),
        "workload": list(plan.inventory["workloads"].index),
        "server": list(plan.inventory["servers"].index),
        "department": list(plan.inventory["departments"].index),
        "room": list(plan.inventory["rooms"].index),
        "pool": ["P-IZ", "P-PUB", "P-COLO", "today:R2"],
        "host": [h for h in plan.tables["hosts"]["host"] if h not in plan.inventory["servers"].index],
    }
    for kind, ids in things.items():
        for subject in ids:
            explanation = explain(plan, subject)
            assert explanation.kind == kind
            for language in LANGUAGES:
                assert subject in explanation.text(language)
            json.dumps(plain(explanation.as_json()), allow_nan=False)


def test_a_workload_s_peak_is_as_well_known_as_the_week_it_lies_in() -> None:
    def basis(factor: float | None) -> tuple[str, str]:
        tables = tiny_tables()
        tables["systems"][0]["month_end_factor"] = factor
        plan = make_plan(tiny_scenario(), tiny_inventory(tables))
        said = [lines(explain(plan, "W1"), f"workload.{what}")[0].values["basis"] for what in ("cpu", "peak")]
        return said[0]["en"], said[1]["en"]

    assert basis(None) == ("measured", "measured")
    assert basis(2.0) == ("assumed", "assumed")


def test_an_unknown_id_comes_with_what_may_be_meant() -> None:
    with pytest.raises(BadInput) as caught:
        explain(plan_of(as_it_is), "b-pai", "P-PUP")
    system, pool = caught.value.findings
    assert "B-PAY" in cure(system, "en")
    assert "P-PUB" in cure(pool, "en")
    with pytest.raises(BadInput) as caught:
        explain(plan_of(as_it_is), "¤¤¤")
    assert all(cure(finding, language) for finding in caught.value.findings for language in LANGUAGES)


@pytest.mark.parametrize("subject", ["R1", "D1", "P-PUB"])
def test_a_pool_has_no_meaning_for_what_stands_in_none(subject: str) -> None:
    with pytest.raises(Usage) as caught:
        explain(plan_of(as_it_is), subject, "P")
    (finding,) = caught.value.findings
    assert [subject in words(finding, language) and cure(finding, language) != "" for language in LANGUAGES] == [
        True
    ] * 2


def test_an_id_without_its_zeros_is_meant_first() -> None:
    tables = tiny_tables()
    for name in ("servers", "workloads", "usage"):
        for row in tables[name]:
            row |= {"server": row["server"].replace("S", "S00")} if row.get("server") else {}
    with pytest.raises(BadInput) as caught:
        explain(make_plan(tiny_scenario(), tiny_inventory(tables)), "s03")
    assert caught.value.findings[0].values["maybe"][0] == "S003"


def test_a_department_lists_its_systems_rooms_and_servers() -> None:
    text = explain(plan_of(as_it_is), "D2").text("en")
    for named in ("B-PAY", "C-WORK", "R2", "2 servers"):
        assert named in text
    assert "A-SITE" not in text


@pytest.mark.parametrize("change", CASES)
def test_a_component_says_each_pool_and_seat_once(change: Callable[[Tables], None]) -> None:
    """All reasons against a pool are one line; its own pool's other zones are called that."""
    plan, own = plan_of(change), {"en": "other zones of the same pool", "zh-CN": "同一资源池的其他区域"}
    seats = {str(r.component): (str(r.pool), str(r.zone)) for r in plan.tables["components"].itertuples() if r.pool}
    for component, (pool, zone) in seats.items():
        explanation = explain(plan, component)
        refused = lines(explanation, "not.refused")
        elsewhere = [line.values["pool_id"] for line in refused if line.values["pool_id"] != pool]
        assert len(elsewhere) == len(set(elsewhere))
        for line in refused:
            zones = {name for _, _, names in line.values["refusals"] for name in names}
            other = line.values["pool_id"] == pool and zone not in zones
            assert all(line.text(language).startswith(f"{own[language]}") == other for language in LANGUAGES)


def test_all_reasons_against_a_pool_stand_in_its_line() -> None:
    plan = plan_of(level_three)
    found = [x for s in plan.inventory["systems"].index for x in lines(explain(plan, s), "not.refused")]
    many = [line for line in found if "," in line.rule]
    assert many, "no pool is refused by two rules"
    for line in many:
        assert line.values["reasons"]["zh-CN"].count("；") >= line.rule.count(",")
        assert line.values["reasons"]["en"].count("(rule: ") > line.rule.count(",")
