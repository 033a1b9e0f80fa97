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
from cloudplan.placement.rules._sums import hosted, hosts_in, in_pool, standing
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
        sizes = _sizes(problem)
        for name in problem.clusters:
            chosen: dict[str, list[int]] = {}
            for i in in_pool(model, problem, name):
                chosen.setdefault(problem.candidates[i].component, []).append(i)
            for component, numbers in chosen.items():
                if sizes[component] > 1:
                    count = hosted(model, problem, name, lambda kind: 1.0)
                    block.enough[name, component] = count >= sizes[component] * sum(model.place[i] for i in numbers)

    def misses(self, block: Any) -> Misses:
        """By pool, for all its groups together; hosts."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (pool, _), row in block.enough.items():
            out.setdefault((pool, "ha_hosts"), []).append((row, 1.0))
        return out

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Compare the largest group that stands in a pool with its loaded hosts."""
        sizes = _sizes(problem)
        for name in problem.clusters:
            hosts = len(hosts_in(state, name))
            for component in standing(state, name):
                if sizes[component] > 1 and sizes[component] > hosts:
                    values = {"pool": name, "members": sizes[component], "hosts": hosts}
                    values["short"] = sizes[component] - hosts
                    yield Finding("placement.ha_hosts", subject=component, rule=self.name(), values=values)


def _sizes(problem: PlacementProblem) -> dict[str, int]:
    groups = problem.inventory["workloads"]["ha_group"]
    out = {}
    for name, component in problem.components.items():
        named = [groups[w] for w in component.workloads if groups[w] is not None]
        out[name] = max((named.count(g) for g in named), default=0)
    return out


def kept() -> tuple[PlacementProblem, State]:
    """A pair on two hosts."""
    problem = example.problem(workloads={"A1": {"ha_group": "G"}, "A2": {"ha_group": "G"}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 2}})


def broken() -> tuple[PlacementProblem, State]:
    """A pair on one host."""
    problem = example.problem(workloads={"A1": {"ha_group": "G"}, "A2": {"ha_group": "G"}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
