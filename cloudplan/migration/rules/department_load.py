"""No wave moves more of one department's systems than its people can take in.

For every department d and window w, L = ``most``: Σ_{s of d} move[s, w] ≤ L + Σ (|C_d| − L) whole[C, w], with
whole[C, w] ≤ move[s, w] for all s of d in C, and Σ whole[C, w] ≤ 1, over the clusters C of which more than L systems,
C_d, are the department's: such a cluster can't be parted and has the department's wave for itself. What a wave holds
beyond the larger of L and |C_d| of its whole cluster is over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
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
class DepartmentLoad(Rule[MigrationProblem]):
    """At most so many systems of a department a wave."""

    most: int = field(default=3, metadata={"least": 1, "most": 1000})

    by_default: ClassVar[bool] = False
    counts: ClassVar[str] = "over"

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Write one row a department and window, and those of its large clusters."""
        block.rows = pyo.ConstraintList()
        block.part = pyo.ConstraintList()
        block.whole = pyo.Var(pyo.Any, domain=pyo.Binary, dense=False)
        for department, systems in _departments(problem).items():
            large = self.large(problem, department)
            for w in range(len(model.windows)):
                whole = [block.whole[department, i, w] for i in range(len(large))]
                for chosen, own in zip(whole, large, strict=True):
                    for system in own:
                        block.part.add(chosen <= model.move[system, w])
                if large:
                    block.part.add(sum(whole) <= 1)
                extra = sum((len(own) - self.most) * chosen for chosen, own in zip(whole, large, strict=True))
                block.rows.add(sum(model.move[s, w] for s in systems) <= self.most + extra)

    def misses(self, block: Any) -> Misses:
        """Each department's row in each wave, by the systems over."""
        return {(str(number), "over"): [(row, 1.0)] for number, row in block.rows.items()}

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield each window and department with more systems than the limit, or than its cluster that moves whole."""
        for department, systems in _departments(problem).items():
            moved: dict[dt.datetime, set[str]] = {}
            for system in systems:
                if system in state.cutovers:
                    moved.setdefault(state.cutovers[system].starts, set()).add(system)
            large = self.large(problem, department)
            for starts, found in sorted(moved.items()):
                over = len(found) - max([self.most, *(len(own) for own in large if found.issuperset(own))])
                if over > 0:
                    values = {"starts": starts, "found": len(found), "most": self.most, "short": float(over)}
                    yield Finding("migration.department_load", subject=department, rule=self.name(), values=values)

    def large(self, problem: MigrationProblem, department: str) -> list[tuple[str, ...]]:
        """A department's systems in each cluster that holds more of them than may move at once."""
        whose = {moving.system: moving.department for moving in movers(problem)}
        own = (tuple(s for s in cluster.systems if whose[s] == department) for cluster in clusters(problem))
        return [systems for systems in own if len(systems) > self.most]


def _departments(problem: MigrationProblem) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for moving_ in movers(problem):
        out.setdefault(moving_.department, []).append(moving_.system)
    return out


def kept() -> tuple[MigrationProblem, State]:
    """Move three of D's four in one wave, the last a week later."""
    problem = problem_of([moving(s, department="D") for s in "ABCE"], systems_per_wave=9)
    return problem, state_of(problem, {"A": 0, "B": 0, "C": 0, "E": 1})


def broken() -> tuple[MigrationProblem, State]:
    """Move all four at once."""
    problem, _ = kept()
    return problem, state_of(problem, dict.fromkeys("ABCE", 0))
