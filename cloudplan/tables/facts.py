"""What ``plan.json`` holds: how the answer was found, and its key figures."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from cloudplan import __version__
from cloudplan.migration.bound import fewest_waves
from cloudplan.tables.figures import costs, energy_yuan
from cloudplan.tables.result import Result, plain
from cloudplan.tables.value import figures, value_facts, value_of

SCHEMA_VERSION = 3
LIBRARIES = ("pyomo", "highspy", "pandas", "numpy", "networkx")


def facts_of(result: Result) -> dict[str, Any]:
    """Make what ``plan.json`` holds."""
    placed, gap_asked = result.placed, result.problem.scenario.solver.gap
    earlier = result.problem.earlier
    gap = max(0.0, placed.objective - result.bound) / max(abs(placed.objective), 1e-9)
    energy, value = energy_yuan(result), value_of(result)
    yearly: dict[str, dict[str, float | None]] = {}
    for row in costs(result):
        yearly.setdefault(row["term"], {})[row["stage"]] = row["yuan_per_year"]
        if row["stage"] == "after":
            yearly[row["term"]]["objective"] = row["objective_yuan_per_year"]
    return {
        "schema_version": SCHEMA_VERSION,
        "cloudplan": __version__,
        "versions": {name: version(name) for name in LIBRARIES} | {"python": platform.python_version()},
        "seed": result.problem.scenario.seed,
        **({} if earlier is None else {"supersedes": earlier.plan}),
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
                "allowance": {pool: round(share, 6) for pool, share in sorted(result.allowance.items())},
            },
            "packing": {p.pool: {"loaded_hosts": p.hosts_used, "bound": p.bound} for p in result.packings},
            "migration": {
                "waves": len(result.moves.waves),
                "bound": fewest_waves(result.asked),
                "last": result.moves.waves[-1].starts.date().isoformat() if result.moves.waves else None,
                "late": [list(pair) for pair in sorted(result.late)],
                "penalties": {name: round(yuan, 2) for name, yuan in result.moves.penalties.items()},
            },
        },
        "kpis": {
            name: {
                "value": plain(k.value),
                "low": plain(k.low),
                "high": plain(k.high),
                "unit": k.unit,
                "basis": k.basis,
            }
            for name, k in {**result.gained.kpis, **figures(value)}.items()
        },
        "costs": yearly,
        "value": value_facts(value),
        "penalties": {name: round(yuan, 2) for name, yuan in placed.penalties.items()},
        "energy_yuan": {when: round(value, 2) for when, value in energy.items()},
    }
