"""What becomes of a server: each ordered rule decides, and the stated change of evidence leads to the stated fate."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.capacity import age_years
from cloudplan.evidence import edited
from cloudplan.i18n import LANGUAGES, words
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.fates import (
    Fate,
    ServerChange,
    decide_fate,
    fates_of,
    ordered_fate_rules,
    server_cases,
    server_change_words,
    server_changes,
    server_evidence,
)
from cloudplan.placement.fates.rules import ServerTurn, Unfit, first_day_within
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.state import State

YOUNG, MIDDLE, OLD = example.years_ago(2), example.years_ago(5), example.years_ago(7)
HERE, GONE = ("KEEP", "today:R", "PUB"), ("REHOST", "P", "PUB")
ORDER: tuple[tuple[str, Mapping[str, Any], tuple[str, str, str], str], ...] = (
    ("in-pool", {"pool": "P", "room": "C"}, ("KEEP", "P", "PUB"), "reuse"),
    ("holds-system", {}, HERE, "keep"),
    ("broken", {"state": "broken", "form": "tower"}, GONE, "scrap"),
    ("not-departmental", {"room": "C"}, GONE, "keep"),
    ("travels", {}, ("RELOCATE", "COLO", "PUB"), "relocate"),
    ("too-old", {"bought_on": OLD, "form": "tower"}, GONE, "scrap"),
    ("tower", {"form": "tower", "bought_on": None}, GONE, "spare"),
    ("age-unknown", {"bought_on": None}, GONE, "spare"),
    ("no-pool", {"arch": "loong", "bought_on": MIDDLE}, GONE, "spare"),
    ("refused", {"bought_on": MIDDLE}, GONE, "spare"),
    ("serviceable", {"bought_on": YOUNG}, GONE, "spare"),
)
POOLS: Mapping[str, Mapping[str, Any]] = {
    "COLO": {"kind": "colocation", "target": "colo", "arch": None, "zones": ("PUB",)},
    "ARM": {"arch": "arm"},
}


def asked(servers: Mapping[str, Mapping[str, Any]], **more: Any) -> PlacementProblem:
    return example.problem(servers=servers, pools=POOLS, **more)


def judged(problem: PlacementProblem, state: State) -> dict[str, tuple[Fate, tuple[ServerChange, ...]]]:
    rules, _ = resolve(problem.scenario.rules)
    refusals = refusals_of(problem, rules)
    changes = server_changes(problem, state, refusals, rules)
    return {name: (fate, changes[name]) for name, fate in fates_of(problem, state, refusals).items()}


@pytest.mark.parametrize(("rule", "server", "seat", "fate"), ORDER, ids=[rule for rule, *_ in ORDER])
def test_each_rule_decides_and_says_what_would_change_it(
    rule: str, server: Mapping[str, Any], seat: tuple[str, str, str], fate: str
) -> None:
    problem = asked({"S": server})
    decided, changes = judged(problem, example.state(problem, {"A/app/x86": seat}))["S"]
    assert (decided.rule.name, decided.fate) == (rule, fate)
    assert bool(changes) != decided.rule.fixed
    for language in LANGUAGES:
        assert words(decided.reason, language)
        assert all(server_change_words(decided, changes, language))
        assert server_change_words(decided, changes, language)


def test_a_host_of_a_pool_that_breaks_is_scrapped_not_kept_in_place() -> None:
    where = {"pool": "P", "room": "C"}
    problem = asked({"S": where})
    decided, changes = judged(problem, example.state(problem, {"A/app/x86": ("KEEP", "P", "PUB")}))["S"]
    assert decided.rule.name == "in-pool"
    assert {(change.outcome.rule.name, change.outcome.fate) for change in changes} == {("broken", "scrap")}
    problem = asked({"S": {**where, "state": "broken"}})
    decided, _ = judged(problem, example.state(problem, {"A/app/x86": GONE}))["S"]
    assert (decided.rule.name, decided.fate) == ("broken", "scrap")


@pytest.mark.parametrize(
    ("room", "seat", "rule"),
    [("R", ("RELOCATE", "COLO", "PUB"), "travels"), ("UP", GONE, "not-departmental"), ("R", GONE, "broken")],
)
def test_a_broken_server_that_is_carried_or_a_superiors_is_not_this_plans_to_scrap(
    room: str, seat: tuple[str, str, str], rule: str
) -> None:
    tables = {"rooms": {"UP": {"kind": "superior"}}} if room == "UP" else {}
    problem = asked({"S": {"state": "broken", "room": room}}, **tables)
    decided, _ = judged(problem, example.state(problem, {"A/app/x86": seat}))["S"]
    assert decided.rule.name == rule


def test_no_server_serves_again_where_reuse_is_closed() -> None:
    problem = asked({"S": {"bought_on": YOUNG}}, scenario={"reuse": {"allowed": False}})
    decided, (change,) = judged(problem, example.state(problem, {"A/app/x86": GONE}))["S"]
    assert (decided.rule.name, decided.fate) == ("reuse-closed", "spare")
    assert (change.outcome.allowed, change.pools) == (("reuse", "spare"), ("P",))


def test_a_rule_switched_off_lets_servers_serve_though_the_scenario_closes_reuse() -> None:
    closed = {"reuse": {"allowed": False}}
    problem = asked({"S": {"bought_on": YOUNG}}, scenario=closed, rules={"reuse": False})
    decided, _ = judged(problem, example.state(problem, {"A/app/x86": GONE}))["S"]
    assert (decided.rule.name, decided.allowed) == ("serviceable", ("reuse", "spare"))


def test_a_server_that_the_model_took_serves_again() -> None:
    problem = asked({"S": {"bought_on": YOUNG}})
    state = example.state(problem, {"A/app/x86": GONE}, reused={"S": "P"})
    decided, _ = judged(problem, state)["S"]
    assert (decided.fate, decided.allowed) == ("reuse", ("reuse", "spare"))


def test_the_order_of_what_makes_a_server_unfit_is_that_of_capacity() -> None:
    """The rules only repeat what capacity says: they must name every reason that it has."""
    said = {f"capacity.{rule.name.replace('-', '_')}" for rule in ordered_fate_rules() if isinstance(rule, Unfit)}
    servers = {"S1": {"state": "broken"}, "S2": {"form": "tower"}, "S3": {"bought_on": None}, "S4": {"bought_on": OLD}}
    assert set(asked(servers).capacity.unfit.values()) == said


def test_the_threshold_of_age_is_the_first_day_that_would_do() -> None:
    for years in (3.0, 6.0, 4.5):
        day = first_day_within(years, example.TODAY)
        assert (age_years(day, example.TODAY) or 0.0) < years
        assert (age_years(day - dt.timedelta(1), example.TODAY) or 0.0) >= years


def test_an_old_server_would_first_serve_backups_then_anything() -> None:
    backup = {"zones": ("BAK",)}
    zones = example.estate(zones={"BAK": {"tiers": ("backup",)}})["zones"]
    problem = example.problem(servers={"S": {"bought_on": OLD}}, pools={"B": backup})
    tables = dict(problem.inventory.tables)
    tables["zones"] = pd.concat([tables["zones"], zones])
    problem = problem_of(Inventory(tables), problem.scenario)
    _, changes = judged(problem, example.state(problem, {"A/app/x86": GONE}))["S"]
    assert [change.pools for change in changes] == [("B",), ("P", "B")]


def test_what_one_server_needs_is_not_given_to_another_that_is_asked_with_it() -> None:
    # S1 would need a pool of its instruction set; S2 is like it, and emptied has none either
    servers: dict[str, dict[str, Any]] = {name: {"arch": "loong", "bought_on": YOUNG} for name in ("S1", "S2")}
    workloads = {f"W{n}": {"system": f"A{n}", "server": f"S{n}"} for n in (1, 2)}
    problem = asked(servers, workloads=workloads)
    told = judged(problem, example.state(problem, {"A1/app/x86": GONE, "A2/app/x86": HERE}))
    assert [change.outcome.rule.name for change in told["S1"][1]] == ["serviceable"]
    assert [change.outcome.rule.name for change in told["S2"][1]] == ["no-pool"]


server = st.fixed_dictionaries(
    {
        "bought_on": st.sampled_from([None, YOUNG, MIDDLE, OLD, example.years_ago(3), example.years_ago(6)]),
        "state": st.sampled_from(["running", "running", "stopped", "broken"]),
        "form": st.sampled_from(["rack", "rack", "tower"]),
        "arch": st.sampled_from(["x86", "x86", "arm", "loong"]),
        "room": st.sampled_from(["R", "R", "R", "C"]),
        "pool": st.sampled_from([None, None, None, "P"]),
    }
)
seats = st.sampled_from([HERE, GONE, GONE, ("RELOCATE", "COLO", "PUB")])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(server, seats), min_size=6, max_size=6), st.booleans())
def test_the_stated_evidence_leads_to_the_stated_fate(drawn: list[tuple[dict[str, Any], Any]], allowed: bool) -> None:
    records = {f"S{n}": {**record, "pool": None if record["arch"] != "x86" else record["pool"]}
               for n, (record, _) in enumerate(drawn)}  # fmt: skip
    workloads = {f"W{n}": {"system": f"A{n}", "server": f"S{n}"} for n in range(len(drawn))}
    problem = asked(records, workloads=workloads, scenario={"reuse": {"allowed": allowed}})
    state = example.state(problem, {f"A{n}/app/x86": seat for n, (_, seat) in enumerate(drawn)})
    cases = server_cases(problem, state, refusals_of(problem, resolve(problem.scenario.rules)[0]))
    for name, (now, changes) in judged(problem, state).items():
        for change in changes:
            other, ends = changed(problem, state, name, change.turn)
            refusals = refusals_of(other, resolve(other.scenario.rules)[0])
            case = server_cases(other, ends, refusals)[name]
            then = decide_fate(case)
            assert then.rule.name == change.outcome.rule.name
            assert len(case.open) == len(change.pools)
            assert (then.rule.name, case.open) != (now.rule.name, cases[name].open)


def changed(problem: PlacementProblem, state: State, name: str, turn: ServerTurn) -> tuple[PlacementProblem, State]:
    """Put the evidence into the inventory, pools of another instruction set as rows, and ask from the beginning."""
    stated = [cell for cell in turn.cells if cell.table != "pools"]
    inventory, scenario = edited(problem.inventory, problem.scenario, stated)
    for cell in turn.cells:
        if cell.table == "pools":
            pools = inventory["pools"]
            like = pools[pools["kind"] == "cluster"].assign(arch=cell.value)
            more = pd.concat([pools, like.set_axis([f"{pool}+" for pool in like.index])])
            inventory = replace(inventory, tables={**inventory.tables, "pools": more})
    seats = state.seats
    if turn.freed:
        seats = {c: seat for c, seat in seats.items() if name not in problem.components[c].servers}
    return problem_of(inventory, scenario), replace(state, seats=seats)


def test_every_rule_can_be_read_off() -> None:
    columns = {name: table.by_name for name, table in schema().tables.items()}
    for rule in ordered_fate_rules():
        assert rule.__doc__
        for name in rule.evidence:
            table, _, column = name.partition(".")
            assert table == "scenario" or column in columns[table]


def test_evidence_names_the_system_that_keeps_a_server() -> None:
    problem = asked({"S": {}})
    state = example.state(problem, {"A/app/x86": HERE})
    case = server_cases(problem, state, refusals_of(problem, resolve({})[0]))["S"]
    assert [(c.table, c.key, c.column, c.value) for c in server_evidence(case)] == [("workloads", "A1", "system", "A")]
