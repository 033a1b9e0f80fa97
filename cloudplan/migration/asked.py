"""From a placement to the migration problem: what moves, how long it takes, what holds it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from cloudplan.assumptions import factors_of
from cloudplan.inventory.estate import holds
from cloudplan.migration.moves import CARRIED, MOVES, SWITCHED_OFF
from cloudplan.migration.problem import Freeze, MigrationProblem, Moving
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.solve import Placement

GBIT_PER_GIB = 8.589934592
"""One GiB in Gbit: 2^30 × 8 / 10^9."""


def problem_of(problem: PlacementProblem, placement: Placement, host_of: Mapping[str, str]) -> MigrationProblem:
    """Ask in which order a placement is carried out.

    A system's data go over the fastest extranet link of its rooms, or on carried disks where that is quicker
    (``offline_media_hours`` plus ``offline_media_gib_per_hour``). A system with a stated longest outage is checked on
    its copy beforehand, and is down for the last day's changes and the switch; others also for the checks. Flows of
    request and response that cross an exchange border after the move bind two systems to one wave; a system that is
    called moves no later than its callers.

    Parameters
    ----------
    problem, placement
        What was placed, and where.
    host_of
        Host of every packed workload.
    """
    inventory, scenario = problem.inventory, problem.scenario
    servers, devices, workloads = inventory["servers"], inventory["devices"], inventory["workloads"]
    moving = {}
    for system, (disposition, _) in placement.dispositions.items():
        seats = [placement.state.seats[c].pool for c in problem.of_system[system] if c in placement.state.seats]
        if disposition == "NEED_SUPERIOR" and any(problem.capacity.pools[p].kind == "colocation" for p in seats):
            disposition = "RELOCATE"
        if disposition in MOVES and not _moved(problem, placement, system):
            moving[system] = _moving(problem, system, disposition)
    calendar = inventory["calendar"]
    together, before = _bonds(problem, placement, set(moving))
    running = workloads[(workloads["state"] == "running") & workloads["server"].notna()]
    stopped = workloads[(workloads["state"] != "running") & workloads["server"].notna()]
    held = devices[devices["fate"] == "keep"]
    return MigrationProblem(
        options=scenario.migration,
        systems=tuple(moving.values()),
        together=together,
        before=before,
        seats={c: s for c, s in placement.state.seats.items() if problem.components[c].system in moving},
        components={name: (c.system, c.workloads) for name, c in problem.components.items()},
        pools=problem.capacity.pools,
        kinds=problem.capacity.kinds,
        hosts=placement.state.hosts,
        packing=host_of,
        demand=problem.demand,
        ha_group={str(w): g for w, g in workloads["ha_group"].items() if g is not None},
        server_of={str(w): s for w, s in running["server"].items()},
        stopped={str(s): frozenset(found) for s, found in stopped.groupby("server")["system"]},
        room_of={str(name): room for table in (servers, devices) for name, room in table["room"].items()},
        stays={str(device): "plan.device_stays" for device in held.index},
        freezes=tuple(_days(row) for row in calendar[calendar["kind"] == "freeze"].itertuples()),
        allowed=tuple(_days(row) for row in calendar[calendar["kind"] == "window"].itertuples()),
        lead_days={str(r.Index): 0 if r.lead_days != r.lead_days else int(r.lead_days or 0) for r in _types(problem)},
        prepare_days=scenario.reuse.prepare_days,
        rooms=tuple(str(r) for r, kind in inventory["rooms"]["kind"].items() if kind == "department"),
        rule_options=scenario.rules,
        today=scenario.today,
        packing_options=scenario.rules,
        planned=_planned(problem, placement),
        delivery=_delivery(problem, placement),
    )


def _moved(problem: PlacementProblem, placement: Placement, system: str) -> bool:
    """Whether an earlier plan has taken a system where it is to be."""
    earlier, seats = problem.earlier, placement.state.seats
    if earlier is None or system not in earlier.done:
        return False
    return all(c not in earlier.seats or seats.get(c) == earlier.seats[c] for c in problem.of_system[system])


def _planned(problem: PlacementProblem, placement: Placement) -> dict[str, dt.datetime]:
    """When an earlier plan meant the systems to move that still go where it said."""
    earlier, seats = problem.earlier, placement.state.seats
    if earlier is None:
        return {}
    return {
        system: starts
        for system, starts in earlier.windows.items()
        if placement.dispositions.get(system) == earlier.fates[system]
        and all(seats.get(c) == earlier.seats.get(c) for c in problem.of_system[system])
    }


def _delivery(problem: PlacementProblem, placement: Placement) -> dict[str, dt.date]:
    """Day on which each bought host that is on order already is ready."""
    bought: dict[tuple[str, str], list[str]] = {}
    for name, host in placement.state.hosts.items():
        if host.source == "purchased":
            bought.setdefault((host.pool, host.kind), []).append(name)
    out: dict[str, dt.date] = {}
    for (pool, kind), names in bought.items():
        days = () if problem.earlier is None else problem.earlier.ordered_of(pool, kind)
        out.update(zip(names, days, strict=False))
    return out


def _days(row: Any) -> Freeze:
    return Freeze(row.name, row.starts_on, row.ends_on, row.department, row.system)


def _types(problem: PlacementProblem) -> list[Any]:
    table = problem.inventory["host_types"]
    return list(table.assign(lead_days=table["lead_days"].fillna(0)).itertuples())


def _moving(problem: PlacementProblem, system: str, disposition: str) -> Moving:
    options, factors = problem.scenario.migration, factors_of(problem.inventory, problem.scenario)
    record: Any = problem.inventory["systems"].loc[system]
    components = [problem.components[name] for name in problem.of_system[system]]
    rows = [row for component in components for row in component.rows]
    stored = float(problem.demand.storage_gib[rows].sum())
    data = float(record["data_gib"]) if not math.isnan(record["data_gib"]) else stored
    gib = 0.0 if disposition in CARRIED or disposition == "RETIRE" else data
    rooms = {component.room for component in components}
    links = problem.inventory["links"]
    links = links[links["room"].isin(rooms)]
    # the extranet leads to the centre; what a superior or a provider runs is not for copying, unless nothing else is
    own = links[links["kind"].isin(["extranet", "vpn"])]
    rate = float((links if own.empty else own)["mbps"].max())
    rate = factors["link_mbps_default"] if math.isnan(rate) else rate
    per_gib = GBIT_PER_GIB * 1000 / (rate * options.transfer_efficiency) / 3600
    carried = factors["offline_media_hours"] + gib / factors["offline_media_gib_per_hour"]
    daily = 0.0 if math.isnan(record["daily_gib"]) else float(record["daily_gib"])
    longest = None if math.isnan(record["max_outage_minutes"]) else float(record["max_outage_minutes"]) / 60
    if disposition in SWITCHED_OFF:
        outage = 0.0
    elif disposition in CARRIED:
        outage = options.check_hours + factors["relocation_hours"]
    else:
        outage = daily * per_gib + factors["switch_hours"] + (0.0 if longest is not None else options.check_hours)
    return Moving(
        system=system,
        department=record["department"],
        disposition=disposition,
        level=max((component.level for component in components), default=2),
        transfer_gib=gib,
        transfer_hours=min(gib * per_gib, carried) if gib else 0.0,
        outage_hours=outage,
        longest_outage_hours=None if disposition in SWITCHED_OFF | CARRIED else longest,
        bears_hours=longest if disposition in CARRIED else None,
    )


def _bonds(
    problem: PlacementProblem, placement: Placement, moving: set[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Pairs that move together, and pairs in order, from the flows that wait for an answer."""
    flows = problem.inventory["flows"]
    together: dict[tuple[str, str], None] = {}
    before: dict[tuple[str, str], None] = {}
    for call in problem.calls:
        if call.source is None or call.target is None or call.kind != "REQRESP":
            continue
        if holds(flows.at[call.flow, "can_be_async"]):
            continue
        caller, called = problem.components[call.source].system, problem.components[call.target].system
        if caller == called or caller not in moving or called not in moving:
            continue
        seats = placement.state.seats
        if call.source not in seats or call.target not in seats:
            continue
        conduit = problem.zones.conduit(seats[call.source].zone, seats[call.target].zone)
        if conduit is not None and conduit.mode == "exchange":
            together.setdefault((caller, called))
        else:
            before.setdefault((called, caller))
    return tuple(together), tuple(before)
