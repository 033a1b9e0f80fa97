"""A soft rule costs the same in maths and in words, over random states, and refuses nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.core.expr.visitor import identify_variables
from pyomo.repn import generate_standard_repn

from cloudplan.decide import trimmed
from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, catalogue
from cloudplan.placement import example
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import all_rules, refusals_of, resolve
from cloudplan.placement.rules.level_separation import LevelSeparation
from cloudplan.placement.solve import solve, violations
from cloudplan.placement.terms import cost
from cloudplan.scenario import DemandOptions
from cloudplan.state import State
from tests.placement.cases import decisions, random_cases

PRICE = 7.0
SOFT = [cls for cls in all_rules() if cls.counts]
HARD = [cls for cls in all_rules() if not cls.counts]


def softly(cls: Any, problem: PlacementProblem, price: float = PRICE) -> Any:
    given: Any = problem.scenario.rules.get(cls.name(), {})
    rules, faults = resolve({cls.name(): {**given, "soft": price}})
    assert not faults
    (rule,) = [rule for rule in rules if type(rule) is cls]
    return rule


@cache
def model_of(cls: Any, problem: PlacementProblem) -> Any:
    """The rule's rows alone, at its price."""
    model = build_model(problem, (softly(cls, problem),), slots=(0, 168), tight=False)
    for rows in model.component_objects(pyo.Constraint, descend_into=False):
        rows.deactivate()
    return model


def least_penalty(rule: Any, problem: PlacementProblem, state: State) -> float:
    """What the model charges for a state: every decision fixed, each slack just as large as its rows ask."""
    model = model_of(type(rule), problem)
    for variable, value in decisions(model, problem, state):
        variable.set_value(value, skip_validation=True)
    block = model.rule[rule.name()]
    for slack in block.short.values():
        slack.set_value(0.0)
    for row in block.component_data_objects(pyo.Constraint):
        (slack,) = [v for v in identify_variables(row.body) if v.parent_component() is block.short]
        over = pyo.value(row.body) - row.upper if row.has_ub() else row.lower - pyo.value(row.body)
        unit = abs(generate_standard_repn(row.body).linear_coefs[_position(row, slack)])
        slack.set_value(pyo.value(slack) + max(0.0, over / unit))
    return float(pyo.value(block.penalty))


def _position(row: Any, variable: Any) -> int:
    return next(n for n, v in enumerate(generate_standard_repn(row.body).linear_vars) if v is variable)


@pytest.mark.parametrize("cls", SOFT, ids=lambda cls: cls.name())
def test_the_price_is_the_same_on_both_sides(cls: Any) -> None:
    kept = broken = 0
    for seed, (problem, states) in enumerate(random_cases(40, 4)):
        rule = softly(cls, problem)
        for number, state in enumerate(states):
            words = PRICE * rule.missed(problem, state)
            assert least_penalty(rule, problem, state) == pytest.approx(words, rel=1e-6, abs=1e-5), (seed, number)
            kept, broken = kept + (words == 0), broken + (words > 0)
    assert min(kept, broken) >= 10


@pytest.mark.parametrize("cls", SOFT, ids=lambda cls: cls.name())
def test_a_soft_rule_refuses_nothing_and_warns(cls: Any) -> None:
    module = __import__(cls.__module__, fromlist=["broken"])
    problem, state = module.broken()
    rule = softly(cls, problem)
    refused = refusals_of(problem, [rule])
    assert not any(refused.candidate)
    assert not refused.server
    found = violations(problem, [rule], state)
    assert found
    assert {finding.severity for finding in found} == {Severity.WARNING}
    for language in LANGUAGES:
        assert f"rule.counts.{cls.counts}" in catalogue(language)


@pytest.mark.parametrize("cls", HARD, ids=lambda cls: cls.name())
def test_what_is_possible_at_all_has_no_price(cls: Any) -> None:
    rules, faults = resolve({cls.name(): {"soft": PRICE}})
    assert [fault.message for fault in faults] == ["rule.never_soft"]
    assert cls not in {type(rule) for rule in rules}


def test_a_rule_is_missed_where_its_price_is_less_than_what_keeping_it_costs() -> None:
    # level 3 and level 2 would share P if separation were for sale; apart, Q needs hosts of its own
    problem = example.problem(
        workloads=example.TWINS,
        systems={"B": {"level": 3}},
        pools={"P": {"filed_level": 3}, "Q": {"filed_level": 2}},
    )
    apart = solve(problem, resolve({})[0])
    assert {seat.pool for seat in apart.state.seats.values()} == {"P", "Q"}

    def at(price: float) -> Any:
        return solve(problem, resolve({LevelSeparation.name(): {"soft": price}})[0])

    cheap, dear = at(1.0), at(1e7)
    assert {seat.pool for seat in cheap.state.seats.values()} == {"P"}
    assert cheap.penalties == {LevelSeparation.name(): 1.0}
    assert cheap.objective == pytest.approx(sum(cheap.terms.values()) + 1.0)
    assert dear.penalties == {}
    assert dear.objective == pytest.approx(apart.objective)


def test_a_rule_without_a_price_only_warns() -> None:
    problem = example.problem(pools={"P": {"filed_level": 3}})
    rules = resolve({LevelSeparation.name(): {"soft": 0}})[0]
    placed = solve(problem, rules)
    said = [f for f in violations(problem, rules, placed.state) if f.rule == LevelSeparation.name()]
    assert said
    assert placed.penalties == {}
    assert all(f.severity == Severity.WARNING for f in said)
    assert replace(said[0], severity=Severity.ERROR) == next(iter(LevelSeparation().violations(problem, placed.state)))


def test_a_host_that_a_soft_rule_asks_for_is_not_trimmed() -> None:
    pool_use = {"pool-use": {"low": 0.0, "high": 0.3, "soft": 1e6}}
    problem = example.problem(workloads={"A1": {"vcpu": 8.0}}, scenario={"demand": DemandOptions(nodata_use=1.0)})
    rules = resolve(pool_use)[0]
    placed = solve(problem, rules)
    assert placed.penalties == {}
    idle = {name for name, host in placed.state.hosts.items() if not host.spare}
    kept = trimmed(problem, rules, placed.state, loaded=())
    assert cost(problem, kept, rules) <= cost(problem, placed.state, rules)
    assert idle & set(kept.hosts)
