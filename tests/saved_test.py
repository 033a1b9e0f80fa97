"""The saved folder: read back equal, whole or not there at all, and refused with a reason when it isn't a plan."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from cloudplan import saved
from cloudplan.bundle import COLUMNS, Plan
from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.plan import make_plan
from cloudplan.saved import load, save
from tests.tiny import tiny_inventory, tiny_scenario


@cache
def plan() -> Plan:
    return make_plan(tiny_scenario(), tiny_inventory())


def assert_same(one: Plan, other: Plan) -> None:
    """Compare two plans; an inventory's origin and files are where it was read from, not what it says."""
    assert one.facts == other.facts
    assert one.scenario == other.scenario
    assert one.findings == other.findings
    assert set(one.tables) == set(other.tables)
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(
            frame, other.tables[name], check_dtype=False, check_exact=False, rtol=1e-9, obj=name
        )
    assert set(one.inventory.tables) == set(other.inventory.tables)
    for name, frame in one.inventory.tables.items():
        pd.testing.assert_frame_equal(frame, other.inventory[name], check_exact=True, obj=name)


def files_of(folder: Path) -> dict[str, bytes]:
    """Bytes of every file in a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def with_cell(table: str, column: str, value: object) -> Plan:
    """The plan with one cell changed."""
    frame = plan().tables[table].copy()
    frame[column] = frame[column].astype(object)
    frame.loc[0, column] = value
    return replace(plan(), tables={**plan().tables, table: frame})


def test_a_saved_plan_reads_back_equal(tmp_path: Path) -> None:
    save(plan(), tmp_path / "plan")
    assert_same(plan(), load(tmp_path / "plan"))


def test_a_loaded_plan_saves_to_the_same_bytes(tmp_path: Path) -> None:
    save(plan(), tmp_path / "one")
    save(load(tmp_path / "one"), tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_the_folder_holds_every_table_for_excel(tmp_path: Path) -> None:
    save(plan(), tmp_path / "plan")
    for name, columns in COLUMNS.items():
        path = tmp_path / "plan" / f"{name}.csv"
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), name
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = tuple(next(csv.reader(file)))
        assert header[: len(columns)] == columns
    facts = json.loads((tmp_path / "plan" / "plan.json").read_text("utf-8"))
    assert {"inventory/servers.csv", "scenario.json"} <= set(facts["inputs"])
    assert facts["schema_version"] == saved.SCHEMA_VERSION


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+86",
        "-",
        "@SUM",
        "'quoted",
        "2026-01-05",
        "007",
        "1e5",
        "nan",
        "inf",
        "True",
        "a,b",
        'a "b"',
        "a\nb",
        " a ",
    ],
)
@pytest.mark.parametrize(("table", "column"), [("servers", "reason"), ("dispositions", "name"), ("placements", "host")])
def test_text_stays_the_text_it_was(tmp_path: Path, table: str, column: str, value: str) -> None:
    changed = with_cell(table, column, value)
    save(changed, tmp_path / "plan")
    found = load(tmp_path / "plan").tables[table].at[0, column]
    assert found == value
    assert isinstance(found, str)


@pytest.mark.parametrize("value", [0, 3, -2, 0.25, 1e-9, 123456789.125, -0.5])
def test_numbers_stay_numbers(tmp_path: Path, value: float) -> None:
    changed = with_cell("costs", "yuan_per_year", value)
    save(changed, tmp_path / "plan")
    assert load(tmp_path / "plan").tables["costs"].at[0, "yuan_per_year"] == pytest.approx(value, rel=1e-12)


def test_no_formula_is_left_for_a_spreadsheet_to_run(tmp_path: Path) -> None:
    save(with_cell("servers", "reason", "=HYPERLINK(1)"), tmp_path / "plan")
    with (tmp_path / "plan" / "servers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["reason"].startswith("'")


def test_findings_read_back_say_the_same_in_both_languages(tmp_path: Path) -> None:
    findings = (
        Finding("plan.no_plan", values={"folder": "a"}, place=Place("a.csv", row=3, column="x")),
        Finding("migration.opening.closed", Severity.WARNING, "A", "opening",
                {"pool": "P", "opens": dt.date(2026, 3, 1), "starts": dt.datetime(2026, 2, 1, 20)}),
        Finding("migration.hosts-ready.occupied", Severity.INFO, "H", "hosts-ready",
                {"date": dt.date(2026, 3, 1), "pool": "P", "systems": ("A", "B")}, Place("b.xlsx", "S", 2, 5)),
    )  # fmt: skip
    save(replace(plan(), findings=findings), tmp_path / "plan")
    found = load(tmp_path / "plan").findings
    for before, after in zip(findings, found, strict=True):
        assert (after.message, after.severity, after.subject, after.rule) == (
            before.message, before.severity, before.subject, before.rule,
        )  # fmt: skip
        assert after.place == before.place
        for language in LANGUAGES:
            assert words(after, language) == words(before, language)
            assert cure(after, language) == cure(before, language)


def test_a_save_that_fails_leaves_the_earlier_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plan"
    save(plan(), folder)
    before = files_of(folder)

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(saved, "_hashes", broken)
    with pytest.raises(OSError, match="disk full"):
        save(with_cell("servers", "reason", "other"), folder)
    assert files_of(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["plan"], "a scratch folder is left behind"


def test_a_later_save_replaces_the_earlier_whole(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    save(plan(), folder)
    (folder / "report.en.html").write_text("of the earlier plan", "utf-8")
    save(plan(), folder)
    assert not (folder / "report.en.html").exists()


def nothing(folder: Path) -> None:
    """Leave an empty folder."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def other_version(folder: Path) -> None:
    """Claim a schema version of the future."""
    facts = json.loads((folder / "plan.json").read_text("utf-8"))
    (folder / "plan.json").write_text(json.dumps(facts | {"schema_version": 99}), "utf-8")


def no_waves(folder: Path) -> None:
    """Lose a table."""
    (folder / "waves.csv").unlink()


def broken_json(folder: Path) -> None:
    """Cut the facts short."""
    text = (folder / "plan.json").read_text("utf-8")
    (folder / "plan.json").write_text(text[: len(text) // 2], "utf-8")


def no_scenario(folder: Path) -> None:
    """Spoil the resolved scenario."""
    (folder / "inputs" / "scenario.json").write_text('{"name": 1}', "utf-8")


def no_column(folder: Path) -> None:
    """Lose a column of a table."""
    (folder / "waves.csv").write_text("wave\n1\n", "utf-8-sig")


@pytest.mark.parametrize("spoil", [nothing, other_version, no_waves, broken_json, no_scenario, no_column])
def test_what_is_no_plan_is_refused_with_a_place(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    folder = tmp_path / "plan"
    save(plan(), folder)
    spoil(folder)
    with pytest.raises(BadInput) as caught:
        load(folder)
    for finding in caught.value.findings:
        assert finding.place is not None
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)
