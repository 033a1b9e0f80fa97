r"""A plan in progress is changed only for a gain: every change has a price (a design default, soft by nature).

What a system departs from (:func:`~cloudplan.placement.decided.decided_of`) is the disposition that an
earlier plan gave it and the pool of each of its components; without an earlier plan, the pool in which its servers
serve already. With D the system's decided disposition and p(c) the pool of its component c:

* Σ choose[s, d, t] over d ≠ D ≤ 0
* place[i] ≤ 0 for every candidate i of c with disposition D in a pool other than p(c)

A server departs where it served in a pool and does so no more, or serves where it did not:

* reuse[v, p] ≥ 1 where the earlier plan has v in p; Σ_p reuse[v, p] ≤ 0 where it has it in none

Soft, which it is unless the scenario says ``soft: null``, a system that departs in any way costs the price once, times
its weight; a server ``per_server`` of the price. Hard, nothing may change. The default price, 5,000 yuan a year, is a
default of this project and no standard; so is a server's share of it, a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.earlier import Earlier
from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.placement import example
from cloudplan.placement.decided import decided_of
from cloudplan.placement.dispositions import worded
from cloudplan.placement.problem import PlacementProblem
from cloudplan.rule import Misses, Rule
from cloudplan.state import Host, Seat, State

PRICE = 5000.0
"""Yuan a year that changing one system must save at least."""


@dataclass(frozen=True)
class MinimumGain(Rule[PlacementProblem]):
    """Systems and servers do what was decided for them, unless a change saves more than its price.

    Parameters
    ----------
    weights
        Weight of single systems: how many times the price it costs to change them; 1 where none is stated.
    per_server
        Share of the price that changing one server's fate costs.
    """

    counts: ClassVar[str] = "change"

    weights: Mapping[str, float] = field(default_factory=dict)
    per_server: float = field(default=0.1, metadata={"least": 0, "most": 1})
    soft: float | None = field(default=PRICE, kw_only=True, metadata={"least": 0})

    def faults(self, inventory: Inventory) -> Iterator[Finding]:
        """Systems that aren't there, and weights below zero."""
        for system, weight in self.weights.items():
            if system not in inventory["systems"].index:
                yield Finding("placement.minimum_gain.unknown", subject=system, rule=self.name())
            elif weight < 0:
                yield Finding(
                    "placement.minimum_gain.weight", subject=system, rule=self.name(), values={"given": weight}
                )

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Write the four families of rows."""
        block.fates = pyo.Constraint(pyo.Any)
        block.seats = pyo.Constraint(pyo.Any)
        block.servers = pyo.Constraint(pyo.Any)
        block.never = pyo.Var(bounds=(0, 0))  # stands for a server that another rule keeps out
        block.units = {}
        for system, (decided, pools) in decided_of(problem).items():
            weight = self.weight(system)
            others = [model.choose[system, d, t] for d, t in problem.fates[system] if d != decided]
            if weight and others:
                block.fates[system] = sum(others) <= 0
                block.units[system] = [(block.fates[system], 1 / weight)]
            for name, pool in pools.items() if weight else ():
                for i in problem.by_component[name]:
                    candidate = problem.candidates[i]
                    if i in model.place and candidate.disposition == decided and candidate.pool != pool:
                        block.seats[i] = model.place[i] <= 0
                        block.units.setdefault(system, []).append((block.seats[i], 1 / weight))
        for server, where in _served(problem).items() if self.per_server else ():
            pairs = [pair for pair in problem.reuse if pair[0] == server and pair in model.reuse]
            if where is not None:
                block.servers[server] = (model.reuse[server, where] if (server, where) in pairs else block.never) >= 1
            elif pairs:
                block.servers[server] = sum(model.reuse[pair] for pair in pairs) <= 0

    def misses(self, block: Any) -> Misses:
        """By system, in whatever way it departs; by server."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {(s, "system"): rows for s, rows in block.units.items()}
        for server, row in block.servers.items():
            out[server, "server"] = [(row, 1 / self.per_server)]
        return out

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Compare what becomes of each system and server with what was decided."""
        for system, (decided, pools) in decided_of(problem).items():
            found = state.dispositions.get(system, decided)
            here = {c: state.seats[c].pool for c in pools if c in state.seats}
            moved = found == decided and any(pools[c] != pool for c, pool in here.items())
            if self.weight(system) and (found != decided or moved):
                values: dict[str, Any] = {
                    "decided": worded(decided), "pools": tuple(sorted(set(pools.values()))) or None,
                    "found": worded(found), "now": tuple(sorted(set(here.values()))) or None,
                    "short": self.weight(system),
                }  # fmt: skip
                yield Finding("placement.minimum_gain", subject=system, rule=self.name(), values=values)
        serving = {host.kind: host.pool for host in state.hosts.values() if host.source != "purchased"}
        for server, where in _served(problem).items() if self.per_server else ():
            if serving.get(server) != where:
                values = {"pool": where, "now": serving.get(server), "short": self.per_server}
                yield Finding("placement.minimum_gain.server", subject=server, rule=self.name(), values=values)

    def weight(self, system: str) -> float:
        """How many times the price it costs to change a system."""
        return self.weights.get(system, 1.0)


def _served(problem: PlacementProblem) -> dict[str, str | None]:
    """Pool in which each server that may serve did so under the earlier plan, ``None`` where in none.

    A server that the earlier plan didn't know, one that serves in a pool today, and one that may no longer serve in the
    pool it did have nothing to depart from.
    """
    earlier = problem.earlier
    if earlier is None:
        return {}
    known, pairs = set(earlier.servers), set(problem.reuse)
    pools = {host.kind: host.pool for host in earlier.hosts.values() if host.source != "purchased"}
    servers = dict.fromkeys(server for server, _ in problem.reuse if server in known)
    free = [server for server in servers if server not in problem.capacity.existing]
    return {s: pools.get(s) for s in free if pools.get(s) is None or (s, pools[s]) in pairs}


def _problem() -> PlacementProblem:
    """A plan has put system A into P and left server S unused; Q is as good."""
    problem = example.problem(pools={"Q": {}})
    earlier = Earlier(
        plan="", fates={"A": ("REHOST", "banner")}, seats={"A/app/x86": Seat("P", "PUB")},
        hosts={"P-01": Host("P-01", "P", "H", "purchased")}, servers=("S",),
    )  # fmt: skip
    return replace(problem, earlier=earlier)


def kept() -> tuple[PlacementProblem, State]:
    """The system still goes to P, on more hosts than before."""
    problem = _problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 2}})


def broken() -> tuple[PlacementProblem, State]:
    """It goes to Q."""
    problem = _problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "Q", "PUB")}, bought={"Q": {"H": 1}})
