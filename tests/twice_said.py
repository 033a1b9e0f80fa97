"""Whether a rule's maths allows what a state decides: one half of the twice-said test, for every home of rules.

says = allowed(rule, problem, choices) and block_feasible(rule, model, problem, fix)
assert says == (not list(rule.violations(problem, state)))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo
from pyomo.core.expr.visitor import identify_variables
from pyomo.opt import TerminationCondition

TOLERANCE = 1e-6


def allowed(rule: Any, problem: Any, choices: Iterable[Any]) -> bool:
    """Whether the rule forbids none of a state's single choices."""
    return all(rule.forbids(problem, choice) is None for choice in choices)


def block_feasible(rule: Any, model: Any, problem: Any, fix: Iterable[tuple[Any, float]]) -> bool:
    """Whether the rule's Block can be kept with the given decisions fixed and every other variable free.

    Parameters
    ----------
    rule
        Its ``build`` writes a fresh Block, which stays in ``model`` no longer than this call.
    model
        A ConcreteModel with the home's variables, and what defines its auxiliaries, but no other rule's rows. The
        variables are left as they were found.
    problem
        What ``rule.build`` is told.
    fix
        Variables, each with its value.
    """
    decisions = list(fix)
    before = [(variable, variable.value, variable.fixed) for variable, _ in decisions]
    block = pyo.Block()
    model.add_component("rule_under_test", block)
    try:
        rule.build(block, model, problem)
        for variable, value in decisions:
            variable.fix(value)
        return _hold(model)
    finally:
        model.del_component(block)
        for variable, value, fixed in before:
            variable.set_value(value, skip_validation=True)
            variable.fixed = fixed


def _hold(model: Any) -> bool:
    """Whether all rows can be kept: by plain arithmetic where nothing is free, else by the solver."""
    decided, open_rows = [], []
    for row in model.component_data_objects(pyo.Constraint, active=True):
        free = any(True for _ in identify_variables(row.body, include_fixed=False))
        (open_rows if free else decided).append(row)
    for row in decided:
        body = pyo.value(row.body)
        if row.has_lb() and body < pyo.value(row.lower) - TOLERANCE:
            return False
        if row.has_ub() and body > pyo.value(row.upper) + TOLERANCE:
            return False
    if not open_rows:
        return True
    goals = list(model.component_data_objects(pyo.Objective, active=True))
    for part in decided + goals:
        part.deactivate()
    model.any_answer_will_do = pyo.Objective(expr=0)
    try:
        result = pyo.SolverFactory("highs").solve(
            model, load_solutions=False, raise_exception_on_nonoptimal_result=False, options={"threads": 1}
        )
    finally:
        model.del_component(model.any_answer_will_do)
        for part in decided + goals:
            part.activate()
    condition = result.solver.termination_condition
    assert condition in (TerminationCondition.optimal, TerminationCondition.infeasible), condition
    return bool(condition == TerminationCondition.optimal)
