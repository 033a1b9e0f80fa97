"""The check finds what is wrong with a plan that was spoilt by hand."""

from __future__ import annotations

from dataclasses import replace

from cloudplan.migration.check import violations
from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.problem import MigrationPlan
from cloudplan.migration.waves import plan_waves
from cloudplan.state import State

PROBLEM = problem_of(
    [moving("A"), moving("B")],
    use={"A": 5, "B": 5},
    packing={"w-A": "P-1", "w-B": "P-2"},
    hosts={"P-1": "purchased", "P-2": "purchased", "P-3": "purchased"},
    spares=["P-3"],
    ha={"w-A": "g", "w-B": "g"},
)
PLAN = plan_waves(PROBLEM)


def found(plan: MigrationPlan) -> set[str]:
    return {f.message for f in violations(PROBLEM, plan)}


def spoilt(**changes: object) -> MigrationPlan:
    (state,) = PLAN.states
    return replace(PLAN, states=(State(**{**state.__dict__, **changes}),))


def test_the_plan_itself_is_right() -> None:
    assert found(PLAN) == set()


def test_two_on_one_host_are_too_many_and_not_apart() -> None:
    messages = found(spoilt(host_of={"w-A": "P-1", "w-B": "P-1"}))
    assert "packing.ha-separation.same_host" in messages
    assert any(m.startswith("packing.capacity.") for m in messages)


def test_a_workload_without_a_living_host_is_homeless() -> None:
    assert found(spoilt(host_of={"w-A": "P-1"})) == {"migration.homeless"}
    assert "migration.homeless" in found(spoilt(host_of={"w-A": "P-1", "w-B": "P-9"}))


def test_a_missing_spare_is_missed() -> None:
    hosts = {h: host for h, host in PLAN.states[0].hosts.items() if h != "P-3"}
    assert found(spoilt(hosts=hosts)) == {"packing.spare-hosts.too_few"}


def test_a_system_is_moved_or_listed_and_not_both() -> None:
    assert found(replace(PLAN, unscheduled=("A",))) == {"migration.lost"}
    assert found(replace(PLAN, cutovers={"A": PLAN.cutovers["A"]})) == {"migration.lost"}
