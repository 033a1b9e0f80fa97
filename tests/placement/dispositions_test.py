"""What may become of a system: each ordered rule decides, and the earlier one prevails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from cloudplan.i18n import LANGUAGES, words
from cloudplan.placement import example
from cloudplan.placement.dispositions import Options, effective_level, ground, options_of
from cloudplan.scenario import Lock, Scenario, TargetOptions

LONG_AGO = example.TODAY - dt.timedelta(days=181)
ORDER: tuple[tuple[str, Mapping[str, Any], tuple[str, ...]], ...] = (
    ("lock", {}, ("REHOST",)),
    ("classified", {"classified": True}, ("KEEP",)),
    ("core-data", {"data_class": "core"}, ("KEEP",)),
    ("vertical", {"owner_level": "region"}, ("NEED_SUPERIOR",)),
    ("refusal", {"opinion": "refuses", "opinion_reason": "unsafe"}, ("KEEP",)),
    ("zombie", {"last_data_on": LONG_AGO}, ("RETIRE",)),
    ("duplicate", {"superseded_by": "the region's"}, ("MERGE",)),
    ("special-hardware", {"special_hardware": "dongle"}, ("RELOCATE",)),
    ("rewrite", {"software_route": "rewrite"}, ("REFACTOR",)),
    ("unsupported", {"support": "expired"}, ("REPLATFORM",)),
    ("xinchuang", {"xinchuang_due": True}, ("REPLATFORM",)),
    ("movable", {}, ("REHOST",)),
)


def decided(
    system: Mapping[str, Any], lock: bool = False, department: Mapping[str, Any] | None = None, **scenario: Any
) -> Options:
    inventory = example.estate(
        departments={"D": department or {}},
        rooms={"R": {"kind": "department", "pue": 2.0}},
        servers={"S": {}},
        systems={"A": system},
        workloads={"A1": {}},
    )
    locks = (Lock(system="A", disposition="REHOST", reason="by decision"),) if lock else ()
    return options_of(inventory, Scenario(name="d", inventory="", today=example.TODAY, locks=locks, **scenario))["A"]


@pytest.mark.parametrize(("rule", "system", "allowed"), ORDER, ids=[rule for rule, _, _ in ORDER])
def test_each_rule_decides(rule: str, system: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    options = decided(system, lock=rule == "lock")
    assert (options.rule, options.allowed) == (rule, allowed)
    for language in LANGUAGES:
        assert words(options.reason, language)
        assert ground(options.rule)[language]


@pytest.mark.parametrize(("first", "second"), list(pairwise(ORDER)), ids=[rule for rule, _, _ in ORDER[:-1]])
def test_the_earlier_rule_prevails(first: tuple[str, Any, Any], second: tuple[str, Any, Any]) -> None:
    options = decided({**second[1], **first[1]}, lock=first[0] == "lock")
    assert (options.rule, options.allowed) == (first[0], first[2])


def test_a_department_refuses_for_all_its_systems() -> None:
    options = decided({}, department={"opinion": "refuses", "opinion_reason": "no"})
    assert (options.rule, options.allowed) == ("refusal", ("KEEP",))


@pytest.mark.parametrize(
    ("os", "database", "said"),
    [
        (None, None, "does not name it"),
        ("Debian 9", None, "out of support (Debian 9)"),
        ("Debian 9; Debian 12", None, "at least one of: Debian 9, Debian 12"),
        ("CentOS 6.8", "MySQL 8.0", "at least one of: CentOS 6.8, MySQL 8.0"),
    ],
)
def test_supported_software_is_not_called_out_of_support(os: str | None, database: str | None, said: str) -> None:
    """The record tells only that the software as a whole has an unsupported part."""
    options = decided({"support": "expired", "os": os, "database": database})
    assert (options.rule, options.allowed) == ("unsupported", ("REPLATFORM",))
    assert said in words(options.reason, "en")


def test_data_that_changed_just_in_time_is_no_zombie() -> None:
    assert decided({"last_data_on": LONG_AGO + dt.timedelta(days=1)}).rule == "movable"


@pytest.mark.parametrize(
    ("open_targets", "allowed"), [(("city_cloud",), ("MERGE", "UPLIFT")), (("in_place",), ("MERGE",))]
)
def test_a_duplicate_goes_up_only_where_that_is_open(open_targets: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    system = {"superseded_by": "the region's", "superseded_target": "city"}
    assert decided(system, targets=TargetOptions(open=open_targets)).allowed == allowed


@pytest.mark.parametrize("route", ["adapted", "adaptable"])
def test_adaptable_software_may_do_either(route: str) -> None:
    assert decided({"software_route": route}).allowed == ("REHOST", "REPLATFORM")


def test_hardware_bound_to_the_site_stays() -> None:
    assert decided({"special_hardware": "on_site"}).allowed == ("KEEP",)


@pytest.mark.parametrize(
    ("system", "level"),
    [({"level": 1}, 1), ({"level": 3}, 3), ({"level": None}, 2), ({"level": None, "personal_info": True}, 3),
     ({"level": None, "internet_facing": True}, 3), ({"level": 2, "internet_facing": True}, 2)],
)  # fmt: skip
def test_an_ungraded_system_counts_as_what_it_should_be(system: Mapping[str, Any], level: int) -> None:
    table = example.estate(departments={"D": {}}, systems={"A": system})["systems"]
    (row,) = table.itertuples()
    assert effective_level(row) == level
