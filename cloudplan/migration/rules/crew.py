"""No wave holds more systems than the crews can move, unless one inseparable cluster is larger and moves alone.

For every window w, L = ``migration.systems_per_wave``: Σ_s move[s, w] ≤ L + Σ (|C| − L) whole[C, w], with
whole[C, w] ≤ move[s, w] for all s of C, and Σ whole[C, w] ≤ 1, over the clusters C with |C| > L. What a wave holds
beyond the larger of L and its whole cluster is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.clusters import clusters
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Crew(Rule[MigrationProblem]):
    """The limit is ``migration.systems_per_wave``."""

    counts: ClassVar[str] = "over"

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write one row a window, and those of its large clusters."""
        most, large = problem.options.systems_per_wave, self.large(problem)
        places = range(len(model.windows))
        block.whole = pyo.Var(range(len(large)), places, domain=pyo.Binary)
        block.part = pyo.ConstraintList()
        block.rows = pyo.ConstraintList()
        for w in places if model.systems else ():
            for i, systems in enumerate(large):
                for system in systems:
                    block.part.add(block.whole[i, w] <= model.move[system, w])
            if large:
                block.part.add(sum(block.whole[i, w] for i in range(len(large))) <= 1)
            extra = sum((len(c) - most) * block.whole[i, w] for i, c in enumerate(large))
            block.rows.add(sum(model.move[s, w] for s in model.systems) <= most + extra)

    def misses(self, block: Any) -> Misses:
        """Each wave's row, by the systems over."""
        return {(str(wave), "over"): [(row, 1.0)] for wave, row in block.rows.items()}

    def large(self, problem: MigrationProblem) -> list[tuple[str, ...]]:
        """Clusters that hold more systems than may move at once."""
        most = problem.options.systems_per_wave
        return [cluster.systems for cluster in clusters(problem) if len(cluster.systems) > most]

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each window with more systems than the limit, or than the cluster that moves in it whole."""
        most = problem.options.systems_per_wave
        moved: dict[dt.datetime, set[str]] = {}
        for subject in movers(problem):
            if subject.system in state.cutovers:
                moved.setdefault(state.cutovers[subject.system].starts, set()).add(subject.system)
        large = self.large(problem)
        for starts, systems in sorted(moved.items()):
            over = len(systems) - max([most, *(len(own) for own in large if systems.issuperset(own))])
            if over > 0:
                values = {"starts": starts, "found": len(systems), "most": most, "short": float(over)}
                yield Finding("migration.crew.too_many", rule=self.name(), values=values)


def kept() -> tuple[MigrationProblem, State]:
    """Move alone the two that belong together, though they are more than one."""
    problem = problem_of([moving("A"), moving("B"), moving("C")], together=[("A", "B")], systems_per_wave=1)
    return problem, state_of(problem, {"A": 0, "B": 0, "C": 1})


def broken() -> tuple[MigrationProblem, State]:
    """Move a third one with them."""
    problem, _ = kept()
    return problem, state_of(problem, {"A": 0, "B": 0, "C": 0})
