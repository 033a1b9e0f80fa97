"""How an explanation puts things: an answer told once, a host with its price, durations, and the day of reckoning."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from cloudplan.costs import annuity
from cloudplan.explain import Explanation, explain
from cloudplan.explain.thing.alternatives import nearest, told_once
from cloudplan.explain.thing.system import outage
from cloudplan.explain.words import Line, line
from cloudplan.i18n import LANGUAGES
from cloudplan.plan import make_plan
from tests.explain_hosts_test import seen
from tests.explain_test import as_it_is, level_three, lines, plan_of
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables


def alternative(what: str, yuan: float, changes: str) -> Line:
    named = {name: dict.fromkeys(LANGUAGES, text) for name, text in (("what", what), ("changes", changes))}
    return line("other.dearer", **named, terms=dict.fromkeys(LANGUAGES, "t"), prices=named["what"], yuan=yuan)


def test_two_ways_to_ask_that_come_to_the_same_are_told_once() -> None:
    first, same, other = (
        alternative(*each) for each in (("one more", 5.0, "+S"), ("reuse", 5.0, "+S"), ("x", 5.0, ""))
    )
    assert told_once([first, other]) == (first, other)
    shown = told_once([first, same, other])
    assert (shown[0], shown[2]) == (first, other)
    assert shown[1].text("en") == "reuse: comes to the same as “one more”"
    assert "是同一做法" in shown[1].text("zh-CN")
    (known,) = told_once([same], known=[first])
    assert known.message == "explain.other.same"


def test_terms_that_were_read_above_are_not_told_again() -> None:
    one = alternative("one more", 5.0, "")
    (before,), (after,) = nearest([one]), nearest([one], above=True)
    assert "(t)" in before.text("en")
    assert "(t)" not in after.text("en")
    assert after.values["yuan"] == 5.0


def test_every_answer_of_a_pool_stands_once_for_people_and_each_for_programs() -> None:
    view = seen()
    for pool in ("P-PUB", "P-IZ"):
        explanation = explain(view.plan, pool)
        changes = [
            (x.values["yuan"], x.values["changes"]["en"], x.values["terms"]["en"])
            for section in explanation.sections
            for x in section.shown
            if x.message == "explain.other.dearer"
        ]
        assert len(changes) == len(set(changes))
        assert len(lines(explanation, "other.dearer")) >= len(changes)


def test_a_bought_host_states_its_price_with_its_mark_and_what_it_costs_a_year() -> None:
    view = seen()
    name, host = next((n, h) for n, h in view.state.hosts.items() if h.source == "purchased")
    told = explain(view.plan, name)
    (price,) = lines(told, "host.price")
    assert price.values["yuan"] == view.problem.costs.purchase_yuan(host.kind)
    assert "invented" in price.text("en")
    assert "虚构" in price.text("zh-CN")
    (yearly,) = lines(told, "host.yearly")
    terms = view.problem.host_price(host.kind, host.pool)
    assert yearly.values["yuan"] == pytest.approx(sum(terms.values()))
    assert terms["purchase"] == pytest.approx(annuity(price.values["yuan"], 0.04, price.values["life"]))
    row = view.row("hosts", "host", name)
    assert row is not None
    assert yearly.values["yuan"] == pytest.approx(float(row["yuan_per_year"]), abs=0.01)
    for term in ("purchase", "energy", "operation"):
        assert f"{terms[term]:,.0f}" in yearly.text("en")


def test_a_server_that_serves_again_states_what_that_costs() -> None:
    view = seen()
    server = next(n for n, h in view.state.hosts.items() if h.source == "reused")
    told = explain(view.plan, server)
    (once,) = lines(told, "host.once")
    assert once.values["yuan"] == 700, "500 to carry it, 200 to wipe it"
    assert once.values["years"] == view.problem.costs.years_left(server)
    assert lines(told, "host.yearly")
    assert not lines(told, "host.price")


@pytest.mark.parametrize(
    ("hours", "chinese", "english"),
    [
        (0.2, "停机约 12 分钟", "about 12 minutes"),
        (0.016, "停机约 1 分钟", "about 1 minute"),
        (0.995, "停机约 1.0 小时", "about 1.0 hours"),
        (2.34, "停机约 2.3 小时", "about 2.3 hours"),
        (0.0, "不停机", "not down"),
    ],
)
def test_less_than_an_hour_is_said_in_minutes(hours: float, chinese: str, english: str) -> None:
    told = outage(hours)
    assert told["zh-CN"] == chinese
    assert told["en"].endswith(english) or english in told["en"]


def dated(explanation: Explanation) -> list[Any]:
    return [x.values["today"] for x in lines(explanation, "assumed.today")]


def test_the_day_of_reckoning_stands_once_where_a_date_decides_and_nowhere_else() -> None:
    tables = tiny_tables()
    tables["systems"][1] |= {"last_data_on": "2024-01-01"}
    plan = make_plan(tiny_scenario(), tiny_inventory(tables))
    assert dated(explain(plan, "B-PAY")) == ["2026-01-05"], "its last data decide"
    assert dated(explain(plan, "B-PAY/db/x86")) == ["2026-01-05"]
    assert dated(explain(plan, "S2")) == ["2026-01-05"], "its age decides"
    assert dated(explain(plan, "C-WORK")) == []
    assert "2026-01-05" in explain(plan, "S2").text("zh-CN")
    later = replace(plan, scenario=plan.scenario.model_copy(update={"today": plan.scenario.today.replace(day=6)}))
    assert dated(explain(later, "S2")) == ["2026-01-06"]
    assert dated(explain(plan_of(as_it_is), "P-PUB")) == []


def test_a_protection_level_is_said_in_one_way_on_a_page() -> None:
    plan = plan_of(level_three)
    for subject in ("B-PAY", "P-L3"):
        text = explain(plan, subject).text("zh-CN")
        assert "三级" in text
        assert not re.search(r"(第 ?[1-5] ?级|级别：[1-5])", text)
