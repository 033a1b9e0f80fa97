r"""Pools are neither idle nor crowded: CPU use at the estate's P95 hour lies in a band, 60 to 70 % by default.

For every cluster p with loaded hosts n: low · C ≤ U ≤ high · C, where U = Σ_c use[c, t*]·x[c, p] and C = Σ_k
threads_k · perf_k · n[k, p], vCPU. t* is the slot whose use, summed over all components, is the 95th percentile of
all slots' (the lower of two): one slot for all pools, since a percentile of each pool's own sum is not linear. The
band is a default of this project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.demand import SLOTS
from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import exceeds, hosts_in, in_pool, standing
from cloudplan.placement.sizes import hosted
from cloudplan.rule import Misses, Rule
from cloudplan.scenario import DemandOptions
from cloudplan.state import State


@dataclass(frozen=True)
class PoolUse(Rule[PlacementProblem]):
    """CPU use of a pool's loaded hosts lies in the band."""

    low: float = field(default=0.6, metadata={"least": 0, "most": 1})
    high: float = field(default=0.7, metadata={"least": 0, "most": 1})

    by_default: ClassVar[bool] = False
    counts: ClassVar[str] = "vcpu"
    soft: float | None = field(default=0.0, kw_only=True, metadata={"least": 0})

    def faults(self, inventory: Inventory) -> Iterator[Finding]:
        """Name a band whose ends are the wrong way round."""
        if self.low > self.high:
            values = {"low": self.low, "high": self.high}
            yield Finding("placement.pool_use.band", rule=self.name(), values=values)

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Two rows a cluster."""
        block.band = pyo.Constraint(pyo.Any)
        slot = p95_slot(problem)
        for pool in problem.clusters:
            chosen = ((i, problem.candidates[i].component) for i in in_pool(model, problem, pool))
            use = sum(float(problem.cpu_use(name)[slot]) * model.place[i] for i, name in chosen)
            there = hosted(model, problem, pool, _threads)
            if isinstance(use, (int, float)) and isinstance(there, (int, float)):
                continue
            block.band[pool, "low"] = self.low * there - use <= 0
            block.band[pool, "high"] = use - self.high * there <= 0

    def misses(self, block: Any) -> Misses:
        """By pool, whichever end of the band it leaves; vCPU."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (pool, _), row in block.band.items():
            out.setdefault((pool, "pool_use"), []).append((row, 1.0))
        return out

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Hold each cluster's use at the P95 hour against the band."""
        slot = p95_slot(problem)
        for pool in problem.clusters:
            use = sum(float(problem.cpu_use(name)[slot]) for name in standing(state, pool))
            there = sum(_threads(problem.capacity.kinds[host.kind]) for host in hosts_in(state, pool))
            for end, short in (("low", self.low * there - use), ("high", use - self.high * there)):
                if exceeds(short, 0.0):
                    share = use / there if there else 1.0
                    values: dict[str, Any] = {
                        "share": 100 * share,
                        "low": 100 * self.low,
                        "high": 100 * self.high,
                        "short": short,
                    }
                    values["slot"] = SLOTS[slot]
                    yield Finding(f"placement.pool_use.{end}", subject=pool, rule=self.name(), values=values)


def p95_slot(problem: PlacementProblem) -> int:
    """The slot at which the use of all components together is its 95th percentile."""
    use = np.sum([problem.cpu_use(name) for name in problem.components], axis=0)
    order = np.argsort(use, kind="stable")
    return int(order[int(0.95 * (len(order) - 1))])


def _threads(kind: HostKind) -> float:
    return float(kind.threads * kind.perf_per_core)


def _problem() -> PlacementProblem:
    return example.problem(workloads={"A1": {"vcpu": 10.0}}, scenario={"demand": DemandOptions(nodata_use=1.0)})


def kept() -> tuple[PlacementProblem, State]:
    """10 vCPU used of 16 threads: 62.5 %."""
    problem = _problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """10 vCPU used of 32 threads: 31 %."""
    problem = _problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 2}})
