r"""N+k: a cluster in use keeps k empty hosts, each at least as large as any other host of the pool in every resource.

Hosts fall into size classes g of equal capacity; g dominates g' if it is at least as large in every resource. With
``largest[p, g]`` = 1 if the spares that count are of class g:

* Σ_g largest[p, g] ≤ 1
* n[k, p] ≤ M · Σ_{g dominates class(k)} largest[p, g] for every kind k (so a pool with hosts has a largest class)
* Σ_{k in g} spare[k, p] ≥ k_p · largest[p, g]

Redundant hardware is asked of level 3 by EB-G02; the number k is a design default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import hosts_in
from cloudplan.relief import SCENARIO, Edit, Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

Size = tuple[float, float, float, float]


@dataclass(frozen=True)
class SpareHosts(Rule[PlacementProblem]):
    """Every cluster keeps k spares that could take over any of its hosts."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G02"
    mark: ClassVar[str] = "d"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Write the three families of rows for every cluster."""
        pools = [name for name, pool in problem.clusters.items() if pool.spare_hosts > 0]
        classes = {name: size_classes(problem.hosts_of(name)) for name in pools}
        index = [(name, g) for name in pools for g in range(len(classes[name]))]
        block.largest = pyo.Var(index, within=pyo.Binary)
        block.one = pyo.Constraint(
            [name for name in pools if classes[name]],
            rule=lambda b, p: sum(b.largest[p, g] for g in range(len(classes[p]))) <= 1,
        )
        block.covered = pyo.ConstraintList()
        block.enough = pyo.Constraint(pyo.Any)
        for name in pools:
            most = _most(problem, name, model.tight and "pool-size" in model.holds)
            sizes = list(classes[name].values())
            bought = {h: v for (h, p), v in model.hosts.items() if p == name}
            served = {v: var for (v, p), var in model.reuse.items() if p == name}
            for members in sizes:
                over = [g for g, others in enumerate(sizes) if others[0].dominates(members[0])]
                covered = sum(block.largest[name, g] for g in over)
                for kind in members:
                    if kind.kind in bought:
                        block.covered.add(bought[kind.kind] <= most * covered)
                    if kind.kind in served:
                        block.covered.add(served[kind.kind] <= covered)
            for g, members in enumerate(sizes):
                spares = sum(
                    model.spare[kind.kind, name] if kind.kind in bought else model.reuse_spare[kind.kind, name]
                    for kind in members
                    if kind.kind in bought or kind.kind in served
                )
                block.enough[name, g] = spares - problem.clusters[name].spare_hosts * block.largest[name, g] >= 0

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


def size_classes(kinds: tuple[HostKind, ...]) -> dict[Size, list[HostKind]]:
    """Group kinds of host by equal capacity, in the order of the kinds."""
    out: dict[Size, list[HostKind]] = {}
    for kind in kinds:
        size = (kind.usable_cpu, kind.threads, kind.usable_memory_gib, kind.mbps)
        out.setdefault(size, []).append(kind)
    return out


def _most(problem: PlacementProblem, pool: str, tight: bool) -> int:
    """A number of bought hosts that no sensible plan exceeds: every workload alone on one, and the spares."""
    limit = problem.clusters[pool].max_hosts if tight else None
    return limit if limit is not None else len(problem.demand.workloads) + problem.clusters[pool].spare_hosts + 1


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
