"""A small integer program over hosts by type, while it is written, and HiGHS, which solves it."""

from __future__ import annotations

import math
from functools import cache
from threading import Lock

import highspy
import numpy as np

from cloudplan.packing.fleet.needs import SLACK
from cloudplan.packing.fleet.question import Bools, Fleet, Floats

NODES = 20_000
"""Most branch-and-bound nodes; the bound is a proof wherever the solver stops."""

Row = tuple[dict[int, float], float]
"""Coefficient of each column, and what their sum is at least."""


class Program:
    """Columns for hosts, then whatever is added, and rows over them."""

    def __init__(self, fleet: Fleet, may: Bools) -> None:
        self.costs: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[bool] = []
        self.rows: list[Row] = []
        self.of_type: list[list[int]] = [[] for _ in range(fleet.types)]
        self.standing: list[list[int]] = []
        worth = np.bincount(
            fleet.home[fleet.home >= 0], fleet.move_price[fleet.home >= 0], minlength=len(fleet.standing)
        )
        alike: dict[tuple[int, float], list[int]] = {}
        for host, kind in enumerate(fleet.standing.tolist()):
            alike.setdefault((kind, float(worth[host])), []).append(host)
        for (kind, saved), hosts in alike.items():
            if may[kind]:
                self.of_type[kind].append(self.add(float(fleet.price[kind]) - saved, 0, len(hosts)))
                self.standing.append(hosts)
        for kind in np.flatnonzero(may).tolist():
            beyond = int(fleet.most[kind]) - int((fleet.standing == kind).sum())
            if beyond > 0:
                self.of_type[kind].append(self.add(float(fleet.price[kind]), 0, min(beyond, fleet.items)))
                self.standing.append([])

    def add(self, cost: float, low: float, high: float, whole: bool = True) -> int:
        """Add a column and give its number."""
        self.costs.append(cost)
        self.low.append(float(low))
        self.high.append(float(high))
        self.whole.append(whole)
        return len(self.costs) - 1

    def hosts(self, coefficients: Floats, total: float) -> dict[int, float]:
        """Write Σ coefficient x hosts over a total, each host giving no more than is asked."""
        return {
            c: min(float(coefficients[kind]) / total, 1.0)
            for kind, columns in enumerate(self.of_type)
            for c in columns
            if coefficients[kind] > 0
        }

    def at_least(self, coefficients: Floats, total: float) -> bool:
        """Ask that hosts give a total together; say whether any could."""
        row = self.hosts(coefficients, total)
        self.rows.append((row, 1.0 - SLACK))
        return bool(row)

    def solve(self) -> tuple[float, list[float]]:
        """Minimise; return the proven bound and the best choice found, infinite and empty where there is none."""
        scale = max((abs(cost) for cost in self.costs), default=0.0) or 1.0
        bound, choice = _solve(np.array(self.costs) / scale, self.low, self.high, self.rows, self.whole)
        return bound * scale, choice


_BANNER = Lock()


@cache
def quiet() -> None:
    """Let the library print its banner where nobody sees it; called once, before there are threads that print."""
    from pyomo.common.tee import capture_output

    with _BANNER, capture_output(capture_fd=True):
        highspy.Highs()


def _solve(
    costs: Floats, low: list[float], high: list[float], rows: list[Row], integer: list[bool]
) -> tuple[float, list[float]]:
    """Minimise over the rows; return the proven bound and the best choice found."""
    if any(a > b for a, b in zip(low, high, strict=True)):
        return math.inf, []
    quiet()
    solver = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-7), ("mip_max_nodes", NODES)):
        solver.setOptionValue(option, value)
    many = len(costs)
    solver.addVars(many, np.array(low), np.array(high))
    solver.changeColsCost(many, np.arange(many, dtype=np.int32), costs)
    whole = np.flatnonzero(integer).astype(np.int32)
    kinds = np.full(len(whole), highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(len(whole), whole, kinds)
    starts = np.cumsum([0, *(len(row) for row, _ in rows[:-1])]).astype(np.int32)
    indices = np.array([c for row, _ in rows for c in row], dtype=np.int32)
    values = np.array([v for row, _ in rows for v in row.values()])
    least = np.array([total for _, total in rows])
    added = solver.addRows(
        len(rows), least, np.full(len(rows), highspy.kHighsInf), len(indices), starts, indices, values
    )
    if added != highspy.HighsStatus.kOk:
        raise ValueError("HiGHS refuses a row of the bound")
    solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return math.inf, []
    bound = float(solver.getInfo().mip_dual_bound)
    if not math.isfinite(bound):
        # stopped before it proved anything: what no row asks for is what is known
        bound = float(np.minimum(costs * np.array(low), costs * np.array(high)).sum())
    solution = solver.getSolution().col_value
    return bound, [
        float(round(value)) if is_whole else value for value, is_whole in zip(solution, integer, strict=True)
    ]
