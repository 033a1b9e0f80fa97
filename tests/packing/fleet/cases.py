"""Small fleets drawn at random, with everything that a fleet can ask, and the best answer by looking at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations_with_replacement, product

import numpy as np

from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.question import Apart, Fleet, Racks, Scope, Seating, cost_of


def random_fleet(
    rng: np.random.Generator, items: int, types: int = 2, *, racks: bool = False, standing: int = 0, slots: int = 3
) -> Fleet:
    """Draw a fleet whose hosts hold about three items; some of what it may ask is asked."""
    size = np.round(rng.uniform(6, 12, (types, 1)) * np.array([[1.0] * slots + [4.0, math.inf]]), 1)
    if types > 1 and rng.random() < 0.3:
        size[1] = size[0]
    if rng.random() < 0.2:
        size[0, :slots] = math.inf
    demand = np.round(rng.uniform(0.5, 4.5, (items, slots + 2)) * np.array([1.0] * slots + [4.0, 1.0]), 1)
    groups = []
    scopes: list[Scope] = ["host", "rack"] if racks else ["host"]
    if items > 2 and rng.random() < 0.6:
        members = rng.choice(items, 2 + int(rng.integers(2)), replace=False)
        labels = tuple(int(x) for x in rng.integers(2, size=len(members))) if rng.random() < 0.3 else ()
        groups.append(Apart(tuple(int(m) for m in members), scopes[int(rng.integers(len(scopes)))], labels))
    kinds = rng.integers(types, size=standing)
    moved = standing > 0
    allowed = rng.random((items, types)) < 0.9
    allowed[~allowed.any(axis=1)] = True
    return Fleet(
        demand=demand,
        size=size,
        price=np.round(rng.uniform(50, 100, types), 0),
        most=rng.integers(2, 6, types) + np.bincount(kinds, minlength=types),
        spares=int(rng.integers(3)),
        load=demand[:, :slots].mean(axis=1),
        load_price=np.round(rng.uniform(0, 3, types), 1),
        slots=slots,
        licences=rng.choice([0, 1, 2, 3], items, p=[0.6, 0.2, 0.1, 0.1]),
        licence_price=np.array([20.0, 8.0]),
        sockets=np.array([1.0, 2.0])[rng.integers(2, size=types)],
        apart=tuple(groups),
        allowed=allowed,
        racks=Racks(np.array([0, 0, 1]), 4.0, 1000.0, 15.0) if racks else None,
        height_u=np.full(types, 2.0),
        power_w=np.full(types, 300.0),
        standing=kinds.astype(np.int64),
        standing_rack=np.zeros(standing, np.int64) if racks else np.zeros(0, np.int64),
        home=rng.integers(standing, size=items) if moved else np.zeros(0, np.int64),
        move_price=np.round(rng.uniform(0, 30, items)) if moved else np.zeros(0),
    )


def best_of_all(fleet: Fleet) -> float:
    """Look at every seating of all items, and give the least cost; infinite where none keeps every limit."""
    return min((cost_of(fleet, s) for s in _seatings(fleet) if not broken(fleet, s)), default=math.inf)


def _seatings(fleet: Fleet) -> Iterator[Seating]:
    stand = [(-1, int(kind)) for kind in fleet.standing]
    racks = 1 if fleet.racks is None else len(fleet.racks.room)
    most = fleet.items + fleet.spares
    for had in product(*stand):
        for fresh in range(most + 1):
            for kinds in combinations_with_replacement(range(fleet.types), fresh):
                kind = np.array([*had, *kinds], dtype=np.int64)
                alive = np.flatnonzero(kind >= 0)
                if len(alive) > most or not len(alive):
                    continue
                for rack in _rackings(fleet, kind, racks):
                    for host_of in product(alive.tolist(), repeat=fleet.items):
                        yield Seating(kind, rack, np.array(host_of, dtype=np.int64))


def _rackings(fleet: Fleet, kind: np.ndarray, racks: int) -> Iterator[np.ndarray]:
    if fleet.racks is None:
        yield np.arange(len(kind), dtype=np.int64)
        return
    ways = [[int(fleet.standing_rack[h])] if h < len(fleet.standing) else list(range(racks)) for h in range(len(kind))]
    for rack in product(*ways):
        yield np.array(rack, dtype=np.int64)


def large_fleet(seed: int, items: int, slots: int = 24) -> Fleet:
    """Draw a pool of day and night workloads, about twenty a host, in racks of eight."""
    rng = np.random.default_rng(seed)
    hour = np.arange(slots)
    peak = rng.choice([6, 10, 15, 20], items)[:, None]
    use = rng.lognormal(0, 0.5, (items, 1)) * (0.3 + np.exp(-(((hour - peak) / 3.0) ** 2))) * 3
    demand = np.round(np.hstack([use, rng.choice([8.0, 16.0, 32.0], (items, 1))]), 2)
    pairs = rng.permutation(items)[: items // 5 // 2 * 2].reshape(-1, 2).tolist()
    return Fleet(
        demand=demand,
        size=np.array([[48.0] * slots + [512.0], [80.0] * slots + [768.0]]),
        price=np.array([100.0, 150.0]),
        most=np.array([1000, 1000]),
        spares=1,
        load=demand[:, :slots].mean(axis=1),
        load_price=np.array([1.0, 0.9]),
        slots=slots,
        apart=tuple(Apart((a, b), "rack" if n % 4 == 0 else "host") for n, (a, b) in enumerate(pairs)),
        racks=Racks(np.zeros(60, np.int64), 16.0, 100.0, 20.0),
        height_u=np.array([2.0, 2.0]),
        power_w=np.array([1.0, 1.0]),
    )
