"""Requests on servers of two NUMA nodes: what a placement may, and that the fleet asked is never narrower than that."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from benchmarks import huawei
from benchmarks.data import data
from benchmarks.numa import BOTH, Placement, Requests, Servers, broken, first_fit, nodes_of, repaired
from cloudplan.packing.fleet import check
from cloudplan.packing.fleet.bound import least_cost
from cloudplan.packing.fleet.question import Seating

NONE = -1
FLAVOURS = np.array([(2, 4), (2, 8), (4, 8), (4, 16), (8, 16), (8, 32), (12, 24), (16, 64), (32, 64), (32, 128)])


def requests(
    need: list[tuple[int, int]],
    split: tuple[int, ...] = (),
    together: dict[int, int] | None = None,
    apart: dict[int, int] | None = None,
    spread: dict[int, tuple[int, int]] | None = None,
) -> Requests:
    """Say requests; groups by the number of the request."""
    n = len(need)

    def of(group: dict[int, int] | None) -> np.ndarray:
        return np.array([(group or {}).get(i, NONE) for i in range(n)], np.int64)

    spread = spread or {}
    return Requests(
        np.array(need, np.int64).reshape(n, 2),
        np.isin(np.arange(n), split),
        of(together),
        of(apart),
        of({i: g for i, (g, _) in spread.items()}),
        of({i: d for i, (_, d) in spread.items()}),
    )


def servers(*size: tuple[int, int, int, int], rack: list[int] | None = None) -> Servers:
    """Say servers, each in a rack of its own by default."""
    racks = rack if rack is not None else list(range(len(size)))
    return Servers(np.array(size, np.int64), np.array(racks, np.int64))


def put(*places: tuple[int, int]) -> Placement:
    """Say a placement by server and node."""
    host, node = zip(*places, strict=True)
    return Placement(np.array(host, np.int64), np.array(node, np.int64))


def test_each_limit_is_looked_at() -> None:
    two = servers((8, 32, 4, 16), (8, 32, 8, 32), rack=[0, 0])
    asked = requests([(4, 16), (8, 32)], split=(1,))
    assert broken(two, asked, put((0, 0), (1, BOTH))) == []
    assert broken(two, asked, put((0, 0), (0, BOTH))) == []
    assert broken(two, asked, put((0, 1), (0, BOTH))) == ["server 0 is overfull"]
    assert broken(two, asked, put((0, 0), (1, 0))) == ["request 1 stands on the wrong number of nodes"]
    assert broken(two, asked, put((0, 0), (-1, -1))) == ["request 1 has no place"]
    apart = requests([(2, 4), (2, 4)], apart={0: 3, 1: 3})
    assert broken(two, apart, put((0, 0), (0, 1))) == ["group 3 shares a server"]
    spread = requests([(2, 4), (2, 4)], spread={0: (5, 0), 1: (5, 1)})
    assert broken(two, spread, put((0, 0), (1, 0))) == ["domains of 5 share rack 0"]
    one_domain = requests([(2, 4), (2, 4)], spread={0: (5, 1), 1: (5, 1)})
    assert broken(two, one_domain, put((0, 0), (1, 0))) == []
    together = requests([(2, 4), (2, 4)], together={0: 1, 1: 1})
    assert broken(two, together, put((0, 0), (1, 0))) == []
    far = servers((8, 32, 4, 16), (8, 32, 8, 32))
    assert broken(far, together, put((0, 0), (1, 0))) == ["group 1 stands in 2 racks"]


@pytest.mark.parametrize("seed", range(60))
def test_requests_are_spread_over_nodes_wherever_that_is_possible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = rng.integers(8, 40, 4) * np.array([1, 3, 1, 3])
    need = FLAVOURS[rng.integers(len(FLAVOURS), size=5)]
    split = (need[:, 0] >= 32) & (rng.random(5) < 0.5)
    asked = Requests(need, split, *(np.full(5, NONE) for _ in range(4)))
    one = Servers(size[None, :], np.zeros(1, np.int64))
    ways = itertools.product(*[(BOTH,) if s else (0, 1) for s in split])
    possible = any(not broken(one, asked, put(*((0, node) for node in way))) for way in ways)
    nodes = nodes_of(size, need, split)
    assert (nodes is not None) == possible
    if nodes is not None:
        assert broken(one, asked, Placement(np.zeros(5, np.int64), nodes)) == []


@pytest.mark.parametrize("seed", range(30))
def test_whatever_stands_on_nodes_is_an_answer_of_the_fleet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, hosts = 30, 8
    some = Servers(rng.integers(10, 70, (hosts, 4)) * np.array([1, 3, 1, 3]), rng.integers(0, 3, hosts))
    need = FLAVOURS[rng.integers(len(FLAVOURS), size=n)]
    none = np.full(n, NONE, np.int64)
    asked = Requests(
        need,
        (need[:, 0] >= 32) & (rng.random(n) < 0.7),
        none,
        np.where(rng.random(n) < 0.2, 0, NONE),
        np.where(rng.random(n) < 0.2, 0, NONE),
        rng.integers(0, 2, n),
    )
    found = first_fit(some, asked, rng.permutation(n), rng.permutation(hosts))
    fleet = huawei.narrowed(some, asked)
    used = np.isin(np.arange(hosts), found.host)
    kind = np.where(used, fleet.standing, -1)
    assert check.broken(fleet, Seating(kind, some.rack, found.host)) == ()
    if (found.host >= 0).all():
        assert least_cost(fleet).value <= found.used


def test_requests_without_room_on_a_node_move() -> None:
    # 24 vCPU in all, but neither node takes two of 8
    some = servers((12, 48, 12, 48), (12, 48, 12, 48), rack=[0, 0])
    asked = requests([(8, 16)] * 3)
    placement, moved = repaired(some, asked, np.array([0, 0, 0]))
    assert moved == 1
    assert broken(some, asked, placement) == []
    assert placement.used == 2


def test_a_group_is_put_together_in_the_first_rack_that_takes_it() -> None:
    some = servers((8, 32, 0, 0), (8, 32, 0, 0), (8, 32, 8, 32), rack=[0, 1, 1])
    asked = requests([(8, 32), (8, 32), (2, 4)], together={0: 0, 1: 0})
    found = first_fit(some, asked, np.arange(3), np.arange(3))
    assert broken(some, asked, found) == []
    assert found.host.tolist() == [1, 2, 0]


FOLDER = data("huawei")
DATA = pytest.mark.skipif(not FOLDER.exists(), reason="the data isn't here (CLOUDPLAN_DATA)")


@DATA
def test_the_files_are_read() -> None:
    some = huawei.read_servers(FOLDER)
    assert some.size.shape == (1710, 4)
    assert some.size[0].tolist() == [16, 32, 32, 64]
    assert np.unique(some.rack).tolist() == list(range(100))
    asked = huawei.read_requests(FOLDER / "VM_data_C1.xlsx")
    assert asked.need.sum(axis=0).tolist() == [64616, 164748]
    assert int(asked.split.sum()) == 1308
    assert [int((g >= 0).sum()) for g in (asked.together, asked.apart, asked.spread)] == [530, 532, 1173]
    assert np.unique(asked.domain[asked.spread >= 0]).tolist() == [0, 1, 2]
    assert huawei.ratios(asked) == (2.0, 4.0)


@DATA
def test_first_fit_keeps_every_limit_of_the_first_sequence() -> None:
    some = huawei.read_servers(FOLDER)
    asked = huawei.read_requests(FOLDER / "VM_data_C1.xlsx")
    *_, (items, hosts) = huawei.orders(some, asked).values()
    found = first_fit(some, asked, items, hosts)
    assert broken(some, asked, found) == []
    assert found.used == 792


def test_others_make_room_for_a_member_in_the_rack_of_its_group() -> None:
    some = servers((12, 48, 12, 48), (12, 48, 12, 48), rack=[0, 1])
    # the first two are together in rack 0; a node takes only one of 8 vCPU beside one of 4
    asked = requests([(8, 16), (8, 16), (8, 16)], together={0: 0, 1: 0})
    placement, moved = repaired(some, asked, np.array([0, -1, 0]))
    assert broken(some, asked, placement) == []
    assert placement.host.tolist() == [0, 0, 1]
    assert moved == 2
