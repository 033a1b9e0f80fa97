"""A server is carried away once, with all that stays on it and with nothing else on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.estate import carried_after, carried_together
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Carried(Rule[MigrationProblem]):
    """Relocated systems on one server share a wave, and what else ran there has left by then."""

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write move[a, w] = move[b, w] for what is carried together, moved[then, w] ≤ moved[first, w] for the rest."""
        together, after = carried_together(problem), carried_after(problem)
        places = range(len(model.windows))
        block.once = pyo.Constraint(
            range(len(together)),
            places,
            rule=lambda _, n, w: model.move[together[n][0], w] == model.move[together[n][1], w],
        )
        block.left = pyo.Constraint(
            range(len(after)), places, rule=lambda _, n, w: model.moved[after[n][1], w] <= model.moved[after[n][0], w]
        )

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each system that was carried away without another of its server, or with one still on it."""
        went = {system: cutover.starts for system, cutover in state.cutovers.items()}
        for pair in carried_together(problem):
            if went.get(pair[0]) != went.get(pair[1]):
                one, other = pair if pair[0] in went else pair[::-1]
                yield Finding("migration.carried.apart", subject=one, rule=self.name(), values={"other": other})
        for first, then in carried_after(problem):
            if then in went and (first not in went or went[first] > went[then]):
                yield Finding("migration.carried.loaded", subject=then, rule=self.name(), values={"first": first})


def kept() -> tuple[MigrationProblem, State]:
    """Carry a server with its two relocated systems, a week after the third has left it."""
    systems = [moving("A", "RELOCATE"), moving("B", "RELOCATE"), moving("C")]
    problem = problem_of(systems, servers=dict.fromkeys("ABC", "s"))
    return problem, state_of(problem, {"A": 1, "B": 1, "C": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Carry it while the third still runs on it."""
    problem, _ = kept()
    return problem, state_of(problem, {"A": 0, "B": 0, "C": 1})
