"""The covering problem over the patterns known so far, kept warm in HiGHS: :class:`Master`."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np
import numpy.typing as npt

from cloudplan.packing.vectors.instance import Floats, Ints

PRIMAL = 4
"""HiGHS's number of the primal simplex, which goes on from the last basis when columns are added."""
GROWTH = 4096


class Master:
    """Fewest bins (fractions allowed) whose patterns cover the demand.

    ``min sum(x)  s.t.  patterns' x >= demand, x >= 0``

    Parameters
    ----------
    demand
        Items of each type; shape (m,).
    """

    def __init__(self, demand: Ints) -> None:
        self.types = len(demand)
        self.count = 0
        self._patterns = np.zeros((GROWTH, self.types), np.int16)
        self._known: set[bytes] = set()
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("solver", "simplex"),
                              ("simplex_strategy", PRIMAL)):  # fmt: skip
            self._solver.setOptionValue(option, value)
        none = np.array([], dtype=np.int32)
        for number in demand.tolist():
            self._solver.addRow(float(number), highspy.kHighsInf, 0, none, none.astype(float))
        self.add(np.eye(self.types, dtype=np.int64))

    @property
    def patterns(self) -> npt.NDArray[np.int16]:
        """The patterns, in the order of their variables; shape (count, m)."""
        return self._patterns[: self.count]

    def add(self, patterns: Ints | Sequence[Ints]) -> int:
        """Take in patterns that are new, and say how many were."""
        starts: list[int] = []
        rows: list[int] = []
        values: list[int] = []
        for pattern in np.asarray(patterns, dtype=np.int16).reshape(-1, self.types):
            mark = pattern.tobytes()
            if mark in self._known:
                continue
            self._known.add(mark)
            if self.count == len(self._patterns):
                self._patterns = np.concatenate([self._patterns, np.zeros_like(self._patterns)])
            self._patterns[self.count] = pattern
            self.count += 1
            held = np.flatnonzero(pattern)
            starts.append(len(rows))
            rows += held.tolist()
            values += pattern[held].tolist()
        if starts:
            n = len(starts)
            self._solver.addCols(
                n, np.ones(n), np.zeros(n), np.full(n, highspy.kHighsInf), len(rows), np.array(starts, np.int32),
                np.array(rows, np.int32), np.array(values, float),
            )  # fmt: skip
        return len(starts)

    def demand_only(self, left: Ints) -> None:
        """Ask for what is left only; patterns that hold more than that are out."""
        fits = (self.patterns <= left).all(axis=1)
        upper = np.where(fits, highspy.kHighsInf, 0.0)
        self._solver.changeColsBounds(self.count, np.arange(self.count, dtype=np.int32), np.zeros(self.count), upper)
        rows = np.arange(self.types, dtype=np.int32)
        self._solver.changeRowsBounds(self.types, rows, left.astype(float), np.full(self.types, highspy.kHighsInf))

    def solve(self) -> tuple[float, Floats, Floats]:
        """Give the least number of bins, the price of each type, and how often each pattern is used."""
        self._solver.run()
        solution = self._solver.getSolution()
        bins = float(self._solver.getInfo().objective_function_value)
        return bins, np.maximum(np.array(solution.row_dual), 0.0), np.array(solution.col_value)
