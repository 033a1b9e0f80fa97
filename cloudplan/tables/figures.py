"""The figures a plan rests on and comes to: demand, capacity, assumptions, yearly cost."""

from __future__ import annotations

import numpy as np

from cloudplan.assumptions import Assumption, listed
from cloudplan.capacity import STORAGE_TIERS
from cloudplan.demand import SLOTS
from cloudplan.tables.result import Result, Row, plain


def demand(result: Result) -> list[Row]:
    """What each workload needs, by resource, and how that is known."""
    asked, out = result.problem.demand, []
    for i, workload in enumerate(asked.workloads):
        slots = dict(zip(SLOTS, np.round(asked.cpu_use[i], 4).tolist(), strict=True))
        out.append(
            {
                "workload": workload,
                "resource": "cpu",
                "basis": asked.basis["cpu"][i],
                "month_end_basis": asked.month_end_basis[i],
                "statistic": asked.statistic["cpu"][i],
                **slots,
            }
        )
        flat = {
            "vcpu": (asked.vcpu[i], "vcpu"),
            "memory_gib": (asked.memory_gib[i], "memory"),
            "mbps": (asked.mbps[i], "network"),
            **{f"storage_{tier}_gib": (asked.storage[tier][i], "storage") for tier in STORAGE_TIERS},
        }
        for resource, (value, basis) in flat.items():
            if value:
                by = asked.statistic[basis][i] if basis in asked.statistic else None
                row = {"workload": workload, "resource": resource, "basis": asked.basis[basis][i], "statistic": by}
                out.append({**row, "flat": round(float(value), 4)})
    return out


def capacity(result: Result) -> list[Row]:
    """What each host kind gives, raw and usable."""
    given = result.problem.capacity
    out: list[Row] = []
    used = {host.kind for host in result.placed.state.hosts.values()} | set(given.purchasable)
    for name, kind in given.kinds.items():
        if name in used:
            out += [
                {"host_type": name, "resource": resource, "raw": raw, "usable": usable}
                for resource, raw, usable in (
                    ("cpu", kind.threads * kind.perf_per_core, round(kind.usable_cpu, 6)),
                    ("vcpu", kind.threads, kind.threads),
                    ("memory_gib", kind.memory_gib, round(kind.usable_memory_gib, 6)),
                    ("mbps", plain(kind.mbps), plain(kind.mbps)),
                )
            ]
    return out


def assumptions(result: Result) -> list[Row]:
    """Every assumption that the figures rest on."""
    problem = result.problem
    rows = listed(problem.inventory, problem.scenario)
    bases_of = {**problem.demand.basis, "cpu_month_end": problem.demand.month_end_basis}
    for resource, bases in bases_of.items():
        for basis in ("measured", "declared", "assumed"):
            rows.append(Assumption(f"demand.{resource}.{basis}", bases.count(basis), "workloads", "survey", "demand"))
    for resource, statistics in problem.demand.statistic.items():
        rows += [
            Assumption(f"demand.{resource}.by_{by}", statistics.count(by), "workloads", "survey", "demand")
            for by in sorted(set(statistics))
        ]
    unknown = problem.inventory["systems"]["level"].isna().sum()
    rows.append(Assumption("systems.level_unknown", int(unknown), "systems", "default", "placement"))
    return [
        {"name": a.name, "value": switch(a.value), "unit": a.unit, "source": a.source, "used_by": a.used_by}
        for a in rows
    ]


def switch(value: float | str) -> float | str:
    """Write a switch as every table does: true or false, in words."""
    return str(value).lower() if isinstance(value, bool) else value


def energy_yuan(result: Result) -> dict[str, float]:
    """Electricity of a year before and after, at the machines' own use; yuan."""
    price = result.problem.costs.prices["electricity_yuan_per_kwh"]
    frame = result.gained.energy
    return {when: float(frame[f"{when}_kwh"].sum()) * price for when in ("before", "after")}


def costs(result: Result) -> list[Row]:
    """Yearly cost by term, yuan: before, where the survey lets one know it, and after.

    Before and after take electricity from the gains, by one function of the machines' own use; the objective, in a
    column of its own beside the cost after, took the use planned for hosts. All other terms are equal in both.
    """
    problem, energy = result.problem, energy_yuan(result)
    rooms = [str(r) for r, kind in problem.inventory["rooms"]["kind"].items() if kind == "department"]
    before = {"rooms": sum(problem.costs.room(room) for room in rooms), "energy": energy["before"]}
    rows: list[Row] = []
    for term, value in result.placed.terms.items():
        known, after = before.get(term), energy["after"] if term == "energy" else value
        yuan, basis = (None, "unknown") if known is None else (round(known, 2), "survey")
        counted = {"yuan_per_year": round(after, 2), "objective_yuan_per_year": round(value, 2)}
        rows += [
            {"term": term, "stage": "before", "yuan_per_year": yuan, "basis": basis},
            {"term": term, "stage": "after", "basis": "planned", **counted},
        ]
    return rows
