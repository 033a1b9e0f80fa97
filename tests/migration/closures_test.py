from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from cloudplan.i18n import LANGUAGES, say
from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.waves import plan_waves


def test_a_room_closes_on_the_day_after_the_wave_that_empties_it() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C")],
        rooms={"s-A": "R1", "s-B": "R2", "s-C": "R1", "switch": "R2", "dusty": "R3"},
        systems_per_wave=1,
    )
    plan = plan_waves(problem)
    wave_of = {s: c.wave for s, c in plan.cutovers.items()}
    closures = {c.room: c for c in plan.closures}
    assert list(closures) == ["R1", "R2", "R3"]
    # R2 holds one system and is nearer to being empty; C follows A into the room that A began to empty
    assert wave_of == {"B": 1, "A": 2, "C": 3}
    assert (closures["R2"].wave, closures["R2"].closes_on) == (1, dt.date(2026, 3, 9)), "a Monday after Sunday's end"
    assert (closures["R1"].wave, closures["R1"].closes_on) == (3, dt.date(2026, 3, 23))
    assert (closures["R3"].wave, closures["R3"].closes_on) == (1, dt.date(2026, 3, 9)), "it runs nothing"
    assert all(not c.residual and not c.why for c in plan.closures)


def test_what_stays_keeps_its_room_open() -> None:
    problem = problem_of(
        [moving("A"), moving("B", "KEEP"), moving("C", outage_hours=99.0), moving("D")],
        rooms={"s-A": "R1", "gap": "R1", "s-B": "R2", "s-C": "R3", "s-D": "R4"},
        stays={"gap": "some.reason"},
    )
    plan = plan_waves(problem)
    told = {c.room: (c.closes_on, c.wave, c.residual, c.why) for c in plan.closures}
    assert told["R1"] == (None, None, ("gap",), "some.reason")
    assert told["R2"] == (None, None, ("s-B",), "migration.residual.not_moving")
    assert told["R3"] == (None, None, ("s-C",), "migration.residual.unscheduled")
    assert told["R4"][0] is not None
    for language in LANGUAGES:
        assert say(told["R2"][3], language)
        assert say(told["R3"][3], language)


def test_a_stopped_workload_is_needed_until_its_system_has_moved() -> None:
    # A runs elsewhere; a stopped part of it lies on an idle server in R1, one of K, which stays, in R2
    problem = problem_of(
        [moving("A"), moving("B"), moving("K", "KEEP")],
        rooms={"idle": "R1", "other": "R2"},
        systems_per_wave=1,
        together=(),
        before=[("B", "A")],
    )
    problem = replace(problem, stopped={"idle": frozenset({"A"}), "other": frozenset({"K"})})
    assert {c.room: c.wave for c in plan_waves(problem).closures if c.room != "R"} == {"R1": 2, "R2": 1}


def test_without_any_wave_no_room_closes() -> None:
    plan = plan_waves(problem_of([], rooms={"idle": "R1"}))
    assert plan.waves == ()
    assert [(c.closes_on, c.residual, c.why) for c in plan.closures] == [
        (None, ("idle",), "migration.residual.no_wave")
    ]


@pytest.mark.parametrize("disposition", ["RETIRE", "MERGE", "RELOCATE", "UPLIFT", "REFACTOR"])
def test_every_way_to_leave_empties_a_server(disposition: str) -> None:
    plan = plan_waves(problem_of([moving("A", disposition)]))
    assert [c.wave for c in plan.closures] == [1]
