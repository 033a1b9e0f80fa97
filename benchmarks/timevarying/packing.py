"""Machines onto hosts of one kind."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.timevarying.traces import Floats, Ints
from cloudplan.packing.fleet.question import Fleet
from cloudplan.packing.fleet.solve import solve

HOSTS = Path(__file__).with_name("hosts.toml")
ROUNDS = 10
"""Tries of ``solve`` on each packing; with a number of tries and no time the same packing comes out every time."""


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
    """Ask for the fewest hosts; memory, of one figure or by slot, is a resource only where it binds."""
    demand = cpu if np.isinf(on.memory) else np.column_stack([cpu, memory])
    size = np.full(demand.shape[1], on.threads)
    if not np.isinf(on.memory):
        size[cpu.shape[1] :] = on.memory
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


def used(host_of: Ints) -> int:
    """Count the hosts with items."""
    return len(np.unique(host_of))


def fillings(fleet: Fleet) -> tuple[dict[str, Ints], float]:
    """Pack in three ways: ``solve``, ``first fit``, and ``spread`` over the fewer hosts of the two.

    Where spreading finds no room, the packing with the fewer hosts stands for it. The other figure is the number of
    hosts below which ``solve`` proves that none can be.
    """
    solved = solve(fleet, rounds=ROUNDS, threads=1)
    out = {"solve": solved.seating.host_of, "first fit": first_fit(fleet)}
    fewer = min(out.values(), key=used)
    even = spread(fleet, used(fewer))
    return out | {"spread": fewer if even is None else even}, solved.bound
