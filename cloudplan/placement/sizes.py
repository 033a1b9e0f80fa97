"""The hosts of the model by size class, so that a sum over a pool has a term a class and not one a server.

Kinds of host of one pool that are equal in every resource form a size class g (:meth:`PlacementProblem.sizes`). With H,
U the hosts bought and the servers reused, E, F those of them that stay empty:

* count[p, g] = Σ_{k in g} H[k, p] + Σ_{v in g} U[v, p]
* idle[p, g] = Σ_{k in g} E[k, p] + Σ_{v in g} F[v, p]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.placement.problem import PlacementProblem


def add_sizes(model: Any, problem: PlacementProblem) -> None:
    """Add the Block ``model.sizes`` with ``count`` and ``idle``, whole numbers, and what defines them."""
    model.sizes = pyo.Block()
    index = [(pool, number) for pool in problem.clusters for number in range(len(problem.sizes(pool)))]
    model.sizes.count = pyo.Var(index, within=pyo.NonNegativeIntegers)
    model.sizes.idle = pyo.Var(index, within=pyo.NonNegativeIntegers)
    model.sizes.rows = pyo.ConstraintList()
    for pool, number in index:
        found = [pair for kind in problem.sizes(pool)[number] if (pair := of_kind(model, kind, pool)) is not None]
        for total, members in zip(
            (model.sizes.count[pool, number], model.sizes.idle[pool, number]),
            ([every for every, _ in found], [empty for _, empty in found]),
            strict=True,
        ):
            model.sizes.rows.add(total - pyo.quicksum(members) == 0 if members else total == 0)


def of_kind(model: Any, kind: HostKind, pool: str) -> tuple[Any, Any] | None:
    """Variables of a kind in a pool: how many there are, and how many of them are empty; ``None`` if it can't be."""
    key = (kind.kind, pool)
    if key in model.hosts:
        return model.hosts[key], model.spare[key]
    if key in model.reuse:
        return model.reuse[key], model.reuse_spare[key]
    return None


def hosted(
    model: Any, problem: PlacementProblem, pool: str, size: Callable[[HostKind], float], loaded: bool = True
) -> Any:
    """Σ size over a pool's hosts; with ``loaded``, without its spares.

    A class of which ``size`` tells no two kinds apart is summed by the class's variables.
    """
    terms = []
    for number, members in enumerate(problem.sizes(pool)):
        amounts = [size(kind) for kind in members]
        if len(set(amounts)) == 1:
            summed = [(amounts[0], (model.sizes.count[pool, number], model.sizes.idle[pool, number]))]
        else:
            pairs = ((amount, of_kind(model, kind, pool)) for kind, amount in zip(members, amounts, strict=True))
            summed = [(amount, pair) for amount, pair in pairs if pair is not None]
        for amount, (every, empty) in summed:
            if amount:
                terms += [amount * every, -amount * empty] if loaded else [amount * every]
    return pyo.quicksum(terms) if terms else 0.0


def dominating(problem: PlacementProblem, pool: str, number: int) -> list[int]:
    """Size classes of a pool that are at least as large as one of them in every resource, itself among them."""
    sizes = problem.sizes(pool)
    return [over for over, members in enumerate(sizes) if members[0].dominates(sizes[number][0])]
