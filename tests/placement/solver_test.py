"""How a run of the solver ends: within the gap, at its limit of nodes, or in a way that nobody foresaw."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.opt import SolverResults, TerminationCondition

from cloudplan.errors import NoAnswer
from cloudplan.placement.solver import run
from tests.tiny import tiny_scenario


def model(least: int, most: int = 9) -> Any:
    asked = pyo.ConcreteModel()
    asked.x = pyo.Var(range(3), within=pyo.NonNegativeIntegers, bounds=(0, most))
    asked.enough = pyo.Constraint(expr=sum(asked.x.values()) >= least)
    asked.cost = pyo.Objective(expr=3 * asked.x[0] + 2 * asked.x[1] + 4 * asked.x[2])
    return asked


def test_an_answer_is_read_back_and_what_has_none_is_infeasible() -> None:
    asked = model(11)
    answer = run(asked, tiny_scenario())
    assert (answer.status, answer.objective, pyo.value(asked.x[1])) == ("solved", 24.0, 9.0)
    assert answer.bound == pytest.approx(24.0)
    assert run(model(28), tiny_scenario()).status == "infeasible"


def test_an_end_that_is_neither_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def solve(self, *_: Any, **__: Any) -> SolverResults:
            results = SolverResults()
            results.solver.termination_condition = TerminationCondition.error
            results.solver.termination_message = "the library gave up"
            return results

    monkeypatch.setattr(pyo, "SolverFactory", lambda name: Broken())
    with pytest.raises(NoAnswer) as caught:
        run(model(11), tiny_scenario())
    (finding,) = caught.value.findings
    assert (finding.message, finding.values["condition"]) == ("placement.failed", "the library gave up")
