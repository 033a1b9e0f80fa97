"""Peers of the fleet solver: their model says what `broken` and `cost_of` say; small fleets are solved to the end."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import Answer, cpsat, highs, scale_of, vpsolver
from benchmarks.plain import first_fit
from cloudplan.packing.fleet.assignment import Model, candidates
from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.question import Apart, Fleet, Racks, Seating, cost_of

Peer = Callable[[Fleet, float, int], Answer]
PEERS = [
    pytest.param(cpsat, marks=pytest.mark.skipif(find_spec("ortools") is None, reason="needs OR-Tools (extra bench)")),
    highs,
]


def fleet(**more: object) -> Fleet:
    """Six items on hosts of 10 for 100 or of 20 for 150."""
    demand = np.array([[6.0], [6.0], [6.0], [4.0], [4.0], [4.0]])
    return replace(Fleet(demand, np.array([[10.0], [20.0]]), np.array([100.0, 150.0]), np.array([9, 9])), **more)


KNOWN = {
    "small and large": (fleet(), 250.0),  # 30 in all: one of each
    "most": (fleet(most=np.array([9, 0])), 300.0),
    "apart by host": (fleet(apart=(Apart((0, 1, 2)),)), 300.0),
    "apart by label": (fleet(apart=(Apart((0, 1, 2), labels=(1, 1, 2)),)), 250.0),
    "spare": (fleet(spares=1), 400.0),  # four small hosts, or two large ones and a small, would be 400 too
    "licence on some": (
        fleet(licences=np.array([1, 0, 0, 1, 0, 0]), licence_price=np.array([30.0]), sockets=np.array([1.0, 2.0])),
        280.0,
    ),
    "load": (fleet(load=np.full(6, 2.0), load_price=np.array([1.0, 10.0])), 300.0 + 12),
    "allowed": (fleet(allowed=np.array([[True, False]] * 6)), 300.0),
    "racks by height": (
        fleet(racks=Racks(np.zeros(3, np.int64), 2.0, 1e9, 40.0), height_u=np.array([1.0, 2.0])),
        250.0 + 80,
    ),
    "racks by power": (
        fleet(racks=Racks(np.zeros(3, np.int64), 42.0, 500.0, 40.0), power_w=np.array([250.0, 300.0])),
        250.0 + 80,
    ),
    "apart by rack": (
        fleet(
            racks=Racks(np.zeros(3, np.int64), 2.0, 1e9, 40.0),
            height_u=np.array([1.0, 1.0]),
            apart=(Apart((0, 1, 2), "rack"),),
        ),
        300.0 + 120,
    ),
    "apart by room": (
        fleet(
            racks=Racks(np.array([0, 1, 1]), 4.0, 1e9, 0.0),
            height_u=np.array([1.0, 1.0]),
            apart=(Apart((0, 3), "room"), Apart((1, 4), "room")),
        ),
        250.0,
    ),
    "standing": (
        fleet(
            standing=np.array([0, 1]),
            standing_rack=np.array([-1, -1]),
            home=np.array([0, 0, 1, 1, 1, 1]),
            move_price=np.full(6, 7.0),
        ),
        264.0,  # the first is overfull: two must change places
    ),
}


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("name", KNOWN)
def test_small_fleets_are_solved_to_the_known_cost(peer: Peer, name: str) -> None:
    asked, cost = KNOWN[name]
    answer = peer(asked, 20.0, 1)
    assert answer.seating is not None, answer.status
    assert broken(asked, answer.seating) == ()
    assert answer.cost == pytest.approx(cost)
    assert answer.bound == pytest.approx(cost)


def drawn(seed: int) -> Fleet:
    """Draw a fleet small enough to try everything, with some limit of each sort now and then."""
    rng = np.random.default_rng(seed)
    n, types = 4, 2
    size = rng.integers(4, 10, (types, 2)).astype(float)
    demand = rng.integers(0, 5, (n, 2)).astype(float)
    racks = Racks(np.array([0, 0, 1]), 2.0, 5.0, float(rng.integers(0, 4))) if rng.random() < 0.6 else None
    scopes = ("host", "rack", "room")
    apart = tuple(
        Apart(tuple(int(i) for i in rng.choice(n, 3, replace=False)), scopes[rng.integers(3 if racks else 1)], labels)
        for labels in ((), (0, 0, 1))[: int(rng.integers(3))]
    )
    standing = rng.integers(0, types, int(rng.integers(2)))
    home = np.where(rng.random(n) < 0.5, 0, -1) if len(standing) else np.full(n, -1)
    return Fleet(
        demand,
        size,
        rng.integers(3, 9, types).astype(float),
        rng.integers(1, 3, types),
        spares=int(rng.integers(2)),
        load=rng.integers(0, 3, n).astype(float),
        load_price=rng.integers(0, 3, types).astype(float),
        licences=rng.integers(0, 4, n),
        licence_price=rng.integers(0, 3, 2).astype(float),
        sockets=rng.integers(1, 3, types).astype(float),
        apart=apart,
        allowed=rng.random((n, types)) < 0.9,
        racks=racks,
        height_u=rng.integers(1, 3, types).astype(float),
        power_w=rng.integers(1, 4, types).astype(float),
        standing=standing.astype(np.int64),
        standing_rack=np.array([rng.integers(-1, 3) if racks else -1 for _ in standing], np.int64),
        home=home.astype(np.int64),
        move_price=rng.integers(0, 3, n).astype(float),
    )


def least(asked: Fleet) -> float:
    """Least cost of any answer, by trying everything; infinite where there is none."""
    best = np.inf
    standing = asked.standing.tolist()
    new = [k for t in range(asked.types) for k in [t] * int(asked.most[t])]
    ways = (range(2) for _ in [*standing, *new])
    for had in itertools.product(*ways):
        kinds = [k if h else -1 for k, h in zip(standing, had, strict=False)]
        kinds += [k for k, h in zip(new, had[len(standing) :], strict=True) if h]
        if any(kinds.count(t) > asked.most[t] for t in range(asked.types)):
            continue
        host_type = np.array(kinds, np.int64)
        racks = range(len(asked.racks.room)) if asked.racks is not None else range(1)
        for rack in itertools.product(racks, repeat=len(kinds)):
            rack_of = np.arange(len(kinds)) if asked.racks is None else np.array(rack, np.int64)
            for host_of in itertools.product(np.flatnonzero(host_type >= 0).tolist(), repeat=asked.items):
                seating = Seating(host_type, rack_of, np.array(host_of, np.int64))
                cost = cost_of(asked, seating)
                if cost < best and not broken(asked, seating):
                    best = cost
    return best


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("seed", range(12))
def test_answers_cost_what_trying_everything_finds(peer: Peer, seed: int) -> None:
    asked = replace(drawn(seed), most=np.array([1, 2]))
    expected = least(asked)
    if not asked.fits().any(axis=1).all():
        with pytest.raises(ValueError, match="fits no host"):
            peer(asked, 20.0, 1)
        return
    answer = peer(asked, 20.0, 1)
    if np.isinf(expected):
        assert answer.seating is None
    else:
        assert answer.cost == pytest.approx(expected), answer.status
        assert answer.bound == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(40))
def test_first_fit_holds_and_the_model_says_it_at_the_same_cost(seed: int) -> None:
    asked = drawn(seed)
    start = first_fit(asked)
    if start is None:
        return
    assert broken(asked, start) == ()
    offered = candidates(asked, start)
    model = Model(asked, offered.kind, offered.whole)
    values = model.values(start)
    assert values is not None
    assert float(values @ np.array(model.cost)) + model.offset == pytest.approx(cost_of(asked, start))
    for columns, numbers, low, high in zip(
        model.rows.columns, model.rows.values, model.rows.lower, model.rows.upper, strict=True
    ):
        assert low - 1e-9 <= float(numbers @ values[columns]) <= high + 1e-9
    assert cost_of(asked, model.seating(values)) == pytest.approx(cost_of(asked, start))


def test_a_scale_is_exact_where_it_can_be() -> None:
    assert scale_of(np.array([1.0, 250.0])) == (1.0, True)
    assert scale_of(np.array([0.25, 3.0])) == (100.0, True)
    assert scale_of(np.array([1 / 3, 2.0])) == (500_000.0, False)


VPSOLVER = shutil.which("vbp2afg", path=str(Path(sys.executable).parent)) or shutil.which("vbp2afg")


@pytest.mark.skipif(VPSOLVER is None, reason="needs VPSolver's programs (extra bench)")
def test_vpsolver_packs_on_one_host_type() -> None:
    asked = Fleet(
        np.array([[6.0, 0.5], [6.0, 0.5], [4.0, 0.25], [4.0, 0.75]]), np.array([[10.0, 1.25]]), np.array([7.0]),
        np.array([9]),
    )  # fmt: skip
    answer = vpsolver(asked, 20.0)
    assert answer.seating is not None, answer.status
    assert broken(asked, answer.seating) == ()
    assert answer.cost == answer.bound == 14.0


def test_vpsolver_takes_no_other_fleet() -> None:
    with pytest.raises(ValueError, match="one host type"):
        vpsolver(fleet(), 1.0)
