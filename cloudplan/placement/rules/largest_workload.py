"""A workload needs a host that holds it alone: no sum of small hosts carries a large one.

For every cluster p and component c, each workload w of c needs a loaded host that fits it in every resource:
Σ_{k fits w} n[k, p] ≥ x[c, p]. Where no kind that could stand in p fits w, c may not go there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules._sums import TOLERANCE, hosted, hosts_in, in_pool
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
        ratio = problem.clusters[choice.pool].cpu_ratio
        kinds = problem.hosts_of(choice.pool)
        for row in problem.components[choice.component].rows:
            if not any(_fits(problem, row, kind, ratio) for kind in kinds):
                return self._finding(problem, choice.component, choice.pool, row)
        return None

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row for each component and set of kinds that fit one of its workloads; the sets' sums are auxiliaries."""
        block.held = pyo.Var(pyo.Any, within=pyo.NonNegativeReals, dense=False)
        block.sums = pyo.ConstraintList()
        block.fits = pyo.Constraint(pyo.Any)
        for name, pool in problem.clusters.items():
            kinds = problem.hosts_of(name)
            here: dict[str, list[int]] = {}
            for i in in_pool(model, problem, name):
                here.setdefault(problem.candidates[i].component, []).append(i)
            for component, numbers in here.items():
                sets = {
                    frozenset(k.kind for k in kinds if _fits(problem, row, k, pool.cpu_ratio))
                    for row in problem.components[component].rows
                }
                for fitting in sorted(sets - {frozenset()}, key=sorted):
                    key = (name, *sorted(fitting))
                    if key not in block.held:

                        def among(kind: HostKind, fitting: frozenset[str] = fitting) -> float:
                            return float(kind.kind in fitting)

                        held = hosted(model, problem, name, among)
                        block.sums.add(block.held[key] == held)
                    block.fits[component, key] = block.held[key] >= sum(model.place[i] for i in numbers)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A type of host that holds the workload, in the pool."""
        said = self.forbids(problem, choice)
        if said is not None:
            yield Relief("host_type", choice.pool, (said.values["workload"],)), 1.0

    def eases(self, block: Any, model: Any, problem: PlacementProblem) -> Iterator[Ease]:
        """By pool and set of kinds: one more host among these."""
        for (component, key), row in block.fits.items():
            pool, *kinds = key
            fitting = set(kinds)
            ratio = problem.clusters[pool].cpu_ratio
            numbers = problem.components[component].rows
            held = next(n for n in numbers if fitting == {
                k.kind for k in problem.hosts_of(pool) if _fits(problem, n, k, ratio)
            })  # fmt: skip
            yield Ease(Relief("large_hosts", pool, (problem.demand.workloads[held],)), 1.0, row)

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


def _fits(problem: PlacementProblem, row: int, kind: HostKind, ratio: float) -> bool:
    demand, more = problem.demand, 1 + TOLERANCE
    return bool(
        demand.vcpu[row] <= kind.threads * ratio * more
        and demand.memory_gib[row] <= kind.usable_memory_gib * more
        and demand.mbps[row] <= kind.mbps * more
        and problem.peak(row) <= kind.usable_cpu * more
    )


def kept() -> tuple[PlacementProblem, State]:
    """A workload of 32 GiB on a host of 64."""
    problem = example.problem(workloads={"A1": {"memory_gib": 32.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """The same on three hosts of 16 GiB each."""
    problem = example.problem(workloads={"A1": {"memory_gib": 32.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"small": 3}})
