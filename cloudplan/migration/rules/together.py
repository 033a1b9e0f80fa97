"""Systems that need each other all the time move in one wave (S2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.estate import bound_together
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Together(Rule[MigrationProblem]):
    """For the stated pairs."""

    counts: ClassVar[str] = "apart"

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write move[a, w] = move[b, w] for each pair and window w, as two rows."""
        pairs, places = bound_together(problem), range(len(model.windows))
        ways = [(a, b) for one, other in pairs for a, b in ((one, other), (other, one))]
        block.rows = pyo.Constraint(
            range(len(ways)), places, rule=lambda _, n, w: model.move[ways[n][0], w] <= model.move[ways[n][1], w]
        )

    def misses(self, block: Any) -> Misses:
        """Group the rows of a pair: apart is apart, however far."""
        found: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (way, _), row in block.rows.items():
            found.setdefault((str(way // 2), "apart"), []).append((row, 1.0))
        return found

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each pair of which one has moved without the other."""
        for pair in bound_together(problem):
            windows = [state.cutovers[system].starts if system in state.cutovers else None for system in pair]
            if windows[0] != windows[1]:
                one, other = pair if windows[0] is not None else pair[::-1]
                yield Finding("migration.together.apart", subject=one, rule=self.name(), values={"other": other})


def kept() -> tuple[MigrationProblem, State]:
    """Move the two sides of a gap in one wave."""
    problem = problem_of([moving("IN"), moving("OUT")], together=[("IN", "OUT")])
    return problem, state_of(problem, {"IN": 1, "OUT": 1})


def broken() -> tuple[MigrationProblem, State]:
    """Move them a week apart."""
    problem, _ = kept()
    return problem, state_of(problem, {"IN": 0, "OUT": 1})
