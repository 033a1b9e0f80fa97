"""A cluster has at most as many hosts as it has room for.

Σ hosts of a pool, spares included, ≤ max_hosts of the pool.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import hosted, hosts_in
from cloudplan.relief import Edit, Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class PoolSize(Rule[PlacementProblem]):
    """The number of hosts stays within the pool's limit."""

    counts: ClassVar[str] = "host"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a pool with a limit."""
        block.fits = pyo.Constraint(pyo.Any)
        for name, pool in problem.clusters.items():
            count = hosted(model, problem, name, lambda kind: 1.0, loaded=False)
            if pool.max_hosts is not None and not isinstance(count, float):
                block.fits[name] = count <= pool.max_hosts

    def misses(self, block: Any) -> Misses:
        """By pool; hosts."""
        return {(pool, "pool_size"): [(row, 1.0)] for pool, row in block.fits.items()}

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how many hosts it would have to hold."""
        most, more = problem.clusters[given.subject].max_hosts or 0, asked("pool_size", short)
        values: dict[str, Any] = {"short": short, "ask": more, "now": most, "to": most + more}
        values["edits"] = (Edit(("pools", given.subject, "max_hosts"), most + more),)
        return Finding("infeasible.short.pool_size", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count the hosts of each pool."""
        for name, pool in problem.clusters.items():
            count = len(hosts_in(state, name, loaded=False))
            if pool.max_hosts is not None and count > pool.max_hosts:
                values = {"hosts": count, "most": pool.max_hosts, "short": count - pool.max_hosts}
                yield Finding("placement.pool_size", subject=name, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """Two hosts where two may stand."""
    problem = example.problem(pools={"P": {"max_hosts": 2}})
    return problem, example.state(problem, {}, bought={"P": {"H": 2}})


def broken() -> tuple[PlacementProblem, State]:
    """Three of them."""
    problem = example.problem(pools={"P": {"max_hosts": 2}})
    return problem, example.state(problem, {}, bought={"P": {"H": 3}})
