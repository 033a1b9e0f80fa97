"""N+k: a pool that carries load keeps k empty hosts, each at least as large as any other host of the pool.

Whichever single host fails, its whole load fits on one empty host. A host named as a spare stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.findings import Finding
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.rule import Rule
from cloudplan.state import Host, State


def largest(hosts: Iterable[Host], kinds: Mapping[str, HostKind]) -> list[str]:
    """List the hosts that are at least as large as every other, in every resource."""
    listed = list(hosts)
    names = {host.kind for host in listed}
    top = {name for name in names if all(kinds[name].dominates(kinds[other]) for other in names)}
    return [host.host for host in listed if host.kind in top]


@dataclass(frozen=True)
class SpareHosts(Rule[PackingProblem]):
    """k hosts of the pool stay empty, and each could take over any other."""

    def forbids(self, problem: PackingProblem, choice: tuple[str, str]) -> Finding | None:
        """Forbid a host that is named as a spare."""
        workload, host = choice
        if host in problem.offered and problem.offered[host].spare:
            values = {"workload": workload, "host": host, "pool": problem.pool}
            return Finding("packing.spare-hosts.loaded", subject=host, rule=self.name(), values=values)
        return None

    def build(self, block: Any, model: Any, problem: PackingProblem) -> None:
        """Write Σ empty[h] ≥ k x[w, h'] for all w, h'; empty[h] ≤ 1 − x[w, h] for the largest hosts h."""
        if not problem.spare_hosts:
            return
        top = largest(problem.hosts, problem.kinds)
        block.empty = pyo.Var(top, bounds=(0, 1))
        block.is_empty, block.enough = pyo.ConstraintList(), pyo.ConstraintList()
        spares = sum(block.empty[host] for host in top)
        for workload, host in model.pairs:
            if host in block.empty:
                block.is_empty.add(block.empty[host] <= 1 - model.x[workload, host])
            block.enough.add(spares >= problem.spare_hosts * model.x[workload, host])

    def violations(self, problem: PackingProblem, state: State) -> Iterator[Finding]:
        """Yield loaded spares, and the pool when fewer than k large enough hosts are empty."""
        alive = problem.alive(state)
        for _, workload, host in problem.standing(state):
            if host in alive and alive[host].spare:
                values = {"workload": workload, "host": host, "pool": problem.pool}
                yield Finding("packing.spare-hosts.loaded", subject=host, rule=self.name(), values=values)
        loaded = {host for _, _, host in problem.standing(state)}
        empty = [host for host in alive if host not in loaded]
        fit = [
            host
            for host in empty
            if all(problem.kinds[alive[host].kind].dominates(problem.kinds[other.kind]) for other in alive.values())
        ]
        if loaded and len(fit) < problem.spare_hosts:
            counts = {"pool": problem.pool, "wanted": problem.spare_hosts, "found": len(fit), "empty": len(empty)}
            yield Finding("packing.spare-hosts.too_few", subject=problem.pool, rule=self.name(), values=counts)


def kept() -> tuple[PackingProblem, State]:
    """Leave the large host empty."""
    problem = problem_of({"a": [2], "b": [1]}, {"h1": "small", "h2": "large"}, spare_hosts=1)
    return problem, state_of(problem, {"a": "h1", "b": "h1"})


def broken() -> tuple[PackingProblem, State]:
    """Leave a small host empty, which could not take over the large one's load."""
    problem = problem_of({"a": [2], "b": [1]}, {"h1": "small", "h2": "large"}, spare_hosts=1)
    hosts = tuple(replace(host, spare=host.host == "h1") for host in problem.hosts)
    return replace(problem, hosts=hosts), state_of(replace(problem, hosts=hosts), {"a": "h2", "b": "h2"})
