"""No bound excludes what brute force finds; and where few plans are far apart, the bound often says so."""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations

import networkx as nx
import pytest

from cloudplan.findings import errors_in
from cloudplan.frontier.proof import prove
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, refusals_of, resolve
from cloudplan.placement.solve import solve, violations
from cloudplan.placement.terms import cost
from cloudplan.state import State
from tests.placement.brute_estates import tiny_estate
from tests.placement.brute_force_test import OF_HOSTS, OF_SEATS, host_sets, seatings

ASKED = 5
Outcome = tuple[tuple[str, tuple[str, ...]], ...]


def outcome(problem: PlacementProblem, state: State) -> Outcome:
    """Of every system its disposition, and the pools of its components."""
    return tuple(
        (state.dispositions[s], tuple(state.seats[c].pool if c in state.seats else "" for c in problem.of_system[s]))
        for s in problem.options
    )


@cache
def cheapest_of_each(seed: int) -> dict[Outcome, float]:
    """The least cost of everything that may become of the systems, by trying out all placements."""
    problem = tiny_estate(seed)
    rules, _ = resolve(problem.scenario.rules)
    by_name: dict[str, PlacementRule] = {rule.name(): rule for rule in rules}
    of_hosts = [rule for name, rule in by_name.items() if name in OF_HOSTS]
    of_seats = [rule for name, rule in by_name.items() if name in OF_SEATS]
    others = [rule for name, rule in by_name.items() if name not in OF_HOSTS | OF_SEATS]
    hosts = [found for found in host_sets(problem) if not errors_in(violations(problem, of_hosts, State(hosts=found)))]
    best: dict[Outcome, float] = {}
    for dispositions, seats in seatings(problem):
        if errors_in(violations(problem, of_seats, State(dispositions=dispositions, seats=seats))):
            continue
        for found in hosts:
            state = State(dispositions=dispositions, seats=seats, hosts=found)
            price, key = cost(problem, state, rules), outcome(problem, state)
            if price < best.get(key, math.inf) and not errors_in(violations(problem, others, state)):
                best[key] = price
    return best


def most_apart(outcomes: list[Outcome], apart: int) -> int:
    """How many can be chosen that are pairwise apart: the largest clique."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(outcomes)))
    graph.add_edges_from(
        (a, b)
        for a, b in combinations(range(len(outcomes)), 2)
        if sum(x != y for x, y in zip(outcomes[a], outcomes[b], strict=True)) >= apart
    )
    return max((len(clique) for clique in nx.find_cliques(graph)), default=0)


@cache
def judged(seed: int, share: float, apart: int) -> tuple[int, int | None]:
    """How many there are by brute force, and how many there can be at most by the proof."""
    problem = tiny_estate(seed)
    rules, _ = resolve(problem.scenario.rules)
    best = cheapest_of_each(seed)
    budget = (1.0 + share) * min(best.values())
    near = [key for key, price in best.items() if price <= budget + 1e-6]
    exist = min(most_apart(near, apart), ASKED)
    proof = prove(problem, rules, refusals_of(problem, rules), budget + 1e-6, apart, exist, ASKED)
    return exist, proof.most


SEEDS = (4, 7, 8, 12, 13, 14, 17, 20, 23, 24, 28)
"""Estates in which something holds."""

CASES = [(seed, share, apart) for seed in SEEDS for share in (0.02, 0.3) for apart in (1, 2)]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_never_excludes_what_exists(seed: int) -> None:
    for case in CASES:
        if case[0] == seed:
            exist, most = judged(*case)
            assert most is None or most >= exist, case


def test_the_bound_often_excludes_what_does_not_exist() -> None:
    fewer = [(exist, most) for exist, most in (judged(*case) for case in CASES) if exist < ASKED]
    settled = sum(most == exist for exist, most in fewer)
    assert len(fewer) >= 15
    assert settled >= 0.8 * len(fewer), f"{settled} of {len(fewer)}"


def test_one_system_with_one_place_has_one_plan() -> None:
    problem = example.problem(lock="REHOST")
    rules, _ = resolve(problem.scenario.rules)
    proof = prove(problem, rules, refusals_of(problem, rules), 1e9, 1, 1, ASKED)
    assert proof.most == 1
    assert proof.sums == {2: (0.0, 1.0)}


def test_two_places_make_two_plans_and_three_are_excluded() -> None:
    """Of three plans of one system with two places, two pairs differ at most, and three would have to."""
    problem = example.problem(pools={"CITY": example.CITY})
    rules, _ = resolve(problem.scenario.rules)
    proof = prove(problem, rules, refusals_of(problem, rules), 1e9, 1, 2, ASKED)
    assert proof.most == 2
    assert proof.sums[3] == (pytest.approx(2.0), 3.0)


def test_a_budget_that_only_one_place_keeps_leaves_one_plan() -> None:
    """The relaxation buys a tenth of a host and sees two plans; whole placements show that there is but one."""
    problem = example.problem(pools={"CITY": example.CITY})
    rules, _ = resolve(problem.scenario.rules)
    refusals = refusals_of(problem, rules)
    prices = []
    for pool in ("P", "CITY"):
        locked = example.problem(pools={"CITY": example.CITY}, lock_pool=pool)
        prices.append(solve(locked, resolve(locked.scenario.rules)[0]).objective)
    low, high = sorted(prices)
    between = prove(problem, rules, refusals, (low + high) / 2, 1, 1, 2)
    assert between.most == 1
    assert between.whole == (2,)
    assert prove(problem, rules, refusals, high + 1.0, 1, 1, 2).most is None
