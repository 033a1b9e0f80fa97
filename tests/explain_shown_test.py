"""What people are shown of an explanation: in fewer lines than there are, the cheapest first, and nothing left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from cloudplan.explain import Explanation, explain
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Section, alike, line, shortened
from cloudplan.i18n import LANGUAGES, catalogue
from cloudplan.plan import make_plan
from tests.explain_test import CASES, Tables, as_it_is, domestic, level_three, lines, plan_of
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables

Change = Callable[[Tables], None]


def elsewhere(explanation: Explanation) -> list[Section]:
    return [section for section in explanation.sections if section.title.message == "explain.not.title"]


@pytest.mark.parametrize("change", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_shown_with_every_pool_that_it_refuses(change: Change, language: str) -> None:
    """With the pool, or where the rule speaks of zones whatever the pool, with all its zones."""
    plan = plan_of(change)
    view = View(plan)
    for system in plan.inventory["systems"].index:
        explanation = explain(plan, system)
        shown = [x.text(language) for section in explanation.sections for x in section.shown]
        for refused in lines(explanation, "not.refused"):
            pool = str(refused.values["pool"][language]).split("，若" if language == "zh-CN" else ", if")[0]
            pool = pool.removeprefix("other zones of ").removesuffix("的其他区域")  # with all that is said of it
            for rule, message, zones in refused.values["refusals"]:
                told = [text for text in shown if rule_name(rule)[language] in text]
                named = [view.zone(zone)[language] for zone in zones]
                whatever = "{pool}" not in catalogue(language)[message]
                called = (pool, view.pool(refused.values["pool_id"])[language])
                assert any(
                    any(name in text for name in called) or (whatever and all(zone in text for zone in named))
                    for text in told
                ), (pool, rule)


def test_what_is_said_of_zones_whatever_the_pool_is_said_once_of_a_component() -> None:
    """Of every pool that has the zone the rule says the same."""
    explanation = explain(plan_of(level_three), "A-SITE/web/x86")
    (section,) = elsewhere(explanation)
    message = "placement.zone.not_exposed"
    told = [x for x in section.lines if message in str(x.values.get("refusals"))]
    assert len(told) > 1, "one pool only has such a zone"
    for language in LANGUAGES:
        shown = [x.text(language) for x in section.shown]
        words = catalogue(language)[message].partition("{zone}")[0].rpartition("}")[2]
        (once,) = [text for text in shown if words in text]
        assert all(View(plan_of(level_three)).zone(zone)[language] in once for zone in ("PUB", "VPN"))


def two_of_level_three(tables: Tables) -> None:
    """Two clusters that are filed for level 3."""
    level_three(tables)
    tables["pools"].append({**tables["pools"][-2], "pool": "P-L3B"})


def test_pools_that_a_rule_refuses_alike_share_a_line() -> None:
    plan = plan_of(two_of_level_three)
    explanation = explain(plan, "C-WORK/app/x86")
    (section,) = elsewhere(explanation)
    refused = [x for x in section.lines if x.message == "explain.not.refused"]
    shown = [x for x in section.shown if x.message.endswith("refused")]
    told = [reason for x in refused for reason in x.values["refusals"]]
    assert len(shown) < len(told), "no reason is said of two pools"
    (both,) = [x.text("en") for x in shown if x.rule == "level-separation"]
    assert both.count("(P-L3)") == both.count("(P-L3B)") == 1


def test_what_is_refused_to_all_components_alike_is_said_once_of_the_system() -> None:
    plan = plan_of(level_three)
    explanation = explain(plan, "B-PAY")
    names = [x.values["component"] for x in (section.title for section in elsewhere(explanation))]
    assert len(names) > 1
    (shared,) = [section for section in explanation.sections if section.title.message == "explain.not.shared"]
    first = shared.shown[0].text("zh-CN")
    assert all(first not in [x.text("zh-CN") for x in section.shown] for section in elsewhere(explanation))
    assert all(name in shared.title.text(language) for name in names for language in LANGUAGES)
    assert any(f"{names[0]} (and {len(names) - 1} more)" in x.text("en") for x in shared.shown)
    assert "explain.not.shared" not in str(explanation.as_json()), "other programs find it with each component"


def test_the_system_is_answered_before_its_components() -> None:
    explanation = explain(plan_of(domestic), "B-PAY")
    titles = [section.title.message for section in explanation.sections]
    assert titles[:2] == ["explain.system.title", "explain.change.title"]
    assert titles.index("explain.component.title") > titles.index("explain.change.title")
    assert [x.message for x in explanation.sections[1].lines][-1] == "explain.other.decided"


@pytest.mark.parametrize("change", CASES)
def test_the_cheapest_alternative_stands_first_and_what_is_refused_last(change: Change) -> None:
    plan = plan_of(change)
    met = 0
    for component in plan.tables["components"]["component"]:
        for section in elsewhere(explain(plan, component)):
            for some in (section.lines, section.shown):
                kinds = [str(x.values.get("first", x.message.rpartition(".")[2])) for x in some]
                yuan = [
                    float(x.values.get("yuan", 0.0)) * (-1 if kind == "cheaper" else 1)
                    for x, kind in zip(some, kinds, strict=True)
                    if kind in ("cheaper", "equal", "dearer")
                ]
                assert yuan == sorted(yuan)
                met += len(yuan)
                last = [kind in ("refused", "disposition", "closed", "today") for kind in kinds]
                assert last == sorted(last)
                if yuan:
                    assert kinds[0] == "once"
    assert met or change is not domestic, "no price was compared"


def test_lines_that_differ_in_the_pool_alone_are_one() -> None:
    said = [
        line("server.late", pool=dict.fromkeys(LANGUAGES, "P1")),
        line("server.bound", pool=dict.fromkeys(LANGUAGES, "P2")),
        line("server.late", pool=dict.fromkeys(LANGUAGES, "P3")),
        line("server.empty"),
        line("server.empty"),
    ]
    late = "no rule forbids it, but its own systems leave too late for any wave to have it there in time"
    texts = [x.text("en") for x in alike(said)]
    assert texts == [f"P1, P3: {late}", *(x.text("en") for x in (said[1], said[3], said[3]))]


def test_of_many_the_first_are_shown_and_the_others_counted() -> None:
    many = [line("host.workload", workload=f"W{n}") for n in range(10)]
    assert [x.text("zh-CN") for x in shortened(many, 2)] == ["W0", "W1", "另有 8 项从略，--json 输出全部"]
    assert shortened(many, 9) == tuple(many), "nothing is gained by counting one"


@pytest.mark.parametrize("change", CASES)
def test_a_pool_that_is_open_in_some_way_is_told_in_one_line(change: Change) -> None:
    """What is free there, what the whole system would have to become, and what is refused there stand together."""
    met = 0
    for component in plan_of(change).tables["components"]["component"]:
        for section in elsewhere(explain(plan_of(change), component)):
            opened = {x.values["pool_id"]: x.values["name"]["en"] for x in section.lines if "name" in x.values}
            for name in opened.values():
                told = [x for x in section.shown if name in x.text("en") and x.message != "explain.not.once"]
                assert [x.message for x in told] == ["explain.not.passage"], (component, name)
            met += len(opened)
    assert met or change is not domestic


def test_the_passage_of_a_pool_names_price_disposition_and_refusals() -> None:
    (section,) = elsewhere(explain(plan_of(domestic), "B-PAY/db/x86"))
    (passage,) = [x.text("en") for x in section.shown if "(P-XC): " in x.text("en")]
    assert "if the whole system became “adapted and moved to the cloud”" in passage
    assert "yuan a year more" in passage
    assert "(rule: instruction set)" in passage


def two_zones(tables: Tables) -> None:
    """Let the internet zone call the departments' zone too."""
    calls = next(row for row in tables["conduits"] if (row["source_zone"], row["target_zone"]) == ("IZ", "PUB"))
    tables["conduits"].append({**calls, "target_zone": "VPN"})


def two_pools(tables: Tables) -> None:
    """A second common pool, in which a pair of hosts stands already, as in the first."""
    tables["pools"].append({**tables["pools"][1], "pool": "P-TWO"})
    old = tables["servers"][0]
    for number, pool in enumerate(("P-PUB", "P-PUB", "P-TWO", "P-TWO")):
        more = {"server": f"S{5 + number}", "room": "CENTRE", "rack": None, "start_u": None, "pool": pool}
        tables["servers"].append({**old, **more, "zone": "PUB"})


def test_of_places_that_cost_the_same_cost_is_not_said_to_decide() -> None:
    explanation = explain(plan_of(two_zones), "A-SITE/db/x86")
    (why,) = lines(explanation, "why.")
    (equal,) = lines(explanation, "not.equal")
    assert why.message == "explain.why.equal"
    assert why.values["others"] == 1
    assert "cheapest" not in why.text("en")
    for language in LANGUAGES:
        assert equal.values["zone"][language] in explanation.text(language)
        assert not any(word in explanation.text(language) for word in ("solver", "求解时", "先取"))


def test_which_of_places_at_the_same_cost_is_the_planner_s_choice_and_a_lock_fixes_it() -> None:
    zones = explain(plan_of(two_zones), "A-SITE/db/x86")
    (same_pool,) = lines(zones, "other.as_good")
    assert same_pool.message == "explain.other.as_good.zones"
    assert "选哪个区域都可以" in same_pool.text("zh-CN")

    plan = plan_of(two_pools)
    seats = {str(row.component): str(row.pool) for row in plan.tables["components"].itertuples()}
    (choice,) = lines(explain(plan, "A-SITE/db/x86"), "other.as_good")
    assert choice.message == "explain.other.as_good.places"
    lock = yaml.safe_load(choice.values["lock"]["zh-CN"])
    assert lock == {"component": "A-SITE/db/x86", "pool": seats["A-SITE/db/x86"], "reason": lock["reason"]}
    tables = tiny_tables()
    two_pools(tables)
    for pool in ("P-PUB", "P-TWO"):  # either way the lock decides
        fixed = make_plan(tiny_scenario(locks=[{**lock, "pool": pool}]), tiny_inventory(tables))
        found = fixed.tables["components"].set_index("component")["pool"]
        assert found["A-SITE/db/x86"] == pool


def test_why_a_place_was_chosen_claims_no_more_than_was_compared() -> None:
    (alone,) = lines(explain(plan_of(as_it_is), "A-SITE/db/x86"), "why.")
    assert alone.message == "explain.why.together", "the other zone breaks a rule"
    (one,) = lines(explain(plan_of(domestic), "B-PAY/db/x86", "P-XC"), "why.")
    assert one.message == "explain.why.free"
    (cheapest,) = lines(explain(plan_of(domestic), "B-PAY/db/x86"), "why.")
    assert cheapest.message == "explain.why.cheapest"


def test_what_is_below_is_promised_nowhere_when_one_pool_is_asked_about() -> None:
    for language in LANGUAGES:
        text = explain(plan_of(as_it_is), "B-PAY/db/x86", "P-IZ").text(language)
        assert "below" not in text
        assert "见下" not in text


def test_what_stays_by_rule_says_nothing_of_money_or_gap() -> None:
    told = explain(plan_of(domestic), "C-WORK")
    assert not lines(told, "assumed.gap")
    assert not lines(told, "assumed.prices")
    assert lines(told, "system.one_place")
    assert lines(explain(plan_of(domestic), "B-PAY"), "assumed.gap")
