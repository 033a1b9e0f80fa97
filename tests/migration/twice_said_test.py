"""Every rule of migration says the same twice: in maths and in words, over random states and its hand examples."""

from __future__ import annotations

import datetime as dt
import importlib
from dataclasses import replace
from typing import Any

import pytest

from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.migration.exact import decisions, frame
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.problem import MigrationProblem
from cloudplan.migration.rules import all_rules, resolve
from cloudplan.migration.rules.carried import Carried
from cloudplan.migration.rules.department_load import DepartmentLoad
from cloudplan.migration.rules.windows import Windows
from cloudplan.state import State
from tests.migration.cases import random_case
from tests.twice_said import block_feasible

STATES = 160
RULES = all_rules()
OPTIONS: dict[Any, dict[str, Any]] = {DepartmentLoad: {"most": 1}}
DRAWN: dict[Any, dict[str, Any]] = {Carried: {"shared": 1.0}}


def said_by_maths(rule: Any, problem: MigrationProblem, state: State) -> bool:
    model = frame(problem)
    return block_feasible(rule, model, problem, decisions(model, state))


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_maths_and_words_agree(cls: Any) -> None:
    kept, rule = 0, cls(**OPTIONS.get(cls, {}))
    for seed in range(STATES):
        problem, state = random_case(seed, **DRAWN.get(cls, {}))
        found = list(rule.violations(problem, state))
        assert said_by_maths(rule, problem, state) == (not found), (seed, state, found)
        kept += not found
    assert 10 <= kept <= STATES - 10, "random states must meet both cases"


@pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.name())
def test_hand_examples(cls: Any) -> None:
    module, rule = importlib.import_module(cls.__module__), cls()
    problem, state = module.kept()
    assert not list(rule.violations(problem, state))
    assert said_by_maths(rule, problem, state)
    problem, state = module.broken()
    found = list(rule.violations(problem, state))
    assert found
    assert not said_by_maths(rule, problem, state)
    for finding in found:
        assert finding.rule == cls.name()
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)


def test_a_cutover_off_the_calendar_is_found() -> None:
    problem = problem_of([moving("A")])
    state = state_of(problem, {"A": 0})
    cutover = state.cutovers["A"]
    for late in (dt.timedelta(hours=1), dt.timedelta(1), dt.timedelta(-7), dt.timedelta(7 * 6)):
        stray = replace(state, cutovers={"A": replace(cutover, starts=cutover.starts + late)})
        assert [f.message for f in Windows().violations(problem, stray)] == ["migration.windows.off_calendar"]


def test_every_message_of_a_random_state_can_be_said() -> None:
    said = set()
    for seed in range(STATES):
        problem, state = random_case(seed)
        for rule in resolve({})[0]:
            for finding in rule.violations(problem, state):
                said.add(finding.message)
                assert all(words(finding, language) for language in LANGUAGES)
    assert len(said) >= 10


def test_rules_are_switched_off_by_name() -> None:
    rules, faults = resolve({"freezes": False, "capacity": {"of": "another home"}})
    assert not faults
    assert {r.name() for r in rules} == {cls.name() for cls in RULES if cls.by_default} - {"freezes"}
