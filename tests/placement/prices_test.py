"""Prices are reckoned once, and anew where what they rest on changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudplan.placement import example
from cloudplan.placement.terms import cost_by_term

PRICE = "electricity_yuan_per_kwh"


def test_another_price_prices_anew_what_was_priced_already() -> None:
    problem = example.problem()
    state = example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
    before = cost_by_term(problem, state)
    costs = replace(problem.costs, prices={**problem.costs.prices, PRICE: 2.0 * problem.costs.prices[PRICE]})
    dearer = cost_by_term(problem.changed(costs=costs), state)
    assert before["energy"] > 0.0
    assert dearer["energy"] == pytest.approx(2.0 * before["energy"])
    assert {name: yuan for name, yuan in dearer.items() if name != "energy"} == {
        name: yuan for name, yuan in before.items() if name != "energy"
    }
    assert cost_by_term(problem, state) == before


def test_other_candidates_keep_the_prices() -> None:
    problem = example.problem()
    state = example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
    taken = tuple(problem.candidates[i] for i in problem.taken(state))
    assert len(taken) < len(problem.candidates)
    assert cost_by_term(problem.changed(candidates=taken), state) == cost_by_term(problem, state)
