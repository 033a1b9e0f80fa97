"""Nothing new is bought where what there is would do: each bought host is one miss.

Σ H ≤ 0. What a host costs is in the objective whatever this rule says; a price here weighs buying beyond it, say for
the months that a tender takes. What may be bought at all is the rule ``purchases``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class NewHosts(Rule[PlacementProblem]):
    """No host is bought."""

    by_default: ClassVar[bool] = False
    counts: ClassVar[str] = "host"
    soft: float | None = field(default=0.0, kw_only=True, metadata={"least": 0})

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a pool."""
        block.bought = pyo.Constraint(pyo.Any)
        for pool in problem.clusters:
            bought = [var for (_, name), var in model.hosts.items() if name == pool]
            if bought:
                block.bought[pool] = sum(bought) <= 0

    def misses(self, block: Any) -> Misses:
        """By pool; hosts."""
        return {(pool, "new_hosts"): [(row, 1.0)] for pool, row in block.bought.items()}

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count what is bought for each pool."""
        for pool in problem.clusters:
            count = sum(host.pool == pool and host.source == "purchased" for host in state.hosts.values())
            if count:
                yield Finding("placement.new_hosts", subject=pool, rule=self.name(), values={"short": count})


def kept() -> tuple[PlacementProblem, State]:
    """A server serves again."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, reused={"S": "P"})


def broken() -> tuple[PlacementProblem, State]:
    """A host is bought."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
