"""Rules about a single choice: one component's candidate, or one server in one pool."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class CandidateRule(Rule[PlacementProblem]):
    """A rule that says :meth:`refuses` of a candidate; pruning, maths and words follow from it."""

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Say why a component may not take a candidate, or ``None``."""
        return None

    def forbids(self, problem: PlacementProblem, choice: Any) -> Finding | None:
        """Say why a choice is out of the question; servers are no concern of these rules."""
        return self.refuses(problem, choice) if isinstance(choice, Candidate) else None

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Ask of every seat what the rule asks of a candidate."""
        for name, seat in state.seats.items():
            component = problem.components[name]
            pool = problem.capacity.pools.get(seat.pool)
            candidate = Candidate(
                name,
                component.system,
                state.dispositions.get(component.system, ""),
                pool.target if pool else "",
                seat.pool,
                seat.zone,
            )
            said = self.refuses(problem, candidate)
            if said is not None:
                yield said


def arrives(problem: PlacementProblem, candidate: Candidate) -> bool:
    """Whether a candidate is an arrival: in a cluster, a service or colocation space."""
    pool = problem.capacity.pools.get(candidate.pool)
    return pool is not None and pool.kind != "today" and pool.target_kind != "superior"


def seated(problem: PlacementProblem, component: str, state: State) -> Candidate:
    """Where a component stands, as a choice of which only the place is asked."""
    seat = state.seats[component]
    return Candidate(component, problem.components[component].system, "", "", seat.pool, seat.zone)


SHOWN = 10
"""Systems that are named where many are meant."""


def concerned(choices: Collection[Any]) -> dict[str, Any]:
    """Systems and pools of some candidates, as values of a message: all, how many, and the first of them."""
    systems = tuple(dict.fromkeys(choice.system for choice in choices))
    pools = tuple(dict.fromkeys(choice.pool for choice in choices))
    return {"systems": systems, "count": len(systems), "examples": systems[:SHOWN], "pools": pools}
