"""What would change a system's disposition: the stated cells, put into the inventory, lead to the stated outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.evidence import Cell, edited, placed, read, worded, written
from cloudplan.i18n import LANGUAGES
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema
from cloudplan.placement import example
from cloudplan.placement.dispositions import (
    Case,
    cases_of,
    change_words,
    changes_of,
    decide,
    evidence_of,
    options_of,
    ordered_rules,
    remarks_of,
)
from cloudplan.scenario import Lock, Scenario, TargetOptions
from tests.placement.dispositions_test import ORDER

DAYS = [example.TODAY - dt.timedelta(days) for days in (0, 179, 180, 181, 400)]


def codes(column: str) -> st.SearchStrategy[str]:
    return st.sampled_from(schema().vocabularies[str(schema().tables["systems"].by_name[column].values)].codes)


def seldom(values: st.SearchStrategy[Any], usual: Any) -> st.SearchStrategy[Any]:
    """Mostly what lets later rules speak."""
    return st.one_of(st.just(usual), st.just(usual), values)


system = st.fixed_dictionaries(
    {
        "owner_level": seldom(codes("owner_level"), "banner"),
        "deploy_model": seldom(codes("deploy_model"), "local"),
        "classified": seldom(st.booleans(), False),
        "data_class": seldom(st.none() | codes("data_class"), "general"),
        "approval_state": st.none() | codes("approval_state"),
        "opinion": seldom(st.none() | codes("opinion"), "agrees"),
        "last_data_on": seldom(st.none() | st.sampled_from(DAYS), example.TODAY),
        "superseded_by": seldom(st.just("the city's"), None),
        "superseded_target": st.sampled_from([None, "city", "banner"]),
        "special_hardware": seldom(st.none() | codes("special_hardware"), "none"),
        "software_route": st.none() | codes("software_route"),
        "support": st.none() | codes("support"),
        "os": st.sampled_from([None, "Debian 9; Debian 12"]),
        "xinchuang_due": st.none() | st.booleans(),
        "adapt_effort": st.none() | st.integers(0, 4),
        "level": st.none() | st.integers(1, 4),
    }
)
world = st.fixed_dictionaries(
    {
        "systems": st.lists(system, min_size=12, max_size=12),
        "department": seldom(st.none() | codes("opinion"), "agrees"),
        "pooled": st.sets(st.integers(0, 11), max_size=4),
        "locked": st.dictionaries(st.integers(0, 11), st.sampled_from(["KEEP", "REHOST"]), max_size=3),
        "open": st.sampled_from([("in_place",), ("in_place", "city_cloud")]),
    }
)


def made(drawn: Mapping[str, Any]) -> tuple[Inventory, Scenario]:
    """Make an estate of the drawn systems, each on a server of its own."""
    records = drawn["systems"]
    inventory = example.estate(
        departments={"D": {"opinion": drawn["department"]}},
        rooms={"R": {"kind": "department", "pue": 2.0}},
        pools={"P": {}},
        servers={f"S{n}": {"pool": "P" if n in drawn["pooled"] else None} for n in range(len(records))},
        systems={f"A{n}": record for n, record in enumerate(records)},
        workloads={f"W{n}": {"system": f"A{n}", "server": f"S{n}"} for n in range(len(records))},
    )
    locks = tuple(
        Lock(system=f"A{n}", disposition=fate, reason="by decision") for n, fate in sorted(drawn["locked"].items())
    )
    opened = TargetOptions(open=drawn["open"])
    return inventory, Scenario(name="d", inventory="", today=example.TODAY, locks=locks, targets=opened)


def case_of(record: Mapping[str, Any], department: str = "agrees", lock: str | None = None) -> Case:
    """The case of one system."""
    locked = {} if lock is None else {0: lock}
    drawn = {"systems": [record], "department": department, "pooled": (), "locked": locked, "open": ("in_place",)}
    return cases_of(*made(drawn))["A0"]


@settings(max_examples=20, deadline=None)
@given(world)
def test_the_stated_cells_lead_to_the_stated_outcome(drawn: Mapping[str, Any]) -> None:
    inventory, scenario = made(drawn)
    cases, options = cases_of(inventory, scenario), options_of(inventory, scenario)
    for name, case in cases.items():
        now = options[name]
        for change in changes_of(case):
            then = options_of(*edited(inventory, scenario, change.cells))[name]
            assert (then.rule, then.allowed) == (change.outcome.rule, change.outcome.allowed)
            assert (then.rule, then.allowed) != (now.rule, now.allowed)
            assert len({(cell.table, cell.key, cell.column) for cell in change.cells}) == len(change.cells)
        for language in LANGUAGES:
            assert all(change_words(case, language))


@settings(max_examples=30, deadline=None)
@given(world)
def test_a_rule_looks_at_nothing_but_its_evidence(drawn: Mapping[str, Any]) -> None:
    first, *others = cases_of(*made(drawn)).values()
    for rule in ordered_rules():
        if rule.name in ("lock", "pooled"):
            continue  # these two are said by the case itself, not by cells of the system
        cells = [cell for cell in map(first.cell, rule.evidence) if cell.table == "systems"]
        for case in others:
            alike = case.edited(cells)
            assert (rule.says(first) is None) == (rule.says(alike) is None), rule.name
            assert rule.allowed(first) == rule.allowed(alike), rule.name


@pytest.mark.parametrize(("rule", "record", "allowed"), ORDER, ids=[rule for rule, _, _ in ORDER])
def test_every_rule_says_what_would_change_it(rule: str, record: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    case = case_of(record, lock="REHOST" if rule == "lock" else None)
    found = {r.name: r for r in ordered_rules()}[rule]
    changes = changes_of(case)
    assert decide(case).rule == rule
    assert bool(changes) != found.fixed
    assert found.fixed == any("fixed" in remark.message for remark in remarks_of(case))
    assert [f"{c.table}.{c.column}" for c in evidence_of(case)] == list(found.rests_on(case))


def outcomes(record: Mapping[str, Any], **more: str) -> dict[tuple[tuple[str, Any], ...], tuple[str, ...]]:
    changes = changes_of(case_of(record, **more))
    return {tuple((cell.column, cell.value) for cell in c.cells): c.outcome.allowed for c in changes}


def test_a_zombie_would_live_from_the_very_day_of_the_threshold() -> None:
    day = example.TODAY - dt.timedelta(180)
    assert outcomes({**KNOWN, "last_data_on": DAYS[3]}) == {(("last_data_on", day),): ("REHOST",)}
    assert decide(case_of({"last_data_on": day - dt.timedelta(1)})).rule == "zombie"
    assert decide(case_of({"last_data_on": day})).rule == "movable"


KNOWN: Mapping[str, Any] = {
    "data_class": "general", "opinion": "agrees", "last_data_on": example.TODAY, "special_hardware": "none",
    "software_route": "as_is", "support": "supported", "xinchuang_due": False, "level": 2,
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "outcome"),
    [
        ("data_class", "core", ("KEEP",)),
        ("opinion", "refuses", ("KEEP",)),
        ("last_data_on", example.TODAY - dt.timedelta(181), ("RETIRE",)),
        ("special_hardware", "dongle", ("RELOCATE",)),
        ("software_route", "rewrite", ("REFACTOR",)),
        ("support", "expired", ("REPLATFORM",)),
        ("xinchuang_due", True, ("REPLATFORM",)),
    ],
)
def test_a_blank_that_decided_is_named_with_what_it_could_be(column: str, value: Any, outcome: tuple[str, ...]) -> None:
    assert outcomes({**KNOWN, column: None})[(column, value),] == outcome


def test_a_department_and_its_system_that_both_refuse_must_both_agree() -> None:
    both = outcomes({**KNOWN, "opinion": "refuses"}, department="refuses")
    assert both == {(("opinion", "agrees"), ("opinion", "agrees")): ("REHOST",)}


def test_rules_that_would_leave_the_same_are_lifted_together() -> None:
    found = outcomes({**KNOWN, "support": "expired", "xinchuang_due": True})
    assert found == {(("support", "supported"), ("xinchuang_due", False)): ("REHOST",)}


@pytest.mark.parametrize("state", [None, "not_applied", "pending", "in_principle", "refused", "approved"])
def test_only_a_formal_approval_lifts_the_wait_for_a_superior(state: str | None) -> None:
    record = {**KNOWN, "owner_level": "city", "approval_state": state}
    options = decide(case_of(record))
    assert options.allowed == (("REHOST",) if state == "approved" else ("NEED_SUPERIOR",))
    if state != "approved":
        assert outcomes(record)[("approval_state", "approved"),] == ("REHOST",)


def test_what_a_superior_runs_stays_with_it_even_when_approved() -> None:
    record = {**KNOWN, "owner_level": "city", "deploy_model": "superior_central"}
    assert outcomes(record) == {(("approval_state", "approved"),): ("KEEP",)}
    approved = decide(case_of({**record, "approval_state": "approved"}))
    assert (approved.rule, approved.allowed) == ("superior-run", ("KEEP",))


def test_a_lock_on_what_the_rules_would_leave_anyway_is_said_to_change_nothing() -> None:
    case = case_of({**KNOWN, "classified": True}, lock="KEEP")
    (change,) = changes_of(case)
    assert (change.outcome.rule, change.outcome.allowed) == ("classified", ("KEEP",))
    assert "would still be" in change_words(case, "en")[0]


@pytest.mark.parametrize(
    ("record", "kinds"),
    [
        ({**KNOWN}, []),
        ({**KNOWN, "level": None}, ["level"]),
        ({**KNOWN, "software_route": "adaptable"}, ["cost", "effort_decides"]),
        ({**KNOWN, "software_route": "adapted"}, ["cost"]),
        ({**KNOWN, "software_route": "adaptable", "adapt_effort": 2, "level": None}, ["cost", "level_decides"]),
        ({**KNOWN, "support": "expired"}, ["effort"]),
        ({**KNOWN, "classified": True, "level": None}, ["fixed.classified"]),
    ],
)
def test_what_else_bears_on_it_is_said(record: Mapping[str, Any], kinds: list[str]) -> None:
    remarks = remarks_of(case_of(record))
    assert [remark.message.removeprefix("placement.change.") for remark in remarks] == kinds


def test_every_rule_can_be_read_off() -> None:
    columns = {name: table.by_name for name, table in schema().tables.items()}
    names = [rule.name for rule in ordered_rules()]
    assert len(set(names)) == len(names)
    for rule in ordered_rules():
        assert rule.__doc__
        assert rule.mark in ("T", "S", "m", "d")
        for name in rule.evidence:
            table, _, column = name.partition(".")
            assert table == "scenario" or column in columns[table]


text = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=12)


@given(st.lists(st.tuples(text, st.sampled_from(["", "systems.csv:5", "a b (1).xlsx:7"])), max_size=4))
def test_cells_are_read_as_they_were_written(cells: list[tuple[str, str]]) -> None:
    wanted = tuple(Cell("systems", "", "superseded_by", value, place) for value, place in cells)
    assert read(written(wanted)) == wanted
    for language in LANGUAGES:
        assert bool(worded(written(wanted), language)) == bool(wanted)


def test_cells_are_worded_with_their_headings_choices_and_place() -> None:
    inventory = example.estate(departments={"D": {}}, systems={"A": {"support": "expired", "xinchuang_due": None}})
    inventory = Inventory(inventory.tables, "estate", {"systems": (9,)})
    cells = [placed(cell, inventory) for cell in (
        Cell("systems", "A", "support", "expired"), Cell("systems", "A", "xinchuang_due", None),
        Cell("scenario", "", "zombie_days", 180),
    )]  # fmt: skip
    told = written(cells)
    assert (
        told
        == "systems.support=expired [systems.csv:9]; systems.xinchuang_due= [systems.csv:9]; scenario.zombie_days=180"
    )
    assert worded(told, "en") == (
        "software support: out of support; domestic platform due: blank (systems.csv:9); "
        "scenario option zombie_days: 180"
    )


def test_the_words_name_the_condition_and_the_outcome() -> None:
    told = change_words(case_of({**KNOWN, "last_data_on": DAYS[4]}), "en")
    assert told == (
        "If its business data had changed on or after 2025-07-09, the decision would be “moved to the cloud as it is” "
        "(rule: software moves as it is)",
    )


def test_evidence_that_leaves_only_what_is_done_anyway_is_said_to_change_nothing() -> None:
    case = case_of({**KNOWN, "software_route": "adaptable", "adapt_effort": 1})
    assert decide(case).allowed == ("REHOST", "REPLATFORM")
    as_it_is = next(said for said in change_words(case, "en", "REHOST") if "could only move as it is" in said)
    assert "nothing but “moved to the cloud as it is” would be open, which is the decision as it is" in as_it_is
    other = next(said for said in change_words(case, "en", "REPLATFORM") if "could only move as it is" in said)
    assert "the decision would be “moved to the cloud as it is”" in other
