"""What is on order comes: a pool has at least the hosts that an earlier plan has ordered for it.

Σ hosts[h, p] ≥ the number of hosts of type h on order for pool p. They are paid for whether or not they are used.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.earlier import Earlier, Ordered
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.relief import Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Orders(Rule[PlacementProblem]):
    """Hosts that were ordered and not yet delivered are among those of their pool."""

    counts: ClassVar[str] = "host"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a host type and pool with an order."""
        block.enough = pyo.Constraint(pyo.Any)
        for pair, count in problem.on_order.items():
            block.enough[pair] = model.hosts[pair] >= count

    def misses(self, block: Any) -> Misses:
        """By host type and pool; hosts."""
        return {(pool, f"ordered:{kind}"): [(row, 1.0)] for (kind, pool), row in block.enough.items()}

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how many hosts on order would have to be called off."""
        kind = given.resource.partition(":")[2]
        ordered = problem.on_order[kind, given.subject]
        values = {"short": short, "ask": asked("hosts", short), "kind": kind, "now": ordered}
        return Finding("infeasible.short.ordered", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count the bought hosts of each type."""
        bought = Counter((host.kind, host.pool) for host in state.hosts.values() if host.source == "purchased")
        for (kind, pool), count in problem.on_order.items():
            if bought[kind, pool] < count:
                short = count - bought[kind, pool]
                values = {"kind": kind, "ordered": count, "hosts": bought[kind, pool], "short": short}
                yield Finding("placement.orders", subject=pool, rule=self.name(), values=values)


def _problem() -> PlacementProblem:
    """One host of type H is on order for P."""
    earlier = Earlier(plan="", ordered=(Ordered("P", "H", dt.date(2026, 2, 20)),))
    return replace(example.problem(), earlier=earlier)


def kept() -> tuple[PlacementProblem, State]:
    """It is there."""
    problem = _problem()
    return problem, example.state(problem, {}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """A small host was bought instead."""
    problem = _problem()
    return problem, example.state(problem, {}, bought={"P": {"small": 1}})
