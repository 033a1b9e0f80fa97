"""The cuts of the loop, and what is asked for where packing is what lacks hosts."""

from __future__ import annotations

import datetime as dt

import pytest

from cloudplan.cuts import ALLOWANCE, Cuts, enlarged
from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.findings import Finding
from cloudplan.i18n import words
from cloudplan.plan import make_plan
from tests.plan_test import ONLY_BOUGHT, column, planned, with_large_workloads
from tests.tiny import tiny_inventory, tiny_scenario

BOUGHT = {"allowed": False}
HOST_YUAN = 60000.0


def refused(error: type[Infeasible] | type[NoAnswer], yuan: float, **more: object) -> tuple[Finding, ...]:
    scenario = tiny_scenario(reuse=BOUGHT, purchases={"budget_yuan": yuan}, **more)
    with pytest.raises(error) as caught:
        make_plan(scenario, tiny_inventory(with_large_workloads()))
    return caught.value.findings


def test_an_allowance_doubles_and_goes_halfway_back_to_what_left_a_placement() -> None:
    cuts = Cuts()
    cuts.enlarge("P")
    cuts.enlarge("P")
    cuts.hold()
    cuts.enlarge("P", left=0.07)
    cuts.enlarge("Q")
    assert cuts.allowance == {"P": 0.07, "Q": ALLOWANCE}
    cuts.back()
    assert cuts.allowance == pytest.approx({"P": (0.01 + 0.07) / 2, "Q": ALLOWANCE / 2})
    assert enlarged(ALLOWANCE) == 2 * ALLOWANCE


def test_what_is_asked_for_is_enough_for_packing_and_a_host_less_is_not() -> None:
    """Three workloads fit on no two hosts of P-PUB, whatever the sums say: four with the spare, and two of P-IZ."""
    (budget,) = [said for said in refused(Infeasible, 0.0) if said.message == "infeasible.short.budget"]
    assert budget.values["ask"] == 6 * HOST_YUAN
    scenario = tiny_scenario(reuse=BOUGHT, purchases={"budget_yuan": budget.values["ask"]})
    plan = make_plan(scenario, tiny_inventory(with_large_workloads()))
    assert len(plan.tables["hosts"]) == 6
    # five keep the sums: nothing collides, and nothing packs
    first, *more = refused(NoAnswer, 5 * HOST_YUAN)
    assert first.message == "plan.cut_off"
    (least,) = [said for said in more if said.message == "packing.least.hosts"]
    assert (least.values["pool"], least.values["ask"]) == ("P-PUB", 1)
    assert not [said for said in more if said.message.startswith("infeasible.")]


def test_the_request_says_how_far_it_was_tried() -> None:
    request = next(said for said in refused(Infeasible, 0.0) if said.message.startswith("infeasible.request"))
    assert request.message == "infeasible.request_enough"  # under an allowance nothing is proved the least
    assert request.values["held"] == "plan"
    assert "planned as if granted" in words(request, "en")


def test_systems_without_a_wave_are_named_beside_the_request() -> None:
    hours = {"window_hours": 1, "starts_on": dt.date(2026, 9, 7)}
    request = next(said for said in refused(Infeasible, 0.0, migration=hours) if "held" in said.values)
    assert request.values["held"] == "no_wave"
    assert "排不进迁移批次" in words(request, "zh-CN")


def test_the_cut_loop_buys_what_the_sums_did_not_show() -> None:
    told: list[str] = []
    tables = with_large_workloads()
    plan = make_plan(tiny_scenario(**ONLY_BOUGHT), tiny_inventory(tables), lambda message, _: told.append(message))
    assert "plan.cut" in told
    loaded = [
        row for row in plan.tables["hosts"].to_dict("records") if (row["pool"], row["spare"]) == ("P-PUB", "false")
    ]
    assert len(loaded) == 3
    on = dict(zip(column(plan, "placements", "workload"), column(plan, "placements", "host"), strict=True))
    assert len({on["W2"], on["W3"], on["W4"]}) == 3
    first = plan.facts["stages"]["placement"]["bound"]
    price = loaded[0]["yuan_per_year"]
    assert plan.facts["bound"] == first
    # the bound is that of the sums, one host lower
    assert plan.facts["objective"] - plan.facts["bound"] == pytest.approx(price, rel=0.02)


def test_without_rounds_the_loop_gives_up_with_the_reason() -> None:
    with pytest.raises(NoAnswer) as caught:
        planned(with_large_workloads(), **ONLY_BOUGHT, solver={"rounds": 1})
    limit, *complaints = caught.value.findings
    assert (limit.message, limit.values) == ("plan.rounds", {"rounds": 1})
    assert {finding.message for finding in complaints} == {
        "packing.collide.rules", "packing.least.hosts", "packing.unplaced.no_room",
    }  # fmt: skip
    assert all(finding.values["pool"] == "P-PUB" for finding in complaints)
