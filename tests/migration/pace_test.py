"""How much a wave takes in beside what it holds: limits, whole clusters, and who is spared."""

from __future__ import annotations

import pytest

from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.pace import Limit, limits
from cloudplan.migration.rules.crew import Crew
from cloudplan.migration.rules.department_load import DepartmentLoad


def systems(counts: dict[str, int], first: int) -> list[str]:
    """So many systems of each department, numbered from a number on."""
    return [f"{department}{n}" for department, count in counts.items() for n in range(first, first + count)]


@pytest.mark.parametrize(
    ("new", "there", "may"),
    [
        ({"D": 3}, {}, True),
        ({"D": 1}, {"D": 2}, True),
        ({"D": 1}, {"D": 3}, False),
        ({"D": 3}, {"D": 1}, False),
        ({"D": 2}, {"D": 5}, False),
        ({"D": 4}, {}, True),
        ({"D": 4}, {"E": 3}, True),
        ({"D": 4}, {"D": 1}, False),
        ({"D": 1, "E": 1}, {"D": 1, "E": 3}, False),
        ({"D": 1, "E": 4}, {"D": 1}, True),
    ],
)
def test_departments_take_in_what_they_bear_or_one_cluster_too_large_alone(
    new: dict[str, int], there: dict[str, int], may: bool
) -> None:
    joining, moved = systems(new, 0), systems(there, 10)
    group_of = {system: system[0] for system in (*joining, *moved)}
    whole = frozenset(frozenset(s for s in joining if group_of[s] == group) for group in new)
    spared: frozenset[str] = frozenset()
    assert Limit(3, group_of, whole, spared).takes(joining, moved) == may
    # the limit gives to what is spared, and to what is whole only while it is whole
    assert Limit(3, group_of, whole, frozenset(joining)).takes(joining, moved)
    assert Limit(3, group_of, frozenset(), spared).takes(joining, moved) == (may and max(new.values()) <= 3)


def test_limits_are_those_of_the_rules_that_hold() -> None:
    problem = problem_of(
        [*(moving(s) for s in "ABC"), moving("E", department="E")],
        together=[("A", "B"), ("B", "E")],
        systems_per_wave=2,
    )
    assert not list(limits(problem, [], {}))
    crew, load = limits(problem, [Crew(), DepartmentLoad(most=1)], {"crew": ["C"]})
    assert (crew.most, crew.spared, load.most, load.spared) == (2, {"C"}, 1, set())
    assert frozenset("ABE") in crew.whole, "of any department"
    assert {frozenset("AB"), frozenset("E")} <= load.whole, "each department's part of it"
    assert crew.takes("ABE", "")
    assert not crew.takes("AB", "E")
    assert crew.takes("C", "AB"), "it is spared"
    assert not crew.takes("BC", "A"), "half of it is"
    assert not crew.takes("E", "BC"), "what is spared counts for the others"
    assert load.takes("ABE", "")
    assert not load.takes("AB", "C")
