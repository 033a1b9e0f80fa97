"""The check of an answer: each limit broken on purpose is named, and a sound answer is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.question import Apart, Fleet, Racks, Seating

FLEET = Fleet(
    demand=np.array([[4.0, 1.0], [4.0, 1.0], [2.0, 1.0]]),
    size=np.array([[8.0, 9.0], [10.0, 9.0]]),
    price=np.array([1.0, 2.0]),
    most=np.array([3, 2]),
    spares=1,
    apart=(Apart((0, 1), "rack"),),
    allowed=np.array([[True, True], [True, True], [True, False]]),
    racks=Racks(np.array([0, 0, 1]), height_u=4.0, power_w=700.0),
    height_u=np.array([2.0, 2.0]),
    power_w=np.array([300.0, 400.0]),
    standing=np.array([0]),
    standing_rack=np.array([0]),
)
SOUND = Seating(np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([0, 1, 0]))


def limits(fleet: Fleet, **changed: list[int]) -> set[str]:
    seating = replace(SOUND, **{name: np.array(value) for name, value in changed.items()})
    return {fault.limit for fault in broken(fleet, seating)}


def test_a_sound_answer_breaks_nothing() -> None:
    assert limits(FLEET) == set()
    assert limits(FLEET, host_of=[0, 1, -1]) == set()


@pytest.mark.parametrize(
    ("changed", "limit"),
    [
        ({"host_of": [0, 1]}, "shape"),
        ({"host_of": [0, 1, 3]}, "shape"),
        ({"host_type": [-1, 0, 0]}, "shape"),
        ({"host_type": [0, 0, 2]}, "shape"),
        ({"host_of": [0, 0, 0]}, "capacity"),
        ({"host_type": [0, 1, 1], "host_of": [0, 1, 1]}, "allowed"),
        ({"host_of": [0, 0, 1]}, "apart"),
        ({"rack": [0, 0, 1]}, "apart"),
        ({"host_type": [0, 0, 0, 0], "rack": [0, 1, 1, 2]}, "most"),
        ({"host_of": [0, 1, 2]}, "spares"),
        ({"host_type": [0, 1, 0]}, "spares"),
        ({"host_type": [1, 0, 1]}, "standing"),
        ({"rack": [2, 1, 1]}, "standing"),
        ({"rack": [0, 1, 3]}, "rack"),
        ({"rack": [0, 1, -1]}, "rack"),
        ({"host_type": [0, 1, 1], "host_of": [0, 1, 0]}, "rack_size"),
    ],
)
def test_each_limit_is_looked_at(changed: dict[str, list[int]], limit: str) -> None:
    assert limit in limits(FLEET, **changed)


def test_labels_and_rooms() -> None:
    by_label = replace(FLEET, apart=(Apart((0, 1), "rack", (5, 5)),))
    assert limits(by_label, rack=[0, 0, 1]) == set()
    by_room = replace(FLEET, apart=(Apart((0, 1), "room"),))
    assert limits(by_room) == {"apart"}
    assert limits(by_room, rack=[0, 2, 1]) == set()


def test_without_racks_each_host_is_its_own() -> None:
    plain = replace(FLEET, racks=None, standing_rack=np.array([-1]))
    assert limits(plain, rack=[0, 1, 2]) == set()


def test_tolerance_is_for_sums_of_floats_only() -> None:
    tight = replace(FLEET, demand=np.array([[4.0, 1.0], [4.0, 1.0], [4.0 + 1e-10, 1.0]]))
    assert limits(tight) == set()
    over = replace(FLEET, demand=np.array([[4.0, 1.0], [4.0, 1.0], [4.0 + 1e-6, 1.0]]))
    assert limits(over) == {"capacity"}


def test_shapes_that_do_not_agree_are_refused() -> None:
    with pytest.raises(ValueError, match="load"):
        replace(FLEET, load=np.zeros(2))
    with pytest.raises(ValueError, match="most"):
        replace(FLEET, most=np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="less than nothing"):
        replace(FLEET, demand=-FLEET.demand)
