"""How placement talks to the solver: HiGHS through Pyomo, stopped by gap and nodes, never by the clock.

Diagnosis of an infeasible model has its own way (:mod:`.rows`), where only bounds change between many runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo
from pyomo.opt import TerminationCondition

from cloudplan.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Answer:
    """How a run ended.

    Parameters
    ----------
    status
        ``solved`` (an answer within the gap, or the best within the node limit), ``infeasible`` or ``limit``.
    objective, bound
        Of the answer; NaN without one.
    """

    status: str
    objective: float = float("nan")
    bound: float = float("nan")


def run(model: Any, scenario: Scenario) -> Answer:
    """Solve a model in place: its variables hold the answer afterwards.

    One thread and a fixed seed, so that the same model gives the same answer.
    """
    solver = pyo.SolverFactory("highs")
    options = {
        "mip_rel_gap": scenario.solver.gap,
        "mip_max_nodes": scenario.solver.nodes,
        "threads": 1,
        "random_seed": scenario.seed,
        "mip_feasibility_tolerance": 1e-7,
    }
    results = solver.solve(model, load_solutions=False, raise_exception_on_nonoptimal_result=False, options=options)
    condition = results.solver.termination_condition
    if condition in (TerminationCondition.infeasible, TerminationCondition.infeasibleOrUnbounded):
        return Answer("infeasible")
    if not len(results.solution):
        return Answer("limit")
    model.solutions.load_from(results)
    aim = next(model.component_data_objects(pyo.Objective, active=True))
    return Answer("solved", float(pyo.value(aim)), float(results.problem.lower_bound))
