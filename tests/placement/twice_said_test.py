"""Every rule and every term of placement says the same twice: in maths and in words, over random states."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import pyomo.environ as pyo
import pytest

from cloudplan.i18n import DEFAULT, LANGUAGES, catalogue, cure, words
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import all_rules, resolve
from cloudplan.placement.rules.capacity import Capacity
from cloudplan.placement.terms import TERMS
from cloudplan.scenario import DemandOptions
from cloudplan.state import State
from tests.placement.cases import choices, decisions, random_cases, variables
from tests.twice_said import allowed, block_feasible

PROBLEMS, STATES = 40, 4
RULES = all_rules()


@cache
def model_of(problem: PlacementProblem) -> Any:
    return variables(problem)


def only(cls: Any, problem: PlacementProblem) -> Any:
    """Make the one rule as the problem's scenario asks."""
    given: Any = problem.scenario.rules.get(cls.name(), {})
    rules, faults = resolve({cls.name(): {**given, "soft": None}})
    assert not faults
    (rule,) = [rule for rule in rules if type(rule) is cls]
    return rule


def said_by_maths(rule: Any, problem: PlacementProblem, state: State) -> bool:
    model = model_of(problem)
    return allowed(rule, problem, choices(problem, state)) and block_feasible(
        rule, model, problem, decisions(model, problem, state)
    )


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_maths_and_words_agree(cls: Any) -> None:
    kept = broken = 0
    for seed, (problem, states) in enumerate(random_cases(PROBLEMS, STATES)):
        rule = only(cls, problem)
        for number, state in enumerate(states):
            found = list(rule.violations(problem, state))
            assert said_by_maths(rule, problem, state) == (not found), (seed, number, found)
            kept, broken = kept + (not found), broken + bool(found)
    assert min(kept, broken) >= 10, f"random states must meet both cases: {kept} kept, {broken} broken"


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_hand_examples(cls: Any) -> None:
    module = importlib.import_module(cls.__module__)
    problem, state = module.kept()
    rule = only(cls, problem)
    assert not list(rule.violations(problem, state))
    assert said_by_maths(rule, problem, state)
    problem, state = module.broken()
    rule = only(cls, problem)
    assert list(rule.violations(problem, state))
    assert not said_by_maths(rule, problem, state)


LIMITS: list[tuple[str, dict[str, float], float]] = [
    # a host has 16 threads, of which 80 % may be used and all allocated, and 64 GiB, of which 90 % may be
    ("cpu", {"vcpu": 16 * 0.8}, 1.0),
    ("vcpu", {"vcpu": 16.0}, 0.5),
    ("memory_gib", {"memory_gib": 64 * 0.9}, 1.0),
    ("mbps", {"mbps": 500.0}, 1.0),
]


@pytest.mark.parametrize("share", [0.99, 1.01])
@pytest.mark.parametrize(
    ("resource", "workload", "use"),
    LIMITS,
)
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_both_see_the_same_limit_of_a_host(
    resource: str, workload: dict[str, float], use: float, ratio: float, share: float
) -> None:
    allocated = ratio if resource == "vcpu" else 1.0
    rows = {"A1": {name: value * share * allocated for name, value in workload.items()}}
    problem = example.problem(
        workloads=rows,
        pools={"P": {"cpu_ratio": ratio}},
        host_types={kind: {"mbps": 500.0} for kind in ("H", "small")},
        servers={"S": {"arch": "arm"}},  # it states no network, and would leave that without a limit
        scenario={"demand": DemandOptions(nodata_use=use / allocated)},
    )
    state = example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
    found = [finding.message for finding in Capacity().violations(problem, state)]
    assert found == ([] if share < 1 else [f"placement.capacity.{resource}"])
    assert said_by_maths(Capacity(), problem, state) == (share < 1)


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_every_rule_names_its_ground_and_finds_words(cls: Any) -> None:
    assert cls.mark in ("T", "S", "m", "d")
    assert isinstance(cls.clause, str)
    told = catalogue(DEFAULT).get(f"rules.placement.{cls.name().replace('-', '_')}.source")
    assert cls.clause or told or cls.mark == "d", "what rests on no source is a design default"
    broken = [importlib.import_module(cls.__module__).broken()]
    broken += [(problem, state) for problem, states in random_cases(PROBLEMS, STATES) for state in states]
    for problem, state in broken:
        for finding in only(cls, problem).violations(problem, state):
            assert finding.rule == cls.name()
            for language in LANGUAGES:
                assert finding.message in catalogue(language)
                assert words(finding, language)
                assert cure(finding, language)


@pytest.mark.parametrize("name", TERMS)
def test_a_term_costs_the_same_in_maths_and_in_words(name: str) -> None:
    term, dear = TERMS[name], 0
    for problem, states in random_cases(PROBLEMS, STATES):
        model = model_of(problem)
        for state in states:
            for variable, value in decisions(model, problem, state):
                variable.set_value(value, skip_validation=True)
            value = term.value(problem, state)
            assert float(pyo.value(term.expression(model, problem))) == pytest.approx(value, rel=1e-9, abs=1e-6)
            dear += value > 0
    assert dear >= 10, f"hardly a state has a cost of {name}"
