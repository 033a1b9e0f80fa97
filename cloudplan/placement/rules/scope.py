"""What never stands on this cloud: classified systems, core data, and what a superior owns.

Classified systems (Z01) and data of the core class are placed nowhere. A superior's system stays where it is until it
formally approves; only a front end of it may rent space in the centre.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.inventory.estate import holds
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives
from cloudplan.placement.dispositions import awaits_superior
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Relief
from cloudplan.state import State


@dataclass(frozen=True)
class Scope(CandidateRule):
    """Classified, core-data and superior-owned systems are not placed."""

    clause: ClassVar[str] = "Z01"
    mark: ClassVar[str] = "S"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Look at what the system is."""
        if not arrives(problem, candidate):
            return None
        system = problem.systems[candidate.system]
        front = system.deploy_model == "front_end_local"
        if holds(system.classified):
            why = "classified"
        elif system.data_class == "core":
            why = "core"
        elif awaits_superior(system) and not (front and problem.capacity.pools[candidate.pool].kind == "colocation"):
            why = "superior"
        else:
            return None
        values = {"pool": candidate.pool, "level": label("owner_level", system.owner_level)}
        return Finding(f"placement.scope.{why}", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """An approval of the superior; of what may never stand here, a correction of the record."""
        said = self.forbids(problem, choice)
        if said is not None:
            yield Relief(f"scope_{said.message.rpartition('.')[2]}", choice.system), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the approval or the correction."""
        owner = label("owner_level", problem.systems[given.subject].owner_level)
        values = {"short": short, "level": owner}
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """An ordinary system on the cloud."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """A classified system on the cloud, by a lock that should not be."""
    problem = example.problem(systems={"A": {"classified": True}}, lock="REHOST")
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
