"""Alternatives to a plan of the tiny estate: whole plans, far apart, cheap enough, in a folder and in words."""

from __future__ import annotations

import csv
import json
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.cli import main
from cloudplan.errors import BadInput
from cloudplan.findings import errors_in
from cloudplan.frontier import Frontier, Told, folder_of, frontier, refuse_foreign, save_frontier
from cloudplan.frontier import folder as folder_module
from cloudplan.frontier.difference import fate_of
from cloudplan.i18n import LANGUAGES
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import violations
from cloudplan.placement.terms import cost
from cloudplan.plan import make_plan
from cloudplan.saved import load, save
from cloudplan.scenario import TargetOptions
from tests.csv_checker import complaints
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables

CITY = {
    "pool": "P-CITY", "name": "市政务云", "kind": "service", "target": "T-CITY", "arch": "x86", "filed_level": 3,
    "zones": "IZ;PUB;VPN", "available_from": "2026-01-01",
}  # fmt: skip
OPEN = ("banner_pool", "colocation", "city_cloud", "superior", "in_place")


def tables() -> dict[str, list[dict[str, Any]]]:
    """The tiny estate with a rented cloud that costs about what own hosts cost."""
    out = tiny_tables()
    out["targets"] += [{"target": "T-CITY", "name": "市政务云", "name_en": "municipal cloud", "kind": "city_cloud"}]
    out["pools"] += [CITY]
    out["prices"] += [
        {"price": f"city_{name}_yuan_per_month", "value": value, "unit": "yuan", "basis": "invented"}
        for name, value in (("vcpu", 110.0), ("memory_gib", 20.0), ("storage_gib", 0.1))
    ]
    return out


@cache
def plan() -> Plan:
    return make_plan(tiny_scenario(targets=TargetOptions(open=OPEN)), tiny_inventory(tables()))


@cache
def front(share: float = 1.0, asked: int = 3) -> Frontier:
    return frontier(plan(), share=share, asked=asked)


def test_the_first_is_the_plan_itself() -> None:
    first = front().points[0]
    assert first.kind == "cheapest"
    assert first.plan.facts["objective"] == plan().facts["objective"]


def test_what_counts_is_near_and_pairwise_apart() -> None:
    found = front()
    assert len(found.chosen) == 3
    assert found.proof is None
    for n in found.chosen:
        assert found.points[n].cost <= 2.0 * found.least
    for a, b in combinations(found.chosen, 2):
        one, other = found.points[a].placed, found.points[b].placed
        differ = [
            s for s in found.problem.options if fate_of(found.problem, one, s) != fate_of(found.problem, other, s)
        ]
        assert len(differ) >= found.apart == 1


def test_every_alternative_keeps_every_rule_and_costs_what_it_says() -> None:
    rules, _ = resolve(front().problem.scenario.rules)
    for point in front().points:
        assert not errors_in(violations(front().problem, rules, point.placed.state))
        assert cost(front().problem, point.placed.state, rules) == pytest.approx(
            point.plan.facts["objective"], abs=0.01
        )


def test_no_plan_beats_the_bound_of_its_own_aim() -> None:
    for point in front().points:
        if point.kind in ("risk", "disruption"):
            near = [p for p in front().points if p.cost <= (1.0 + point.step) * front().points[0].cost]
            assert all(p.total(point.kind) >= point.bound - 1e-6 for p in near)


def test_downtime_is_that_of_the_saved_waves() -> None:
    for point in front().points:
        waves = point.plan.tables["waves"]
        assert point.total("disruption") == pytest.approx(sum(float(h or 0) for h in waves["outage_hours"]), abs=0.1)


def test_where_there_are_fewer_the_proof_says_so() -> None:
    """Nothing but the cheapest costs so little: two plans are excluded, and the page says it."""
    found = front(1e-6, 2)
    assert found.chosen == (0,)
    assert found.proof is not None
    assert found.proof.most == 1
    for language in LANGUAGES:
        told = Told(found, language)
        assert told.headline() in told.page()
        assert [remark.tone for remark in told.proof()] == ["proof"]


def test_the_folder_holds_whole_plans_a_table_and_a_page(tmp_path: Path) -> None:
    save_frontier(front(), tmp_path / "alts")
    names = [folder_of(front(), n) for n in range(len(front().points))]
    assert names[0] == "01-cheapest"
    assert sorted(p.name for p in (tmp_path / "alts").iterdir()) == sorted(
        [*names, "frontier.csv", "frontier.zh-CN.html", "frontier.en.html"]
    )
    with (tmp_path / "alts" / "frontier.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["plan"] for row in rows] == names
    for n, row in enumerate(rows):
        saved = load(tmp_path / "alts" / row["plan"])
        assert saved.facts["frontier"]["number"] == n + 1
        assert saved.scenario.name == f"tiny-{row['plan']}"
        assert float(row["objective_yuan_per_year"]) == saved.facts["objective"]
        assert row[f"differs_from_{n + 1:02d}"] == "0"
        assert not complaints(tmp_path / "alts" / row["plan"])


def test_the_same_inputs_give_the_same_folder(tmp_path: Path) -> None:
    save_frontier(front(), tmp_path / "one")
    save_frontier(frontier(plan(), share=1.0, asked=3), tmp_path / "two")
    files = [p.relative_to(tmp_path / "one") for p in sorted((tmp_path / "one").rglob("*")) if p.is_file()]
    assert len(files) > 50
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_frontier(front(), tmp_path / "alts")
    before = sorted(tmp_path.rglob("*"))

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(folder_module, "write_csv", full)
    with pytest.raises(OSError, match="no space"):
        save_frontier(front(), tmp_path / "alts")
    assert sorted(tmp_path.rglob("*")) == before


def test_other_files_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput):
        refuse_foreign(tmp_path)
    refuse_foreign(tmp_path / "new")


def test_words_name_systems_money_and_places() -> None:
    for language in LANGUAGES:
        told = Told(front(), language)
        for n in range(1, len(front().points)):
            sentence = told.sentence(n)
            assert str(len(front().differing(front().points[0], front().points[n]))) in sentence
        assert "%" in told.text()
    assert any("市政务云" in Told(front(), "zh-CN").sentence(n) for n in range(1, len(front().points)))


def test_the_verb_answers_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables_ = tables()
    inventory = tiny_inventory(tables_)
    save(make_plan(tiny_scenario(), inventory), tmp_path / "plan")
    assert main(["compare", str(tmp_path / "plan"), "--frontier", "-o", str(tmp_path / "alts"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["frontier"]["plans"][0]["plan"] == "01-cheapest"
    assert said["frontier"]["share"] == 0.02
    assert (tmp_path / "alts" / "frontier.csv").is_file()


@pytest.mark.parametrize("given", [["a", "--frontier"], ["a", "-o", "b"], ["a", "b", "--frontier", "-o", "c"]])
def test_what_has_no_meaning_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *given]) == 2
    assert "--frontier" in capsys.readouterr().err
