"""Static vector packing: packings hold, bounds are proofs, and small instances are packed as well as can be."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import vectorpack
from cloudplan.packing.vectors import columns
from cloudplan.packing.vectors.certificate import Certificate, certificate, check
from cloudplan.packing.vectors.columns import Bound
from cloudplan.packing.vectors.cover import cover
from cloudplan.packing.vectors.dive import dive
from cloudplan.packing.vectors.instance import VectorInstance, VectorPacking
from cloudplan.packing.vectors.master import Master
from cloudplan.packing.vectors.pricing import price
from cloudplan.packing.vectors.solve import solve
from cloudplan.packing.vectors.tight import pack_triples

SLOW = settings(max_examples=60, deadline=None, derandomize=True)


@st.composite
def instances(draw: st.DrawFn, most: int = 6, least: int = 0) -> VectorInstance:
    d = draw(st.integers(1, 3))
    capacity = draw(st.lists(st.integers(5, 12), min_size=d, max_size=d))
    sizes = draw(st.lists(st.tuples(*(st.integers(least, c) for c in capacity)), min_size=1, max_size=most))
    demand = draw(st.lists(st.integers(1, 2), min_size=len(sizes), max_size=len(sizes)))
    return VectorInstance(np.array(capacity), np.array(sizes), np.array(demand))


def patterns(instance: VectorInstance) -> list[np.ndarray]:
    """Every pattern that fits a bin."""
    ranges = (range(int(n) + 1) for n in instance.demand)
    return [
        np.array(p) for p in itertools.product(*ranges) if (np.array(p) @ instance.sizes <= instance.capacity).all()
    ]


def fewest(instance: VectorInstance) -> int:
    """Fewest bins, by trying everything."""
    fitting = [p for p in patterns(instance) if p.any()]
    reached, bins = {tuple(instance.demand)}, 0
    while tuple(np.zeros(len(instance.demand), int)) not in reached:
        reached = {tuple(np.array(left) - p) for left in reached for p in fitting if (p <= np.array(left)).all()}
        bins += 1
    return bins


@given(instances(), st.integers(0, 2**20))
@SLOW
def test_the_best_pattern_is_found(instance: VectorInstance, seed: int) -> None:
    prices = np.random.default_rng(seed).uniform(0, 1, len(instance.demand))
    found = price(instance.capacity.astype(float), instance.sizes.astype(float), instance.demand, prices)
    assert found.bound == found.value
    assert found.value == pytest.approx(max(1.0, max(float(p @ prices) for p in patterns(instance))))
    for pattern in found.patterns:
        assert (pattern @ instance.sizes <= instance.capacity).all()
        assert (pattern <= instance.demand).all()
        assert pattern @ prices > 1


@given(instances(), st.integers(0, 2**20))
@SLOW
def test_a_search_cut_short_bounds_what_a_pattern_is_worth(instance: VectorInstance, seed: int) -> None:
    prices = np.random.default_rng(seed).uniform(0, 1, len(instance.demand))
    found = price(instance.capacity.astype(float), instance.sizes.astype(float), instance.demand, prices, each=1)
    assert found.bound >= max(float(p @ prices) for p in patterns(instance)) - 1e-9
    assert found.value <= found.bound


@given(instances())
@SLOW
def test_a_bound_from_searches_cut_short_is_none_too_many(instance: VectorInstance) -> None:
    bound = Bound()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "EFFORTS", (1,))
        columns.generate(instance, Master(instance.demand), instance.demand, bound, float("inf"), 10**9)
    assert bound.bins <= fewest(instance)


@given(instances(), st.integers(0, 2**20))
@SLOW
def test_a_dive_that_fails_still_packs(instance: VectorInstance, seed: int) -> None:
    master, most = Master(instance.demand), instance.items
    # one bin fewer than can be: the best that it met comes back, not nothing
    rng = np.random.default_rng(seed)
    packed = dive(instance, master, fewest(instance) - 1, most, 4, float("inf"), rng)
    assert packed is not None
    assert len(packed) <= most
    assert packed.sum(axis=0).tolist() == instance.demand.tolist()
    assert (packed @ instance.sizes <= instance.capacity).all()


@given(instances())
@SLOW
def test_small_instances_are_packed_as_well_as_can_be(instance: VectorInstance) -> None:
    solved = solve(instance, 2.0)
    assert solved.packing.faults(instance) == []
    assert solved.packing.bins == fewest(instance)
    assert solved.bound.bins <= solved.packing.bins


@given(instances(most=5, least=-3))
@SLOW
def test_sizes_may_be_negative(instance: VectorInstance) -> None:
    solved = solve(instance, 0.5)
    assert solved.packing.faults(instance) == []
    assert solved.bound.bins <= fewest(instance)


@given(instances())
@SLOW
def test_a_certificate_holds_and_one_that_claims_more_does_not(instance: VectorInstance) -> None:
    solved = solve(instance, 2.0)
    proof = certificate(instance, solved.bound)
    assert check(instance, proof) is True
    assert proof.bins(instance) <= fewest(instance)
    best = max(int(p @ proof.prices) for p in patterns(instance))
    if best > 0:
        exact = Certificate(proof.prices, best)
        assert check(instance, exact) is True
        if best > 1:
            assert check(instance, Certificate(proof.prices, best - 1)) is False


def test_a_check_that_is_cut_short_proves_nothing() -> None:
    rng = np.random.default_rng(1)
    instance = VectorInstance(np.array([100, 100]), rng.integers(1, 9, (30, 2)), np.ones(30, int))
    assert check(instance, Certificate(rng.integers(1, 99, 30), 10**6), limit=10) is True
    prices = instance.sizes.sum(axis=1)
    assert check(instance, Certificate(prices, 199), limit=10) is None


def test_triples_that_waste_nothing_are_found() -> None:
    rng = np.random.default_rng(3)
    capacity = np.array([100, 100, 100, 100])
    parts = rng.integers(20, 45, (40, 2, 4))
    sizes = np.concatenate([parts[:, 0], parts[:, 1], capacity - parts.sum(axis=1)])
    instance = VectorInstance(capacity, sizes[rng.permutation(120)], np.ones(120, int))
    bin_of = pack_triples(instance, 40, float("inf"), rng)
    assert bin_of is not None
    assert VectorPacking(bin_of).faults(instance) == []
    assert VectorPacking(bin_of).bins == 40
    looser = VectorInstance(capacity + 1, instance.sizes, instance.demand)
    assert pack_triples(looser, 40, float("inf"), rng) is None


def test_an_exact_cover_is_found_among_many_triples() -> None:
    rng = np.random.default_rng(2)
    planted = rng.permutation(180).reshape(60, 3)
    others = np.array([rng.choice(180, 3, replace=False) for _ in range(900)])
    triples = np.concatenate([others, planted])
    chosen = cover(triples, 180, float("inf"), rng)
    assert chosen is not None
    assert sorted(triples[chosen].ravel().tolist()) == list(range(180))


def test_where_no_exact_cover_is_the_search_ends() -> None:
    triples = np.array([[0, 1, 2], [0, 1, 3], [2, 3, 4], [1, 4, 5]])
    assert cover(triples, 6, float("inf"), np.random.default_rng(1)) is None


def test_faults_are_named() -> None:
    instance = VectorInstance(np.array([5]), np.array([[3]]), np.array([2]))
    assert VectorPacking(np.array([0, 0])).faults(instance) == ["bin 0 holds 6 of 5 in dimension 0"]
    assert VectorPacking(np.array([0, -1])).faults(instance) == ["an item has no bin"]
    assert VectorPacking(np.array([0])).faults(instance) == ["1 items for 2"]


def test_same_seed_same_packing() -> None:
    rng = np.random.default_rng(5)
    instance = VectorInstance(np.array([100] * 3), rng.integers(15, 60, (90, 3)), np.ones(90, int))
    one, other = (solve(instance, float("inf"), seed=7) for _ in range(2))
    assert one.proved
    assert one.how == "dive"
    assert one.packing.bin_of.tolist() == other.packing.bin_of.tolist()


def test_the_runner_writes_what_a_stranger_can_check(tmp_path: Path) -> None:
    (tmp_path / "fam").mkdir()
    file = tmp_path / "fam" / "one.vbp"
    file.write_text("2\n10 10\n3\n5 4 2\n6 3 1\n1 9 1\n", "utf-8")
    out = tmp_path / "out.csv"
    assert (
        vectorpack.main([str(file), "--seconds", "1", "--csv", str(out), "--assignment", str(tmp_path / "bins")]) == 0
    )
    with out.open(encoding="utf-8", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert (row["family"], row["instance"], row["hosts"], row["bound"]) == ("fam", "one", "3", "3")
    bins = [int(line) for line in (tmp_path / "bins" / "fam" / "one.txt").read_text("utf-8").split()]
    assert VectorPacking(np.array(bins)).faults(vectorpack.read(file)) == []
