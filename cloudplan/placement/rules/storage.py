"""Shared storage of a cluster holds what stands in it, tier by tier.

Σ_c gib[c, tier]·x[c, p] ≤ storage[p, tier]; a tier without a stated size is not limited.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.capacity import STORAGE_TIERS
from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import exceeds, in_pool, standing
from cloudplan.relief import Edit, Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Storage(Rule[PlacementProblem]):
    """Storage needed of each tier stays within the pool's."""

    counts: ClassVar[str] = "gib"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a pool and tier."""
        block.fits = pyo.Constraint(pyo.Any)
        for name, pool in problem.clusters.items():
            chosen = in_pool(model, problem, name)
            for tier in STORAGE_TIERS:
                limit = pool.storage.get(tier, math.inf)
                gib = [(problem.amounts(problem.candidates[i].component)[tier], i) for i in chosen]
                if math.isfinite(limit) and any(amount for amount, _ in gib):
                    block.fits[name, tier] = sum(amount * model.place[i] for amount, i in gib) <= limit

    def misses(self, block: Any) -> Misses:
        """By pool and tier; GiB."""
        return {(pool, f"storage_{tier}"): [(row, 1.0)] for (pool, tier), row in block.fits.items()}

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """In TiB."""
        return 1.0 / 1024

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how much storage it would have to hold."""
        tier = given.resource.removeprefix("storage_")
        now, more = problem.clusters[given.subject].storage[tier], asked(given.resource, short)
        values: dict[str, Any] = {"short": short, "ask": more, "now": now, "to": now + more}
        values["edits"] = (Edit(("pools", given.subject, f"{given.resource}_gib"), now + more),)
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Add up each pool's storage by tier."""
        for name, pool in problem.clusters.items():
            for tier in STORAGE_TIERS:
                need = sum(problem.amounts(c)[tier] for c in standing(state, name))
                limit = pool.storage.get(tier, math.inf)
                if exceeds(need, limit):
                    values = {"tier": label("storage_tier", tier), "need": need, "usable": limit, "short": need - limit}
                    yield Finding("placement.storage", subject=name, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """100 GiB in a pool of 1,000 GiB."""
    problem = example.problem(pools={"P": {"storage_normal_gib": 1000.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """100 GiB in a pool of 50 GiB."""
    problem = example.problem(pools={"P": {"storage_normal_gib": 50.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
