"""How placement talks to the solver: HiGHS through Pyomo, stopped by gap and nodes, never by the clock.

Diagnosis of an infeasible model has its own way (:mod:`.rows`), where only bounds change between many runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo
from pyomo.opt import SolverStatus, TerminationCondition

from cloudplan.errors import NoAnswer
from cloudplan.findings import Finding
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


def run(model: Any, scenario: Scenario, relaxed: bool = False, bound: float = -math.inf) -> Answer:
    """Solve a model in place: its variables hold the answer afterwards.

    One thread and a fixed seed, so that the same model gives the same answer.

    Parameters
    ----------
    model, scenario
        What is solved, and where to stop.
    relaxed
        Whether whole numbers may be broken ones.
    bound
        What is proved already: no answer costs less. An answer within the gap of it ends the run.

    Raises
    ------
    NoAnswer
        If the solver ends with neither an answer nor one of its limits.
    """
    # a solver of its own for each run: one that was kept from a relaxed run gave back an answer that wasn't its own
    solver = pyo.SolverFactory("highs")
    options: dict[str, Any] = {
        "mip_rel_gap": scenario.solver.gap,
        "mip_max_nodes": scenario.solver.nodes,
        "threads": 1,
        "random_seed": scenario.seed,
        "mip_feasibility_tolerance": 1e-7,
        "solve_relaxation": relaxed,
    }
    if bound > 0 and scenario.solver.gap < 1:
        options["objective_target"] = bound / (1.0 - scenario.solver.gap)
    results = solver.solve(model, load_solutions=False, raise_exception_on_nonoptimal_result=False, options=options)
    condition = results.solver.termination_condition
    if condition in (TerminationCondition.infeasible, TerminationCondition.infeasibleOrUnbounded):
        return Answer("infeasible")
    if not len(results.solution):
        if condition != TerminationCondition.maxIterations:  # what nodes come to here
            raise NoAnswer([Finding("placement.failed", values={"condition": str(results.solver.termination_message)})])
        return Answer("limit")
    results.solver.status = SolverStatus.ok  # what is known to be good enough, or the last before a limit, is no fault
    model.solutions.load_from(results)
    aim = next(model.component_data_objects(pyo.Objective, active=True))
    return Answer("solved", float(pyo.value(aim)), max(bound, float(results.problem.lower_bound)))
