"""A plan in progress planned anew on the tiny estate: what is done stays, what changes has a reason, nothing else does.

The tiny estate moves as a whole in the window of Friday 2026-09-11; ``slowly`` makes it a system a week:

    W1 2026-09-11    W2 2026-09-18    W3 2026-09-25
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cloudplan import cli
from cloudplan.bundle import Plan
from cloudplan.errors import BadInput
from cloudplan.explain import explain
from cloudplan.explain.view import View
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.placement.solve import violations
from cloudplan.plan import make_plan
from cloudplan.replan import summary
from cloudplan.replan.carried import carried_out
from cloudplan.report.section import View as Page
from cloudplan.report.sections import sections_of
from cloudplan.saved import load, save
from tests.csv_checker import complaints
from tests.tiny import Rows, tiny_inventory, tiny_scenario, tiny_tables, write_tiny_scenario

SLOWLY = {"migration": {"starts_on": dt.date(2026, 9, 7), "systems_per_wave": 1}}
ALIVE = {"zombie_days": 2000}
SECOND = dt.date(2026, 9, 16)
"""The first window has ended, the second has not begun."""


def saved(folder: Path, plan: Plan) -> Plan:
    save(plan, folder)
    return load(folder)


def planned(tables: Mapping[str, Rows] | None = None, since: Plan | None = None, **changes: Any) -> Plan:
    return make_plan(tiny_scenario(**{**SLOWLY, **changes}), tiny_inventory(tables), since=since)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan in progress, a system a week."""
    return saved(tmp_path_factory.mktemp("before") / "plan", planned())


def by(plan: Plan, table: str, key: str, column: str) -> dict[str, Any]:
    frame = plan.tables[table]
    return dict(zip(frame[key].astype(str), frame[column], strict=True))


def changes(plan: Plan, what: str = "system") -> dict[str, dict[str, Any]]:
    frame = plan.tables["changes"]
    return {str(row["id"]): row for row in frame[frame["what"] == what].to_dict("records")}  # type: ignore[misc]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def with_two_pools(**second: Any) -> dict[str, Rows]:
    """Tables with a second pool P-TWO for PUB and VPN, as good as P-PUB."""
    tables = tiny_tables()
    (like,) = (row for row in tables["pools"] if row["pool"] == "P-PUB")
    tables["pools"].append({**like, "pool": "P-TWO", "name": "外网区二", **second})
    return tables


def test_the_same_inputs_change_nothing_and_give_the_same_bytes_twice(before: Plan, tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(planned(since=before), tmp_path / name)
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    again = load(tmp_path / "one")
    assert again.tables["changes"].empty
    for table, frame in before.tables.items():
        pd.testing.assert_frame_equal(again.tables[table], frame)
    assert summary(again, "en").startswith("Nothing has changed against the plan before")
    assert again.facts["supersedes"] == before.digest
    assert complaints(tmp_path / "one") == []


def test_what_is_done_stays_and_needs_no_wave(before: Plan, tmp_path: Path) -> None:
    after = planned(since=before, today=SECOND)
    first = [s for s, w in by(before, "waves", "system", "wave").items() if w == 1]
    assert len(first) == 1
    assert by(after, "dispositions", "system", "pool") == by(before, "dispositions", "system", "pool")
    assert by(after, "dispositions", "system", "rule")[first[0]] == "carried-out"
    assert set(by(after, "waves", "system", "wave")) == set(by(before, "waves", "system", "wave")) - set(first)
    starts = by(before, "waves", "system", "window_start")
    for system, start in by(after, "waves", "system", "window_start").items():
        assert start == starts[system], "what keeps its place keeps its window"
    assert changes(after) == {}
    assert changes(after, "wave") == {}
    # its hosts were delivered, and stand
    source = by(after, "hosts", "host", "source")
    used = {row.host for row in before.tables["placements"].itertuples() if row.system == first[0]}
    assert {source[host] for host in used} == {"existing"}
    folder = tmp_path / "after"
    save(after, folder)
    assert complaints(folder) == []
    assert load(folder).tables["dispositions"].equals(after.tables["dispositions"])
    # planned once more, from the plan that followed: what was done then is done still
    third = planned(since=load(folder), today=dt.date(2026, 9, 23))
    done = [s for s, rule in by(third, "dispositions", "system", "rule").items() if rule == "carried-out"]
    assert set(first) < set(done)
    assert len(done) == 2
    assert changes(third) == {}


def september(day: int) -> dt.date:
    return dt.date(2026, 9, day)


UNDER_WAY: list[tuple[dt.date, set[str], int | None]] = [
    (september(17), {"C-WORK"}, None),  # the day before the second window, of Friday 20:00 to Monday 0:00
    (september(18), {"C-WORK"}, None),  # it begins in the evening: it may still be called off
    (september(19), {"C-WORK", "B-PAY"}, 2),
    (september(20), {"C-WORK", "B-PAY"}, 2),
    (september(21), {"C-WORK", "B-PAY"}, None),  # it ended as the day began
    (dt.date(2026, 10, 10), {"C-WORK", "B-PAY", "A-SITE"}, 3),  # inside the last window: no other is left
]


@pytest.mark.parametrize(("today", "moved", "going"), UNDER_WAY, ids=[day.isoformat() for day, *_ in UNDER_WAY])
def test_a_window_that_is_under_way_counts_as_carried_out_and_moves_no_later_date(
    before: Plan, today: dt.date, moved: set[str], going: int | None, tmp_path: Path
) -> None:
    after = planned(since=before, today=today)
    assert after.tables["changes"].empty
    was = by(before, "waves", "system", "window_start")
    assert by(after, "waves", "system", "window_start") == {s: day for s, day in was.items() if s not in moved}
    assert by(after, "rooms", "room", "closes_on") == by(before, "rooms", "room", "closes_on")
    (wave,) = before.tables["waves"][before.tables["waves"]["wave"] == going].to_dict("records") if going else [None]
    said = [f for f in after.findings if f.message == "replan.under_way"]
    ended = [set(f.values["systems"]) for f in after.findings if f.message == "replan.taken_for_done"]
    if wave is None:
        assert said == []
        assert ended == [moved]
        now = set()
    else:
        (told,) = said
        assert (told.subject, told.values["systems"]) == (f"W{going}", (wave["system"],))
        assert (told.values["starts"], told.values["ends"]) == (wave["window_start"], wave["window_end"])
        assert all(wave["system"] in words(told, language) for language in LANGUAGES)
        now = {wave["system"]}
        assert ended == [moved - now]
    reason = by(after, "dispositions", "system", "reason_en")
    assert {s for s in reason if "is cutting it over until" in reason[s]} == now
    assert {s for s in reason if "has done it by" in reason[s]} == moved - now
    save(after, tmp_path / "after")
    assert complaints(tmp_path / "after") == []


def on_host(plan: Plan, workload: str, host: str) -> Plan:
    """The plan, with a workload on another host in the end."""
    tables = dict(plan.tables)
    for table, column in (("placements", "host"), ("steps", "to")):
        tables[table] = tables[table].copy()
        tables[table].loc[tables[table]["workload"] == workload, column] = host
    return replace(plan, tables=tables)


def test_hosts_on_record_under_ids_of_their_own_carry_what_the_plan_gave_them(before: Plan) -> None:
    day = dt.date(2026, 10, 13)  # every wave has ended
    before = on_host(before, "W4", "P-PUB-02")
    hosts = before.tables["hosts"]
    bought = [row for row in hosts.itertuples() if row.source == "purchased" and row.pool == "P-PUB"]
    tables = tiny_tables()
    types = {row["host_type"]: row for row in tables["host_types"]}
    for number, host in enumerate(bought):
        kind, like = types[host.host_type], tables["servers"][3]
        same = {name: kind[name] for name in ("arch", "threads", "memory_gib", "cores", "sockets") if name in like}
        own = {"server": f"N{number}", "name": f"n{number}", "room": "CENTRE", "rack": None, "start_u": None}
        tables["servers"].append({**like, **same, **own, "pool": "P-PUB"})
    own_id = {str(host.host): f"N{number}" for number, host in enumerate(bought)}
    carried = carried_out(tiny_inventory(tables), before, day)
    assert not [said for said in carried.findings if said.message == "replan.host_unknown"]
    planned_on = {w: h for w, h in by(before, "placements", "workload", "host").items() if h in own_id}
    assert len(set(planned_on.values())) == 2, "several hosts, so that the first is not every one"
    now = carried.inventory["workloads"]["server"]
    assert {w: now[w] for w in planned_on} == {w: own_id[h] for w, h in planned_on.items()}


def test_where_a_host_is_gone_its_workloads_are_named_and_go_to_the_emptiest(before: Plan) -> None:
    gone = on_host(before, "W4", "P-PUB-09")  # no such host was ever delivered
    now = carried_out(tiny_inventory(), gone, dt.date(2026, 10, 13))
    (said,) = [said for said in now.findings if said.message == "replan.host_unknown"]
    assert (said.subject, said.values["workloads"]) == ("P-PUB", ("W4",))
    assert all(words(said, language) and cure(said, language) for language in LANGUAGES)
    where = now.inventory["workloads"]["server"]
    assert [where[workload] for workload in ("W2", "W3", "W4", "W5")] == [
        "P-PUB-01", "P-PUB-01", "P-PUB-02", "P-PUB-01"
    ]  # fmt: skip


def test_the_new_plan_explains_itself_without_the_old_one(before: Plan, tmp_path: Path) -> None:
    save(planned(since=before, today=SECOND), tmp_path / "after")
    view = View(load(tmp_path / "after"))
    assert view.problem.earlier is not None
    assert view.problem.earlier.plan == before.digest
    assert [f for f in violations(view.problem, view.rules, view.state) if f.severity.name == "ERROR"] == []
    assert {s for s, options in view.problem.options.items() if options.rule == "carried-out"} == set(
        view.problem.earlier.done
    )


def test_hosts_on_order_come_on_the_day_they_were_ordered_for(before: Plan) -> None:
    (order, *_) = before.tables["purchases"].itertuples()
    today = dt.date.fromisoformat(order.order_by) + dt.timedelta(20)
    after = planned(since=before, today=today)
    assert after.earlier is not None
    assert after.earlier.ordered
    assert by(after, "waves", "system", "window_start") == by(before, "waves", "system", "window_start")
    # without the plan before, they would be ordered today and come a lead time later
    scratch = planned(today=today, **ALIVE)
    assert min(by(scratch, "waves", "system", "window_start").values()) > min(
        by(after, "waves", "system", "window_start").values()
    )


def test_a_rule_that_refuses_the_old_place_forces_a_change_and_names_the_cell(tmp_path: Path) -> None:
    tables = with_two_pools(filed_level=3)
    first = saved(tmp_path / "first", planned(tables))
    assert by(first, "dispositions", "system", "pool")["C-WORK"] == "P-PUB"
    (row,) = (row for row in tables["systems"] if row["system"] == "C-WORK")
    row["level"] = 3
    after = planned(tables, since=first)
    assert set(changes(after)) == {"C-WORK"}
    change = changes(after)["C-WORK"]
    assert (change["before"], change["after"]) == ("REHOST P-PUB", "REHOST P-TWO")
    assert change["cause"] == "refused"
    assert change["rule"] in ("platform-level", "level-separation")
    assert "systems.csv C-WORK level: 2 → 3" in change["why_en"]
    assert "systems.csv C-WORK level: 2 → 3" in change["why"]
    assert "1 forced" in summary(after, "en")


TWO = {"reuse": {"allowed": False}}
APART = {
    **TWO,
    "locks": [
        {"system": "C-WORK", "pool": "P-TWO", "reason": "r"},
        {"system": "B-PAY", "pool": "P-PUB", "reason": "r"},
        {"system": "A-SITE", "disposition": "REHOST", "reason": "r"},
    ],
}
"""Two pools where one would do: bringing C-WORK to the others saves the hosts of one."""


def test_a_change_is_made_where_it_saves_more_than_its_price_and_not_else(tmp_path: Path) -> None:
    first = saved(tmp_path / "first", planned(with_two_pools(), **APART))
    assert by(first, "dispositions", "system", "pool")["C-WORK"] == "P-TWO"
    after = planned(with_two_pools(), since=first, **TWO)
    assert set(changes(after)) == {"C-WORK"}
    change = changes(after)["C-WORK"]
    assert (change["cause"], change["before"], change["after"]) == ("chosen", "REHOST P-TWO", "REHOST P-PUB")
    money = sum(cost["objective"] for cost in after.facts["costs"].values())
    gain = sum(cost["objective"] for cost in first.facts["costs"].values()) - money
    assert change["gain_yuan"] == pytest.approx(gain, abs=1.0)
    assert after.facts["penalties"] == {"minimum-gain": 5000.0}
    assert f"{gain:,.0f}" in change["why_en"]
    assert "1 to save money" in summary(after, "en")

    def with_price(**options: Any) -> Plan:
        return planned(with_two_pools(), since=first, rules={"minimum-gain": options}, solver={"gap": 0.0}, **TWO)

    assert set(changes(with_price(soft=gain - 100.0))) == {"C-WORK"}
    assert changes(with_price(soft=gain + 100.0)) == {}
    assert changes(with_price(weights={"C-WORK": 10.0, "B-PAY": 10.0, "A-SITE": 10.0})) == {}
    assert changes(with_price(soft=None)) == {}


def test_weights_name_systems_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        planned(rules={"minimum-gain": {"weights": {"NOBODY": 2.0, "C-WORK": -1.0}}})
    assert [f.message for f in refused.value.findings] == [
        "placement.minimum_gain.unknown",
        "placement.minimum_gain.weight",
    ]


def test_what_is_new_and_what_is_gone_is_said(before: Plan) -> None:
    tables = tiny_tables()
    tables["systems"] = [row for row in tables["systems"] if row["system"] != "A-SITE"]
    tables["workloads"] = [row for row in tables["workloads"] if row["system"] != "A-SITE"]
    tables["flows"] = [row for row in tables["flows"] if "A-SITE" not in row.values()]
    tables["usage"] = [row for row in tables["usage"] if row["workload"] != "W1"]
    tables["systems"].append({**tables["systems"][0], "system": "D-NEW", "name": "新系统"})
    tables["workloads"].append({**tables["workloads"][0], "workload": "W9", "name": "w9", "system": "D-NEW"})
    after = planned(tables, since=before)
    assert {s: c["cause"] for s, c in changes(after).items()} == {"A-SITE": "gone", "D-NEW": "new"}


def shown_in(pool: str) -> dict[str, Rows]:
    """Tables in which C-WORK runs on a server of a pool."""
    tables = with_two_pools()
    home = {"room": "CENTRE", "rack": None, "start_u": None, "pool": pool, "server": "S9", "name": "srv-s9"}
    tables["servers"].append({**tables["servers"][3], **home})
    (row,) = (row for row in tables["workloads"] if row["system"] == "C-WORK")
    row["server"] = "S9"
    return tables


@pytest.mark.parametrize(("same", "said"), [(True, "replan.ahead"), (False, "replan.stands_elsewhere")])
def test_the_inventory_has_the_last_word(same: bool, said: str, tmp_path: Path) -> None:
    first = saved(tmp_path / "first", planned(with_two_pools()))
    meant = by(first, "dispositions", "system", "pool")["C-WORK"]
    (other,) = {"P-PUB", "P-TWO"} - {meant}
    pool = meant if same else other
    after = planned(shown_in(pool), since=first)
    assert by(after, "dispositions", "system", "pool")["C-WORK"] == pool
    assert "C-WORK" not in by(after, "waves", "system", "wave")
    assert [f.subject for f in after.findings if f.message == said] == ["C-WORK"]
    if same:
        assert changes(after) == {}
    else:
        assert changes(after)["C-WORK"]["cause"] == "shown"
        # what follows it there does so for its gain
        assert {c["cause"] for s, c in changes(after).items() if s != "C-WORK"} <= {"chosen"}


def test_a_closed_room_stays_closed(before: Plan) -> None:
    closes = {room: day for room, day in by(before, "rooms", "room", "closes_on").items() if day}
    first = min(closes, key=lambda room: str(closes[room]))
    after = planned(since=before, today=dt.date.fromisoformat(str(closes[first])) + dt.timedelta(1))
    assert by(after, "rooms", "room", "closes_on")[first] == closes[first]
    assert changes(after, "room") == {}


def test_a_frozen_window_moves_a_wave_and_says_so(before: Plan) -> None:
    (last,) = (s for s, w in by(before, "waves", "system", "wave").items() if w == 3)
    start = dt.date.fromisoformat(str(by(before, "waves", "system", "window_start")[last])[:10])
    tables = tiny_tables()
    freeze = {"entry": "X2", "kind": "freeze", "name": "汛期", "starts_on": start, "ends_on": start, "system": last}
    tables["calendar"].append({**freeze, "starts_on": start.isoformat(), "ends_on": start.isoformat()})
    after = planned(tables, since=before)
    assert set(changes(after, "wave")) == {last}
    assert changes(after, "wave")[last]["cause"] == "refused"
    assert changes(after, "wave")[last]["rule"]
    assert changes(after) == {}


def test_the_verb_plans_anew_and_never_writes_to_the_old_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, old = write_tiny_scenario(tmp_path), tmp_path / "old"
    assert cli.main(["plan", str(scenario), "-o", str(old)]) == 0
    kept = bytes_of(old)
    capsys.readouterr()
    assert cli.main(["plan", str(scenario), "-o", str(old), "--since", str(old)]) == 1
    assert "cloudplan" not in kept
    assert cli.main(["--lang", "en", "plan", str(scenario), "-o", str(tmp_path / "new"), "--since", str(old)]) in (0, 2)
    assert cli.main(["plan", str(scenario), "-o", str(tmp_path / "new"), "--since", str(old), "--lang", "en"]) == 0
    assert "Nothing has changed against the plan before" in capsys.readouterr().out
    assert bytes_of(old) == kept
    facts = json.loads((tmp_path / "new" / "plan.json").read_text("utf-8"))
    assert facts["supersedes"] == hashlib.sha256(kept["plan.json"]).hexdigest()
    assert "earlier.json" in facts["inputs"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_and_explain_say_what_changed(language: str, tmp_path: Path, before: Plan) -> None:
    tables = tiny_tables()
    (row,) = (row for row in tables["systems"] if row["system"] == "C-WORK")
    row["opinion"], row["opinion_reason"] = "refuses", "涉密"
    after = planned(tables, since=before)
    assert changes(after)["C-WORK"]["cause"] == "options"
    page = {section.section: section for section in sections_of(Page(after, language))}
    assert page["changes"].headline == summary(after, language)
    assert any("C-WORK" in cell for row in page["changes"].tables[0].rows for cell in row)
    assert "changes" not in {section.section for section in sections_of(Page(before, language))}
    said = explain(after, "C-WORK").text(language)
    assert str(changes(after)["C-WORK"]["why_en" if language == "en" else "why"]) in said
