"""The single choice of this home, *this system in this window*, and the base of the rules that judge only that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.migration.calendar import Window, window_at
from cloudplan.migration.problem import MigrationProblem, Moving
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

SWITCHED_OFF = frozenset({"RETIRE", "MERGE"})
"""Dispositions that only switch off: nothing is copied and nothing stands anywhere afterwards."""

CARRIED = frozenset({"RELOCATE"})
"""Dispositions that carry their own servers along."""

MOVES = SWITCHED_OFF | CARRIED | {"REHOST", "REPLATFORM", "REFACTOR", "UPLIFT"}
"""Dispositions that need a wave; a system of any other stays where it is."""

SHOWN = 10
"""Systems named where many are meant."""


@dataclass(frozen=True, slots=True)
class Move:
    """One choice: a system and the window in which it is cut over."""

    moving: Moving
    window: Window


def movers(problem: MigrationProblem) -> tuple[Moving, ...]:
    """Systems that need a wave, in the problem's order."""
    return tuple(moving for moving in problem.systems if moving.disposition in MOVES)


def moves_in(problem: MigrationProblem, state: State) -> Iterator[Move]:
    """Yield the moves that a state looks back on."""
    for moving in movers(problem):
        if moving.system in state.cutovers:
            yield Move(moving, window_at(problem.options, state.cutovers[moving.system].starts))


class SingleMoveRule(Rule[MigrationProblem]):
    """A rule said once, as ``forbids(problem, Move)``; maths and words follow from it."""

    def build(self, block: Any, model: Any, problem: MigrationProblem) -> None:
        """Fix each forbidden ``move[s,w]`` at 0."""
        block.rows = pyo.ConstraintList()
        for moving in movers(problem):
            for window in model.windows:
                if self.forbids(problem, Move(moving, window)) is not None:
                    block.rows.add(model.move[moving.system, window.index] <= 0)

    def misses(self, block: Any) -> Misses:
        """Each forbidden move, by 1."""
        return {("refused", str(number)): [(row, 1.0)] for number, row in block.rows.items()}

    def violations(self, problem: MigrationProblem, state: State) -> Iterator[Finding]:
        """Yield what the rule says against each move made so far."""
        for move in moves_in(problem, state):
            finding = self.forbids(problem, move)
            if finding is not None:
                yield finding

    def lacks(self, problem: MigrationProblem, choice: Move) -> float:
        """By how much a forbidden move misses the rule, in the rule's own unit: of several moves the least counts."""
        return 1.0

    def least(self, problem: MigrationProblem, choice: Move) -> Finding:
        """Word the least that would have to give for one forbidden move."""
        values = {"starts": choice.window.starts}
        return Finding("migration.least.exempt", subject=choice.moving.system, rule=self.name(), values=values)

    def leasts(self, problem: MigrationProblem, choices: Sequence[Move]) -> Iterator[Finding]:
        """Word the least that would have to give for one forbidden move of each of some systems.

        Each by itself, unless a rule knows one thing that serves several.
        """
        for choice in choices:
            yield self.least(problem, choice)

    def granted(self, problem: MigrationProblem, choices: Sequence[Move]) -> MigrationProblem | None:
        """Ask the migration anew with what :meth:`leasts` words granted; ``None``: only an exemption would do."""
        return None
