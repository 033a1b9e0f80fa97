"""A server serves again only if everything on it leaves it, and it doesn't travel with its system.

For every server v and every component c on it: Σ_p U[v, p] + Σ x[i] ≤ 1 over the candidates of c that stay in place or
relocate. A server whose systems are all retired or moved to the cloud is free.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.relief import Relief
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

HOLDS = frozenset({"today", "colocation"})
"""Kinds of pool that keep a component on the machines it has."""


@dataclass(frozen=True)
class ReuseEmptied(Rule[PlacementProblem]):
    """Reused servers have been emptied."""

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a server and component on it."""
        block.emptied = pyo.Constraint(pyo.Any)
        pools = problem.capacity.pools
        serves: dict[str, list[str]] = {}
        for server, pool in model.reuse:
            if server not in problem.capacity.existing:
                serves.setdefault(server, []).append(pool)
        for name, component in problem.components.items():
            numbers = [
                i
                for i in problem.by_component[name]
                if i in model.place and (p := pools.get(problem.candidates[i].pool)) is not None and p.kind in HOLDS
            ]
            if not numbers:
                continue
            for server in component.servers:
                if server in serves:
                    used = sum(model.reuse[server, pool] for pool in serves[server])
                    block.emptied[server, name] = used + sum(model.place[i] for i in numbers) <= 1

    def misses(self, block: Any) -> Misses:
        """By server, for all that stands on it."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (server, _), row in block.emptied.items():
            out.setdefault((server, "emptied"), []).append((row, 1.0))
        return out

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name what would have to find another machine."""
        here = tuple(name for name, component in problem.components.items() if given.subject in component.servers)
        values = {"short": short, "components": here}
        return Finding("infeasible.short.emptied", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Look for a reused server that something still needs."""
        reused = {host.kind for host in state.hosts.values() if host.source == "reused"}
        pools = problem.capacity.pools
        for name, seat in state.seats.items():
            pool = pools.get(seat.pool)
            if pool is None or pool.kind not in HOLDS:
                continue
            for server in problem.components[name].servers:
                if server in reused:
                    values = {"server": server, "component": name, "pool": seat.pool}
                    yield Finding("placement.reuse_emptied", subject=server, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """The server's only component has gone to the cloud."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, reused={"S": "P"})


def broken() -> tuple[PlacementProblem, State]:
    """The server serves, and its component still stands on it."""
    problem = example.problem(lock="KEEP")
    return problem, example.state(problem, {"A/app/x86": ("KEEP", "today:R", "PUB")}, reused={"S": "P"})
