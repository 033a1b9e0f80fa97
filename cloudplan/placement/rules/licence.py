"""Software that is licensed for some pools only runs in these.

Option ``pools``: product → pools for which its licence holds, as ``{Oracle: [PUB-X86-L3]}``. A component whose system
names the product among its operating systems, databases or middleware (upper and lower case alike, as part of the name)
may arrive in no other cluster or service. What a machine carries along keeps the licence it has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import closest_ids
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, arrives, concerned
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import SCENARIO, Edit, Relief
from cloudplan.state import State

SOFTWARE = ("os", "database", "middleware")
"""Columns of the systems that name software."""


@dataclass(frozen=True)
class Licence(CandidateRule):
    """A product runs only where it is licensed."""

    pools: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    counts: ClassVar[str] = "seat"

    def faults(self, inventory: Inventory) -> Iterator[Finding]:
        """Name pools that are not on record, and products that no system names."""
        known = list(inventory["pools"].index)
        systems = inventory["systems"]
        named = " ".join(str(cell).lower() for column in SOFTWARE for cell in systems[column] if cell is not None)
        for product, pools in self.pools.items():
            for pool in (pool for pool in pools if pool not in known):
                values = {"product": product, "known": tuple(closest_ids(pool, known) or known[:3])}
                yield Finding("placement.licence.unknown_pool", subject=pool, rule=self.name(), values=values)
            if product.lower() not in named:
                yield Finding("placement.licence.unused", subject=product, rule=self.name())

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Look for a product of the system that isn't licensed in the pool."""
        product = next(self._unlicensed(problem, candidate), None)
        if product is None:
            return None
        values = {"pool": candidate.pool, "product": product, "licensed": self.pools[product] or None}
        return Finding("placement.licence", subject=candidate.component, rule=self.name(), values=values)

    def _unlicensed(self, problem: PlacementProblem, candidate: Candidate) -> Iterator[str]:
        pool = problem.capacity.pools.get(candidate.pool)
        if not self.pools or pool is None or not arrives(problem, candidate) or pool.kind == "colocation":
            return
        record = problem.systems[candidate.system]
        software = " ".join(str(getattr(record, column) or "") for column in SOFTWARE).lower()
        for product, licensed in self.pools.items():
            if product.lower() in software and candidate.pool not in licensed:
                yield product

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """A licence of each product for the pool."""
        if isinstance(choice, Candidate):
            for product in self._unlicensed(problem, choice):
                yield Relief("licence", choice.pool, (product,)), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the product, the pool and whom it is for."""
        product = given.of[0]
        values = {"short": short, "product": product, "licensed": self.pools[product] or None, **concerned(choices)}
        values["edits"] = (Edit((SCENARIO, "rules", self.name(), "pools", product), given.subject, "add"),)
        return Finding("infeasible.short.licence", subject=given.subject, rule=self.name(), values=values)


EXAMPLE = {"licence": {"pools": {"oracle": ["P"]}}}


def kept() -> tuple[PlacementProblem, State]:
    """Oracle where it is licensed."""
    problem = example.problem(systems={"A": {"database": "Oracle 19c"}}, pools={"Q": {}}, rules=EXAMPLE)
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """Oracle in the pool beside it."""
    problem = example.problem(systems={"A": {"database": "Oracle 19c"}}, pools={"Q": {}}, rules=EXAMPLE)
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "Q", "PUB")})
