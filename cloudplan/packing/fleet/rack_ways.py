"""How hosts fill racks: which share of one each type takes, and in which ways one can be full."""

from __future__ import annotations

import math

import numpy as np

from cloudplan.packing.fleet.question import Fleet, Floats, Racks

ROUNDINGS = 12
"""Rounded forms of a rack's height and power."""
WAYS = 300
"""Most ways to fill a rack that are listed."""


def rack_shares(fleet: Fleet) -> list[Floats]:
    """Say which share of a rack each type takes, by height and by power, plain and rounded."""
    racks = fleet.racks
    if racks is None:
        return []
    shares = []
    for taken, limit in ((fleet.height_u, racks.height_u), (fleet.power_w, racks.power_w)):
        if math.isfinite(limit) and limit > 0:
            share = np.minimum(taken / limit, 1.0)
            shares += [share, *(_rounded(share, m) for m in range(1, ROUNDINGS))]
    return shares


def _rounded(share: Floats, m: int) -> Floats:
    """Round shares of a whole so that those that fill it still sum to 1 at most (Fekete & Schepers, 2001)."""
    parts = (m + 1) * share
    near = np.abs(parts - np.round(parts)) < 1e-9
    rounded: Floats = np.where(near, share, np.floor(parts) / m)
    return rounded


def rack_ways(racks: Racks, makes: Floats) -> list[tuple[int, ...]] | None:
    """List the ways to fill a rack to which nothing can be added, or ``None`` where there are too many.

    Parameters
    ----------
    makes
        Height and power of each make of host; shape (makes, 2).
    """
    binds = np.isfinite([racks.height_u, racks.power_w])
    if not (makes[:, binds] > 0).any(axis=1).all() or len(makes) > 4:
        return None
    ways: list[tuple[int, ...]] = []

    def most(make: int, height: float, power: float) -> int:
        by = [left / taken for left, taken in zip((height, power), makes[make], strict=True) if taken > 0]
        return math.floor(min(by) + 1e-9) if math.isfinite(min(by)) else WAYS

    def add(way: tuple[int, ...], height: float, power: float) -> None:
        make = len(way)
        if len(ways) > WAYS:
            return
        if make == len(makes):
            if all(most(m, height, power) == 0 for m in range(make)):
                ways.append(way)
            return
        limit = most(make, height, power)
        for count in range(limit, -1, -1) if make < len(makes) - 1 else (limit,):
            add((*way, count), height - count * makes[make, 0], power - count * makes[make, 1])

    add((), racks.height_u, racks.power_w)
    return ways if len(ways) <= WAYS else None
