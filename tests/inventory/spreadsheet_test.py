"""Every way to a workbook goes through one door, which refuses what would end the process."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from cloudplan.errors import BadInput
from cloudplan.findings import Finding
from cloudplan.intake.grid import read_grids
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.spreadsheet import UnreadableError, open_workbook
from tests.tiny import write_tiny

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FAR = {
    "plain": '<row r="{row}"><c r="{cell}"><v>1</v></c></row>',
    "single quotes": "<row r='{row}'><c r='{cell}'><v>1</v></c></row>",
    "a prefix": '<x:row xmlns:x="{main}" r="{row}"><x:c r="{cell}"><x:v>1</x:v></x:c></x:row>',
    "attributes before": '<row r="{row}"><c s="0" r="{cell}"><v>1</v></c></row>',
    "blanks about the sign": '<row r="{row}"><c r = "{cell}"><v>1</v></c></row>',
    "an entity": '<row r="{row}"><c r="&#88;FD{row}"><v>1</v></c></row>',
    "a narrow row below": '<row r="{row}"><c r="A1"><v>1</v></c><c r="{cell}"><v>1</v></c></row>'
    '<row r="3"><c r="A3"><v>1</v></c></row>',
}


def far(path: Path, style: str = "plain", cell: str = "XFD1048576", sheet: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook of two rows and one cell far away."""
    book = openpyxl.Workbook()
    book.active.append(["server", "name"])
    book.save(path)
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    more = FAR[style].format(row=row, cell=cell, main=MAIN) + "</sheetData>"
    content = parts.pop("xl/worksheets/sheet1.xml").replace(b"</sheetData>", more.encode())
    links = parts["xl/_rels/workbook.xml.rels"]
    parts["xl/_rels/workbook.xml.rels"] = links.replace(b"worksheets/sheet1.xml", sheet.removeprefix("xl/").encode())
    types = parts["[Content_Types].xml"]
    parts["[Content_Types].xml"] = types.replace(b"xl/worksheets/sheet1.xml", sheet.encode())
    with zipfile.ZipFile(path, "w") as packed:
        for name, part in (parts | {sheet: content}).items():
            packed.writestr(name, part)
    return path


def message(opened: object) -> str | None:
    return opened.message if isinstance(opened, Finding) else None


@pytest.mark.parametrize("style", FAR)
def test_a_cell_far_away_is_refused_however_it_is_written(tmp_path: Path, style: str) -> None:
    assert message(open_workbook(far(tmp_path / "far.xlsx", style))) == "inventory.file_sprawls"


def test_a_sheet_under_another_name_is_measured_too(tmp_path: Path) -> None:
    assert message(open_workbook(far(tmp_path / "far.xlsx", sheet="xl/other/data.xml"))) == "inventory.file_sprawls"


def test_a_narrow_sheet_may_be_a_million_rows_long(tmp_path: Path) -> None:
    assert message(open_workbook(far(tmp_path / "long.xlsx", cell="C1048576"))) is None


def by_grids(path: Path) -> list[str]:
    return [finding.message for finding in read_grids(path)[1]]


def by_inventory(path: Path) -> list[str]:
    write_tiny(path.parent / "inventory")
    (path.parent / "inventory" / "racks.csv").unlink()
    path.rename(path.parent / "inventory" / "racks.xlsx")
    with pytest.raises(BadInput) as caught:
        read_inventory(path.parent / "inventory")
    return [f.message for f in caught.value.findings if f.place and f.place.file.endswith("racks.xlsx")]


@pytest.mark.parametrize("way", [by_grids, by_inventory])
def test_every_reader_refuses_it(tmp_path: Path, way: Callable[[Path], list[str]]) -> None:
    assert way(far(tmp_path / "far.xlsx")) == ["inventory.file_sprawls"]


def test_what_unpacks_into_too_much_is_refused(tmp_path: Path) -> None:
    far(tmp_path / "bomb.xlsx", cell="A2")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/media/blank.bin", b" " * 40 * 2**20)
    assert message(open_workbook(tmp_path / "bomb.xlsx")) == "inventory.file_swells"


def test_a_chart_and_formats_far_below_are_no_contents(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "chart.xlsx")) as book:
        sheet, grey = book.add_worksheet(), book.add_format({"bg_color": "#CCCCCC"})
        sheet.write_column(0, 0, [1, 2, 3])
        for row in range(3, 1_048_576, 5000):
            sheet.write_blank(row, 50, None, grey)
        sheet.write_blank(1_048_575, 50, None, grey)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Sheet1!$A$1:$A$3"})
        sheet.insert_chart("C1", chart)
    assert message(open_workbook(tmp_path / "chart.xlsx")) is None
    assert [len(grid.rows) for grid in read_grids(tmp_path / "chart.xlsx")[0]] == [3]


def test_what_is_no_workbook_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(UnreadableError, match=r"\w"):
        open_workbook(tmp_path / "no.xlsx")
