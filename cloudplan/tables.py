"""The tables and facts of a plan, from the values of its stages.

Length: one short function a table, side by side, so that what a saved plan holds can be read in one place.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from cloudplan import __version__
from cloudplan.assumptions import Assumption, listed
from cloudplan.bundle import COLUMNS
from cloudplan.capacity import STORAGE_TIERS
from cloudplan.demand import SLOTS
from cloudplan.findings import Finding, Severity
from cloudplan.gains import Gains
from cloudplan.i18n import words
from cloudplan.migration.asked import problem_of as migration_problem_of
from cloudplan.migration.problem import MigrationPlan
from cloudplan.packing.problem import Packing
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.solve import Placement

SCHEMA_VERSION = 1
LIBRARIES = ("pyomo", "highspy", "pandas", "numpy", "networkx")
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Result:
    """What the stages of one scenario answered."""

    problem: PlacementProblem
    placed: Placement
    bound: float
    packings: tuple[Packing, ...]
    host_of: Mapping[str, str]
    moves: MigrationPlan
    gained: Gains


def fates_of(problem: PlacementProblem, placed: Placement) -> dict[str, tuple[str, Finding]]:
    """Decide what becomes of every server, with the reason: reuse, spare, scrap, keep or relocate."""
    state, pools = placed.state, problem.capacity.pools
    on: dict[str, set[str]] = {}
    for name, seat in state.seats.items():
        for server in problem.components[name].servers:
            on.setdefault(server, set()).add(pools[seat.pool].kind)
    rooms = problem.inventory["rooms"]["kind"]
    out: dict[str, tuple[str, Finding]] = {}
    row: Any
    for row in problem.inventory["servers"].itertuples():
        server, kinds = str(row.Index), on.get(str(row.Index), set())
        if server in state.hosts:
            fate, why = "reuse", "plan.server.reuse"
        elif "today" in kinds or rooms[row.room] != "department":
            fate, why = "keep", "plan.server.keep"
        elif "colocation" in kinds:
            fate, why = "relocate", "plan.server.relocate"
        elif server in problem.capacity.scrapped:
            fate, why = "scrap", problem.capacity.scrapped[server]
        else:
            fate, why = "spare", "plan.server.spare"
        out[server] = fate, Finding(why, Severity.INFO, server, "servers")
    return out


def tables_of(result: Result) -> dict[str, pd.DataFrame]:
    """Make every table of :data:`cloudplan.bundle.COLUMNS`."""
    rows: dict[str, list[Row]] = {
        "dispositions": _dispositions(result),
        "components": _components(result),
        "placements": _placements(result),
        "hosts": _hosts(result),
        "servers": _servers(result),
        "waves": _waves(result),
        "rooms": _rooms(result),
        "purchases": _purchases(result),
        "costs": _costs(result),
        "demand": _demand(result),
        "capacity": _capacity(result),
        "pools": _pools(result),
        "conduits": _conduits(result),
        "assumptions": _assumptions(result),
    }
    tables = {}
    for name, columns in COLUMNS.items():
        if name == "utilisation":
            frame = result.gained.utilisation[list(columns)]
        else:
            wide = (*columns, *SLOTS) if name == "demand" else columns
            frame = pd.DataFrame(rows[name], columns=list(wide))
        tables[name] = frame.astype(object).where(frame.notna(), "").reset_index(drop=True)
    return tables


def facts_of(result: Result) -> dict[str, Any]:
    """Make what ``plan.json`` holds."""
    placed, gap_asked = result.placed, result.problem.scenario.solver.gap
    gap = max(0.0, placed.objective - result.bound) / max(abs(placed.objective), 1e-9)
    energy = _energy_yuan(result)
    costs: dict[str, dict[str, float | None]] = {row["term"]: {} for row in _costs(result)}
    for row in _costs(result):
        costs[row["term"]][row["stage"]] = row["yuan_per_year"]
    return {
        "schema_version": SCHEMA_VERSION,
        "cloudplan": __version__,
        "versions": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "seed": result.problem.scenario.seed,
        "status": "optimal" if gap <= gap_asked + 1e-9 else "feasible",
        "objective": round(placed.objective, 2),
        "bound": round(result.bound, 2),
        "gap": round(gap, 6),
        "stages": {
            "placement": {
                "objective": round(placed.objective, 2),
                "bound": round(result.bound, 2),
                "gap": round(gap, 6),
                "rounds": placed.rounds,
            },
            "packing": {p.pool: {"loaded_hosts": p.hosts_used, "bound": p.bound} for p in result.packings},
            "migration": {
                "waves": len(result.moves.waves),
                "last": result.moves.waves[-1].starts.date().isoformat() if result.moves.waves else None,
            },
        },
        "kpis": {
            name: {
                "value": _plain(k.value),
                "low": _plain(k.low),
                "high": _plain(k.high),
                "unit": k.unit,
                "basis": k.basis,
            }
            for name, k in result.gained.kpis.items()
        },
        "costs": costs,
        "energy_yuan": {when: round(value, 2) for when, value in energy.items()},
    }


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), 9)


def _said(finding: Finding) -> Row:
    return {"reason": words(finding, "zh-CN"), "reason_en": words(finding, "en")}


def _dispositions(result: Result) -> list[Row]:
    problem, out = result.problem, []
    systems = problem.inventory["systems"]
    for system, options in problem.options.items():
        if system not in result.placed.dispositions:
            continue
        disposition, target = result.placed.dispositions[system]
        seats = [result.placed.state.seats[c].pool for c in problem.of_system[system] if c in result.placed.state.seats]
        cutover = result.moves.cutovers.get(system)
        out.append(
            {
                "system": system,
                "name": systems.at[system, "name"],
                "department": systems.at[system, "department"],
                "disposition": disposition,
                "target": target,
                "pool": ";".join(dict.fromkeys(seats)),
                "wave": cutover.wave if cutover else None,
                "rule": options.rule,
                **_said(options.reason),
            }
        )
    return out


def _components(result: Result) -> list[Row]:
    pools = result.problem.capacity.pools
    return [
        {
            "component": c.component,
            "system": c.system,
            "tier": c.tier,
            "arch": c.arch,
            "zone": seat.zone,
            "pool": seat.pool,
            "target": pools[seat.pool].target,
            "level": c.level,
        }
        for c in result.problem.components.values()
        if (seat := result.placed.state.seats.get(c.component)) is not None
    ]


def _placements(result: Result) -> list[Row]:
    seats = result.placed.state.seats
    return [
        {
            "workload": workload,
            "component": c.component,
            "system": c.system,
            "pool": seats[c.component].pool,
            "host": result.host_of.get(workload),
        }
        for c in result.problem.components.values()
        if c.component in seats
        for workload in c.workloads
    ]


def _hosts(result: Result) -> list[Row]:
    problem, out = result.problem, []
    for name, host in result.placed.state.hosts.items():
        kind, dated = problem.capacity.kinds[host.kind], result.moves.hosts.get(name, host)
        out.append(
            {
                "host": name,
                "pool": host.pool,
                "host_type": host.kind
                if kind.server is None
                else problem.inventory["servers"].at[kind.server, "model"],
                "site": problem.capacity.pools[host.pool].site,
                "source": host.source,
                "from_server": kind.server,
                "spare": "true" if host.spare else "false",
                "available_from": dated.available_from.isoformat() if dated.available_from else None,
                "threads": kind.threads,
                "memory_gib": kind.memory_gib,
                "usable_cpu": round(kind.usable_cpu, 6),
                "usable_memory_gib": round(kind.usable_memory_gib, 6),
                "yuan_per_year": round(sum(problem.host_price(host.kind, host.pool).values()), 2),
            }
        )
    return out


def _servers(result: Result) -> list[Row]:
    servers, hosts = result.problem.inventory["servers"], result.placed.state.hosts
    return [
        {
            "server": server,
            "room": servers.at[server, "room"],
            "department": servers.at[server, "department"],
            "fate": fate,
            "pool": hosts[server].pool if server in hosts else None,
            "rule": "servers",
            **_said(reason),
        }
        for server, (fate, reason) in fates_of(result.problem, result.placed).items()
    ]


def _waves(result: Result) -> list[Row]:
    asked = migration_problem_of(result.problem, result.placed, result.host_of)
    moving, names = {m.system: m for m in asked.systems}, result.problem.inventory["systems"]["name"]
    return [
        {
            "wave": wave.wave,
            "system": system,
            "name": names[system],
            "disposition": moving[system].disposition,
            "window_start": wave.starts.isoformat(sep=" ", timespec="minutes"),
            "window_end": wave.ends.isoformat(sep=" ", timespec="minutes"),
            "transfer_gib": round(moving[system].transfer_gib, 1),
            "transfer_hours": round(moving[system].transfer_hours, 2),
            "outage_hours": round(moving[system].outage_hours, 2),
            "rollback_by": wave.rollback_by.isoformat(sep=" ", timespec="minutes"),
        }
        for wave in result.moves.waves
        for system in wave.systems
    ]


def _rooms(result: Result) -> list[Row]:
    rooms, out = result.problem.inventory["rooms"], []
    for closure in result.moves.closures:
        why = Finding(closure.why, Severity.INFO, closure.room) if closure.why else None
        out.append(
            {
                "room": closure.room,
                "name": rooms.at[closure.room, "name"],
                "department": rooms.at[closure.room, "department"],
                "closes_on": closure.closes_on.isoformat() if closure.closes_on else None,
                "wave": closure.wave,
                "residual_devices": ";".join(closure.residual),
                "why_not": words(why, "zh-CN") if why else None,
                "why_not_en": words(why, "en") if why else None,
            }
        )
    return out


def _purchases(result: Result) -> list[Row]:
    types = result.problem.inventory["host_types"]
    return [
        {
            "pool": p.pool,
            "host_type": p.kind,
            "count": len(p.hosts),
            "order_by": p.order_by.isoformat(),
            "ready_on": p.ready_on.isoformat(),
            "yuan": round(len(p.hosts) * result.problem.costs.purchase_yuan(p.kind), 2),
            "fiscal_year": p.order_by.year,
            "basis": types.at[p.kind, "price_basis"],
        }
        for p in result.moves.purchases
    ]


def _energy_yuan(result: Result) -> dict[str, float]:
    price = result.problem.costs.prices["electricity_yuan_per_kwh"]
    frame = result.gained.energy
    return {when: float(frame[f"{when}_kwh"].sum()) * price for when in ("before", "after")}


def _costs(result: Result) -> list[Row]:
    """Yearly cost by term: before, where the survey lets one know it; after; and as the objective counted it.

    Before and after take electricity from the gains, by one function of the machines' own use; the objective took the
    use planned for hosts. All other terms are the same after as in the objective.
    """
    problem, energy = result.problem, _energy_yuan(result)
    rooms = [str(r) for r, kind in problem.inventory["rooms"]["kind"].items() if kind == "department"]
    before = {"rooms": sum(problem.costs.room(room) for room in rooms), "energy": energy["before"]}
    out: list[Row] = []
    for term, value in result.placed.terms.items():
        known, after = term in before, energy["after"] if term == "energy" else value
        out += [
            _cost(term, "before", before.get(term), "survey" if known else "unknown"),
            _cost(term, "after", after, "planned"),
            _cost(term, "objective", value, "planned"),
        ]
    return out


def _cost(term: str, stage: str, yuan: float | None, basis: str) -> Row:
    return {"term": term, "stage": stage, "yuan_per_year": None if yuan is None else round(yuan, 2), "basis": basis}


def _demand(result: Result) -> list[Row]:
    demand, out = result.problem.demand, []
    for i, workload in enumerate(demand.workloads):
        slots = dict(zip(SLOTS, np.round(demand.cpu_use[i], 4).tolist(), strict=True))
        out.append({"workload": workload, "resource": "cpu", "basis": demand.basis["cpu"][i], **slots})
        flat = {
            "vcpu": (demand.vcpu[i], "cpu"),
            "memory_gib": (demand.memory_gib[i], "memory"),
            "mbps": (demand.mbps[i], "network"),
            **{f"storage_{tier}_gib": (demand.storage[tier][i], "storage") for tier in STORAGE_TIERS},
        }
        for resource, (value, basis) in flat.items():
            if value:
                row = {"workload": workload, "resource": resource, "basis": demand.basis[basis][i]}
                out.append({**row, "flat": round(float(value), 4)})
    return out


def _capacity(result: Result) -> list[Row]:
    capacity = result.problem.capacity
    out: list[Row] = []
    used = {host.kind for host in result.placed.state.hosts.values()} | set(capacity.purchasable)
    for name, kind in capacity.kinds.items():
        if name in used:
            out += [
                {"host_type": name, "resource": resource, "raw": raw, "usable": usable}
                for resource, raw, usable in (
                    ("cpu", kind.threads * kind.perf_per_core, round(kind.usable_cpu, 6)),
                    ("vcpu", kind.threads, kind.threads),
                    ("memory_gib", kind.memory_gib, round(kind.usable_memory_gib, 6)),
                    ("mbps", _plain(kind.mbps), _plain(kind.mbps)),
                )
            ]
    return out


def _pools(result: Result) -> list[Row]:
    problem, state, out = result.problem, result.placed.state, []
    bounds = {p.pool: p for p in result.packings}
    for name, pool in problem.clusters.items():
        members = [c for c, seat in state.seats.items() if seat.pool == name]
        hosts = [host for host in state.hosts.values() if host.pool == name]
        if not members and not hosts:
            continue
        kinds = [problem.capacity.kinds[host.kind] for host in hosts if not host.spare]
        use = np.sum([problem.cpu_use(c) for c in members], axis=0) if members else np.zeros(1)
        need = {r: sum(problem.amounts(c)[r] for c in members) for r in ("vcpu", "memory_gib", "mbps", *STORAGE_TIERS)}
        rows = {
            "cpu": (float(use.max()), sum(kind.usable_cpu for kind in kinds)),
            "vcpu": (need["vcpu"], sum(kind.threads for kind in kinds) * pool.cpu_ratio),
            "memory_gib": (need["memory_gib"], sum(kind.usable_memory_gib for kind in kinds)),
            "mbps": (need["mbps"], sum(kind.mbps for kind in kinds)),
            **{f"storage_{tier}_gib": (need[tier], pool.storage.get(tier, math.inf)) for tier in STORAGE_TIERS},
        }
        packed = bounds.get(name)
        for resource, (demand, usable) in rows.items():
            out.append(
                {
                    "pool": name,
                    "resource": resource,
                    "demand": round(demand, 4),
                    "usable": _plain(usable),
                    "spare_hosts": sum(host.spare for host in hosts),
                    "hosts": len(hosts),
                    "bound_hosts": packed.bound if packed else 0,
                    "loaded_hosts": packed.hosts_used if packed else 0,
                }
            )
    return out


def _conduits(result: Result) -> list[Row]:
    """Conduits that the plan's flows need, by zone pair, protocol and port."""
    problem, seats = result.problem, result.placed.state.seats
    flows = problem.inventory["flows"]
    groups: dict[tuple[Any, ...], list[str]] = {}
    for call in problem.calls:
        ends = []
        for component, zone in ((call.source, call.source_zone), (call.target, call.target_zone)):
            ends.append(zone if component is None else seats[component].zone if component in seats else None)
        if None in ends or ends[0] == ends[1]:
            continue
        record: Any = flows.loc[call.flow]
        port = None if pd.isna(record["port"]) else int(record["port"])
        groups.setdefault((*ends, record["protocol"] or "", port or ""), []).append(call.flow)
    out = []
    for (source, target, protocol, port), members in sorted(groups.items(), key=lambda item: tuple(map(str, item[0]))):
        names = list(dict.fromkeys(members))
        conduit = problem.zones.conduit(source, target)
        mbps = float(flows.loc[names, "mbps"].fillna(0).sum())
        granted = flows.loc[names, "authorised"].fillna(False).astype(bool).all()
        out.append(
            {
                "source_zone": source,
                "target_zone": target,
                "device": ";".join(conduit.devices) if conduit else "",
                "protocol": protocol,
                "port": port,
                "mbps": round(mbps, 3),
                "flows": len(names),
                "authorised": "true" if granted else "false",
            }
        )
    return out


def _assumptions(result: Result) -> list[Row]:
    problem = result.problem
    rows = listed(problem.inventory, problem.scenario)
    for resource, bases in problem.demand.basis.items():
        for basis in ("measured", "declared", "assumed"):
            rows.append(Assumption(f"demand.{resource}.{basis}", bases.count(basis), "workloads", "survey", "demand"))
    unknown = problem.inventory["systems"]["level"].isna().sum()
    rows.append(Assumption("systems.level_unknown", int(unknown), "systems", "default", "placement"))
    return [
        {"name": a.name, "value": _switch(a.value), "unit": a.unit, "source": a.source, "used_by": a.used_by}
        for a in rows
    ]


def _switch(value: float | str) -> float | str:
    """Write a switch as every table does: true or false, in words."""
    return str(value).lower() if isinstance(value, bool) else value
