"""A pool takes nothing that it can't receive before the plan ends.

available_from(pool) ≤ the day on which the last cutover window opens; when each system moves is migration's business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives, concerned
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import SCENARIO, Edit, Relief
from cloudplan.state import State


@dataclass(frozen=True)
class Opening(CandidateRule):
    """The pool opens no later than the last window that the scenario allows."""

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the opening with the last day."""
        if not arrives(problem, candidate):
            return None
        last = problem.scenario.migration.last_start.date()
        opens = problem.capacity.pools[candidate.pool].available_from
        if opens is None or opens <= last:
            return None
        values = {"pool": candidate.pool, "opens": opens.isoformat(), "last": last.isoformat()}
        return Finding("placement.opening", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Days by which the pool would have to open earlier."""
        opens = problem.capacity.pools[choice.pool].available_from if self.forbids(problem, choice) else None
        if opens is not None:
            yield Relief("days", choice.pool), float((opens - problem.scenario.migration.last_start.date()).days)

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """In years."""
        return 1.0 / 365

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the day by which it must be open."""
        opens: Any = problem.capacity.pools[given.subject].available_from
        day = opens - dt.timedelta(round(short))
        values = {"short": round(short), "now": opens.isoformat(), "to": day.isoformat()}
        values |= concerned(choices)
        values["edits"] = (Edit((SCENARIO, "targets", "opens_on", given.subject), day),)
        return Finding("infeasible.short.days", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """A pool that is open."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """A pool that opens in a generation."""
    problem = example.problem(pools={"P": {"available_from": dt.date(2050, 1, 1)}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
