"""Machines onto hosts of one kind."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.timevarying.traces import Floats, Ints
from cloudplan.packing.fleet.question import Fleet

HOSTS = Path(__file__).with_name("hosts.toml")
Pack = Callable[[Fleet], Ints]
"""Gives the host of each item."""


@dataclass(frozen=True)
class Host:
    """The kind of host: its threads and its usable memory in GiB, if that binds anything."""

    name: str
    threads: float
    memory: float = np.inf


def host(name: str) -> Host:
    """Look up a kind of host in ``hosts.toml``."""
    said = tomllib.loads(HOSTS.read_text("utf-8"))[name]
    return Host(name, float(said["threads"]), float(said.get("memory_gib", np.inf)))


def question(cpu: Floats, memory: Floats, on: Host) -> Fleet:
    """Ask for the fewest hosts; the memory is a resource only where it binds."""
    demand = cpu if np.isinf(on.memory) else np.column_stack([cpu, memory])
    size = np.full(demand.shape[1], on.threads)
    if not np.isinf(on.memory):
        size[-1] = on.memory
    return Fleet(demand, size[np.newaxis], np.ones(1), np.array([len(demand)]))


def first_fit(fleet: Fleet) -> Ints:
    """Take the items by falling size, each to the first host that has room; one type of host.

    The size of an item is the sum of its shares of a host, each weighed by how much of the resource all items take.
    """
    share = fleet.demand / fleet.size[0]
    order = np.argsort(-(share @ share.sum(axis=0)), kind="stable")
    room = np.ones((fleet.items, share.shape[1])) + 1e-9
    host_of = np.full(fleet.items, -1, np.int64)
    used = 0
    for item in order:
        fits = np.flatnonzero((share[item] <= room[: used + 1]).all(axis=1))
        if len(fits):
            host_of[item] = fits[0]
            room[fits[0]] -= share[item]
            used = max(used, int(fits[0]) + 1)
    return host_of


def spread(fleet: Fleet, hosts: int) -> Ints | None:
    """Take the items by falling size, each to the host that it leaves least full; ``None`` where one finds no room.

    A host is as full as its fullest resource. This is what one would do with hosts that are had in any case.
    """
    share = fleet.demand / fleet.size[0]
    order = np.argsort(-(share @ share.sum(axis=0)), kind="stable")
    used = np.zeros((hosts, share.shape[1]))
    host_of = np.full(fleet.items, -1, np.int64)
    for item in order:
        full = (used + share[item]).max(axis=1)
        best = int(full.argmin())
        if full[best] > 1 + 1e-9:
            return None
        used[best] += share[item]
        host_of[item] = best
    return host_of
