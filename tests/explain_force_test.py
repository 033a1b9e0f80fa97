"""Forced moves: at once is the whole model with all else fixed, at best a plan of a scenario with the lock."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.cli import main
from cloudplan.errors import BadInput, Infeasible, NoAnswer, Usage
from cloudplan.explain import explain
from cloudplan.explain.force.moves import alone, forced, sent_by
from cloudplan.explain.view import View
from cloudplan.findings import Finding, Severity, errors_in
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.placement.problem import Candidate
from cloudplan.placement.rules import Refusals, refusals_of
from cloudplan.placement.solve import solve, violations
from cloudplan.plan import make_plan
from cloudplan.saved import save
from tests.explain_test import lines
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

KEPT = Finding("placement.seat_kept", Severity.INFO)
EXACT: dict[str, Any] = {"solver": {"gap": 0.0}}


def estate() -> dict[str, Rows]:
    """The tiny estate with a second common cluster, a domestic one, a system that adapts and one that refuses."""
    tables = tiny_tables()
    tables["systems"][1] |= {"software_route": "adaptable", "adapt_effort": 2}
    tables["systems"][2] |= {"opinion": "refuses", "opinion_reason": "原因"}
    # of two pools alike the plan's choice would be the solver's whim: the second stands where electricity is dearer
    centre = next(room for room in tables["rooms"] if room["room"] == "CENTRE")
    tables["rooms"].append({**centre, "room": "ANNEX", "pue": 1.6})
    tables["pools"].append({**tables["pools"][1], "pool": "P-TWO", "site": "ANNEX"})
    tables["pools"].append({**tables["pools"][1], "pool": "P-XC", "arch": "x86_xc"})
    tables["host_types"].append({**tables["host_types"][0], "host_type": "X64", "arch": "x86_xc"})
    return tables


@cache
def plan() -> Plan:
    return make_plan(tiny_scenario(**EXACT), tiny_inventory(estate()))


def locked(name: str, pool: str) -> Plan:
    """A plan from scratch on a scenario with the move as a lock written by hand."""
    kind = "component" if "/" in name else "system"
    return make_plan(
        tiny_scenario(**EXACT, locks=[{kind: name, "pool": pool, "reason": "r"}]), tiny_inventory(estate())
    )


MOVES = [
    ("B-PAY/db/x86", "P-TWO"),  # only it moves
    ("B-PAY/db/x86", "P-XC"),  # its system must adapt, the sibling stays in its pool
    ("B-PAY", "P-XC"),
    ("B-PAY", "P-TWO"),
    ("C-WORK", "P-PUB"),  # kept today; a lock overrules the refusal
    ("A-SITE/db/x86", "P-TWO"),
]


ALSO = {("C-WORK", "P-PUB"), ("B-PAY/db/x86", "P-XC")}
"""Moves after which the whole model would change other pools or siblings too."""


@pytest.mark.parametrize(("name", "pool"), MOVES)
def test_at_once_is_the_whole_model_with_all_else_where_it_is(name: str, pool: str) -> None:
    view = View(plan())
    problem = forced(view, [(name, pool)])
    sent = sent_by(problem, [(name, pool)])
    found = alone(view, problem, sent).answer
    assert found is not None
    assert not errors_in(violations(problem, view.rules, found.state))
    assert all(found.state.seats[component].pool == there for component, there in sent.items())

    systems = {problem.components[component].system for component in sent}
    refusals = refusals_of(problem, view.rules)

    def may(candidate: Candidate) -> bool:
        seat = view.state.seats.get(candidate.component)
        stays = seat is not None and (candidate.pool, candidate.zone) == (seat.pool, seat.zone)
        return candidate.system in systems or stays

    barred = tuple(
        said if may(candidate) else (*said, KEPT)
        for candidate, said in zip(problem.candidates, refusals.candidate, strict=True)
    )
    oracle = solve(problem, view.rules, refusals=Refusals(barred, refusals.server), barred=view.late)
    # siblings stay where they can, and pools that nothing leaves or enters keep their hosts: the oracle may do better
    assert found.cost >= oracle.objective - 1.0
    moved = {c for c, seat in oracle.state.seats.items() if view.state.seats.get(c) != seat}
    touched = {view.state.seats[c].pool for c in sent} | set(sent.values())
    beside = [
        sorted((host.pool, host.kind) for host in state.hosts.values() if host.pool not in touched)
        for state in (view.state, oracle.state)
    ]
    if moved <= set(sent) and beside[0] == beside[1]:
        assert found.cost == pytest.approx(oracle.objective, abs=1.0)
    else:
        assert (name, pool) in ALSO


@pytest.mark.parametrize(("name", "pool"), MOVES)
def test_at_best_is_the_plan_of_a_scenario_with_that_lock_and_never_above_at_once(name: str, pool: str) -> None:
    told: list[str] = []
    figures = explain(plan(), name, force=[f"{name}={pool}"], progress=lambda m, v: told.append(m)).figures
    best, once = figures["at_best"], figures["at_once"]
    scratch = locked(name, pool)
    assert best["from_scratch"] == pytest.approx(scratch.facts["objective"], abs=1.0)
    assert best["cost"] == pytest.approx(scratch.facts["objective"], abs=1.0)
    assert best["cost"] <= once["cost"] + 1e-6
    assert best["bound"] <= best["cost"] + 1e-6
    assert sum(once["terms"].values()) == pytest.approx(once["difference"], abs=1e-6)
    assert {"explain.force.at_once", "explain.force.at_best"} <= set(told)


@pytest.mark.parametrize(("name", "pool"), MOVES)
def test_what_a_move_costs_by_itself_is_the_difference_of_two_exact_plans(name: str, pool: str) -> None:
    rough = make_plan(tiny_scenario(solver={"gap": 0.5}), tiny_inventory(estate()))
    figures = explain(rough, name, force=[f"{name}={pool}"]).figures
    own = figures["by_itself"]
    difference = locked(name, pool).facts["objective"] - plan().facts["objective"]
    assert own["yuan"] == pytest.approx(difference, abs=own["exact_to"] + 1.0)


def test_at_once_alone_solves_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = explain(plan(), "B-PAY", force=["B-PAY=P-TWO"])
    monkeypatch.setattr("cloudplan.explain.force.told.at_best", None)
    monkeypatch.setattr("cloudplan.explain.force.told.own_price", None)
    quick = explain(plan(), "B-PAY", force=["B-PAY=P-TWO"], at_once=True)
    assert quick.figures["at_once"] == whole.figures["at_once"]
    assert "at_best" not in quick.figures
    with pytest.raises(Usage) as raised:
        explain(plan(), "B-PAY", at_once=True)
    assert [finding.message for finding in raised.value.findings] == ["explain.at_once_without_force"]


def test_siblings_that_must_follow_are_said_and_priced() -> None:
    explanation = explain(plan(), "B-PAY", force=["B-PAY/db/x86=P-XC"])
    (system,) = {line.values["system"] for line in lines(explanation, "force.system")}
    assert system == "B-PAY"
    assert explanation.figures["at_once"]["changes"]["systems"]["B-PAY"]["after"][0] == "REPLATFORM"
    assert explanation.figures["at_once"]["terms"]["adaptation"] > 0


def test_a_room_asked_about_says_what_the_move_does_to_it() -> None:
    explanation = explain(plan(), "R2", force=["C-WORK=P-PUB"])
    (about,) = lines(explanation, "force.subject.")
    assert about.message == "explain.force.subject.other"
    assert (about.values["was"]["en"], about.values["now"]["en"]) == ("stays open", "closes")
    assert explanation.figures["at_best"]["changes"]["rooms_closed"] == ["R2"]


def test_what_is_there_already_is_said_without_solving() -> None:
    seats = View(plan()).state.seats
    pool = seats["B-PAY/db/x86"].pool
    explanation = explain(plan(), "B-PAY", force=[f"B-PAY/db/x86={pool}"])
    assert explanation.figures == {"already_there": True}


def test_every_reason_why_not_is_a_rule_that_refuses_when_forced() -> None:
    view, tried = View(plan()), 0
    for component in view.problem.components:
        for pool in view.problem.capacity.pools:
            stated = lines(explain(plan(), component, pool), "not.refused")
            free = [
                i for i in view.problem.by_component[component]
                if view.problem.candidates[i].pool == pool and not view.refusals.candidate[i]
            ]  # fmt: skip
            if not stated or free:
                continue
            tried += 1
            with pytest.raises(Infeasible) as caught:
                explain(plan(), component, force=[f"{component}={pool}"])
            refusing = {finding.rule for finding in caught.value.findings}
            assert {rule for line in stated for rule in line.rule.split(",")} <= refusing
            with pytest.raises(Infeasible):
                locked(component, pool)
    assert tried >= 5


def test_what_would_break_with_all_else_as_it_is_is_named_by_the_rules_words() -> None:
    """The database in the departments' zone alone can't be called from the internet zone (flow F2)."""
    tables = estate()
    tables["pools"].append({**tables["pools"][1], "pool": "P-VPN", "zones": "VPN"})
    there = make_plan(tiny_scenario(**EXACT), tiny_inventory(tables))
    view = View(there)
    problem = forced(view, [("A-SITE/db/x86", "P-VPN")])
    once = alone(view, problem, {"A-SITE/db/x86": "P-VPN"})
    assert once.answer is None
    assert {finding.rule for finding in once.broken} == {"conduits"}


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("B-PAY", Usage, "explain.force.form"),
        ("B-PAI=P-PUB", BadInput, "explain.force.unknown"),
        ("B-PAY=P-PUP", BadInput, "explain.unknown_pool"),
        ("B-PAY=today:R1", Infeasible, "explain.force.refused"),
        ("B-PAY=P-COLO", Infeasible, "explain.force.refused"),
    ],
)
def test_what_can_not_be_asked_is_said(given: str, error: type[Exception], message: str) -> None:
    changed = {"targets": {"open": ["banner_pool", "in_place"]}} if "COLO" in given else {}
    asked = make_plan(tiny_scenario(**EXACT, **changed), tiny_inventory(estate())) if changed else plan()
    with pytest.raises(error) as caught:
        explain(asked, "B-PAY", force=[given])
    findings: Any = caught.value.findings  # type: ignore[attr-defined]
    assert findings[0].message == message
    for finding in findings:
        assert all(words(finding, language) and cure(finding, language) for language in LANGUAGES)
    if "COLO" in given:
        assert [finding.message for finding in findings].count("explain.force.closed") == 1  # not once a component


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(plan(), tmp_path / "p")
    capsys.readouterr()
    assert main(["explain", str(tmp_path / "p"), "B-PAY", "--force", "B-PAY/db/x86=P-TWO", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["explanation"]["figures"]["at_best"]["cost"] > 0
    assert main(["explain", str(tmp_path / "p"), "B-PAY", "--force", "A-SITE/web/x86=P-PUB", "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert "zone" in {finding["rule"] for finding in document["findings"]}
    assert main(["explain", str(tmp_path / "p"), "B-PAY", "--force", "x", "--sensitivity"]) == 2


def test_locks_that_are_switched_off_stay_off_beside_a_forced_move() -> None:
    lock = {"system": "A-SITE", "pool": "P-TWO", "reason": "r"}
    off = make_plan(tiny_scenario(**EXACT, locks=[lock], rules={"locks": False}), tiny_inventory(estate()))
    problem = forced(View(off), [("B-PAY", "P-TWO")])
    assert [found.subject for found in problem.scenario.locks] == [("system", "B-PAY")]


@pytest.mark.parametrize(
    ("lock", "proved"),
    [({"component": "A-SITE/db/x86", "pool": "P-PUB"}, True), ({"system": "B-PAY", "pool": "P-PUB"}, False)],
)
def test_what_the_plan_proved_holds_for_a_move_unless_a_lock_gave_way(
    lock: dict[str, str], proved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = {**lock, "reason": "r"}
    held = make_plan(tiny_scenario(**EXACT, locks=[lock]), tiny_inventory(estate()))

    def exhausted(*_: Any, **__: Any) -> Any:
        raise NoAnswer([Finding("placement.limit", values={"nodes": 1})])

    monkeypatch.setattr("cloudplan.explain.force.moves.decide", exhausted)
    said = explain(held, "B-PAY", force=["B-PAY=P-TWO"])
    assert bool(lines(said, "force.best.gap")) is proved
    assert bool(lines(said, "force.best.unproved")) is not proved


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("subject", ["A-SITE", "R1", "B-PAY", "B-PAY/db/x86"])
def test_another_thing_than_the_one_sent_is_told_what_is_judged_and_what_that_does_to_it(
    at_once: bool, subject: str
) -> None:
    other = not subject.startswith("B-PAY")
    told = explain(plan(), subject, force=["B-PAY/db/x86=P-TWO"], at_once=at_once)
    about = lines(told, "force.about")
    assert [line.values["subject"] for line in about] == [subject] * other
    titles = [s.title.values["subject"] for s in told.sections if s.title.message == "explain.force.subject.title"]
    assert titles == [subject] * (subject != "B-PAY/db/x86")
    for language in LANGUAGES:
        assert "B-PAY/db/x86" in told.sections[0].title.text(language)
        assert all("B-PAY/db/x86" in line.text(language) and subject in line.text(language) for line in about)
    if other and at_once:
        (effect,) = lines(told, "force.subject.")
        assert effect.message == "explain.force.subject.same", "all other systems stay"


def test_a_move_against_an_ordered_rule_names_it() -> None:
    said = explain(plan(), "C-WORK", force=["C-WORK=P-PUB"])
    (overruled,) = lines(said, "force.overruled")
    assert (overruled.rule, said.figures["overruled"]) == ("refusal", ["refusal"])
    assert "原因" in overruled.text("zh-CN")
    assert not lines(explain(plan(), "B-PAY", force=["B-PAY=P-TWO"]), "force.overruled")


def test_what_a_soft_rule_costs_is_told_where_it_is_missed_and_counts_in_what_is_dearer() -> None:
    tables = estate()
    # level 2 in a pool filed for level 3 misses the local policy
    next(pool for pool in tables["pools"] if pool["pool"] == "P-PUB")["filed_level"] = 3
    asked: dict[str, Any] = {**EXACT, "rules": {"level-separation": {"soft": 70_000}}}
    lock = {"system": "B-PAY", "pool": "P-PUB", "reason": "r"}
    missing = make_plan(tiny_scenario(**asked, locks=[lock]), tiny_inventory(tables))
    told = lines(explain(missing, "B-PAY/db/x86"), "missed")
    assert [(line.rule, line.values["yuan"]) for line in told] == [("level-separation", 70_000)]

    kept = make_plan(tiny_scenario(**asked), tiny_inventory(tables))
    assert kept.tables["components"].set_index("component")["pool"]["B-PAY/db/x86"] == "P-TWO"
    explained = explain(kept, "B-PAY/db/x86")
    assert not lines(explained, "missed")
    dearer = [line for line in lines(explained, "not.dearer") if line.values["pool_id"] == "P-PUB"]
    assert dearer
    for told_ in dearer:
        assert told_.values["yuan"] > 40_000
        assert "missing soft rules +70,000" in told_.text("en")
