"""Instances in which every bin must be full to the brim with three items: an exact cover by triples.

Where three items go into each bin and nothing may be wasted in any dimension, the triples that fill a bin are few, and
a search that always covers the item with the fewest of them finds the packing.
"""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from cloudplan.packing.vectors.instance import Ints, VectorInstance

MOST_TRIPLES = 2_000_000
FIRST_NODES = 2_000
"""Nodes of the first attempt; each attempt is given as many more."""
NOISE = 0.3


def pack_triples(instance: VectorInstance, bins: int, deadline: float, rng: np.random.Generator) -> Ints | None:
    """Pack an instance of this kind.

    Returns
    -------
    array or None
        The bin of every item, or ``None`` where the instance is none of the kind or time ran out.
    """
    types = instance.types_of_items()
    sizes = instance.sizes[types]
    if len(types) != 3 * bins or (sizes.sum(axis=0) != bins * instance.capacity).any():
        return None
    order = np.argsort(sizes[:, 0], kind="stable")
    triples = _triples(sizes, instance.capacity, order, MOST_TRIPLES)
    if len(triples) == MOST_TRIPLES:
        return None
    flat = triples.ravel()
    by_item = np.argsort(flat, kind="stable")
    start = np.searchsorted(flat[by_item], np.arange(len(types) + 1))
    of_item = (by_item // 3).astype(np.int64)
    attempt = 0
    while time.perf_counter() < deadline:
        attempt += 1
        chosen = _cover(triples, len(types), start, of_item, rng.random(len(triples)), rng, FIRST_NODES * attempt)
        if len(chosen):
            bin_of = np.empty(len(types), np.int64)
            for b, triple in enumerate(triples[chosen]):
                bin_of[triple] = b
            return bin_of
    return None


@njit(cache=True)
def _triples(sizes, capacity, order, most):  # type: ignore[no-untyped-def]
    """Find all triples that fill a bin in every dimension, by two pointers on the first."""
    n, d = sizes.shape
    found = np.empty((most, 3), np.int64)
    count = 0
    for a in range(n):
        low, high = a + 1, n - 1
        while low < high:
            total = sizes[order[a], 0] + sizes[order[low], 0] + sizes[order[high], 0]
            if total < capacity[0]:
                low += 1
            elif total > capacity[0]:
                high -= 1
            else:
                x = low
                while x < high and sizes[order[x], 0] == sizes[order[low], 0]:
                    y = high
                    while y > x and sizes[order[y], 0] == sizes[order[high], 0]:
                        full = True
                        for j in range(1, d):
                            whole = sizes[order[a], j] + sizes[order[x], j] + sizes[order[y], j]
                            if whole != capacity[j]:
                                full = False
                                break
                        if full and count < most:
                            found[count, 0], found[count, 1], found[count, 2] = order[a], order[x], order[y]
                            count += 1
                        y -= 1
                    x += 1
                value = sizes[order[low], 0]
                while low < high and sizes[order[low], 0] == value:
                    low += 1
    return found[:count].copy()


@njit(cache=True)
def _release(triples, start, of_item, blocked, degree, covered, chosen):  # type: ignore[no-untyped-def]
    for z in range(3):
        covered[triples[chosen, z]] = False
    for z in range(3):
        i = triples[chosen, z]
        for y in range(start[i], start[i + 1]):
            other = of_item[y]
            blocked[other] -= 1
            if blocked[other] == 0:
                for w in range(3):
                    degree[triples[other, w]] += 1


@njit(cache=True)
def _cover(triples, n, start, of_item, weight, rng, limit):  # type: ignore[no-untyped-def]
    """Cover every item once, that with the fewest triples left first; give the triples chosen, or none."""
    blocked = np.zeros(len(triples), np.int64)
    tried = np.zeros(len(triples), np.int64)
    degree = np.empty(n, np.int64)
    for i in range(n):
        degree[i] = start[i + 1] - start[i]
    covered = np.zeros(n, np.bool_)
    need = n // 3
    chosen = np.full(need + 1, -1, np.int64)
    item = np.full(need + 1, -1, np.int64)
    depth, nodes = 0, 0
    down = True
    while True:
        if down:
            if depth == need:
                return chosen[:depth].copy()
            fewest = np.int64(1) << 60
            for i in range(n):
                if not covered[i] and degree[i] < fewest:
                    fewest = degree[i]
                    item[depth] = i
                    if fewest <= 1:
                        break
        i = item[depth]
        best = -1
        most = -1.0
        for y in range(start[i], start[i + 1]):
            other = of_item[y]
            if blocked[other] == 0 and tried[other] != depth + 1:
                value = weight[other] + NOISE * rng.random()
                if value > most:
                    most = value
                    best = other
        if best < 0:
            for y in range(start[i], start[i + 1]):
                if tried[of_item[y]] == depth + 1:
                    tried[of_item[y]] = 0
            depth -= 1
            if depth < 0:
                break
            _release(triples, start, of_item, blocked, degree, covered, chosen[depth])
            tried[chosen[depth]] = depth + 1
            down = False
            continue
        nodes += 1
        if nodes > limit:
            break
        chosen[depth] = best
        for z in range(3):
            i = triples[best, z]
            covered[i] = True
            for y in range(start[i], start[i + 1]):
                other = of_item[y]
                if blocked[other] == 0:
                    for w in range(3):
                        degree[triples[other, w]] -= 1
                blocked[other] += 1
        depth += 1
        down = True
    return np.empty(0, np.int64)
