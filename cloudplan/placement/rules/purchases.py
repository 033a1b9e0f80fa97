"""Hosts are bought only where buying is allowed, and within the budget.

With ``purchases.allowed: false`` no host is bought; with ``purchases.budget_yuan`` Σ price·hosts ≤ budget. What an
earlier plan has ordered is bought already (rule ``orders``): it is no fault, and its price is on top of the budget.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.bought import purchase, wanted
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import exceeds
from cloudplan.relief import SCENARIO, Ease, Edit, Relief, Together, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Purchases(Rule[PlacementProblem]):
    """Nothing is bought that may not be, and no more than there is money for."""

    counts: ClassVar[str] = "purchase"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """No host, or one row for the budget."""
        options = problem.scenario.purchases
        block.fits = pyo.Constraint(pyo.Any)
        if not len(model.hosts):
            return
        if not options.allowed:
            block.fits["closed"] = sum(model.hosts.values()) <= sum(problem.on_order.values())
        elif options.budget_yuan is not None:
            spent = sum(problem.costs.purchase_yuan(kind) * var for (kind, _), var in model.hosts.items())
            block.fits["budget"] = spent <= options.budget_yuan + _paid(problem)

    def misses(self, block: Any) -> Misses:
        """Hosts where buying is closed, yuan where there is a budget."""
        named = {"closed": "hosts", "budget": "budget"}
        return {("", named[limit]): [(row, 1.0)] for limit, row in block.fits.items()}

    def eases(self, block: Any, model: Any, problem: PlacementProblem) -> Iterator[Ease]:
        """Where buying is closed, hosts by pool and type: what is asked for has a place and a price."""
        for ease in super().eases(block, model, problem):
            if ease.relief != Relief("hosts"):
                yield ease
                continue
            yield Ease(None, 1.0, ease.row)
            for (kind, pool), var in model.hosts.items():
                ordered = problem.on_order.get((kind, pool), 0)
                yield Ease(Relief("hosts", pool, (kind,)), 1.0, Together([var], ordered))

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """By price, the dearest type on offer counting one."""
        prices = [problem.costs.purchase_yuan(kind) for kind in problem.capacity.purchasable]
        most = max(prices, default=0.0)
        if most <= 0:
            return 1.0
        return (problem.costs.purchase_yuan(given.of[0]) if given.of else 1.0) / most

    def reliefs(
        self,
        problem: PlacementProblem,
        short: Mapping[Relief, float],
        choices: Mapping[Relief, Collection[Any]],
        state: State | None = None,
    ) -> Iterator[Finding]:
        """Word what is to be bought pool by pool: how many of which type, for how much, and what it offers."""
        pools: dict[str, dict[str, float]] = {}
        for given, amount in short.items():
            if given.resource == "hosts":
                pools.setdefault(given.subject, {})[given.of[0]] = amount
            else:
                said = self.relief(problem, given, amount, choices.get(given, ()))
                yield replace(said, values={**said.values, "wanted": wanted(problem, state)})
        for pool, kinds in pools.items():
            values = purchase(problem, pool, {kind: int(asked("hosts", amount)) for kind, amount in kinds.items()})
            values |= {"short": sum(kinds.values()), "spare": problem.clusters[pool].spare_hosts}
            values |= {"ask": values["hosts"], "edits": (Edit((SCENARIO, "purchases", "allowed"), True),)}
            yield Finding("infeasible.short.hosts", subject=pool, rule=self.name(), values=values)

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how much money it would take."""
        more = asked(given.resource, short)
        values: dict[str, Any] = {"short": short, "ask": more, "wanted": wanted(problem, None)}
        to = (problem.scenario.purchases.budget_yuan or 0.0) + more
        values["edits"] = (Edit((SCENARIO, "purchases", "budget_yuan"), to),)
        return Finding(f"infeasible.short.{given.resource}", rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count what is bought, and its price."""
        options = problem.scenario.purchases
        bought = [host for host in state.hosts.values() if host.source == "purchased"]
        more = len(bought) - sum(problem.on_order.values())
        if not options.allowed and more > 0:
            yield Finding("placement.purchases.closed", rule=self.name(), values={"hosts": more, "short": more})
        if not options.allowed or options.budget_yuan is None:
            return
        spent, usable = (
            sum(problem.costs.purchase_yuan(host.kind) for host in bought),
            options.budget_yuan + _paid(problem),
        )
        if exceeds(spent, usable):
            values = {"need": spent, "usable": usable, "short": spent - usable}
            yield Finding("placement.purchases.budget", rule=self.name(), values=values)


def _paid(problem: PlacementProblem) -> float:
    """Price of what is on order; yuan."""
    return sum(problem.costs.purchase_yuan(kind) * count for (kind, _), count in problem.on_order.items())


def kept() -> tuple[PlacementProblem, State]:
    """One host of 60,000 yuan with 100,000 to spend."""
    problem = example.problem(budget_yuan=100000.0)
    return problem, example.state(problem, {}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """Two of them."""
    problem = example.problem(budget_yuan=100000.0)
    return problem, example.state(problem, {}, bought={"P": {"H": 2}})
