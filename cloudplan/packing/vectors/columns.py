"""Column generation: prices and patterns take turns until no pattern is worth more than a bin, or the bound decides.

Prices ``p`` are feasible once divided by the value ``v`` of the best pattern, so ``p . demand / v`` bounds the bins
from below at every turn (Farley, 1990). Prices are smoothed toward those of the best bound (Wentges, 1997).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np

from cloudplan.packing.vectors.instance import Floats, Ints, VectorInstance
from cloudplan.packing.vectors.master import Master
from cloudplan.packing.vectors.pricing import offers, price

SMOOTHING = (0.5, 0.0)
"""Weights of the best prices so far; the next is tried where the one before finds no pattern."""
FEW = 0.05
"""Greedy patterns, as a part of the types, from which on the search for the best one is put off."""
LEAST = 0.8
"""Worth at the prices themselves of what is worth more than a bin at the smoothed ones, from which on it's added."""
EFFORTS = (100, 5_000, 100_000)
"""Nodes of the search for each type that a pattern begins with; the next where those before find nothing."""
OVERLAP = 3
"""Patterns of one turn that hold a type, from which on no more are added for it."""
EPS = 1e-6


@dataclass(eq=False)
class Bound:
    """What is proved so far.

    Parameters
    ----------
    bins
        No packing has fewer.
    prices
        Of each type; with their best pattern worth at most 1, they prove it. Empty: nothing is proved by prices.
    """

    bins: int = 0
    prices: Floats = field(default_factory=lambda: np.array([]))
    value: float = -1.0


@dataclass(frozen=True, eq=False)
class Relaxed:
    """How the turns ended: bins of the relaxation, how often each pattern is used, and the reason.

    ``reached`` the goal; ``proved`` that the bound decides; ``whole``, nothing more to find; ``cut``, by time.
    """

    bins: float
    used: Floats
    end: str


def generate(
    instance: VectorInstance,
    master: Master,
    left: Ints,
    bound: Bound,
    deadline: float,
    enough: int,
    goal: float | None = None,
) -> Relaxed:
    """Solve the relaxation of what is left.

    Parameters
    ----------
    instance
        What is packed.
    master
        The patterns known so far, asked for ``left``; it is added to.
    left
        Items of each type; shape (m,).
    bound
        Raised as the turns prove more; of ``left``.
    deadline
        Of :func:`time.perf_counter`.
    enough
        A bound at which to stop.
    goal
        Bins of the relaxation at which to stop, for those who only need to know that they suffice.
    """
    capacity, sizes = instance.capacity.astype(float), instance.sizes.astype(float)
    center = best = _by_volume(instance, left)
    promise = 0.0
    while True:
        bins, prices, used = master.solve()
        if goal is not None and bins <= goal + EPS:
            return Relaxed(bins, used, "reached")
        prices = prices * (left > 0)
        if time.perf_counter() > deadline:
            return Relaxed(bins, used, "cut")
        added, exact = 0, False
        for weight in SMOOTHING:
            asked = weight * center + (1 - weight) * prices
            added = master.add(_diverse(offers(capacity, sizes, left, asked), prices, EPS))
            if added >= FEW * len(left):
                break
            for each in EFFORTS:
                found = price(capacity, sizes, left, asked, each)
                exact = found.bound <= found.value + EPS
                value = float(asked @ left) / found.bound
                if value > bound.value:
                    bound.value, bound.prices = value, asked / found.bound
                    bound.bins = max(bound.bins, math.ceil(value - EPS))
                likely = float(asked @ left) / found.value
                if likely > promise:
                    promise, best = likely, asked
                if bound.bins >= enough or (goal is not None and bound.bins > goal):
                    return Relaxed(bins, used, "proved")
                better = int((found.patterns @ prices > 1 + EPS / 10).sum())
                if better:
                    added += better if master.add(_diverse(found.patterns, prices, LEAST - 1)) else 0
                if added or exact:
                    break
            if added:
                break
        center = best
        if not added:
            return Relaxed(bins, used, "whole" if exact else "cut")
        if goal is None and math.ceil(bins - EPS) <= bound.bins:
            return Relaxed(bins, used, "proved")


def _diverse(patterns: Ints, prices: Floats, least: float) -> Ints:
    """Keep those worth most beyond a bin, none of whose types is in many of them already."""
    worth = patterns @ prices
    held = np.zeros(len(prices), np.int64)
    kept = []
    for k in np.argsort(-worth, kind="stable").tolist():
        if worth[k] <= 1 + least:
            break
        types = np.flatnonzero(patterns[k])
        if held[types].max() < OVERLAP:
            held[types] += 1
            kept.append(k)
    return patterns[kept]


def _by_volume(instance: VectorInstance, left: Ints) -> Floats:
    """Give the prices that prove the volume bound: the share that each type takes of the scarcest dimension."""
    share = instance.sizes / instance.capacity
    scarce = int(np.argmax(left @ share))
    return np.where(left > 0, share[:, scarce], 0.0)
