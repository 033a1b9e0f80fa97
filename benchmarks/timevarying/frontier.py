"""Hosts as a function of replayed risk, so that ways of sizing are compared where their risk is the same.

Neither hosts nor risk is quite monotone in the headroom, for a packing with more headroom may happen to be replayed
worse. So the risk of a headroom is taken to be the worst risk replayed at it or at any larger one, and its hosts the
most at it or at any smaller one: what a planner needs who wants the risk to stay at or below a level from some headroom on.
Taking the best point instead would choose packings by the very replay that is to judge them. Between two headrooms
of the sweep, hosts and headroom are interpolated along the logarithm of the risk; a risk of none counts there as half
a host-slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Point:
    """One packing of a sweep: its headroom, its hosts, its overload share and the host-slots that share is of."""

    headroom: float
    hosts: float
    risk: float
    host_slots: float


@dataclass(frozen=True)
class Reached:
    """Where a sweep reaches a level of risk."""

    headroom: float
    hosts: float


def at_risk(sweep: Sequence[Point], level: float) -> Reached | None:
    """Find the headroom, and the hosts it takes, from which on the risk is at most ``level``.

    Gives ``None`` where the sweep does not bracket the level: it is above it even at its largest headroom, or below it
    already at its smallest, so that fewer hosts might do.
    """
    points = sorted(sweep, key=lambda point: point.headroom)
    if not points:
        return None
    floor = np.array([0.5 / point.host_slots for point in points])
    seen = np.array([point.risk for point in points])
    level = max(level, float(floor.min()))
    risk = np.maximum.accumulate(np.maximum(seen, floor)[::-1])[::-1]
    hosts = np.maximum.accumulate(np.array([point.hosts for point in points]))
    headroom = np.array([point.headroom for point in points])
    within = np.flatnonzero(risk <= level)
    if len(within) == 0 or within[0] == 0:
        return None
    right = int(within[0])
    left = right - 1
    part = (np.log(risk[left]) - np.log(level)) / (np.log(risk[left]) - np.log(risk[right]))
    return Reached(
        float(headroom[left] + part * (headroom[right] - headroom[left])),
        float(hosts[left] + part * (hosts[right] - hosts[left])),
    )
