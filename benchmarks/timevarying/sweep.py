"""Every way of sizing at every headroom: pack, replay, write a line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.timevarying.packing import Host, fillings, question, used
from benchmarks.timevarying.replay import Risk, replay
from benchmarks.timevarying.sizing import METHODS, fitted
from benchmarks.timevarying.traces import Floats, Ints, Traces

COLUMNS = (
    "dataset", "filling", "draw", "method", "headroom", "hosts", "overload_share", "hosts_ever_over", "max_util",
    "host_slots", "unserved_share", "bound",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Draw:
    """A fleet: of which measured machine each of its machines is a copy, and by how much it is larger."""

    number: int
    kind: Ints
    scale: Floats


@dataclass(frozen=True, eq=False)
class Case:
    """A data set with a kind of host and fleets drawn from it."""

    name: str
    traces: Traces
    host: Host
    draws: tuple[Draw, ...]
    methods: tuple[str, ...] = tuple(METHODS)


def resampled(machines: int, size: int, draws: int, *, scaled: bool = False, first: int = 0) -> tuple[Draw, ...]:
    """Draw fleets with replacement; copies are alike at every moment, or each larger by a factor from 0.5 to 1.5."""
    out = []
    for number in range(first, first + draws):
        random = np.random.default_rng([2026, number])
        kind = random.integers(machines, size=size)
        out.append(Draw(number, kind, random.uniform(0.5, 1.5, size) if scaled else np.ones(size)))
    return tuple(out)


def itself(machines: int) -> Draw:
    """Take each measured machine once."""
    return Draw(0, np.arange(machines), np.ones(machines))


def figures(risk: Risk) -> dict[str, int | float]:
    """Give the columns that a replay fills."""
    return {name: getattr(risk, name) for name in COLUMNS if hasattr(risk, name)}


def sweep(case: Case, draws: int | None = None) -> Iterator[dict[str, str | int | float]]:
    """Give a line for each draw, way of sizing and headroom at which every machine fits a host."""
    sized = {name: fitted(case.traces, METHODS[name]) for name in case.methods}
    by_slot = case.traces.memory_fit is not None
    used_memory = {name: fitted(case.traces, METHODS[name], memory=True) for name in case.methods if by_slot}
    for draw in case.draws[:draws]:
        memory = case.traces.memory[draw.kind] * draw.scale
        for name in case.methods:
            base = sized[name][draw.kind] * draw.scale[:, np.newaxis]
            for headroom in METHODS[name].headrooms:
                if by_slot:
                    memory = used_memory[name][draw.kind] * draw.scale[:, np.newaxis] * (1 + headroom)
                fleet = question(base * (1 + headroom), memory, case.host)
                if not fleet.fits().all():
                    continue
                packed, bound = fillings(fleet)
                for filling, host_of in packed.items():
                    risk = replay(case.traces.test, draw.kind, draw.scale, host_of, case.host.threads,
                                  case.traces.memory_test, case.host.memory)  # fmt: skip
                    hosts = used(host_of)
                    yield {
                        "dataset": case.name, "filling": filling, "draw": draw.number, "method": name,
                        "headroom": headroom, "hosts": hosts, **figures(risk),
                        "bound": math.ceil(bound - 1e-3),
                    }  # fmt: skip
