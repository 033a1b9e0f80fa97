"""A target recovers at least as fast as a system asks, and loses no more of its data (disaster recovery by level).

RTO offered ≤ RTO asked, and the same of the RPO, for every arrival; hours. A system that states none is asked what
``level_2`` or ``level_3`` says for its level (the levels' figures are the scenario's, no standard's). What a target
leaves blank refuses nothing. A machine that only rents space keeps its own arrangements and is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding, Severity
from cloudplan.placement import example
from cloudplan.placement.choice import SHOWN, CandidateRule, arrives, concerned, seated
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Edit, Relief
from cloudplan.state import State

Hours = tuple[float, float]
"""RTO and RPO."""
TIMES = ("rto", "rpo")
"""Which of the two, in that order, as in the columns ``rto_hours`` and ``rpo_hours``."""


@dataclass(frozen=True)
class Recovery(CandidateRule):
    """What the target offers is no worse than the recovery time and point that the system asks."""

    level_2: Hours | None = None
    level_3: Hours | None = None

    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the two times; the first that is worse is the reason."""
        worse = next(self._worse(problem, candidate), None)
        if worse is None:
            return None
        kind, asked, offered = worse
        values = {"pool": candidate.pool, "asked": asked, "offered": offered}
        return Finding(f"placement.recovery.{kind}", subject=candidate.component, rule=self.name(), values=values)

    def _worse(self, problem: PlacementProblem, candidate: Candidate) -> Iterator[tuple[str, float, float]]:
        """Times of the target that are worse than asked: which, what is asked and what is offered; hours."""
        pool = problem.capacity.pools.get(candidate.pool)
        if pool is None or not arrives(problem, candidate) or pool.kind == "colocation":
            return
        offers: Any = problem.targets[pool.target]
        for kind in TIMES:
            asked = self._asked(problem, candidate.component, kind)
            offered = float(getattr(offers, f"{kind}_hours"))
            if asked is not None and offered > asked:  # a blank (NaN) is never more
                yield kind, asked, offered

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Hours by which the target would have to be faster, or lose less."""
        if isinstance(choice, Candidate):
            for kind, asked, offered in self._worse(problem, choice):
                yield Relief(kind, problem.capacity.pools[choice.pool].target), offered - asked

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """In days."""
        return 1.0 / 24

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word what the target would have to offer."""
        column = f"{given.resource}_hours"
        now = float(getattr(problem.targets[given.subject], column))
        # down to the hundredth of an hour, so that what is asked for is enough
        to = math.floor((now - short) * 100 + 1e-6) / 100
        values = {"short": short, "now": now, "to": to, **concerned(choices)}
        values["edits"] = (Edit(("targets", given.subject, column), to),)
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

    def unjudged(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count the systems that arrive where one of both times is stated by neither side, or by one alone."""
        arrived: dict[str, set[str]] = {}
        for name, seat in state.seats.items():
            component, pool = problem.components[name], problem.capacity.pools[seat.pool]
            if arrives(problem, seated(problem, name, state)) and pool.kind != "colocation":
                arrived.setdefault(component.system, set()).add(pool.target)
        for kind in TIMES:
            unasked = {s for s in arrived if self._asked(problem, problem.of_system[s][0], kind) is None}
            offers = {t: getattr(problem.targets[t], f"{kind}_hours") for targets in arrived.values() for t in targets}
            blank = {t for t, hours in offers.items() if hours != hours}
            unoffered = {system for system, targets in arrived.items() if system not in unasked and targets & blank}
            for why, systems in (("unasked", unasked), ("unoffered", unoffered)):
                if systems:
                    named = tuple(sorted(systems))
                    values = {"count": len(named), "total": len(arrived), "systems": named,
                              "examples": named[:SHOWN], "targets": tuple(sorted(blank))}  # fmt: skip
                    message = f"placement.recovery.{kind}_{why}"
                    yield Finding(message, Severity.INFO, rule=self.name(), values=values)

    def _asked(self, problem: PlacementProblem, component: str, kind: str) -> float | None:
        """Hours that a component's system asks, or its level where that states none; ``None`` where nobody says."""
        record = problem.components[component]
        own: Any = getattr(problem.systems[record.system], f"{kind}_hours")
        if own == own:  # a blank is NaN
            return float(own)
        fallback = self.level_3 if record.level >= 3 else self.level_2
        return None if fallback is None else float(fallback[TIMES.index(kind)])


def kept() -> tuple[PlacementProblem, State]:
    """A system that bears 8 hours on a platform that needs 4."""
    problem = example.problem(systems={"A": {"rto_hours": 8.0}}, targets={"banner": {"rto_hours": 4.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """A system that may lose one hour of data on a platform that copies once a day."""
    problem = example.problem(systems={"A": {"rpo_hours": 1.0}}, targets={"banner": {"rpo_hours": 24.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
