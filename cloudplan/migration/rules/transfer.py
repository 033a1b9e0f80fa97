"""A system's data fit through its own uplink before and during the cutover.

Hours to copy ≤ days of copying ahead × 24 + hours of outage allowed. Systems that share an uplink in one wave are not
added up: the links are not part of this problem.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cloudplan.findings import Finding
from cloudplan.migration.calendar import outage_allowed
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import CARRIED, SWITCHED_OFF, Move, SingleMoveRule
from cloudplan.migration.problem import MigrationProblem
from cloudplan.relief import SCENARIO, Edit
from cloudplan.state import State


@dataclass(frozen=True)
class Transfer(SingleMoveRule):
    """The copy ends in time; what is switched off or carried on its own servers copies nothing."""

    def forbids(self, problem: MigrationProblem, choice: Move) -> Finding | None:
        """Say that the copy takes longer than there is."""
        subject = choice.moving
        if subject.disposition in SWITCHED_OFF | CARRIED:
            return None
        allowed = problem.options.precopy_days * 24 + outage_allowed(problem.options, subject)
        if subject.transfer_hours <= allowed:
            return None
        values = {"hours": subject.transfer_hours, "allowed": allowed, "gib": subject.transfer_gib}
        return Finding("migration.transfer.too_long", subject=subject.system, rule=self.name(), values=values)

    def lacks(self, problem: MigrationProblem, choice: Move) -> float:
        """Hours that the copy takes too long."""
        options, subject = problem.options, choice.moving
        return subject.transfer_hours - options.precopy_days * 24 - outage_allowed(options, subject)

    def leasts(self, problem: MigrationProblem, choices: Sequence[Move]) -> Iterator[Finding]:
        """Say it for the copy that takes longest: to begin that early serves all."""
        said = self.least(problem, self._longest(problem, choices))
        yield replace(said, values={**said.values, "systems": tuple(choice.moving.system for choice in choices)})

    def least(self, problem: MigrationProblem, choice: Move) -> Finding:
        """Say how many days ahead the copy would have to begin."""
        short, now, to = self.lacks(problem, choice), problem.options.precopy_days, self._ahead(problem, choice)
        values: dict[str, Any] = {"short": short, "now": now, "to": to}
        values["edits"] = (Edit((SCENARIO, "migration", "precopy_days"), to),)
        return Finding("migration.least.precopy", subject=choice.moving.system, rule=self.name(), values=values)

    def granted(self, problem: MigrationProblem, choices: Sequence[Move]) -> MigrationProblem:
        """Let every copy begin as early as the longest must."""
        days = self._ahead(problem, self._longest(problem, choices))
        return replace(problem, options=problem.options.model_copy(update={"precopy_days": days}))

    def _longest(self, problem: MigrationProblem, choices: Sequence[Move]) -> Move:
        return max(choices, key=lambda choice: self.lacks(problem, choice))

    def _ahead(self, problem: MigrationProblem, choice: Move) -> float:
        """Days ahead of its window at which a copy would have to begin; in tenths, rounded up."""
        return math.ceil((problem.options.precopy_days + self.lacks(problem, choice) / 24) * 10 - 1e-6) / 10


def kept() -> tuple[MigrationProblem, State]:
    """Copy for 150 hours, within five days ahead and 31.2 hours of outage."""
    problem = problem_of([moving("A", transfer_hours=150.0, transfer_gib=40_000.0)])
    return problem, state_of(problem, {"A": 0})


def broken() -> tuple[MigrationProblem, State]:
    """Copy for 160 hours."""
    problem = problem_of([moving("A", transfer_hours=160.0, transfer_gib=43_000.0)])
    return problem, state_of(problem, {"A": 0})
