"""The very day or value at which a rule of placement turns, and what it has no say about; by the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cloudplan.capacity import age_years
from cloudplan.placement import example
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules.data_grading import DataGrading
from cloudplan.placement.rules.in_cn import InCn
from cloudplan.placement.rules.opening import Opening
from cloudplan.placement.rules.platform_level import PlatformLevel
from cloudplan.placement.rules.recovery import Recovery
from cloudplan.placement.rules.reuse_age import ReuseAge
from cloudplan.placement.rules.scope import Scope
from cloudplan.placement.rules.sites_apart import SitesApart
from cloudplan.placement.rules.zone import Zone
from cloudplan.scenario import ReuseOptions

MOVES = Candidate("A/app/x86", "A", "REHOST", "banner", "P", "PUB")
STAYS = Candidate("A/app/x86", "A", "KEEP", "stay", "today:R", "PUB")


def _holding(problem: PlacementProblem, **tiers: tuple[str, ...]) -> PlacementProblem:
    """The same with zones that hold other tiers."""
    held = {**problem.zones.hostable, **{zone: frozenset(held) for zone, held in tiers.items()}}
    return replace(problem, zones=replace(problem.zones, hostable=held))


def what_stays_is_no_arrival(rule: Any) -> None:
    """A system of which every cell speaks against a move may stay where it is."""
    worst: dict[str, Any] = {"level": 3, "data_class": "important", "rto_hours": 0.5, "rpo_hours": 0.5, "zone": "EXT"}
    if isinstance(rule, Scope):
        worst |= {"classified": True, "data_class": "core", "owner_level": "state"}
    problem = example.problem(
        systems={"A": worst}, rooms={"R": {"in_cn": False}}, targets={"stay": {"rto_hours": 99.0}}
    )
    assert rule.forbids(problem, STAYS) is None


def a_pool_opens_on_the_day_of_the_last_window() -> None:
    last = example.problem().scenario.migration.last_start.date()
    for days, may in ((-1, True), (0, True), (1, False)):
        problem = example.problem(pools={"P": {"available_from": last + dt.timedelta(days)}})
        assert (Opening().forbids(problem, MOVES) is None) == may


def a_system_that_states_none_is_asked_what_its_level_is() -> None:
    rule = Recovery(level_2=(8.0, 8.0), level_3=(1.0, 1.0))
    for level, may in ((2, True), (3, False)):
        problem = example.problem(
            systems={"A": {"level": level}}, targets={"banner": {"rto_hours": 4.0}}, pools={"P": {"filed_level": 3}}
        )
        assert (rule.forbids(problem, MOVES) is None) == may


def a_server_as_old_as_the_limit_is_too_old() -> None:
    age = age_years(example.years_ago(2), example.TODAY)
    assert age is not None
    for limit, may in ((age + 0.01, True), (age, False)):
        problem = example.problem(
            servers={"S": {"bought_on": example.years_ago(2)}},
            scenario={"reuse": ReuseOptions(younger_than_years=limit)},
        )
        assert (ReuseAge().forbids(problem, ("S", "P")) is None) == may


def a_service_bought_elsewhere_is_a_site_of_its_own() -> None:
    rule = SitesApart(pairs=(("A", "B"),))
    pools = {"CITY": example.CITY, "OTHER": example.CITY, "Q": {}}
    problem = example.problem(workloads=example.TWINS, pools=pools)
    for first, second, may in (
        ("CITY", "OTHER", True),
        ("CITY", "CITY", False),
        ("P", "Q", False),
        ("P", "CITY", True),
    ):
        seats = {"A/app/x86": ("REHOST", first, "PUB"), "B/app/x86": ("REHOST", second, "PUB")}
        assert (not list(rule.violations(problem, example.state(problem, seats)))) == may


def what_a_superior_runs_is_no_arrival() -> None:
    problem = example.problem(
        pools={"P": {"target": "above", "available_from": dt.date(2050, 1, 1)}}, targets={"above": {"kind": "superior"}}
    )
    assert Opening().forbids(problem, MOVES) is None


def what_holds_backups_and_management_only_takes_older_servers() -> None:
    # S is five years old: too old for production, of which the limit is three
    for tiers, may in ((("backup",), True), (("backup", "management"), True), (("app", "backup"), False)):
        problem = example.problem(servers={"S": {"bought_on": example.years_ago(5)}}, pools={"P": {"zones": ("PUB",)}})
        problem = _holding(problem, PUB=tiers)
        assert (ReuseAge().forbids(problem, ("S", "P")) is None) == may, tiers


def a_server_of_unknown_age_is_told_so_and_one_that_serves_already_is_not_asked() -> None:
    unknown = example.problem(servers={"S": {"bought_on": None}})
    said = ReuseAge().forbids(unknown, ("S", "P"))
    assert said is not None
    assert said.message == "placement.reuse_age.unknown"
    serves = example.problem(servers={"V": {"bought_on": None, "pool": "P", "room": "C"}})
    assert ReuseAge().forbids(serves, ("V", "P")) is None


def a_zone_says_what_it_lacks() -> None:
    # home and tier of A, whether it serves the internet, the zone it comes to, and what is wrong with that
    cases: list[tuple[str, str, bool, str, list[str]]] = [
        ("PUB", "app", False, "PUB", []),
        ("PUB", "app", False, "EXT", ["not_hostable", "home"]),
        ("EXT", "app", False, "EXT", ["not_hostable"]),
        ("EXT", "app", False, "BAK", ["tier"]),
        ("EXT", "app", False, "VPN", ["not_carried"]),
        ("PUB", "web", True, "PUB", ["not_exposed"]),
        ("PUB", "web", True, "IZ", []),
        ("PUB", "web", False, "IZ", ["exposed"]),
        ("VPN", "app", False, "PUB", ["home"]),
    ]
    for home, tier, facing, zone, wrong in cases:
        problem = example.problem(
            systems={"A": {"zone": home, "internet_facing": facing}},
            workloads={"A1": {"tier": tier}},
            pools={"P": {"zones": ("EXT", "IZ", "PUB", "BAK")}},
        )
        problem = _holding(problem, BAK=("backup",))
        candidate = Candidate(f"A/{tier}/x86", "A", "REHOST", "banner", "P", zone)
        relieved = [given.resource for given, _ in Zone().gives(problem, candidate)]
        named = {"not_carried": "pool_zone", "tier": "zone_tier"}
        assert relieved == [named.get(why, f"zone_{why}") for why in wrong], (home, tier, facing, zone)
        said = Zone().forbids(problem, candidate)
        assert (said.message if said else None) == (f"placement.zone.{wrong[0]}" if wrong else None)


EDGES: dict[Any, list[Callable[[], None]]] = {
    Opening: [a_pool_opens_on_the_day_of_the_last_window, what_a_superior_runs_is_no_arrival],
    Recovery: [a_system_that_states_none_is_asked_what_its_level_is],
    ReuseAge: [
        a_server_as_old_as_the_limit_is_too_old,
        what_holds_backups_and_management_only_takes_older_servers,
        a_server_of_unknown_age_is_told_so_and_one_that_serves_already_is_not_asked,
    ],
    SitesApart: [a_service_bought_elsewhere_is_a_site_of_its_own],
    Zone: [a_zone_says_what_it_lacks],
}
for arrival in (Opening, InCn, Zone, PlatformLevel, DataGrading, Recovery, Scope):
    EDGES.setdefault(arrival, []).append(lambda arrival=arrival: what_stays_is_no_arrival(arrival()))


@pytest.mark.parametrize(
    ("rule", "edge"),
    [pytest.param(rule, edge, id=f"{rule.name()}-{n}") for rule in EDGES for n, edge in enumerate(EDGES[rule])],
)
def test_a_rule_turns_where_it_should(rule: Any, edge: Callable[[], None]) -> None:
    edge()
