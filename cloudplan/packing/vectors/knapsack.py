"""Depth first search for the patterns worth most: the kernel of :mod:`~cloudplan.packing.vectors.pricing`.

The types stand in the order of their price for a unit of a weighted sum of the dimensions. Each node carries the list
of types that still fit its room and may still matter, so that the others are looked at no more further down. It is
pruned by the least of three bounds on what may still come: the fractional knapsack of the weighted sum over the list,
the best price for a unit of each dimension times the room in it, and the dearest of the list times the number of items
that still fit.
"""

from __future__ import annotations

import numpy as np
from numba import njit

TINY = 1e-9


@njit(cache=True)
def _number(room, least):  # type: ignore[no-untyped-def]
    """Bound the items that a room holds, by the least size in each dimension."""
    items = 1e9
    for j in range(len(room)):
        if least[j] > 0 and room[j] < items * least[j]:
            items = np.floor(room[j] / least[j])
    return items


@njit(cache=True)
def search(  # type: ignore[no-untyped-def]
    sizes, capacity, most, prices, weighted, floor, keep, each, limit, worth, patterns, counts
):  # fmt: skip
    """Search, and give the highest value and a bound on it.

    Parameters
    ----------
    sizes, capacity, most, prices, weighted
        Of the types in their order, shape (m, d), (d,), (m,), (m,), and the weighted sum of each type's shares, (m,),
        with which the capacity weighs 1.
    floor
        Values up to which nothing is looked for.
    keep
        A pattern is looked for among those that begin with the same type, if it's worth this part of what the best is
        beyond the floor.
    each, limit
        Most nodes looked at for each type that a pattern begins with, and in all. Where they don't suffice, the bound
        is above the value.
    worth, patterns, counts
        For each type, receive the best pattern that begins with it: value, shape (m,), types, shape (m, depth), and the
        number of them, shape (m,).
    """
    m, d = sizes.shape
    deepest = patterns.shape[1]
    lists = np.empty((deepest + 1, m), np.int32)
    length, at = np.zeros(deepest + 1, np.int64), np.zeros(deepest + 1, np.int64)
    room, least = np.empty((deepest + 1, d)), np.empty((deepest + 1, d))
    space, value = np.empty(deepest + 1), np.zeros(deepest + 1)
    dearest, hope = np.zeros(deepest + 1), np.zeros(deepest + 1)
    chosen = np.empty(deepest + 1, np.int32)
    taken = np.zeros(m, np.int64)
    best_ratio = np.empty(d)
    ratio = np.full((m, d), np.inf)
    # from each position on: the least size and the highest price
    least_after, dearest_after = np.full((m + 1, d), np.inf), np.zeros(m + 1)
    for c in range(m - 1, -1, -1):
        dearest_after[c] = max(prices[c], dearest_after[c + 1])
        for j in range(d):
            least_after[c, j] = min(sizes[c, j], least_after[c + 1, j])
            if sizes[c, j] > 0:
                ratio[c, j] = prices[c] / sizes[c, j]
    worth[:] = floor
    counts[:] = 0
    best, bound, nodes = floor, floor, 0
    for first in range(m):
        left, most_here = 1.0 + 1e-12, 0.0
        for c in range(first, m):
            whole = weighted[c] * most[c]
            if whole > left:
                most_here += prices[c] * left / weighted[c]
                break
            left -= whole
            most_here += prices[c] * most[c]
        threshold = floor + keep * (best - floor)
        if most_here <= threshold + TINY:
            break
        if nodes > limit:
            bound = max(bound, most_here)
            break
        end = nodes + each
        fits = True
        for j in range(d):
            room[0, j] = capacity[j] - sizes[first, j]
            fits = fits and room[0, j] >= 0
        if not fits:
            continue
        chosen[0], value[0], space[0] = first, prices[first], 1.0 + 1e-12 - weighted[first]
        taken[first] = 1
        k = 0
        fresh = True
        while k >= 0:
            if fresh:
                fresh = False
                nodes += 1
                if value[k] > threshold + TINY:
                    threshold = value[k]
                    worth[first], counts[first] = value[k], k + 1
                    for s in range(k + 1):
                        patterns[first, s] = chosen[s]
                length[k] = 0
                at[k] = 0
                again = 0 if taken[chosen[k]] < most[chosen[k]] else 1
                need = threshold + TINY - value[k]
                if k == 0:
                    source, total = first + again, m
                    items, top = _number(room[0], least_after[source]), dearest_after[source]
                else:
                    source, total = at[k - 1] - 1 + again, length[k - 1]
                    items, top = _number(room[k], least[k - 1]), dearest[k - 1]
                if items * top > need and source < total and k + 1 < deepest:
                    # what is too cheap to reach what is needed, with the dearest beside it, is left out
                    cheap = need - (items - 1) * top
                    count = 0
                    may, rest, whole_fits = 0.0, space[k], True
                    top, top_at = 0.0, -1
                    for j in range(d):
                        least[k, j] = np.inf
                        best_ratio[j] = 0.0
                    for t in range(source, total):
                        c = t if k == 0 else lists[k - 1, t]
                        if prices[c] <= cheap:
                            continue
                        fits = True
                        for j in range(d):
                            if sizes[c, j] > room[k, j]:
                                fits = False
                                break
                        if not fits:
                            continue
                        lists[k, count] = c
                        count += 1
                        for j in range(d):
                            least[k, j] = min(sizes[c, j], least[k, j])
                            best_ratio[j] = max(ratio[c, j], best_ratio[j])
                        if prices[c] > top:
                            top, top_at = prices[c], c
                        if whole_fits:
                            free = most[c] - taken[c]
                            if weighted[c] * free <= rest:
                                rest -= weighted[c] * free
                                may += prices[c] * free
                            else:
                                may += prices[c] * rest / weighted[c]
                                whole_fits = False
                    if count > 0:
                        items = _number(room[k], least[k])
                        dearest[k] = top
                        if items <= 1:
                            if top > need:
                                threshold = value[k] + top
                                worth[first], counts[first] = threshold, k + 2
                                for s in range(k + 1):
                                    patterns[first, s] = chosen[s]
                                patterns[first, k + 1] = top_at
                        else:
                            may = min(may, items * top)
                            for j in range(d):
                                if best_ratio[j] < np.inf:
                                    may = min(may, best_ratio[j] * room[k, j])
                            if may > need:
                                length[k] = count
                                hope[k] = may
                if nodes > end:
                    # what is still open from here up
                    for s in range(k + 1):
                        taken[chosen[s]] = 0
                        if at[s] < length[s]:
                            c = lists[s, at[s]]
                            may = min(hope[s], prices[c] / weighted[c] * space[s])
                            bound = max(bound, min(most_here, value[s] + may))
                    break
            if at[k] < length[k]:
                c = lists[k, at[k]]
                # those that follow give no more for the weighted space
                if value[k] + prices[c] / weighted[c] * space[k] > threshold + TINY:
                    at[k] += 1
                    k += 1
                    chosen[k] = c
                    taken[c] += 1
                    value[k] = value[k - 1] + prices[c]
                    space[k] = space[k - 1] - weighted[c]
                    for j in range(d):
                        room[k, j] = room[k - 1, j] - sizes[c, j]
                    fresh = True
                    continue
            taken[chosen[k]] -= 1
            k -= 1
        best = max(best, worth[first])
    return best, max(best, bound)
