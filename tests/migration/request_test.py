"""What is asked for so that all systems move is enough, and a little less is not; planted cases, the lever known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.migration import trial
from cloudplan.migration.calendar import window_at, windows, without
from cloudplan.migration.collisions import collisions
from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.levers import levers
from cloudplan.migration.levers import pulled as search
from cloudplan.migration.moves import Move, SingleMoveRule, movers
from cloudplan.migration.problem import Freeze, MigrationProblem
from cloudplan.migration.request import Pulled
from cloudplan.migration.rules import resolve
from cloudplan.migration.waves import plan_waves
from cloudplan.packing.pack import pack
from tests.migration.cases import random_problem


def said_of(problem: MigrationProblem) -> list[Finding]:
    """What is said of all that finds no wave, the errors first."""
    plan = plan_waves(problem)
    assert plan.unscheduled
    found = list(collisions(problem, plan.unscheduled))
    assert all(words(finding, language) and cure(finding, language) for finding in found for language in LANGUAGES)
    return found


def the(message: str, found: list[Finding]) -> Finding:
    (finding,) = (finding for finding in found if finding.message == f"migration.{message}")
    return finding


def pulled(found: list[Finding]) -> dict[str, Pulled]:
    return {entry.lever: entry for entry in the("levers", found).values["levers"]}


def enough(found: list[Finding]) -> dict[str, Any]:
    return {f.values["lever"]: f.values["to"] for f in found if f.message == "migration.lever.enough"}


def left_with(problem: MigrationProblem, **options: Any) -> tuple[str, ...]:
    return plan_waves(replace(problem, options=problem.options.model_copy(update=options))).unscheduled


def test_longer_windows_are_asked_for_with_what_came_of_trying_them() -> None:
    systems = [moving(name, outage_hours=hours) for name, hours in (("A", 2.0), ("B", 4.0), ("C", 0.5))]
    problem = problem_of(systems, window_hours=1.0)
    found = said_of(problem)
    request = the("request", found)
    assert (request.severity, request.values["count"], request.values["asked"]) == (Severity.INFO, 2, 1)
    (edit,) = request.values["edits"]
    assert (edit.where[-1], edit.value) == ("window_hours", 6.7)
    assert words(request) == (
        "供请示引用：按现行割接安排，有 2 个系统（A、B）排不进迁移批次，拟请协调解决以下事项：\n"
        "1. 割接窗口须延长到 6.7 小时（目前 1 小时），扣除回退时间后可停机 4.0 小时，满足其中 2 个系统（A、B）\n"
        "以上事项办妥后，经重排批次核对，全部系统均可排进，共 1 批，最后一批为 2026-03-06。"
    )
    assert words(request, "en").endswith("every system found one, in 1 wave, the last on 2026-03-06.")
    assert not any(entry.edits for entry in pulled(found).values())
    # 1 hour is too short however little of it is kept, and however many windows there are
    assert {name: entry.result for name, entry in pulled(found).items()} == dict.fromkeys(
        ("rollback_share", "most_waves", "systems_per_wave", "precopy_days"), "blocked"
    )


def test_windows_are_lengthened_no_further_than_anything_needs() -> None:
    # longer than from Friday to Sunday, every window would touch a frozen day
    weeks = [dt.date(2026, 3, 9) + dt.timedelta(7 * n) for n in range(6)]
    frozen = [Freeze("working days", day, day + dt.timedelta(4)) for day in weeks]
    problem = problem_of([moving("A"), moving("B")], window_hours=1.0, freezes=frozen)
    case = trial.Case(problem, resolve(problem.rule_options)[0], pack)
    (longer,) = (lever for lever in levers(case, ("A", "B")) if lever.name == "longer_windows")
    found = search(case, longer, ("A", "B"), trial.Trials(2), instead=False)
    assert (found.result, found.to, found.least) == ("enough", 6.7, True)


def test_less_time_for_rolling_back_may_do_instead() -> None:
    problem = problem_of([moving("A")], window_hours=6.6)
    entry = pulled(said_of(problem))["rollback_share"]
    assert (entry.result, entry.to, entry.least) == ("enough", 0.39, True)
    assert [(edit.where[1:], edit.value) for edit in entry.edits] == [(("migration", "rollback_share"), 0.39)]
    assert not left_with(problem, rollback_share=0.39)
    assert left_with(problem, rollback_share=0.395)


def test_the_request_of_two_kinds_of_blocked_systems_holds_both() -> None:
    frozen = Freeze("B's days", dt.date(2026, 3, 1), dt.date(2026, 3, 22), system="B")
    problem = problem_of(
        [moving("A", longest_outage_hours=0.5), moving("B"), moving("C")], freezes=[frozen], most_waves=3
    )
    found = said_of(problem)
    request = the("request", found)
    assert (request.values["systems"], request.values["left"], request.values["asked"]) == (("A", "B"), (), 2)
    text = words(request, "en")
    assert "1. System A would have to bear an outage of 4.0 hours (now: 0.5)" in text
    assert "2. For system B the freeze “B's days” would have to leave out 3 days" in text
    # neither alone is enough, and no single thing is
    bears = replace(problem.systems[0], longest_outage_hours=4.0)
    granted = replace(problem, systems=(bears, *problem.systems[1:]))
    assert plan_waves(granted).unscheduled == ("B",)
    open_ = without(frozen, dt.date(2026, 3, 6), dt.date(2026, 3, 8))
    assert not plan_waves(replace(granted, freezes=open_)).unscheduled
    assert "enough" not in {entry.result for entry in pulled(found).values()}


def test_of_colliding_rules_the_one_that_mends_all_is_asked() -> None:
    # A may move in the window of the 13th only, whose Sunday is frozen
    own = Freeze("A's days", dt.date(2026, 3, 13), dt.date(2026, 3, 15), system="A")
    days = Freeze("tax days", dt.date(2026, 3, 15), dt.date(2026, 3, 16), system="A")
    problem = replace(problem_of([moving("A")], freezes=[days], most_waves=3), allowed=(own,))
    request = the("request", said_of(problem))
    assert request.values["left"] == ()
    shorter = without(days, dt.date(2026, 3, 15), dt.date(2026, 3, 15))
    assert not plan_waves(replace(problem, freezes=shorter)).unscheduled


def test_what_is_left_even_so_is_named_with_its_reason() -> None:
    # B's hosts never come: its only one is the server that it stands on
    problem = problem_of(
        [moving("A", "RELOCATE", longest_outage_hours=None, outage_hours=40.0), moving("B")],
        hosts={"s-B": "reused"},
        packing={"w-B": "s-B"},
    )
    found = said_of(problem)
    request = the("request", found)
    assert (request.values["systems"], request.values["left"]) == (("A", "B"), ())
    # another host stands in for B's, and that is said
    assert "其中 1 台利旧服务器（s-B）腾空太晚" in words(request)
    bought = problem_of(
        [moving("A", "RELOCATE", outage_hours=40.0), moving("B")],
        hosts={"P-1": "purchased"}, lead_days=400, packing={"w-B": "P-1"},
    )  # fmt: skip
    request = the("request", said_of(bought))
    assert request.values["left"] == ("B",)
    assert "1 system (B) still finds none. The first reason: No wave for system B" in words(request, "en")


def test_hosts_that_come_too_late_are_a_lever_of_their_own() -> None:
    problem = problem_of([moving("A")], hosts={"s-A": "reused"})
    found = said_of(problem)
    assert enough(found) == {"hosts": 1}
    assert "s-A" in words(the("request_any", found))
    ready = {name: replace(host, source="existing") for name, host in problem.hosts.items()}
    assert not plan_waves(replace(problem, hosts=ready)).unscheduled


def test_any_one_of_several_levers_is_asked_for() -> None:
    # two windows are open to three systems, one at a time; the freeze takes the second of three
    freeze = Freeze("sessions", dt.date(2026, 3, 9), dt.date(2026, 3, 14))
    problem = problem_of([moving(s) for s in "ABC"], freezes=[freeze], systems_per_wave=1, most_waves=3)
    found = said_of(problem)
    assert enough(found) == {"most_waves": 4, "systems_per_wave": 2, "freeze_end": 2}
    request = the("request_any", found)
    assert (request.values["asked"], request.values["systems"]) == (3, ("C",))
    for line in ("割接窗口由 3 个增加到 4 个", "最多 1 个增加到最多 2 个", "提前 2 天结束"):
        assert line in words(request)
    assert not left_with(problem, most_waves=4)
    for days, left in ((2, ()), (1, ("C",))):
        shorter = replace(freeze, ends_on=freeze.ends_on - dt.timedelta(days))
        assert plan_waves(replace(problem, freezes=(shorter,))).unscheduled == left
    assert "停用相应规则后试排仍排不进" in words(the("levers", found))


def test_of_many_freezes_those_that_matter_are_asked_for() -> None:
    # each freeze takes one of three windows; one more window is needed for the second system
    days = [(dt.date(2026, 3, day), dt.date(2026, 3, day + 2)) for day in (6, 13)]
    freezes = [Freeze(f"f{n}", *ends) for n, ends in enumerate(days)]
    problem = problem_of([moving(s) for s in "ABC"], freezes=freezes, systems_per_wave=1, most_waves=3)
    found = said_of(problem)
    assert enough(found)["freezes"] == 2
    two = replace(problem, systems=problem.systems[:2])
    # either of them would do there: one is named, by the days at one end that free its window
    one = {name: to for name, to in enough(said_of(two)).items() if name.startswith("freeze")}
    assert one in ({"freezes": 1}, {"freeze_end": 3}, {"freeze_start": 3})


def test_more_of_one_department_a_wave_is_a_lever_where_the_rule_holds() -> None:
    stated = {"department-load": {"most": 1}}
    problem = problem_of([moving(s) for s in "ABCE"], most_waves=2, rule_options=stated)
    found = said_of(problem)
    assert enough(found) == {"most_waves": 4, "department_load": 2}
    (edit,) = next(f for f in found if f.values.get("lever") == "department_load").values["edits"]
    assert edit.where == ("scenario", "rules", "department-load", "most")
    for most, left in ((2, 0), (1, 2)):
        again = replace(problem, rule_options={"department-load": {"most": most}})
        assert len(plan_waves(again).unscheduled) == left


def test_systems_beyond_ten_are_counted_not_named() -> None:
    systems = [moving(f"S{n:02d}", outage_hours=4.0) for n in range(12)]
    request = the("request", said_of(problem_of(systems, window_hours=1.0)))
    assert "有 12 个系统（S00、S01、S02、S03、S04、S05、S06、S07、S08、S09 等）" in words(request)


def test_where_trials_run_out_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "WORK", 0)
    monkeypatch.setattr(trial, "FEWEST", 1)
    problem = problem_of([moving(name) for name in "ABCDE"], systems_per_wave=1, most_waves=3)
    found = said_of(problem)
    (least,) = (finding for finding in found if finding.message.startswith("migration.lever."))
    assert least.message == "migration.lever.enough_unsure"
    assert pulled(found)["systems_per_wave"].result == "ran_out"
    assert "试排次数已达上限" in words(the("levers", found))


def refused_alone(problem: MigrationProblem) -> Mapping[SingleMoveRule, list[Move]]:
    """Of each rule, for each system a move that it forbids."""
    rules = [rule for rule in resolve(problem.rule_options)[0] if isinstance(rule, SingleMoveRule)]
    out: dict[SingleMoveRule, list[Move]] = {}
    for rule in rules:
        for system in movers(problem):
            choices = (Move(system, window) for window in windows(problem.options))
            out.setdefault(rule, []).extend([c for c in choices if rule.forbids(problem, c) is not None][:1])
    return out


def test_a_rule_no_longer_forbids_what_it_has_granted() -> None:
    granted: dict[str, int] = {}
    for seed in range(60):
        problem = random_problem(np.random.default_rng(seed))
        for rule, choices in refused_alone(problem).items():
            for choice in choices:
                given = rule.granted(problem, [choice])
                assert given is not None
                there = next(m for m in given.systems if m.system == choice.moving.system)
                window = window_at(given.options, choice.window.starts, choice.window.index)
                assert rule.forbids(given, Move(there, window)) is None, (seed, rule.name(), choice)
                granted[rule.name()] = granted.get(rule.name(), 0) + 1
    assert granted.keys() >= {"freezes", "opening", "transfer", "windows"}
