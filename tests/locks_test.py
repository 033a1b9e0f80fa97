"""Locks: which of several decides, what they overrule, and which can't hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cloudplan.cli import main
from cloudplan.errors import BadInput, Infeasible
from cloudplan.explain import explain
from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.plan import judged_locks, make_plan
from cloudplan.scenario_file import read_all
from tests.tiny import SCENARIO, Rows, tiny_inventory, tiny_scenario, tiny_tables, write_tiny_scenario

WHY = {"reason": "r"}
DOUBLE = ["double_lock"]


def two_pools() -> dict[str, Rows]:
    """A second cluster like the first of the extranet's common zone, and a second department's system in D1."""
    tables = tiny_tables()
    tables["pools"].append({**tables["pools"][1], "pool": "P-TWO"})
    tables["systems"].append({**tables["systems"][1], "system": "E-TWO", "name": "二号", "department": "D1"})
    tables["workloads"].append({**tables["workloads"][2], "workload": "W9", "system": "E-TWO", "name": "w9"})
    return tables


def planned(*locks: dict[str, Any], tables: dict[str, Rows] | None = None) -> dict[str, tuple[str, str]]:
    """Disposition and pools of every system under some locks."""
    plan = make_plan(tiny_scenario(locks=list(locks)), tiny_inventory(tables or two_pools()))
    rows = plan.tables["dispositions"].itertuples()
    return {str(row.system): (str(row.disposition), str(row.pool)) for row in rows}


def test_a_component_comes_before_its_system_and_that_before_its_department() -> None:
    fates = planned(
        {"department": "D2", "disposition": "KEEP", **WHY},
        {"system": "B-PAY", "pool": "P-PUB", **WHY},
        {"component": "B-PAY/db/x86", "pool": "P-TWO", **WHY},
    )
    assert fates["C-WORK"] == ("KEEP", "today:R2")
    assert fates["B-PAY"][0] == "REHOST"
    assert sorted(fates["B-PAY"][1].split(";")) == ["P-PUB", "P-TWO"]


def test_a_component_s_disposition_is_its_system_s() -> None:
    fates = planned(
        {"component": "B-PAY/db/x86", "disposition": "KEEP", **WHY}, {"system": "B-PAY", "disposition": "REHOST", **WHY}
    )
    assert fates["B-PAY"] == ("KEEP", "today:R2")


def test_a_lock_overrules_the_ordered_rules_and_a_pool_brings_back_what_they_keep() -> None:
    tables = two_pools()
    tables["systems"][1] |= {"opinion": "refuses", "opinion_reason": "原因"}
    assert planned(tables=tables)["B-PAY"] == ("KEEP", "today:R2")
    assert planned({"system": "B-PAY", "pool": "P-TWO", **WHY}, tables=tables)["B-PAY"] == ("REHOST", "P-TWO")


OVERRULED: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({"special_hardware": "dongle"}, {"pool": "P-TWO"}, ["special-hardware"]),
    ({"special_hardware": "dongle"}, {"disposition": "REHOST"}, ["special-hardware"]),
    ({"special_hardware": "dongle"}, {"disposition": "KEEP"}, []),
    ({"special_hardware": "dongle"}, {"pool": "P-COLO"}, []),
    ({"special_hardware": "on_site"}, {"pool": "P-TWO"}, ["on-site"]),
    ({"special_hardware": "on_site"}, {"disposition": "RELOCATE"}, ["on-site"]),
    ({"special_hardware": "on_site", "opinion": "refuses"}, {"pool": "P-TWO"}, ["refusal", "on-site"]),
    ({"opinion": "refuses"}, {"disposition": "KEEP"}, []),
    ({"support": "expired"}, {"disposition": "REHOST"}, ["unsupported"]),
    ({"support": "expired"}, {"pool": "P-TWO"}, []),
    ({}, {"pool": "P-TWO"}, []),
]


@pytest.mark.parametrize(("record", "lock", "rules"), OVERRULED)
def test_what_a_lock_overrules_is_named(record: dict[str, Any], lock: dict[str, Any], rules: list[str]) -> None:
    tables = two_pools()
    tables["systems"][1] |= record
    scenario, inventory = tiny_scenario(locks=[{"system": "B-PAY", **lock, **WHY}]), tiny_inventory(tables)
    said = judged_locks(scenario, inventory)
    assert [(finding.rule, finding.subject, finding.severity) for finding in said] == [
        (rule, "B-PAY", Severity.WARNING) for rule in rules
    ]
    assert all(words(finding, language) and cure(finding, language) for finding in said for language in LANGUAGES)


def test_a_plan_and_its_explanation_name_what_a_lock_overrules() -> None:
    tables = two_pools()
    tables["systems"][1]["special_hardware"] = "dongle"
    locked = tiny_scenario(locks=[{"system": "B-PAY", "pool": "P-TWO", **WHY}])
    plan = make_plan(locked, tiny_inventory(tables))
    assert [finding.rule for finding in plan.findings if finding.message == "placement.overruled"] == [
        "special-hardware"
    ]
    (said,) = (finding for finding in plan.findings if finding.message == "placement.overruled")
    for language in LANGUAGES:
        assert said.values["why"][language] in explain(plan, "B-PAY").text(language)


def test_what_one_lock_overrules_of_many_systems_is_one_warning() -> None:
    tables = two_pools()
    for row in tables["systems"]:
        row["opinion"] = "refuses"
    locks = [{"department": "D1", "disposition": "REHOST", **WHY}]
    (said,) = judged_locks(tiny_scenario(locks=locks), tiny_inventory(tables))
    alike = [row["system"] for row in tables["systems"] if row["department"] == "D1"]
    assert (said.message, said.rule, said.values["subjects"]) == ("plan.overruled_many", "refusal", tuple(alike))
    assert len(alike) > 1
    for language in LANGUAGES:
        assert all(system in words(said, language) for system in alike)
        assert cure(said, language)


def test_a_department_s_pool_takes_what_it_is_made_for_and_brings_nothing_back() -> None:
    tables = two_pools()
    tables["systems"][2]["last_data_on"] = "2020-01-01"  # C-WORK is a zombie
    fates = planned({"department": "D2", "pool": "P-TWO", **WHY}, tables=tables)
    assert fates["B-PAY"] == ("REHOST", "P-TWO")
    assert fates["C-WORK"][0] == "RETIRE"
    # the internet site of D1 has a front end that only P-IZ takes: its lock can't hold, and says so
    with pytest.raises(Infeasible) as caught:
        planned({"department": "D1", "pool": "P-TWO", **WHY}, tables=tables)
    first = caught.value.findings[0]
    assert (first.message, first.values["lock"], first.values["rules"]) == ("infeasible.lock", "D1", ("zone",))


def test_what_may_never_be_placed_comes_before_locks_and_both_are_named() -> None:
    tables = two_pools()
    tables["systems"][1]["classified"] = True
    with pytest.raises(Infeasible) as caught:
        planned({"system": "B-PAY", "disposition": "REHOST", **WHY}, tables=tables)
    lock, refusal = caught.value.findings[:2]
    assert (lock.message, lock.values["reason"], lock.values["rules"]) == ("infeasible.lock", "r", ("scope",))
    assert refusal.rule == "scope"
    assert all(words(lock, language) and cure(lock, language) for language in LANGUAGES)


def test_check_names_a_lock_that_can_not_hold_before_anything_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = two_pools()
    tables["systems"][1]["data_class"] = "core"
    text = f"{SCENARIO}locks:\n  - {{system: B-PAY, pool: P-TWO, reason: r}}\n"
    path = write_tiny_scenario(tmp_path, tables, text)
    assert main(["check", str(path), "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert {finding["message"] for finding in document["findings"]} >= {"infeasible.lock"}


def test_a_plan_tells_at_once_which_locks_can_not_hold() -> None:
    tables = two_pools()
    tables["systems"][1]["classified"] = True
    told: list[tuple[str, Any]] = []
    lock = {"system": "B-PAY", "disposition": "REHOST", **WHY}
    with pytest.raises(Infeasible):
        make_plan(tiny_scenario(locks=[lock]), tiny_inventory(tables), lambda *said: told.append(said))
    assert ("plan.locks_refused", {"locks": ("B-PAY",), "count": 1}) in told
    told.clear()
    make_plan(tiny_scenario(locks=[lock]), tiny_inventory(two_pools()), lambda *said: told.append(said))
    assert not any(message == "plan.locks_refused" for message, _ in told)


def test_a_lock_that_leads_nowhere_is_named() -> None:
    closed = tiny_scenario(
        locks=[{"system": "B-PAY", "disposition": "RELOCATE", **WHY}], targets={"open": ["banner_pool", "in_place"]}
    )
    with pytest.raises(Infeasible) as caught:
        make_plan(closed, tiny_inventory())
    assert caught.value.findings[0].message == "infeasible.lock_nowhere"


@pytest.mark.parametrize(
    ("locks", "expected"),
    [
        ("{system: B-PAY, pool: P-PUB}|{system: B-PAY, disposition: REHOST}", []),
        ("{system: B-PAY, pool: P-PUB}|{system: B-PAY, pool: P-IZ}", DOUBLE),
        ("{system: B-PAY, pool: P-PUB}|{system: B-PAY, disposition: KEEP}", DOUBLE),
        ("{department: D2, disposition: KEEP}|{system: B-PAY, pool: P-PUB}", []),
        ("{department: D2, disposition: KEEP}|{department: D2, disposition: REHOST}", DOUBLE),
        ("{component: B-PAY/db/x86, pool: P-PUB}|{component: B-PAY/app/x86, pool: P-COLO}", DOUBLE),
        ("{component: B-PAY/db/x86, pool: P-COLO}|{system: B-PAY, pool: P-PUB}", DOUBLE),
        ("{component: B-PAY/db/arm, pool: P-PUB}|{department: D9, pool: P-PUB}",
         ["unknown_component", "unknown_reference"]),
        ("{component: B-PAY/db/x86, system: B-PAY, pool: P-PUB}|{pool: P-PUB}",
         ["lock_subject", "lock_subject"]),
    ],
)  # fmt: skip
def test_locks_that_contradict_each_other_name_both_places(tmp_path: Any, locks: str, expected: list[str]) -> None:
    first, second = (lock.replace("}", ", reason: r}") for lock in locks.split("|"))
    path = write_tiny_scenario(tmp_path, text=f"{SCENARIO}locks:\n  - {first}\n  - {second}\n")
    if not expected:
        read_all(path)
        return
    with pytest.raises(BadInput) as caught:
        read_all(path)
    assert sorted(f.message.partition(".")[2] for f in caught.value.findings) == expected
    for finding in caught.value.findings:
        assert all(words(finding, language) and cure(finding, language) for language in LANGUAGES)
        if finding.message == "scenario.double_lock":
            assert finding.place is not None
            assert finding.place.row == 9
            assert ":8:" in finding.values["first"]


def test_locks_that_are_switched_off_bind_neither_disposition_nor_pool() -> None:
    locks = [{"system": "B-PAY", "disposition": "KEEP", **WHY}, {"system": "C-WORK", "pool": "P-TWO", **WHY}]
    free = make_plan(tiny_scenario(rules={"locks": False}), tiny_inventory(two_pools()))
    off = make_plan(tiny_scenario(locks=locks, rules={"locks": False}), tiny_inventory(two_pools()))
    assert off.tables["dispositions"]["pool"].tolist() == free.tables["dispositions"]["pool"].tolist()
    assert off.tables["dispositions"]["disposition"].tolist() == free.tables["dispositions"]["disposition"].tolist()


def test_a_lock_on_what_becomes_of_a_system_is_named_where_that_collides() -> None:
    tables = two_pools()
    for pool in tables["pools"]:
        pool["max_hosts"] = 1
    locks = [{"system": system["system"], "disposition": "REHOST", "reason": "board"} for system in tables["systems"]]
    with pytest.raises(Infeasible) as raised:
        make_plan(tiny_scenario(reuse={"allowed": False}, locks=locks), tiny_inventory(tables))
    found = raised.value.findings
    collided = {system for said in found for system in said.values.get("systems") or ()}
    told = [said for said in found if said.message == "infeasible.decided_by_lock"]
    assert collided
    assert {said.subject for said in told} == collided
    assert "REHOST" not in words(told[0], "zh-CN")
    assert "board" in words(told[0], "zh-CN")
