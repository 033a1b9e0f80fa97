"""The rows that tighten cost nothing: over random estates the optimum is the same with and without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from cloudplan.placement import example
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.placement.sizes import hosted, of_kind
from cloudplan.placement.solver import Answer, run
from cloudplan.placement.strengthen import NEVER_MORE, strengthen
from cloudplan.scenario import CapacityOptions, SolverOptions
from tests.placement.brute_estates import tiny_estate
from tests.placement.cases import random_problem

ESTATES = 60
LEFT_OUT = (
    "architecture", "conduits", "level-four", "level-separation", "locks", "opening", "platform-level",
    "purchases", "zone",
)  # fmt: skip
"""Rules that leave most random estates without an answer, and that no row leans on."""
EXACT = SolverOptions(gap=0.0)


def answer(problem: PlacementProblem, strong: bool, allowance: dict[str, float], relaxed: bool = False) -> Answer:
    """The least cost under the rules, to optimality; every choice that is refused is left out."""
    rules, _ = resolve({**problem.scenario.rules, **dict.fromkeys(LEFT_OUT, False)})
    model = build_model(problem, rules, refusals_of(problem, rules), (0, 168), allowance)
    if strong:
        strengthen(model, problem, rules)
    return run(model, problem.scenario.model_copy(update={"solver": EXACT}), relaxed)


@pytest.mark.parametrize("batch", range(4))
def test_the_optimum_stays(batch: int) -> None:
    solved = 0
    for seed in range(batch * ESTATES // 4, (batch + 1) * ESTATES // 4):
        problem = random_problem(np.random.default_rng(seed)) if seed % 2 else tiny_estate(seed // 2)
        allowance = {"P": 0.5, "Q": 0.2} if seed % 3 == 0 else {}
        plain, strong = (answer(problem, tight, allowance) for tight in (False, True))
        assert plain.status == strong.status, seed
        if plain.status == "solved":
            assert strong.objective == pytest.approx(plain.objective, rel=1e-6, abs=1e-3), seed
            low, high = (answer(problem, tight, allowance, relaxed=True).objective for tight in (False, True))
            assert high >= low - 1e-6 * abs(low), seed
            solved += 1
    assert solved >= 5


def busy(hosts: int, **scenario: Any) -> PlacementProblem:
    """Workloads that fill so many hosts: one of 12 vCPU fills a host of 16 threads, of which 80 % may be used."""
    rows = {f"A{n}": {"vcpu": 12.0} for n in range(1, hosts + 1)}
    return example.problem(workloads=rows, scenario=scenario)


def test_a_pool_may_have_all_the_hosts_that_it_needs() -> None:
    # were the bound on loaded hosts one too low, this would have no answer
    for hosts in (1, 2, 5):
        problem = busy(hosts)
        strong, plain = answer(problem, True, {}), answer(problem, False, {})
        assert strong.status == plain.status == "solved"
        assert strong.objective == pytest.approx(plain.objective)


def test_the_relaxation_is_tighter() -> None:
    problem = busy(5, capacity=CapacityOptions(spare_hosts=1))
    low, high = (answer(problem, strong, {}, relaxed=True).objective for strong in (False, True))
    assert high > low + 1.0


def test_a_host_more_than_could_ever_be_needed_is_cut_off() -> None:
    problem = busy(2, capacity=CapacityOptions(spare_hosts=1))
    rules, _ = resolve(problem.scenario.rules)
    model = build_model(problem, rules, refusals_of(problem, rules), (0, 168), tight=False)
    strengthen(model, problem, rules)
    scenario = problem.scenario.model_copy(update={"solver": EXACT})
    assert run(model, scenario).status == "solved"
    model.hosts["H", "P"].setlb(4)  # two that carry everything, one spare, and one too many
    assert run(model, scenario).status == "infeasible"


@pytest.mark.parametrize(
    "given",
    [{"spare-hosts": False}, {"pool-use": {"soft": 1.0}}],
    ids=["no-spares", "band-of-use"],
)
def test_no_row_where_a_rule_may_ask_for_more_hosts(given: dict[str, Any]) -> None:
    problem = busy(2)
    rules, faults = resolve(given)
    assert not faults
    model = build_model(problem, rules, refusals_of(problem, rules), (0, 168))
    strengthen(model, problem, rules)
    assert not len(model.strong)


def test_the_rules_that_hold_by_default_are_known() -> None:
    problem = busy(2)
    rules, _ = resolve({})
    model = build_model(problem, rules, refusals_of(problem, rules), (0, 168))
    strengthen(model, problem, rules)
    assert len(model.strong)
    assert {"capacity", "spare-hosts"} <= NEVER_MORE


def test_a_sum_by_class_is_the_sum_over_hosts() -> None:
    problem = random_problem(np.random.default_rng(3))
    model = build_model(problem, ())
    draw = np.random.default_rng(5)
    for variable in (*model.hosts.values(), *model.spare.values(), *model.reuse.values(), *model.reuse_spare.values()):
        variable.set_value(int(draw.integers(0, 2)))
    for pool in problem.clusters:
        for number, members in enumerate(problem.sizes(pool)):
            found = [pair for kind in members if (pair := of_kind(model, kind, pool)) is not None]
            model.sizes.count[pool, number].set_value(sum(every.value for every, _ in found))
            model.sizes.idle[pool, number].set_value(sum(empty.value for _, empty in found))
        for size in (lambda kind: kind.usable_memory_gib, lambda kind: kind.power_max_w, lambda kind: 1.0):
            plain = sum(
                size(kind) * (pair[0].value - pair[1].value)
                for kind in problem.hosts_of(pool)
                if (pair := of_kind(model, kind, pool)) is not None
            )
            assert pyo.value(hosted(model, problem, pool, size)) == pytest.approx(plain)


def test_an_answer_as_good_as_what_is_proved_ends_the_run() -> None:
    problem = busy(3)
    rules, _ = resolve(problem.scenario.rules)
    scenario = problem.scenario.model_copy(update={"solver": SolverOptions(gap=0.05)})
    first = run(build_model(problem, rules, refusals_of(problem, rules), (0, 168)), scenario)
    again = run(build_model(problem, rules, refusals_of(problem, rules), (0, 168)), scenario, bound=first.bound)
    assert again.status == "solved"
    assert again.bound >= first.bound
    assert (again.objective - again.bound) / again.objective <= 0.05 + 1e-9
