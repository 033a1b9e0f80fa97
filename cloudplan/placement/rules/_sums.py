"""Sums that several rules write: what stands in a pool, and what its loaded hosts can carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cloudplan.capacity import HostKind
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


def hosted(
    model: Any, problem: PlacementProblem, pool: str, size: Callable[[HostKind], float], loaded: bool = True
) -> Any:
    """Σ size over a pool's hosts; with ``loaded``, without its spares."""
    kinds, terms = problem.capacity.kinds, []
    for vars_, spares in ((model.hosts, model.spare), (model.reuse, model.reuse_spare)):
        for (kind, name), var in vars_.items():
            if name == pool and (amount := size(kinds[kind])):
                terms.append(amount * var)
                if loaded:
                    terms.append(-amount * spares[kind, name])
    return sum(terms) if terms else 0.0


def hosts_in(state: State, pool: str, loaded: bool = True) -> list[Host]:
    """Hosts of a pool in a state; with ``loaded``, without its spares."""
    return [host for host in state.hosts.values() if host.pool == pool and not (loaded and host.spare)]


def standing(state: State, pool: str) -> list[str]:
    """Components that stand in a pool."""
    return [name for name, seat in state.seats.items() if seat.pool == pool]
