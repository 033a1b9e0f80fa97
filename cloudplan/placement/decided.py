"""What was decided before this plan: what a system departs from if it does otherwise, and the hosts it moved to."""

from __future__ import annotations

from collections.abc import Mapping

from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import State

Decided = tuple[str, Mapping[str, str]]
"""A disposition, and the pool of each component."""


def decided_of(problem: PlacementProblem) -> dict[str, Decided]:
    """Say of each system from what it departs if it does otherwise.

    Where its servers serve in a pool already, that is to stay there; else it is what the earlier plan decided. A system
    without either, and one to which that choice is no longer open, has nothing to depart from; nor has a component that
    is new.
    """
    out: dict[str, Decided] = {}
    earlier = problem.earlier
    for system, fates in problem.fates.items():
        components = problem.of_system[system]
        disposition, pools = "KEEP", {c: _serving(problem, c) for c in components}
        if not components or None in pools.values():
            if earlier is None or system not in earlier.fates:
                continue
            disposition = earlier.fates[system][0]
            pools = {c: earlier.seats[c].pool for c in components if c in earlier.seats}
        found = {c: pool for c, pool in pools.items() if pool is not None}
        offers = (problem.candidates[i] for c in components for i in problem.by_component[c])
        offered = {(c.component, c.pool) for c in offers if c.disposition == disposition}
        if any(d == disposition for d, _ in fates) and offered.issuperset(found.items()):
            out[system] = disposition, found
    return out


def _serving(problem: PlacementProblem, component: str) -> str | None:
    """Cluster in which the inventory shows a component, whatever a plan has carried out."""
    record = problem.components[component]
    if problem.earlier is not None and record.system in problem.earlier.done:
        return None
    pools = {problem.capacity.existing.get(server) for server in record.servers}
    return next(iter(pools)) if len(pools) == 1 else None


def on_hosts(problem: PlacementProblem, state: State, pool: str) -> dict[str, str]:
    """Hosts of the workloads that an earlier plan has moved into a pool; free where they outgrew their host.

    One that stands on another host for the time being is going to the one the earlier plan gave it, if that is there.

    Returns
    -------
    dict
        Workload → host, of those whose component a state leaves where it was moved.
    """
    home, demand, ratio = problem.inventory["workloads"]["server"], problem.demand, problem.clusters[pool].cpu_ratio
    given = problem.earlier.host_of if problem.earlier is not None else {}
    rows: dict[str, list[int]] = {}
    for i in problem.taken(state):
        if problem.candidates[i].pool == pool and problem.moved_already(i):
            for row in problem.components[problem.candidates[i].component].rows:
                name = demand.workloads[row]
                there = state.hosts.get(given.get(name, ""))
                host = there.host if there is not None and there.pool == pool else str(home[name])
                rows.setdefault(host, []).append(row)
    out: dict[str, str] = {}
    for host, members in rows.items():
        kind = problem.capacity.kinds.get(host)
        if kind is None or host not in state.hosts:
            continue
        if (
            demand.cpu_use[members].sum(axis=0).max() <= kind.usable_cpu
            and demand.vcpu[members].sum() <= kind.threads * ratio
            and demand.memory_gib[members].sum() <= kind.usable_memory_gib
            and demand.mbps[members].sum() <= kind.mbps
        ):
            out |= {demand.workloads[row]: host for row in members}
    return out
