"""Exact, heuristic and bound against brute force and each other, on pools small enough to try everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from cloudplan.packing.bound import host_mix_bound
from cloudplan.packing.check import violations
from cloudplan.packing.exact import solve_exact
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.pack import pack
from cloudplan.packing.problem import PackingProblem
from tests.packing.cases import random_problem

ALL_ON: dict[str, object] = {
    "ha-separation": {"rack": True},
    "most-workloads": {"most": 3},
    "affinity": {"groups": [["w0", "w1"]]},
}


def every_packing(problem: PackingProblem) -> Iterator[dict[str, str]]:
    places = (None, *(host.host for host in problem.hosts))
    for choice in product(places, repeat=len(problem.workloads)):
        yield {w: h for w, h in zip(problem.workloads, choice, strict=True) if h is not None}


def brute(problem: PackingProblem) -> tuple[int, int]:
    """Fewest workloads left over, then fewest hosts, over every packing that the words accept."""
    return min(
        (len(problem.workloads) - len(host_of), len(set(host_of.values())))
        for host_of in every_packing(problem)
        if not violations(problem, state_of(problem, host_of))
    )


def draw(seed: int) -> PackingProblem:
    rng = np.random.default_rng(seed)
    options = ALL_ON if seed % 3 == 0 else {}
    return random_problem(
        rng, int(rng.integers(2, 6)), 3, spare_hosts=int(rng.integers(0, 2)), options=options, pins=seed % 2,
        named_spares=seed % 4 == 0,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(24))
def test_exact_is_brute_force(seed: int) -> None:
    problem = draw(seed)
    answer = solve_exact(problem)
    assert (len(answer.unplaced), answer.hosts_used) == brute(problem)
    assert not violations(problem, state_of(problem, answer.host_of))


def test_bound_exact_heuristic_in_order() -> None:
    equal = tight = 0
    for seed in range(100, 150):
        rng = np.random.default_rng(seed)
        options = ALL_ON if seed % 2 else {}
        problem = random_problem(rng, int(rng.integers(3, 11)), 5, spare_hosts=int(seed % 3 == 0), options=options)
        exact, found = solve_exact(problem), pack(problem)
        assert not violations(problem, state_of(problem, found.host_of))
        assert set(found.host_of) | set(found.unplaced) == set(problem.workloads)
        assert len(found.unplaced) >= len(exact.unplaced)
        assert found.bound <= found.hosts_used
        if not exact.unplaced:
            proof = host_mix_bound(problem)
            assert proof.feasible
            assert proof.value <= exact.hosts_used
            if not found.unplaced:
                assert exact.hosts_used <= found.hosts_used
            equal += (len(found.unplaced), found.hosts_used) == (0, exact.hosts_used)
            tight += proof.value == exact.hosts_used
        else:
            equal += (len(found.unplaced), found.hosts_used) == (len(exact.unplaced), exact.hosts_used)
    assert equal >= 40, "the heuristic is to find the optimum of most small pools"
    assert tight >= 15, "the bound is to be tight on many small pools"


def test_infinite_bound_means_no_packing() -> None:
    met = 0
    for seed in range(200, 240):
        problem = random_problem(np.random.default_rng(seed), 6, 2)
        if not host_mix_bound(problem).feasible:
            met += 1
            assert solve_exact(problem).unplaced
    assert met >= 5


def cheapest(problem: PackingProblem, cost: dict[str, float]) -> float:
    kind_of = {host.host: host.kind for host in problem.hosts}
    return min(
        sum(cost[kind_of[host]] for host in set(host_of.values()))
        for host_of in every_packing(problem)
        if len(host_of) == len(problem.workloads) and not violations(problem, state_of(problem, host_of))
    )


def test_cheapest_mix_never_exceeds_the_cheapest_packing() -> None:
    cost = {"s": 3.0, "m": 4.5, "l": 7.0}
    met = 0
    for seed in range(30):
        problem = random_problem(np.random.default_rng(seed), 4, 3)
        if solve_exact(problem).unplaced:
            continue
        met += 1
        proof = host_mix_bound(problem, cost)
        assert proof.value <= cheapest(problem, cost) + 1e-9
        assert sum(cost[kind] * count for kind, count in proof.mix.items()) == pytest.approx(proof.value, rel=1e-4)
    assert met >= 10


def test_too_many_workloads_for_the_exact_model() -> None:
    problem = problem_of({f"w{i}": [1] for i in range(13)}, {"h1": "large"})
    with pytest.raises(ValueError, match="12"):
        solve_exact(problem)


def test_nothing_to_pack() -> None:
    none = problem_of({"a": [1]}, {"h1": "large"}).only(())
    for method in (solve_exact, pack):
        assert (method(none).hosts_used, method(none).unplaced) == (0, ())
        homeless = method(replace(problem_of({"a": [1]}, {}), spare_hosts=1))
        assert (homeless.hosts_used, homeless.unplaced) == (0, ("a",))
