"""Scenarios: what a file says, what it extends, and every fault at its line and column."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.inventory.schema import schema
from cloudplan.rule_options import editor_schema
from cloudplan.scenario import Scenario, TargetOptions
from cloudplan.scenario_file import check_against, load, read_all, read_scenario
from cloudplan.scenario_file.json_schema import scenario_schema
from tests.tiny import SCENARIO, write_tiny_scenario

ROOT = Path(__file__).parents[1]
NAMES = ("base", "centre-late", "no-purchase", "growth")


def found(path: Path) -> list[tuple[str, str, int | None, Any]]:
    """Message, file, line and column of every fault of a scenario."""
    with pytest.raises(BadInput) as caught:
        load(path)
    return [brief(finding) for finding in caught.value.findings]


def brief(finding: Finding) -> tuple[str, str, int | None, Any]:
    assert finding.place is not None
    return finding.message, Path(finding.place.file).name, finding.place.row, finding.place.column


def write(folder: Path, text: str, name: str = "s.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_tiny_scenario(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_tiny_scenario(tmp_path)
    scenario, positions = load("tiny.yaml")
    assert scenario.today == dt.date(2026, 1, 5)
    assert scenario.inventory == "inventory"
    assert scenario.demand.minimum_days == 14
    assert str(positions.place("migration", "starts_on")) == "tiny.yaml:6:14"
    assert str(positions.key("migration", "starts_on")) == "tiny.yaml:6:3"
    assert str(positions.place("migration", "nothing")) == "tiny.yaml:6:3"


def test_whole_numbers_and_lists_are_welcome(tmp_path) -> None:
    more = "horizon_years: 4\ntargets: {open: [city_cloud]}\nlocks: [{system: A, pool: P, reason: r}]\nprices: {a: 1}\n"
    scenario = read_scenario(write(tmp_path, SCENARIO + more))
    assert scenario.horizon_years == 4
    assert scenario.targets.open == ("city_cloud",)
    assert scenario.locks[0].pool == "P"


def test_no_price_factor_or_weight_is_negative(tmp_path) -> None:
    more = "prices: {a: -1, b: 0}\nfactors: {c: -0.5}\nweights: {energy: -3}\n"
    with pytest.raises(BadInput) as caught:
        load(write(tmp_path, SCENARIO + more))
    said = [(f.message, f.values["allowed"]) for f in caught.value.findings]
    assert said == [("scenario.out_of_range", "≥ 0")] * 3


def test_a_start_beyond_all_calendars_is_out_of_range(tmp_path) -> None:
    found_ = found(write(tmp_path, SCENARIO.replace("2026-09-07", "9999-12-30")))
    assert [message for message, *_ in found_] == ["scenario.out_of_range"]


def test_inventory_is_relative_to_the_file_that_states_it(tmp_path, monkeypatch) -> None:
    (tmp_path / "deep").mkdir()
    write(tmp_path, SCENARIO, "base.yaml")
    write(tmp_path / "deep", "extends: ../base.yaml\nname: deep\n", "deep.yaml")
    monkeypatch.chdir(tmp_path)
    assert load("deep/deep.yaml")[0].inventory == "inventory"
    assert load(tmp_path / "deep" / "deep.yaml")[0].inventory == str(tmp_path / "inventory")
    monkeypatch.chdir(tmp_path / "deep")
    assert load("deep.yaml")[0].inventory == os.path.join("..", "inventory")


def test_extending_merges_mappings_and_replaces_lists(tmp_path) -> None:
    base = SCENARIO + "targets:\n  open: [colocation, in_place]\n  delay_months: 1\nprices: {a: 1, b: 2}\n"
    write(tmp_path, base, "base.yaml")
    write(tmp_path, "extends: base.yaml\ntargets: {delay_months: 2}\nprices: {b: 3}\n", "middle.yaml")
    top = write(tmp_path, "extends: middle.yaml\nname: top\ntargets:\n  open: [superior]\n", "top.yaml")
    scenario, positions = load(top)
    assert scenario.name == "top"
    assert scenario.targets == TargetOptions(open=("superior",), delay_months=2)
    assert scenario.prices == {"a": 1, "b": 3}
    assert Path(positions.place("targets", "open").file).name == "top.yaml"
    assert Path(positions.place("targets", "delay_months").file).name == "middle.yaml"
    assert Path(positions.place("prices", "a").file).name == "base.yaml"
    assert positions.place("targets", "open", 1) == positions.place("targets", "open")


ONE_FAULT = [
    ("seeds: 1", "misspelt_key", 7, 1),
    ("crew: 1", "unknown_key", 7, 1),
    ("on: 1", "unknown_key", 7, 1),
    ("seed: 1.5", "not_integer", 7, 7),
    ("seed: -1", "out_of_range", 7, 7),
    ("seed: 012", "odd_number", 7, 7),
    ("seed: 1:30", "odd_number", 7, 7),
    ("seed: 1_000", "odd_number", 7, 7),
    ("seed: 1\nseed: 2", "double_key", 8, 1),
    ("discount_rate: 10%", "not_number", 7, 16),
    ("discount_rate: '0.1'", "not_number", 7, 16),
    ("discount_rate: true", "not_number", 7, 16),
    ("discount_rate: 1e-1", "not_number", 7, 16),
    ("discount_rate: .nan", "not_finite", 7, 16),
    ("discount_rate: 1.5", "out_of_range", 7, 16),
    ("purchases: {allowed: 1}", "not_boolean", 7, 22),
    ("purchases: {budget_yuan: -1}", "out_of_range", 7, 26),
    ("purchases:", "blank", 7, 1),
    ("purchases: 3", "not_mapping", 7, 12),
    ("purchases:\n  allowed： false", "wide_colon", 8, 3),
    ("purchases:\n\tallowed: false", "tab", 8, 1),
    ("purchases:\n\u3000\u3000allowed: false", "wide_blank", 8, 1),
    ("targets: {open: city_cloud}", "not_list", 7, 17),
    ("targets: {open: [city_clud]}", "misspelt_value", 7, 18),
    ("targets: {open: [moon]}", "unknown_value", 7, 18),
    ("targets: {opens_on: {P: 2026-1-5}}", "not_date", 7, 25),
    ("targets: {opens_on: {P: 2026-02-30}}", "no_such_day", 7, 25),
    ("targets: {opens_on: {P: 2026-02-03 10:00:00}}", "not_date", 7, 25),
    ("title: {en: no}", "not_text", 7, 13),
    ("level_separation: boundary", "misspelt_value", 7, 19),
    ("locks: [{system: A, reason: ''}]", "blank", 7, 29),
    ("locks: [{system: A}]", "missing_key", 7, 9),
    ("locks: [A]", "not_mapping", 7, 9),
    ("? [a]\n: b", "bad_key", 7, 3),
    ("title: !foo x", "bad_tag", 7, 8),
    ("title: &x {en: *x}", "endless", 7, 8),
    ("title: {en: a", "bad_yaml", 7, 8),
    ("title: *nobody", "bad_yaml", 7, 8),
    ("extends: [a]", "bad_extends", 7, 10),
    ("extends: none.yaml", "no_file", 7, 10),
    ("extends: s.yaml", "extends_circle", 7, 10),
]


UNTITLED = SCENARIO.replace("title: {zh-CN: 小例, en: A tiny case}", "")  # the line stays, empty


@pytest.mark.parametrize(("text", "message", "line", "column"), ONE_FAULT, ids=[case[0] for case in ONE_FAULT])
def test_one_fault_is_named_once_at_its_place(tmp_path, text, message, line, column) -> None:
    assert found(write(tmp_path, UNTITLED + text + "\n")) == [(f"scenario.{message}", "s.yaml", line, column)]


@pytest.mark.parametrize("text", [case[0] for case in ONE_FAULT])
def test_faults_are_said_in_both_languages_with_a_cure(tmp_path, text) -> None:
    with pytest.raises(BadInput) as caught:
        load(write(tmp_path, SCENARIO + text + "\n"))
    for finding in caught.value.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)


def test_a_window_is_a_day_and_a_time(tmp_path) -> None:
    path = write(tmp_path, SCENARIO + "  window_starts: Friday\n")
    assert found(path) == [("scenario.not_a_time", "s.yaml", 7, 18)]


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_what_is_no_scenario(tmp_path, text) -> None:
    assert found(write(tmp_path, text)) == [("scenario.not_a_scenario", "s.yaml", 1, 1)]


def test_files_that_cannot_be_read(tmp_path) -> None:
    assert found(tmp_path / "none.yaml") == [("scenario.no_file", "none.yaml", None, None)]
    (tmp_path / "gbk.yaml").write_bytes("name: 基准\n".encode("gb18030"))
    assert found(tmp_path / "gbk.yaml") == [("scenario.not_utf8", "gbk.yaml", None, None)]


@pytest.mark.parametrize("name", ["rooms.csv", "rooms.XLSX"])
def test_a_table_is_told_from_a_scenario(tmp_path, name) -> None:
    (tmp_path / name).write_bytes("room,name\nR1,甲".encode("gb18030"))
    with pytest.raises(BadInput) as caught:
        load(tmp_path / name)
    (finding,) = caught.value.findings
    assert finding.message == "scenario.is_table"
    assert all(str(tmp_path) in cure(finding, language) for language in LANGUAGES)


def test_missing_keys_stand_at_the_top(tmp_path) -> None:
    assert found(write(tmp_path, "# nothing\nseed: 2\n")) == [("scenario.missing_key", "s.yaml", 2, 1)] * 3


def test_wide_signs_hide_no_other_fault(tmp_path) -> None:
    text = SCENARIO.replace("name:", "name：") + "seed： x\ncapacity:\n\tspare_hosts: 11\n"
    assert found(write(tmp_path, text)) == [
        ("scenario.wide_colon", "s.yaml", 1, 5),
        ("scenario.wide_colon", "s.yaml", 7, 5),
        ("scenario.not_integer", "s.yaml", 7, 7),
        ("scenario.tab", "s.yaml", 9, 1),
        ("scenario.out_of_range", "s.yaml", 9, 16),
    ]


def test_faults_of_the_extended_file_come_too(tmp_path) -> None:
    write(tmp_path, SCENARIO + "seed: x\ndiscount_rate: x\n", "base.yaml")
    path = write(tmp_path, "extends: base.yaml\nseed: 3\nsed: 4\n")
    assert found(path) == [("scenario.misspelt_key", "s.yaml", 3, 1), ("scenario.not_number", "base.yaml", 8, 16)]


def test_nothing_is_missing_while_the_base_cannot_be_read(tmp_path) -> None:
    write(tmp_path, "name: [\n", "base.yaml")
    path = write(tmp_path, "extends: base.yaml\nsed: 4\n")
    assert [message for message, *_ in found(path)] == ["scenario.misspelt_key", "scenario.bad_yaml"]


def test_what_the_inventory_does_not_have(tmp_path) -> None:
    more = """\
locks:
  - {system: B-PAI, pool: P-PB, reason: r}
  - {system: A-SITE, reason: r}
  - {system: C-WORK, pool: "today:R2", reason: r}
  - {system: C-WORK, disposition: REHOST, reason: r}
targets: {opens_on: {P-IS: 2026-10-01}}
prices: {electricity_yuan_per_kw: 1, brand_new: 2}
factors: {zz: 2, known: 3}
"""
    path = write_tiny_scenario(tmp_path, text=SCENARIO + more)
    with pytest.raises(BadInput) as caught:
        read_all(path, lambda s, i, p, holes: check_against(s, i, p, {"brand_new"}, {"known"}, holes))
    assert [brief(finding) for finding in caught.value.findings] == [
        ("scenario.misspelt_reference", "tiny.yaml", 8, 14),
        ("scenario.misspelt_reference", "tiny.yaml", 8, 27),
        ("scenario.empty_lock", "tiny.yaml", 9, 5),
        ("scenario.double_lock", "tiny.yaml", 11, 5),
        ("scenario.misspelt_reference", "tiny.yaml", 12, 22),
        ("scenario.misspelt_reference", "tiny.yaml", 13, 10),
        ("scenario.unknown_reference", "tiny.yaml", 14, 11),
    ]


def test_a_remark_does_not_stop(tmp_path) -> None:
    path = write_tiny_scenario(tmp_path, text=SCENARIO.replace("2026-09-07", "2025-09-07"))
    _, inventory, _ = read_all(path)
    assert [(f.message, f.severity) for f in inventory.findings] == [("scenario.starts_in_the_past", Severity.WARNING)]


def test_inventory_that_is_not_there_is_a_fault_of_the_scenario(tmp_path) -> None:
    with pytest.raises(BadInput) as caught:
        read_all(write(tmp_path, SCENARIO))
    assert [brief(finding) for finding in caught.value.findings] == [("inventory.no_folder", "s.yaml", 3, 12)]


@pytest.mark.parametrize("name", NAMES)
def test_scenarios_that_come_with_the_project(name) -> None:
    path = ROOT / "scenarios" / f"{name}.yaml"
    scenario, _ = load(path)
    assert scenario.name == name
    assert set(scenario.title) == set(LANGUAGES)
    assert Path(scenario.inventory) == ROOT / "inventory"
    assert path.read_bytes() == (ROOT / "cloudplan" / "templates" / f"{name}.yaml").read_bytes()


def test_scenarios_differ_as_they_say() -> None:
    base, late, poor, growth = (read_scenario(ROOT / "scenarios" / f"{name}.yaml") for name in NAMES)
    assert late.targets.delay_months == 6
    assert not poor.purchases.allowed
    assert poor.targets == base.targets
    assert "city_cloud" not in base.targets.open
    assert (growth.demand.growth_per_year, growth.demand.growth_years) == (0.12, 3)
    for other in (late, poor, growth):
        assert other.capacity == base.capacity
        assert other.migration == base.migration


def test_kinds_of_target_are_those_of_the_inventory() -> None:
    kinds = schema().vocabularies["target_kind"].codes
    assert TargetOptions(open=kinds).open == kinds


def _plain(path: Path) -> Any:
    """A YAML file as an editor sees it: dates are strings."""
    return json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))


@pytest.mark.parametrize("name", NAMES)
def test_scenarios_fit_the_json_schema(name) -> None:
    jsonschema.validate(_plain(ROOT / "scenarios" / f"{name}.yaml"), scenario_schema())


@pytest.mark.parametrize(
    "text", ["seeds: 1", "seed: -1", "targets: {open: [moon]}", "discount_rate: '0.1'", "locks: [{system: A}]"]
)
def test_json_schema_refuses_what_the_reader_refuses(tmp_path, text) -> None:
    path = write(tmp_path, SCENARIO + text + "\n")
    found(path)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_plain(path), scenario_schema())


def test_rules_take_their_place_in_the_json_schema() -> None:
    rules = {"zone": {"type": "object", "properties": {"strict": {"type": "boolean"}}, "additionalProperties": False}}
    said = scenario_schema(rules)
    plain = {"name": "a", "inventory": "b", "today": "2026-01-05"}
    jsonschema.validate(plain | {"rules": {"zone": False}}, said)
    jsonschema.validate(plain | {"rules": {"zone": {"strict": True}}}, said)
    for wrong in ({"zones": True}, {"zone": {"stict": True}}, {"zone": 3}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(plain | {"rules": wrong}, said)


def _options(model: type[BaseModel], prefix: str = "") -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    for name, option in model.model_fields.items():
        kind = option.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            out += _options(kind, f"{prefix}{name}.")
        else:
            default = None if option.is_required() else option.get_default(call_default_factory=True)
            out.append((prefix + name, default))
    return out


@pytest.mark.parametrize("page", ["scenarios.md", "scenarios.zh-CN.md"])
def test_every_key_is_in_the_documentation_with_its_default(page) -> None:
    rows = {
        cells[1].strip().strip("`"): cells[2].strip().strip("`")
        for line in (ROOT / "docs" / page).read_text("utf-8").splitlines()
        if line.startswith("| `") and len(cells := line.split("|")) == 6
    }
    options = dict(_options(Scenario))
    assert set(rows) == set(options)
    for key, default in options.items():
        if isinstance(default, (bool, int, float, dt.date)):
            assert yaml.safe_load(rows[key]) == default, key


def test_committed_json_schema_is_fresh() -> None:
    committed = json.loads((ROOT / "schemas" / "scenario.schema.json").read_text("utf-8"))
    assert committed == json.loads(json.dumps(editor_schema())), "write it anew: cloudplan new makes one"
    assert {"zone", "ha-separation", "windows"} <= set(committed["properties"]["rules"]["properties"])
