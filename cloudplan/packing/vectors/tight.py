"""Instances in which every bin must be full to the brim with three items: an exact cover by triples.

Where three items go into each bin and nothing may be wasted in any dimension, the triples that fill a bin are few.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cloudplan.packing.vectors.cover import cover
from cloudplan.packing.vectors.instance import Ints, VectorInstance

MOST_TRIPLES = 2_000_000


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
    chosen = cover(triples, len(types), deadline, rng)
    if chosen is None:
        return None
    bin_of = np.empty(len(types), np.int64)
    for b, triple in enumerate(triples[chosen]):
        bin_of[triple] = b
    return bin_of


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
