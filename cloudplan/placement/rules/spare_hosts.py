r"""N+k: a cluster in use keeps k empty hosts, each at least as large as any other host of the pool in every resource.

Hosts fall into size classes g of equal capacity; g dominates g' if it is at least as large in every resource. With
``largest[p, g]`` = 1 if the spares that count are of class g:

* Σ_g largest[p, g] ≤ 1
* count[p, g] ≤ M · Σ_{g' dominates g} largest[p, g'] for every class g (so a pool with hosts has a largest class)
* idle[p, g] ≥ k_p · largest[p, g]

Redundant hardware is asked of level 3 by EB-G02; the number k is a design default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import hosts_in
from cloudplan.placement.sizes import dominating
from cloudplan.relief import SCENARIO, Edit, Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class SpareHosts(Rule[PlacementProblem]):
    """Every cluster keeps k spares that could take over any of its hosts."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G02"
    mark: ClassVar[str] = "d"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Write the three families of rows for every cluster."""
        pools = [name for name, pool in problem.clusters.items() if pool.spare_hosts > 0]
        index = [(name, g) for name in pools for g in range(len(problem.sizes(name)))]
        count, idle = model.sizes.count, model.sizes.idle
        block.largest = pyo.Var(index, within=pyo.Binary)
        block.one = pyo.Constraint(
            [name for name in pools if problem.sizes(name)],
            rule=lambda b, p: sum(b.largest[p, g] for g in range(len(problem.sizes(p)))) <= 1,
        )
        block.covered = pyo.ConstraintList()
        block.enough = pyo.Constraint(pyo.Any)
        for name in pools:
            tight = model.tight and "pool-size" in model.holds
            for g, members in enumerate(problem.sizes(name)):
                covered = sum(block.largest[name, over] for over in dominating(problem, name, g))
                block.covered.add(count[name, g] <= _most(problem, name, members, tight) * covered)
                block.enough[name, g] = idle[name, g] - problem.clusters[name].spare_hosts * block.largest[name, g] >= 0

    def misses(self, block: Any) -> Misses:
        """By pool, whichever class its spares are of; hosts."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (pool, _), row in block.enough.items():
            out.setdefault((pool, "spare_hosts"), []).append((row, 1.0))
        return out

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how many of the spares a pool would have to do without; the scenario's k holds for all pools."""
        wanted, less = problem.clusters[given.subject].spare_hosts, asked("spare_hosts", short)
        values: dict[str, Any] = {"short": short, "ask": less, "now": wanted, "to": wanted - less}
        values["edits"] = (Edit((SCENARIO, "capacity", "spare_hosts"), wanted - less, "lower"),)
        return Finding("infeasible.short.spare_hosts", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count the spares that dominate every host of their pool."""
        for name, pool in problem.clusters.items():
            hosts = hosts_in(state, name, loaded=False)
            if not hosts:
                continue
            kinds = [problem.capacity.kinds[host.kind] for host in hosts]
            counted = sum(
                host.spare and all(kind.dominates(other) for other in kinds)
                for host, kind in zip(hosts, kinds, strict=True)
            )
            if counted < pool.spare_hosts:
                values = {"spares": counted, "wanted": pool.spare_hosts, "hosts": len(hosts)}
                yield Finding("placement.spare_hosts", subject=name, rule=self.name(), values=values)


def _most(problem: PlacementProblem, pool: str, members: Sequence[HostKind], tight: bool) -> int:
    """A number of hosts of a class that no sensible plan exceeds.

    Its servers, and where some kind can be bought every workload alone on one, and the spares.
    """
    servers = sum(kind.server is not None for kind in members)
    if servers == len(members):
        return servers
    limit = problem.clusters[pool].max_hosts if tight else None
    most = len(problem.demand.workloads) + problem.clusters[pool].spare_hosts + 1 + servers
    return most if limit is None else limit


def kept() -> tuple[PlacementProblem, State]:
    """Two hosts of a type, one of them empty."""
    problem = example.problem()
    seats = {"A/app/x86": ("REHOST", "P", "PUB")}
    return problem, example.state(problem, seats, bought={"P": {"H": 2}}, spares={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """A large host loaded and a small one empty: it could not take over."""
    problem = example.problem()
    seats = {"A/app/x86": ("REHOST", "P", "PUB")}
    return problem, example.state(problem, seats, bought={"P": {"H": 1, "small": 1}}, spares={"P": {"small": 1}})
