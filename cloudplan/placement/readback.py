"""A solved model, read back as a state."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import Host, Seat, State


def state_of(model: Any, problem: PlacementProblem) -> State:
    """Read a solved model back as a state; bought hosts are numbered by pool."""
    dispositions = {s: d for (s, d, _), var in model.choose.items() if pyo.value(var) > 0.5}
    seats = {}
    for i, var in model.place.items():
        if pyo.value(var) > 0.5:
            candidate = problem.candidates[i]
            seats[candidate.component] = Seat(candidate.pool, candidate.zone)
    hosts: dict[str, Host] = {}
    for (server, pool), var in model.reuse.items():
        if pyo.value(var) > 0.5:
            source = "existing" if server in problem.capacity.existing else "reused"
            spare = pyo.value(model.reuse_spare[server, pool]) > 0.5
            hosts[server] = Host(server, pool, server, source, spare)
    counted: dict[str, int] = {}
    for (kind, pool), var in model.hosts.items():
        count, empty = round(pyo.value(var)), round(pyo.value(model.spare[kind, pool]))
        for n in range(count):
            counted[pool] = counted.get(pool, 0) + 1
            while (name := f"{pool}-{counted[pool]:02d}") in problem.capacity.existing:
                counted[pool] += 1  # delivered under an earlier plan, which gave it the name
            hosts[name] = Host(name, pool, kind, "purchased", spare=n >= count - empty)
    return State(dispositions=dispositions, seats=seats, hosts=hosts)


def dispositions_of(problem: PlacementProblem, state: State) -> dict[str, tuple[str, str]]:
    """Disposition and target of every system in a state; the target of one that stands nowhere is its platform's."""
    pools = problem.capacity.pools
    out = {}
    for system, disposition in state.dispositions.items():
        target = next((pools[state.seats[c].pool].target for c in problem.of_system[system] if c in state.seats), None)
        known = (t for d, t in problem.fates[system] if d == disposition)
        out[system] = (disposition, target if target is not None else next(known, ""))
    return out
