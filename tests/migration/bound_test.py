"""The fewest waves, against the exact model where only the crews bind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudplan.migration.bound import fewest_waves
from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.waves import plan_waves


@pytest.mark.parametrize(
    ("count", "together", "most", "fewest"),
    [(0, [], 2, 0), (5, [], 2, 3), (6, [], 2, 3), (5, [("A", "B"), ("B", "C")], 2, 2), (4, [("A", "B")], 1, 3)],
)
def test_crews_need_so_many_waves(count: int, together: list[tuple[str, str]], most: int, fewest: int) -> None:
    systems = [moving(name) for name in "ABCDEF"[:count]]
    problem = problem_of(systems, together=together, systems_per_wave=most)
    assert fewest_waves(problem) == fewest
    soft = replace(problem, rule_options={"crew": {"soft": 10}})
    assert fewest_waves(soft) == min(1, count), "a limit that may be missed bounds nothing"
    if systems:
        assert len(plan_waves(problem).waves) == fewest
