"""Which pattern of items is worth most at given prices: a knapsack in several dimensions, solved exactly or nearly.

Depth first over the types of items in the order of their value for what they take of the scarce dimensions, pruned by
three bounds on what may still come: the fractional knapsack of one weighted sum of the dimensions, that of each
dimension alone, and the number of items that still fit times the most valuable of them. Sizes must not be negative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cloudplan.packing.vectors.instance import Floats, Ints

FREE = 1e300
"""Price for a unit of a dimension of which an item takes nothing."""
ROUNDS = 12
"""Rounds in which the weights of the dimensions are bent toward the scarce ones."""
NODES, NODES_WITHOUT = 300_000, 3_000_000
"""Nodes looked at where greedy patterns were found already, and where none was (defaults, by trial)."""


@dataclass(frozen=True, eq=False)
class Priced:
    """Patterns worth more than a bin.

    Parameters
    ----------
    value
        The most that any pattern is worth; at least 1.
    exact
        Whether no pattern is worth more, or the search was cut short.
    patterns
        For each type the best pattern found that holds it, and greedy ones; shape (k, m).
    """

    value: float
    exact: bool
    patterns: Ints


def price(capacity: Floats, sizes: Floats, most: Ints, prices: Floats) -> Priced:
    """Look for patterns worth more than 1.

    Parameters
    ----------
    capacity, sizes
        Of a bin, shape (d,); of each type, shape (m, d).
    most
        Items of each type that there are; shape (m,).
    prices
        Of each type, not negative; shape (m,).
    """
    m = len(prices)
    live = np.flatnonzero(most > 0)
    own_sizes, own_prices, own_most = sizes[live], prices[live], most[live]
    weights, order, efficiency = _scarcity(capacity, own_sizes, own_prices)
    best_ratio, least, dearest = _suffixes(own_sizes, own_prices, order)
    k = len(live)
    greedy, found, worth = np.zeros((k, k), np.int64), np.zeros((k, k), np.int64), np.zeros(k)
    seeded = _greedy(own_sizes, capacity, own_most, own_prices, order, 1.0 + 1e-6, greedy)
    value, exact = _search(
        own_sizes, capacity, own_most, own_prices, order, efficiency, best_ratio, least, dearest, weights, 1.0,
        NODES if seeded else NODES_WITHOUT, worth, found,
    )  # fmt: skip
    own = np.concatenate([greedy[:seeded], found[worth > 1.0 + 1e-6]])
    patterns = np.zeros((len(own), m), np.int64)
    patterns[:, live] = own
    return Priced(float(max(value, 1.0)), bool(exact), patterns)


def _scarcity(capacity: Floats, sizes: Floats, prices: Floats) -> tuple[Floats, Ints, Floats]:
    """Weigh the dimensions so that the fractional knapsack of their sum is as tight as it gets.

    Returns
    -------
    tuple
        Weights per unit of each dimension, the order of the types, and their value per weighted unit in that order.
    """
    share = sizes / capacity
    d = share.shape[1]
    weights = np.full(d, 1.0 / d)
    best: tuple[float, Floats, Ints, Floats] | None = None
    for number in range(ROUNDS):
        taken = np.maximum(share @ weights, 1e-12)
        efficiency = prices / taken
        order = np.argsort(-efficiency, kind="stable")
        filled = np.cumsum(taken[order])
        whole = int(np.searchsorted(filled, 1.0))
        value = float(prices[order][:whole].sum())
        if whole < len(order):
            rest = 1.0 - (filled[whole - 1] if whole else 0.0)
            value += float(prices[order[whole]]) * rest / taken[order[whole]]
        if best is None or value < best[0] - 1e-12:
            best = value, weights.copy(), order, efficiency[order]
        use = share[order[:whole]].sum(axis=0)
        weights = weights * np.exp(0.5 * (use - use.mean()) / max(use.max(), 1e-9) / (1 + 0.3 * number))
        weights /= weights.sum()
    assert best is not None
    return best[1] / capacity, best[2], best[3]


def _suffixes(sizes: Floats, prices: Floats, order: Ints) -> tuple[Floats, Floats, Floats]:
    """Give, from each position of the order on, the best price for a unit, the least size, and the highest price."""
    m, d = sizes.shape
    ordered, priced = sizes[order], prices[order]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(ordered > 0, priced[:, None] / ordered, np.where(priced[:, None] > 0, FREE, 0.0))
    best_ratio, least, dearest = np.zeros((m + 1, d)), np.zeros((m + 1, d)), np.zeros(m + 1)
    best_ratio[:m] = np.maximum.accumulate(ratio[::-1], axis=0)[::-1]
    least[:m] = np.minimum.accumulate(ordered[::-1], axis=0)[::-1]
    dearest[:m] = np.maximum.accumulate(priced[::-1])[::-1]
    return best_ratio, least, dearest


@njit(cache=True)
def _greedy(sizes, capacity, most, prices, order, threshold, patterns):  # type: ignore[no-untyped-def]
    """Begin with each type in turn and fill up by the order; keep what is worth more than the threshold."""
    m, d = sizes.shape
    room = np.empty(d)
    kept = 0
    for start in range(m):
        i = order[start]
        pattern = np.zeros(m, np.int64)
        fits = True
        for j in range(d):
            room[j] = capacity[j] - sizes[i, j]
            if room[j] < 0:
                fits = False
        if not fits:
            continue
        pattern[i] = 1
        value = prices[i]
        for t in range(m):
            i = order[t]
            if prices[i] <= 1e-12:
                break
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


@njit(cache=True)
def _search(  # type: ignore[no-untyped-def]
    sizes, capacity, most, prices, order, efficiency, best_ratio, least, dearest, weights, threshold, limit, worth,
    patterns,
):  # fmt: skip
    """Search depth first; give the highest value above the threshold, and whether the search was whole.

    ``worth`` and ``patterns`` receive, for each type, the best pattern that holds it.
    """
    m, d = sizes.shape
    best = threshold
    taken = np.zeros(m, np.int64)
    room = np.empty((m + 1, d))
    value = np.zeros(m + 1)
    room[0] = capacity
    worth[:] = threshold
    k, nodes = 0, 0
    down = True
    while True:
        if down and k < m:
            rest = 0.0
            for j in range(d):
                rest += weights[j] * room[k, j]
            bound = efficiency[k] * rest
            fitting = np.inf
            for j in range(d):
                if best_ratio[k, j] < FREE:  # what takes nothing of a dimension fits though that is full
                    alone = best_ratio[k, j] * room[k, j]
                    if alone < bound:
                        bound = alone
                if least[k, j] > 0:
                    items = np.floor(room[k, j] / least[k, j] + 1e-9)
                    if items < fitting:
                        fitting = items
            if fitting * dearest[k] < bound:
                bound = fitting * dearest[k]
            if value[k] + bound <= best + 1e-9:
                down = False
                k -= 1
                continue
            i = order[k]
            number = most[i]
            for j in range(d):
                if sizes[i, j] > 0:
                    items = int(np.floor(room[k, j] / sizes[i, j] + 1e-9))
                    if items < number:
                        number = items
            taken[k] = number
            for j in range(d):
                room[k + 1, j] = room[k, j] - number * sizes[i, j]
            value[k + 1] = value[k] + number * prices[i]
            if number > 0 and value[k + 1] > threshold + 1e-9:
                for t in range(k + 1):
                    if taken[t] > 0 and value[k + 1] > worth[order[t]] + 1e-9:
                        held = order[t]
                        worth[held] = value[k + 1]
                        for s in range(m):
                            patterns[held, s] = 0
                        for s in range(k + 1):
                            patterns[held, order[s]] = taken[s]
                if value[k + 1] > best:
                    best = value[k + 1]
            k += 1
            nodes += 1
            if nodes > limit:
                return best, False
            continue
        if down:
            k -= 1
            down = False
        while k >= 0 and taken[k] == 0:
            k -= 1
        if k < 0:
            return best, True
        i = order[k]
        taken[k] -= 1
        for j in range(d):
            room[k + 1, j] += sizes[i, j]
        value[k + 1] -= prices[i]
        k += 1
        down = True
