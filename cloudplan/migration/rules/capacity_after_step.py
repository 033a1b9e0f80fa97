"""After every wave, what stands in a pool is no more than its hosts alive by then carry together.

A necessary sum, pool by pool: CPU use in each slot, CPU allocation, memory, network; spares don't count. That the
pieces also fit the single hosts is checked by the packing rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.demand import SLOTS, Floats
from cloudplan.findings import Finding
from cloudplan.migration.estate import arriving, carries_hosts, standing
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.loads import Loads, loads_of
from cloudplan.migration.problem import MigrationProblem
from cloudplan.packing.slots import leading_slots
from cloudplan.rule import Rule
from cloudplan.state import State

TOLERANCE = 1e-6
"""vCPU, GiB or Mbit/s by which a sum of floats may exceed a limit."""


@dataclass(frozen=True)
class CapacityAfterStep(Rule[MigrationProblem]):
    """Sums over the hosts of a pool that are no spares."""

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write Σ load[s] moved[s, w] + standing load ≤ Σ capacity[h] alive[h, w] per pool, window, resource."""
        loads = loads_of(problem)
        brought = arriving(problem)
        already = standing(problem)
        block.rows = pyo.ConstraintList()
        for pool in problem.pools:
            systems = {s: loads.total(w[pool]) for s, w in brought.items() if pool in w}
            if not systems:
                continue
            base = loads.total([w for w, host in already.items() if problem.hosts[host].pool == pool])
            bearing = [h for h in model.hosts if problem.hosts[h].pool == pool and not problem.hosts[h].spare]
            hosts = {h: loads.carried(h) for h in bearing}
            everything = base + sum(systems.values())
            table = np.vstack([*systems.values(), base])
            columns = [*leading_slots(table[:, : loads.slots]), *range(loads.slots, loads.slots + 3)]
            for window in model.windows:
                for r in columns:
                    need = sum(float(load[r]) * model.moved[s, window.index] for s, load in systems.items())
                    # a host without a limit carries all there is
                    have = sum(float(min(c[r], everything[r])) * model.alive[h, window.index] for h, c in hosts.items())
                    block.rows.add(need + float(base[r]) - have <= 0)

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each pool and resource that is short, CPU use in its worst slot."""
        loads = loads_of(problem)
        already = standing(problem)
        for pool in problem.pools:
            if not carries_hosts(problem, pool):
                continue
            seated = [c for c, seat in state.seats.items() if seat.pool == pool and c in problem.components]
            present = [w for c in seated for w in problem.components[c][1]]
            present += [w for w, host in already.items() if problem.hosts[host].pool == pool]
            alive = [h for h in state.hosts if h in problem.hosts and problem.hosts[h].pool == pool]
            have = sum((loads.carried(h) for h in alive if not problem.hosts[h].spare), np.zeros(loads.slots + 3))
            yield from self._short(pool, loads, loads.total(present), have, state)

    def _short(self, pool: str, loads: Loads, need: Floats, have: Floats, state: State) -> Iterator[Finding]:
        over = need - have
        worst = int(np.argmax(over[: loads.slots]))
        columns = {"cpu": worst, "vcpu": loads.slots, "memory": loads.slots + 1, "network": loads.slots + 2}
        for resource, r in columns.items():
            if over[r] > TOLERANCE:
                values: dict[str, object] = {"pool": pool, "date": state.date, "need": need[r], "have": have[r]}
                if resource == "cpu":
                    values["slot"] = SLOTS[r] if loads.slots == len(SLOTS) else str(r)
                message = f"migration.capacity-after-step.{resource}"
                yield Finding(message, subject=pool, rule=self.name(), values=values)


def _problem() -> MigrationProblem:
    return problem_of([moving("A"), moving("B")], use={"A": [6, 1], "B": [3, 6]})


def kept() -> tuple[MigrationProblem, State]:
    """Stand 9 vCPU in the first slot on two hosts of 8."""
    problem = _problem()
    return problem, state_of(problem, {"A": 0, "B": 1}, hosts=["P-1", "P-2"])


def broken() -> tuple[MigrationProblem, State]:
    """Leave out the second host, which isn't there yet."""
    problem = _problem()
    return problem, state_of(problem, {"A": 0, "B": 1}, hosts=["P-1"])
