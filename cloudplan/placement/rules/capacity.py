r"""What stands in a pool fits on its loaded hosts, in every resource and every hour of the week.

For every cluster p, with x the candidates in p, n the loaded hosts (spares not counted) of kind k:

* CPU use, every slot t:  Σ_c use[c, t]·x[c, p] ≤ Σ_k threads_k · perf_k · (1 − reserve − headroom) · n[k, p]
* CPU allocation:         Σ_c vcpu[c]·x[c, p] ≤ Σ_k threads_k · ratio_p · n[k, p]
* memory:                 Σ_c memory[c]·x[c, p] ≤ Σ_k memory_k · (1 − reserve) · n[k, p]
* network:                Σ_c mbps[c]·x[c, p] ≤ Σ_k mbps_k · n[k, p], where every kind in the pool states it

Rows of slots are added as they are violated; :func:`add_slots` writes them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.demand import SLOTS
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, say
from cloudplan.placement import example
from cloudplan.placement.bought import cheapest, offer, purchase
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import TOLERANCE, exceeds, hosts_in, in_pool, standing
from cloudplan.placement.sizes import hosted
from cloudplan.relief import Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

RESOURCES = ("vcpu", "memory_gib", "cpu", "mbps")


@dataclass(frozen=True)
class Capacity(Rule[PlacementProblem]):
    """Demand of a pool stays within its loaded hosts."""

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Write the flat rows, and the slots that the model starts with."""
        block.flat = pyo.Constraint(pyo.Any)
        block.slot = pyo.Constraint(pyo.Any)
        block.usable_cpu = pyo.Var(list(problem.clusters), within=pyo.NonNegativeReals)
        block.usable = pyo.Constraint(
            list(problem.clusters),
            rule=lambda b, p: b.usable_cpu[p] == hosted(model, problem, p, lambda kind: kind.usable_cpu),
        )
        for name, pool in problem.clusters.items():
            chosen = in_pool(model, problem, name)
            if not chosen:
                continue
            more = 1.0 + model.allowance.get(name, 0.0)

            def need(resource: str, chosen: list[int] = chosen, more: float = more) -> Any:
                amounts = ((problem.amounts(problem.candidates[i].component)[resource], i) for i in chosen)
                return sum(more * amount * model.place[i] for amount, i in amounts)

            def threads(kind: HostKind, ratio: float = pool.cpu_ratio) -> float:
                return float(kind.threads * ratio)

            block.flat[name, "vcpu"] = need("vcpu") <= hosted(model, problem, name, threads)
            usable = hosted(model, problem, name, lambda kind: kind.usable_memory_gib)
            block.flat[name, "memory_gib"] = need("memory_gib") <= usable
            if all(math.isfinite(kind.mbps) for kind in problem.hosts_of(name)):
                block.flat[name, "mbps"] = need("mbps") <= hosted(model, problem, name, lambda kind: kind.mbps)
        add_slots(block, model, problem, {(name, slot) for name in problem.clusters for slot in model.slots})

    def misses(self, block: Any) -> Misses:
        """By pool and resource, CPU use over all its slots together."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (pool, resource), row in block.flat.items():
            out[pool, resource] = [(row, 1.0)]
        for (pool, _), row in block.slot.items():
            out.setdefault((pool, "cpu"), []).append((row, 1.0))
        return out

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """In hosts: the largest that could stand in the pool offers one of each resource."""
        each = offer(problem, given.subject, given.resource)
        most = max((each(kind) for kind in problem.hosts_of(given.subject)), default=1.0)
        return 1.0 / max(most, 1.0)

    def reliefs(
        self,
        problem: PlacementProblem,
        short: Mapping[Relief, float],
        choices: Mapping[Relief, Collection[Any]],
        state: State | None = None,
    ) -> Iterator[Finding]:
        """Word what is missing pool by pool, and the hosts that would offer it."""
        pools: dict[str, dict[str, float]] = {}
        for given, amount in short.items():
            pools.setdefault(given.subject, {})[given.resource] = amount
        for pool, missing in pools.items():
            said = [self.relief(problem, Relief(r, pool), missing[r], ()) for r in RESOURCES if r in missing]
            if len(said) == 1:
                yield said[0]
                continue
            asks = {finding.message.rpartition(".")[2]: finding.values["ask"] for finding in said}
            worded = tuple(
                {language: say(f"infeasible.missing.{r}", language, ask=asks[r]) for language in LANGUAGES}
                for r in asks
            )
            values: dict[str, Any] = {"missing": worded, "spare": problem.clusters[pool].spare_hosts, **missing}
            values["short"] = sum(amount * self.weighs(problem, Relief(r, pool)) for r, amount in missing.items())
            found = cheapest(problem, pool, missing)
            most, there = problem.clusters[pool].max_hosts, state.hosts.values() if state is not None else ()
            if found is not None and most is not None and sum(h.pool == pool for h in there) + found[1] > most:
                found = None  # they have no place there
            if found is not None:
                values |= {name: value for name, value in purchase(problem, pool, dict([found])).items()
                           if name in ("hosts", "bought", "yuan", "basis")}  # fmt: skip
            message = "capacity" if found is None else "capacity_hosts"
            yield Finding(f"infeasible.short.{message}", subject=pool, rule=self.name(), values=values)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word what is missing once the pool's spares are kept empty."""
        spare = problem.clusters[given.subject].spare_hosts
        values = {"short": short, "ask": asked(given.resource, short), "spare": spare}
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Add up what stands in each cluster and hold it against its loaded hosts."""
        for name, pool in problem.clusters.items():
            names = standing(state, name)
            kinds = [problem.capacity.kinds[host.kind] for host in hosts_in(state, name)]
            flat = {r: sum(problem.amounts(c)[r] for c in names) for r in ("vcpu", "memory_gib", "mbps")}
            usable = {
                "vcpu": sum(kind.threads for kind in kinds) * pool.cpu_ratio,
                "memory_gib": sum(kind.usable_memory_gib for kind in kinds),
            }
            if all(math.isfinite(kind.mbps) for kind in problem.hosts_of(name)):
                usable["mbps"] = sum(kind.mbps for kind in kinds)
            for resource, limit in usable.items():
                if exceeds(flat[resource], limit):
                    values = {"need": flat[resource], "usable": limit, "short": flat[resource] - limit}
                    yield Finding(f"placement.capacity.{resource}", subject=name, rule=self.name(), values=values)
            use = np.sum([problem.cpu_use(c) for c in names], axis=0)
            limit = sum(kind.usable_cpu for kind in kinds)
            if exceeds(float(use.max()), limit):
                slot = int(use.argmax())
                missed = {"need": use[slot], "usable": limit, "short": use[slot] - limit, "slot": SLOTS[slot]}
                yield Finding("placement.capacity.cpu", subject=name, rule=self.name(), values=missed)


def add_slots(block: Any, model: Any, problem: PlacementProblem, wanted: set[tuple[str, int]]) -> None:
    """Write the CPU rows of some pools and slots."""
    for name, slot in sorted(wanted):
        chosen = in_pool(model, problem, name)
        if chosen and (name, slot) not in block.slot:
            more = 1.0 + model.allowance.get(name, 0.0)
            use = ((problem.cpu_use(problem.candidates[i].component)[slot], i) for i in chosen)
            left = sum(more * float(amount) * model.place[i] for amount, i in use)
            block.slot[name, slot] = left <= block.usable_cpu[name]


def broken_slots(block: Any, model: Any, problem: PlacementProblem, most: int = 6) -> set[tuple[str, int]]:
    """Find the slots that a solved model breaks, the worst of each pool first, at most ``most`` a pool.

    The model may be solved without its whole numbers: what it breaks then, any answer near it breaks too.
    """
    out: set[tuple[str, int]] = set()
    for name in problem.clusters:
        taken = [(i, share) for i in in_pool(model, problem, name) if (share := pyo.value(model.place[i])) > TOLERANCE]
        if not taken:
            continue
        limit = pyo.value(block.usable_cpu[name])
        use = np.sum([share * problem.cpu_use(problem.candidates[i].component) for i, share in taken], axis=0)
        use = use * (1.0 + model.allowance.get(name, 0.0))
        over = np.flatnonzero(use > limit + TOLERANCE * max(1.0, limit))
        worst = over[np.argsort(-use[over], kind="stable")][:most]
        out |= {(name, int(slot)) for slot in worst}
    return out


def violated_slots(
    problem: PlacementProblem,
    state: State,
    allowance: Mapping[str, float],
    most: int = 6,
    granted: Mapping[str, float] | None = None,
) -> set[tuple[str, int]]:
    """Find the slots that a state breaks, the worst of each pool first, at most ``most`` a pool.

    Parameters
    ----------
    problem, state, allowance
        What was asked and found, and by which share the demand in a pool is enlarged.
    most
        Slots a pool.
    granted
        CPU use by which a pool may exceed what its hosts carry, by pool; reference vCPU.
    """
    out: set[tuple[str, int]] = set()
    for name in problem.clusters:
        names = standing(state, name)
        if not names:
            continue
        limit = sum(problem.capacity.kinds[host.kind].usable_cpu for host in hosts_in(state, name))
        limit += (granted or {}).get(name, 0.0)
        use = np.sum([problem.cpu_use(c) for c in names], axis=0) * (1.0 + allowance.get(name, 0.0))
        over = np.flatnonzero(use > limit + TOLERANCE * max(1.0, limit))
        worst = over[np.argsort(-use[over], kind="stable")][:most]
        out |= {(name, int(slot)) for slot in worst}
    return out


def kept() -> tuple[PlacementProblem, State]:
    """A 4-vCPU workload on one 16-thread host."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """The same workload with no host but a spare one."""
    problem = example.problem()
    seats = {"A/app/x86": ("REHOST", "P", "PUB")}
    return problem, example.state(problem, seats, bought={"P": {"H": 1}}, spares={"P": {"H": 1}})
