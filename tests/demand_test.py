"""How demand is sized, and that each size says by which figure."""

from __future__ import annotations

import pytest

from cloudplan.demand import demand_of
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables

BLANK = {"p95_pct": None, "p99_pct": None, "max_pct": None, "avg_pct": None}


def sized(**memory: float) -> tuple[str, float]:
    """By which figure W1's memory is sized, and how large, where only these are on record."""
    tables = tiny_tables()
    for row in tables["usage"]:
        if (row["workload"], row["resource"]) == ("W1", "memory"):
            row |= {**BLANK, **memory}
    demand = demand_of(tiny_inventory(tables), tiny_scenario(demand={"memory_margin": 0.0}))
    at = demand.position()["W1"]
    return demand.statistic["memory"][at], float(demand.memory_gib[at])


@pytest.mark.parametrize(
    ("memory", "by", "gib"),
    [
        ({"p95_pct": 25, "p99_pct": 50, "max_pct": 75}, "p99", 8),
        ({"p95_pct": 25, "max_pct": 75}, "max", 12),
        ({"p95_pct": 25}, "p95", 4),
        ({}, "size", 16),
    ],
)
def test_memory_says_by_which_figure_it_is_sized(memory: dict[str, float], by: str, gib: float) -> None:
    assert sized(**memory) == (by, gib)


def test_cpu_says_by_which_figure_it_is_sized() -> None:
    tables = tiny_tables()
    demand = demand_of(tiny_inventory(tables), tiny_scenario())
    by = dict(zip(demand.workloads, demand.statistic["cpu"], strict=True))
    assert by["W1"] == "profile"
    assert by["W3"] == "p95"
    assert by["W2"] == "size"
