"""The exact model against brute force, and the heuristic against the exact model."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cloudplan.findings import errors_in
from cloudplan.migration.calendar import windows
from cloudplan.migration.check import violations
from cloudplan.migration.closures import leaves_with
from cloudplan.migration.estate import ready_on, systems_on
from cloudplan.migration.exact import solve_exact, value
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.problem import MigrationProblem
from cloudplan.migration.rules import resolve
from cloudplan.migration.waves import plan_waves
from tests.migration.cases import random_problem


def brute_force(problem: MigrationProblem, room_weight: float) -> tuple[int, float, float]:
    """Try all windows of all systems, and judge each by the rules' words after every window.

    The least (systems left over, price of what is missed of soft rules, windows and open rooms).
    """
    soft = [rule for rule in resolve(problem.rule_options)[0] if rule.soft]
    ids = [m.system for m in problem.systems]
    calendar = windows(problem.options)
    last = len(calendar)
    running = systems_on(problem)
    rooms = [systems for systems in leaves_with(problem).values() if systems]
    best = (len(ids) + 1, 0.0, 0.0)
    for choice in product(range(last + 1), repeat=len(ids)):
        window_of = dict(zip(ids, choice, strict=True))
        cost = sum(choice) + room_weight * sum(max(window_of[s] for s in systems) for systems in rooms)
        ends = state_of(problem, {s: i for s, i in window_of.items() if i < last})
        key = (choice.count(last), sum(rule.soft * rule.missed(problem, ends) for rule in soft), cost)
        if key >= best:
            continue
        for w in sorted(set(choice) - {last}):
            moved = {s: i for s, i in window_of.items() if i <= w}
            emptied = {s: calendar[i].last_day for s, i in moved.items()}
            days = {h: ready_on(problem, host, emptied, running) for h, host in problem.hosts.items()}
            day = calendar[w].starts.date()
            hosts = [h for h, ready in days.items() if ready is not None and ready <= day]
            if errors_in(violations(problem, state_of(problem, moved, hosts))):
                break
        else:
            best = key
    return best


@pytest.mark.parametrize("seed", range(25))
def test_the_exact_model_equals_brute_force(seed: int) -> None:
    soft = (
        {"together": {"soft": 3}, "crew": {"soft": 2}, "freezes": {"soft": 7}, "order": {"soft": 5}} if seed % 3 else {}
    )
    soft |= {"department-load": {"most": 1, "soft": 2}} if seed % 3 > 1 else {}
    problem = random_problem(np.random.default_rng(1000 + seed), most=4, windows=4 - bool(soft), rule_options=soft)
    weight = [0.0, 0.5][seed % 2]
    exact = solve_exact(problem, room_weight=weight)
    assert (exact.left, exact.penalty, exact.value) == pytest.approx(brute_force(problem, weight), abs=1e-6)
    assert exact.bound == pytest.approx(exact.value)


def test_the_heuristic_is_never_better_than_the_exact_model_and_often_as_good() -> None:
    equal, all_moved = 0, 0
    for seed in range(80):
        problem = random_problem(np.random.default_rng(2000 + seed))
        plan, exact = plan_waves(problem), solve_exact(problem)
        got, least = (len(plan.unscheduled), value(problem, plan)), (exact.left, exact.value)
        assert got[0] > least[0] or (got[0] == least[0] and got[1] >= least[1] - 1e-6), seed
        equal += got == pytest.approx(least, abs=1e-6)
        all_moved += not plan.unscheduled
    assert equal >= 40
    assert 10 <= all_moved <= 70, "random cases must meet both"


def test_value_counts_windows_and_open_rooms() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C", outage_hours=99.0)],
        rooms={"s-A": "R1", "s-B": "R1", "s-C": "R2"},
        systems_per_wave=1,
        most_waves=4,
    )
    exact = solve_exact(problem, room_weight=10)
    # A and B in windows 0 and 1, C never (4); R1 is empty in window 1, R2 never
    assert exact.value == pytest.approx(0 + 1 + 4 + 10 * (1 + 4))
    assert value(problem, plan_waves(problem), room_weight=10) == pytest.approx(exact.value)
    assert sorted(exact.window_of.items()) in ([("A", 0), ("B", 1)], [("A", 1), ("B", 0)])


def test_more_systems_than_the_model_takes_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 6"):
        solve_exact(problem_of([moving(s) for s in "ABCDEFG"]))


def test_nothing_to_move_costs_nothing() -> None:
    assert solve_exact(problem_of([moving("A", "KEEP")])).value == 0
