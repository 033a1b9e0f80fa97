"""A system without a window is a proof only where no fate that placement's rules leave it has one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from cloudplan.migration import asked
from cloudplan.migration.inevitable import without_window
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.placement.solve import solve
from cloudplan.scenario import MigrationOptions
from cloudplan.state import Seat


def found(problem: PlacementProblem, **journey: Any) -> list[str]:
    rules, _ = resolve({})
    placed = solve(problem, rules)
    asks = asked.problem_of(problem, placed, {})
    return list(without_window(problem, refusals_of(problem, rules), replace(asks, **journey), ["A"]))


def test_a_window_too_short_for_every_fate_is_a_proof() -> None:
    problem = example.problem()
    assert found(problem, options=MigrationOptions(window_hours=1.0)) == ["A"]
    assert found(problem) == []


def test_a_system_that_may_stay_is_none() -> None:
    problem = example.problem(systems={"A": {"opinion": "refuses"}})
    assert found(problem, options=MigrationOptions(window_hours=1.0)) == []


def test_a_pool_that_opens_late_is_none_where_another_opens_in_time() -> None:
    late = {"available_from": dt.date(2027, 1, 1)}
    few = MigrationOptions(starts_on=dt.date(2026, 3, 2), most_waves=3)
    seats = {"A/app/x86": Seat("P", "PUB")}
    for other, blocked in (({}, []), (late, ["A"])):
        problem = example.problem(pools={"P": late, "Q": other})
        assert found(problem, options=few, seats=seats) == blocked
