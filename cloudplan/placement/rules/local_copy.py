"""A system does not stand on the cloud where its department keeps the copy of its data (EB-C09, EB-G04).

Where the scenario keeps the copy of a system's data in the municipal cloud, that system is placed on no service of the
municipal cloud: what takes the one would take the other, and the department would hold nothing of its own. The clause
asks for a local backup; that one in the cloud which holds the data is none is this project's reading of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.dispositions import CLOUD
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import SCENARIO, Edit, Relief
from cloudplan.scenario import CopyException, LocalCopyOptions
from cloudplan.state import State


@dataclass(frozen=True)
class LocalCopy(CandidateRule):
    """A system and the copy of its data are not in one cloud."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-C09"
    mark: ClassVar[str] = "d"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the target with the copy's place."""
        pool = problem.capacity.pools.get(candidate.pool)
        if pool is None or candidate.disposition not in CLOUD:
            return None
        if pool.target_kind != "city_cloud" or problem.copies[candidate.system].place != "city_cloud":
            return None
        values = {"pool": candidate.pool, "system": candidate.system}
        return Finding("placement.local_copy", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Another place for the copy of the system's data."""
        if self.forbids(problem, choice) is not None:
            yield Relief("copy_place", choice.system), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Ask for the copy to be kept in the office."""
        values: dict[str, Any] = {"short": short}
        elsewhere = CopyException(place="office_storage")
        values["edits"] = (Edit((SCENARIO, "local_copy", "systems", given.subject), elsewhere),)
        return Finding("infeasible.short.copy_place", subject=given.subject, rule=self.name(), values=values)


def _case(place: str) -> tuple[PlacementProblem, State]:
    options = LocalCopyOptions.model_validate({"place": place})
    problem = example.problem(pools={"CITY": example.CITY}, scenario={"local_copy": options})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "CITY", "PUB")})


def kept() -> tuple[PlacementProblem, State]:
    """A system in the municipal cloud, its copy on storage in the office."""
    return _case("office_storage")


def broken() -> tuple[PlacementProblem, State]:
    """Both in the municipal cloud."""
    return _case("city_cloud")
