"""Formulas never computed and error values: each is told at its cell, in every form of workbook, by every reader."""

from __future__ import annotations

import base64
import time
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from cloudplan.errors import BadInput
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake import plain
from cloudplan.intake.grid import read_grids
from cloudplan.intake.mapping_file import read_mapping
from cloudplan.intake.recognise import read_foreign
from cloudplan.intake.survey.read import read_survey
from cloudplan.inventory.old_workbook import errors_of
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.unvalued import Unvalued, of_any_sheet, of_ods, of_plain_sheet
from tests.intake.books import mapping, write_mapping
from tests.tiny import write_tiny

CELLS = {
    '<c r="B2"><f>100*2</f><v /></c>': Unvalued(1, 1),
    '<c r="B2"><f>B1</f></c>': Unvalued(1, 1),
    '<c r="B2" t="str"><f>B1</f></c>': Unvalued(1, 1),
    '<c r="AA10" s="3"><f t="shared" si="0"/><v></v></c>': Unvalued(9, 26),
    '<c r="B2" t="e"><v>#REF!</v></c>': Unvalued(1, 1, "#REF!"),
    '<c r="B2" t="e" s="1"><f>1/0</f><v>#DIV/0!</v></c>': Unvalued(1, 1, "#DIV/0!"),
    '<c r="B2"><f>1+1</f><v>2</v></c>': None,
    '<c r="B2" t="str"><f>""</f><v></v></c>': None,
    '<c r="B2" t="inlineStr"><is><t>t="e"</t></is></c>': None,
    '<c r="B2"><v>2</v></c>': None,
}
SHEET = '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c>{cell}</row></sheetData></worksheet>'
OLD = (
    "eNrtV01sVFUUPvfNdObNUNrXQgVLGacgUtqCJSRao9iBFqSJpgYRjWki0+GVjgydyTAmkGgcBDamJBoWusAYki5MTFBDogtNbHcsNLphodGksNLg"
    "YjT+hMT2+Z3z7mtfhzbpFEL8mTM579w59+fce/7uud983TB18ePma1QGj1KAZpwIhXw8BTS9PxaRoXkzjuN4bKcK/yqY1pRtGIT9aoBs87C2a0TT"
    "Kvw3YT9l8StQnPbQKGieTlIlcA88xr/eUubMLHHcUqEqf/nyOX9zHg8Ay+Ofcz3HfxS4AlgLXAmsA9a7VwA1ABuBq4CrgU3iE0RrgGuB9wKbgeu0"
    "3PWaMsbRbgVu0Lz7QTdV881dhYgJK4Zq6LOVX7LJxfbX4BEfBSfFL64DBynHvtGbzKTidwt2yx6SivcwASfdiZaiC+DW0YfC/Vy+O8X7AAmKd2uP"
    "ft5IyN7PyXeDfOuI538qc74TznaK0ffi5W9KECgKq15KUobSNIQ8mMaIZrrC8fWajODoULukh0fdTm8sWEvjHGNP2KN2PpmZktgZp98lJjyYiDOf"
    "pwv/t6XxjQr59L/jj0N3C+m5wx1fKudvWYTfuQi/fRF+5Bb+eQNxVSSHqVUMCG0ohoQ2FoNCVxXDQlcXa5xD4r9nkYXPBMWn6JkR2y6MITwVfpPK"
    "BBIdOKfoBr3ASbq0X0SFSpyMOYq9ot2PO2hFicPoCwSDSacUkr45oRL4Jij2i+WmfRPp30RaN/9E5v8LwRPUVwZWSAKHgCm49Ma+/oMPdrU6uDZM"
    "6g2610bKbALOqbxJU4PvFjcHWfNyUC02ehgH4KhtkE1bWG5rb8uN6w8197wo/OLca4Q2sSapU51Cz2SwXWZ0yPd1GevdTaeFd0a+D8zO/7Fns6/d"
    "Ntsu9WzxtS8il0SwKxJlG5DWqdbWhk5PHprq8aiiZ9Fj0qtybFJvmPX6pHUucXMB5x3DknYA67iJq154SvrneNNy/7o3Lul/Cv/U7D9D9MR6Wy9c"
    "LZHSCZeGKXaYYgbVhHANK5nsFQ46NVEf1pwIG+xGNBTCza30qmt8wwxqaXf7AtLXXtbHu1FwiXqpJn6mp3lUaZ9ru5KpnY19BiNKXbLTYKlN+JGS"
    "tUClYlBU5vEc1tnjRiN9EnLTPdFjYgvCqV2JngDAEXjqEdO/kPKqo+g8CQrVRiDq1lCW6Vpnwu3ayzXLU+lUPns8O1yI7zmRsjPxRx7eeiA5ZGcy"
    "trjp7vTwcPft1G7Kc4llwoxDYqsF1qWps+/9enNgxPrgLZM6Nl/+ljX+jq7tlNYhR80+XecNau2M6HqvoGu+oq77xrT//jRNCH93TjZnj+ZOnsiw"
    "zJju79Jre3BL+92x1kuv/KD87Tt9fuYYV7+6emHbOuv82zh/581LfezqZbxBXad6qdDynfFJXRczxHV/t+5P+Gpn1tWuXO6gnT+ezo7O1xHrd8e2"
    "7fRPhTv5/hP9lcXQQnNYp8WI234O0vN0FBUX7+NoxftvhLYNrWengnfVHyEvTnoh9xgq3AHs4aVlyQ/43mBLmdMC7J+N0wHUg/ay7ReF/ErffzH9"
    "VtMVBL2M8x9DXcq274cXDItNmFNAvZoFZ3Fo0/JrKtD/fcArNHf1ZCkle7DFAyvbT/cyzr8R+H71/S/wNyvuFTo="
)
"""The sheet of :func:`book`, saved as ``.xls``."""
ODS = """<?xml version="1.0"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet><table:table table:name="S">
<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>
<table:table-row><table:table-cell table:number-columns-repeated="3"/>
<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value=""
 calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>
<table:table-cell table:formula="of:=1+1"/><table:table-cell table:formula="of:=2" office:value-type="float"
 office:value="2"><text:p>2</text:p></table:table-cell></table:table-row></table:table>
</office:spreadsheet></office:body></office:document-content>"""


def book(path: Path) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["a", "b", "c"])
    sheet.append(["=100*2", "=B1", "#REF!", "#N/A", "#DIV/0!"])
    for cell in ("C2", "D2"):
        sheet[cell].data_type = "e"
    sheet["E2"].data_type = "s"
    made.save(path)
    return path


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_is_told_however_its_sheet_is_written(cell: str) -> None:
    wanted = () if CELLS[cell] is None else (CELLS[cell],)
    plainly = SHEET.format(cell=cell)
    assert of_plain_sheet(plainly.encode()) == wanted
    assert of_any_sheet(plainly.encode()) == wanted
    prefixed = plainly.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("<x:worksheet",
                                                                          '<x:worksheet xmlns:x="m"')  # fmt: skip
    assert of_any_sheet(prefixed.replace('"', "'").replace("t='e'<", 't="e"<').encode()) == wanted


def test_grids_know_them_by_sheet(tmp_path: Path) -> None:
    (grid,), findings = read_grids(book(tmp_path / "a.xlsx"))
    assert findings == []
    assert [tuple(cell) for cell in grid.unvalued] == [(1, 0, ""), (1, 1, ""), (1, 2, "#REF!"), (1, 3, "#N/A")]


def test_an_old_workbook_tells_its_errors(tmp_path: Path) -> None:
    raw = zlib.decompress(base64.b64decode(OLD))
    (tmp_path / "a.xls").write_bytes(raw)
    (grid,), _ = read_grids(tmp_path / "a.xls")
    assert [tuple(cell) for cell in grid.unvalued] == [(1, 2, "#REF!"), (1, 3, "#N/A")]
    assert all(isinstance(errors_of(raw[:end]), dict) for end in range(0, len(raw), 61))


def test_an_ods_tells_both() -> None:
    assert of_ods(ODS.encode()) == {"S": (Unvalued(2, 3, "#DIV/0!"), Unvalued(2, 4))}


def told(findings: list[Finding]) -> list[tuple[str, str, object, str]]:
    found = [f for f in findings if f.message in ("inventory.formula_uncomputed", "inventory.error_value")]
    for finding in found:
        assert all(words(finding, each) and cure(finding, each) for each in LANGUAGES)
    return [
        (f.message.partition(".")[2], str(f.values["column"]), f.values["count"], str(f.place and f.place.column))
        for f in found
    ]


HEADINGS = ["资产编号", "设备名称", "总核数", "总线程数", "内存（GB）", "CPU架构", "机房", "U数", "状态"]


def servers(path: Path) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(HEADINGS)
    for number in range(8):
        sheet.append([f"A{number}", "甲", "=1+1", 16, "#VALUE!", "x86", "R", 1, "在用"])
    sheet.append(["合计", None, "=SUM(C2:C9)"])
    for row in range(2, 10):
        sheet.cell(row, 5).data_type = "e"
    made.save(path)
    return path


def test_a_survey_says_which_cells_and_not_those_of_totals(tmp_path: Path) -> None:
    survey = read_survey([servers(tmp_path / "水利局.xlsx")])
    assert told(survey.findings) == [
        ("formula_uncomputed", "总核数", 8, "C"),
        ("error_value", "内存(GB)", 8, "E"),
    ]
    (formula, error) = (
        f for f in survey.findings if f.message.partition(".")[2] in ("formula_uncomputed", "error_value")
    )
    assert formula.values["cells"] == ["C2", "C3", "C4", "C5", "C6", "…"]
    assert error.values["value"] == ["#VALUE!"]


def test_the_words_of_errors_count_as_errors_too(tmp_path: Path) -> None:
    lines = [HEADINGS, ["A", "甲", "#REF!", "16", "64", "x86", "#N/A", "1", "在用"]]
    (tmp_path / "水利局.csv").write_text("\n".join(map(",".join, lines)), "utf-8")
    survey = read_survey([tmp_path / "水利局.csv"])
    assert told(survey.findings) == [("error_value", "总核数", 1, "C"), ("error_value", "机房", 1, "G")]


def test_a_column_that_nobody_asked_for_counts_its_formulas(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.append([*HEADINGS, "折旧"])
    made.active.append(["A", "甲", 8, 16, 64, "x86", "R", 1, "在用", "=1+1"])
    made.save(tmp_path / "水利局.xlsx")
    survey = read_survey([tmp_path / "水利局.xlsx"])
    unread = [f.values for f in survey.findings if f.message == "survey.read.unread_column"]
    assert [(v["value"], v["cells"]) for v in unread] == [("折旧", 1)]


def test_plain_tables_and_other_tools_files_say_so(tmp_path: Path) -> None:
    path = servers(tmp_path / "servers.xlsx")
    columns = {"设备名称": "name", "总核数": "cores", "内存（GB）": "memory"}
    said = mapping() | {"columns": {"*": columns}}
    tables = read_mapping(write_mapping(tmp_path, said)).columns
    _, _, findings = read_foreign([path], tables)
    assert ("formula_uncomputed", "总核数", 9, "C") in told(findings)
    assert ("error_value", "内存（GB）", 8, "E") in told(findings)
    made = openpyxl.Workbook()
    made.active.title = "vInfo"
    made.active.append(["VM", "Powerstate", "CPUs", "Memory", "Host", "VM UUID"])
    made.active.append(["a", "poweredOn", "=1+1", 4096, "h", "u-1"])
    made.save(tmp_path / "rvtools.xlsx")
    _, recognised, findings = read_foreign([tmp_path / "rvtools.xlsx"])
    assert recognised
    assert told(findings) == [("formula_uncomputed", "CPUs", 1, "C")]


def test_the_text_of_an_error_in_a_plain_csv_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("name,cores\na,#REF!\nb,#REF!\n", "utf-8")
    said = mapping() | {"columns": {"*": {"name": "name", "cores": "cores"}}}
    tables = read_mapping(write_mapping(tmp_path, said)).columns
    read = plain.read(read_grids(tmp_path / "s.csv")[0], tables)
    assert told(list(read.findings)) == [("error_value", "cores", 2, "B")]


def test_a_table_of_an_inventory_says_so(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    (tmp_path / "racks.csv").unlink()
    made = openpyxl.Workbook()
    made.active.append(["rack", "room", "total_u", "power_kw"])
    made.active.append(["K1", "R1", 42, "=2*2"])
    made.save(tmp_path / "racks.xlsx")
    with pytest.raises(BadInput) as caught:  # what stood in the other racks is now nowhere
        read_inventory(tmp_path)
    findings = list(caught.value.findings)
    assert told(findings) == [("formula_uncomputed", "power_kw", 1, "D")]


def test_a_large_sheet_without_any_is_searched_in_no_time(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "big.xlsx"), {"constant_memory": True}) as made:
        sheet = made.add_worksheet()
        for row in range(50_000):
            sheet.write_row(row, 0, [row, "text", 2.5, row, "text", 7, 8, 9])
    content = zipfile.ZipFile(tmp_path / "big.xlsx").read("xl/worksheets/sheet1.xml")
    began = time.perf_counter()
    assert of_plain_sheet(content) == ()
    assert time.perf_counter() - began < 0.3
