"""Hosts as a function of replayed risk, so that ways of sizing are compared where their risk is the same.

A sweep is first averaged over the fleets: at each headroom the mean hosts, and the overload share of all fleets'
host-slots together, which is the risk of a planner who settles on that headroom before knowing the fleet. Neither is
quite monotone in the headroom, so the risk is replaced by the nearest (least squares) curve that never rises with the
headroom and the hosts by the nearest that never falls. Taking the best packing at each number of hosts instead would
choose packings by the very replay that is to judge them. Between two headrooms of the sweep, hosts and headroom are
interpolated along the logarithm of the risk; a risk of none counts there as half of the least that could be seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.timevarying.traces import Floats


@dataclass(frozen=True, eq=False)
class Sweep:
    """A way of sizing at rising headrooms.

    Parameters
    ----------
    headroom
        Shape (headrooms,).
    hosts, over, host_slots
        Of each fleet at each headroom: hosts, host-slots over 100 %, and host-slots; shape (fleets, headrooms).
    """

    headroom: Floats
    hosts: Floats
    over: Floats
    host_slots: Floats


@dataclass(frozen=True)
class Reached:
    """Where a sweep reaches a level of risk: the headroom, the hosts."""

    headroom: float
    hosts: float


def falling(values: Floats, weights: Floats) -> Floats:
    """Give the curve nearest to the values, by weighted squares, that never rises (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, mass, count = value, weight, 1
        while blocks and blocks[-1][0] < mean:
            before, its, many = blocks.pop()
            mean, mass, count = (before * its + mean * mass) / (its + mass), its + mass, many + count
        blocks.append((mean, mass, count))
    return np.repeat([mean for mean, _, _ in blocks], [count for _, _, count in blocks])


class Frontier:
    """Hosts and headroom by risk, of some fleets of a sweep (those in ``fleets``, which may name one twice)."""

    def __init__(self, sweep: Sweep, fleets: np.ndarray | None = None) -> None:
        rows = np.arange(len(sweep.hosts)) if fleets is None else fleets
        slots = sweep.host_slots[rows].sum(axis=0)
        self.headroom = sweep.headroom
        self.seen = sweep.over[rows].sum(axis=0) / slots
        self.hosts = -falling(-sweep.hosts[rows].mean(axis=0), np.ones(len(slots)))
        curve = falling(self.seen, slots)
        self.floor = float(0.5 * min(1 / slots.min(), curve[curve > 0].min(initial=1.0)))
        self.risk = np.maximum(curve, self.floor)

    def risk_of(self, headroom: float) -> float:
        """Give the risk at a headroom of the sweep; none where nothing was over at it or any larger one."""
        risk = float(self.risk[np.abs(self.headroom - headroom).argmin()])
        return risk if risk > self.floor else 0.0

    def at(self, level: float) -> Reached | None:
        """Find the headroom at which the risk has fallen to a level, and its hosts.

        At a level of none it is the first headroom of the sweep from which on nothing was over. Gives ``None`` where
        the sweep does not bracket the level: it is above it at its largest headroom, or already below it at its
        smallest, so that fewer hosts might do.
        """
        level = max(level, self.floor)
        within = np.flatnonzero(self.risk <= level)
        if len(within) == 0 or within[0] == 0:
            return None
        right = int(within[0])
        left = right - 1
        whole = np.log(self.risk[left]) - np.log(self.risk[right])
        part = float((np.log(self.risk[left]) - np.log(level)) / whole)
        return Reached(
            float(self.headroom[left] + part * (self.headroom[right] - self.headroom[left])),
            float(self.hosts[left] + part * (self.hosts[right] - self.hosts[left])),
        )
