"""A survey written, filled in as people do, and read back: every cell parsed right or reported, none lost."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudplan import cli
from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import cure, words
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Item, Survey
from cloudplan.intake.survey.completeness import NEEDED, completeness
from cloudplan.intake.survey.form import EXAMPLE_ROW, HEADING_ROW, write_form
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.survey.write import write_survey
from cloudplan.inventory.schema import schema

SERVERS = [
    # headings reordered, renamed, with units, a line break and one that nobody asked for
    ["序号", "主机名称", "资产编号", "机房", "CPU\n型号", "总核数", "线程数", "CPU架构", "内存容量(GB)", "硬盘（TB）",
     "U数", "购买日期", "设备状态", "承载系统", "CPU均值%", "监测天数", "保密柜钥匙"],
    [1, "应用服务器", "A-001", "中心机房", "E5-2620 v4*2", "16核", 32, "Intel", "16G*8", 2, "2U",
     "2018.6", "使用中", "水情系统、雨情系统", "15%", 30, "在张三处"],
    [2, "数据库服务器", "A-002", None, "鲲鹏920 x 2", 128, 128, "鲲鹏", 512, "600G SAS×4", 2, 43252, "正常", "水情系统",
     None, None, None],
    [3, "旧机器", "A-003", "二楼机房", None, "八", "很多", "x86", "128G", None, 2, "2013年", "闲置",
     None, None, None, None],
    [None, "合计", None, None, None, 152, None, None, None, None, None, None, None, None, None, None, None],
    ["注：以上数据截至2026年6月", *[None] * 16],
]  # fmt: skip
SYSTEMS = [
    ["系统名称", "层级", "部署方式", "等保等级", "是否涉密", "面向互联网", "网络区域"],
    ["水情系统", "旗县级", "本地部署", "三级", "否", "无", "PUB"],
    ["雨情系统", "自建", "本地", "二级", "×", "是", "IZ"],
    ["水情系统", "旗", "本地", "2", "否", "否", "PUB"],
]
ROOMS = [["机房", "类别", "等级", "月用电量（度）", "面积㎡"], ["中心机房", "部门", "C类", "1.2万度", "60平米"],
         ["二楼机房", "部门", "未达", None, "约30"]]  # fmt: skip


def dirty_book(path: Path) -> Path:
    """A workbook with a title, the department's line, merged cells, renamed and hidden sheets."""
    book = openpyxl.Workbook()
    for name, rows in (("附表2 服务器", SERVERS), ("3.信息系统", SYSTEMS), ("机房情况", ROOMS)):
        sheet = book.create_sheet(name)
        sheet.append(["XX旗政务信息基础设施调查表"])
        sheet.append(["填报单位（盖章）：", "水利局", None, "填表日期：2026年6月1日"])
        for row in rows:
            sheet.append(row)
    servers = book["附表2 服务器"]
    servers.merge_cells("A1:F1")
    servers.merge_cells("D4:D5")  # one room for two servers
    hidden = book.create_sheet("旧数据")
    hidden.append(["资产编号", "设备名称", "总核数"])
    hidden.append(["OLD-1", "旧", 4])
    hidden.sheet_state = "hidden"
    book["Sheet"].append(["通讯录"])
    book["Sheet"].append(["张三", "13800000000"])
    book.save(path)
    return path


@pytest.fixture
def survey(tmp_path: Path) -> Survey:
    return read_survey([dirty_book(tmp_path / "水利局.xlsx")])


def said(survey: Survey, message: str) -> list[Finding]:
    return [finding for finding in survey.findings if finding.message == f"survey.read.{message}"]


def row(survey: Survey, table: str, key: str) -> dict[str, str]:
    name = schema().tables[table].key[0]
    return next(r for r in survey.values()[table] if r.get(name) == key)


def test_cells_are_read_and_know_their_place(survey: Survey) -> None:
    first = row(survey, "servers", "A-001")
    assert first == {
        "server": "A-001", "name": "应用服务器", "room": "中心机房", "department": "水利局", "cpu_model": "E5-2620 v4",
        "sockets": "2", "cores": "16", "threads": "32", "arch": "x86", "memory_gib": "128", "storage_gib": "2048",
        "height_u": "2", "bought_on": "2018-06-01", "state": "running",
    }  # fmt: skip
    item = survey.tables["servers"][0]["memory_gib"]
    assert (item.original, item.rule) == ("16G*8", "amount")
    assert (item.place.sheet, item.place.row, item.place.column) == ("附表2 服务器", 4, "I")
    second = row(survey, "servers", "A-002")
    assert (second["bought_on"], second["storage_gib"], second["arch"]) == ("2018-06-01", "2400", "arm")


def test_merged_cells_count_for_every_row(survey: Survey) -> None:
    assert row(survey, "servers", "A-002")["room"] == "中心机房"
    assert survey.tables["servers"][1]["room"].rule in ("filled-down", "named")


def test_a_wrong_cell_is_named_at_its_place_and_left_out(survey: Survey) -> None:
    wrong = [f for f in survey.findings if f.message == "inventory.not_number"]
    assert [(f.place.sheet, f.place.row, f.place.column, f.values["value"]) for f in wrong if f.place] == [
        ("附表2 服务器", 6, "G", "很多")
    ]
    third = row(survey, "servers", "A-003")
    assert "threads" not in third
    assert third["cores"] == "8"


def test_totals_notes_and_hidden_sheets_are_left_out_and_said(survey: Survey) -> None:
    left = {str(f.values["value"])[:2] for f in said(survey, "row_left")}
    assert left == {"合计", "注:"}
    assert [f.values["sheet"] for f in said(survey, "hidden")] == ["旧数据"]
    assert [f.values["sheet"] for f in said(survey, "unknown_sheet")] == ["Sheet"]
    assert "OLD-1" not in {r.get("server") for r in survey.values()["servers"]}


def test_columns_that_nobody_asked_for_are_counted(survey: Survey) -> None:
    assert [(f.values["value"], f.values["cells"]) for f in said(survey, "unread_column")] == [("保密柜钥匙", 1)]


def test_no_heading_had_to_be_guessed(survey: Survey) -> None:
    assert said(survey, "near_heading") == []


def test_the_department_comes_from_the_line_above(survey: Survey) -> None:
    assert survey.values()["departments"] == [{"department": "水利局", "name": "水利局"}]
    assert {r["department"] for t in ("servers", "systems", "rooms") for r in survey.values()[t]} == {"水利局"}


def test_a_double_id_keeps_the_first_and_is_an_error(survey: Survey) -> None:
    assert [r["level"] for r in survey.values()["systems"]] == ["3", "2"]
    double = said(survey, "double")
    assert [(f.severity, f.values["value"]) for f in double] == [(Severity.ERROR, "水情系统")]
    assert all(f.place and f.place.row == 6 for f in double)


def test_rooms_with_units_in_headings_and_cells(survey: Survey) -> None:
    assert row(survey, "rooms", "中心机房") == {
        "room": "中心机房", "name": "中心机房", "kind": "department", "grade": "C", "meter_kwh_month": "12000",
        "floor_area_m2": "60", "department": "水利局",
    }  # fmt: skip
    assert [f.values["original"] for f in said(survey, "doubt")] == ["2018.6", "2013年", "约30"]


def test_workloads_follow_from_the_systems_of_a_server(survey: Survey) -> None:
    loads = {r["workload"]: r for r in survey.values()["workloads"]}
    assert set(loads) == {"A-001-1", "A-001-2", "A-002"}
    assert (loads["A-001-1"]["vcpu"], loads["A-001-1"]["memory_gib"]) == ("16", "64")
    assert (loads["A-002"]["system"], loads["A-002"]["arch"]) == ("水情系统", "arm")
    usage = survey.values()["usage"]
    assert [(u["workload"], u["resource"], u["avg_pct"], u["days"], u["basis"]) for u in usage] == [
        ("A-001-1", "cpu", "15", "30", "measured"),
        ("A-001-2", "cpu", "15", "30", "measured"),
    ]
    assert [f.values["count"] for f in said(survey, "derived")] == [3]


def test_every_error_has_a_place_and_a_cure(survey: Survey) -> None:
    for finding in survey.findings:
        assert words(finding, "zh-CN") != words(finding, "en")
        if finding.severity is Severity.ERROR:
            assert finding.place is not None
            assert cure(finding, "zh-CN")
            assert cure(finding, "en")


def test_no_cell_is_lost(survey: Survey, tmp_path: Path) -> None:
    """Each filled cell below the headings is a value, named by a finding, or in a row or column that one names."""
    book = openpyxl.load_workbook(tmp_path / "水利局.xlsx")
    known = {(i.place.sheet, i.place.row, i.place.column) for rs in survey.tables.values() for r in rs
             for i in r.values()}  # fmt: skip
    known |= {(f.place.sheet, f.place.row, f.place.column) for f in survey.findings if f.place}
    rows = {
        (f.place.sheet, f.place.row) for f in survey.findings if f.place and f.message.endswith(("row_left", "double"))
    }
    columns = {(f.place.sheet, f.place.column) for f in said(survey, "unread_column") if f.place}
    lost = [
        (sheet.title, cell.coordinate, cell.value)
        for sheet in book.worksheets
        if sheet.title in ("附表2 服务器", "3.信息系统", "机房情况")
        for line in sheet.iter_rows(min_row=4)
        for cell in line
        if cell.value is not None
        and (sheet.title, cell.row, cell.column_letter) not in known
        and (sheet.title, cell.row) not in rows
        and (sheet.title, cell.column_letter) not in columns
        and sheet.cell(3, cell.column).value != "序号"
    ]
    assert lost == []


def fill(path: Path, department: str, tables: dict[str, list[dict[str, Any]]]) -> Path:
    """Fill the tool's own form by its headings."""
    path.parent.mkdir(exist_ok=True)
    write_form(path, department)
    book = openpyxl.load_workbook(path)
    for name, records in tables.items():
        sheet = book[schema().tables[name].titles["zh-CN"]]
        at = {schema().tables[name].columns[n].name: n + 1 for n in range(len(schema().tables[name].columns))
              if n < sheet.max_column}  # fmt: skip
        for number, record in enumerate(records, EXAMPLE_ROW + 2):
            for column, value in record.items():
                sheet.cell(number, at[column], value)
    book.save(path)
    return path


def test_the_form_has_every_column_a_mark_a_note_and_a_list(tmp_path: Path) -> None:
    write_form(tmp_path / "form.xlsx", "水利局")
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    assert [s.title for s in book.worksheets if s.sheet_state == "visible"][1:] == [
        schema().tables[name].titles["zh-CN"] for name in SHEETS
    ]
    assert [s.title for s in book.worksheets if s.sheet_state == "hidden"] == ["字典"]
    sheet = book["服务器台账"]
    headings = [cell.value for cell in sheet[HEADING_ROW + 1]]
    assert "内存（GiB）*" in headings
    assert "承载系统" in headings
    assert sheet.cell(HEADING_ROW + 1, 1).comment is not None
    assert sheet.cell(EXAMPLE_ROW + 1, 1).value.startswith("示例")
    assert sheet["A2"].value == "填报单位（盖章）：水利局"
    lists = {str(v.formula1) for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert "list_arch" in lists
    assert "list_arch" in book.defined_names
    ids = sheet.column_dimensions["A"]
    assert ids.number_format == "@" or sheet.cell(30, 1).number_format in ("@", "General")


def test_a_form_filled_in_by_the_book_reads_back(tmp_path: Path) -> None:
    tables: dict[str, list[dict[str, Any]]] = {
        "departments": [{"department": "D7", "name": "水利局"}],
        "rooms": [{"room": "R7", "name": "水利局机房", "kind": "部门机房"}],
        "servers": [{"server": "007", "name": "srv", "room": "R7", "height_u": 2, "cores": 16, "threads": 32,
                     "arch": "x86(Intel/AMD)", "memory_gib": 64, "state": "在用", "bought_on": dt.date(2020, 1, 2)}],
    }  # fmt: skip
    survey = read_survey([fill(tmp_path / "form.xlsx", "水利局", tables)])
    assert [f for f in survey.findings if f.severity is Severity.ERROR] == []
    assert row(survey, "servers", "007") == {
        "server": "007", "name": "srv", "room": "R7", "department": "D7", "height_u": "2", "cores": "16",
        "threads": "32", "arch": "x86", "memory_gib": "64", "state": "running", "bought_on": "2020-01-02",
    }  # fmt: skip


def test_many_files_become_one_inventory_with_provenance(tmp_path: Path) -> None:
    one = dirty_book(tmp_path / "水利局.xlsx")
    with (tmp_path / "财政局.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["单位名称", "资产编号", "设备名称", "机房", "总核数", "线程数", "CPU架构", "内存", "U数", "状态"]
        )
        writer.writerow(["财政局", "C-1", "预算服务器", "中心机房", "8", "16", "X86", "64G", "1", "在用"])
    survey = read_survey([one, tmp_path / "财政局.csv"])
    write_survey(survey, tmp_path / "out")
    with (tmp_path / "out" / "intake" / "provenance.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert Counter(line["table"] for line in lines)["servers"] > 30
    cell = next(x for x in lines if (x["record"], x["column"]) == ("C-1", "memory_gib"))
    assert (cell["value"], cell["original"], Path(cell["file"]).name, cell["cell"]) == ("64", "64G", "财政局.csv", "H2")
    with (tmp_path / "out" / "servers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [r["department"] for r in csv.DictReader(file)] == ["水利局", "水利局", "水利局", "财政局"]


def test_the_return_list_names_each_cell_and_cannot_run(tmp_path: Path) -> None:
    path = dirty_book(tmp_path / "水利局.xlsx")
    book = openpyxl.load_workbook(path)
    book["附表2 服务器"]["G6"] = "=1+很多"
    book["附表2 服务器"]["G6"].data_type = "s"
    book.save(path)
    survey = read_survey([path])
    write_survey(survey, tmp_path / "out")
    (returned,) = (tmp_path / "out" / "intake" / "returns").iterdir()
    assert returned.name == "水利局.xlsx"
    sheet = openpyxl.load_workbook(returned).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(n for n, row in enumerate(rows) if row[0] == "序号")
    cells = {row[2]: row for row in rows[at + 1 :]}
    assert cells["G6"][1] == "附表2 服务器"
    assert cells["G6"][3] == "=1+很多"
    assert cells["G6"][5]
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    wanted = [f for f in survey.findings if f.place and (f.severity is not Severity.INFO or "row_left" in f.message)]
    assert len(rows) - at - 1 == len(wanted)
    assert any(str(row[0]).startswith("水利局  完整度 ★") for row in rows[:at])


def test_completeness_counts_what_is_measured_declared_and_missing() -> None:
    place = Place("x")

    def record(**values: str) -> dict[str, Item]:
        return {column: Item(text, text, "", place) for column, text in values.items()}

    survey = Survey({name: [] for name in (*SHEETS, "usage")})
    survey.tables["departments"] = [record(department="D", name="D"), record(department="E", name="E")]
    survey.tables["devices"] = [record(department="D", device="N", kind="switch", room="R", name="N", height_u="1")]
    survey.tables["systems"] = [record(department="D", system="S")]
    survey.tables["workloads"] = [record(workload="W", system="S", state="running")]
    survey.tables["usage"] = [record(workload="W", resource="cpu", basis="measured"),
                              record(workload="W", resource="memory", basis="declared")]  # fmt: skip
    (judged,) = completeness(survey)
    needed = {
        table: {c.name for c in schema().tables[table].columns if c.required} | set(NEEDED[table])
        for table in ("devices", "systems", "workloads")
    }
    assert judged.department == "D"
    assert judged.needed == sum(map(len, needed.values())) + 2
    assert (judged.measured, judged.declared) == (1, 5 + 2 + 3 + 1)
    assert judged.stars == 2


def test_the_command_writes_reads_and_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = tmp_path / "form.xlsx"
    assert cli.main(["survey", "new", "-o", str(form)]) == 0
    assert cli.main(["survey", "new", "-o", str(form)]) == 1
    book = dirty_book(tmp_path / "水利局.xlsx")
    capsys.readouterr()
    assert cli.main(["survey", "read", str(book), "-o", str(tmp_path / "out")]) == 0
    shown = capsys.readouterr()
    assert "很多" in shown.out
    assert "Traceback" not in shown.err
    assert cli.main(["survey", "read", str(form), "-o", str(tmp_path)]) == 1
    assert cli.main(["survey", "read", "-o", str(tmp_path / "x")]) == 2
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 broken")
    assert cli.main(["survey", "read", str(tmp_path / "no.xlsx"), "-o", str(tmp_path / "y")]) == 1
    assert not (tmp_path / "y").exists()
