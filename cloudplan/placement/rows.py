"""A placement model as plain rows of the solver, of which whole rules can be switched off and on again.

Diagnosis asks many questions about one model ("is it feasible without this rule?"). Writing the model anew for each
would take minutes, so its rows are handed to HiGHS once and only their bounds change between two questions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

ITERATIONS = 50_000
"""Simplex iterations a question."""
FEASIBLE, INFEASIBLE, UNDECIDED = "feasible", "infeasible", "undecided"


class Rows:
    """Rows and columns of a model inside HiGHS.

    Parameters
    ----------
    model
        From :func:`cloudplan.placement.model.build_model`, built with every choice and no refusal.
    refused
        For each rule, the variables that must be 0 while it holds.
    nodes, seed
        Where a search stops, and its random seed.
    """

    def __init__(self, model: Any, refused: Mapping[str, Iterable[Any]], nodes: int, seed: int) -> None:
        self.rules = tuple(str(name) for name in model.rule)
        self._highs = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", seed), ("mip_max_nodes", nodes),
            ("mip_rel_gap", 1e-3), ("simplex_iteration_limit", ITERATIONS),
        ):  # fmt: skip
            self._highs.setOptionValue(option, value)
        self._column: dict[int, int] = {}
        lower: list[float] = []
        upper: list[float] = []
        integer: list[bool] = []
        for variable in model.component_data_objects(pyo.Var):
            self._column[id(variable)] = len(lower)
            least, most = (variable.value, variable.value) if variable.fixed else variable.bounds
            lower.append(-highspy.kHighsInf if least is None else float(least))
            upper.append(highspy.kHighsInf if most is None else float(most))
            integer.append(not variable.is_continuous())
            variable.unfix()
        self._upper, self._lower = np.array(upper), np.array(lower)
        self._integer = np.flatnonzero(integer).astype(np.int32)
        self._highs.addVars(len(lower), self._lower, self._upper)
        self._refused = {
            name: np.array([self._column[id(v)] for v in found], dtype=np.int32) for name, found in refused.items()
        }
        self._rows: dict[str, list[int]] = {name: [] for name in self.rules}
        self.row: dict[int, int] = {}
        low: list[float] = []
        high: list[float] = []
        starts: list[int] = []
        index: list[int] = []
        coefficients: list[float] = []
        for owner, block in [(None, model), (None, model.sizes), *((name, model.rule[name]) for name in model.rule)]:
            for row in block.component_data_objects(pyo.Constraint, descend_into=owner is not None):
                form = generate_standard_repn(row.body)
                if owner is not None:
                    self._rows[str(owner)].append(len(low))
                self.row[id(row)] = len(low)
                low.append(float(pyo.value(row.lower)) - form.constant if row.has_lb() else -highspy.kHighsInf)
                high.append(float(pyo.value(row.upper)) - form.constant if row.has_ub() else highspy.kHighsInf)
                starts.append(len(index))
                index += [self._column[id(v)] for v in form.linear_vars]
                coefficients += [float(c) for c in form.linear_coefs]
        self._low, self._high = np.array(low), np.array(high)
        self._highs.addRows(
            len(low), self._low, self._high, len(index), np.array(starts, np.int32), np.array(index, np.int32),
            np.array(coefficients, float),
        )  # fmt: skip

    def feasible(self, active: Collection[str], whole: bool = False) -> str:
        """Say whether the rows of some rules, and the skeleton, can be kept together.

        Parameters
        ----------
        active
            Names of the rules that hold.
        whole
            Whether integers must be whole; without it an ``infeasible`` is still a proof, a ``feasible`` is none.
        """
        self._hold(active, whole)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return INFEASIBLE
        found = self._highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        return FEASIBLE if found else UNDECIDED

    def _hold(self, active: Collection[str], whole: bool) -> None:
        low, high = self._low.copy(), self._high.copy()
        lower, upper = self._lower.copy(), self._upper.copy()
        for name in self.rules:
            if name not in active:
                low[self._rows[name]], high[self._rows[name]] = -highspy.kHighsInf, highspy.kHighsInf
            elif name in self._refused:
                lower[self._refused[name]] = upper[self._refused[name]] = 0.0
        every = np.arange(len(low), dtype=np.int32)
        self._highs.changeRowsBounds(len(low), every, low, high)
        columns = np.arange(len(lower), dtype=np.int32)
        self._highs.changeColsBounds(len(lower), columns, lower, upper)
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        # a start from the last answer would forgo presolve, which settles most of these questions
        self._highs.clearSolver()
        self._highs.changeColsIntegrality(
            len(self._integer), self._integer, np.full(len(self._integer), int(kind), np.uint8)
        )

    def shortfall(
        self, active: Collection[str], groups: Mapping[Any, Sequence[tuple[Any, float]]], whole: bool
    ) -> dict[Any, float] | None:
        """Least total by which groups of rows must be missed so that the rest holds.

        Parameters
        ----------
        active
            Rules that hold; the groups' rows are among theirs.
        groups
            For each group its rows, each with what one unit of slack takes off the row's excess (its unit).

        Returns
        -------
        dict or None
            Slack of each group, those at 0 left out; ``None`` if the rest can't be kept either, or the search ran out.
        """
        self._hold(active, whole)
        first = self._highs.getNumCol()
        for found in groups.values():
            index, value = [], []
            for row, unit in found:
                # a row that is bounded from below is missed downwards
                index.append(self.row[id(row)])
                value.append(unit if row.has_lb() and not row.has_ub() else -unit)
            self._highs.addCol(
                1.0, 0.0, highspy.kHighsInf, len(index), np.array(index, np.int32), np.array(value, float)
            )
        try:
            self._highs.run()
            if self._highs.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
                return None
            solution = self._highs.getSolution().col_value[first:]
        finally:
            added = np.arange(first, first + len(groups), dtype=np.int32)
            self._highs.deleteVars(len(added), added)
        return {key: float(v) for key, v in zip(groups, solution, strict=True) if v > 1e-6}
