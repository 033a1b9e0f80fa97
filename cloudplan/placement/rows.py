"""A placement model as plain rows of the solver, of which rules, or parts of them, can be switched off and on again.

Diagnosis asks many questions about one model ("is it feasible without this rule?"). Writing the model anew for each
would take minutes, so its rows are handed to HiGHS once and only their bounds change between two questions.

A rule's *part* is what it says about one subject: the choices it refuses a system, the rows of one pool or room.

Length: one solver's model, whose bounds, prices and added rows every question has to put back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from cloudplan.relief import Ease, Relief, Together

ITERATIONS = 50_000
"""Simplex iterations a question about feasibility."""
SETTLED, SETTLING_NODES = 0.02, 20
"""Gap and nodes at which the search for the cheapest plan of those with the least stops."""
GAP = 1e-6
"""Share of the least at which a search stops."""
CIRCULAR, ENDLESS = (1 << 14) + (1 << 15), 1 << 13
"""Presolve's rules *sparsify* and *probing*, and, in whole numbers, *parallel rows and columns*.

Some of these questions made HiGHS 1.16 apply the first two in turn for ever; columns that the third merges into one of
many units kept it strengthening the row of an hour without end.
"""
FEASIBLE, INFEASIBLE, UNDECIDED = "feasible", "infeasible", "undecided"
TINY = 1e-9
"""Below this share of the largest, a multiplier of a proof is none."""
Part = tuple[str, str]
"""(Rule, subject)."""
Refused = Mapping[str, Mapping[str, Sequence[Any]]]
"""Rule → subject → variables that must be 0 while it holds."""


@dataclass(frozen=True)
class Shortfall:
    """The least that must be granted.

    Parameters
    ----------
    amounts
        By relief, those at 0 left out; in its unit.
    proven
        Whether nothing less in sum would do; else it is enough, and the search ran out before it was the least.
    """

    amounts: Mapping[Relief, float]
    proven: bool


@dataclass(frozen=True)
class Least:
    """What is made least.

    Parameters
    ----------
    most
        Reliefs of which no more may be granted than this; they are given freely up to there.
    weight
        What a unit of a relief counts beside the others'; 1 where it isn't named.
    """

    most: Mapping[Relief, float] = field(default_factory=dict)
    weight: Mapping[Relief, float] = field(default_factory=dict)


@dataclass
class _Written:
    """Rows of one part, and columns that it refuses."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)


class Rows:
    """Rows and columns of a model inside HiGHS.

    Parameters
    ----------
    model
        From :func:`cloudplan.placement.model.build_model`, built with every choice and no refusal.
    refused
        What the rules refuse, by subject.
    eases
        For each rule, its rows that may be missed.
    nodes, seed
        Where a search stops, and its random seed.

    Attributes
    ----------
    steps
        Simplex iterations taken so far.
    ran_out
        Whether the last search for the least stopped at a limit without an answer.
    """

    def __init__(
        self, model: Any, refused: Refused, eases: Mapping[str, Sequence[Ease]], nodes: int, seed: int
    ) -> None:
        self.rules, self._nodes = tuple(str(name) for name in model.rule), nodes
        self._highs = highspy.Highs()
        for option, value in (
            ("output_flag", False), ("threads", 1), ("random_seed", seed), ("mip_max_nodes", nodes),
            ("mip_rel_gap", GAP), ("simplex_iteration_limit", ITERATIONS), ("presolve_rule_off", CIRCULAR),
        ):  # fmt: skip
            self._highs.setOptionValue(option, value)
        self._variables = list(model.component_data_objects(pyo.Var))
        self._column = {id(variable): number for number, variable in enumerate(self._variables)}
        bounds = [(v.value, v.value) if v.fixed else v.bounds for v in self._variables]
        self._lower = np.array([-highspy.kHighsInf if least is None else float(least) for least, _ in bounds])
        self._upper = np.array([highspy.kHighsInf if most is None else float(most) for _, most in bounds])
        self._integer = np.flatnonzero([not v.is_continuous() for v in self._variables]).astype(np.int32)
        for variable in self._variables:
            variable.unfix()
        self._highs.addVars(len(self._variables), self._lower, self._upper)
        self._low, self._high = np.array([]), np.array([])
        self._owner, self._index, self._values = np.array([], int), np.array([], int), np.array([])
        self._rows: dict[str, list[int]] = {name: [] for name in self.rules}
        self._row: dict[int, int] = {}
        self.steps, self.ran_out = 0, False
        yearly = generate_standard_repn(model.cost.expr)
        self._cost = np.zeros(len(self._variables))
        self._cost[[self._column[id(v)] for v in yearly.linear_vars]] = [float(c) for c in yearly.linear_coefs]
        for skeleton in (model, model.sizes):
            self._write(None, skeleton.component_data_objects(pyo.Constraint, descend_into=False))
        for name in self.rules:
            self._write(name, model.rule[name].component_data_objects(pyo.Constraint))
        self._fate = {str(system): self._row[id(row)] for system, row in model.one_fate.items()}
        self.parts: dict[Part, _Written] = {}
        self._refused: dict[str, list[int]] = {}
        for name, subjects in refused.items():
            for subject, variables in subjects.items():
                columns = [self._column[id(v)] for v in variables]
                self.parts.setdefault((name, subject), _Written()).columns += columns
                self._refused.setdefault(name, []).extend(columns)
        for name, found in eases.items():
            self.belong(name, found)

    def add(self, name: str, rows: Iterable[Any], eases: Sequence[Ease]) -> None:
        """Add rows to a rule, and say to which of its parts they belong."""
        self._write(name, (row for row in rows if id(row) not in self._row))
        self.belong(name, eases)

    def belong(self, name: str, eases: Iterable[Ease]) -> None:
        """Sort a rule's rows by what they are about."""
        for ease in eases:
            if ease.relief is not None and not isinstance(ease.row, Together):
                part, row = self.parts.setdefault((name, ease.relief.subject), _Written()), self._row[id(ease.row)]
                if row not in part.rows:
                    part.rows.append(row)

    def _write(self, owner: str | None, rows: Iterable[Any]) -> None:
        low: list[float] = []
        high: list[float] = []
        starts: list[int] = []
        index: list[int] = []
        coefficients: list[float] = []
        first = len(self._low)
        for row in rows:
            form = generate_standard_repn(row.body)
            if owner is not None:
                self._rows[owner].append(first + len(low))
            self._row[id(row)] = first + len(low)
            low.append(float(pyo.value(row.lower)) - form.constant if row.has_lb() else -highspy.kHighsInf)
            high.append(float(pyo.value(row.upper)) - form.constant if row.has_ub() else highspy.kHighsInf)
            starts.append(len(index))
            index += [self._column[id(v)] for v in form.linear_vars]
            coefficients += [float(c) for c in form.linear_coefs]
        self._low, self._high = np.append(self._low, low), np.append(self._high, high)
        per_row = np.diff([*starts, len(index)])
        self._owner = np.append(self._owner, np.repeat(np.arange(first, first + len(low)), per_row))
        self._index, self._values = np.append(self._index, index).astype(int), np.append(self._values, coefficients)
        self._highs.addRows(
            len(low), np.array(low), np.array(high), len(index), np.array(starts, np.int32),
            np.array(index, np.int32), np.array(coefficients, float),
        )  # fmt: skip

    def feasible(
        self,
        active: Collection[str],
        whole: bool = False,
        off: Collection[Part] = (),
        absent: Collection[str] = (),
    ) -> str:
        """Say whether the rows of some rules, and the skeleton, can be kept together.

        Parameters
        ----------
        active
            Names of the rules that hold.
        whole
            Whether integers must be whole; without it an ``infeasible`` is still a proof, a ``feasible`` is none.
        off
            Parts of them that don't.
        absent
            Systems that need no place.
        """
        self._hold(active, whole, off, absent)
        self._highs.run()
        self._count()
        status = self._highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return INFEASIBLE
        return FEASIBLE if self._found() else UNDECIDED

    def proof(
        self, active: Collection[str], off: Collection[Part] = (), absent: Collection[str] = ()
    ) -> tuple[set[Part], set[str]] | None:
        """Find on what an infeasible relaxation rests: parts, and systems, that suffice for the collision.

        A Farkas certificate adds the rows up, each times a multiplier, to one that no point within the bounds keeps:
        zᵀA x ≥ b for every answer, where max zᵀA x over the bounds is below b. The parts and systems of which it uses
        no row and no bound aren't needed. It is verified by that sum; where the solver's ray fails, nothing is spared.

        Returns
        -------
        tuple or None
            ``None`` if the relaxation is feasible. Arguments are those of :meth:`feasible`.
        """
        self._hold(active, False, off, absent)
        # only the simplex method itself has a ray
        self._highs.setOptionValue("presolve", "off")
        try:
            self._highs.run()
            if self._highs.getModelStatus() != highspy.HighsModelStatus.kInfeasible:
                return None
            _, has_ray, ray = self._highs.getDualRay()
            used = self._certificate(np.array(ray)) if has_ray else None
        finally:
            self._highs.setOptionValue("presolve", "choose")
        held = [part for part in self.parts if part[0] in active and part not in off]
        if used is None:
            return set(held), {system for system in self._fate if system not in absent}
        rows, columns = used
        needed = {part for part in held if rows.intersection(self.parts[part].rows)}
        # a column may be refused twice: what is needed anyway comes first
        for part in sorted(held, key=lambda part: part not in needed):
            mine = columns.intersection(self.parts[part].columns)
            if mine:
                columns -= mine
                needed.add(part)
        return needed, {system for system, row in self._fate.items() if system not in absent and row in rows}

    def _certificate(self, ray: Any) -> tuple[set[int], set[int]] | None:
        """Rows of which a ray uses a lower bound or a rule's, and columns of which it uses the upper one."""
        lp = self._highs.getLp()
        low, high = np.array(lp.row_lower_), np.array(lp.row_upper_)
        lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
        for z in (ray, -ray):
            z = np.where(np.abs(z) < TINY * np.abs(ray).max(), 0.0, z)
            total = np.bincount(self._index, self._values * z[self._owner], len(lower))
            total[np.abs(total) < TINY * np.abs(z).max()] = 0.0
            up, down, most, least = z > 0, z < 0, total > 0, total < 0
            asked = z[up] @ low[up] + z[down] @ high[down]
            reach = total[most] @ upper[most] + total[least] @ lower[least]
            if np.isfinite(asked) and np.isfinite(reach) and reach < asked - TINY * max(1.0, abs(asked)):
                fates = set(self._fate.values())
                # a system that needs no place still takes one fate at most
                rows = {int(row) for row in np.flatnonzero(z) if up[row] or int(row) not in fates}
                return rows, {int(column) for column in np.flatnonzero(most)}
        return None

    def read_back(self, values: Sequence[float] | None = None) -> None:
        """Give the model's variables some values; those of the last answer unless others are given."""
        found = self._highs.getSolution().col_value if values is None else values
        for variable, value in zip(self._variables, found, strict=False):
            variable.set_value(value, skip_validation=True)

    def _found(self) -> bool:
        return bool(self._highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible)

    def _hold(
        self,
        active: Collection[str],
        whole: bool,
        off: Collection[Part] = (),
        absent: Collection[str] = (),
        opened: Mapping[str, set[int]] | None = None,
    ) -> None:
        low, high = self._low.copy(), self._high.copy()
        lower, upper = self._lower.copy(), self._upper.copy()
        free = [row for name in self.rules if name not in active for row in self._rows[name]]
        open_ = dict(opened or {})
        for part in off:
            free += self.parts[part].rows
            open_[part[0]] = open_.get(part[0], set()).union(self.parts[part].columns)
        low[free], high[free] = -highspy.kHighsInf, highspy.kHighsInf
        low[[self._fate[system] for system in absent]] = 0.0
        for name in self._refused:
            if name in active:
                shut = [c for c in self._refused[name] if c not in open_.get(name, ())]
                lower[shut] = upper[shut] = 0.0
        every = np.arange(len(low), dtype=np.int32)
        self._highs.changeRowsBounds(len(low), every, low, high)
        columns = np.arange(len(lower), dtype=np.int32)
        self._highs.changeColsBounds(len(lower), columns, lower, upper)
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        self._highs.setOptionValue("presolve_rule_off", CIRCULAR + ENDLESS if whole else CIRCULAR)
        # a start from the last answer would forgo presolve, which settles most of these questions
        self._highs.clearSolver()
        self._highs.changeColsIntegrality(
            len(self._integer), self._integer, np.full(len(self._integer), int(kind), np.uint8)
        )

    def shortfall(
        self,
        active: Collection[str],
        eases: Iterable[Ease],
        whole: bool,
        opened: Mapping[str, Collection[Any]],
        least: Least | None = None,
    ) -> Shortfall | None:
        """Least in weighted sum that must be granted so that the rest holds; of the plans with that, a cheap one.

        Many plans need the same sum. In whole numbers the search goes on for one of them that takes few refused choices
        and, of these, costs little a year, so that what is missing is said of what needs it and where a plan would miss
        it, not where the solver happened to put it.

        Parameters
        ----------
        active
            Rules that hold; the eased rows are among theirs.
        eases
            The rows that may be missed; a finer row is added for as long as the question takes.
        whole
            As in :meth:`feasible`.
        opened
            For each eased rule, the variables that it no longer refuses: they have rows of their own.
        least
            What is made least.

        Returns
        -------
        Shortfall or None
            ``None`` if the rest can't be kept either, or (:attr:`ran_out`) the search ended before it found any way.
        """
        least = least or Least()
        open_ = {name: {self._column[id(v)] for v in found} for name, found in opened.items()}
        self._hold(active, whole, opened=open_)
        first, rows = self._highs.getNumCol(), len(self._low)
        try:
            columns = self._ease(list(eases), least)
            self._highs.run()
            self._count()
            known = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
            self.ran_out = not self._found() and self._highs.getModelStatus() not in known
            if not self._found():
                return None
            info = self._highs.getInfo()
            proven = not whole or info.mip_gap <= 1e-4 or info.objective_function_value - info.mip_dual_bound <= 1e-6
            value = list(self._highs.getSolution().col_value)
            if whole:
                taken = sorted(set().union(*open_.values()))
                value = self._settle(columns, least, info.objective_function_value, value, taken)
            amounts = {relief: float(value[column]) for relief, column in columns.items() if value[column] > 1e-6}
            self.read_back(value)
            return Shortfall({r: v for r, v in amounts.items() if r not in least.most}, proven)
        finally:
            for option, usual in (("mip_rel_gap", GAP), ("mip_max_nodes", self._nodes)):
                self._highs.setOptionValue(option, usual)
            added = np.arange(first, self._highs.getNumCol(), dtype=np.int32)
            self._highs.deleteVars(len(added), added)
            extra = np.arange(rows, self._highs.getNumRow(), dtype=np.int32)
            self._highs.deleteRows(len(extra), extra)
            self._price(np.zeros(first))

    def _settle(
        self, columns: Mapping[Relief, int], least: Least, total: float, known: list[float], refused: Sequence[int]
    ) -> list[float]:
        """Look for a plan with few refused choices, then a cheap one, of those that need no more in sum."""
        asked = {c: least.weight.get(r, 1.0) for r, c in columns.items() if r not in least.most}
        index = np.array(list(asked), np.int32)
        weights = np.array(list(asked.values()), float)
        self._highs.addRow(-highspy.kHighsInf, total, len(index), index, weights)
        cost = np.concatenate([self._cost, np.zeros(self._highs.getNumCol() - len(self._cost))])
        cost[index] = weights  # none of them is more than its rows need
        cost[list(refused)] += self._cost.max(initial=1.0)
        self._price(cost)
        self._highs.setOptionValue("mip_rel_gap", SETTLED)
        self._highs.setOptionValue("mip_max_nodes", SETTLING_NODES)
        start = highspy.HighsSolution()
        start.col_value = known
        self._highs.setSolution(start)
        self._highs.run()
        self._count()
        return list(self._highs.getSolution().col_value) if self._found() else known

    def _price(self, cost: Any) -> None:
        self._highs.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)

    def _count(self) -> None:
        self.steps += max(0, self._highs.getInfo().simplex_iteration_count)

    def _ease(self, eases: Sequence[Ease], least: Least) -> dict[Relief, int]:
        """Let rows be missed by what their reliefs grant; the new columns by relief."""
        reliefs = list(dict.fromkeys(ease.relief for ease in eases if ease.relief is not None))
        first, none = self._highs.getNumCol(), np.array([], np.int32)
        columns = {relief: first + number for number, relief in enumerate(reliefs)}
        upper = np.array([least.most.get(relief, highspy.kHighsInf) for relief in reliefs])
        cost = np.array([0.0 if relief in least.most else least.weight.get(relief, 1.0) for relief in reliefs])
        self._highs.addCols(len(reliefs), cost, np.zeros(len(reliefs)), upper, 0, none, none, np.array([]))
        limits: list[float] = []
        starts: list[int] = []
        index: list[int] = []
        values: list[float] = []
        for ease in eases:
            if ease.relief is None:
                self._highs.changeRowBounds(self._row[id(ease.row)], -highspy.kHighsInf, highspy.kHighsInf)
            elif isinstance(ease.row, Together):
                limits.append(ease.row.limit)
                starts.append(len(index))
                index += [*(self._column[id(v)] for v in ease.row.variables), columns[ease.relief]]
                values += [*(1.0 for _ in ease.row.variables), -ease.unit]
            else:
                # a row that is bounded from below is missed downwards
                unit = ease.unit if ease.row.has_lb() and not ease.row.has_ub() else -ease.unit
                self._highs.changeCoeff(self._row[id(ease.row)], columns[ease.relief], unit)
        self._highs.addRows(
            len(limits), np.full(len(limits), -highspy.kHighsInf), np.array(limits), len(index),
            np.array(starts, np.int32), np.array(index, np.int32), np.array(values),
        )  # fmt: skip
        return columns
