"""From the relaxation to whole bins: fix the patterns that it likes, solve again, and step back where it fails.

Patterns with items that are hard to place go first, so that the small ones are left for the end; what is left is tried
by ejection from time to time.
"""

from __future__ import annotations

import time

import numpy as np

from cloudplan.packing.vectors.columns import Bound, Relaxed, generate
from cloudplan.packing.vectors.ejection import eject
from cloudplan.packing.vectors.greedy import best_of_many
from cloudplan.packing.vectors.instance import Floats, Ints, VectorInstance
from cloudplan.packing.vectors.master import Master

HARDNESS = 0.3, 1.0
"""What the largest share of a dimension that an item of a pattern takes counts beside how often the pattern is used;
drawn for each dive."""
NOISE = 0.1
BATCH = 0.06
"""Most of the bins left that are fixed at once."""
LARGE = 400
"""Items from which on only the first failed relaxation is tried by ejection."""


def dive(
    instance: VectorInstance,
    master: Master,
    bins: int,
    enough: int,
    rounds: int,
    deadline: float,
    rng: np.random.Generator,
) -> Ints | None:
    """Look for a packing into some bins.

    Parameters
    ----------
    instance, master
        What is packed, and the patterns known; they're added to.
    bins
        How many are looked for.
    enough
        A packing into so many is worth keeping where that isn't reached.
    rounds
        How often patterns are fixed or given back.
    deadline
        Of :func:`time.perf_counter`.
    rng
        Of the draws.

    Returns
    -------
    array or None
        Patterns of the bins, shape (k, m), k at most ``enough``; ``None`` where none was found.
    """
    left = instance.demand.copy()
    fixed: list[Ints] = []
    steps: list[int] = []
    best: Ints | None = None
    tried = 10**9
    hard = rng.uniform(*HARDNESS) * (instance.sizes / instance.capacity).max(axis=1)
    for number in range(rounds):
        master.demand_only(left)
        free, items = bins - len(fixed), int(left.sum())
        found = generate(instance, master, left, Bound(), deadline, 10**9, goal=free)
        failed, late = found.end != "reached", number == rounds - 1 or time.perf_counter() > deadline
        if failed or late or items <= max(40, 0.8 * tried):
            tried = items
            # where it can't be had any more, what is left is packed as well as it goes
            most = enough - len(fixed) if failed or late else free
            if items < LARGE or late or best is None:
                rest = finish(instance, left, free, most, 300 + 4 * items, rng)
                if rest is not None:
                    best = np.concatenate([np.array(fixed, dtype=np.int64).reshape(-1, len(left)), rest])
                    enough = len(best) - 1
                    if len(best) <= bins:
                        return best
        if late:
            return best
        if failed:
            if not steps:
                return best
            # mostly a step or two back, at times far
            for _ in range(min(len(steps), int(rng.random() ** -1.2))):
                for _ in range(steps.pop()):
                    left = left + fixed.pop()
            tried = 10**9
            continue
        chosen = _chosen(master, found, left, free, hard, rng)
        for pattern in chosen:
            left = left - pattern
            fixed.append(pattern)
        steps.append(len(chosen))
    return best


def _chosen(
    master: Master, found: Relaxed, left: Ints, free: int, hard: Floats, rng: np.random.Generator
) -> list[Ints]:
    """Choose the patterns to fix next: all that are used whole, else the best."""
    candidates = np.flatnonzero(found.used > 1e-6)
    patterns, used = master.patterns[candidates].astype(np.int64), found.used[candidates]
    score = np.minimum(used, 1.0) + np.where(patterns > 0, hard, 0.0).max(axis=1)
    score += NOISE * rng.random(len(candidates))
    most = max(1, int(BATCH * free))
    chosen: list[Ints] = []
    for j in np.argsort(-score):
        if used[j] >= 0.999 or not chosen or (used[j] > 0.75 and len(chosen) < most):
            for _ in range(max(1, int(used[j] + 1e-6))):
                if (patterns[j] <= left).all() and len(chosen) < free:
                    left = left - patterns[j]
                    chosen.append(patterns[j])
    return chosen


def finish(
    instance: VectorInstance, left: Ints, bins: int, most: int, steps: int, rng: np.random.Generator
) -> Ints | None:
    """Pack what is left greedily and by ejection: into ``bins``, else into ``most``, or not at all."""
    types = np.repeat(np.arange(len(left)), left)
    if len(types) == 0:
        return np.zeros((0, len(left)), np.int64)
    if most <= 0:
        return None
    sizes, capacity = instance.sizes[types].astype(float), instance.capacity.astype(float)
    found = best_of_many(capacity, sizes, 10, rng, bins)
    while (used := int(found.max()) + 1) > bins:
        fewer = fullest_first(found, sizes / capacity)
        wanted = min(used - 1, most)
        if wanted <= 0 or not eject(capacity, sizes, fewer, wanted, steps, rng):
            break
        found = fewer
    return patterns_of(types, found, len(left)) if used <= most else None


def fullest_first(bin_of: Ints, share: Floats) -> Ints:
    """Number the bins from the fullest on."""
    load = np.zeros(int(bin_of.max()) + 1)
    np.add.at(load, bin_of, share.sum(axis=1))
    rank = np.empty(len(load), dtype=np.int64)
    rank[np.argsort(-load, kind="stable")] = np.arange(len(load))
    return rank[bin_of]


def patterns_of(types: Ints, bin_of: Ints, m: int) -> Ints:
    """Count the items of each type in every bin; shape (bins, m)."""
    patterns = np.zeros((int(bin_of.max()) + 1, m), np.int64)
    np.add.at(patterns, (bin_of, types), 1)
    return patterns
