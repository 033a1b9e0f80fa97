"""Servers serve again only where the scenario allows reuse.

With ``reuse.allowed: false`` U[v, p] = 0 for every server v that doesn't serve in a pool already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import SHOWN
from cloudplan.placement.problem import PlacementProblem
from cloudplan.relief import SCENARIO, Edit, Relief
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Reuse(Rule[PlacementProblem]):
    """No server serves again where reuse is closed."""

    counts: ClassVar[str] = "server"

    def forbids(self, problem: PlacementProblem, choice: Any) -> Finding | None:
        """Ask the scenario, of every server that serves in no pool yet."""
        if problem.scenario.reuse.allowed or not isinstance(choice, tuple) or choice[0] in problem.capacity.existing:
            return None
        server, pool = choice
        values = {"server": server, "pool": pool}
        return Finding("placement.reuse", subject=server, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Ask it of every reused server."""
        for host in state.hosts.values():
            if host.source == "reused" and (said := self.forbids(problem, (host.kind, host.pool))) is not None:
                yield said

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """The scenario's word, once for all servers."""
        if self.forbids(problem, choice) is not None:
            yield Relief("reuse_open"), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the servers that a plan would then have."""
        servers = tuple(sorted({server for server, _ in choices}))
        values = {"short": short, "servers": servers, "count": len(servers), "examples": servers[:SHOWN]}
        values["edits"] = (Edit((SCENARIO, "reuse", "allowed"), True),)
        return Finding("infeasible.short.reuse_open", rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """A server serves again, as the scenario lets it."""
    problem = example.problem(servers={"S": {"bought_on": example.years_ago(2)}})
    return problem, example.state(problem, {}, reused={"S": "P"})


def broken() -> tuple[PlacementProblem, State]:
    """The same with reuse closed."""
    servers = {"S": {"bought_on": example.years_ago(2)}}
    problem = example.problem(servers=servers, scenario={"reuse": {"allowed": False}})
    return problem, example.state(problem, {}, reused={"S": "P"})
