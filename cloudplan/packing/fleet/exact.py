"""The exact finish for a few items: the assignment model in HiGHS, begun from the best seating known."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np

from cloudplan.packing.fleet.assignment import Model, candidates
from cloudplan.packing.fleet.needs import SLACK
from cloudplan.packing.fleet.program import quiet
from cloudplan.packing.fleet.question import Fleet, Seating, cost_of

SMALL = 100_000
"""Numbers in the model, an item on a host in a resource, up to which it is asked."""
NODES = 300
"""Most branch-and-bound nodes, so that the answer does not hang on the clock."""


@dataclass(frozen=True, eq=False)
class Exact:
    """What the model says: a seating that is better than the one known, or ``None``, and a bound on every seating."""

    seating: Seating | None
    bound: float


def small_enough(fleet: Fleet, known: Seating | None) -> bool:
    """Say whether the model is worth asking."""
    return fleet.demand.size * len(candidates(fleet, known).kind) <= SMALL


def exact(fleet: Fleet, known: Seating | None, until: float) -> Exact:
    """Look for a better seating than the one known, or prove that there is none.

    Parameters
    ----------
    known
        A seating of all items, if there is one.
    until
        Of :func:`time.perf_counter`.
    """
    offered = candidates(fleet, known)
    if not fleet.fits().any(axis=1).all():
        return Exact(None, np.inf)
    model = Model(fleet, offered.kind, offered.whole)
    quiet()
    solver = highspy.Highs()
    options: dict[str, object] = {"output_flag": False, "threads": 1, "mip_max_nodes": NODES, "mip_rel_gap": 1e-7,
                                  "mip_abs_gap": 1e-9, "primal_feasibility_tolerance": 1e-9,
                                  "mip_feasibility_tolerance": 1e-9}  # fmt: skip
    if np.isfinite(until):
        options["time_limit"] = max(0.1, until - time.perf_counter())
    for name, value in options.items():
        solver.setOptionValue(name, value)
    columns, rows = len(model.cost), model.rows
    solver.addVars(columns, np.zeros(columns), np.ones(columns))
    solver.changeColsCost(columns, np.arange(columns, dtype=np.int32), np.array(model.cost))
    whole = np.full(columns, highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(columns, np.arange(columns, dtype=np.int32), whole)
    entries = np.concatenate(rows.columns).astype(np.int32)
    lower = np.where(np.isfinite(rows.lower), rows.lower, -highspy.kHighsInf)
    upper = np.where(np.isfinite(rows.upper), rows.upper, highspy.kHighsInf)
    starts = np.array(rows.start[:-1], dtype=np.int32)
    added = solver.addRows(len(rows.lower), lower, upper, len(entries), starts, entries, np.concatenate(rows.values))
    if added != highspy.HighsStatus.kOk:
        raise ValueError("HiGHS refuses a row of the assignment model")
    begin = model.values(known) if known is not None else None
    if begin is not None:
        solution = highspy.HighsSolution()
        solution.col_value = begin.tolist()
        solver.setSolution(solution)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return Exact(None, np.inf if offered.whole else 0.0)
    bound = (float(info.mip_dual_bound) + model.offset) * (1 - SLACK) if offered.whole else 0.0
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Exact(None, bound)
    seating = model.seating(np.array(solver.getSolution().col_value))
    said = float(info.objective_function_value) + model.offset
    if abs(cost_of(fleet, seating) - said) > 1e-6 * max(1.0, abs(said)):
        # seen with prices many decades apart: what the solver says is not what it gives, so nothing of it counts
        return Exact(None, 0.0)
    return Exact(seating, bound)
