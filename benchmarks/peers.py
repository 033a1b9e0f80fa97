"""What general solvers make of a fleet within the same time: OR-Tools CP-SAT, HiGHS and, for one host type, VPSolver.

CP-SAT and HiGHS get the assignment model and the answer of first fit to begin with; building the model counts in the
time. Every answer is checked by `broken` and priced by `cost_of`. CP-SAT works in whole numbers: each
resource is multiplied by the smallest power of ten up to ``SCALE`` that makes all its numbers whole; where none does,
by what makes the largest one ``SCALE``, demand then rounded up and sizes down, and its bound proves nothing.
"""

from __future__ import annotations

import ast
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import highspy
import numpy as np

from benchmarks.plain import first_fit
from cloudplan.packing.fleet.assignment import Model, candidates
from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.question import Fleet, Floats, Ints, Seating, cost_of

SCALE = 1_000_000
ENTRIES = 50_000_000
"""Most numbers in a model; beyond, Python alone takes minutes to say it and the memory of the machine is at risk."""


class Answer(NamedTuple):
    """What a method says of a fleet.

    Parameters
    ----------
    seating
        The answer, or ``None`` where none was found that holds.
    cost
        Its cost, by `cost_of`.
    bound
        What no answer costs less than, or ``None`` where nothing of the sort was proved.
    status
        The solver's last word.
    """

    seating: Seating | None
    cost: float | None
    bound: float | None
    status: str


def judged(fleet: Fleet, seating: Seating | None, bound: float | None, status: str) -> Answer:
    """Price an answer if it holds and leaves nothing over."""
    if bound is not None and not math.isfinite(bound):
        bound = None
    if seating is None:
        return Answer(None, None, bound, status)
    if faults := broken(fleet, seating):
        return Answer(None, None, bound, f"{status}, breaks {faults[0].limit}")
    if len(seating.unplaced):
        return Answer(None, None, bound, f"{status}, leaves {len(seating.unplaced)} over")
    return Answer(seating, cost_of(fleet, seating), bound, status)


def _model(fleet: Fleet, start: Seating | None) -> Model | None:
    offered = candidates(fleet, start)
    if fleet.items * len(offered.kind) * fleet.demand.shape[1] > ENTRIES:
        return None
    return Model(fleet, offered.kind, offered.whole)


def _or_start(fleet: Fleet, found: Seating | None, start: Seating | None, bound: float | None, status: str) -> Answer:
    """Judge what a solver found; where it found nothing, not even what it was given to begin with, judge that."""
    if found is None and start is not None:
        return judged(fleet, start, bound, f"{status}; first fit's answer")
    return judged(fleet, found, bound, status)


def scale_of(numbers: Floats) -> tuple[float, bool]:
    """Say by what to multiply numbers so that they are whole, and whether they then are."""
    scale = 1
    while scale <= SCALE:
        whole = numbers * scale
        if (np.abs(whole - np.round(whole)) <= 1e-9 * np.maximum(np.abs(whole), 1)).all():
            return float(scale), True
        scale *= 10
    return SCALE / float(np.abs(numbers).max()), False


def cpsat(fleet: Fleet, seconds: float, threads: int = 2) -> Answer:
    """Ask OR-Tools CP-SAT."""
    from ortools.sat.python import cp_model

    until = time.perf_counter() + seconds
    start = first_fit(fleet)
    model = _model(fleet, start)
    if model is None:
        return judged(fleet, start, None, "too large to build; first fit's answer")
    rows = model.rows
    program = cp_model.CpModel()
    variables = np.array([program.new_bool_var("") for _ in model.cost], dtype=object)
    scales: dict[int, tuple[float, bool]] = {}
    resource = np.array(rows.resource)
    for name in sorted(set(rows.resource) - {-1}):
        of = np.flatnonzero(resource == name).tolist()
        scales[name] = scale_of(np.unique(np.concatenate([rows.values[row] for row in of])))
    lowest, highest = -(2**62), 2**62
    for row, columns in enumerate(rows.columns):
        values = rows.values[row]
        if rows.resource[row] != -1:
            scale, exact = scales[rows.resource[row]]
            values = np.round(values * scale) if exact else np.ceil(values * scale)
        lower = int(rows.lower[row]) if math.isfinite(rows.lower[row]) else lowest
        upper = int(rows.upper[row]) if math.isfinite(rows.upper[row]) else highest
        whole = [int(v) for v in values.tolist()]
        program.add_linear_constraint(
            cp_model.LinearExpr.weighted_sum(variables[columns].tolist(), whole), lower, upper
        )
    cost = np.array(model.cost)
    by, _ = scale_of(np.unique(cost)) if cost.any() else (1.0, True)
    # rounded down, the bound stays one
    program.minimize(
        cp_model.LinearExpr.weighted_sum(variables.tolist(), [int(c) for c in np.floor(cost * by + 1e-6).tolist()])
    )
    if start is not None and (values_of := model.values(start)) is not None:
        for variable, value in zip(variables.tolist(), values_of.tolist(), strict=True):
            program.add_hint(variable, round(value))
    left = until - time.perf_counter()
    if left <= 0:
        return judged(fleet, start, None, "no time left after building; first fit's answer")
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = left
    solver.parameters.num_workers = threads
    status = solver.status_name(solver.solve(program))
    sound = model.whole and all(exact for _, exact in scales.values()) and status != "INFEASIBLE"
    bound = solver.best_objective_bound / by + model.offset if sound else None
    found = None
    if status in ("OPTIMAL", "FEASIBLE"):
        found = model.seating(np.array([solver.boolean_value(v) for v in variables.tolist()], dtype=np.float64))
    return _or_start(fleet, found, start, bound, status)


def highs(fleet: Fleet, seconds: float, threads: int = 2) -> Answer:
    """Ask HiGHS."""
    until = time.perf_counter() + seconds
    start = first_fit(fleet)
    model = _model(fleet, start)
    if model is None:
        return judged(fleet, start, None, "too large to build; first fit's answer")
    rows, count = model.rows, len(model.cost)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = count, len(rows.columns)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(model.cost), np.zeros(count), np.ones(count)
    lp.offset_ = model.offset
    lp.row_lower_, lp.row_upper_ = np.array(rows.lower), np.array(rows.upper)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(rows.start)
    lp.a_matrix_.index_ = np.concatenate(rows.columns)
    lp.a_matrix_.value_ = np.concatenate(rows.values)
    with _quiet(threads) as solver:
        solver.passModel(lp)
        if start is not None and (values := model.values(start)) is not None:
            known = highspy.HighsSolution()
            known.col_value = values.tolist()
            solver.setSolution(known)
        left = until - time.perf_counter()
        if left <= 0:
            return judged(fleet, start, None, "no time left after building; first fit's answer")
        solver.setOptionValue("time_limit", left)
        solver.run()
        name = solver.modelStatusToString(solver.getModelStatus())
        information = solver.getInfo()
        bound = information.mip_dual_bound if model.whole and name != "Infeasible" else None
        found = None
        if information.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            found = model.seating(np.array(solver.getSolution().col_value))
        return _or_start(fleet, found, start, bound, name)


@contextmanager
def _quiet(threads: int) -> Iterator[highspy.Highs]:
    """A solver with so many threads; the library's threads end with it, for it refuses any other number meanwhile."""
    highspy.Highs.resetGlobalScheduler(True)
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("threads", threads)
    solver.setOptionValue("mip_rel_gap", 1e-7)
    solver.setOptionValue("mip_feasibility_tolerance", 1e-9)
    solver.setOptionValue("primal_feasibility_tolerance", 1e-9)
    try:
        yield solver
    finally:
        highspy.Highs.resetGlobalScheduler(True)


def is_static(fleet: Fleet) -> bool:
    """Say whether a fleet is nothing but vector packing: one host type, and limits of capacity only."""
    return (
        fleet.types == 1
        and not fleet.apart
        and not fleet.spares
        and not len(fleet.standing)
        and fleet.racks is None
        and bool(fleet.allowed.all())
        and not (fleet.licences.any() and fleet.licence_price.any())
    )


def vpsolver(fleet: Fleet, seconds: float, threads: int = 2) -> Answer:
    """Ask VPSolver's arc-flow graphs, solved by HiGHS; its programs come with ``pyvpsolver``, beside Python.

    Raises
    ------
    ValueError
        If the fleet is more than vector packing on one host type.
    """
    if not is_static(fleet):
        raise ValueError("VPSolver knows one host type and capacity alone")
    until = time.perf_counter() + seconds
    numbers = np.concatenate([fleet.demand, fleet.size])
    finite = np.isfinite(fleet.size[0]) & (fleet.demand.max(axis=0, initial=0.0) > 0)
    scales = [scale_of(np.unique(column)) for column in numbers[:, finite].T]
    by, exact = np.array([scale for scale, _ in scales]), all(exact for _, exact in scales)
    rounded = (np.round, np.round) if exact else (np.ceil, np.floor)
    demand = rounded[0](fleet.demand[:, finite] * by).astype(np.int64)
    size = rounded[1](fleet.size[0, finite] * by).astype(np.int64)
    kinds, kind_of, count = np.unique(demand, axis=0, return_inverse=True, return_counts=True)
    lines = [str(len(size)), " ".join(map(str, size.tolist())), str(len(kinds))]
    lines += [" ".join(map(str, [*row, n])) for row, n in zip(kinds.tolist(), count.tolist(), strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        vbp, afg, mps, sol = (Path(folder, f"fleet.{end}") for end in ("vbp", "afg", "mps", "sol"))
        vbp.write_text("\n".join([*lines, "BINARY{0};", "VTYPE{I};"]) + "\n")
        try:
            _program("vbp2afg", until, vbp, afg)
            _program("afg2mps", until, afg, mps)
        except subprocess.TimeoutExpired:
            return Answer(None, None, None, "no graph within the time")
        with _quiet(threads) as solver:
            solver.readModel(str(mps))
            solver.setOptionValue("time_limit", max(until - time.perf_counter(), 0.0))
            solver.run()
            status = solver.modelStatusToString(solver.getModelStatus())
            information = solver.getInfo()
            bound = math.ceil(information.mip_dual_bound - 1e-6) if math.isfinite(information.mip_dual_bound) else None
            least = float(bound * fleet.price[0] + fleet.load.sum() * fleet.load_price[0]) if exact and bound else None
            if information.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
                return Answer(None, None, least, status)
            values = np.round(solver.getSolution().col_value).astype(int).tolist()
            names = [solver.getColName(column)[1] for column in range(len(values))]
            sol.write_text("".join(f"{name} {value}\n" for name, value in zip(names, values, strict=True) if value))
        said = _program("vbpsol", until + 60, afg, sol, "0", "1")
    patterns = ast.literal_eval(said.split("PYSOL=", 1)[1].splitlines()[0])[1][0]
    return judged(fleet, _patterned(fleet, patterns, kind_of.reshape(-1)), least, status)


def _program(name: str, until: float, *words: str | Path) -> str:
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or name
    left = max(until - time.perf_counter(), 0.01)
    return subprocess.run([path, *words], check=True, capture_output=True, text=True, timeout=left).stdout


def _patterned(fleet: Fleet, patterns: Sequence[tuple[int, Sequence[tuple[int, int]]]], kind_of: Ints) -> Seating:
    """Fill hosts pattern by pattern; a pattern may offer more of a kind than there is."""
    waiting = {int(kind): np.flatnonzero(kind_of == kind).tolist() for kind in np.unique(kind_of)}
    host_of = np.full(fleet.items, -1, np.int64)
    hosts = 0
    for times, pattern in patterns:
        for _ in range(times):
            for kind, _option in pattern:
                if waiting[kind]:
                    host_of[waiting[kind].pop()] = hosts
            hosts += 1
    return Seating(np.zeros(hosts, np.int64), np.arange(hosts, dtype=np.int64), host_of)


PEERS: dict[str, Callable[[Fleet, float, int], Answer]] = {"cpsat": cpsat, "highs": highs, "vpsolver": vpsolver}
