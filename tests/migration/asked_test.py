"""From a placement to the migration problem, on the tiny estate, by hand: copies, outages, bonds, days."""

from __future__ import annotations

from typing import Any

import pytest

from cloudplan.migration.asked import problem_of
from cloudplan.migration.problem import MigrationProblem, Moving
from cloudplan.placement import candidates
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

GBIT = 8.589934592
"""One GiB, in Gbit."""


def asked(tables: dict[str, Rows] | None = None, **changes: Any) -> MigrationProblem:
    scenario = tiny_scenario(**{"reuse": {"allowed": False}, **changes})
    problem = candidates.problem_of(tiny_inventory(tables), scenario)
    return problem_of(problem, solve(problem, resolve(scenario.rules)[0]), {})


def facts(problem: MigrationProblem) -> dict[str, Moving]:
    return {moving.system: moving for moving in problem.systems}


def changed(table: str, key: str, name: str, **more: Any) -> dict[str, Rows]:
    tables = tiny_tables()
    next(row for row in tables[table] if row[key] == name).update(more)
    return tables


def hours(gib: float, mbps: float, efficiency: float = 0.65) -> float:
    return gib * GBIT * 1000 / (mbps * efficiency) / 3600


def links(*rows: tuple[str, float]) -> dict[str, Rows]:
    """D2's room R2 on some links, by kind and rate."""
    tables = tiny_tables()
    tables["links"] = [
        {"link": f"L{n}", "department": "D2", "room": "R2", "kind": kind, "mbps": rate}
        for n, (kind, rate) in enumerate(rows)
    ]
    if not rows:
        del tables["links"]
    return tables


@pytest.mark.parametrize(
    ("rows", "rate"),
    [
        ([("extranet", 50)], 50),
        ([("extranet", 20), ("vpn", 80)], 80),
        ([("extranet", 20), ("internet", 500), ("vertical", 900)], 20),  # not over a provider's or a superior's line
        ([("internet", 500)], 500),  # unless there is nothing else
        ([], 100),  # the default, said as a remark
    ],
)
def test_data_go_over_the_fastest_extranet_link(rows: list[tuple[str, float]], rate: float) -> None:
    moving = facts(asked(links(*rows)))["B-PAY"]
    assert moving.transfer_gib == 100
    assert moving.transfer_hours == pytest.approx(hours(100, rate))
    # the last day's changes go within the outage, with the switch of a quarter hour and two hours of checks
    assert moving.outage_hours == pytest.approx(hours(1, rate) + 0.25 + 2)


def test_disks_are_carried_where_that_is_quicker() -> None:
    tables = links(("extranet", 2))
    next(row for row in tables["systems"] if row["system"] == "B-PAY")["data_gib"] = 4000
    assert facts(asked(tables))["B-PAY"].transfer_hours == pytest.approx(24 + 4000 / 400)


def test_without_a_stated_size_what_is_stored_is_copied() -> None:
    tables = changed("systems", "system", "B-PAY", data_gib=None)
    # two workloads of 100 GiB each, and a volume of 200
    assert facts(asked(tables))["B-PAY"].transfer_gib == pytest.approx(400)


def test_a_stated_longest_outage_is_in_minutes_and_spares_the_checks() -> None:
    tables = changed("systems", "system", "B-PAY", max_outage_minutes=90)
    tables["links"] = [{"link": "L", "department": "D2", "room": "R2", "kind": "extranet", "mbps": 100}]
    moving = facts(asked(tables))["B-PAY"]
    assert moving.longest_outage_hours == 1.5
    assert moving.outage_hours == pytest.approx(hours(1, 100) + 0.25)


@pytest.mark.parametrize(("disposition", "outage"), [("RELOCATE", 10.0), ("RETIRE", 0.0)])
def test_what_is_carried_or_switched_off_copies_nothing(disposition: str, outage: float) -> None:
    locks = [{"system": "B-PAY", "disposition": disposition, "reason": "r"}]
    moving = facts(asked(changed("systems", "system", "B-PAY", max_outage_minutes=90), locks=locks))["B-PAY"]
    assert (moving.transfer_gib, moving.transfer_hours, moving.outage_hours) == (0.0, 0.0, outage)
    assert moving.longest_outage_hours is None
    assert moving.bears_hours == (1.5 if disposition == "RELOCATE" else None)


def test_what_stays_is_not_asked_about() -> None:
    assert set(facts(asked(locks=[{"system": "C-WORK", "disposition": "KEEP", "reason": "r"}]))) == {"A-SITE", "B-PAY"}


def waits(**more: Any) -> dict[str, Rows]:
    """C-WORK waits for an answer of B-PAY."""
    return changed("flows", "flow", "F4", **{"kind": "REQRESP", **more})


def test_the_called_goes_first_and_a_border_binds() -> None:
    # from the VPN to the common zone the way is free; over an exchange the two would move together
    problem = asked(waits())
    assert (problem.before, problem.together) == ((("B-PAY", "C-WORK"),), ())
    tables = waits()
    for row in tables["conduits"]:
        if (row["source_zone"], row["target_zone"]) == ("VPN", "PUB"):
            row |= {"mode": "exchange", "kinds": "DATA;REQRESP"}
    problem = asked(tables)
    assert (problem.before, problem.together) == ((), (("C-WORK", "B-PAY"),))


@pytest.mark.parametrize("more", [{"kind": "DATA"}, {"can_be_async": True}, {"state": "broken"}])
def test_a_flow_that_waits_for_no_answer_binds_nobody(more: dict[str, Any]) -> None:
    problem = asked(waits(**more))
    assert (problem.before, problem.together) == ((), ())


def test_freezes_and_allowed_days_come_from_the_calendar() -> None:
    tables = tiny_tables()
    days = {"starts_on": "2026-10-01", "ends_on": "2026-10-08", "department": None, "system": None}
    tables["calendar"] = [
        {"entry": "C1", "kind": "freeze", "name": "holiday", **days},
        {"entry": "C2", "kind": "window", "name": "quiet days", **days, "system": "A-SITE"},
    ]
    problem = asked(tables)
    assert [freeze.name for freeze in problem.freezes] == ["holiday"]
    assert [(entry.name, entry.system) for entry in problem.allowed] == [("quiet days", "A-SITE")]
