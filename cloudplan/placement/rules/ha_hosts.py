"""A pool that takes a high-availability group has a loaded host for each of its members (EB-G06).

For every component c with m > 1 members of one HA group, and every cluster p: Σ loaded hosts of p ≥ m · x[c, p]. Which
host each member gets is packing's business.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import hosts_in, in_pool, standing
from cloudplan.placement.sizes import hosted
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class HaHosts(Rule[PlacementProblem]):
    """Enough loaded hosts for the members of every HA group."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G06"
    mark: ClassVar[str] = "T"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a pool, component and (its largest) group."""
        block.enough = pyo.Constraint(pyo.Any)
        block.loaded = pyo.Var(list(problem.clusters), within=pyo.NonNegativeReals)
        block.count = pyo.Constraint(
            list(problem.clusters), rule=lambda b, p: b.loaded[p] == hosted(model, problem, p, lambda kind: 1.0)
        )
        sizes = problem.ha_members
        for name in problem.clusters:
            chosen: dict[str, list[int]] = {}
            for i in in_pool(model, problem, name):
                chosen.setdefault(problem.candidates[i].component, []).append(i)
            for component, numbers in chosen.items():
                if sizes[component] > 1:
                    members = sizes[component] * sum(model.place[i] for i in numbers)
                    block.enough[name, component] = block.loaded[name] - members >= 0

    def misses(self, block: Any) -> Misses:
        """By pool, for all its groups together; hosts."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (pool, _), row in block.enough.items():
            out.setdefault((pool, "ha_hosts"), []).append((row, 1.0))
        return out

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Compare the largest group that stands in a pool with its loaded hosts."""
        sizes = problem.ha_members
        for name in problem.clusters:
            hosts = len(hosts_in(state, name))
            for component in standing(state, name):
                if sizes[component] > 1 and sizes[component] > hosts:
                    values = {"pool": name, "members": sizes[component], "hosts": hosts}
                    values["short"] = sizes[component] - hosts
                    yield Finding("placement.ha_hosts", subject=component, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """A pair on two hosts."""
    problem = example.problem(workloads={"A1": {"ha_group": "G"}, "A2": {"ha_group": "G"}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 2}})


def broken() -> tuple[PlacementProblem, State]:
    """A pair on one host."""
    problem = example.problem(workloads={"A1": {"ha_group": "G"}, "A2": {"ha_group": "G"}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
