"""Cloud infrastructure stands inside China (EB-C01).

An arrival's site, or the platform of a service, must not be on record as outside (column ``in_cn``). A blank refuses
nothing: that nobody recorded it is for the checklist to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives, concerned
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Relief
from cloudplan.state import State


@dataclass(frozen=True)
class InCn(CandidateRule):
    """Nothing is placed on infrastructure outside China."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-C01"
    mark: ClassVar[str] = "T"
    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Look where the pool's site, or its platform, stands."""
        if not arrives(problem, candidate):
            return None
        pool = problem.capacity.pools[candidate.pool]
        records, key = (problem.rooms, pool.site) if pool.site is not None else (problem.targets, pool.target)
        record = records.get(key)
        inside: Any = pd.NA if record is None else record.in_cn
        if pd.isna(inside) or bool(inside):
            return None
        values = {"pool": candidate.pool, "where": key}
        return Finding("placement.in_cn", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A correction of the record: the clause itself gives nothing."""
        said = self.forbids(problem, choice)
        if said is not None:
            yield Relief("in_cn", str(said.values["where"])), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the site or platform whose record would have to be wrong."""
        values = {"short": short, **concerned(choices)}
        return Finding("infeasible.short.in_cn", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """The centre is on record as inside."""
    problem = example.problem(rooms={"C": {"in_cn": True}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """A service whose platform is on record as outside."""
    problem = example.problem(pools={"CITY": example.CITY}, targets={"city": {"in_cn": False}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "CITY", "PUB")})
