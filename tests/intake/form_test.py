"""The form itself: its headings, units, example row and drop-downs, and that all of them are known when it returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudplan import cli
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.grid import Grid
from cloudplan.intake.headings import find
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.examples import example_of
from cloudplan.intake.survey.form import EXAMPLE_ROW, HEADING_ROW, heading_of, write_form
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.values import read_cell
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import parse
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import Column, schema
from tests.tiny import write_tiny

COLUMNS = [(table, column) for table in SHEETS for column in schema().tables[table].columns]
CODES = ("yuan", "m2", "10^4", "thread", "（d）", "（h）", "（min）", "（a）")


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    folder = tmp_path_factory.mktemp("design")
    write_tiny(folder)
    return read_inventory(folder)


def headings(sheet: Any) -> dict[str, str]:
    titles = [str(cell.value) for cell in sheet[HEADING_ROW + 1]]
    return dict(zip(titles, [cell.value for cell in sheet[EXAMPLE_ROW + 1]], strict=True))


def said(findings: list[Finding], message: str) -> list[Finding]:
    return [finding for finding in findings if finding.message == f"survey.read.{message}"]


def test_no_heading_holds_a_code_for_a_unit(tmp_path: Path) -> None:
    write_form(tmp_path / "form.xlsx")
    titles = [t for s in openpyxl.load_workbook(tmp_path / "form.xlsx").worksheets[2:] for t in headings_of(s)]
    assert [title for title in titles if any(code in title for code in CODES)] == []
    assert {
        "面积（平方米）",
        "购置金额（元）",
        "vCPU（线程）*",
        "记录数（万）",
        "可中断时间（分钟）",
        "U数*",
        "监测天数",
    } <= set(titles)


def headings_of(sheet: Any) -> list[str]:
    return [str(cell.value) for cell in sheet[HEADING_ROW + 1]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", SHEETS)
def test_headings_old_and_new_are_read_back_at_their_own_scale(table: str, language: str) -> None:
    columns = [c for name, c in COLUMNS if name == table]
    old = [
        f"{c.headings[language]}（{c.unit}）{'*' * c.required}" if c.unit else heading_of(c, language) for c in columns
    ]
    for titles in ([heading_of(column, language) for column in columns], old):
        found = find(Grid("f", schema().tables[table].titles[language], [titles]), SHEETS)
        assert found is not None
        assert found.table.name == table
        assert [heading.column for heading in found.headings] == [column.name for column in columns]
        assert found.doubled == ()
        for column, heading in zip(columns, found.headings, strict=True):
            if column.type == "number" and column.minimum is not None:
                assert read_cell(column, 12.0, heading.unit).text == "12", (column.name, heading)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda x: x if isinstance(x, str) else x.name)
def test_every_example_is_one_that_the_inventory_takes(table: str, column: Column, language: str) -> None:
    first = schema().tables[table].columns[0]
    if column == first:
        return
    text = example_of(column, language)
    assert text or column.example == {"zh-CN": "", "en": ""}, "a column without an example"
    reading = read_cell(column, text)
    assert parse(column, [reading.text], schema().vocabularies)[1] == [] or not text
    assert not reading.doubt


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_row_speaks_of_one_thing_and_comes_back_as_none(
    tmp_path: Path, language: str, design: Inventory
) -> None:
    for number, known in enumerate((None, design)):
        write_form(tmp_path / f"{number}.xlsx", "", language, known)
        survey = read_survey([tmp_path / f"{number}.xlsx"])
        assert survey.counts() == {}
        assert len(said(survey.findings, "example_left")) == len(SHEETS)
    servers = headings(openpyxl.load_workbook(tmp_path / "0.xlsx")[schema().tables["servers"].titles[language]])
    assert all(servers.values())
    assert "—" not in servers.values()


def filled_over(path: Path, cells: dict[str, str]) -> Path:
    """The form with its example row of servers written over, but for the words that say what it is."""
    write_form(path, "水利局")
    book = openpyxl.load_workbook(path)
    sheet = book["服务器台账"]
    for at, title in enumerate(headings_of(sheet), 1):
        if title.rstrip("*") in cells:
            sheet.cell(EXAMPLE_ROW + 1, at, cells[title.rstrip("*")])
    book.save(path)
    return path


def test_a_server_written_over_the_example_is_not_lost(tmp_path: Path) -> None:
    survey = read_survey([filled_over(tmp_path / "a.xlsx", {"设备名称": "门户服务器", "总核数": "16"})])
    (warned,) = said(survey.findings, "like_example")
    assert warned.severity is Severity.WARNING
    assert cure(warned)
    assert words(warned, "zh-CN") != words(warned, "en")
    assert [record["name"].text for record in survey.tables["servers"]] == ["门户服务器"]


def test_what_is_left_of_the_example_is_no_record(tmp_path: Path) -> None:
    survey = read_survey([filled_over(tmp_path / "a.xlsx", {"资产编号": "", "设备名称": "", "总核数": ""})])
    assert survey.tables["servers"] == []


def lists_of(sheet: Any) -> dict[str, str]:
    found = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list":
            at = min(cell.min_col for cell in rule.sqref.ranges)
            found[headings_of(sheet)[at - 1].rstrip("*")] = str(rule.formula1)
    return found


def choices(book: Any, name: str) -> list[str]:
    sheet, cells = book.defined_names[name].attr_text.split("!")
    return [cell.value for (cell,) in book[sheet.strip("'")][cells.replace("$", "")]]


def test_zones_are_chosen_by_name_where_a_design_is_given(tmp_path: Path, design: Inventory) -> None:
    write_form(tmp_path / "form.xlsx", "水利局", "zh-CN", design)
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    names = list(design["zones"]["name"])
    assert lists_of(book["信息系统"])["所属网络区域"] == "list_of_zones"
    assert lists_of(book["服务器台账"])["所属网络区域"] == "list_of_zones"
    assert choices(book, "list_of_zones") == names
    sheet = book["信息系统"]
    at = headings_of(sheet).index("所属网络区域*") + 1
    assert names[0] in sheet.cell(HEADING_ROW + 1, at).comment.text
    assert sheet.cell(EXAMPLE_ROW + 1, at).value in names


def test_without_a_design_the_note_says_what_to_write(tmp_path: Path) -> None:
    write_form(tmp_path / "form.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "form.xlsx")["信息系统"]
    assert "所属网络区域" not in lists_of(sheet)
    note = sheet.cell(HEADING_ROW + 1, headings_of(sheet).index("所属网络区域*") + 1).comment.text
    assert "以数据局下发的清单为准" in note
    assert "编号或名称" not in note


def test_names_that_several_share_are_chosen_by_id(tmp_path: Path, design: Inventory) -> None:
    frame = design["zones"].assign(name="同名")
    tables = {name: design[name] for name in schema().tables} | {"zones": frame}
    write_form(tmp_path / "form.xlsx", "", "zh-CN", Inventory(tables))
    assert choices(openpyxl.load_workbook(tmp_path / "form.xlsx"), "list_of_zones") == list(frame.index)


def test_the_command_takes_a_design(tmp_path: Path) -> None:
    write_tiny(tmp_path / "design")
    out = tmp_path / "form.xlsx"
    assert cli.main(["survey", "new", "-o", str(out), "--design", str(tmp_path / "design")]) == 0
    assert "list_of_zones" in openpyxl.load_workbook(out).defined_names
    assert cli.main(["survey", "new", "-o", str(tmp_path / "x.xlsx"), "--design", str(tmp_path / "no")]) == 1
    assert not (tmp_path / "x.xlsx").exists()
