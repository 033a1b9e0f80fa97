"""The filing of a platform for a higher level: what two rules would have to be granted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cloudplan.findings import Finding
from cloudplan.placement.choice import concerned
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Edit, Relief


def levels_short(problem: PlacementProblem, candidate: Candidate) -> tuple[Relief, float]:
    """Levels by which a pool's filing would have to rise for a component; none or fewer where it is high enough."""
    filed = problem.capacity.pools[candidate.pool].filed_level or 0
    return Relief("filed_level", candidate.pool), problem.components[candidate.component].level - filed


def filing(problem: PlacementProblem, rule: str, given: Relief, short: float, choices: Collection[Any]) -> Finding:
    """Word the filing that it takes, and for whom."""
    filed = problem.capacity.pools[given.subject].filed_level
    level = (filed or 0) + round(short)
    values = {"short": short, "now": filed, "to": level, **concerned(choices)}
    values["edits"] = (Edit(("pools", given.subject, "filed_level"), level),)
    return Finding("infeasible.short.filed_level", subject=given.subject, rule=rule, values=values)
