"""Hosts are given; move and swap items among them until none is too full.

The search goes from a host that is too full: one of its items moves, or changes places with another, wherever that
lowers the sum of all that is too much, or raises it within what the temperature allows (annealing; Kirkpatrick et al.,
1983). A step costs two sums over a row, so tens of millions are looked at in a second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from cloudplan.packing.fleet.kernel import clashes, draw, give, overload, share, take
from cloudplan.packing.fleet.rows import MOST

DRAWS = 20
"""Pairs drawn for each step at most; those that are not eligible cost next to nothing."""
SEARCHED = 256
"""Hosts up to which all are tried for an item that makes the drawn ones too full."""


@njit(cache=True, nogil=True)
def _move(item: Any, host: Any, demand: Any, left: Any, host_of: Any, on: Any, count: Any, place: Any) -> Any:
    """Move an item from its host, if any, to another."""
    old = host_of[item]
    if old >= 0:
        give(left[old], demand[item])
        count[old] -= 1
        last = on[old, count[old]]
        on[old, place[item]] = last
        place[last] = place[item]
    take(left[host], demand[item])
    on[host, count[host]] = item
    place[item] = count[host]
    count[host] += 1
    host_of[item] = host


@njit(cache=True, nogil=True)
def settle(
    seed: Any, order: Any, demand: Any, left: Any, host_of: Any, on: Any, count: Any, place: Any, kind: Any,
    allowed: Any, rack: Any, room: Any, first: Any, other: Any, scope: Any, tries: Any, scarce: Any,
    weight: Any,
) -> Any:  # fmt: skip
    """Give each item, in order, the host of some drawn ones on which what is scarce stays most even.

    ``scarce`` lists the resources that count, ``weight`` what each counts. Items without an eligible host among those
    drawn are tried on all, where hosts are few also those that would make all drawn too full; -1 stays where none is
    eligible at all.
    """
    hosts, width = left.shape
    none = np.zeros(width, np.int16)
    for item in order:
        best, best_score, best_over = -1, 0.0, 0
        for attempt in range(tries + hosts):
            if attempt >= tries and best >= 0 and (best_over == 0 or hosts > SEARCHED):
                break
            h = draw(seed, hosts) if attempt < tries else attempt - tries
            if not allowed[item, kind[h]] or count[h] >= on.shape[1]:
                continue
            if clashes(item, h, -1, host_of, rack, room, first, other, scope):
                continue
            over = overload(left[h], none, demand[item])
            if over > MOST and (left[h] - demand[item]).min() < -MOST:
                continue  # beyond it, sixteen bits would not hold what is too much
            if best >= 0 and over > best_over:
                continue
            score = 0.0
            for k in range(len(scarce)):
                r = scarce[k]
                score += weight[k] * demand[item, r] * (left[h, r] - demand[item, r])
            if best < 0 or over < best_over or score > best_score:
                best, best_score, best_over = h, score, over
        if best >= 0:
            _move(item, best, demand, left, host_of, on, count, place)
    return 0


@njit(cache=True, nogil=True)
def balance(
    seed: Any, demand: Any, left: Any, host_of: Any, on: Any, count: Any, place: Any, kind: Any, allowed: Any,
    rack: Any, room: Any, first: Any, other: Any, scope: Any, steps: Any, hot: Any, cold: Any,
) -> Any:  # fmt: skip
    """Lower the sum of all that is too much to zero, if that can be had in some steps.

    Parameters
    ----------
    left
        What is left of each host, negative where it is too full; changed, as are ``host_of``, ``on`` (the items of
        each host), ``count`` and ``place`` (of an item among those of its host).
    first, other, scope
        Items that each item must be apart from: ``other[first[i] : first[i + 1]]``.
    steps
        Most moves and swaps looked at.
    hot, cold
        Temperature at the beginning and at the end, in units of the rows.

    Returns
    -------
    int
        What is too much at the end; the search stops at zero.
    """
    hosts, width = left.shape
    none = np.zeros(width, np.int16)
    over = np.zeros(hosts, np.int64)
    full = np.empty(hosts, np.int64)
    at = np.full(hosts, -1, np.int64)
    fulls, total = 0, 0
    for h in range(hosts):
        over[h] = overload(left[h], none, none)
        total += over[h]
        if over[h] > 0:
            full[fulls], at[h] = h, fulls
            fulls += 1
    temperature, cooling = hot, (cold / hot) ** (1.0 / max(1, steps // 1024)) if hot > 0 else 1.0
    looked = 0
    for _ in range(DRAWS * steps):
        if total == 0 or hosts < 2 or looked == steps:
            break
        a = full[draw(seed, fulls)]
        if count[a] == 0:
            break
        i = on[a, draw(seed, count[a])]
        b = draw(seed, hosts - 1)
        b += b >= a
        j = -1
        if not allowed[i, kind[b]]:
            continue
        if count[b] > 0 and draw(seed, 4) > 0:
            j = on[b, draw(seed, count[b])]
            if not allowed[j, kind[a]]:
                continue
        elif count[b] >= on.shape[1]:
            continue
        looked += 1
        if looked % 1024 == 0:
            temperature *= cooling
        allowance = 0.0
        if temperature > 0:
            allowance = -temperature * np.log(share(seed))
        after_a = overload(left[a], demand[i], demand[j] if j >= 0 else none)
        if after_a >= over[a] + allowance:
            continue
        after_b = overload(left[b], demand[j] if j >= 0 else none, demand[i])
        if (after_b > MOST and after_b > over[b]) or (after_a > MOST and after_a > over[a]):
            continue  # sixteen bits might not hold it
        change = after_a + after_b - over[a] - over[b]
        if change > allowance:
            continue
        if clashes(i, b, j, host_of, rack, room, first, other, scope):
            continue
        if j >= 0:
            if clashes(j, a, i, host_of, rack, room, first, other, scope):
                continue
            give(left[a], demand[i])
            take(left[a], demand[j])
            give(left[b], demand[j])
            take(left[b], demand[i])
            on[a, place[i]], on[b, place[j]] = j, i
            place[i], place[j] = place[j], place[i]
            host_of[i], host_of[j] = b, a
        else:
            _move(i, b, demand, left, host_of, on, count, place)
        total += change
        for h, after in ((a, after_a), (b, after_b)):
            over[h] = after
            if after > 0 and at[h] < 0:
                full[fulls], at[h] = h, fulls
                fulls += 1
            elif after == 0 and at[h] >= 0:
                fulls -= 1
                moved = full[fulls]
                full[at[h]], at[moved] = moved, at[h]
                at[h] = -1
    return total
