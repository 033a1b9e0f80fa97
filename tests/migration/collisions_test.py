"""Where systems find no wave, the rules that collide there are named, and the least that would do does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.migration.collisions import collisions
from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.problem import Freeze, MigrationProblem
from cloudplan.migration.waves import plan_waves
from cloudplan.relief import Edit


def said_of(problem: MigrationProblem) -> list[Finding]:
    plan = plan_waves(problem)
    assert plan.unscheduled
    found = list(collisions(problem, plan.unscheduled))
    for finding in found:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)
    # what is asked for in sum is looked at in request_test
    return [finding for finding in found if not finding.message.startswith(("migration.request", "migration.levers"))]


def frozen(**freeze: Any) -> MigrationProblem:
    """Windows of 6, 13, 20 March (Friday to Sunday); A may move on those of the 13th only, and these are frozen."""
    entry = Freeze("A's days", dt.date(2026, 3, 13), dt.date(2026, 3, 15), system="A")
    days = Freeze("tax days", dt.date(2026, 3, 15), dt.date(2026, 3, 16), **freeze)
    return replace(problem_of([moving("A"), moving("B")], freezes=[days], most_waves=3), allowed=(entry,))


def test_a_freeze_and_the_days_of_a_system_collide() -> None:
    collide, *least = said_of(frozen())
    assert (collide.message, set(collide.values["rules"])) == ("migration.collide.systems", {"freezes", "windows"})
    assert collide.values["systems"] == ("A",)
    by_rule = {finding.rule: finding for finding in least}
    freeze = by_rule["freezes"]
    assert (freeze.message, freeze.values["freezes"], freeze.values["days"]) == (
        "migration.least.freeze", ("tax days",), 1,
    )  # fmt: skip
    assert freeze.values["starts_on"] == freeze.values["ends_on"] == dt.date(2026, 3, 15)
    # three more days would do in the free window of 6 March or of 20 March
    assert (by_rule["windows"].message, by_rule["windows"].values["days"]) == ("migration.least.days", 3)


def test_each_of_the_two_giving_that_much_is_enough() -> None:
    problem = frozen()
    shorter = Freeze("tax days", dt.date(2026, 3, 16), dt.date(2026, 3, 16))
    wider = Freeze("A's days", dt.date(2026, 3, 6), dt.date(2026, 3, 8), system="A")
    assert not plan_waves(replace(problem, freezes=(shorter,))).unscheduled
    assert not plan_waves(replace(problem, allowed=(*problem.allowed, wider))).unscheduled


def test_a_copy_that_takes_too_long_says_how_much_sooner_it_must_begin() -> None:
    problem = problem_of([moving("A", transfer_hours=163.2, transfer_gib=43_000.0)])
    collide, least = said_of(problem)
    assert collide.values["rules"] == ("transfer",)
    # 5 days and 31.2 hours are 151.2 hours
    assert least.values["short"] == pytest.approx(12)
    assert least.values["edits"] == (Edit(("scenario", "migration", "precopy_days"), 5.5),)
    longer = replace(problem, options=problem.options.model_copy(update={"precopy_days": 5.5}))
    assert not plan_waves(longer).unscheduled


def test_an_outage_too_long_says_what_it_would_have_to_bear() -> None:
    collide, least = said_of(problem_of([moving("A", longest_outage_hours=0.5)]))
    assert collide.values["rules"] == ("windows",)
    assert (least.message, least.values["now"], least.values["to"]) == ("migration.least.outage", 0.5, 4.0)


def test_a_pool_that_opens_after_the_last_window_says_by_when_it_would_have_to() -> None:
    problem = problem_of([moving("A")], opens=dt.date(2026, 4, 1), most_waves=3)
    collide, least = said_of(problem)
    assert collide.values["rules"] == ("opening",)
    assert (least.values["to"], least.values["short"]) == (dt.date(2026, 3, 20), 12)
    assert not plan_waves(problem_of([moving("A")], opens=least.values["to"], most_waves=3)).unscheduled


def test_systems_blocked_alike_are_named_together() -> None:
    systems = [moving(name, longest_outage_hours=0.5) for name in "ABC"]
    collide, *least = said_of(problem_of(systems))
    assert (collide.values["systems"], len(least)) == (("A", "B", "C"), 3)
    (many,) = said_of(problem_of([moving(name, longest_outage_hours=0.5) for name in "ABCDE"]))[1:]
    assert (many.message, many.values["count"], len(many.values["edits"])) == ("migration.least.many", 5, 5)


def test_too_few_a_wave_says_how_many_would_do() -> None:
    problem = problem_of([moving(name) for name in "ABCDE"], systems_per_wave=1, most_waves=3)
    collide, waves, crew = said_of(problem)
    assert (collide.message, collide.values["rules"]) == ("migration.collide.waves", ("crew",))
    assert (crew.values["now"], crew.values["to"]) == (1, 2)
    assert (waves.values["now"], waves.values["to"]) == (3, 5)
    for finding, option in ((crew, "systems_per_wave"), (waves, "most_waves")):
        enough, less = (
            replace(problem, options=problem.options.model_copy(update={option: finding.values["to"] - off}))
            for off in (0, 1)
        )
        assert not plan_waves(enough).unscheduled
        assert plan_waves(less).unscheduled


def test_hosts_that_never_come_are_no_rules_fault() -> None:
    # its only host is the server that it stands on, and it must leave that first
    problem = problem_of([moving("A")], hosts={"s-A": "reused"}, rule_options={"capacity-after-step": {}})
    collide, *_ = said_of(problem)
    assert collide.values["rules"] == ("capacity-after-step",)


def test_a_window_too_short_for_many_says_how_long_would_do() -> None:
    # 60 % of a window may be used: 4 hours of outage take 6.7
    systems = [moving(name, outage_hours=hours) for name, hours in (("A", 2.0), ("B", 4.0), ("C", 0.5))]
    problem = problem_of(systems, window_hours=1.0)
    collide, least = said_of(problem)
    assert (collide.message, collide.values["systems"]) == ("migration.collide.one_rule", ("A", "B"))
    assert (least.message, least.values["to"], least.values["count"]) == ("migration.least.window_hours", 6.7, 2)
    assert least.values["edits"] == (Edit(("scenario", "migration", "window_hours"), 6.7),)
    for hours, left in ((6.7, ()), (6.6, ("B",))):
        options = problem.options.model_copy(update={"window_hours": hours})
        assert plan_waves(replace(problem, options=options)).unscheduled == left


def test_what_bears_less_has_to_agree_beside_a_longer_window() -> None:
    systems = [moving("A", outage_hours=4.0, longest_outage_hours=0.5), moving("B", outage_hours=3.0)]
    _, window, own = said_of(problem_of(systems, window_hours=1.0))
    assert (window.message, window.values["to"]) == ("migration.least.window_hours", 6.7)
    assert (own.subject, own.values["edits"]) == ("A", (Edit(("systems", "A", "max_outage_minutes"), 240),))


def test_what_only_waits_for_a_blocked_system_is_counted_in_one_line() -> None:
    systems = [moving("A", longest_outage_hours=0.5), *(moving(name) for name in "BCDE")]
    problem = problem_of(systems, before=[("A", "B"), ("B", "C"), ("A", "D")])
    collide, _, waiting = said_of(problem)
    assert collide.values["systems"] == ("A",)
    assert (waiting.message, waiting.values["systems"]) == ("migration.collide.waiting", ("B", "C", "D"))
