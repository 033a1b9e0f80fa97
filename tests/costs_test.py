"""Every price's way into money, each against a figure worked by hand from the prices of the rules' example."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cloudplan.costs import OFFICE_COPY, PRICES, REQUIRED, Costs, annuity, costs_of, missing_prices
from cloudplan.placement import example
from cloudplan.placement.example import PRICES as PRICE
from cloudplan.placement.problem import PlacementProblem
from cloudplan.scenario import DemandOptions, LocalCopyOptions

FIVE_YEARS_AT_4_PERCENT = 0.2246271135
"""Yearly payment that pays 1 yuan in five years at 4 %: 0.04 / (1 − 1.04⁻⁵)."""


def costs(problem: PlacementProblem | None = None, **more: Any) -> Costs:
    return (problem or example.problem(**more)).costs


@pytest.mark.parametrize(
    ("amount", "rate", "years", "yearly"),
    [(1000.0, 0.0, 5.0, 200.0), (1.0, 0.04, 5.0, FIVE_YEARS_AT_4_PERCENT), (1000.0, 0.10, 1.0, 1100.0)],
)
def test_an_annuity_is_worth_what_it_pays_for(amount: float, rate: float, years: float, yearly: float) -> None:
    found = annuity(amount, rate, years)
    assert found == pytest.approx(yearly)
    assert sum(found / (1 + rate) ** n for n in range(1, int(years) + 1)) == pytest.approx(amount)


def test_no_annuity_over_no_time() -> None:
    with pytest.raises(ValueError, match="positive"):
        annuity(1.0, 0.04, 0.0)


def test_a_bought_host_by_term() -> None:
    problem = example.problem(scenario={"demand": DemandOptions(planned_use=0.5)})
    found = problem.costs.host(problem.capacity.kinds["H"], problem.capacity.pools["P"], purchased=True)
    assert found == pytest.approx(
        {
            # half way from 100 W to 400 W, at the centre's PUE of 1.5 and 0.5 yuan
            "energy": 0.250 * 8760 * 1.5 * 0.5,
            "operation": 1000.0,
            "licence": 2 * 1500.0,
            "space": 2 * 100.0,
            "purchase": 60000 * 0.04 / (1 - 1.04**-6),
        }
    )


@pytest.mark.parametrize(
    ("bought_on", "left"),
    # six years of life; a last quarter is the least over which a move is spread
    [(dt.date(2024, 1, 5), 6 - 731 / 365.25), (dt.date(2020, 1, 10), 0.25)],
)
def test_a_reused_server_costs_its_move_over_what_is_left_of_its_life(bought_on: dt.date, left: float) -> None:
    problem = example.problem(servers={"S": {"bought_on": bought_on}})
    found = problem.costs.host(problem.capacity.kinds["S"], problem.capacity.pools["P"], purchased=False)
    assert found["reuse"] == pytest.approx(700 * 0.04 / (1 - 1.04**-left) + 800)
    assert "purchase" not in found


def test_a_host_that_stands_in_its_pool_already_needs_neither_move_nor_price() -> None:
    problem = example.problem(servers={"V": {"room": "C", "pool": "P"}})
    found = problem.costs.host(problem.capacity.kinds["V"], problem.capacity.pools["P"], purchased=False)
    assert set(found) == {"energy", "operation", "licence", "space"}


@pytest.mark.parametrize(("site", "pue"), [("R", 2.0), ("BLANK", 1.9), ("C", 1.5), ("NEW", 1.4), (None, 1.4)])
def test_the_pue_is_the_rooms_own_or_the_default_of_its_kind(site: str | None, pue: float) -> None:
    rooms = {"BLANK": {"kind": "department"}, "NEW": {"kind": "centre"}}
    found = costs(rooms=rooms, scenario={"factors": {"room_pue_default": 1.9, "centre_pue": 1.4}})
    assert found.pue(site) == pue


def test_a_service_is_charged_by_the_month() -> None:
    problem = example.problem(pools={"CITY": example.CITY})
    fee = problem.costs.service(problem.capacity.pools["CITY"], vcpu=4.0, memory_gib=8.0, storage_gib=100.0)
    assert fee == pytest.approx(12 * (4 * 50 + 8 * 20 + 100 * 0.5))


@pytest.mark.parametrize(
    ("place", "yearly"), [("office_storage", 150.0), ("city_cloud", 12 * 50.0), ("documented_equivalent", 0.0)]
)
def test_a_local_copy_of_100_gib_by_place(place: str, yearly: float) -> None:
    assert costs().local_copy(place, 100.0) == pytest.approx(yearly)


def test_shared_storage_by_tier() -> None:
    assert costs().storage({"high": 10.0, "normal": 100.0, "object": 1000.0}) == pytest.approx(30 + 100 + 500)


@pytest.mark.parametrize(
    ("disposition", "system", "once"),
    [
        ("REHOST", {"adapt_effort": 4}, 0.0),
        ("REFACTOR", {"adapt_effort": 4}, 90_000.0),
        ("REPLATFORM", {"adapt_effort": None}, 5_000.0),
        ("REPLATFORM", {"adapt_effort": 0}, 5_000.0),
        ("REPLATFORM", {"adapt_effort": 3}, 30_000.0),
        ("REPLATFORM", {"adapt_effort": 4, "software_route": "adapted"}, 0.0),
    ],
)
def test_adapting_costs_by_effort(disposition: str, system: dict[str, Any], once: float) -> None:
    found = costs(systems={"A": system}).adaptation("A", disposition)
    assert found == pytest.approx(once * FIVE_YEARS_AT_4_PERCENT)


@pytest.mark.parametrize(
    ("system", "more"),
    [
        ({"adapt_effort": None}, 25_000.0),
        ({"adapt_effort": 2}, 15_000.0),
        ({"adapt_effort": 3}, 0.0),
        ({"adapt_effort": 4}, 0.0),
        ({"adapt_effort": 2, "software_route": "adapted"}, 0.0),
    ],
)
def test_another_instruction_set_takes_effort_3_at_least(system: dict[str, Any], more: float) -> None:
    assert costs(systems={"A": system}).isa_change("A") == pytest.approx(more * FIVE_YEARS_AT_4_PERCENT)


@pytest.mark.parametrize(
    ("disposition", "once"),
    [("KEEP", 0), ("NEED_SUPERIOR", 0), ("RETIRE", 2000), ("MERGE", 2000), ("RELOCATE", 2000), ("REHOST", 3500)],
)
def test_moving_three_workloads(disposition: str, once: float) -> None:
    assert costs().migration(disposition, 3) == pytest.approx(once * FIVE_YEARS_AT_4_PERCENT)


def test_space_in_the_centre_is_rented_and_the_carrying_paid_once() -> None:
    assert costs().colocation(4.0) == 1600.0
    assert costs().relocation(4.0) == pytest.approx(1200 * FIVE_YEARS_AT_4_PERCENT)


def test_a_room_costs_what_it_states_or_the_default() -> None:
    found = costs(rooms={"R": {"yearly_cost_yuan": 1234.0}, "S": {"kind": "department"}})
    assert (found.room("R"), found.room("S")) == (1234.0, PRICE["room_default_yuan_per_year"])


def test_a_machine_that_stays_draws_its_own_power_in_its_room() -> None:
    found = costs(scenario={"demand": DemandOptions(planned_use=0.3)}).machine_energy("S", "R")
    assert found == pytest.approx(0.190 * 8760 * 2.0 * 0.5)


def test_the_scenario_replaces_prices() -> None:
    prices = {"electricity_yuan_per_kwh": 1.0}
    assert costs(scenario={"prices": prices}).electricity(1000.0, 1.0) == 8760.0


def test_every_missing_price_is_named_at_once_and_the_citys_only_where_it_is_open() -> None:
    problem = example.problem(pools={"CITY": example.CITY})
    bare = example.estate(prices={}, pools={"CITY": example.CITY})
    open_, shut = problem.scenario, problem.scenario.model_copy(update={"targets": type(problem.scenario.targets)()})
    city = {name for name in PRICES if name.startswith("city_")}
    assert {finding.subject for finding in missing_prices(bare, open_)} == {*REQUIRED, OFFICE_COPY, *city}
    assert {finding.subject for finding in missing_prices(bare, shut)} == {*REQUIRED, OFFICE_COPY}
    assert not missing_prices(problem.inventory, open_)
    with pytest.raises(Exception, match="electricity"):
        costs_of(bare, shut)


@pytest.mark.parametrize(
    ("local_copy", "missing"),
    [
        ({"place": "documented_equivalent", "document": "no. 5"}, set()),
        ({"place": "city_cloud"}, {"city_storage_gib_yuan_per_month"}),
        ({"place": "city_cloud", "systems": {"A": {"place": "office_storage"}}},
         {"city_storage_gib_yuan_per_month", OFFICE_COPY}),
    ],
)  # fmt: skip
def test_only_the_places_that_hold_copies_need_a_price(local_copy: dict[str, Any], missing: set[str]) -> None:
    scenario = example.problem().scenario
    shut = {"targets": type(scenario.targets)(), "local_copy": LocalCopyOptions.model_validate(local_copy)}
    found = missing_prices(example.estate(prices={}), scenario.model_copy(update=shut))
    assert {finding.subject for finding in found} == {*REQUIRED, *missing}
