"""Where all fits, move and swap items so that power at load and moves from home cost less."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from cloudplan.packing.fleet.kernel import clashes, draw, fits, give, share, take


@njit(cache=True, nogil=True)
def _price(item: Any, host: Any, kind: Any, load: Any, load_price: Any, home: Any, move_price: Any) -> Any:
    """Say what it costs that an item is on a host."""
    moved = move_price[item] if home[item] >= 0 and home[item] != host else 0.0
    return load[item] * load_price[kind[host]] + moved


@njit(cache=True, nogil=True)
def polish(
    seed: Any, demand: Any, left: Any, host_of: Any, on: Any, count: Any, place: Any, kind: Any, allowed: Any,
    rack: Any, room: Any, first: Any, other: Any, scope: Any, load: Any, load_price: Any, home: Any, move_price: Any,
    steps: Any, hot: Any,
) -> Any:  # fmt: skip
    """Lower the price of items on hosts by moves and swaps that keep every limit; annealed from ``hot`` yuan to none.

    ``home`` counts these hosts, -1 for an item that has none among them. Returns what was saved, yuan a year.
    """
    hosts, width = left.shape
    items = len(host_of)
    spare = np.empty(width, left.dtype)
    saved = 0.0
    for step in range(steps):
        i = draw(seed, items)
        a = host_of[i]
        if a < 0 or hosts < 2:
            continue
        if 0 <= home[i] != a and draw(seed, 2) == 0:
            b = home[i]
        else:
            b = draw(seed, hosts - 1)
            b += b >= a
        if not allowed[i, kind[b]]:
            continue
        change = _price(i, b, kind, load, load_price, home, move_price)
        change -= _price(i, a, kind, load, load_price, home, move_price)
        j = -1
        if count[b] > 0 and draw(seed, 4) > 0:
            j = on[b, draw(seed, count[b])]
            if not allowed[j, kind[a]]:
                continue
            change += _price(j, a, kind, load, load_price, home, move_price)
            change -= _price(j, b, kind, load, load_price, home, move_price)
        elif count[b] >= on.shape[1]:
            continue
        allowance = -hot * (1.0 - step / steps) * np.log(share(seed)) if hot > 0 else 0.0
        if change > allowance or change == 0.0:
            continue
        if j >= 0:
            for r in range(width):
                spare[r] = left[b, r] + demand[j, r]
            if not fits(spare, demand[i]):
                continue
            for r in range(width):
                spare[r] = left[a, r] + demand[i, r]
            if not fits(spare, demand[j]):
                continue
        elif not fits(left[b], demand[i]):
            continue
        if clashes(i, b, j, host_of, rack, room, first, other, scope):
            continue
        if j >= 0 and clashes(j, a, i, host_of, rack, room, first, other, scope):
            continue
        give(left[a], demand[i])
        take(left[b], demand[i])
        if j >= 0:
            give(left[b], demand[j])
            take(left[a], demand[j])
            on[a, place[i]], on[b, place[j]] = j, i
            place[i], place[j] = place[j], place[i]
            host_of[j] = a
        else:
            count[a] -= 1
            last = on[a, count[a]]
            on[a, place[i]] = last
            place[last] = place[i]
            on[b, count[b]] = i
            place[i] = count[b]
            count[b] += 1
        host_of[i] = b
        saved -= change
    return saved
