"""A component stands in a zone that its exposure and its tier allow (EB-G01 and the zone model of the extranet).

For every arrival: the pool carries the zone; workloads may stand in it; it holds the tier; front ends of systems that
serve the internet stand in a zone exposed to the internet and nothing else does; a system of a department's own network
stays in such a zone, and one of the common zone in that one, for the tiers that the zone holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.state import State

FRONT = frozenset({"web", "proxy"})


@dataclass(frozen=True)
class Zone(CandidateRule):
    """The zone holds the tier, and matches the exposure and the network of the system."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G01"
    mark: ClassVar[str] = "T"
    counts: ClassVar[str] = "seat"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Try the five conditions in turn; the first that fails is the reason."""
        if not arrives(problem, candidate):
            return None
        pool, zones = problem.capacity.pools[candidate.pool], problem.zones
        component = problem.components[candidate.component]
        zone, home = candidate.zone, component.zone
        exposed = component.internet_facing and component.tier in FRONT
        if zone not in pool.zones:
            why = "not_carried"
        elif zone not in zones.hostable:
            why = "not_hostable"
        elif component.tier not in zones.hostable[zone]:
            why = "tier"
        elif exposed != (zone in zones.internet_exposed):
            why = "not_exposed" if exposed else "exposed"
        elif (
            not exposed
            and zone != home
            and component.tier in zones.hostable.get(home, ())
            and self._kept(problem, home, zone)
        ):
            why = "home"
        else:
            return None
        values = {"zone": zone, "pool": candidate.pool, "tier": label("tier", component.tier), "home": home}
        return Finding(f"placement.zone.{why}", subject=candidate.component, rule=self.name(), values=values)

    def _kept(self, problem: PlacementProblem, home: str, zone: str) -> bool:
        """Whether a system keeps its zone: it may not go from its home to another zone."""
        return home not in problem.zones.internet_exposed


def kept() -> tuple[PlacementProblem, State]:
    """A database in the common zone."""
    problem = example.problem(workloads={"A1": {"tier": "db"}}, pools={"P": {"zones": ("IZ", "PUB")}})
    return problem, example.state(problem, {"A/db/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same database in the internet zone."""
    problem = example.problem(workloads={"A1": {"tier": "db"}}, pools={"P": {"zones": ("IZ", "PUB")}})
    return problem, example.state(problem, {"A/db/x86": ("REHOST", "P", "IZ")})
