"""Whole numbers for the kernels: what fits there fits in truth, and where steps allow it nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.packing.fleet.grains import grains_of
from cloudplan.packing.fleet.question import Fleet
from cloudplan.packing.fleet.rows import MOST, WIDTH, scaled


def fleet_of(demand: list[list[float]], size: list[list[float]]) -> Fleet:
    return Fleet(np.array(demand), np.array(size), np.ones(len(size)), np.ones(len(size), np.int64))


def test_the_largest_step_that_divides_all() -> None:
    demand = np.array([[2.0, 0.25, 1 / 3, 0.0, 0.1], [6.0, 0.5, 1.0, 0.0, 0.2]])
    assert grains_of(demand) == pytest.approx([2.0, 0.25, 0.0, 0.0, 0.1])
    assert grains_of(np.zeros((0, 2))).tolist() == [0.0, 0.0]


def test_hundredths_of_a_large_host_lose_nothing() -> None:
    # 153.6 vCPU are 15,360 hundredths: the size that once fell just beyond the rows
    rows = scaled(fleet_of([[0.07, 2.0], [102.4, 6.0]], [[153.6, 921.6], [51.2, 460.8]]))
    cpu, memory = rows.demand[:, 0], rows.demand[:, 1]
    assert int(cpu[1]) * 7 == int(cpu[0]) * 10240
    assert rows.size[0, 0] == int(cpu[0]) // 7 * 15360
    # memory comes in steps of 2 GiB, of which 921.6 hold 460
    assert rows.size[0, 1] == memory[0] * 460
    assert rows.demand.shape[1] == WIDTH


sizes = st.floats(1e-3, 1e6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1.0), min_size=1, max_size=12), sizes, st.booleans())
def test_what_fits_in_rows_fits_in_truth(shares: list[float], size: float, hundredths: bool) -> None:
    demand = np.array(shares) * size
    if hundredths:
        demand = np.round(demand, 2)
    rows = scaled(fleet_of(demand.reshape(-1, 1).tolist(), [[size]]))
    taken = rows.demand[:, 0].astype(np.int64)
    assert rows.size[0, 0] <= MOST
    for count in range(1, len(taken) + 1):
        if taken[:count].sum() <= rows.size[0, 0]:
            assert demand[:count].sum() <= size * (1 + 1e-9)


def test_a_type_without_limit_holds_all_there_is() -> None:
    rows = scaled(fleet_of([[3.0], [4.0], [5.0]], [[6.0], [np.inf]]))
    assert rows.demand[:, 0].sum() <= rows.size[1, 0]
    assert rows.demand[:2, 0].sum() > rows.size[0, 0]


def test_what_is_larger_than_every_host_fits_none() -> None:
    rows = scaled(fleet_of([[1e12], [1.0]], [[10.0]]))
    assert rows.demand[0, 0] > rows.size[0, 0] >= rows.demand[1, 0]
