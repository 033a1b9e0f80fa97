"""No host carries more than it can: CPU use in any slot, CPU allocation, memory, network.

CPU use Σ use[i, s] ≤ threads × performance × (1 − reserve − headroom) in every slot s, without overcommit; allocation
Σ vcpu[i] ≤ threads × the pool's ratio; memory and network flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.demand import Floats
from cloudplan.findings import Finding
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.rule import Rule
from cloudplan.state import State

TOLERANCE = 1e-6
"""vCPU, GiB or Mbit/s by which a sum of floats may exceed a limit."""


@dataclass(frozen=True)
class Capacity(Rule[PackingProblem]):
    """What stands on a host fits it, in every resource and every slot."""

    def forbids(self, problem: PackingProblem, choice: tuple[str, str]) -> Finding | None:
        """Say why a workload is too large for a host, even alone."""
        workload, host = choice
        i, kind = problem.rows[workload], problem.offered[host].kind
        for finding in self._over(problem, host, kind, problem.cpu_use[i], np.array([i])):
            values = {"workload": workload, **finding.values}
            return Finding(
                f"packing.too_large.{finding.message.rpartition('.')[2]}",
                subject=workload,
                rule=self.name(),
                values=values,
            )
        return None

    def build(self, block: Any, model: Any, problem: PackingProblem) -> None:
        """Write a row per host and resource, for CPU use per host and slot that another slot doesn't dominate."""
        slots = problem.leading

        def load(of: Floats, host: str) -> Any:
            return sum(float(of[problem.rows[w]]) * model.x[w, host] for w in model.on_host[host])

        loaded = [host for host in problem.hosts if model.on_host[host.host]]
        block.cpu, block.allocation = pyo.ConstraintList(), pyo.ConstraintList()
        block.memory, block.network = pyo.ConstraintList(), pyo.ConstraintList()
        for host in loaded:
            kind = problem.kinds[host.kind]
            for slot in slots:
                block.cpu.add(load(problem.cpu_use[:, slot], host.host) <= kind.usable_cpu)
            block.allocation.add(load(problem.vcpu, host.host) <= kind.threads * problem.cpu_ratio)
            block.memory.add(load(problem.memory_gib, host.host) <= kind.usable_memory_gib)
            if np.isfinite(kind.mbps):
                block.network.add(load(problem.mbps, host.host) <= kind.mbps)

    def violations(self, problem: PackingProblem, state: State) -> Iterator[Finding]:
        """Yield what is overfull, host by host and with the worst slot, and workloads on hosts that aren't there."""
        alive = problem.alive(state)
        rows_on: dict[str, list[int]] = {}
        for i, workload, host in problem.standing(state):
            if host in alive:
                rows_on.setdefault(host, []).append(i)
            else:
                values = {"workload": workload, "host": host, "pool": problem.pool}
                yield Finding("packing.capacity.no_host", subject=workload, rule=self.name(), values=values)
        for host, listed in rows_on.items():
            rows = np.array(listed)
            yield from self._over(problem, host, alive[host].kind, problem.cpu_use[rows].sum(axis=0), rows)

    def _over(
        self, problem: PackingProblem, host: str, kind_id: str, use: Floats, rows: np.ndarray[Any, Any]
    ) -> Iterator[Finding]:
        kind = problem.kinds[kind_id]

        def over(message: str, used: float, usable: float, **more: Any) -> Finding:
            values = {"host": host, "used": used, "usable": usable, "excess": used - usable, **more}
            return Finding(f"packing.capacity.{message}", subject=host, rule=self.name(), values=values)

        if use.size and use.max() > kind.usable_cpu + TOLERANCE:
            slots = int((use > kind.usable_cpu + TOLERANCE).sum())
            yield over("cpu", float(use.max()), kind.usable_cpu, slot=problem.slot(int(use.argmax())), slots=slots)
        for message, of, usable in (
            ("allocation", problem.vcpu, kind.threads * problem.cpu_ratio),
            ("memory", problem.memory_gib, kind.usable_memory_gib),
            ("network", problem.mbps, kind.mbps),
        ):
            used = float(of[rows].sum())
            if used > usable + TOLERANCE:
                yield over(message, used, usable)


def kept() -> tuple[PackingProblem, State]:
    """Let day and night workloads share a small host: 4 + 0 and 0 + 4 of 4 vCPU."""
    problem = problem_of({"day": [4, 0], "night": [0, 4]}, {"h1": "small"})
    return problem, state_of(problem, {"day": "h1", "night": "h1"})


def broken() -> tuple[PackingProblem, State]:
    """Make two day workloads want 6 of 4 vCPU in the first slot."""
    problem = problem_of({"day": [4, 0], "noon": [2, 1]}, {"h1": "small"})
    return problem, state_of(problem, {"day": "h1", "noon": "h1"})
