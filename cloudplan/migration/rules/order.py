"""What is called moves in an earlier wave than its callers, or in the same one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.estate import bound_in_order
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Order(Rule[MigrationProblem]):
    """For the stated pairs (first, then)."""

    counts: ClassVar[str] = "too_early"

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write Σ move[then, w'] ≤ Σ move[first, w'] over w' ≤ w, for each pair and window w."""
        pairs, places = bound_in_order(problem), range(len(model.windows))
        block.rows = pyo.Constraint(
            range(len(pairs)), places, rule=lambda _, n, w: model.moved[pairs[n][1], w] <= model.moved[pairs[n][0], w]
        )

    def misses(self, block: Any) -> Misses:
        """Group the rows of a pair: too early is too early, by however many windows."""
        found: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (pair, _), row in block.rows.items():
            found.setdefault((str(pair), "too_early"), []).append((row, 1.0))
        return found

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each system that has moved before what must go first."""
        for first, then in bound_in_order(problem):
            if then not in state.cutovers:
                continue
            if first not in state.cutovers or state.cutovers[first].starts > state.cutovers[then].starts:
                yield Finding("migration.order.too_early", subject=then, rule=self.name(), values={"first": first})


def kept() -> tuple[MigrationProblem, State]:
    """Move the database a week before the application."""
    problem = problem_of([moving("APP"), moving("DB")], before=[("DB", "APP")])
    return problem, state_of(problem, {"DB": 0, "APP": 1})


def broken() -> tuple[MigrationProblem, State]:
    """Move the application and leave the database."""
    problem, _ = kept()
    return problem, state_of(problem, {"APP": 0})
