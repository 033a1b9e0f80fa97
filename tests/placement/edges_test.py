"""The very day or value at which a rule of placement turns, and what it has no say about; by the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from cloudplan.capacity import age_years
from cloudplan.placement import example
from cloudplan.placement.problem import Candidate
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


EDGES: dict[Any, list[Callable[[], None]]] = {
    Opening: [a_pool_opens_on_the_day_of_the_last_window],
    Recovery: [a_system_that_states_none_is_asked_what_its_level_is],
    ReuseAge: [a_server_as_old_as_the_limit_is_too_old],
    SitesApart: [a_service_bought_elsewhere_is_a_site_of_its_own],
}
for arrival in (Opening, InCn, Zone, PlatformLevel, DataGrading, Recovery, Scope):
    EDGES.setdefault(arrival, []).append(lambda arrival=arrival: what_stays_is_no_arrival(arrival()))


@pytest.mark.parametrize("rule", EDGES, ids=lambda rule: rule.name())
def test_a_rule_turns_where_it_should(rule: Any) -> None:
    for edge in EDGES[rule]:
        edge()
