"""What hosts that would have to be bought cost, and what they offer: for the rules that ask for them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from cloudplan.capacity import HostKind
from cloudplan.i18n import LANGUAGES, say
from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import State

INVENTED = "invented"
"""Basis of a price that nobody offered."""


def purchase(problem: PlacementProblem, pool: str, kinds: Mapping[str, int]) -> dict[str, Any]:
    """Word a purchase for one pool.

    Parameters
    ----------
    problem, pool
        For whom.
    kinds
        How many of which type.

    Returns
    -------
    dict
        ``hosts`` in all, ``bought`` type by type in words, ``yuan`` in all with the ``basis`` of the prices in words
        where they are invented, and what all of them together offer: ``vcpu`` to be allocated at the pool's ratio, and
        ``memory``, GiB.
    """
    types, ratio = problem.inventory["host_types"], problem.clusters[pool].cpu_ratio
    bought = tuple(
        {language: say("infeasible.bought", language, count=count, kind=kind) for language in LANGUAGES}
        for kind, count in kinds.items()
    )
    invented = any(types.at[kind, "price_basis"] == INVENTED for kind in kinds)
    offered = {kind: problem.capacity.kinds[kind] for kind in kinds}
    return {
        "hosts": sum(kinds.values()),
        "bought": bought,
        "yuan": sum(count * problem.costs.purchase_yuan(kind) for kind, count in kinds.items()),
        "basis": basis(invented),
        "vcpu": sum(count * offered[kind].threads * ratio for kind, count in kinds.items()),
        "memory": sum(count * offered[kind].usable_memory_gib for kind, count in kinds.items()),
    }


def wanted(problem: PlacementProblem, state: State | None) -> dict[str, str]:
    """Say in each language what a placement buys, pool by pool; nothing where it isn't known."""
    pools: dict[str, Counter[str]] = {}
    for host in state.hosts.values() if state is not None else ():
        if host.source == "purchased":
            pools.setdefault(host.pool, Counter())[host.kind] += 1
    listed = [{"pool": pool, **purchase(problem, pool, kinds)} for pool, kinds in sorted(pools.items())]
    if not listed:
        return dict.fromkeys(LANGUAGES, "")
    each = {lang: tuple(say("infeasible.for_pool", lang, **values) for values in listed) for lang in LANGUAGES}
    total = {"hosts": sum(v["hosts"] for v in listed), "yuan": sum(v["yuan"] for v in listed)}
    invented = basis(any(v["basis"][LANGUAGES[0]] for v in listed))
    return {lang: say("infeasible.wanted", lang, pools=each[lang], basis=invented, **total) for lang in LANGUAGES}


def basis(invented: bool) -> dict[str, str]:
    """Say in each language that prices are invented; nothing where they aren't."""
    return {language: say("infeasible.invented", language) if invented else "" for language in LANGUAGES}


def cheapest(problem: PlacementProblem, pool: str, short: Mapping[str, float]) -> tuple[str, int] | None:
    """Find the type of host, and the number of it, that offers what a pool is short of for the least money.

    Parameters
    ----------
    problem, pool
        Whose shortfall.
    short
        By resource: ``vcpu``, ``memory_gib``, ``cpu``, ``mbps``.

    Returns
    -------
    tuple or None
        ``None`` where no type can be bought for the pool.
    """
    found: list[tuple[float, str, int]] = []
    for kind, name in problem.buyable:
        if name == pool:
            each = [amount / offer(problem, pool, resource)(problem.capacity.kinds[kind])
                    for resource, amount in short.items()]  # fmt: skip
            count = max(math.ceil(share - 1e-6) for share in each)
            found.append((count * problem.costs.purchase_yuan(kind), kind, count))
    return min(found)[1:] if found else None


def offer(problem: PlacementProblem, pool: str, resource: str) -> Callable[[HostKind], float]:
    """What one host of a pool offers of a resource; in its unit."""
    ratio = problem.clusters[pool].cpu_ratio
    offers: dict[str, Callable[[HostKind], float]] = {
        "vcpu": lambda kind: kind.threads * ratio,
        "memory_gib": lambda kind: kind.usable_memory_gib,
        "cpu": lambda kind: kind.usable_cpu,
        "mbps": lambda kind: kind.mbps,
    }
    return offers[resource]
