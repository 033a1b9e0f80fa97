"""What goes back to a department: every line about its own file, at a cell, said once, with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES
from cloudplan.intake.survey.completeness import completeness, gaps
from cloudplan.intake.survey.lines import lines_of
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.survey.write import write_survey

TITLES = ["资产编号", "设备名称", "总核数", "总线程数", "内存", "CPU架构", "机房", "U数", "状态", "承载系统"]
GOOD = ["A", "甲", 8, 16, 64, "x86", "R", 1, "在用", None]


def book(path: Path, *rows: list[Any], titles: list[str] = TITLES, department: str = "水利局") -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "服务器台账"
    sheet.append([f"填报单位：{department}"])
    sheet.append(titles)
    for row in rows:
        sheet.append(row)
    rooms = made.create_sheet("机房")
    for row in ([f"填报单位：{department}"], ["机房编号", "机房名称", "类别"], ["R", "机房", "部门机房"]):
        rooms.append(row)
    made.save(path)
    return path


def lists(folder: Path, *files: Path, language: str = "zh-CN") -> dict[str, list[list[list[Any]]]]:
    """The sheets of each list, by name, as rows."""
    write_survey(read_survey(list(files), language), folder / "out", language=language)
    found = {}
    for path in sorted((folder / "out" / "intake" / "returns").iterdir()):
        read = openpyxl.load_workbook(path)
        found[path.stem] = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in read.worksheets]
    return found


def below(rows: list[list[Any]], first: str = "序号") -> list[list[Any]]:
    return rows[next(n for n, row in enumerate(rows) if row[0] == first) + 1 :]


def but(**changes: Any) -> list[Any]:
    row = list(GOOD)
    for title, value in changes.items():
        row[TITLES.index(title)] = value
    return row


def test_a_blank_cell_that_must_be_filled_has_its_column(tmp_path: Path) -> None:
    found = lists(tmp_path, book(tmp_path / "水利局.xlsx", GOOD, but(资产编号="B", 总核数=None)))
    (line,) = below(found["水利局"][0])
    assert line[1:3] == ["服务器台账", "C4"]
    assert "总核数" in line[4]


def test_a_heading_that_is_missing_is_said_once_with_the_rows(tmp_path: Path) -> None:
    titles = [title for title in TITLES if title != "CPU架构"]
    rows = [[f"S{n}", *(cell for cell, title in zip(GOOD, TITLES, strict=True) if title not in ("资产编号", "CPU架构"))]
            for n in range(12)]  # fmt: skip
    (line,) = below(lists(tmp_path, book(tmp_path / "水利局.xlsx", *rows, titles=titles))["水利局"][0])
    assert line[4] == "表中没有“CPU架构”列，12 条记录缺这一必填项（第 3、4、5、6、7、8、9、10、… 行）"
    assert line[5]
    assert line[6] == "须改"


def test_a_cell_stands_in_one_line_however_many_say_so(tmp_path: Path) -> None:
    """The wrong architecture is also that of the workload that follows from the server."""
    path = book(tmp_path / "水利局.xlsx", but(CPU架构="量子", 承载系统="水情", 总核数=None, 总线程数=None, 内存="多"))
    survey = read_survey([path])
    assert sum(f.message == "inventory.not_allowed" for f in survey.findings) == 2
    cells = [line[2] for line in below(lists(tmp_path, path)["水利局"][0])]
    assert [cell for cell in cells if cell[0] in "CDEF"] == ["C3", "D3", "E3", "F3"]
    (wrong,) = (line for line in below(lists(tmp_path, path)["水利局"][0]) if line[2] == "F3")
    assert wrong[4].count("量子") == 1


def test_a_missing_heading_of_servers_is_no_second_fault_of_their_workloads(tmp_path: Path) -> None:
    titles = [title for title in TITLES if title != "CPU架构"]
    row = [cell for cell, title in zip(but(承载系统="水情"), TITLES, strict=True) if title != "CPU架构"]
    lines = below(lists(tmp_path, book(tmp_path / "水利局.xlsx", row, titles=titles))["水利局"][0])
    assert ["CPU架构" in line[4] and "1 条记录" in line[4] for line in lines if not line[2]] == [True]


def test_an_error_leaves_no_room_for_a_doubt_and_warnings_share_a_line(tmp_path: Path) -> None:
    path = book(tmp_path / "水利局.xlsx", but(总核数="约5000"), but(资产编号="B", 内存="约20000"))
    found = {line[2]: line for line in below(lists(tmp_path, path)["水利局"][0])}
    assert "\n" not in found["C3"][4]
    assert found["C3"][6] == "须改"
    assert found["E4"][4].count("\n") == 1, "the doubt and the unit that is likely wrong"


def test_a_formula_where_a_value_must_stand_is_one_grave_line(tmp_path: Path) -> None:
    path = book(tmp_path / "水利局.xlsx", but(总核数="=4*2"), but(资产编号="B", 总核数="=4*2"))
    (line,) = below(lists(tmp_path, path)["水利局"][0])
    assert line[2] == "C3"
    assert "C3、C4" in line[4]
    assert line[6] == "须改"


def test_places_are_those_of_the_own_file_and_others_are_not_named(tmp_path: Path) -> None:
    survey = read_survey([book(tmp_path / "水利局.xlsx", GOOD, but(设备名称="乙"))])
    (line,) = lines_of(survey, str(tmp_path / "水利局.xlsx"), survey.findings, "zh-CN")
    assert "服务器台账!A3" in line.problem
    assert "xlsx" not in line.problem
    one = tmp_path / "甲.csv"
    two = tmp_path / "乙.csv"
    one.write_text("单位名称,系统编号,系统名称,层级\n财政局,S,预算,旗\n水利局,T,水情,旗\n", "utf-8")
    two.write_text("单位名称,系统编号,系统名称,层级\n水利局,T,雨情,旗\n民政局,U,低保,旗\n", "utf-8")
    for language, said in (("zh-CN", "另一单位的表"), ("en", "another department's form")):
        survey = read_survey([one, two], language)
        (double,) = (line for line in lines_of(survey, str(two), survey.findings, language) if line.cell == "B2")
        assert said in double.problem
        assert "甲" not in double.problem


def test_the_other_file_of_the_own_department_is_named(tmp_path: Path) -> None:
    for name in ("一", "二"):
        book(tmp_path / f"{name}.xlsx", but(设备名称=name), but(资产编号=name))
    survey = read_survey([tmp_path / "一.xlsx", tmp_path / "二.xlsx"])
    problems = [line.problem for line in lines_of(survey, str(tmp_path / "二.xlsx"),
                [f for f in survey.findings if f.place and f.place.file.endswith("二.xlsx")], "zh-CN")]  # fmt: skip
    assert any("一.xlsx 服务器台账!A3" in problem for problem in problems), problems


def test_an_export_of_a_tool_gets_no_list(tmp_path: Path) -> None:
    path = book(tmp_path / "水利局.xlsx", but(设备名称="web1"))
    made = openpyxl.Workbook()
    made.active.title = "vInfo"
    made.active.append(["VM", "Powerstate", "CPUs", "Memory", "Host", "VM UUID", "Primary IP Address"])
    made.active.append(["web1", "poweredOn", 4, 4096, "h", "u-1", "10.1.1.1"])
    made.save(tmp_path / "rvtools.xlsx")
    survey = read_survey([path, tmp_path / "rvtools.xlsx"])
    assert survey.exports
    assert list(lists(tmp_path, path, tmp_path / "rvtools.xlsx")) == ["水利局"]


def test_what_is_missing_is_listed_record_by_record(tmp_path: Path) -> None:
    path = book(tmp_path / "水利局.xlsx", but(承载系统="水情"), but(资产编号="B", 设备名称="乙", 总核数=None))
    made = openpyxl.load_workbook(path)
    systems = made.create_sheet("信息系统")
    for row in (["系统编号", "系统名称", "主管单位"], ["水情", "水情", "水利局"]):
        systems.append(row)
    made.save(path)
    survey = read_survey([path])
    (judged,) = completeness(survey)
    assert sum(len(gap.columns) for gap in gaps(survey)) == judged.missing
    lines = below(lists(tmp_path, path)["水利局"][1])
    assert sum(int(line[5]) for line in lines) == judged.missing
    second = next(line for line in lines if line[2] == "乙")
    assert second[1] == "服务器台账"
    assert second[3] == "服务器台账 第 4 行"
    assert second[4].split("、")[0] == "总核数*"
    assert {"操作系统", "所属网络区域", "序列号"} <= set(second[4].split("、"))
    workload = next(line for line in lines if line[1] == "工作负载")
    assert {"CPU均值", "内存均值"} <= set(workload[4].split("、"))


def test_a_file_that_only_lacks_something_gets_a_list_and_a_complete_one_none(tmp_path: Path) -> None:
    only = "单位名称,单位编号,整合意见\n水利局,D1,同意\n"
    (tmp_path / "单位.csv").write_text(only, "utf-8")
    found = lists(tmp_path, tmp_path / "单位.csv", book(tmp_path / "水利局.xlsx", GOOD))
    assert list(found) == ["水利局"]
    assert below(found["水利局"][0]) == []
    assert below(found["水利局"][1])


def test_rows_left_out_stand_last_and_do_not_count(tmp_path: Path) -> None:
    path = book(tmp_path / "水利局.xlsx", but(总核数="很多"), ["合计", None, 8])
    rows = lists(tmp_path, path)["水利局"][0]
    assert "1 处" in rows[0][0]
    lines = below(rows)
    assert [line[6] for line in lines] == ["须改", "未读"]
    assert lines[-1][2] == "A4"
    assert lines[-1][5]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_level_that_is_none_has_a_cure_of_its_own(tmp_path: Path, language: str) -> None:
    path = tmp_path / "水利局.csv"
    path.write_text("系统编号,系统名称,层级,等保等级\nS,水情,旗,二级（未备案）\nT,雨情,旗,二级或三级\n", "utf-8")
    survey = read_survey([path], language)
    assert [record.get("level") and record["level"].text for record in survey.tables["systems"]] == ["2", None]
    (wrong,) = (f for f in survey.findings if f.message == "survey.read.not_level")
    assert wrong.severity is Severity.ERROR
    (line,) = (x for x in lines_of(survey, str(path), survey.findings, language) if x.cell == "D3")
    assert "二级或三级" in line.problem
    assert line.cure
