"""The whole flow on the tiny estate: what it asks, what it refuses, and how what-ifs differ."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudplan import cli
from cloudplan.bundle import COLUMNS, Plan
from cloudplan.errors import BadInput, Infeasible, NoAnswer
from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, cure, say, words
from cloudplan.plan import check, make_plan
from cloudplan.saved import load, save
from tests.csv_checker import complaints
from tests.tiny import SCENARIO, Rows, tiny_inventory, tiny_scenario, tiny_tables, write_tiny_scenario

ONLY_BOUGHT = {"reuse": {"allowed": False}}
ONLY_REUSED = {"purchases": {"allowed": False}}


def with_spare_servers(count: int = 5) -> dict[str, Rows]:
    """Tables with young servers that run nothing."""
    tables = tiny_tables()
    like = tables["servers"][3]
    for n in range(count):
        more = {"server": f"Z{n + 1}", "name": f"srv-z{n + 1}", "rack": None, "start_u": None, "state": "spare"}
        tables["servers"].append({**like, **more})
    return tables


def with_a_pool_in_use(**server: Any) -> dict[str, Rows]:
    """Tables with a server that serves in P-PUB already; D-OLD, 14 vCPU and 50 GiB, runs on it."""
    tables = tiny_tables()
    home = {"room": "CENTRE", "rack": None, "start_u": None, "pool": "P-PUB", "zone": "PUB", "server": "S9"}
    tables["servers"].append({**tables["servers"][3], **home, "name": "srv-s9", "bought_on": "2012-01-01", **server})
    tables["systems"].append({**tables["systems"][1], "system": "D-OLD", "name": "旧系统"})
    like = tables["workloads"][2]
    more = {"workload": "W9", "name": "w9", "system": "D-OLD", "server": "S9", "vcpu": 14, "memory_gib": 50}
    tables["workloads"].append({**like, **more})
    return tables


def with_large_workloads() -> dict[str, Rows]:
    """Tables in which three workloads of 130 GiB fit two hosts of 230.4 GiB in sum, but not one by one."""
    tables = tiny_tables()
    for workload in tables["workloads"]:
        workload["memory_gib"] = {"W2": 130, "W3": 130, "W4": 130}.get(workload["workload"], 8)
    tables["usage"] = [row for row in tables["usage"] if row["resource"] != "memory"]
    return tables


def planned(tables: Mapping[str, Rows] | None = None, **changes: Any) -> Plan:
    return make_plan(tiny_scenario(**changes), tiny_inventory(tables))


def column(plan: Plan, table: str, name: str) -> list[Any]:
    return plan.tables[table][name].tolist()


@pytest.mark.parametrize(
    ("tables", "changes"),
    [
        (None, {}),
        (None, ONLY_BOUGHT),
        (with_spare_servers(), {}),
        (with_spare_servers(), ONLY_REUSED),
        (with_a_pool_in_use(), ONLY_BOUGHT),
        (with_a_pool_in_use(), {"locks": [{"system": "D-OLD", "disposition": "KEEP", "reason": "r"}]}),
        (with_a_pool_in_use(state="broken"), ONLY_BOUGHT),
        (with_large_workloads(), ONLY_BOUGHT),
        (None, {"targets": {"delay_months": 6}}),
        (None, {"demand": {"growth_per_year": 0.5, "growth_years": 4}}),
        (None, {"capacity": {"spare_hosts": 2}}),
        (None, {"capacity": {"spare_hosts": 0}}),
        (None, {"weights": {"energy": 3, "rooms": 0}}),
        (None, {"locks": [{"system": "B-PAY", "disposition": "KEEP", "reason": "r"}]}),
        (None, {"locks": [{"system": "C-WORK", "disposition": "RETIRE", "reason": "r"}]}),
        (None, {"locks": [{"system": "B-PAY", "disposition": "RELOCATE", "reason": "r"}]}),
    ],
)
def test_every_plan_passes_the_independent_check(
    tmp_path: Path, tables: dict[str, Rows] | None, changes: dict[str, Any]
) -> None:
    plan = planned(tables, **changes)
    assert set(plan.tables) == set(COLUMNS)
    save(plan, tmp_path / "plan")
    assert complaints(tmp_path / "plan") == []
    facts = plan.facts
    assert facts["bound"] <= facts["objective"]
    assert facts["status"] == ("optimal" if facts["gap"] <= plan.scenario.solver.gap else "feasible")


def test_progress_tells_every_stage_in_words_that_exist() -> None:
    told: list[tuple[str, Mapping[str, Any]]] = []
    make_plan(tiny_scenario(**ONLY_BOUGHT), tiny_inventory(), lambda message, values: told.append((message, values)))
    stages = [message for message, _ in told]
    wanted = ["plan.placing", "placement.solved", "plan.packing", "plan.ordering", "plan.reckoning"]
    assert [stage for stage in stages if stage in wanted] == wanted
    for message, values in told:
        for language in LANGUAGES:
            assert say(message, language, **{**values, "subject": ""})


def test_nothing_is_written_back_into_the_inputs() -> None:
    inventory, scenario = tiny_inventory(), tiny_scenario(**ONLY_BOUGHT)
    before = {name: frame.copy(deep=True) for name, frame in inventory.tables.items()}
    text = scenario.model_dump_json()
    make_plan(scenario, inventory)
    assert scenario.model_dump_json() == text
    for name, frame in before.items():
        assert frame.equals(inventory[name]), name


@pytest.mark.parametrize(
    ("changes", "message", "named"),
    [
        ({"rules": {"zoone": True}}, "plan.unknown_rule", "zoone"),
        ({"rules": {"zone": 3}}, "rule.not_options", "zone"),
        ({"rules": {"zone": {"strict": True}}}, "rule.unknown_option", "strict"),
        ({"weights": {"enrgy": 2}}, "plan.unknown_term", "enrgy"),
        ({"locks": [{"system": "X-NONE", "disposition": "KEEP", "reason": "r"}]}, None, "X-NONE"),
        ({"locks": [{"system": "B-PAY", "pool": "P-NONE", "reason": "r"}]}, None, "P-NONE"),
        ({"prices": {"electricty_yuan_per_kwh": 1}}, None, "electricty_yuan_per_kwh"),
        ({"targets": {"opens_on": {"P-NONE": "2026-09-01"}}}, None, "P-NONE"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_before_anything_is_solved(
    changes: dict[str, Any], message: str | None, named: str
) -> None:
    if "targets" in changes:
        changes = {"targets": {"opens_on": {"P-NONE": dt.date(2026, 9, 1)}}}
    told: list[str] = []
    with pytest.raises(BadInput) as caught:
        make_plan(tiny_scenario(**changes), tiny_inventory(), lambda id_, _: told.append(id_))
    assert told == []
    (finding,) = caught.value.findings
    assert message in (None, finding.message)
    for language in LANGUAGES:
        assert named in words(finding, language)
        assert cure(finding, language)


def test_all_such_faults_come_at_once() -> None:
    scenario = tiny_scenario(
        rules={"zoone": True, "conduitz": False},
        weights={"enrgy": 2},
        locks=[{"system": "X-NONE", "disposition": "KEEP", "reason": "r"}],
    )
    found = [finding.message for finding in check(scenario, tiny_inventory())]
    assert found.count("plan.unknown_rule") == 2
    assert found.count("plan.unknown_term") == 1
    assert len(found) == 4


def test_the_command_says_line_and_column_of_an_unknown_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_tiny_scenario(tmp_path, text=SCENARIO + "rules:\n  zoone: true\n")
    assert cli.main(["plan", str(path), "-o", str(tmp_path / "out"), "--lang", "en"]) == 1
    said = capsys.readouterr()
    assert "tiny.yaml:8:3" in said.err + said.out
    assert not (tmp_path / "out").exists()


def test_the_commands_lead_from_the_scenario_to_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write_tiny_scenario(tmp_path), tmp_path / "runs" / "tiny"
    assert cli.main(["plan", str(path), "-o", str(out)]) == 0
    assert cli.main(["report", str(out)]) == 0
    assert (out / "report.zh-CN.html").is_file()
    assert "Traceback" not in capsys.readouterr().err
    assert complaints(out) == []


def spoilt(change: str) -> tuple[dict[str, Rows], str]:
    """Tables and a scenario under which no plan keeps every rule."""
    tables, text = tiny_tables(), SCENARIO
    if change == "nothing to stand on":
        text += "reuse: {allowed: false}\npurchases: {allowed: false}\n"
    elif change == "small budget":
        text += "reuse: {allowed: false}\npurchases: {budget_yuan: 130000}\n"
    elif change == "few hosts":
        text += "reuse: {allowed: false}\n"
        for pool in tables["pools"]:
            pool["max_hosts"] = 1
    elif change == "no storage":
        for pool in tables["pools"]:
            pool["storage_normal_gib"] = 300
    elif change == "level":
        tables["systems"][1]["level"] = 3
    return tables, text


@pytest.mark.parametrize(
    ("change", "rule", "shortfall"),
    [
        ("nothing to stand on", "purchases", r"pool P-PUB needs 2 H64 to be bought, for about 120,000 yuan"),
        ("small budget", "purchases", r"at least 110,000 yuan short"),
        ("few hosts", "pool-size", "room for 1 more host"),
        ("no storage", "storage", r"P-PUB is 300 GiB"),
        ("level", "platform-level", r"level 3; filed level .* 2"),
    ],
)
def test_an_infeasible_scenario_exits_3_and_names_rules_and_shortfall(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, rule: str, shortfall: str
) -> None:
    tables, text = spoilt(change)
    path = write_tiny_scenario(tmp_path, tables, text)
    status = cli.main(["plan", str(path), "-o", str(tmp_path / "out"), "--lang", "en"])
    said = capsys.readouterr()
    assert status == 3
    assert "Traceback" not in said.err
    assert rule in said.err
    assert re.search(shortfall, said.err), said.err
    assert not (tmp_path / "out").exists()


def test_growth_costs_more() -> None:
    base = planned(**ONLY_BOUGHT)
    grown = planned(**ONLY_BOUGHT, demand={"growth_per_year": 0.12, "growth_years": 3})
    assert grown.facts["objective"] > base.facts["objective"]


def test_the_month_end_week_says_for_itself_how_it_is_known(tmp_path: Path) -> None:
    tables = tiny_tables()
    end = {**tables["usage"][0], "week": "month_end"}
    tables["usage"].append(end)
    save(planned(tables), tmp_path / "plan")
    rows = load(tmp_path / "plan").tables["demand"].to_dict("records")
    tags = {r["workload"]: (r["basis"], r["month_end_basis"]) for r in rows if r["resource"] == "cpu"}
    assert (tags["W1"], tags["W3"], tags["W2"]) == (
        ("measured", "measured"), ("measured", "assumed"), ("assumed", "assumed"),
    )  # fmt: skip
    assert {r["month_end_basis"] for r in rows if r["resource"] != "cpu"} == {""}


def test_a_late_centre_moves_the_first_wave_by_half_a_year() -> None:
    base, late = planned(**ONLY_BOUGHT), planned(**ONLY_BOUGHT, targets={"delay_months": 6})
    first = [dt.datetime.fromisoformat(min(column(plan, "waves", "window_start"))) for plan in (base, late)]
    assert dt.date(2026, 9, 1) <= first[0].date() <= dt.date(2026, 9, 14)
    assert 170 <= (first[1] - first[0]).days <= 190
    closes = [min(filter(None, column(plan, "rooms", "closes_on"))) for plan in (base, late)]
    assert closes[0] < closes[1]


def test_a_pool_named_by_the_scenario_opens_on_its_own_day() -> None:
    late = planned(**ONLY_BOUGHT, targets={"opens_on": {"P-PUB": dt.date(2027, 1, 4)}})
    starts = column(late, "waves", "window_start")
    assert min(starts) >= "2027-01-08"


def test_no_purchase_buys_nothing() -> None:
    plan = planned(with_spare_servers(), **ONLY_REUSED)
    assert plan.tables["purchases"].empty
    assert set(column(plan, "hosts", "source")) == {"reused"}
    assert plan.facts["costs"]["purchase"]["after"] == 0


def test_a_server_that_serves_again_is_cheaper_than_a_new_one() -> None:
    tables = with_spare_servers()
    assert planned(tables).facts["objective"] < planned(tables, **ONLY_BOUGHT).facts["objective"]


def test_a_refusing_department_keeps_its_room_open() -> None:
    tables = tiny_tables()
    tables["departments"][1] |= {"opinion": "refuses", "opinion_reason": "专线未通"}
    plan = planned(tables, **ONLY_BOUGHT)
    fates = dict(zip(column(plan, "dispositions", "system"), column(plan, "dispositions", "disposition"), strict=True))
    assert fates == {"A-SITE": "REHOST", "B-PAY": "KEEP", "C-WORK": "KEEP"}
    closes = dict(zip(column(plan, "rooms", "room"), column(plan, "rooms", "closes_on"), strict=True))
    assert closes["R1"]
    assert not closes["R2"]
    assert any("专线未通" in reason for reason in column(plan, "dispositions", "reason"))


def test_what_runs_in_a_pool_stays_on_its_host_and_counts_there() -> None:
    plan = planned(with_a_pool_in_use(), **ONLY_BOUGHT)
    fates = dict(zip(column(plan, "dispositions", "system"), column(plan, "dispositions", "rule"), strict=True))
    assert fates["D-OLD"] == "pooled"
    places = {row["workload"]: (row["pool"], row["host"]) for row in plan.tables["placements"].to_dict("records")}
    assert places["W9"] == ("P-PUB", "S9")
    hosts = {row["host"]: row for row in plan.tables["hosts"].to_dict("records")}
    assert (hosts["S9"]["source"], hosts["S9"]["spare"]) == ("existing", "false")
    assert "D-OLD" not in column(plan, "waves", "system")


def test_a_broken_server_serves_in_no_pool() -> None:
    plan = planned(with_a_pool_in_use(state="broken"), **ONLY_BOUGHT)
    assert "S9" not in column(plan, "hosts", "host")
    assert not any(column(plan, "hosts", "from_server"))
    assert (
        dict(zip(column(plan, "dispositions", "system"), column(plan, "dispositions", "disposition"), strict=True))[
            "D-OLD"
        ]
        == "REHOST"
    )


def with_days(*entries: tuple[str, str, str | None]) -> dict[str, Rows]:
    """Tables whose calendar lets systems (or everyone) be cut over on some days only."""
    tables = tiny_tables()
    tables["calendar"] = [
        {"entry": f"C{n}", "kind": "window", "name": f"days {n}", "starts_on": first, "ends_on": last,
         "department": None, "system": system}
        for n, (first, last, system) in enumerate(entries, 1)
    ]  # fmt: skip
    return tables


def test_a_system_moves_on_the_days_that_the_calendar_allows_it() -> None:
    tables = with_days(("2026-09-01", "2028-12-31", None), ("2026-11-10", "2026-11-24", "B-PAY"))
    plan = planned(tables, **ONLY_BOUGHT)
    starts = dict(zip(column(plan, "waves", "system"), column(plan, "waves", "window_start"), strict=True))
    assert starts["B-PAY"][:10] in ("2026-11-13", "2026-11-20")
    assert not [f for f in plan.findings if f.message == "plan.no_window"]


def test_days_in_which_no_cutover_fits_are_named_before_planning() -> None:
    tables = with_days(("2026-09-01", "2028-12-31", None), ("2026-10-17", "2026-10-17", "B-PAY"))
    (said,) = [f for f in check(tiny_scenario(), tiny_inventory(tables)) if f.message == "plan.no_window"]
    assert said.subject == "C2"
    assert all(words(said, language) and cure(said, language) for language in LANGUAGES)
    with pytest.raises(Infeasible) as caught:
        planned(tables, **ONLY_BOUGHT)
    first = caught.value.findings[0]
    assert (first.message, first.values["systems"]) == ("migration.collide.one_rule", ("B-PAY",))


def test_days_that_end_before_the_hosts_are_there_name_the_hosts() -> None:
    # hosts are bought with a lead of a year, and the days end after a month
    tables = with_days(("2026-09-01", "2026-10-05", "B-PAY"), ("2026-09-01", "2028-12-31", None))
    for row in tables["host_types"]:
        row["lead_days"] = 365
    with pytest.raises(NoAnswer) as caught:
        planned(tables, **ONLY_BOUGHT)
    (missed,) = [f for f in caught.value.findings if f.message == "migration.unscheduled.missed"]
    assert missed.subject == "B-PAY"
    assert missed.values["waiting"]


def test_the_inventory_s_own_findings_come_along() -> None:
    inventory = tiny_inventory()
    plan = make_plan(tiny_scenario(**ONLY_BOUGHT), inventory)
    assert plan.findings[: len(inventory.findings)] == inventory.findings
    assert replace(plan).findings == plan.findings


def test_two_runs_are_the_same_to_the_byte(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(planned(with_spare_servers()), tmp_path / name)
    names = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert names
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)
    assert load(tmp_path / "one").facts == load(tmp_path / "two").facts


def test_check_says_what_plan_would_refuse_for_want_of_prices() -> None:
    tables = tiny_tables()
    lost = tables["prices"].pop(0)["price"]
    missing = [f for f in check(tiny_scenario(), tiny_inventory(tables)) if f.message == "costs.missing_price"]
    assert [f.subject for f in missing] == [lost]
    with pytest.raises(BadInput) as caught:
        planned(tables)
    assert [f.subject for f in caught.value.findings if f.message == "costs.missing_price"] == [lost]


def test_a_soft_rule_that_is_missed_is_priced_and_said() -> None:
    plan = planned(**ONLY_BOUGHT, **ONLY_REUSED, rules={"purchases": {"soft": 100}})
    bought = column(plan, "hosts", "source").count("purchased")
    assert bought
    assert plan.facts["penalties"] == {"purchases": 100.0 * bought}
    money = sum(cost["objective"] for cost in plan.facts["costs"].values())
    assert plan.facts["objective"] == pytest.approx(money + 100.0 * bought, abs=0.1)
    (said,) = [finding for finding in plan.findings if finding.rule == "purchases"]
    assert said.severity == Severity.WARNING
