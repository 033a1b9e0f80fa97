"""Hosts are bought only where buying is allowed, and within the budget.

With ``purchases.allowed: false`` no host is bought; with ``purchases.budget_yuan`` Σ price·hosts ≤ budget. What an
earlier plan has ordered is bought already (rule ``orders``): it is no fault, and its price is on top of the budget.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import exceeds
from cloudplan.relief import SCENARIO, Edit, Relief, asked
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

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word how many hosts, or how much money, it would take."""
        more = asked(given.resource, short)
        values: dict[str, Any] = {"short": short, "ask": more}
        if given.resource == "budget":
            to = (problem.scenario.purchases.budget_yuan or 0.0) + more
            values["edits"] = (Edit((SCENARIO, "purchases", "budget_yuan"), to),)
        else:
            values["edits"] = (Edit((SCENARIO, "purchases", "allowed"), True),)
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
