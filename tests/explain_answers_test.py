"""What an explanation owes: who moves along, the nearest alternative, and why not for what stands nowhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.errors import BadInput
from cloudplan.explain import explain
from cloudplan.explain.thing.alternatives import nearest
from cloudplan.explain.thing.closing import bound_to, close_pool
from cloudplan.explain.view import View
from cloudplan.explain.words import Line, line
from cloudplan.i18n import LANGUAGES, cure
from cloudplan.plan import make_plan
from tests.explain_test import domestic, lines, plan_of, ungraded
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables


@cache
def adapted() -> Plan:
    """A system of level 3 that is adapted already, and alone on domestic hosts since these cost next to nothing."""
    tables = tiny_tables()
    domestic(tables)
    tables["systems"][1] |= {"software_route": "adapted", "level": 3}
    tables["host_types"][-1] |= {"price_yuan": 1}
    tables["pools"][-1] |= {"filed_level": 3}
    tables["pools"].append({**tables["pools"][1], "pool": "P-L3", "filed_level": 3})
    return make_plan(tiny_scenario(reuse={"allowed": False}), tiny_inventory(tables))


def test_components_that_must_follow_are_named_with_the_price() -> None:
    """As it is, no component of the system may stay on another instruction set: the sibling follows."""
    plan = adapted()
    seats = {str(row.component): str(row.pool) for row in plan.tables["components"].itertuples()}
    assert {seats["B-PAY/app/x86"], seats["B-PAY/db/x86"]} == {"P-XC"}
    explanation = explain(plan, "B-PAY/app/x86")
    told = [x for kind in ("dearer", "equal", "cheaper") for x in lines(explanation, f"not.{kind}")]
    moved = [x for x in told if x.values.get("disposition", {}).get("en") == "moved to the cloud as it is"]
    assert moved
    for one in moved:
        assert all("B-PAY/db/x86" in one.values["changes"][language] for language in LANGUAGES)
        assert all(one.values["changes"][language] in one.text(language) for language in LANGUAGES)
    (once,) = lines(explanation, "not.once")
    assert "其他系统不动" in once.text("zh-CN")


def alternative(kind: str, name: str, yuan: float = 0.0, net: float = 0.0) -> Line:
    named = dict.fromkeys(LANGUAGES, name)
    return line(f"other.{kind}", what=named, yuan=yuan, net=net, terms=named, prices=dict.fromkeys(LANGUAGES, ""))


@pytest.mark.parametrize(
    ("found", "message", "what"),
    [
        ([("dearer", "a", 5.0), ("equal", "b"), ("cheaper", "c", 1.0), ("cheaper", "d", 2.0)], "saves", "d"),
        ([("dearer", "a", 5.0), ("equal", "b"), ("equal", "c")], "as_good", "b, c"),
        ([("dearer", "a", 5.0), ("dearer", "b", 3.0), ("refused", "c")], "decided", "b"),
        ([("dearer", "a", 5.0), ("cheaper.anew", "b", 9.0, 4.0)], "decided_anew", "b"),
        ([("dearer", "a", 3.0), ("cheaper.anew", "b", 9.0, 4.0)], "decided", "a"),
    ],
)
def test_the_nearest_alternative_is_one_that_saves_then_one_alike_then_the_cheapest(
    found: list[Any], message: str, what: str
) -> None:
    (told,) = nearest(alternative(*each) for each in found)
    assert told.message == f"explain.other.{message}"
    assert told.values["what"]["en"] == what
    assert what in told.text("en")


def test_of_one_pool_that_is_asked_about_nothing_is_said_to_be_nearest() -> None:
    for subject, pool in (("B-PAY", "P-XC"), ("B-PAY/db/x86", "P-XC"), ("S2", "P-PUB")):
        told = explain(plan_of(domestic), subject, pool)
        assert not [x for kind in ("decided", "saves", "as_good") for x in lines(told, f"other.{kind}")]
    assert lines(explain(plan_of(domestic), "B-PAY"), "other.decided")


def test_rules_that_bind_a_pool_stand_by_how_much_they_refuse_then_in_their_own_order() -> None:
    view = View(plan_of(ungraded))
    problem, order, ties = view.problem, [rule.name() for rule in view.rules], 0
    for pool in problem.clusters:
        members = [name for name, seat in view.state.seats.items() if seat.pool == pool]
        refused: Counter[str] = Counter()
        for name in bound_to(view, members, {pool}):
            others = [i for i in problem.by_component[name] if problem.candidates[i].pool != pool]
            refused.update({found.rule for i in others for found in view.refusals.candidate[i]})
        ties += len(refused) - len(set(refused.values()))
        if refused:
            (told,) = close_pool(view, pool, members)
            assert told.rule.split(",") == sorted(refused, key=lambda rule: (-refused[rule], order.index(rule)))
    assert ties, "no two rules refuse as much"


@cache
def standing_nowhere() -> Plan:
    """Estate in which a system is retired, one runs at its superior, and one stays."""
    tables = tiny_tables()
    tables["systems"][1] |= {"last_data_on": "2024-01-01"}
    tables["systems"][2] |= {"opinion": "refuses", "opinion_reason": "原因"}
    above = {**tables["systems"][0], "system": "U-ABOVE", "owner_level": "region", "approval_state": "pending"}
    tables["systems"].append({**above, "deploy_model": "superior_central"})
    return make_plan(tiny_scenario(), tiny_inventory(tables))


@pytest.mark.parametrize(("system", "pools"), [("B-PAY", "P-PUB"), ("B-PAY", None), ("U-ABOVE", "P-COLO")])
def test_why_not_is_answered_for_what_stands_nowhere(system: str, pools: str | None) -> None:
    told = explain(standing_nowhere(), system, pools)
    found = lines(told, "not.disposition")
    assert found
    problem = View(standing_nowhere()).problem
    for one in found:
        assert one.rule == problem.options[system].rule
        assert (pools or "P-PUB") in one.text("en")
        assert one.text("zh-CN") in told.text("zh-CN")
    assert bool(lines(told, "not.nothing_runs")) is not bool(problem.of_system[system])


def test_what_has_no_wave_says_why() -> None:
    messages = {s: lines(explain(standing_nowhere(), s), "system.")[-1].message for s in ("C-WORK", "U-ABOVE")}
    assert messages == {"C-WORK": "explain.system.stays", "U-ABOVE": "explain.system.pending"}


@pytest.mark.parametrize(("rule", "message"), [("movable", "unscheduled"), ("carried-out", "done")])
def test_what_moves_but_has_no_wave_found_none_or_is_done(rule: str, message: str) -> None:
    plan = plan_of(ungraded)
    waves, fates = plan.tables["waves"], plan.tables["dispositions"].copy()
    fates.loc[fates["system"] == "B-PAY", "rule"] = rule
    without = replace(plan, tables={**plan.tables, "waves": waves[waves["system"] != "B-PAY"], "dispositions": fates})
    assert lines(explain(plan, "B-PAY"), "system.wave")
    assert lines(explain(without, "B-PAY"), f"system.{message}")


def test_a_forced_move_of_what_runs_nowhere_is_not_cured_by_asking_what_was_asked() -> None:
    with pytest.raises(BadInput) as caught:
        explain(standing_nowhere(), "U-ABOVE", force=["U-ABOVE=P-PUB"])
    (finding,) = caught.value.findings
    assert finding.message == "explain.force.nothing_runs"
    assert "workloads.csv" in cure(finding, "zh-CN")
