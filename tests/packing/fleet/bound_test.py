"""The fleet's bound on pools that can be reckoned by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cloudplan.packing.fleet import bound, program
from cloudplan.packing.fleet.bound import cheapest, least_cost
from cloudplan.packing.fleet.needs import needs_of
from cloudplan.packing.fleet.question import Apart, Fleet, Racks
from cloudplan.packing.fleet.rack_ways import rack_ways

TEN = Fleet(demand=np.full((10, 1), 3.0), size=np.array([[10.0]]), price=np.array([100.0]), most=np.array([20]))


def value(fleet: Fleet) -> float:
    return least_cost(fleet).value


def test_volume_in_whole_hosts_and_items_over_a_third() -> None:
    # 30 of 10 is three hosts by volume; four, as three items of 3 share one
    assert value(TEN) == pytest.approx(400, rel=1e-5)
    assert value(replace(TEN, demand=np.full((10, 1), 1.0))) == pytest.approx(100, rel=1e-5)


def test_peaks_in_different_slots_share_a_host() -> None:
    demand = np.array([[6.0, 1.0], [1.0, 6.0]])
    two = Fleet(demand=demand, size=np.array([[10.0, 10.0]]), price=np.array([100.0]), most=np.array([5]), slots=2)
    assert value(two) == pytest.approx(100, rel=1e-5)


def test_spares_are_of_the_largest_type_in_use() -> None:
    fleet = Fleet(
        demand=np.array([[8.0]]), size=np.array([[4.0], [10.0]]), price=np.array([10.0, 100.0]), most=np.array([9, 9]),
        spares=2,
    )  # fmt: skip
    assert value(fleet) == pytest.approx(300, rel=1e-5)
    assert value(replace(fleet, most=np.array([9, 2]))) == math.inf


def test_groups_apart_by_host_and_by_rack() -> None:
    apart = replace(TEN, demand=np.full((10, 1), 0.1), apart=(Apart((0, 1, 2)),))
    assert value(apart) == pytest.approx(300, rel=1e-5)
    labels = replace(apart, apart=(Apart((0, 1, 2), "host", (4, 4, 5)),))
    assert value(labels) == pytest.approx(200, rel=1e-5)
    racks = Racks(np.zeros(4, np.int64), height_u=40.0, power_w=math.inf, price=7.0)
    by_rack = replace(apart, apart=(Apart((0, 1), "rack"),), racks=racks, height_u=np.array([2.0]))
    assert value(by_rack) == pytest.approx(200 + 14, rel=1e-5)


def test_a_rack_takes_whole_hosts() -> None:
    # ten hosts of 620 W: twelve go into a rack by power, ten of 760 W leave nothing for another make
    racks = Racks(np.zeros(9, np.int64), height_u=42.0, power_w=8000.0, price=1000.0)
    assert sorted(rack_ways(racks, np.array([[2.0, 760.0]])) or []) == [(10,)]
    ways = rack_ways(racks, np.array([[2.0, 620.0], [2.0, 760.0]])) or []
    assert (0, 10) in ways
    assert (1, 9) in ways
    assert (12, 0) in ways
    assert all(620 * a + 760 * b <= 8000 < 620 * a + 760 * b + 620 for a, b in ways)
    fleet = Fleet(
        demand=np.full((11, 1), 10.0), size=TEN.size, price=TEN.price, most=TEN.most, racks=racks,
        height_u=np.array([2.0]), power_w=np.array([760.0]),
    )  # fmt: skip
    assert value(fleet) == pytest.approx(11 * 100 + 2 * 1000, rel=1e-5)


def test_power_at_load_where_types_differ() -> None:
    # 16 of load in the one slot: the frugal host carries 10 of it, the other 6
    fleet = Fleet(
        demand=np.full((4, 1), 4.0), size=np.array([[10.0], [10.0]]), price=np.array([100.0, 100.0]),
        most=np.array([1, 9]), load=np.full(4, 4.0), load_price=np.array([1.0, 3.0]), slots=1,
    )  # fmt: skip
    assert value(fleet) == pytest.approx(200 + 10 * 1 + 6 * 3, rel=1e-5)


def test_licences_by_volume_of_the_items_that_need_them() -> None:
    fleet = replace(TEN, licences=np.array([1] * 4 + [0] * 6), licence_price=np.array([5.0]), sockets=np.array([2.0]))
    assert value(fleet) == pytest.approx(400 + 2 * 2 * 5, rel=1e-5)


def test_a_host_given_up_pays_for_the_moves_of_its_items() -> None:
    fleet = Fleet(
        demand=np.full((4, 1), 2.0),
        size=TEN.size,
        price=TEN.price,
        most=TEN.most,
        standing=np.array([0, 0]),
        home=np.array([0, 0, 1, 1]),
        move_price=np.array([30.0, 30.0, 20.0, 20.0]),
    )
    assert value(fleet) == pytest.approx(140, rel=1e-5)
    assert least_cost(fleet).mixes[0].kept.tolist() == [True, False]


def test_the_next_mix_is_dearer_and_a_share_more_asks_for_more() -> None:
    needs = needs_of(TEN)
    first = cheapest(TEN, needs, -1)
    assert cheapest(TEN, needs, -1, above=first.hosts + 1).hosts == pytest.approx(500)
    assert cheapest(TEN, needs, -1, inflate=0.9).fresh.tolist() == [7]
    assert cheapest(TEN, needs, -1, inflate=99.0).hosts == math.inf


def test_what_fits_nowhere_has_no_bound() -> None:
    assert value(replace(TEN, demand=np.full((10, 1), 11.0))) == math.inf
    assert value(replace(TEN, allowed=np.zeros((10, 1), np.bool_))) == math.inf
    assert value(replace(TEN, most=np.array([3]))) == math.inf


def test_slots_put_together_cost_what_their_mean_does(monkeypatch: pytest.MonkeyPatch) -> None:
    # 16 and 8 of load, 12 on average: the frugal host carries 10 of it
    monkeypatch.setattr(bound, "GROUPS", 1)
    fleet = Fleet(
        demand=np.tile([4.0, 2.0], (4, 1)), size=np.full((2, 2), 10.0), price=np.array([100.0, 100.0]),
        most=np.array([1, 9]), load=np.full(4, 3.0), load_price=np.array([1.0, 3.0]), slots=2,
    )  # fmt: skip
    assert value(fleet) == pytest.approx(200 + 10 * 1 + 2 * 3, rel=1e-5)


def test_items_without_a_home_move_for_nothing() -> None:
    fleet = Fleet(
        demand=np.full((3, 1), 2.0), size=TEN.size, price=TEN.price, most=TEN.most, standing=np.array([0]),
        home=np.array([0, -1, -1]), move_price=np.array([30.0, 500.0, 500.0]),
    )  # fmt: skip
    assert value(fleet) == pytest.approx(100, rel=1e-5)


def test_spares_take_their_place_in_racks() -> None:
    racks = Racks(np.zeros(9, np.int64), height_u=4.0, power_w=math.inf, price=7.0)
    fleet = replace(TEN, demand=np.full((10, 1), 2.0), racks=racks, height_u=np.array([2.0]), spares=1)
    assert value(fleet) == pytest.approx(300 + 2 * 7, rel=1e-5)


def test_a_solver_that_stops_at_once_proves_little_but_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "NODES", 0)
    assert 0 <= value(TEN) <= 400
