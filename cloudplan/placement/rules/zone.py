"""A component stands in a zone that its exposure and its tier allow (EB-G01 and the zone model of the extranet).

For every arrival: the pool carries the zone; workloads may stand in it; it holds the tier; front ends of systems that
serve the internet stand in a zone exposed to the internet and nothing else does; a system of a department's own network
stays in such a zone, and one of the common zone in that one, for the tiers that the zone holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives, concerned
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Edit, Relief
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
        component = problem.components[candidate.component]
        for why in self._failing(problem, candidate):
            tier = label("tier", component.tier)
            values = {"zone": candidate.zone, "pool": candidate.pool, "tier": tier, "home": component.zone}
            return Finding(f"placement.zone.{why}", subject=candidate.component, rule=self.name(), values=values)
        return None

    def _failing(self, problem: PlacementProblem, candidate: Candidate) -> Iterator[str]:
        """Every condition that fails."""
        if not arrives(problem, candidate):
            return
        pool, zones = problem.capacity.pools[candidate.pool], problem.zones
        component = problem.components[candidate.component]
        zone, home = candidate.zone, component.zone
        exposed = component.internet_facing and component.tier in FRONT
        if zone not in pool.zones:
            yield "not_carried"
        if zone not in zones.hostable:
            yield "not_hostable"
        elif component.tier not in zones.hostable[zone]:
            yield "tier"
        if exposed != (zone in zones.internet_exposed):
            yield "not_exposed" if exposed else "exposed"
        elif (
            not exposed
            and zone != home
            and component.tier in zones.hostable.get(home, ())
            and self._kept(problem, home, zone)
        ):
            yield "home"

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """For each condition that fails: the pool or the zone takes more, or the system changes zone."""
        for why in self._failing(problem, choice) if isinstance(choice, Candidate) else ():
            if why == "not_carried":
                yield Relief("pool_zone", choice.pool, (choice.zone,)), 1.0
            elif why == "tier":
                yield Relief("zone_tier", choice.zone, (problem.components[choice.component].tier,)), 1.0
            else:
                subject = choice.zone if why == "not_hostable" else choice.system
                yield Relief(f"zone_{why}", subject, (choice.zone,)), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word which zone, pool or system would have to change."""
        values = {"short": short, "zone": given.of[0], **concerned(choices)}
        if given.resource == "pool_zone":
            values["edits"] = (Edit(("pools", given.subject, "zones"), given.of[0], "add"),)
        elif given.resource == "zone_tier":
            values |= {"zone": given.subject, "tier": label("tier", given.of[0])}
            values["edits"] = (Edit(("zones", given.subject, "tiers"), given.of[0], "add"),)
        elif given.resource == "zone_not_hostable":
            values["edits"] = (Edit(("zones", given.subject, "hostable"), True),)
        elif given.resource == "zone_home":
            values["home"] = problem.systems[given.subject].zone
            values["edits"] = (Edit(("systems", given.subject, "zone"), given.of[0]),)
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

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
