"""Rows that no rule asks for and no good answer breaks; they make the relaxation tight, so that the proof comes fast.

For every cluster p that keeps k_p > 0 spares, with count, idle by size class as in :mod:`cloudplan.placement.sizes` and
largest as in the rule spare-hosts:

* what stands in p under every choice that is left means that p has hosts: Σ_g largest[p, g] = 1; else it has where a
  component does, if ``largest-workload`` holds: Σ_g largest[p, g] ≥ Σ x[c, p] for every component c;
* a host left empty beyond the k_p that count is waste: idle[p, g] = k_p · largest[p, g];
* so is a loaded host more than those that carry all that could ever come: count[p, g] − idle[p, g] ≤
  N[p, g] · Σ_{g' dominates g} largest[p, g'].

N[p, g] = max(1, members of the largest group that needs a host each, servers of g that serve in p already, ⌈demand of
all candidates / capacity of g⌉ over the resources), and no more than the servers of g where none can be bought. Of
more, one can go: the others of the class carry everything there is, hold every workload that it held, and are enough
for every group. That leans on every rule
being kept, or missed by no more, with fewer hosts of a kind that there is enough of (:data:`NEVER_MORE`), and on no
host having a price below zero; where any other rule has a say about hosts, no row is written.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.placement.dispositions import GONE
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule
from cloudplan.placement.rules._sums import in_pool
from cloudplan.placement.sizes import dominating
from cloudplan.rule import Rule

NEVER_MORE = frozenset({
    "capacity", "conduits", "facility", "gap-flows", "ha-hosts", "largest-workload", "new-hosts", "pool-size",
    "purchases", "residual-rooms", "reuse-emptied", "sites-apart", "spare-hosts", "storage", "uplinks",
})  # fmt: skip
"""Rules with rows of their own that never ask for more hosts than carry the load; one that only refuses is none."""

OF_AN_EARLIER_PLAN = frozenset({"minimum-gain", "orders"})
"""Rules that ask for hosts only where an earlier plan has them."""


def strengthen(model: Any, problem: PlacementProblem, rules: Iterable[PlacementRule]) -> None:
    """Add the rows to a model of some rules."""
    model.strong = pyo.ConstraintList()
    speaking = {rule.name() for rule in rules if rule.soft != 0.0 and type(rule).build is not Rule.build}
    never = NEVER_MORE | (OF_AN_EARLIER_PLAN if problem.earlier is None else frozenset())
    if "spare-hosts" not in model.holds or not speaking <= never:
        return
    fixed = _fixed(model, problem)
    for name, pool in problem.clusters.items():
        if not pool.spare_hosts or not problem.sizes(name):
            continue
        largest = [model.rule["spare-hosts"].largest[name, g] for g in range(len(problem.sizes(name)))]
        here: dict[str, list[int]] = defaultdict(list)
        for i in in_pool(model, problem, name):
            here[problem.candidates[i].component].append(i)
        # only where a rule makes sure that a component needs a host
        if "largest-workload" in model.holds:
            if not fixed.isdisjoint(here):
                model.strong.add(sum(largest) == 1)
            else:
                for numbers in here.values():
                    model.strong.add(sum(largest) - sum(model.place[i] for i in numbers) >= 0)
        for g, most in enumerate(_most(model, problem, name, here)):
            count, idle = model.sizes.count[name, g], model.sizes.idle[name, g]
            model.strong.add(idle - pool.spare_hosts * largest[g] == 0)
            model.strong.add(count - idle - most * sum(largest[over] for over in dominating(problem, name, g)) <= 0)


def _fixed(model: Any, problem: PlacementProblem) -> set[str]:
    """Components that stand in one pool under every choice that is left."""
    pools: dict[str, set[str]] = defaultdict(set)
    for i in model.place:
        pools[problem.candidates[i].component].add(problem.candidates[i].pool)
    gone = {system for system, fates in problem.fates.items() if any(d in GONE for d, _ in fates)}
    return {name for name, found in pools.items() if len(found) == 1 and problem.components[name].system not in gone}


def _most(model: Any, problem: PlacementProblem, pool: str, components: Iterable[str]) -> list[int]:
    """Loaded hosts of each size class beyond which one more is waste."""
    names = list(components)
    more = 1.0 + model.allowance.get(pool, 0.0)
    ratio = problem.clusters[pool].cpu_ratio
    use = float(np.sum([problem.cpu_use(name) for name in names], axis=0).max()) if names else 0.0
    need = [use, *(sum(problem.amounts(name)[r] for name in names) for r in ("vcpu", "memory_gib", "mbps"))]
    group = max((problem.ha_members[name] for name in names), default=0)
    out = []
    for members in problem.sizes(pool):
        kind, servers = members[0], [kind.kind for kind in members if kind.server is not None]
        each = (kind.usable_cpu, kind.threads * ratio, kind.usable_memory_gib, kind.mbps)
        carrying = [math.ceil(more * amount / size) for amount, size in zip(need, each, strict=True) if size > 0]
        serving = sum(problem.capacity.existing.get(server) == pool for server in servers)
        most = max([1, group, serving, *carrying])
        out.append(min(most, len(servers)) if len(servers) == len(members) else most)
    return out
