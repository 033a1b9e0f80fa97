from __future__ import annotations

import numpy as np

from cloudplan.migration.clusters import clusters
from cloudplan.migration.example import moving, problem_of
from tests.migration.cases import random_problem


def test_pairs_join_and_order_them() -> None:
    problem = problem_of(
        [moving(s) for s in "ABCDE"], together=[("A", "C"), ("C", "E")], before=[("B", "C"), ("E", "D")]
    )
    found = clusters(problem)
    assert [c.systems for c in found] == [("A", "C", "E"), ("B",), ("D",)]
    assert [c.after for c in found] == [(1,), (), (0,)]


def test_a_circle_of_orders_is_one_cluster() -> None:
    problem = problem_of([moving(s) for s in "ABCD"], before=[("A", "B"), ("B", "C"), ("C", "A"), ("C", "D")])
    found = clusters(problem)
    assert [c.systems for c in found] == [("A", "B", "C"), ("D",)]
    assert found[1].after == (0,)


def test_a_circle_through_a_shared_wave_is_one_cluster() -> None:
    problem = problem_of([moving(s) for s in "ABC"], together=[("A", "C")], before=[("A", "B"), ("B", "C")])
    assert [c.systems for c in clusters(problem)] == [("A", "B", "C")]


def test_pairs_with_systems_that_stay_bind_nothing() -> None:
    problem = problem_of([moving("A"), moving("B", "KEEP")], together=[("A", "B")], before=[("B", "A"), ("X", "A")])
    assert [(c.systems, c.after) for c in clusters(problem)] == [(("A",), ())]


def test_a_carried_server_waits_for_what_else_runs_on_it() -> None:
    problem = problem_of(
        [moving("A", "RELOCATE"), moving("B"), moving("C", "RELOCATE")], servers={"A": "s", "B": "s", "C": "s"}
    )
    found = clusters(problem)
    assert [(c.systems, c.after) for c in found] == [(("A", "C"), (1,)), (("B",), ())]


def test_every_pair_is_kept_by_the_clusters() -> None:
    for seed in range(100):
        problem = random_problem(np.random.default_rng(seed))
        found = clusters(problem)
        home = {s: i for i, c in enumerate(found) for s in c.systems}
        assert sorted(home) == sorted(m.system for m in problem.systems)
        for a, b in problem.together:
            assert home[a] == home[b]
        for a, b in problem.before:
            assert home[a] == home[b] or home[a] in found[home[b]].after
