"""Only young servers serve again in production; older ones only where backups and management stand.

Under ``reuse.younger_than_years`` a server may serve in any pool of its architecture; up to ``reuse.life_years`` only
in pools all of whose zones hold backup and management tiers only (a design default).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.capacity import age_years
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import SHOWN
from cloudplan.placement.problem import PlacementProblem
from cloudplan.relief import SCENARIO, Edit, Relief
from cloudplan.rule import Rule
from cloudplan.state import State

SECONDARY = frozenset({"backup", "management"})


@dataclass(frozen=True)
class ReuseAge(Rule[PlacementProblem]):
    """A server that serves again is young enough for its pool."""

    counts: ClassVar[str] = "server"

    def forbids(self, problem: PlacementProblem, choice: Any) -> Finding | None:
        """Compare a server's age with what its pool asks."""
        if not isinstance(choice, tuple) or choice[0] in problem.capacity.existing:
            return None
        server, pool = choice
        options = problem.scenario.reuse
        bought_on: Any = problem.inventory["servers"].at[server, "bought_on"]
        age = age_years(bought_on, problem.scenario.today)
        zones = problem.capacity.pools[pool].zones
        secondary = all(problem.zones.hostable.get(zone, frozenset({""})) <= SECONDARY for zone in zones)
        limit = options.life_years if secondary else options.younger_than_years
        if age is not None and age < limit:
            return None
        values = {"server": server, "pool": pool}
        if age is None:
            return Finding("placement.reuse_age.unknown", subject=server, rule=self.name(), values=values)
        values |= {"age": age, "limit": limit}
        return Finding("placement.reuse_age", subject=server, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Ask it of every reused server."""
        for host in state.hosts.values():
            if host.source == "reused":
                said = self.forbids(problem, (host.kind, host.pool))
                if said is not None:
                    yield said

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Years by which the limit would have to rise; of a server of unknown age, its date."""
        said = self.forbids(problem, choice)
        if said is not None and "age" in said.values:
            yield Relief("reuse_years"), float(said.values["age"] - said.values["limit"])
        elif said is not None:
            yield Relief("reuse_date", said.subject), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the limit under which all these servers would fall, to a tenth of a year."""
        servers = tuple(sorted({server for server, _ in choices}))
        if given.resource == "reuse_date":
            return super().relief(problem, given, short, choices)
        limit = problem.scenario.reuse.younger_than_years
        # a server of just that age is still refused
        to = (math.floor((limit + short) * 10) + 1) / 10
        values = {"short": short, "now": limit, "to": to, "servers": servers, "count": len(servers)}
        values["examples"] = servers[:SHOWN]
        values["edits"] = (Edit((SCENARIO, "reuse", "younger_than_years"), to),)
        return Finding("infeasible.short.reuse_years", rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """A server of two years."""
    problem = example.problem(servers={"S": {"bought_on": example.years_ago(2)}})
    return problem, example.state(problem, {}, reused={"S": "P"})


def broken() -> tuple[PlacementProblem, State]:
    """A server of five years in a production pool."""
    problem = example.problem(servers={"S": {"bought_on": example.years_ago(5)}})
    return problem, example.state(problem, {}, reused={"S": "P"})
