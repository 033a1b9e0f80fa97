"""Where no placement holds, the rules that collide are named, and by how much: planted collisions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, catalogue, cure, say, words
from cloudplan.placement import example, infeasible
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.diagnosis import Diagnosis
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rows import Rows
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.placement.rules.capacity import Capacity
from cloudplan.placement.rules.purchases import Purchases
from cloudplan.placement.solve import solve
from cloudplan.relief import Relief, irreducible
from cloudplan.scenario import CapacityOptions, Lock, PurchaseOptions, ReuseOptions
from tests.placement.why_not import why_not


def explained(problem: PlacementProblem) -> tuple[Finding, ...]:
    rules = resolve(problem.scenario.rules)[0]
    found = why_not(problem, rules)
    for finding in found:
        for language in LANGUAGES:
            if finding.message in catalogue(language):
                assert words(finding, language)
                assert cure(finding, language)
            else:
                assert finding.message.startswith("placement.")
    named = {rule for finding in found for rule in finding.values.get("rules", ())}
    solve(problem, [rule for rule in rules if rule.name() not in named])
    return found


def changed(problem: PlacementProblem, **changes: Any) -> PlacementProblem:
    return problem_of(problem.inventory, problem.scenario.model_copy(update=changes))


def test_nothing_to_buy_and_nothing_to_reuse() -> None:
    problem = changed(example.problem(), purchases=PurchaseOptions(allowed=False), reuse=ReuseOptions(allowed=False))
    found = explained(problem)
    assert found[0].message == "infeasible.rules"
    assert set(found[0].values["rules"]) == {"capacity", "reuse", "purchases"}
    said = {finding.message: finding for finding in found}
    bought = said["infeasible.short.hosts"]
    assert (bought.subject, bought.values["short"], bought.values["yuan"]) == ("P", 2, 50000)
    # one server alone is no spare, and no host at all holds nothing, however little capacity is asked
    ways = [(f.message, f.rule) for f in found if f.message.startswith("infeasible.way")]
    assert ways == [("infeasible.way", "purchases"), ("infeasible.way_with", "reuse")]
    assert said["infeasible.short.reuse_open"].values["servers"] == ("S",)
    assert said["infeasible.short.spare_hosts"].values["to"] == 0
    assert said["infeasible.not_alone"].rule == "capacity"
    assert "2 small to be bought, for about 50,000 yuan (invented prices)" in words(found[-1], "en")


def test_what_capacity_is_short_of_is_told_in_hosts_and_yuan() -> None:
    """60,000 yuan for one host of 57.6 usable GiB, where two of 40 GiB and 10 vCPU each are to stand."""
    large = {name: {"memory_gib": 40.0, "vcpu": 10.0} for name in ("A1", "A2")}
    problem = example.problem(
        workloads=large, budget_yuan=60000.0, scenario={"capacity": CapacityOptions(spare_hosts=0)}
    )
    found = explained(changed(problem, reuse=ReuseOptions(allowed=False)))
    (missing,) = [finding for finding in found if finding.message == "infeasible.short.capacity_hosts"]
    assert [missing.values[resource] for resource in ("vcpu", "memory_gib", "cpu")] == pytest.approx([4, 22.4, 7.2])
    assert (missing.subject, missing.values["hosts"], missing.values["yuan"]) == ("P", 2, 50000)
    assert "pool P, N+0 kept, is short of 4 vCPU (allocated), 22.4 GiB of memory" in words(missing, "en")


def test_servers_that_come_too_late_are_no_help() -> None:
    """One server would do where nothing may be bought; barred, it leaves the rules that close buying in collision."""
    problem = changed(
        example.problem(), purchases=PurchaseOptions(allowed=False), capacity=CapacityOptions(spare_hosts=0)
    )
    rules = resolve({})[0]
    case = Diagnosis(problem, [rule for rule in rules if rule.soft is None], refusals_of(problem, rules))
    names = [rule.name() for rule in rules if rule.soft is None]
    assert not case.infeasible(names)
    assert case.cut({}, {("S", "P")}).infeasible(names)
    assert not case.cut({}, {("S", "Q")} & set(problem.reuse)).infeasible(names)


def test_a_budget_too_small() -> None:
    problem = changed(example.problem(budget_yuan=40000.0), reuse=ReuseOptions(allowed=False))
    found = explained(problem)
    assert "purchases" in found[0].values["rules"]
    # the cheapest way: one small host that carries, and one that stays empty
    (budget,) = [finding for finding in found if finding.message == "infeasible.short.budget"]
    assert budget.values["short"] == pytest.approx(2 * 25000 - 40000)
    assert "10,000 yuan short, to buy 2 hosts: 2 small for P, for about 50,000 yuan (invented prices)" in words(
        budget, "en"
    )


def test_a_platform_filed_too_low() -> None:
    found = explained(example.problem(systems={"A": {"level": 3}}))
    assert found[0].message == "infeasible.system"
    assert found[0].subject == "A"
    sets = [finding.values["rules"] for finding in found if finding.message == "infeasible.system"]
    # each of the two alone refuses it: two collisions, and one refusal of each rule in its own words
    assert sorted(sets) == [("level-separation",), ("platform-level",)]
    assert [f.message for f in found if not f.message.startswith("infeasible.")] == [
        "placement.platform_level", "placement.level_separation",
    ]  # fmt: skip


def test_of_two_rules_that_refuse_alike_the_standard_is_named() -> None:
    problem = example.problem(
        systems={"A": {"level": 3}}, pools={"P": {"filed_level": 2}, "Q": {"filed_level": 3}}, lock_pool="P"
    )
    refusals = refusals_of(problem, resolve({})[0])
    assert {"level-separation", "platform-level"} <= {said.rule for said in refusals.candidate[0]}
    found = explained(problem)
    (named,) = [finding.values["rules"] for finding in found if finding.message == "infeasible.system"]
    assert named == ("platform-level", "locks")
    (lock, *_) = infeasible.of_locks(problem, refusals)
    assert lock.values["rules"] == ("platform-level", "level-separation")  # it would have to meet both


def test_a_system_that_nothing_takes() -> None:
    problem = example.problem(systems={"A": {"special_hardware": "dongle"}})
    assert [finding.message for finding in why_not(problem)] == ["infeasible.no_choice"]


def test_components_that_must_share_a_target() -> None:
    # each has a place of its own, but no target takes both
    problem = example.problem(
        workloads={"A1": {}, "A2": {"arch": "arm"}},
        pools={"CITY": {**example.CITY, "arch": "arm"}},
    )
    found = explained(problem)
    assert found[0].subject == "A"
    assert found[0].values["rules"] == ("architecture",)


@pytest.mark.parametrize("whole", [True, False])
def test_a_shortfall_of_the_relaxation_is_said_to_be_the_least(monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    real = Rows.shortfall

    def shortfall(self: Any, active: Any, eases: Any, asked: bool, *more: Any) -> Any:
        return None if asked and not whole else real(self, active, eases, asked, *more)

    monkeypatch.setattr(Rows, "shortfall", shortfall)
    problem = changed(example.problem(budget_yuan=1000.0), reuse=ReuseOptions(allowed=False))
    said = [finding.message for finding in explained(problem)]
    assert "infeasible.short.budget" in said
    assert ("infeasible.at_least" in said) is not whole


def test_systems_blocked_alike_are_named_together() -> None:
    names = [f"S{n:02d}" for n in range(25)]
    problem = example.problem(
        systems={name: {"level": 3} for name in ["A", *names]},
        workloads={"A1": {}, **{f"{name}1": {"system": name} for name in names}},
    )
    found = explained(problem)
    alike = [finding for finding in found if finding.message == "infeasible.systems"]
    assert {f.values["rules"] for f in alike} == {("platform-level",), ("level-separation",)}
    for finding in alike:
        assert (finding.values["count"], set(finding.values["systems"])) == (26, {"A", *names})
        assert len(finding.values["examples"]) == 10
    # each rule's own words about the first of them, what each would have to give, and what would mend all: no more
    assert len(found) == 7
    (line,) = {words(f, "en") for f in found if f.message.startswith("infeasible.short.")}
    assert "pool P must be filed for level 3 (now: 2) to carry 26 systems" in line


def test_the_filter_leaves_an_irreducible_set() -> None:
    bad = [{"a", "b"}, {"b", "c", "d"}]

    def infeasible(left: Collection[str]) -> bool:
        return any(collision <= set(left) for collision in bad)

    kept = irreducible(["d", "c", "b", "a"], infeasible)
    assert set(kept) == {"a", "b"}


def test_each_set_is_told_when_it_is_found_and_each_way_before_it_is_sought() -> None:
    problem = changed(example.problem(), purchases=PurchaseOptions(allowed=False), reuse=ReuseOptions(allowed=False))
    told: list[tuple[str, Any]] = []
    why_not(problem, tell=lambda message, values: told.append((message, values)))
    said = [(message, values.get("rules")) for message, values in told if message.startswith("infeasible.")]
    assert said == [
        ("infeasible.searching", None),
        ("infeasible.found", ("capacity", "reuse", "purchases")),
        ("infeasible.weighing", ("purchases",)),
        ("infeasible.weighing", ("reuse",)),
        ("infeasible.weighing", ("capacity",)),
    ]
    for language in LANGUAGES:
        assert all(say(message, language, **values) for message, values in told)


def test_where_the_steps_run_out_the_least_is_said_not_to_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infeasible, "STEPS", 0)
    problem = changed(example.problem(), purchases=PurchaseOptions(allowed=False), reuse=ReuseOptions(allowed=False))
    found = explained(problem)
    assert [f.rule for f in found if f.message == "infeasible.not_found"] == ["purchases", "reuse", "capacity"]
    assert not any(f.message.startswith(("infeasible.short.", "infeasible.request")) for f in found)


def test_amounts_are_weighed_by_what_one_host_offers() -> None:
    problem = example.problem()
    most = {"vcpu": 16.0, "memory_gib": 57.6, "cpu": 12.8}  # of the larger type, reserves taken off
    for resource, amount in most.items():
        assert amount * Capacity().weighs(problem, Relief(resource, "P")) == pytest.approx(1)
    # the dearer of two types counts one, the other by its price
    assert Purchases().weighs(problem, Relief("hosts", "P", ("H",))) == 1
    assert Purchases().weighs(problem, Relief("hosts", "P", ("small",))) == pytest.approx(25 / 60)
    assert Purchases().weighs(problem, Relief("budget")) == pytest.approx(1 / 60000)


def test_much_of_one_sort_is_one_line_with_all_its_edits() -> None:
    names = [f"S{n:02d}" for n in range(11)]
    problem = example.problem(
        systems={name: {} for name in ["A", *names]},
        workloads={"A1": {}, **{f"{name}1": {"system": name} for name in names}},
        pools={"P": {"filed_level": 2}, "Q": {"filed_level": 2, "zones": ("VPN",)}},
    )
    locks = tuple(Lock(system=name, pool="Q", reason="decided") for name in ["A", *names])
    (many,) = [f for f in explained(changed(problem, locks=locks)) if f.rule == "locks" and "sort" in f.values]
    assert (many.message, many.values["sort"], many.values["count"]) == (
        "infeasible.short.many", "infeasible.short.lock", 12,
    )  # fmt: skip
    assert len(many.values["edits"]) == 12
