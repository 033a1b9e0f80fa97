"""What several rules ask of a pool: which candidates and components stand in it, and which hosts."""

from __future__ import annotations

from typing import Any

from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import Host, State

TOLERANCE = 1e-6
"""Relative slack below which a sum counts as kept: the solver's own feasibility tolerance."""


def exceeds(left: float, right: float) -> bool:
    """Whether ``left ≤ right`` is broken beyond the tolerance."""
    return left > right + TOLERANCE * max(1.0, abs(right))


def in_pool(model: Any, problem: PlacementProblem, pool: str) -> list[int]:
    """Candidates (with a variable) that stand in a pool."""
    if not hasattr(model, "in_pool"):
        found: dict[str, list[int]] = {}
        for i in model.place:
            found.setdefault(problem.candidates[i].pool, []).append(i)
        model.in_pool = found
    return list(model.in_pool.get(pool, ()))


def hosts_in(state: State, pool: str, loaded: bool = True) -> list[Host]:
    """Hosts of a pool in a state; with ``loaded``, without its spares."""
    return [host for host in state.hosts.values() if host.pool == pool and not (loaded and host.spare)]


def standing(state: State, pool: str) -> list[str]:
    """Components that stand in a pool."""
    return [name for name, seat in state.seats.items() if seat.pool == pool]
