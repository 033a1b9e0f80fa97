"""Plans of small estates for tests of what reads a plan: solved by placement, without packing and waves."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cloudplan.bundle import COLUMNS, Plan
from cloudplan.i18n import words
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve


def small_plan(inventory: Any, scenario: Any) -> Plan:
    """A plan with the tables that placement decides; every moved system is in wave 1."""
    problem = problem_of(inventory, scenario)
    answer = solve(problem, resolve(scenario.rules)[0])
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
    for system, (disposition, target) in answer.dispositions.items():
        option = problem.options[system]
        moves = disposition not in ("KEEP", "NEED_SUPERIOR")
        rows["dispositions"].append(
            {"system": system, "name": inventory["systems"].at[system, "name"], "disposition": disposition,
             "target": target, "wave": 1 if moves else "", "rule": option.rule,
             "reason": words(option.reason, "zh-CN"), "reason_en": words(option.reason, "en")}
        )  # fmt: skip
        if moves:
            rows["waves"].append(
                {"wave": 1, "system": system, "window_start": "2026-09-11T20:00", "window_end": "2026-09-14T00:00",
                 "outage_hours": 3.0}
            )  # fmt: skip
    for name, component in problem.components.items():
        seat = answer.state.seats.get(name)
        pool = problem.capacity.pools.get(seat.pool) if seat else None
        rows["components"].append(
            {"component": name, "system": component.system, "tier": component.tier, "arch": component.arch,
             "zone": seat.zone if seat else "", "pool": seat.pool if seat else "",
             "target": pool.target if pool else "", "level": component.level}
        )  # fmt: skip
        spots = [h for h in answer.state.hosts.values() if seat and h.pool == seat.pool and not h.spare]
        for workload in component.workloads:
            host = spots[0].host if spots else ""
            rows["placements"].append(
                {"workload": workload, "component": name, "system": component.system,
                 "pool": seat.pool if seat else "", "host": host}
            )  # fmt: skip
    for host in answer.state.hosts.values():
        kind = problem.capacity.kinds[host.kind]
        rows["hosts"].append(
            {"host": host.host, "pool": host.pool, "host_type": "" if kind.server else kind.kind, "source": host.source,
             "from_server": kind.server or "", "spare": host.spare, "threads": kind.threads,
             "memory_gib": kind.memory_gib, "usable_cpu": kind.usable_cpu, "usable_memory_gib": kind.usable_memory_gib}
        )  # fmt: skip
    for server, record in inventory["servers"].iterrows():
        serves = answer.state.hosts.get(str(server))
        fate = "scrap" if serves is None else "spare" if serves.spare else "reuse"
        rows["servers"].append(
            {"server": server, "room": record["room"], "fate": fate, "pool": serves.pool if serves else ""}
        )
    for room, record in inventory["rooms"].iterrows():
        if record["kind"] == "department":
            rows["rooms"].append({"room": room, "name": record["name"], "closes_on": "2026-10-01", "wave": 1})
    for pool in problem.clusters:
        standing = [c for c, seat in answer.state.seats.items() if seat.pool == pool]
        hosts = [h for h in answer.state.hosts.values() if h.pool == pool]
        usable = sum(problem.capacity.kinds[h.kind].usable_memory_gib for h in hosts if not h.spare)
        loaded = sum(not h.spare for h in hosts)
        rows["pools"].append(
            {"pool": pool, "resource": "memory", "demand": sum(problem.amounts(c)["memory_gib"] for c in standing),
             "usable": usable, "spare_hosts": len(hosts) - loaded, "hosts": len(hosts), "bound_hosts": loaded,
             "loaded_hosts": loaded}
        )  # fmt: skip
    facts = {
        "status": "optimal", "objective": answer.objective, "bound": answer.bound, "gap": answer.gap,
        "costs": {term: {"before": 1000.0, "after": yuan} for term, yuan in answer.terms.items()},
        "kpis": {"hosts": {"value": len(answer.state.hosts), "unit": "hosts", "basis": "planned"}},
    }  # fmt: skip
    tables = {
        name: pd.DataFrame([{c: row.get(c, "") for c in columns} for row in rows[name]], columns=list(columns))
        for name, columns in COLUMNS.items()
    }
    return Plan(facts, scenario, inventory, tables)
