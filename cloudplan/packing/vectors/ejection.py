"""Fewer bins by ejection: what has no bin pushes out what was pushed least, until all fit or the steps are spent.

Items without a bin stand in a pool. One of them takes a place from one or two others of a bin, those with the least
penalty, and its own penalty grows (after Nagata and Bräysy's ejection pool for vehicle routing, 2009); random swaps
between bins stir what is packed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cloudplan.packing.vectors.instance import Floats, Ints

SWAPS = 30
"""Random swaps tried after each step."""


def eject(capacity: Floats, sizes: Floats, bin_of: Ints, bins: int, steps: int, rng: np.random.Generator) -> bool:
    """Try to place every item in some bins.

    Parameters
    ----------
    capacity, sizes
        Of a bin, shape (d,); of every item, shape (n, d).
    bin_of
        The bin of every item, shape (n,); those of ``bins`` and above, or negative, have none. Changed in place.
    bins
        How many there are.
    steps
        Most steps taken.
    rng
        Of the draws.

    Returns
    -------
    bool
        Whether every item has a bin.
    """
    return bool(_eject(capacity, sizes, bin_of, bins, steps, rng))


@njit(cache=True)
def _fits(need, room, back_one, back_other):  # type: ignore[no-untyped-def]
    fits = True
    for j in range(len(need)):
        fits = fits and need[j] <= room[j] + back_one[j] + back_other[j]
    return fits


@njit(cache=True)
def _eject(capacity, sizes, bin_of, bins, steps, rng):  # type: ignore[no-untyped-def]
    n, d = sizes.shape
    nothing = np.zeros(d)
    room = np.empty((bins, d))
    for b in range(bins):
        room[b] = capacity
    count = np.zeros(bins, np.int64)
    held = np.full((bins, n), -1, np.int32)
    at = np.full(n, -1, np.int32)
    pool = np.empty(n, np.int32)
    waiting = 0
    for i in range(n):
        b = bin_of[i]
        if b < 0 or b >= bins:
            bin_of[i] = -1
            pool[waiting] = i
            waiting += 1
        else:
            room[b] -= sizes[i]
            held[b, count[b]] = i
            at[i] = count[b]
            count[b] += 1
    penalty = np.ones(n)
    for _ in range(steps):
        if waiting == 0:
            return True
        t = rng.integers(0, waiting)
        i = pool[t]
        first = rng.integers(0, bins)
        target = -1
        for k in range(bins):
            b = first + k if first + k < bins else first + k - bins
            if _fits(sizes[i], room[b], nothing, nothing):
                target = b
                break
        out_one, out_other = -1, -1
        if target < 0:
            least = np.inf
            for b in range(bins):
                for x in range(count[b]):
                    u = held[b, x]
                    if penalty[u] >= least:
                        continue
                    if _fits(sizes[i], room[b], sizes[u], nothing):
                        least, target, out_one, out_other = penalty[u], b, u, -1
                        continue
                    for y in range(x + 1, count[b]):
                        v = held[b, y]
                        both = penalty[u] + penalty[v]
                        if both < least and _fits(sizes[i], room[b], sizes[u], sizes[v]):
                            least, target, out_one, out_other = both, b, u, v
            penalty[i] += 1.0
        if target >= 0:
            pool[t] = pool[waiting - 1]
            waiting -= 1
            for k in range(2):
                u = out_one if k == 0 else out_other
                if u < 0:
                    continue
                last = held[target, count[target] - 1]
                held[target, at[u]] = last
                at[last] = at[u]
                count[target] -= 1
                bin_of[u] = -1
                room[target] += sizes[u]
                pool[waiting] = u
                waiting += 1
            room[target] -= sizes[i]
            held[target, count[target]] = i
            at[i] = count[target]
            count[target] += 1
            bin_of[i] = target
        for _ in range(SWAPS):
            u, v = rng.integers(0, n), rng.integers(0, n)
            a, b = bin_of[u], bin_of[v]
            if a < 0 or b < 0 or a == b:
                continue
            fits = True
            for j in range(d):
                change = sizes[v, j] - sizes[u, j]
                if change > room[a, j] or -change > room[b, j]:
                    fits = False
                    break
            if fits:
                for j in range(d):
                    change = sizes[v, j] - sizes[u, j]
                    room[a, j] -= change
                    room[b, j] += change
                held[a, at[u]] = v
                held[b, at[v]] = u
                at[u], at[v] = at[v], at[u]
                bin_of[u], bin_of[v] = b, a
    return waiting == 0
