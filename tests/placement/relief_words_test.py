"""What each rule about a choice would have to give is one concrete thing: which cell or key, from what to what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.granted import granted
from cloudplan.placement.package import Trial
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve
from cloudplan.relief import Edit
from cloudplan.scenario import LocalCopyOptions
from tests.placement.why_not import why_not

Build = Callable[[], PlacementProblem]
LEVEL_3 = {"A": {"data_class": "important", "level": 2}}


def graded() -> PlacementProblem:
    return example.problem(systems=LEVEL_3, pools={"P": {"filed_level": 1}}, lock_pool="P")


def licensed() -> PlacementProblem:
    rules = {"licence": {"pools": {"oracle": ["P"]}}}
    systems = {"A": {"database": "Oracle 19c"}}
    return example.problem(systems=systems, pools={"P": {}, "Q": {}}, rules=rules, lock_pool="Q")


def recovered() -> PlacementProblem:
    systems = {"A": {"rto_hours": 2.5, "rpo_hours": 1.0}}
    return example.problem(systems=systems, targets={"banner": {"rto_hours": 8.0, "rpo_hours": 24.0}}, lock_pool="P")


def copied() -> PlacementProblem:
    options = LocalCopyOptions.model_validate({"place": "city_cloud"})
    return example.problem(pools={"CITY": example.CITY}, scenario={"local_copy": options}, lock_pool="CITY")


def carried() -> PlacementProblem:
    return example.problem(links={"L": {"mbps": 2.0}}, rules={"uplinks": {"soft": None}}, lock_pool="P")


CASES: list[tuple[str, Build, str, tuple[Edit, ...]]] = [
    ("data-grading", graded, "filed_level", (Edit(("pools", "P", "filed_level"), 3),)),
    ("licence", licensed, "licence", (Edit(("scenario", "rules", "licence", "pools", "oracle"), "Q", "add"),)),
    ("recovery", recovered, "rto", (Edit(("targets", "banner", "rto_hours"), 2.5),)),
    ("recovery", recovered, "rpo", (Edit(("targets", "banner", "rpo_hours"), 1.0),)),
    ("uplinks", carried, "uplink", (Edit(("links", "L", "mbps"), 10.0),)),
]


def asked_of(rule: str, found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.rule == rule and finding.message.startswith("infeasible.short.")]


@pytest.mark.parametrize(("rule", "build", "resource", "edits"), CASES, ids=[f"{c[0]} {c[2]}" for c in CASES])
def test_the_least_change_is_named(rule: str, build: Build, resource: str, edits: Any) -> None:
    said = {finding.message: finding for finding in asked_of(rule, why_not(build()))}
    assert said[f"infeasible.short.{resource}"].values["edits"] == edits
    for language in LANGUAGES:
        assert words(said[f"infeasible.short.{resource}"], language)
        assert cure(said[f"infeasible.short.{resource}"], language)


@pytest.mark.parametrize(
    ("rule", "build"), dict.fromkeys(c[:2] for c in CASES), ids=[*dict.fromkeys(c[0] for c in CASES)]
)
def test_the_change_suffices(rule: str, build: Build) -> None:
    problem = build()
    found = granted(problem.inventory, problem.scenario, asked_of(rule, why_not(problem)))
    assert found is not None
    again = problem_of(*found)
    rules = [r for r in resolve(again.scenario.rules)[0] if r.name() != "level-separation"]
    solve(again, rules)


def test_a_copy_is_kept_elsewhere() -> None:
    problem = copied()
    (said,) = asked_of("local-copy", why_not(problem))
    assert (said.message, said.subject) == ("infeasible.short.copy_place", "A")
    found = granted(problem.inventory, problem.scenario, [said])
    assert found is not None
    solve(problem_of(*found), resolve(found[1].rules)[0])


def test_what_no_edit_may_grant_has_none() -> None:
    problem = example.problem(rooms={"C": {"in_cn": False}}, lock_pool="P")
    (said,) = asked_of("in-cn", why_not(problem))
    assert (said.message, said.subject, said.values["systems"]) == ("infeasible.short.in_cn", "C", ("A",))
    assert "edits" not in said.values


def test_important_data_in_an_exposed_zone_ask_for_both() -> None:
    problem = example.problem(
        systems={"A": {"data_class": "important", "zone": "IZ", "internet_facing": True}},
        workloads={"A1": {"tier": "web"}},
        pools={"P": {"filed_level": 2, "zones": ("IZ",)}},
        lock_pool="P",
    )
    said = {finding.message: finding.subject for finding in asked_of("data-grading", why_not(problem))}
    assert said == {"infeasible.short.filed_level": "P", "infeasible.short.important_exposed": "A"}


def test_a_component_alone_needs_a_second_instance() -> None:
    problem = example.problem(
        systems={"A": {"level": 3}}, pools={"P": {"filed_level": 3}}, rules={"instances": {"soft": None}}, lock_pool="P"
    )
    (said,) = asked_of("instances", why_not(problem))
    assert (said.message, said.subject) == ("infeasible.short.instances", "A/app/x86")
    assert (said.values["now"], said.values["to"]) == (1, 2)


def test_a_room_that_must_close_is_named() -> None:
    problem = example.problem(lock="KEEP", rules={"residual-rooms": {"soft": None}})
    (said,) = asked_of("residual-rooms", why_not(problem))
    assert (said.message, said.subject) == ("infeasible.short.room", "R")


def test_a_grant_that_wakes_another_rule_is_said_to_and_not_tried() -> None:
    """Filed for level 3, as important data ask, the pool is closed to level 2 by the local policy."""
    problem = example.problem(
        systems={"A": {"level": 2, "data_class": "important"}}, pools={"P": {"filed_level": 2}}, lock_pool="P"
    )

    def never(*asked: Any) -> Any:
        raise AssertionError("it was tried")

    *_, request = why_not(problem, trial=Trial(never, never))
    assert request.message == "infeasible.request_and_more"
    assert "level-separation" in words(request, "en")
