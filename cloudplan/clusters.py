"""Each cluster as a question for packing: whether its workloads fit on the hosts that placement chose."""

from __future__ import annotations

from cloudplan.packing.problem import PackingProblem
from cloudplan.placement.decided import on_hosts
from cloudplan.placement.dispositions import STAYS
from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import State


def packing_problem(problem: PlacementProblem, state: State, pool: str) -> PackingProblem:
    """Ask how one cluster's workloads fit on the hosts that placement chose for it."""
    demand = problem.demand
    rows = sorted(r for c, seat in state.seats.items() if seat.pool == pool for r in problem.components[c].rows)
    groups = problem.inventory["workloads"]["ha_group"]
    hosts = tuple(host for host in state.hosts.values() if host.pool == pool)
    # what stays in a pool stays on its host
    stays = {c for c in state.seats if state.dispositions.get(problem.components[c].system) in STAYS}
    home = problem.inventory["workloads"]["server"]
    pinned = {w: str(home[w]) for c in stays if state.seats[c].pool == pool for w in problem.components[c].workloads}
    pinned |= on_hosts(problem, state, pool)
    buyable = tuple(kind for kind, name in problem.buyable if name == pool)
    return PackingProblem(
        pool=pool,
        workloads=tuple(demand.workloads[r] for r in rows),
        cpu_use=demand.cpu_use[rows],
        vcpu=demand.vcpu[rows],
        memory_gib=demand.memory_gib[rows],
        mbps=demand.mbps[rows],
        cpu_ratio=problem.clusters[pool].cpu_ratio,
        ha_group=tuple(groups[demand.workloads[r]] for r in rows),
        hosts=hosts,
        kinds={kind: problem.capacity.kinds[kind] for kind in {*buyable, *(host.kind for host in hosts)}},
        purchasable=buyable if problem.scenario.purchases.allowed else (),
        spare_hosts=problem.clusters[pool].spare_hosts,
        pinned=dict(sorted(pinned.items())),
        options=problem.scenario.rules,
    )
