"""An exact cover by triples: every item in exactly one of the triples chosen.

Belief propagation says how likely each triple is to be in a cover, were all covers drawn alike; the likeliest are
fixed, what is left is searched, and where it has no cover, some of what was fixed is given back.
"""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from cloudplan.packing.vectors.instance import Ints

NOISE = 0.2
SWEEPS = 100
DAMPING = 0.3
PART = 0.03
"""Part of the triples still to be chosen that is fixed at once."""
SEARCHED = 0.55
"""Part of all triples needed, from which on what is left is searched."""
NODES = 10_000


def cover(triples: Ints, n: int, deadline: float, rng: np.random.Generator) -> Ints | None:
    """Choose triples that cover each of n items once; ``None`` where none are found in time, or there are none."""
    fixed: list[int] = []
    steps: list[int] = []
    need = n // 3
    belief = rng.uniform(0.5, 1.5, triples.shape)
    while time.perf_counter() < deadline:
        covered = np.zeros(n, np.bool_)
        covered[triples[fixed].ravel()] = True
        still = np.flatnonzero(~covered[triples].any(axis=1))
        items = np.flatnonzero(~covered)
        likely = np.zeros(len(still))
        failed = len(still) < need - len(fixed)
        if not failed:
            number = np.full(n, -1)
            number[items] = np.arange(len(items))
            rest = number[triples[still]]
            own = belief[still]
            likely = propagate(rest, len(items), own, SWEEPS, DAMPING)
            belief[still] = own
            if len(items) <= SEARCHED * n or not fixed:
                flat = rest.ravel()
                by_item = np.argsort(flat, kind="stable")
                start = np.searchsorted(flat[by_item], np.arange(len(items) + 1))
                chosen, whole = search(rest, len(items), start, (by_item // 3).astype(np.int64), likely, rng, NODES)
                if len(chosen) or len(items) == 0:
                    return np.concatenate([np.array(fixed, np.int64), still[chosen]])
                failed = whole
        if failed:
            if not steps:
                return None
            # mostly a step or two back, at times far
            for _ in range(min(len(steps), int(rng.random() ** -1.2))):
                del fixed[len(fixed) - steps.pop() :]
            belief = rng.uniform(0.5, 1.5, triples.shape)
            continue
        score = likely * rng.uniform(1 - NOISE, 1.0, len(likely))
        most = max(1, int(PART * (need - len(fixed))))
        number_fixed = 0
        for k in np.argsort(-score).tolist():
            if number_fixed == most:
                break
            triple = triples[still[k]]
            if not covered[triple].any():
                covered[triple] = True
                fixed.append(int(still[k]))
                number_fixed += 1
        steps.append(number_fixed)
    return None


@njit(cache=True)
def propagate(triples, n, belief, sweeps, damping):  # type: ignore[no-untyped-def]
    """Pass beliefs between triples and items; give how likely each triple is.

    ``belief[t, z]`` is what the item z of the triple t says for it, as odds: one over the odds of all its others.
    """
    m = len(triples)
    total = np.empty(n)
    said = np.empty((m, 3))
    for _ in range(sweeps):
        total[:] = 0.0
        for t in range(m):
            for z in range(3):
                said[t, z] = min(1e9, belief[t, (z + 1) % 3] * belief[t, (z + 2) % 3])
                total[triples[t, z]] += said[t, z]
        for t in range(m):
            for z in range(3):
                others = max(1e-9, total[triples[t, z]] - said[t, z])
                belief[t, z] = damping * belief[t, z] + (1.0 - damping) / others
    likely = np.empty(m)
    for t in range(m):
        odds = belief[t, 0] * belief[t, 1] * belief[t, 2]
        likely[t] = odds / (1.0 + odds)
    return likely


@njit(cache=True)
def _release(triples, start, of_item, blocked, degree, covered, chosen):  # type: ignore[no-untyped-def]
    for z in range(3):
        covered[triples[chosen, z]] = False
    for z in range(3):
        i = triples[chosen, z]
        for y in range(start[i], start[i + 1]):
            other = of_item[y]
            blocked[other] -= 1
            if blocked[other] == 0:
                for w in range(3):
                    degree[triples[other, w]] += 1


@njit(cache=True)
def search(triples, n, start, of_item, weight, rng, limit):  # type: ignore[no-untyped-def]
    """Cover every item once, that with the fewest triples left first; give the triples chosen, or none.

    Beside them, whether the search was whole: none can cover then.
    """
    blocked = np.zeros(len(triples), np.int64)
    tried = np.zeros(len(triples), np.int64)
    degree = np.empty(n, np.int64)
    for i in range(n):
        degree[i] = start[i + 1] - start[i]
    covered = np.zeros(n, np.bool_)
    need = n // 3
    chosen = np.full(need + 1, -1, np.int64)
    item = np.full(need + 1, -1, np.int64)
    depth, nodes = 0, 0
    down = True
    while True:
        if down:
            if depth == need:
                return chosen[:depth].copy(), True
            fewest = np.int64(1) << 60
            for i in range(n):
                if not covered[i] and degree[i] < fewest:
                    fewest = degree[i]
                    item[depth] = i
                    if fewest <= 1:
                        break
        i = item[depth]
        best = -1
        most = -1.0
        for y in range(start[i], start[i + 1]):
            other = of_item[y]
            if blocked[other] == 0 and tried[other] != depth + 1:
                value = weight[other] + NOISE * rng.random()
                if value > most:
                    most = value
                    best = other
        if best < 0:
            for y in range(start[i], start[i + 1]):
                if tried[of_item[y]] == depth + 1:
                    tried[of_item[y]] = 0
            depth -= 1
            if depth < 0:
                break
            _release(triples, start, of_item, blocked, degree, covered, chosen[depth])
            tried[chosen[depth]] = depth + 1
            down = False
            continue
        nodes += 1
        if nodes > limit:
            break
        chosen[depth] = best
        for z in range(3):
            i = triples[best, z]
            covered[i] = True
            for y in range(start[i], start[i + 1]):
                other = of_item[y]
                if blocked[other] == 0:
                    for w in range(3):
                        degree[triples[other, w]] -= 1
                blocked[other] += 1
        depth += 1
        down = True
    return np.empty(0, np.int64), depth < 0
