"""Where everything ends up: systems, components, workloads, hosts, servers, pools and the conduits they need."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from cloudplan.capacity import STORAGE_TIERS
from cloudplan.evidence import placed, written
from cloudplan.placement.dispositions import cases_of, change_words, evidence_of
from cloudplan.placement.fates import fates_of, server_cases, server_change_words, server_changes, server_evidence
from cloudplan.tables.result import Result, Row, changing, plain, said


def dispositions(result: Result) -> list[Row]:
    """What becomes of each system, and why."""
    problem, out = result.problem, []
    systems, cases = problem.inventory["systems"], cases_of(problem.inventory, problem.scenario, problem.earlier)
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
                **said(options.reason),
                "evidence": written(placed(cell, problem.inventory) for cell in evidence_of(cases[system])),
                **changing(partial(change_words, cases[system], present=disposition)),
            }
        )
    return out


def components(result: Result) -> list[Row]:
    """Where each component stands in the end."""
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


def placements(result: Result) -> list[Row]:
    """On which host each workload runs in the end."""
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


def hosts(result: Result) -> list[Row]:
    """The hosts of the pools."""
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


def servers(result: Result) -> list[Row]:
    """What becomes of each server, and why."""
    problem, state = result.problem, result.placed.state
    servers, hosts = problem.inventory["servers"], state.hosts
    cases = server_cases(problem, state, result.refusals)
    changes = server_changes(problem, state, result.refusals, result.rules)
    return [
        {
            "server": server,
            "room": servers.at[server, "room"],
            "department": servers.at[server, "department"],
            "fate": decided.fate,
            "pool": hosts[server].pool if server in hosts else None,
            "rule": decided.reason.check,
            **said(decided.reason),
            "evidence": written(placed(cell, problem.inventory) for cell in server_evidence(cases[server])),
            **changing(partial(server_change_words, decided, changes[server])),
        }
        for server, decided in fates_of(problem, state, result.refusals).items()
    ]


def pools(result: Result) -> list[Row]:
    """Demand and capacity of each pool that is used."""
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
                    "usable": plain(usable),
                    "spare_hosts": sum(host.spare for host in hosts),
                    "hosts": len(hosts),
                    "bound_hosts": packed.bound if packed else 0,
                    "loaded_hosts": packed.hosts_used if packed else 0,
                }
            )
    return out


def conduits(result: Result) -> list[Row]:
    """Conduits that the plan's flows need, by zone pair, protocol and port.

    ``mbps`` sums the rates on record; ``mbps_unknown`` counts the flows without one, ``unauthorised`` those without an
    authorisation on record. ``mode`` is the conduit's, blank where no conduit is on record for flows that were there
    before and stay.
    """
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
        mbps, granted = flows.loc[names, "mbps"], flows.loc[names, "authorised"]
        out.append(
            {
                "source_zone": source,
                "target_zone": target,
                "mode": conduit.mode if conduit else "",
                "device": ";".join(conduit.devices) if conduit else "",
                "protocol": protocol,
                "port": port,
                "flows": len(names),
                "authorised": "true" if granted.fillna(False).astype(bool).all() else "false",
                "unauthorised": int((~granted.fillna(False).astype(bool)).sum()),
                "mbps": round(float(mbps.sum()), 3) if mbps.notna().any() else None,
                "mbps_unknown": int(mbps.isna().sum()),
            }
        )
    return out
