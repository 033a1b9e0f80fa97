"""Rooms explained: what holds them and lets them go, and figures that are the plan's own prices."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from cloudplan.explain import Explanation, explain
from cloudplan.explain.thing.closing import closed
from cloudplan.explain.view import View
from cloudplan.explain.words import Line
from cloudplan.findings import errors_in
from cloudplan.i18n import LANGUAGES
from cloudplan.placement.dispositions import cases_of, change_words
from cloudplan.placement.solve import violations
from cloudplan.placement.terms import cost
from cloudplan.plan import make_plan
from tests.explain_test import domestic
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables

Tables = dict[str, Rows]


def free_to_stay(tables: Tables) -> None:
    """A superior's exchange host may stay or be carried, in a room that costs next to nothing."""
    tables["systems"][2] |= {"owner_level": "city", "deploy_model": "front_end_local", "zone": "VPN"}
    tables["workloads"][4]["tier"] = "exchange"
    tables["zones"][-1]["tiers"] = "web;app;db;exchange"
    tables["flows"] = tables["flows"][:3]
    tables["rooms"][1]["yearly_cost_yuan"] = 1


def device_stays(tables: Tables) -> None:
    """The same, and a device that stays."""
    free_to_stay(tables)
    more = {"device": "N2", "room": "R2", "department": "D2", "rack": "K2", "fate": "keep", "fate_reason": "专网"}
    tables["devices"].append({**tables["devices"][0], **more})


@cache
def seen(change: Callable[[Tables], None]) -> View:
    tables = tiny_tables()
    change(tables)
    return View(make_plan(tiny_scenario(), tiny_inventory(tables)))


def lines(explanation: Explanation, message: str) -> list[Line]:
    found = [x for s in explanation.sections for x in s.lines]
    return [x for x in found if x.message == f"explain.{message}"]


def room(view: View, name: str) -> Explanation:
    return explain(view.plan, name)


def test_a_room_that_closes_says_with_whom_and_what_that_saves() -> None:
    view = seen(domestic)
    told = room(view, "R1")
    wave = int(view.row("rooms", "room", "R1")["wave"])  # type: ignore[index]
    (last,) = lines(told, "room.last")
    assert last.values["wave"] == wave
    assert "A-SITE" in last.values["systems"]["en"]
    (saved,) = lines(told, "room.saves.room")
    (kept,) = lines(told, "room.keep")
    assert saved.values["yuan"] == kept.values["yuan"] == view.problem.costs.room("R1") == 30000
    (energy,) = lines(told, "room.saves.energy")
    costs = view.problem.costs
    assert energy.values["yuan"] == pytest.approx(sum(costs.machine_energy(s, "R1") for s in ("S1", "S2")))
    reckoned = energy.values["kw"] * 8760 * energy.values["pue"] * energy.values["price"]
    assert energy.values["yuan"] == pytest.approx(reckoned)
    assert lines(told, "room.nobody_may_stay")


def test_keeping_a_room_costs_what_the_weights_make_of_it() -> None:
    plan = make_plan(tiny_scenario(weights={"rooms": 2.0}), tiny_inventory())
    (kept,) = lines(explain(plan, "R1"), "room.keep")
    assert kept.values["yuan"] == 60000


def test_a_room_that_stays_says_what_holds_it_by_which_rule_and_what_lets_it_go() -> None:
    view = seen(domestic)
    told = room(view, "R2")
    (holds,) = lines(told, "room.keeps")
    assert holds.rule == view.problem.options["C-WORK"].rule
    assert holds.values["components"] == ("C-WORK/app/x86",)
    cases = cases_of(view.plan.inventory, view.plan.scenario, view.plan.earlier)
    for language in LANGUAGES:
        expected = change_words(cases["C-WORK"], language, present="KEEP")
        assert [x.values["sentence"][language] for x in lines(told, "room.lets_go")] == list(expected)
        assert expected
    (cannot,) = lines(told, "room.cannot_close")
    assert "C-WORK" in cannot.values["what"]["en"]
    assert lines(told, "room.by_force")[0].values["system"] == "C-WORK"
    (yearly,) = lines(told, "room.staying.room")
    (energy,) = lines(told, "room.staying.energy")
    assert yearly.values["yuan"] == view.terms["rooms"]
    assert energy.values["yuan"] == pytest.approx(view.problem.costs.machine_energy("S4", "R2"))
    text = told.text("zh-CN")
    assert text.count("原因") == 1, "a rule's words are said once"


def priced(view: View) -> Any:
    answer = closed(view, ["C-WORK/exchange/x86"], {"today:R2"}).answer  # type: ignore[union-attr]
    assert answer is not None
    assert not errors_in(violations(view.problem, view.rules, answer.state))
    assert answer.cost == pytest.approx(cost(view.problem, answer.state, view.rules))
    return answer


def test_closing_a_room_that_stays_by_choice_is_priced() -> None:
    view = seen(free_to_stay)
    assert view.state.seats["C-WORK/exchange/x86"].pool == "today:R2"
    answer = priced(view)
    assert "R2" not in view.problem.rooms_open(view.problem.taken(answer.state))
    told = room(view, "R2")
    (closing,) = lines(told, "other.dearer")
    assert closing.values["what"]["en"].startswith("closing it")
    assert closing.values["yuan"] == pytest.approx(answer.cost - view.cost)
    assert not lines(told, "room.cannot_close")


def test_what_could_leave_is_priced_though_a_device_holds_the_room() -> None:
    view = seen(device_stays)
    told = room(view, "R2")
    (device,) = lines(told, "room.device")
    assert device.values["device"] == "N2"
    (cannot,) = lines(told, "room.cannot_close")
    assert cannot.values["what"]["en"] == "N2"
    (leaving,) = lines(told, "other.dearer")
    assert "still stay open" in leaving.values["what"]["en"]
    assert leaving.values["yuan"] == pytest.approx(priced(view).cost - view.cost)
    assert not lines(told, "room.by_force")


def test_the_centre_is_no_room_to_close() -> None:
    told = room(seen(domestic), "CENTRE")
    assert lines(told, "room.receives")
    assert not [
        x for s in told.sections for x in s.lines if x.message.startswith(("explain.room.sav", "explain.room.k"))
    ]
