"""The terms of the yearly cost, each said twice: an expression of the model's variables, and its value in a state.

Every term adds up the same elementary prices (:mod:`cloudplan.costs`): those of a host in a pool, of a candidate, of a
system's disposition, of a machine that is kept or carried and of an open room. Symbols: c price of term τ; H hosts;
U reused servers; x candidates; w choices of disposition; m machines; o open rooms. Term τ = Σ c_τ(h, p)·H[h, p]
+ Σ c_τ(v, p)·U[v, p] + Σ c_τ(i)·x[i] + Σ c_τ(s, d)·w[s, d, t] + Σ c_τ(v, p)·m[v, p] + Σ c_τ(r)·o[r].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan import costs
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.soft import penalties
from cloudplan.rule import Rule
from cloudplan.state import State

_Paid = tuple[list[Mapping[str, float]], ...]
"""Elementary prices by term, in groups."""


@dataclass(frozen=True)
class Term:
    """One term of the objective; yuan a year."""

    name: str

    def expression(self, model: Any, problem: PlacementProblem) -> Any:
        """Its expression in the model's variables."""
        priced: list[tuple[float, Any]] = []
        for key, var in (*model.hosts.items(), *model.reuse.items()):
            priced.append((problem.host_price(*key).get(self.name, 0.0), var))
        for i, var in model.place.items():
            priced.append((problem.candidate_prices[i].get(self.name, 0.0), var))
        for (system, disposition, _), var in model.choose.items():
            priced.append((problem.fate_price(system, disposition).get(self.name, 0.0), var))
        for pair, var in model.machine.items():
            priced.append((problem.machine_prices[pair].get(self.name, 0.0), var))
        if self.name == "rooms":
            priced += [(problem.costs.room(room), var) for room, var in model.room_open.items()]
        return pyo.quicksum(price * var for price, var in priced if price)

    def value(self, problem: PlacementProblem, state: State) -> float:
        """Its value in a state, from the same prices; yuan a year."""
        return self._sum(_paid(problem, state))

    def _sum(self, paid: _Paid) -> float:
        return float(sum(sum(price[self.name] for price in group if self.name in price) for group in paid))


def _paid(problem: PlacementProblem, state: State) -> _Paid:
    """Every elementary price that a state pays: of hosts and dispositions, candidates, machines, and rooms."""
    numbers = problem.taken(state)
    hosts = [problem.host_price(host.kind, host.pool) for host in state.hosts.values()]
    return (
        hosts + [problem.fate_price(system, disposition) for system, disposition in state.dispositions.items()],
        [problem.candidate_prices[i] for i in numbers],
        [problem.machine_prices[pair] for pair in sorted(problem.machines_at(numbers))],
        [{"rooms": problem.costs.room(room)} for room in sorted(problem.rooms_open(numbers))],
    )


TERMS: dict[str, Term] = {name: Term(name) for name in costs.TERMS}


def cost_by_term(problem: PlacementProblem, state: State) -> dict[str, float]:
    """Value of every term in a state; yuan a year."""
    paid = _paid(problem, state)
    return {name: term._sum(paid) for name, term in TERMS.items()}


def cost(problem: PlacementProblem, state: State, rules: Iterable[Rule[PlacementProblem]] = ()) -> float:
    """Weighted sum of all terms, and what missing the soft rules costs: the objective, in words; yuan a year."""
    weights = problem.scenario.weights
    money = sum(weights.get(name, 1.0) * value for name, value in cost_by_term(problem, state).items())
    return money + sum(penalties(problem, rules, state).values())
