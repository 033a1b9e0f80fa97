"""Which pattern of items is worth most at given prices: a knapsack in several dimensions, solved exactly or nearly.

Greedy patterns come at once (:func:`offers`); the best one, and the proof that it is, from a search
(:func:`price`). Sizes must not be negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cloudplan.packing.vectors.instance import Floats, Ints
from cloudplan.packing.vectors.knapsack import search

ROUNDS = 12
"""Rounds in which the weights of the dimensions are bent toward the scarce ones."""
NODES = 5_000_000
"""Nodes looked at (a default, by trial)."""
KEEP = 0.5
"""Part of the best pattern's worth beyond a bin from which on others are taken, too."""
NOTHING = 1e-12
TOLERANCE = 1e-7
"""Worth beyond a bin that is none."""


@dataclass(frozen=True, eq=False)
class Priced:
    """Patterns worth more than a bin.

    Parameters
    ----------
    value
        The most that any pattern found is worth; at least 1.
    bound
        No pattern is worth more; as much as ``value`` where the search was whole.
    patterns
        Those found, at most one for each type; shape (k, m).
    """

    value: float
    bound: float
    patterns: Ints


def price(capacity: Floats, sizes: Floats, most: Ints, prices: Floats, each: int = NODES) -> Priced:
    """Search for the pattern worth most.

    Parameters
    ----------
    capacity, sizes
        Of a bin, shape (d,); of each type, shape (m, d).
    most
        Items of each type that there are; shape (m,).
    prices
        Of each type, not negative; shape (m,).
    each
        Most nodes looked at for each type that a pattern begins with.
    """
    live = np.flatnonzero((most > 0) & (prices > NOTHING))
    if len(live) == 0:
        return Priced(1.0, 1.0, np.zeros((0, len(prices)), np.int64))
    weights, order = _scarcity(sizes[live] / capacity, prices[live])
    live = live[order]
    own, number = np.ascontiguousarray(sizes[live]), most[live]
    weighted = np.maximum((own / capacity) @ weights, NOTHING)
    m = len(live)
    found = np.empty((m, _deepest(capacity, own, number)), np.int64)
    counts, worth = np.zeros(m, np.int64), np.zeros(m)
    value, bound = search(
        own, capacity, number, prices[live], weighted, 1.0 + TOLERANCE, KEEP, each, NODES, worth, found, counts
    )
    rows = np.flatnonzero(counts)
    patterns = np.zeros((len(rows), len(prices)), np.int64)
    for pattern, row in zip(patterns, rows.tolist(), strict=True):
        np.add.at(pattern, live[found[row, : counts[row]]], 1)
    return Priced(float(value), float(bound), patterns)


def offers(capacity: Floats, sizes: Floats, most: Ints, prices: Floats) -> Ints:
    """Give greedy patterns worth more than 1, at most one begun with each type; shape (k, m)."""
    live = np.flatnonzero((most > 0) & (prices > NOTHING))
    if len(live) == 0:
        return np.zeros((0, len(prices)), np.int64)
    _, order = _scarcity(sizes[live] / capacity, prices[live])
    live = live[order]
    own, number = np.ascontiguousarray(sizes[live]), most[live]
    found = np.zeros((len(live), len(live)), np.int64)
    kept = _greedy(own, capacity, number, prices[live], 1.0 + TOLERANCE, found)
    patterns = np.zeros((kept, len(prices)), np.int64)
    patterns[:, live] = found[:kept]
    return patterns


def _deepest(capacity: Floats, sizes: Floats, most: Ints) -> int:
    """Bound the number of items in a bin."""
    items = float(most.sum())
    for least, room in zip(sizes.min(axis=0), capacity, strict=True):
        if least > 0:
            items = min(items, room // least)
    return max(1, int(items))


def _scarcity(share: Floats, prices: Floats) -> tuple[Floats, Ints]:
    """Weigh the dimensions so that the fractional knapsack of their sum is as tight as it gets.

    Returns
    -------
    tuple
        Weights of the dimensions, and the types in the order of their value for what they weigh.
    """
    d = share.shape[1]
    weights = np.full(d, 1.0 / d)
    best: tuple[float, Floats, Ints] | None = None
    for number in range(ROUNDS):
        taken = np.maximum(share @ weights, NOTHING)
        order = np.argsort(-prices / taken, kind="stable")
        filled = np.cumsum(taken[order])
        whole = int(np.searchsorted(filled, 1.0))
        value = float(prices[order[:whole]].sum())
        if whole < len(order):
            rest = 1.0 - (filled[whole - 1] if whole else 0.0)
            value += float(prices[order[whole]]) * rest / taken[order[whole]]
        if best is None or value < best[0] - 1e-12:
            best = value, weights.copy(), order
        use = share[order[:whole]].sum(axis=0)
        weights = weights * np.exp(0.5 * (use - use.mean()) / max(use.max(), 1e-9) / (1 + 0.3 * number))
        weights /= weights.sum()
    assert best is not None
    return best[1], best[2]


@njit(cache=True)
def _greedy(sizes, capacity, most, prices, threshold, patterns):  # type: ignore[no-untyped-def]
    """Begin with each type in turn and fill up by the order; keep what is worth more than the threshold."""
    m, d = sizes.shape
    room = np.empty(d)
    pattern = np.zeros(m, np.int64)
    kept = 0
    for start in range(m):
        fits = True
        for j in range(d):
            room[j] = capacity[j] - sizes[start, j]
            if room[j] < 0:
                fits = False
        if not fits:
            continue
        pattern[:] = 0
        pattern[start] = 1
        value = prices[start]
        for i in range(m):
            while pattern[i] < most[i]:
                fits = True
                for j in range(d):
                    if sizes[i, j] > room[j]:
                        fits = False
                        break
                if not fits:
                    break
                pattern[i] += 1
                value += prices[i]
                for j in range(d):
                    room[j] -= sizes[i, j]
        if value > threshold:
            patterns[kept] = pattern
            kept += 1
    return kept
