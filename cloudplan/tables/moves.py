"""How one gets there: waves, steps, rooms that close, purchases."""

from __future__ import annotations

from collections.abc import Mapping

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import say, words
from cloudplan.migration.estate import standing
from cloudplan.migration.problem import Closure
from cloudplan.tables.result import Result, Row


def waves(result: Result) -> list[Row]:
    """Which system moves in which wave."""
    moving, names = {m.system: m for m in result.asked.systems}, result.problem.inventory["systems"]["name"]
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


def steps(result: Result) -> list[Row]:
    """Which workload goes from where to which host in each wave: those that arrive, and those that shift for others.

    A workload that arrives comes from its server of today (blank where none is on record). Where a workload stands
    after a wave is where its last step took it; hosts that bear it in between may be others than in the end.
    """
    asked, out = result.asked, []
    system_of = {w: system for system, workloads in asked.components.values() for w in workloads}
    # what runs in a pool already has come before the first wave
    before: Mapping[str, str] = {w: host for w, host in standing(asked).items() if asked.server_of.get(w) == host}
    for wave, state in zip(result.moves.waves, result.moves.states, strict=True):
        for workload, host in sorted(state.host_of.items()):
            if before.get(workload) != host:
                out.append(
                    {
                        "wave": wave.wave,
                        "workload": workload,
                        "system": system_of[workload],
                        "pool": state.hosts[host].pool,
                        "from": before.get(workload, asked.server_of.get(workload)),
                        "to": host,
                        "step": "shift" if workload in before else "arrive",
                    }
                )
        before = state.host_of
    return out


def rooms(result: Result) -> list[Row]:
    """When each department's room closes, or everything that keeps it open."""
    rooms = result.problem.inventory["rooms"]
    return [
        {
            "room": closure.room,
            "name": rooms.at[closure.room, "name"],
            "department": rooms.at[closure.room, "department"],
            "closes_on": closure.closes_on.isoformat() if closure.closes_on else None,
            "wave": closure.wave,
            "residual_devices": ";".join(closure.residual),
            "why_not": _why_open(result, closure, "zh-CN"),
            "why_not_en": _why_open(result, closure, "en"),
        }
        for closure in result.moves.closures
    ]


def _why_open(result: Result, closure: Closure, language: str) -> str | None:
    """Say what keeps a room open: each device that stays, each system that stays on a server, and by which rule."""
    if not closure.why:
        return None
    problem, held = result.problem, set(closure.residual)
    devices = sorted(held & set(result.asked.stays))
    findings = [Finding("plan.room.devices", Severity.INFO, values={"devices": devices})] if devices else []
    staying = {c.system for c in problem.components.values() if held & set(c.servers)} - set(result.moves.cutovers)
    why: dict[str, list[str]] = {}
    for system in sorted(staying):
        why.setdefault(words(problem.options[system].reason, language), []).append(system)
    for reason, systems in why.items():
        findings.append(Finding("plan.room.systems", Severity.INFO, values={"systems": systems, "reason": reason}))
    return say("plan.room.joint", language).join(
        words(finding, language) for finding in findings or [Finding(closure.why, Severity.INFO, closure.room)]
    )


def purchases(result: Result) -> list[Row]:
    """What is bought, when."""
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
