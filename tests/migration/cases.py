"""Random small migrations and moments of them, from a seed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from cloudplan.migration.example import STARTS_ON, moving, problem_of, state_of
from cloudplan.migration.problem import Freeze, MigrationProblem
from cloudplan.state import State

KINDS = ("REHOST", "REHOST", "REHOST", "REPLATFORM", "UPLIFT", "RELOCATE", "RETIRE", "MERGE")


def random_problem(
    rng: np.random.Generator, *, most: int = 6, windows: int = 5, shared: float = 0.4, **fixed: Any
) -> MigrationProblem:
    """Draw a migration; figures are eighths, so that sums that meet a limit meet it exactly.

    ``shared`` is how often a system stands on another's server.
    """
    n = int(rng.integers(1, most + 1))
    ids = [chr(ord("A") + i) for i in range(n)]
    systems = [
        moving(
            s,
            str(rng.choice(KINDS)),
            department=str(rng.choice(["D", "E"])),
            level=int(rng.integers(2, 4)),
            outage_hours=float(rng.choice([2, 4, 40], p=[0.4, 0.5, 0.1])),
            transfer_hours=float(rng.choice([0, 100, 200], p=[0.5, 0.4, 0.1])),
            longest_outage_hours=float(rng.choice([4, 10])) if rng.random() < 0.5 else None,
        )
        for s in ids
    ]
    servers = {s: f"s-{rng.choice(ids)}" if rng.random() < shared else f"s-{s}" for s in ids}
    hosts = {f"P-{i}": "purchased" for i in range(int(rng.integers(0, 3)))}
    hosts |= {"old": "existing"} if rng.random() < 0.3 else {}
    hosts |= {server: "reused" for server in sorted(set(servers.values())) if rng.random() < 0.4}
    spares = [h for h in hosts if rng.random() < 0.15]
    bearing = [h for h in hosts if h not in spares]
    seated = [m.system for m in systems if m.disposition in ("REHOST", "REPLATFORM")]
    use = {s: (rng.integers(4, 48, 2) / 8).tolist() for s in ids}
    packing: dict[str, str] = {}
    left = {h: np.array([8.0, 8.0]) for h in bearing}
    for s in seated:  # first fit, so that it holds; what finds no host stays without
        for h in bearing:
            if (left[h] >= use[s]).all():
                left[h] = left[h] - use[s]
                packing[f"w-{s}"] = h
                break

    def pairs(share: float) -> list[tuple[str, str]]:
        return [(a, b) for a in ids for b in ids if a != b and rng.random() < share / n]

    def day() -> dt.date:
        return STARTS_ON + dt.timedelta(int(rng.integers(0, 7 * windows)))

    freezes = []
    for i in range(int(rng.integers(0, 3))):
        first = day()
        who = {"department": "D"} if rng.random() < 0.5 else {"system": ids[0]} if rng.random() < 0.5 else {}
        freezes.append(Freeze(f"f{i}", first, first + dt.timedelta(int(rng.integers(0, 12))), **who))
    given: dict[str, Any] = {
        "together": pairs(0.4),
        "before": pairs(0.5),
        "freezes": freezes,
        "opens": day() if rng.random() < 0.5 else None,
        "lead_days": int(rng.integers(0, 15)),
        "prepare_days": int(rng.integers(0, 10)),
        "systems_per_wave": int(rng.integers(1, 4)),
        "ha": {f"w-{s}": "g" for s in ids if rng.random() < 0.15},
        "most_waves": windows,
        **fixed,
    }
    rooms = {server: f"R{i % 2}" for i, server in enumerate(dict.fromkeys(servers.values()))}
    return problem_of(
        systems, use=use, hosts=hosts, packing=packing, servers=servers, rooms=rooms, spares=spares, **given
    )


def random_case(seed: int, **drawn: Any) -> tuple[MigrationProblem, State]:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, **drawn)
    moved = {m.system: int(rng.integers(0, 5)) for m in problem.systems if rng.random() < 0.8}
    if rng.random() < 0.4:  # pairs that share a wave, and whole waves, would otherwise be rare
        moved = dict.fromkeys(moved, int(rng.integers(0, 5)))
    hosts = [h for h in problem.hosts if rng.random() < 0.6]
    return problem, state_of(problem, moved, hosts)
