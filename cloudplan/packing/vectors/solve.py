"""The whole way: volume bound, packings at once, ejection, column generation, and dives until the bound is met."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from cloudplan.packing.vectors.columns import EPS, Bound, generate
from cloudplan.packing.vectors.dive import dive, fullest_first, patterns_of
from cloudplan.packing.vectors.ejection import eject
from cloudplan.packing.vectors.greedy import best_of_many
from cloudplan.packing.vectors.instance import Floats, Ints, VectorInstance, VectorPacking
from cloudplan.packing.vectors.master import Master
from cloudplan.packing.vectors.tight import pack_triples

TRIES = 40
"""Greedy packings tried (a default)."""
RELAXING = 0.7
"""Share of the time after which column generation gives way to dives."""
EJECTIONS = 8
"""Most bins saved by ejection before columns are generated."""
ROUNDS = 80
"""Rounds of each of the first three dives (a default, by trial); of the next three twice as many, and so on."""
DIVING = 0.97
"""Share of the time after which no step is begun."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What was found.

    Parameters
    ----------
    packing
        The best packing.
    bound
        No packing has fewer bins; by volume, or by the prices it holds.
    how
        What closed or last improved the packing: ``greedy``, ``ejection``, ``triples``, ``dive``.
    """

    packing: VectorPacking
    bound: Bound
    how: str

    @property
    def proved(self) -> bool:
        """Whether the packing is as small as can be."""
        return self.packing.bins == self.bound.bins


def solve(instance: VectorInstance, seconds: float, seed: int = 1) -> Solved:
    """Pack an instance.

    Parameters
    ----------
    instance
        What is packed.
    seconds
        Most time taken; the answer comes sooner where the bound is met.
    seed
        Of all draws.
    """
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    bound = Bound(instance.volume_bound())
    types = instance.types_of_items()
    sizes, capacity = instance.sizes[types].astype(float), instance.capacity.astype(float)
    best, how = best_of_many(capacity, sizes, TRIES, rng, bound.bins), "greedy"
    if best.max() >= bound.bins:
        triples = pack_triples(instance, bound.bins, started + DIVING * seconds, rng)
        if triples is not None:
            return Solved(VectorPacking(triples), bound, "triples")
    known = [patterns_of(types, best, len(instance.demand))]
    for _ in range(EJECTIONS):
        if best.max() < bound.bins or time.perf_counter() > started + 0.1 * seconds:
            break
        fewer = _without_one(capacity, sizes, best, 300 + 2 * len(types), rng)
        if fewer is None:
            break
        best, how = fewer, "ejection"
        known.append(patterns_of(types, best, len(instance.demand)))
    if best.max() < bound.bins or (instance.sizes < 0).any():
        return Solved(VectorPacking(best), bound, how)
    master = Master(instance.demand)
    master.add(np.concatenate(known))
    by_prices = Bound()
    relaxed = generate(instance, master, instance.demand, by_prices, started + RELAXING * seconds, int(best.max()) + 1)
    bound = by_prices if by_prices.bins > bound.bins else bound
    turn = 0
    until = started + DIVING * seconds
    while best.max() >= bound.bins and time.perf_counter() < until:
        if relaxed.end == "cut" and best.max() < math.ceil(relaxed.bins - EPS):
            # no dive helps: what is missing is the proof, or a relaxation with fewer bins
            master.demand_only(instance.demand)
            relaxed = generate(instance, master, instance.demand, by_prices, until, int(best.max()) + 1)
            bound = by_prices if by_prices.bins > bound.bins else bound
            continue
        # what the relaxation needs at least, in turn with a bin or two more, as that may be out of reach
        wanted = min(max(bound.bins, math.ceil(relaxed.bins - EPS)) + turn % 3, int(best.max()))
        rounds = ROUNDS * (1 + turn // 3)
        turn += 1
        patterns = dive(instance, master, wanted, int(best.max()), rounds, until, rng)
        if patterns is not None:
            best, how = _assigned(types, patterns), "dive"
    return Solved(VectorPacking(best), bound, how)


def _without_one(capacity: Floats, sizes: Floats, bin_of: Ints, steps: int, rng: np.random.Generator) -> Ints | None:
    """Empty the emptiest bin and try to place its items in the others."""
    fewer = fullest_first(bin_of, sizes / capacity)
    bins = int(fewer.max())
    fewer[fewer == bins] = -1
    return fewer if eject(capacity, sizes, fewer, bins, steps, rng) else None


def _assigned(types: Ints, patterns: Ints) -> Ints:
    """Give every item a bin whose pattern has a place for its type."""
    places: list[list[int]] = [[] for _ in range(patterns.shape[1])]
    for b, pattern in enumerate(patterns.tolist()):
        for kind, number in enumerate(pattern):
            places[kind] += [b] * number
    bin_of = np.array([places[kind].pop() for kind in types.tolist()], dtype=np.int64)
    _, dense = np.unique(bin_of, return_inverse=True)
    return dense.astype(np.int64)
