"""Pools without hosts of their own, and rooms that receive: what is there, by which rule, and why nothing else is."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from cloudplan.explain import Explanation, explain
from cloudplan.explain.thing.site import taken
from cloudplan.explain.view import View
from cloudplan.explain.words import Line
from cloudplan.i18n import LANGUAGES
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.rules import refusals_of
from cloudplan.plan import make_plan
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

FEES = {"city_vcpu_yuan_per_month": 40, "city_memory_gib_yuan_per_month": 20, "city_storage_gib_yuan_per_month": 1}


def estate() -> dict[str, Rows]:
    """A system with a dongle, whose machine is carried; a device that moves; a municipal cloud, of x86 and of ARM."""
    tables = tiny_tables()
    tables["systems"][1] |= {"special_hardware": "dongle"}
    tables["targets"].append({"target": "T-CITY", "name": "市政务云", "name_en": "city cloud", "kind": "city_cloud"})
    city = {**tables["pools"][1], "kind": "service", "target": "T-CITY", "site": None, "max_hosts": None}
    city |= {"zones": "IZ;PUB;VPN", "cpu_ratio": None, "filed_level": 3}
    tables["pools"] += [{**city, "pool": "CITY", "name": "市云"}, {**city, "pool": "CITY-ARM", "arch": "arm"}]
    tables["devices"][0] |= {"fate": "relocate"}
    return tables


def plan_of(open_: bool = False, fees: float = 1.0) -> View:
    """Plan the estate, with the cloud's fees times a factor; without any where that is 0."""
    tables = estate()
    if fees:
        tables["prices"] += [{"price": p, "value": fees * v, "unit": "元", "basis": "quoted"} for p, v in FEES.items()]
    targets = ["banner_pool", "colocation", "superior", "in_place", *(["city_cloud"] if open_ else [])]
    # whatever the level, so that only the instruction set tells the two clouds apart
    rules = {"level-separation": False}
    return View(make_plan(tiny_scenario(targets={"open": targets}, rules=rules), tiny_inventory(tables)))


@cache
def seen() -> View:
    return plan_of()


def lines(explanation: Explanation, message: str) -> list[Line]:
    return [x for s in explanation.sections for x in s.lines if x.message == f"explain.{message}"]


def test_what_a_room_gives_is_what_stands_there_moves_there_and_is_carried_there() -> None:
    view = seen()
    problem, kinds = view.problem, view.problem.capacity.kinds
    hosts = [kinds[host.kind] for host in view.state.hosts.values()]
    assert hosts
    assert view.state.seats["B-PAY/app/x86"].pool == "P-COLO"
    carried, device = ["S3"], {"u": 1.0, "w": 60.0}
    units = sum(h.height_u for h in hosts) + 2 * len(carried) + device["u"]
    watts = sum(h.power_max_w for h in hosts) + 400 * len(carried) + device["w"]
    found = {each.limit: each for each in taken(view, "CENTRE")}
    assert found["u"].need == pytest.approx(units)
    assert found["power"].need == found["cooling"].need == pytest.approx(watts / 1000)
    assert (found["u"].most, found["power"].most) == (84.0, 20.0)
    (shown, *_) = lines(explain(view.plan, "CENTRE"), "site.taken")
    assert shown.values["left"] == pytest.approx(84 - units)
    tables = estate()
    next(room for room in tables["rooms"] if room["room"] == "CENTRE")["cooling_kw"] = None
    (unstated,) = lines(explain(make_plan(tiny_scenario(), tiny_inventory(tables)), "CENTRE"), "site.unstated")
    assert unstated.values["need"] > 0
    assert problem.inventory["rooms"].at["CENTRE", "total_u"] == 84, "asking changes nothing"


def test_the_centre_names_its_pools_and_what_the_plan_pays_there() -> None:
    view = seen()
    told = explain(view.plan, "CENTRE")
    assert not lines(told, "room.open")
    assert lines(told, "room.receives")[0].values["date"] == "2026-09-01"
    pools = {"P-IZ", "P-PUB", "P-COLO"}
    text = told.text("zh-CN")
    assert all(f"（{pool}）" in text for pool in pools)
    (pays,) = lines(told, "room.pays")
    problem = view.problem
    machine = problem.machine_prices["S3", "P-COLO"]
    hosts = [problem.host_price(h.kind, h.pool) for h in view.state.hosts.values()]
    space = sum(h["space"] for h in hosts) + machine["space"]
    assert pays.values["space"] == pytest.approx(space) == view.terms["space"]
    assert pays.values["energy"] == pytest.approx(sum(h["energy"] for h in hosts) + machine["energy"])


def test_colocation_says_what_is_carried_there_at_which_price_by_which_rule_and_why_nothing_else_is() -> None:
    view = seen()
    told = explain(view.plan, "P-COLO")
    (machines,) = lines(told, "place.machines")
    assert (machines.values["count"], machines.values["units"]) == (1, 2.0)
    assert machines.values["yuan"] == view.problem.costs.colocation(2.0) == 1600
    assert "800" in machines.text("en")
    assert "invented" in machines.text("en")
    (by_rule,) = lines(told, "place.by_rule")
    assert (by_rule.rule, by_rule.values["systems"]) == ("special-hardware", ("B-PAY",))
    (no_way,) = lines(told, "place.no_way")
    there = [name for name, seat in view.state.seats.items() if seat.pool == "P-COLO"]
    assert no_way.values["count"] == len(view.problem.components) - len(there)
    assert not lines(told, "place.refused")


def could_come(view: View, pool: str) -> tuple[list[str], float]:
    """Components that no rule keeps from a pool with the municipal cloud open, and what they would pay in all."""
    targets = view.plan.scenario.targets.model_copy(update={"open": (*view.plan.scenario.targets.open, "city_cloud")})
    problem = problem_of(view.plan.inventory, view.plan.scenario.model_copy(update={"targets": targets}))
    refusals = refusals_of(problem, view.rules)
    free = {c.component for i, c in enumerate(problem.candidates) if c.pool == pool and not refusals.candidate[i]}
    fees = 0.0
    for name in free:
        amounts = problem.amounts(name)
        storage = sum(amounts[tier] for tier in ("high", "normal", "object"))
        fees += 12 * (40 * amounts["vcpu"] + 20 * amounts["memory_gib"] + 1 * storage)
    return sorted(free), fees


def test_a_cloud_that_is_closed_says_which_key_opens_it_who_could_come_and_at_which_fee() -> None:
    view = seen()
    told = explain(view.plan, "CITY")
    (key,) = lines(told, "place.closed.key")
    assert key.values["key"] == "city_cloud"
    (could,) = lines(told, "place.closed.could")
    free, fees = could_come(view, "CITY")
    assert free
    assert could.values["count"] == len(free)
    assert could.values["yuan"] == pytest.approx(fees)
    (price,) = lines(told, "place.fees")
    assert all(f"{fee}" in price.text("zh-CN") for fee in FEES.values())
    assert "询价" in price.text("zh-CN")
    assert lines(told, "pool.empty")


def test_a_cloud_that_no_rule_would_let_anything_into_names_the_rules() -> None:
    told = explain(seen().plan, "CITY-ARM")
    assert could_come(seen(), "CITY-ARM")[0] == []
    assert lines(told, "place.closed.nobody")
    (refused,) = lines(told, "place.refused")
    assert refused.rule == "architecture", "of several rules those that alone would do"
    assert not lines(told, "place.closed.could")


def test_a_cloud_whose_prices_are_missing_is_not_reckoned() -> None:
    told = explain(plan_of(fees=0.0).plan, "CITY")
    (missing,) = lines(told, "place.closed.unpriced")
    assert all(price in missing.text(language) for price in FEES for language in LANGUAGES)
    assert not lines(told, "place.closed.could")


def test_a_cloud_that_is_open_says_what_its_components_pay() -> None:
    view = plan_of(open_=True)
    here = [name for name, seat in view.state.seats.items() if seat.pool == "CITY"]
    assert here
    (paid,) = lines(explain(view.plan, "CITY"), "place.paid")
    assert paid.values["count"] == len(here)
    assert paid.values["yuan"] == pytest.approx(view.terms["services"])


def test_a_cloud_that_is_open_prices_those_that_could_come() -> None:
    view = plan_of(open_=True, fees=50.0)
    told = explain(view.plan, "CITY")
    assert not lines(told, "place.closed.key")
    here = [name for name, seat in view.state.seats.items() if seat.pool == "CITY"]
    free, _ = could_come(seen(), "CITY")
    (count,) = lines(told, "place.free")
    assert count.values["count"] == len(set(free) - set(here))
    priced: list[Any] = [x for kind in ("dearer", "cheaper", "equal") for x in lines(told, f"place.{kind}")]
    assert priced
    for one in priced:
        (alone,) = [x for s in explain(view.plan, one.values["component"], "CITY").sections for x in s.lines
                    if x.message in ("explain.not.dearer", "explain.not.cheaper")]  # fmt: skip
        assert one.values["yuan"] == pytest.approx(alone.values["yuan"])


@pytest.mark.parametrize("pool", ["superior", "today:R1", "P-COLO", "CITY"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pool_says_what_it_is(pool: str, language: str) -> None:
    told = explain(seen().plan, pool)
    kind = seen().problem.capacity.pools[pool].kind
    assert lines(told, f"place.kind.{kind}")
    text = told.text(language)
    assert "{" not in text
    assert "None" not in text


def test_colocation_that_is_closed_counts_who_could_come_without_a_fee() -> None:
    targets = {"open": ["banner_pool", "superior", "in_place"]}
    plan = make_plan(tiny_scenario(targets=targets), tiny_inventory())
    told = explain(plan, "P-COLO")
    assert lines(told, "place.closed.key")[0].values["key"] == "colocation"
    assert not lines(told, "place.closed.could")
    assert lines(told, "place.closed.nobody"), "nothing in it needs its machines"


def test_a_cluster_that_nothing_uses_says_why() -> None:
    tables = tiny_tables()
    tables["pools"].append({**tables["pools"][1], "pool": "P-ARM", "arch": "arm"})
    plan = make_plan(tiny_scenario(), tiny_inventory(tables))
    told = explain(plan, "P-ARM")
    assert lines(told, "pool.empty")
    (refused,) = lines(told, "place.refused")
    assert "architecture" in refused.rule.split(",")
    assert refused.values["count"] == len(View(plan).problem.components)
