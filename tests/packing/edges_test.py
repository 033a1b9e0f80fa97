"""Where a rule of packing turns: the very load a host carries, and what a rule has no say about; by the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cloudplan.packing.exact import variables
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.rules.capacity import Capacity
from cloudplan.packing.rules.ha_separation import HaSeparation
from cloudplan.packing.rules.most_workloads import MostWorkloads
from cloudplan.packing.rules.spare_hosts import SpareHosts
from cloudplan.state import State
from tests.packing.twice_said_test import said_by_maths
from tests.twice_said import block_feasible


def agreed(rule: Any, problem: PackingProblem, state: State) -> list[str]:
    """What the words find, where the maths say the same."""
    found = [finding.message.rpartition(".")[2] for finding in rule.violations(problem, state)]
    assert said_by_maths(rule, problem, state) == (not found), found
    return found


def two_fill_a_host_and_no_more() -> None:
    # a host has 8 vCPU for use, 10 threads at two vCPU each, 32 GiB and 1,000 Mbit/s
    for resource, column, full in (
        ("allocation", "vcpu", 20.0),
        ("memory", "memory_gib", 32.0),
        ("network", "mbps", 1000.0),
    ):
        for more, short in ((0.0, []), (0.01, [resource])):
            drawn = problem_of({"a": [1], "b": [1]}, {"h": "large"})
            problem = replace(drawn, **{column: np.array([full / 2, full / 2 + more])})
            assert agreed(Capacity(), problem, state_of(problem, {"a": "h", "b": "h"})) == short, (resource, more)


def the_hours_that_are_too_full_are_counted_and_the_fullest_is_named() -> None:
    problem = problem_of({"a": [4, 4, 5, 1, 1], "b": [4, 4.5, 5, 1, 1]}, {"h": "large"})
    (said,) = Capacity().violations(problem, state_of(problem, {"a": "h", "b": "h"}))
    assert (said.values["slots"], said.values["slot"], said.values["excess"]) == (2, "2", 2.0)


def two_on_one_host_in_one_rack_are_told_of_the_host_only() -> None:
    drawn = problem_of(
        {"a": [1], "b": [1]}, {"h1": "small", "h2": "small"}, ha={"a": "g", "b": "g"},
        options={"ha-separation": {"rack": True}}, host_room={"h1": "A01", "h2": "A01"},
    )  # fmt: skip
    rule = HaSeparation(rack=True)
    assert agreed(rule, drawn, state_of(drawn, {"a": "h1", "b": "h1"})) == ["same_host"]
    assert agreed(rule, drawn, state_of(drawn, {"a": "h1", "b": "h2"})) == ["same_room"]


def without_a_number_a_host_may_carry_any() -> None:
    problem = problem_of({"a": [1], "b": [1]}, {"h": "large"})
    assert agreed(MostWorkloads(), problem, state_of(problem, {"a": "h", "b": "h"})) == []


def one_empty_host_is_one_spare_also_where_nothing_could_stand_on_it() -> None:
    problem = problem_of({"a": [1]}, {"h1": "small", "h2": "small"}, spare_hosts=2)
    model = variables(problem, [("a", "h1")])
    assert not block_feasible(SpareHosts(), model, problem, [(model.x["a", "h1"], 1.0)])
    assert block_feasible(SpareHosts(), model, problem, [(model.x["a", "h1"], 0.0)])


EDGES: dict[Any, list[Callable[[], None]]] = {
    Capacity: [two_fill_a_host_and_no_more, the_hours_that_are_too_full_are_counted_and_the_fullest_is_named],
    HaSeparation: [two_on_one_host_in_one_rack_are_told_of_the_host_only],
    MostWorkloads: [without_a_number_a_host_may_carry_any],
    SpareHosts: [one_empty_host_is_one_spare_also_where_nothing_could_stand_on_it],
}


@pytest.mark.parametrize(
    ("rule", "edge"),
    [pytest.param(rule, edge, id=f"{rule.name()}-{edge.__name__}") for rule in EDGES for edge in EDGES[rule]],
)
def test_a_rule_turns_where_it_should(rule: Any, edge: Callable[[], None]) -> None:
    edge()
