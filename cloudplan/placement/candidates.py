"""From the tables to the placement problem: components, calls between them, and every structural choice."""

from __future__ import annotations

from collections import Counter
from operator import is_
from typing import Any

from cloudplan.capacity import SUPERIOR, Capacity, Pool, capacity_of, today_pool
from cloudplan.costs import costs_of
from cloudplan.demand import Demand, demand_of
from cloudplan.earlier import Earlier
from cloudplan.inventory import Inventory
from cloudplan.locks import component_id
from cloudplan.placement.dispositions import effective_level, options_of
from cloudplan.placement.problem import Call, Candidate, Component, PlacementProblem
from cloudplan.scenario import CLOUD, Scenario
from cloudplan.zones import zone_graph


def problem_of(inventory: Inventory, scenario: Scenario, earlier: Earlier | None = None) -> PlacementProblem:
    """Put the placement problem of a scenario together; ``earlier`` is the plan in progress that it follows, if any.

    Raises
    ------
    BadInput
        If prices are missing.
    """
    demand = demand_of(inventory, scenario, None if earlier is None else earlier.sized_on)
    capacity = capacity_of(inventory, scenario)
    components = components_of(inventory, demand)
    options = options_of(inventory, scenario, earlier)
    return PlacementProblem(
        inventory=inventory,
        scenario=scenario,
        demand=demand,
        capacity=capacity,
        zones=zone_graph(inventory),
        costs=costs_of(inventory, scenario),
        options=options,
        components=components,
        candidates=tuple(
            candidate
            for component in components.values()
            for disposition in options[component.system].allowed
            for candidate in _choices(component, disposition, inventory, scenario, capacity)
        ),
        calls=_calls(inventory, components),
        reuse=reuse_pairs(capacity),
        earlier=earlier,
    )


def relocked(problem: PlacementProblem, scenario: Scenario) -> PlacementProblem:
    """Ask the same under other locks, which must state no disposition: of nothing else the answer is put together anew.

    Parameters
    ----------
    problem
        What was asked.
    scenario
        Its scenario, with other locks.
    """
    inventory, capacity = problem.inventory, problem.capacity
    options = options_of(inventory, scenario, problem.earlier)
    old = problem.candidates
    found: list[Candidate] = []
    for name, component in problem.components.items():
        allowed = options[component.system].allowed
        if allowed == problem.options[component.system].allowed:
            found += [old[i] for i in problem.by_component[name]]
        else:
            found += [c for d in allowed for c in _choices(component, d, inventory, scenario, capacity)]
    # most locks leave every choice as it was: what is known of the choices then is, too
    candidates = old if len(found) == len(old) and all(map(is_, found, old)) else tuple(found)
    return problem.changed(scenario=scenario, options=options, candidates=candidates)


def components_of(inventory: Inventory, demand: Demand) -> dict[str, Component]:
    """Group each system's running workloads by tier and architecture."""
    workloads, systems, servers = inventory["workloads"], inventory["systems"], inventory["servers"]
    row = demand.position()
    what = {name: (system, tier, arch) for name, system, tier, arch in zip(
        workloads.index, workloads["system"], workloads["tier"], workloads["arch"], strict=True
    )}  # fmt: skip
    on, room_of = dict(workloads["server"].items()), dict(servers["room"].items())
    records: dict[str, Any] = {str(record.Index): record for record in systems.itertuples()}
    groups: dict[tuple[str, str, str], list[str]] = {}
    for workload in demand.workloads:
        groups.setdefault(what[workload], []).append(workload)
    levels = {name: effective_level(record) for name, record in records.items()}
    out = {}
    for (system, tier, arch), names in groups.items():
        home = [on[name] for name in names if on[name] is not None]
        rooms = Counter(room_of[server] for server in home)
        record = records[system]
        name = component_id(system, tier, arch)
        out[name] = Component(
            component=name,
            system=system,
            department=record.department,
            tier=tier,
            arch=arch,
            level=levels[system],
            zone=record.zone,
            internet_facing=bool(record.internet_facing),
            room=min(rooms, key=lambda room: (-rooms[room], room)) if rooms else None,
            workloads=tuple(names),
            rows=tuple(row[name] for name in names),
            servers=tuple(dict.fromkeys(home)),
        )
    return out


def _choices(
    component: Component, disposition: str, inventory: Inventory, scenario: Scenario, capacity: Capacity
) -> list[Candidate]:
    def seats(pool: Pool, zones: tuple[str, ...]) -> list[Candidate]:
        return [
            Candidate(component.component, component.system, disposition, pool.target, pool.pool, zone)
            for zone in zones
        ]

    def stay() -> list[Candidate]:
        serving = {capacity.existing.get(server) for server in component.servers}
        if len(serving) == 1 and None not in serving:
            # it stands in a pool already: it stays there, and its load counts there
            return seats(capacity.pools[next(iter(serving)) or ""], (component.zone,))
        name = SUPERIOR if component.room is None else today_pool(component.room)
        pool = capacity.pools.get(name)
        # a server that stands in the centre already stays in no department's room
        return seats(pool if pool is not None else capacity.pools[SUPERIOR], (component.zone,))

    open_kinds = scenario.targets.open
    out: list[Candidate] = []
    if disposition in CLOUD:
        above = inventory["systems"].at[component.system, "superseded_target"] if disposition == "UPLIFT" else None
        for pool in capacity.pools.values():
            if pool.kind not in ("cluster", "service") or pool.target_kind not in open_kinds:
                continue
            if above is None or pool.target == above:
                out += seats(pool, pool.zones)
    elif disposition == "RELOCATE":
        if component.room is not None:
            for pool in capacity.pools.values():
                if pool.kind == "colocation" and pool.target_kind in open_kinds:
                    out += seats(pool, pool.zones)
    elif disposition == "KEEP":
        out += stay()
    elif disposition == "NEED_SUPERIOR":
        out += stay()
        front = inventory["systems"].at[component.system, "deploy_model"] == "front_end_local"
        if front and component.room is not None:
            for pool in capacity.pools.values():
                if pool.kind == "colocation" and pool.target_kind in open_kinds:
                    out += seats(pool, pool.zones)
    return out


def _calls(inventory: Inventory, components: dict[str, Component]) -> tuple[Call, ...]:
    """Flows that must work after the move; a broken one carries no obligation."""
    at: dict[tuple[str, str], list[str]] = {}
    for component in components.values():
        at.setdefault((component.system, component.tier), []).append(component.component)
    calls: dict[Call, None] = {}
    row: Any
    for row in inventory["flows"].itertuples():
        if row.state == "broken":
            continue
        sources = at.get((row.source_system, row.source_tier), []) if row.source_system else [None]
        targets = at.get((row.target_system, row.target_tier), []) if row.target_system else [None]
        for source in sources:
            for target in targets:
                if source != target:
                    calls.setdefault(Call(row.Index, row.kind, source, row.source_zone, target, row.target_zone))
    return tuple(calls)


def reuse_pairs(capacity: Capacity) -> tuple[tuple[str, str], ...]:
    """List the pairs (server, pool) that structurally could be: where it serves already, else same architecture."""
    pairs = [(server, pool) for server, pool in capacity.existing.items()]
    for server in capacity.reusable:
        arch = capacity.kinds[server].arch
        pairs += [(server, p.pool) for p in capacity.pools.values() if p.kind == "cluster" and p.arch == arch]
    return tuple(pairs)
