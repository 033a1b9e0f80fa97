"""What an earlier plan has ordered is bought already, whatever may be bought now."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from cloudplan.earlier import Earlier, Ordered
from cloudplan.placement import example
from cloudplan.placement.decided import on_hosts
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve
from cloudplan.scenario import PurchaseOptions


@pytest.mark.parametrize("options", [{"allowed": False}, {"budget_yuan": 0.0}])
def test_an_order_stands_where_nothing_more_may_be_bought(options: dict[str, Any]) -> None:
    scenario = {"purchases": PurchaseOptions(**options)}
    if "budget_yuan" in options:
        problem = example.problem(budget_yuan=0.0)
    else:
        problem = example.problem()
        problem = replace(problem, scenario=problem.scenario.model_copy(update=scenario))
    ordered = (Ordered("P", "H", dt.date(2026, 2, 20)), Ordered("P", "H", dt.date(2026, 2, 20)))
    problem = replace(problem, earlier=Earlier(plan="", ordered=ordered))
    placed = solve(problem, resolve({"minimum-gain": False})[0])
    bought = [host.kind for host in placed.state.hosts.values() if host.source == "purchased"]
    assert bought == ["H", "H"]


@pytest.mark.parametrize(
    ("given", "serves", "expected"), [("T", "P", "T"), ("", "P", "S"), ("T", "Q", "S"), ("gone", "P", "S")]
)
def test_a_workload_that_waits_on_another_host_goes_to_the_one_its_plan_gave_it(
    given: str, serves: str, expected: str
) -> None:
    young = {"bought_on": example.years_ago(1)}
    problem = example.problem(servers={"S": young, "T": young}, pools={"Q": {}})
    seat = ("REHOST", "P", "PUB")
    state = example.state(problem, {"A/app/x86": seat}, reused={"S": "P", "T": serves})
    moved = Earlier(
        plan="", done={"A": dt.date(2025, 12, 1)}, seats=state.seats, host_of={"A1": given} if given else {}
    )
    assert on_hosts(replace(problem, earlier=moved), state, "P") == {"A1": expected}
