"""A workload needs a host that holds it alone: no sum of small hosts carries a large one.

For every cluster p and component c, each workload w of c needs a loaded host that fits it in every resource:
Σ_{k fits w} n[k, p] ≥ x[c, p]. Where no kind that could stand in p fits w, c may not go there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules._sums import exceeds, hosts_in, in_pool
from cloudplan.placement.sizes import hosted
from cloudplan.relief import Ease, Relief, asked
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class LargestWorkload(Rule[PlacementProblem]):
    """Every workload fits on some loaded host of its pool."""

    def forbids(self, problem: PlacementProblem, choice: Any) -> Finding | None:
        """Refuse a pool in which no kind of host could ever hold one of the workloads."""
        if not isinstance(choice, Candidate) or choice.pool not in problem.clusters:
            return None
        for row in problem.components[choice.component].rows:
            if not _fitting(problem, row, choice.pool):
                return self._finding(problem, choice.component, choice.pool, row)
        return None

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row for each component and set of size classes that fit one of its workloads; their sums are auxiliaries.

        The classes that fit a workload are those that fit a smaller one too, or fewer; of two such sets the smaller one
        says all, so that the larger one needs no row.
        """
        block.held = pyo.Var(pyo.Any, within=pyo.NonNegativeReals, dense=False)
        block.sums = pyo.ConstraintList()
        block.fits = pyo.Constraint(pyo.Any)
        for name in problem.clusters:
            here: dict[str, list[int]] = {}
            for i in in_pool(model, problem, name):
                here.setdefault(problem.candidates[i].component, []).append(i)
            for component, numbers in here.items():
                sets = {frozenset(_fitting(problem, row, name)) for row in problem.components[component].rows}
                sets -= {frozenset()}
                for fitting in sorted((one for one in sets if not any(other < one for other in sets)), key=sorted):
                    key = (name, *sorted(fitting))
                    if key not in block.held:
                        classes = [problem.sizes(name)[g] for g in fitting]
                        among = frozenset(kind.kind for members in classes for kind in members)
                        held = hosted(model, problem, name, partial(_of_set, among=among))
                        block.sums.add(block.held[key] == held)
                    block.fits[component, key] = block.held[key] >= sum(model.place[i] for i in numbers)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A type of host that holds the workload, in the pool."""
        said = self.forbids(problem, choice)
        if said is not None:
            yield Relief("host_type", choice.pool, (said.values["workload"],)), 1.0

    def eases(self, block: Any, model: Any, problem: PlacementProblem) -> Iterator[Ease]:
        """By pool and set of kinds: one more host among these."""
        for (component, key), written in block.fits.items():
            pool, *classes = key
            fitting = set(classes)
            numbers = problem.components[component].rows
            held = next(row for row in numbers if set(_fitting(problem, row, pool)) == fitting)
            yield Ease(Relief("large_hosts", pool, (problem.demand.workloads[held],)), 1.0, written)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the workload that no host would hold."""
        row = problem.demand.position()[given.of[0]]
        values = {"short": short, "ask": asked(given.resource, short), "workload": given.of[0]}
        values |= {"vcpu": float(problem.demand.vcpu[row]), "memory": float(problem.demand.memory_gib[row])}
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Look for a loaded host that holds each workload alone."""
        for name, seat in state.seats.items():
            if seat.pool not in problem.clusters:
                continue
            ratio = problem.clusters[seat.pool].cpu_ratio
            kinds = [problem.capacity.kinds[host.kind] for host in hosts_in(state, seat.pool)]
            for row in problem.components[name].rows:
                if not any(_fits(problem, row, kind, ratio) for kind in kinds):
                    yield self._finding(problem, name, seat.pool, row)
                    break

    def _finding(self, problem: PlacementProblem, component: str, pool: str, row: int) -> Finding:
        demand = problem.demand
        values = {"workload": demand.workloads[row], "pool": pool, "vcpu": demand.vcpu[row]}
        values["memory"] = demand.memory_gib[row]
        return Finding("placement.largest_workload", subject=component, rule=self.name(), values=values)


def _fitting(problem: PlacementProblem, row: int, pool: str) -> list[int]:
    """Size classes of a pool of which a host holds a workload alone."""
    ratio = problem.clusters[pool].cpu_ratio
    return [g for g, members in enumerate(problem.sizes(pool)) if _fits(problem, row, members[0], ratio)]


def _of_set(kind: HostKind, among: frozenset[str]) -> float:
    return float(kind.kind in among)


def _fits(problem: PlacementProblem, row: int, kind: HostKind, ratio: float) -> bool:
    demand = problem.demand
    return not (
        exceeds(demand.vcpu[row], kind.threads * ratio)
        or exceeds(demand.memory_gib[row], kind.usable_memory_gib)
        or exceeds(demand.mbps[row], kind.mbps)
        or exceeds(problem.peak(row), kind.usable_cpu)
    )


def kept() -> tuple[PlacementProblem, State]:
    """A workload of 32 GiB on a host of 64."""
    problem = example.problem(workloads={"A1": {"memory_gib": 32.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """The same on three hosts of 16 GiB each."""
    problem = example.problem(workloads={"A1": {"memory_gib": 32.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"small": 3}})
