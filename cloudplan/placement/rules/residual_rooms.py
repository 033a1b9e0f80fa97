"""Departments' rooms close: each that stays open is one miss.

o[r] ≤ 0 for every department's room r. The rooms' own cost is in the objective whatever this rule says; a price here
weighs closing them beyond it, and set hard, every room must close.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class ResidualRooms(Rule[PlacementProblem]):
    """No department's room stays open."""

    by_default: ClassVar[bool] = False
    counts: ClassVar[str] = "room"
    soft: float | None = field(default=0.0, kw_only=True, metadata={"least": 0})

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a room."""
        block.closed = pyo.Constraint(list(model.room_open), rule=lambda _, room: model.room_open[room] <= 0)

    def misses(self, block: Any) -> Misses:
        """By room."""
        return {(room, "room"): [(row, 1.0)] for room, row in block.closed.items()}

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Name every room that stays open."""
        for room in sorted(problem.rooms_open(problem.taken(state))):
            yield Finding("placement.residual_rooms", subject=room, rule=self.name())


def kept() -> tuple[PlacementProblem, State]:
    """The room's only system has left."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """It stays."""
    problem = example.problem(lock="KEEP")
    return problem, example.state(problem, {"A/app/x86": ("KEEP", "today:R", "PUB")})
