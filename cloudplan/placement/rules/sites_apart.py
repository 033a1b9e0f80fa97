"""Systems that back each other up stand at different sites (EB-G05).

Option ``pairs``: pairs of systems, say a system and its disaster-recovery twin. For every pair (a, b) and every site,
and all components c of a and c' of b: at[c, site] + at[c', site] ≤ 1. A service bought elsewhere is a site of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import closest_ids
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.relief import SCENARIO, Ease, Edit, Relief
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class SitesApart(Rule[PlacementProblem]):
    """The two systems of a pair share no site."""

    pairs: tuple[tuple[str, str], ...] = ()

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G05"
    mark: ClassVar[str] = "m"
    counts: ClassVar[str] = "pair"

    def faults(self, inventory: Inventory) -> Iterator[Finding]:
        """Name systems that are not on record, and pairs of one system with itself."""
        known = inventory["systems"].index
        for pair in self.pairs:
            for system in dict.fromkeys(name for name in pair if name not in known):
                values = {"known": tuple(closest_ids(system, list(known)) or known[:3])}
                yield Finding("placement.sites_apart.unknown", subject=system, rule=self.name(), values=values)
            if pair[0] == pair[1]:
                yield Finding("placement.sites_apart.itself", subject=pair[0], rule=self.name())

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a pair of components and site."""
        block.apart = pyo.Constraint(pyo.Any)
        for first, second in self._pairs(problem):
            at: dict[str, dict[str | None, list[int]]] = {}
            for name in (first, second):
                at[name] = {}
                for i in problem.by_component[name]:
                    if i in model.place:
                        at[name].setdefault(_site(problem, problem.candidates[i].pool), []).append(i)
            for site in (site for site in at[first] if site in at[second]):
                both = sum(model.place[i] for i in (*at[first][site], *at[second][site]))
                block.apart[first, second, site or ""] = both <= 1

    def misses(self, block: Any) -> Misses:
        """By pair of components, over the sites; pairs."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (first, second, _), row in block.apart.items():
            out.setdefault((f"{first} {second}", "pair"), []).append((row, 1.0))
        return out

    def eases(self, block: Any, model: Any, problem: PlacementProblem) -> Iterator[Ease]:
        """By pair of systems, for all their components."""
        for (first, second, _), row in block.apart.items():
            pair = problem.components[first].system, problem.components[second].system
            yield Ease(Relief("pair", pair[0], (pair[1],)), 1.0, row)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the pair that would have to share a site."""
        values = {"short": short, "other": given.of[0]}
        pair = (given.subject, given.of[0])
        values["edits"] = (Edit((SCENARIO, "rules", self.name(), "pairs"), pair, "drop"),)
        return Finding("infeasible.short.pair", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Compare the sites of every pair."""
        for first, second in self._pairs(problem):
            if first in state.seats and second in state.seats:
                site = _site(problem, state.seats[first].pool)
                if site == _site(problem, state.seats[second].pool):
                    values = {"other": second, "site": site}
                    yield Finding("placement.sites_apart", subject=first, rule=self.name(), values=values)

    def _pairs(self, problem: PlacementProblem) -> Iterator[tuple[str, str]]:
        for first, second in self.pairs:
            for one in problem.of_system.get(first, ()):
                for other in problem.of_system.get(second, ()):
                    yield one, other


def _site(problem: PlacementProblem, pool: str) -> str:
    found = problem.capacity.pools.get(pool)
    return pool if found is None or found.site is None else found.site


EXAMPLE = {"sites-apart": {"pairs": [["A", "B"]]}}


def kept() -> tuple[PlacementProblem, State]:
    """One in the centre, its twin in the municipal cloud."""
    problem = example.problem(workloads=example.TWINS, pools={"CITY": example.CITY}, rules=EXAMPLE)
    return problem, example.state(
        problem, {"A/app/x86": ("REHOST", "P", "PUB"), "B/app/x86": ("REHOST", "CITY", "PUB")}
    )


def broken() -> tuple[PlacementProblem, State]:
    """Both in the centre."""
    problem = example.problem(workloads=example.TWINS, pools={"CITY": example.CITY}, rules=EXAMPLE)
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB"), "B/app/x86": ("REHOST", "P", "PUB")})
