"""What all kernels share: rows of whole numbers added and compared, clashes, draws; compiled, kept on disk."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def draw(seed: Any, below: Any) -> Any:
    """Draw a number from 0 to ``below`` - 1 (xorshift64*); ``seed`` holds the state and is moved on."""
    x = seed[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    seed[0] = x
    return np.int64(((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(below))


@njit(cache=True, nogil=True)
def share(seed: Any) -> Any:
    """Draw a number from 0 to 1."""
    return (draw(seed, 1 << 30) + 0.5) / (1 << 30)


@njit(cache=True, nogil=True)
def overload(left: Any, leaving: Any, coming: Any) -> Any:
    """Say by how much a host would be too full, all resources together, if one item left it and another came."""
    total = np.int32(0)
    for r in range(left.shape[0]):
        total += np.int32(-min(np.int16(left[r] + leaving[r] - coming[r]), np.int16(0)))
    return total


@njit(cache=True, nogil=True)
def fits(left: Any, coming: Any) -> Any:
    """Say whether an item fits what is left of a host."""
    sign = np.int16(0)
    for r in range(left.shape[0]):
        sign |= np.int16(left[r] - coming[r])
    return sign >= 0


@njit(cache=True, nogil=True)
def take(left: Any, coming: Any) -> Any:
    """Take an item's demand from what is left of a host."""
    for r in range(left.shape[0]):
        left[r] -= coming[r]


@njit(cache=True, nogil=True)
def give(left: Any, leaving: Any) -> Any:
    """Give an item's demand back to a host."""
    for r in range(left.shape[0]):
        left[r] += leaving[r]


@njit(cache=True, nogil=True)
def clashes(
    item: Any, host: Any, but: Any, host_of: Any, rack: Any, room: Any, first: Any, other: Any, scope: Any
) -> Any:
    """Say whether an item, on a host, would share a place with one that it must be apart from (``but`` is leaving)."""
    for k in range(first[item], first[item + 1]):
        at = host_of[other[k]]
        if at < 0 or other[k] == but:
            continue
        if at == host:
            return True
        if scope[k] > 0 and rack[at] == rack[host]:
            return True
        if scope[k] > 1 and room[rack[at]] == room[rack[host]]:
            return True
    return False
