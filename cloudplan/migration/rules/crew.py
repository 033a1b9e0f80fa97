"""No wave holds more systems than the crews can move, unless one inseparable cluster is larger and moves alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.clusters import clusters
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Crew(Rule[MigrationProblem]):
    """The limit is ``migration.systems_per_wave``."""

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write Σ move[s, w] ≤ L + Σ (|C| − L) whole[C, w], whole[C, w] ≤ move[s, w] for s in C, |C| > L.

        One whole[C, w] = 1 leaves room for C alone; two of them would need |C| + |C'| ≤ |C| + |C'| − L.
        """
        most = problem.options.systems_per_wave
        large = [c.systems for c in clusters(problem) if len(c.systems) > most]
        places = range(len(model.windows))
        block.whole = pyo.Var(range(len(large)), places, domain=pyo.Binary)
        block.rows = pyo.ConstraintList()
        for w in places:
            for i, systems in enumerate(large):
                for system in systems:
                    block.rows.add(block.whole[i, w] <= model.move[system, w])
            if model.systems:
                extra = sum((len(c) - most) * block.whole[i, w] for i, c in enumerate(large))
                block.rows.add(sum(model.move[s, w] for s in model.systems) <= most + extra)

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each window with more systems than the limit that isn't one cluster alone."""
        most = problem.options.systems_per_wave
        moved: dict[dt.datetime, set[str]] = {}
        for subject in movers(problem):
            if subject.system in state.cutovers:
                moved.setdefault(state.cutovers[subject.system].starts, set()).add(subject.system)
        whole = [set(cluster.systems) for cluster in clusters(problem)]
        for starts, systems in sorted(moved.items()):
            if len(systems) > most and systems not in whole:
                values = {"starts": starts, "found": len(systems), "most": most}
                yield Finding("migration.crew.too_many", rule=self.name(), values=values)


def kept() -> tuple[MigrationProblem, State]:
    """Move alone the two that belong together, though they are more than one."""
    problem = problem_of([moving("A"), moving("B"), moving("C")], together=[("A", "B")], systems_per_wave=1)
    return problem, state_of(problem, {"A": 0, "B": 0, "C": 1})


def broken() -> tuple[MigrationProblem, State]:
    """Move a third one with them."""
    problem, _ = kept()
    return problem, state_of(problem, {"A": 0, "B": 0, "C": 0})
