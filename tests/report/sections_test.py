"""What single parts say: two lanes of utilisation, marks of sources, and where the total leaves the objective."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pandas as pd
import pytest

from cloudplan.report.charts import use
from cloudplan.report.section import View
from cloudplan.report.sections import assumptions, costs, dispositions, rooms, utilisation

sys.path.insert(0, str(Path(__file__).parent))

from fake_plan import fake_plan


def test_measured_and_estimated_are_drawn_in_lanes_of_their_own() -> None:
    words = use.Words("before", "after", "mean", "P95", "all")
    measured, estimated = use._rows([use.Use("cpu", True, 0.4, 0.6, 0.2, 0.1, 0.3, "m", "a")], words)
    assert measured["lane"] != estimated["lane"]
    assert (measured["mean"], measured["p95"], measured["text"]) == (0.4, 0.6, "m")
    assert (estimated["centre"], estimated["low"], estimated["high"], estimated["text"]) == (0.2, 0.1, 0.3, "a")
    assert "low" not in measured
    assert "mean" not in estimated


def test_the_estimate_for_all_is_the_one_of_the_plan() -> None:
    rows = [("estate", "", "cpu", "before", basis, mean, 0.5, 0.6, 0.1, 0.3, 0.4) for basis, mean in
            (("measured", 0.35), ("all", 0.2))]  # fmt: skip
    columns = ["scope", "id", "resource", "when", "basis", "mean", "p95", "peak", "low", "high", "measured_share"]
    (row,) = utilisation.uses_of(pd.DataFrame(rows, columns=columns), "estate").itertuples()
    assert (row.mean, row.centre) == (0.35, 0.2)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("设计默认 [d]", "设计默认"),
        ("设计默认：空载 [d]", "设计默认：空载"),
        ("公告 [T]", "公告（标准原文）"),
        ("x [?]", "x [?]"),
    ],
)
def test_a_mark_of_evidence_is_worded(source: str, said: str) -> None:
    assert View(fake_plan(), "zh-CN").basis(source) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('["A", "B"]', "A、B"),
        ('["banner_pool", "A"]', "旗级资源池、A"),
        ("{}", "—"),
        ("[]", "—"),
        ('{"A": 1}', '{"A": 1}'),
        ("[x", "[x"),
        (0.5, "0.5"),
    ],
)
def test_a_list_is_written_as_its_parts(value: object, said: str) -> None:
    assert assumptions._value(View(fake_plan(), "zh-CN"), value) == said


@pytest.mark.parametrize(("language", "zombie"), [("zh-CN", "业务数据长期没有更新"), ("en", "data long unchanged")])
def test_grounds_are_grouped_by_rule_not_by_the_dates_in_their_words(language: str, zombie: str) -> None:
    plan = fake_plan()
    frame = (
        plan.tables["dispositions"]
        .head(4)
        .assign(
            disposition="RETIRE",
            rule=["lock", "zombie", "zombie", "zombie"],
            reason=["R0", "自 2024-01-01", "自 2024-02-01", "自 2024-03-01"],
            reason_en=["R0", "since 2024-01-01", "since 2024-02-01", "since 2024-03-01"],
        )
    )
    view = View(dataclasses.replace(plan, tables={**plan.tables, "dispositions": frame}), language)
    table = next(table for table in dispositions.section(view).tables if table.table == "reasons")
    first, second = table.rows
    assert (first[1], first[2], second[2]) == (zombie, "3", "1")
    assert "2024-01-01" in first[3][0]
    assert first[3][1] == frame["system"].iloc[1]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_rooms_without_a_running_server_are_said_beside_those_counted(language: str) -> None:
    plan = fake_plan()
    servers = plan.inventory["servers"].copy()
    kinds = plan.inventory["rooms"]["kind"]
    room = kinds.index[kinds == "department"][0]
    said = []
    for state in ("running", "stopped"):
        servers.loc[servers["room"] == room, "state"] = state
        tables = {**plan.inventory.tables, "servers": servers}
        inventory = dataclasses.replace(plan.inventory, tables=tables)
        said.append(utilisation._idle_rooms(View(dataclasses.replace(plan, inventory=inventory), language)))
    assert said[1] == said[0] + 1


def test_a_closure_of_all_rooms_leaves_no_zero() -> None:
    plan = fake_plan()
    closing = plan.tables["rooms"][plan.tables["rooms"]["closes_on"].astype(str) != ""]
    kept = plan.inventory["rooms"].loc[[str(room) for room in closing["room"]]]
    inventory = dataclasses.replace(plan.inventory, tables={**plan.inventory.tables, "rooms": kept})
    whole = dataclasses.replace(plan, inventory=inventory, tables={**plan.tables, "rooms": closing})
    assert rooms.section(View(whole, "en")).headline.startswith(f"All {len(closing)} ")


def test_pools_of_a_system_are_named() -> None:
    view = View(fake_plan(), "zh-CN")
    first, second = [str(pool) for pool in view.plan.inventory["pools"].index[:2]]
    assert dispositions._pools(view, f"{first};{second}") == f"{view.pool(first)}、{view.pool(second)}"
    assert dispositions._pools(view, "") == ""


def test_the_total_is_held_against_the_objective_where_electricity_alone_differs() -> None:
    def notes(energy: float, rooms: float | None) -> int:
        plan = fake_plan()
        terms = {"energy": (300_000.0, energy), "rooms": (100_000.0, rooms)}
        known = {term: {"before": 1.0, "after": after, "objective": o} for term, (after, o) in terms.items()}
        return len(costs.section(View(dataclasses.replace(plan, facts=plan.facts | {"costs": known}), "zh-CN")).notes)

    assert notes(200_000.0, 100_000.0) == 2
    assert notes(300_000.0, 100_000.0) == 1
    assert notes(200_000.0, 90_000.0) == 1
    assert notes(200_000.0, None) == 1
