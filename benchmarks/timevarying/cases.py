"""What is packed on what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.timevarying.packing import host
from benchmarks.timevarying.sweep import Case, Draw, itself, resampled
from benchmarks.timevarying.traces import DAY, bitbrains, estate, planetlab

DRAWS = 20
PLAIN = ("max", "p95", "mean", "day", "week", "week-max")
ONE_DAY = ("max", "p95", "mean", "day")
FEW = ("max", "p95", "day", "week")


def of_bitbrains() -> list[Case]:
    """Fleets of 1,000 on two weeks, replayed on the two after them."""
    calm, every = bitbrains(), bitbrains(most_long=None)
    n = len(calm.names)
    return [
        Case("bitbrains", calm, host("rack-cpu"), resampled(n, 1000, DRAWS), PLAIN),
        Case("bitbrains scaled", calm, host("rack-cpu"), resampled(n, 1000, DRAWS, scaled=True), FEW),
        Case("bitbrains in sample", calm.in_sample(), host("rack-cpu"), resampled(n, 1000, DRAWS), FEW),
        Case("bitbrains turned", calm.turned(), host("rack-cpu"), resampled(n, 1000, DRAWS), FEW),
        Case("bitbrains 5,000", calm, host("rack-cpu"), resampled(n, 5000, 5), FEW),
        Case("bitbrains 44", every, host("rack-cpu"), resampled(len(every.names), 1000, DRAWS), FEW),
        Case("bitbrains memory", calm, host("rack-512"), resampled(n, 1000, DRAWS), FEW),
    ]


def of_planetlab() -> list[Case]:
    """The 403 machines themselves, and fleets drawn from them, on 3 March, replayed on 6 and 9 March."""
    both = planetlab()
    wednesday = replace(both, test=both.test[:, DAY:])
    n = len(both.names)
    drawn = resampled(n, n, DRAWS, first=1)
    return [
        Case("planetlab", both, host("small-4"), (itself(n),), ONE_DAY),
        Case("planetlab drawn", both, host("small-4"), drawn, ONE_DAY),
        Case("planetlab drawn 9 March", wednesday, host("small-4"), drawn, ONE_DAY),
        Case("planetlab drawn small-8", both, host("small-8"), drawn, ONE_DAY),
        Case("planetlab drawn small-16", both, host("small-16"), drawn, ONE_DAY),
    ]


def of_estate() -> list[Case]:
    """Pools of 2,000 invented workloads, a new one each time: with memory, without, and with memory by slot."""
    by_slot = [
        Case("estate memory by slot", estate(2000, seed, memory_by_slot=True), host("estate-m"),
             (Draw(seed, np.arange(2000), np.ones(2000)),), FEW)
        for seed in range(1, 6)
    ]  # fmt: skip
    return by_slot + [
        Case(name, estate(2000, seed), host(kind), (Draw(seed, np.arange(2000), np.ones(2000)),), (*FEW, "mean"))
        for name, kind in (("estate cpu", "rack-cpu"), ("estate", "estate-m"))
        for seed in range(1, 11)
    ]


CASES = {"bitbrains": of_bitbrains, "planetlab": of_planetlab, "estate": of_estate}
