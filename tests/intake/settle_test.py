"""What the tables of several forms say of each other: ids, names, what refers to nothing, what contradicts."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import openpyxl

from cloudplan.intake.survey.completeness import completeness
from cloudplan.intake.survey.form import EXAMPLE_ROW
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.survey.write import write_survey
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import schema
from tests.intake.survey_test import dirty_book, fill, said


def test_names_are_those_of_the_own_department(tmp_path: Path) -> None:
    rooms = "单位名称,机房名称,类别\n水利局,中心机房,部门\n财政局,中心机房,部门\n"
    servers = ("单位名称,资产编号,设备名称,机房,总核数,线程数,CPU架构,内存,U数,状态\n"
               "水利局,A,甲,中心机房,8,16,x86,64,1,在用\n"
               "财政局,B,乙,中心机房,8,16,x86,64,1,在用\n民政局,C,丙,中心机房,8,16,x86,64,1,在用\n")  # fmt: skip
    (tmp_path / "机房.csv").write_text(rooms, "utf-8")
    (tmp_path / "服务器.csv").write_text(servers, "utf-8")
    survey = read_survey([tmp_path / "机房.csv", tmp_path / "服务器.csv"])
    assert [r["room"] for r in survey.values()["rooms"]] == ["水利局-中心机房", "财政局-中心机房"]
    assert [r["room"] for r in survey.values()["servers"]] == ["水利局-中心机房", "财政局-中心机房", "中心机房"]
    (unclear,) = said(survey, "ambiguous")
    assert unclear.values["options"] == ["水利局-中心机房", "财政局-中心机房"]
    assert unclear.place is not None
    assert (unclear.place.row, unclear.place.column) == (4, "D")


def test_a_room_of_another_department_is_taken_and_said(tmp_path: Path) -> None:
    rooms = "单位名称,机房名称,类别\n水利局,中心机房,部门\n"
    servers = "单位名称,资产编号,设备名称,机房,总核数,线程数\n民政局,C,丙,中心机房,8,16\n"
    (tmp_path / "机房.csv").write_text(rooms, "utf-8")
    (tmp_path / "服务器.csv").write_text(servers, "utf-8")
    survey = read_survey([tmp_path / "机房.csv", tmp_path / "服务器.csv"])
    assert survey.values()["servers"][0]["room"] == "中心机房"
    assert [(f.values["owner"], f.values["department"]) for f in said(survey, "elsewhere")] == [("水利局", "民政局")]


def numbered(path: Path, department: str) -> Path:
    """A department that numbers everything from 1."""
    return fill(path, department, {
        "departments": [{"department": department, "name": department}],
        "rooms": [{"room": "1", "name": "机房", "kind": "部门机房"}],
        "racks": [{"rack": "1", "room": "1"}],
        "servers": [{"server": "1", "name": department, "room": "1", "rack": "1", "height_u": 2, "cores": 16,
                     "threads": 32, "arch": "x86(Intel/AMD)", "memory_gib": 64, "state": "在用"}],
        "systems": [{"system": "1", "name": f"{department}网站"}],
        "workloads": [{"workload": "1", "system": "1", "server": "1", "tier": "web"}],
        "flows": [{"flow": "1", "source_system": "1", "target_system": f"{department}网站"}],
    })  # fmt: skip


def test_departments_that_number_alike_keep_everything_apart(tmp_path: Path) -> None:
    files = [numbered(tmp_path / "1" / "表.xlsx", "水利局"), numbered(tmp_path / "2" / "表.xlsx", "财政局")]
    survey = read_survey(files)
    found = survey.values()
    for table in ("rooms", "racks", "servers", "systems", "workloads", "flows"):
        assert [r[schema().tables[table].key[0]] for r in found[table]] == ["水利局-1", "财政局-1"], table
    for number, department in enumerate(("水利局", "财政局")):
        ident = f"{department}-1"
        assert [found["racks"][number]["room"], found["servers"][number]["rack"]] == [ident] * 2
        assert [found["workloads"][number][c] for c in ("system", "server")] == [ident] * 2
        assert [found["flows"][number][c] for c in ("source_system", "target_system")] == [ident] * 2
    assert said(survey, "double") == []
    assert Counter(f.subject for f in said(survey, "prefixed")) == {"水利局": 6, "财政局": 6}
    assert {one.department for one in completeness(survey)} == {"水利局", "财政局"}
    # the order of the files changes no id
    again = read_survey(files[::-1]).values()
    assert {r["server"] for r in again["servers"]} == {"水利局-1", "财政局-1"}


def test_a_form_that_speaks_of_two_departments_refers_to_its_own_ids(tmp_path: Path) -> None:
    one = numbered(tmp_path / "1" / "表.xlsx", "市水务局")
    other = numbered(tmp_path / "2" / "表.xlsx", "财政局")
    book = openpyxl.load_workbook(one)
    sheet = book["信息系统"]
    at = [column.name for column in schema().tables["systems"].columns].index("department") + 1
    sheet.cell(EXAMPLE_ROW + 2, at, "水务局")
    book.save(one)
    survey = read_survey([one, other])
    assert said(survey, "ambiguous") == []
    assert said(survey, "unknown") == []
    (maybe,) = said(survey, "department_maybe")
    assert (maybe.values["value"], maybe.values["maybe"]) == ("水务局", "市水务局")
    found = survey.values()
    by_name = {r["name"]: r for r in found["servers"]}
    racks = {r["rack"]: r["room"] for r in found["racks"]}
    for department in ("市水务局", "财政局"):
        server = by_name[department]
        room = next(r for r in found["rooms"] if r["room"] == server["room"])
        assert room["department"] == department
        assert racks[server["rack"]] == server["room"]


def test_a_table_that_nobody_sent_is_missed_once(tmp_path: Path) -> None:
    path = fill(tmp_path / "form.xlsx", "水利局", {
        "servers": [{"server": f"S{n}", "name": "甲", "room": "交通机房", "cores": 8, "threads": 8, "memory_gib": 8}
                    for n in range(3)],
    })  # fmt: skip
    (missed,) = said(read_survey([path]), "no_records")
    assert (missed.values["count"], missed.values["value"]) == (3, "交通机房")


def test_a_form_sent_twice_is_no_error(tmp_path: Path) -> None:
    one = dirty_book(tmp_path / "水利局.xlsx")
    again = tmp_path / "水利局2.xlsx"
    again.write_bytes(one.read_bytes())
    first, both = read_survey([one]), read_survey([one, again])
    assert both.values()["servers"] == first.values()["servers"]
    assert len(said(both, "double")) == 2 * len(said(first, "double"))
    assert len(said(both, "same_again")) == sum(len(first.values()[t]) for t in ("servers", "systems", "rooms"))


def test_what_nobody_lists_is_named_at_its_cell(tmp_path: Path) -> None:
    path = fill(tmp_path / "form.xlsx", "水利局", {
        "departments": [{"department": "D7", "name": "水利局"}],
        "rooms": [{"room": "R07", "name": "机房", "kind": "部门机房"}],
        "servers": [{"server": f"S{n}", "name": "甲", "room": room, "cores": 8, "threads": 8, "memory_gib": 8}
                    for n, room in enumerate(("R7", "三楼机房", "三楼机房"))],
    })  # fmt: skip
    survey = read_survey([path])
    (maybe,), unknown = said(survey, "unknown_maybe"), said(survey, "unknown")
    assert maybe.values["maybe"] == "R07"
    assert [(f.values["value"], f.values["count"]) for f in unknown] == [("三楼机房", 1)] * 2
    assert all(f.place and f.place.sheet == "服务器台账" and f.place.row for f in (maybe, *unknown))
    assert [r["room"] for r in survey.values()["servers"]] == ["R7", "三楼机房", "三楼机房"]


def test_what_contradicts_is_named_at_its_cell_in_the_file(tmp_path: Path) -> None:
    path = fill(tmp_path / "form.xlsx", "水利局", {
        "departments": [{"department": "D7", "name": "水利局"}],
        "rooms": [{"room": "R7", "name": "机房", "kind": "部门机房"}],
        "servers": [{"server": "S1", "name": "甲", "room": "R7", "cores": 32, "threads": 16, "memory_gib": 16384,
                     "bought_on": dt.date(2031, 1, 1)}],
    })  # fmt: skip
    survey = read_survey([path], today=dt.date(2026, 11, 25))
    write_survey(survey, tmp_path / "out")
    found = {f.message: f.place for f in survey.findings if f.message.startswith("inventory.")}
    at = {c.name: n for n, c in enumerate(schema().tables["servers"].columns, 1)}
    for message, column in (("out_of_order", "cores"), ("memory_unit", "memory_gib"), ("future_date", "bought_on")):
        place = found[f"inventory.{message}"]
        assert place is not None
        assert (place.file, place.sheet, place.row) == (str(path), "服务器台账", EXAMPLE_ROW + 2)
        assert openpyxl.utils.column_index_from_string(str(place.column)) == at[column]
    assert (tmp_path / "out" / "intake" / "returns" / "form.xlsx").is_file()


def test_zones_go_by_the_names_of_the_design(tmp_path: Path) -> None:
    design = read_inventory(Path("inventory"))
    ident, name = next((str(i), str(n)) for i, n in design["zones"]["name"].items() if i != n)
    path = fill(tmp_path / "form.xlsx", "水利局", {
        "departments": [{"department": "D7", "name": "水利局"}],
        "systems": [{"system": "S1", "name": "甲", "zone": name}, {"system": "S2", "name": "乙", "zone": "无此区域"}],
    })  # fmt: skip
    survey = read_survey([path], design=design)
    assert [r["zone"] for r in survey.values()["systems"]] == [ident, "无此区域"]
    assert [f.values["value"] for f in said(survey, "unknown")] == ["无此区域"]


def test_the_design_brings_no_calendar_of_its_own_estate(tmp_path: Path) -> None:
    design = read_inventory(Path("inventory"))
    calendar = design["calendar"]
    own = calendar["department"].notna() | calendar["system"].notna()
    assert own.any()
    survey = read_survey([dirty_book(tmp_path / "水利局.xlsx")], design=design)
    write_survey(survey, tmp_path / "out", design)
    with (tmp_path / "out" / "calendar.csv").open(encoding="utf-8-sig", newline="") as file:
        entries = {line["entry"] for line in csv.DictReader(file)}
    assert entries == set(calendar.loc[~own, "entry"])
    assert any(f.message == "intake.calendar_dropped" for f in survey.findings)
