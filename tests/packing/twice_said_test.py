"""Every rule of packing says the same twice: in maths and in words, over random states and its hand examples."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from cloudplan.i18n import LANGUAGES, catalogue, cure, words
from cloudplan.packing.exact import variables
from cloudplan.packing.example import state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.packing.rules import all_rules, resolve
from cloudplan.state import State
from tests.packing.cases import random_problem
from tests.twice_said import allowed, block_feasible

STATES = 160
OPTIONS: dict[str, dict[str, object]] = {
    "ha-separation": {"rack": True},
    "most-workloads": {"most": 2},
    "affinity": {"groups": [["w0", "w1"], ["w2", "w3", "elsewhere"]]},
}
RULES = all_rules()


def only(cls: Any, problem: PackingProblem) -> Any:
    """Make the one rule as the problem's options ask."""
    rules, faults = resolve(problem.options)
    assert not faults
    (rule,) = [rule for rule in rules if type(rule) is cls]
    return rule


def said_by_maths(rule: Any, problem: PackingProblem, state: State) -> bool:
    pairs = [(workload, host.host) for workload in problem.workloads for host in problem.hosts]
    model = variables(problem, pairs)
    fix = [(model.x[w, h], float(state.host_of.get(w) == h)) for w, h in pairs]
    return allowed(rule, problem, state.host_of.items()) and block_feasible(rule, model, problem, fix)


def random_case(seed: int, options: dict[str, object]) -> tuple[PackingProblem, State]:
    rng = np.random.default_rng(seed)
    n, hosts = int(rng.integers(1, 7)), int(rng.integers(2, 5))
    problem = random_problem(
        rng, n, hosts, spare_hosts=int(rng.integers(0, 3)), options=options, pins=int(rng.integers(0, 3)),
        named_spares=bool(rng.random() < 0.3),
    )  # fmt: skip
    crowd = max(1, int(rng.integers(1, hosts + 1)))
    host_of = {w: f"h{rng.integers(crowd)}" for w in problem.workloads if rng.random() < 0.85}
    return problem, state_of(problem, host_of)


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_maths_and_words_agree(cls: Any) -> None:
    kept = 0
    for seed in range(STATES):
        # a rule with options is tried with them, and every second time with what holds by default
        plain = cls.by_default and seed % 2
        problem, state = random_case(seed, {} if plain else {cls.name(): OPTIONS.get(cls.name(), True)})
        rule = only(cls, problem)
        found = list(rule.violations(problem, state))
        assert said_by_maths(rule, problem, state) == (not found), (seed, state.host_of, found)
        kept += not found
    assert 10 <= kept <= STATES - 10, "random states must meet both cases"


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_hand_examples(cls: Any) -> None:
    module = importlib.import_module(cls.__module__)
    problem, state = module.kept()
    rule = only(cls, problem)
    assert not list(rule.violations(problem, state))
    assert said_by_maths(rule, problem, state)
    problem, state = module.broken()
    rule = only(cls, problem)
    found = list(rule.violations(problem, state))
    assert found
    assert not said_by_maths(rule, problem, state)
    for finding in found:
        assert finding.rule == cls.name()
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)


def test_a_state_of_other_pools_is_passed_over() -> None:
    problem, _ = random_case(3, {})
    stranger = State(host_of={"stranger": "h0", "another": "x9"}, hosts=dict(problem.offered))
    for rule in resolve({})[0]:
        assert not list(rule.violations(problem, stranger))


def test_both_catalogues_have_the_same_messages() -> None:
    ids = [{key for key in catalogue(lang) if key.startswith(("packing.", "rule."))} for lang in LANGUAGES]
    assert ids[0] == ids[1]
