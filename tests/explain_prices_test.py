"""The prices on which an alternative hangs: every term names its own, and only those that make the difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cloudplan.costs import PRICES, TERMS
from cloudplan.explain import explain
from cloudplan.explain.settled import Answer, priced
from cloudplan.explain.thing.prices import OF_TERM, behind, differences, moving
from cloudplan.explain.view import View
from cloudplan.i18n import LANGUAGES
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.plan import make_plan
from cloudplan.scenario_file import read_all
from cloudplan.state import Host, Seat, State
from tests.explain_test import domestic, lines, plan_of
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables

BASE = Path(__file__).parents[1] / "scenarios" / "base.yaml"


@cache
def sample() -> PlacementProblem:
    """The sample estate with all targets open, half of the copies in the municipal cloud, and each effort met."""
    scenario, inventory, _ = read_all(BASE)
    systems = inventory["systems"].copy()
    adaptable = systems.index[systems["software_route"] == "adaptable"]
    systems.loc[adaptable, "adapt_effort"] = [1 + n % 4 for n in range(len(adaptable))]
    inventory = replace(inventory, tables={**inventory.tables, "systems": systems})
    kinds = ["banner_pool", "colocation", "superior", "in_place", "city_cloud", "region_cloud"]
    update = {"targets": scenario.targets.model_copy(update={"open": tuple(kinds)})}
    departments = {str(name): {"place": "city_cloud"} for name in inventory["departments"].index[::2]}
    copy = type(scenario.local_copy).model_validate({**scenario.local_copy.model_dump(), "departments": departments})
    return problem_of(inventory, scenario.model_copy(update={**update, "local_copy": copy}))


def elementary(problem: PlacementProblem) -> Iterator[tuple[tuple[str, Any], float]]:
    """Every elementary price of a problem: its term with whatever is paid for, and yuan a year."""
    for pair in (*problem.buyable, *problem.reuse):
        yield from (((term, pair), yuan) for term, yuan in problem.host_price(*pair).items())
    for number, prices in enumerate(problem.candidate_prices):
        yield from (((term, number), yuan) for term, yuan in prices.items())
    for pair, prices in problem.machine_prices.items():
        yield from (((term, pair), yuan) for term, yuan in prices.items())
    for system, fates in problem.fates.items():
        for disposition, _ in fates:
            prices = problem.fate_price(system, disposition)
            yield from (((term, (system, disposition)), yuan) for term, yuan in prices.items())
    yield from ((("rooms", room), problem.costs.room(str(room))) for room in problem.inventory["rooms"].index)


def test_no_term_of_the_cost_and_no_price_is_missing() -> None:
    assert list(OF_TERM) == list(TERMS)
    assert {price for prices in OF_TERM.values() for price in prices} == PRICES
    assert all(prices for term, prices in OF_TERM.items() if term != "purchase"), "a host's price is its type's own"


@pytest.mark.parametrize("price", sorted(PRICES))
def test_a_price_stands_with_exactly_the_terms_that_it_enters(price: str) -> None:
    problem = sample()
    costs = replace(problem.costs, prices={**problem.costs.prices, price: 0.0})
    was, now = dict(elementary(problem)), dict(elementary(problem.changed(costs=costs)))
    entered = {term for (term, thing), yuan in was.items() if abs(yuan - now[term, thing]) > 1e-9}
    assert entered == {term for term, prices in OF_TERM.items() if price in prices}


def answered(view: View, **changed: Any) -> Answer:
    return priced(view.problem, replace(view.state, **changed), view.rules)


def test_an_alternative_that_is_dearer_for_its_adaptation_names_that_price() -> None:
    """Of the five prices of adapting software only that of the system's own effort makes the difference."""
    view = View(plan_of(domestic))
    seats = {c: Seat("P-XC", "PUB") if c.startswith("B-PAY") else seat for c, seat in view.state.seats.items()}
    answer = answered(view, seats=seats, dispositions={**view.state.dispositions, "B-PAY": "REPLATFORM"})
    assert moving(view, "adaptation", answer) == ["adaptation_yuan_per_effort_2"]
    named = behind(view, answer)
    assert "20,000" in named["en"]
    assert "effort 2" in named["en"]
    assert "effort 3" not in named["en"]
    told = lines(explain(plan_of(domestic), "B-PAY/db/x86"), "not.dearer")
    assert any("adapting software" in line.values["terms"]["en"] for line in told)


def test_carrying_machines_hangs_on_the_price_of_colocation_and_not_on_that_of_hosts() -> None:
    tables = tiny_tables()
    tables["systems"][2] |= {"owner_level": "city", "deploy_model": "front_end_local", "zone": "VPN"}
    tables["workloads"][4]["tier"] = "exchange"
    tables["zones"][-1]["tiers"] = "web;app;db;exchange"
    tables["flows"] = tables["flows"][:3]
    tables["rooms"][1]["yearly_cost_yuan"] = 1
    view = View(make_plan(tiny_scenario(), tiny_inventory(tables)))
    assert view.state.seats["C-WORK/exchange/x86"].pool == "today:R2"
    seats = {**view.state.seats, "C-WORK/exchange/x86": Seat("P-COLO", "VPN")}
    answer = answered(view, seats=seats)
    assert moving(view, "space", answer) == ["colocation_u_yuan_per_year"]
    assert moving(view, "migration", answer) == ["relocation_yuan_per_u"], "the system's own fate is the same"
    assert "colocation" in behind(view, answer, len(TERMS))["en"]
    assert "room" in behind(view, answer, len(TERMS))["en"], "the room closes: its own yearly cost counts"


def test_every_term_that_differs_has_a_price_named() -> None:
    """Another host, another pool, another disposition: no part of the difference is left without its price."""
    view = View(plan_of(domestic))
    host = next(h for h in view.state.hosts.values() if h.source == "purchased")
    reused = Host("S4", host.pool, "S4", "reused")
    states: list[State] = [
        replace(view.state, hosts={**view.state.hosts, "X": replace(host, host="X")}),
        replace(view.state, hosts={**view.state.hosts, "S4": reused}),
        replace(view.state, dispositions={**view.state.dispositions, "B-PAY": "REFACTOR"}),
    ]
    met = set()
    for state in states:
        answer = priced(view.problem, state, view.rules)
        for term, _ in differences(view, answer):
            assert term == "purchase" or moving(view, term, answer), term
            met.add(term)
        named = behind(view, answer, len(TERMS))
        assert all("(" in named[language] or "（" in named[language] for language in LANGUAGES)
    assert {"purchase", "reuse", "energy", "adaptation"} <= met


def test_a_price_that_the_scenario_alone_states_is_named_with_it() -> None:
    tables = tiny_tables()
    domestic(tables)
    price = "adaptation_yuan_per_effort_2"
    tables["prices"] = [row for row in tables["prices"] if row["price"] != price]
    plan = make_plan(tiny_scenario(prices={price: 21234}), tiny_inventory(tables))
    (dearer,) = lines(explain(plan, "B-PAY/db/x86", "P-XC"), "not.dearer")
    view = View(plan)
    seats = {c: Seat("P-XC", "PUB") if c.startswith("B-PAY") else seat for c, seat in view.state.seats.items()}
    answer = answered(view, seats=seats, dispositions={**view.state.dispositions, "B-PAY": "REPLATFORM"})
    assert "21,234" in behind(view, answer, len(TERMS))["zh-CN"]
    assert dearer.values["prices"]["en"]
