"""A bound's proof in whole numbers, and its check, which shares no code with the search.

A **certificate** gives each type a whole price. If no pattern that fits a bin is worth more than ``worth``, every bin
holds at most that much, so ``ceil(prices . demand / worth)`` bins are needed. By volume, the price is the size in one
dimension and a bin's worth its capacity there. :func:`check` looks for a pattern worth more by a search of its own, in
integers alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from cloudplan.packing.vectors.columns import Bound
from cloudplan.packing.vectors.instance import Ints, VectorInstance

SCALE = 10**7
"""Whole units of a price of 1: coarse enough for sums in 64 bits, fine enough for the bounds met (a default)."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Whole prices of the types, shape (m,), and what no pattern is worth more than."""

    prices: Ints
    worth: int

    def bins(self, instance: VectorInstance) -> int:
        """Bins that it proves, if :func:`check` holds."""
        total = int(sum(int(p) * int(n) for p, n in zip(self.prices, instance.demand, strict=True)))
        return -(-total // self.worth)


def certificate(instance: VectorInstance, bound: Bound) -> Certificate:
    """Put a bound's proof into whole numbers; rounding down may cost it a bin, which ``bins`` tells."""
    if len(bound.prices):
        prices = np.floor(np.maximum(bound.prices, 0.0) * SCALE * (1 - 1e-12)).astype(np.int64)
        return Certificate(prices, SCALE)
    total = (instance.sizes * instance.demand[:, None]).sum(axis=0)
    needs = [-(-int(t) // int(c)) for t, c in zip(total, instance.capacity, strict=True)]
    scarce = int(np.argmax(needs))
    return Certificate(instance.sizes[:, scarce].copy(), int(instance.capacity[scarce]))


def check(instance: VectorInstance, proof: Certificate, limit: int = 2_000_000_000) -> bool | None:
    """Check that no pattern is worth more than the certificate says.

    Returns
    -------
    bool or None
        ``None`` where the search for a better pattern was cut short after ``limit`` nodes: nothing is proved then.
    """
    for j in range(len(instance.capacity)):
        # the size in one dimension, which no bin can exceed: nothing to search
        if (proof.prices == instance.sizes[:, j]).all() and proof.worth == int(instance.capacity[j]):
            return True
    if (instance.sizes < 0).any() or (proof.prices < 0).any():
        return None
    order = np.argsort(-proof.prices, kind="stable")
    found = _better(
        instance.sizes[order], instance.capacity, instance.demand[order], proof.prices[order], proof.worth, limit
    )
    return None if found < 0 else found == 0


@njit(cache=True)
def _better(sizes, capacity, demand, prices, worth, limit):  # type: ignore[no-untyped-def]
    """Give 1 where a pattern is worth more, 0 where none is, -1 where the search was cut short.

    Whole numbers only: what may still come is bounded by each dimension, price for size as a fraction.
    """
    m, d = sizes.shape
    # from each position on, the price and size of the type that gives most for a unit of each dimension
    top_price = np.zeros((m + 1, d), np.int64)
    top_size = np.ones((m + 1, d), np.int64)
    for j in range(d):
        for k in range(m - 1, -1, -1):
            top_price[k, j], top_size[k, j] = top_price[k + 1, j], top_size[k + 1, j]
            if prices[k] * top_size[k, j] > top_price[k, j] * sizes[k, j] and top_size[k, j] > 0:
                top_price[k, j], top_size[k, j] = prices[k], sizes[k, j]
    left = np.zeros(m + 1, np.int64)
    for k in range(m - 1, -1, -1):
        left[k] = left[k + 1] + prices[k] * demand[k]
    room = np.empty((m + 1, d), np.int64)
    room[0] = capacity
    value = np.zeros(m + 1, np.int64)
    taken = np.zeros(m, np.int64)
    k, nodes = 0, 0
    down = True
    while True:
        if down and k < m:
            gap = worth - value[k]
            hopeless = left[k] <= gap
            for j in range(d):
                if hopeless:
                    break
                # price / size x room <= gap, without a division; a size of zero bounds nothing
                if top_size[k, j] > 0 and top_price[k, j] * room[k, j] <= gap * top_size[k, j]:
                    hopeless = True
            if hopeless:
                down = False
                k -= 1
                continue
            number = demand[k]
            for j in range(d):
                if sizes[k, j] > 0 and room[k, j] // sizes[k, j] < number:
                    number = room[k, j] // sizes[k, j]
            taken[k] = number
            for j in range(d):
                room[k + 1, j] = room[k, j] - number * sizes[k, j]
            value[k + 1] = value[k] + number * prices[k]
            if value[k + 1] > worth:
                return 1
            k += 1
            nodes += 1
            if nodes > limit:
                return -1
            continue
        if down:
            k -= 1
            down = False
        while k >= 0 and taken[k] == 0:
            k -= 1
        if k < 0:
            return 0
        taken[k] -= 1
        for j in range(d):
            room[k + 1, j] += sizes[k, j]
        value[k + 1] -= prices[k]
        k += 1
        down = True
