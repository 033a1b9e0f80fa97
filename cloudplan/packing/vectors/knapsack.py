"""Depth first search for the patterns worth most: the kernel of :mod:`~cloudplan.packing.vectors.pricing`.

The types stand in the order of their price for a unit of a weighted sum of the dimensions. Each node carries the list
of types that still fit its room, so that what is too large is looked at no more further down, and is pruned by the
least of three bounds on what may still come: the fractional knapsack of the weighted sum over that list, the best price
for a unit of each dimension times the room in it, and the dearest of the list times the number of items that still fit.
"""

from __future__ import annotations

import numpy as np
from numba import njit

TINY = 1e-9


@njit(cache=True)
def search(  # type: ignore[no-untyped-def]
    sizes, capacity, most, prices, weighted, floor, keep, limit, worth, patterns, counts
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
    limit
        Most nodes looked at. Where they don't suffice, the bound is above the value.
    worth, patterns, counts
        For each type, receive the best pattern that begins with it: value, shape (m,), types, shape (m, depth), and the
        number of them, shape (m,).
    """
    m, d = sizes.shape
    depth_limit = patterns.shape[1]
    lists = np.empty((depth_limit + 1, m), np.int32)
    length = np.zeros(depth_limit + 1, np.int64)
    at = np.zeros(depth_limit + 1, np.int64)
    room = np.empty((depth_limit + 1, d))
    space = np.empty(depth_limit + 1)
    value = np.zeros(depth_limit + 1)
    chosen = np.empty(depth_limit + 1, np.int32)
    taken = np.zeros(m, np.int64)
    least = np.empty(d)
    ratio = np.empty(d)
    worth[:] = floor
    counts[:] = 0
    best, bound, nodes = floor, floor, 0
    for first in range(m):
        # the fractional knapsack of what begins here
        left, most_here = 1.0, 0.0
        for c in range(first, m):
            whole = weighted[c] * most[c]
            if whole <= left:
                left -= whole
                most_here += prices[c] * most[c]
            else:
                most_here += prices[c] * left / weighted[c]
                break
        if most_here <= best + TINY and most_here <= floor + keep * (best - floor) + TINY:
            break
        if nodes > limit:
            bound = most_here
            break
        threshold = max(floor, floor + keep * (best - floor))
        fits = True
        for j in range(d):
            room[0, j] = capacity[j] - sizes[first, j]
            if room[0, j] < 0:
                fits = False
        if not fits:
            continue
        # depth 0 holds the first type; its list is what may follow
        chosen[0] = first
        taken[first] = 1
        value[0] = prices[first]
        space[0] = 1.0 - weighted[first]
        if value[0] > threshold + TINY:
            threshold = value[0]
            worth[first], counts[first], patterns[first, 0] = value[0], 1, first
        k = 0
        start = first if taken[first] < most[first] else first + 1
        fresh = True
        while k >= 0:
            if fresh:
                # fill the list of what fits, and bound
                nodes += 1
                count, source = 0, 0
                frac, left, open_ = 0.0, space[k] + 1e-12, True
                dearest, dearest_at = 0.0, -1
                for j in range(d):
                    least[j] = np.inf
                    ratio[j] = 0.0
                total = m if k == 0 else length[k - 1]
                source = start if k == 0 else at[k - 1] - (1 if taken[chosen[k]] < most[chosen[k]] else 0)
                for t in range(source, total):
                    c = t if k == 0 else lists[k - 1, t]
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
                        if sizes[c, j] < least[j]:
                            least[j] = sizes[c, j]
                        if prices[c] > ratio[j] * sizes[c, j]:
                            ratio[j] = prices[c] / sizes[c, j] if sizes[c, j] > 0 else np.inf
                    if prices[c] > dearest:
                        dearest, dearest_at = prices[c], c
                    if open_:
                        whole = weighted[c] * (most[c] - taken[c])
                        if whole <= left:
                            left -= whole
                            frac += prices[c] * (most[c] - taken[c])
                        else:
                            frac += prices[c] * left / weighted[c]
                            open_ = False
                length[k] = count
                at[k] = 0
                if count > 0:
                    items = 1e18
                    for j in range(d):
                        if least[j] > 0:
                            number = np.floor(room[k, j] / least[j])
                            if number < items:
                                items = number
                        if ratio[j] * room[k, j] < frac:
                            frac = ratio[j] * room[k, j]
                    if items <= 1:
                        # one more at most: the dearest
                        if value[k] + dearest > threshold + TINY and k + 1 < depth_limit:
                            threshold = value[k] + dearest
                            worth[first], counts[first] = threshold, k + 2
                            for s in range(k + 1):
                                patterns[first, s] = chosen[s]
                            patterns[first, k + 1] = dearest_at
                        length[k] = 0
                    else:
                        if items * dearest < frac:
                            frac = items * dearest
                        if value[k] + frac <= threshold + TINY:
                            length[k] = 0
                if nodes > limit:
                    break
                fresh = False
            if at[k] >= length[k] or k + 1 >= depth_limit:
                taken[chosen[k]] -= 1
                k -= 1
                continue
            c = lists[k, at[k]]
            at[k] += 1
            # those that follow give no more for the weighted space
            if value[k] + prices[c] / weighted[c] * (space[k] + 1e-12) <= threshold + TINY:
                at[k] = length[k]
                continue
            k += 1
            chosen[k] = c
            taken[c] += 1
            value[k] = value[k - 1] + prices[c]
            space[k] = space[k - 1] - weighted[c]
            for j in range(d):
                room[k, j] = room[k - 1, j] - sizes[c, j]
            if value[k] > threshold + TINY:
                threshold = value[k]
                worth[first], counts[first] = value[k], k + 1
                for s in range(k + 1):
                    patterns[first, s] = chosen[s]
            fresh = True
        if worth[first] > best:
            best = worth[first]
        if k >= 0:
            # cut short here: what begins with this type or a later one is bounded by the knapsack
            bound = most_here
            break
    return best, max(best, bound)
