"""Packings at once: many orders and scores by random weights of the dimensions, the best of them kept.

First fit and best fit go item by item, from the largest; bin-centric packing fills bin after bin with the item that
fits it best (dot product or remaining square: Panigrahy et al., *Heuristics for vector bin packing*, 2011).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from cloudplan.packing.vectors.instance import Floats, Ints

FIRST, BEST, DOT, FILL_DOT, FILL_SQUARE = range(5)


def best_of_many(capacity: Floats, sizes: Floats, tries: int, rng: np.random.Generator, enough: int) -> Ints:
    """Pack items greedily, some times over.

    Parameters
    ----------
    capacity
        Of a bin; shape (d,).
    sizes
        Of every item; shape (n, d).
    tries
        Orders to try.
    rng
        Draws the weights.
    enough
        Bins at which to stop.

    Returns
    -------
    array
        The bin of every item; shape (n,).
    """
    n, d = sizes.shape
    share = sizes / capacity
    scarce = np.maximum(share.sum(axis=0), 1e-9)
    scarce /= scarce.max()
    best = np.arange(n)
    bin_of, room = np.empty(n, dtype=np.int64), np.empty((n, d))
    for number in range(tries):
        weights = scarce * (rng.random(d) ** 2 if number % 2 else rng.uniform(0.3, 1.0, d)) if number > 1 else scarce
        keys = (share * weights).sum(axis=1) if number % 3 else (share * weights).max(axis=1)
        keys = keys * rng.uniform(0.95, 1.05, n) if number > 2 else keys
        order = np.argsort(-keys, kind="stable")
        mode = number % 5
        if mode in (FILL_DOT, FILL_SQUARE):
            used = _fill(sizes, capacity, order, mode == FILL_SQUARE, weights / capacity**2, bin_of)
        else:
            scale = weights / capacity if mode == BEST else weights / capacity**2
            used = _place(sizes, capacity, order, mode, scale, bin_of, room)
        if used <= best.max():
            best = bin_of.copy()
            if used <= enough:
                break
    return best


@njit(cache=True)
def _place(sizes, capacity, order, mode, weights, bin_of, room):  # type: ignore[no-untyped-def]
    """Place item by item: in the first bin that fits, or the one with the best score; give the bins used."""
    d = sizes.shape[1]
    used = 0
    for i in order:
        chosen = -1
        least = np.inf
        for b in range(used):
            fits = True
            for j in range(d):
                if sizes[i, j] > room[b, j]:
                    fits = False
                    break
            if not fits:
                continue
            if mode == FIRST:
                chosen = b
                break
            score = 0.0
            for j in range(d):
                score += weights[j] * (room[b, j] if mode == BEST else -room[b, j] * sizes[i, j])
            if score < least:
                least = score
                chosen = b
        if chosen < 0:
            chosen = used
            used += 1
            for j in range(d):
                room[chosen, j] = capacity[j]
        for j in range(d):
            room[chosen, j] -= sizes[i, j]
        bin_of[i] = chosen
    return used


@njit(cache=True)
def _fill(sizes, capacity, order, square, weights, bin_of):  # type: ignore[no-untyped-def]
    """Fill bin after bin with the item of the best score among those that fit; give the bins used."""
    n, d = sizes.shape
    packed = np.zeros(n, np.bool_)
    room = np.empty(d)
    left, used = n, 0
    while left > 0:
        for j in range(d):
            room[j] = capacity[j]
        put = 0
        while True:
            chosen = -1
            most = -np.inf
            for i in order:
                if packed[i]:
                    continue
                fits = True
                for j in range(d):
                    if sizes[i, j] > room[j]:
                        fits = False
                        break
                if not fits:
                    continue
                score = 0.0
                for j in range(d):
                    rest = room[j] - sizes[i, j]
                    score += -weights[j] * rest * rest if square else weights[j] * room[j] * sizes[i, j]
                if score > most:
                    most = score
                    chosen = i
            if chosen < 0:
                break
            packed[chosen] = True
            bin_of[chosen] = used
            put += 1
            left -= 1
            for j in range(d):
                room[j] -= sizes[chosen, j]
        if put == 0:
            return n + 1
        used += 1
    return used
