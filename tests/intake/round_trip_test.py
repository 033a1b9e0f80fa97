"""Any table of canonical values comes back equal, from CSV, from a workbook and from the survey's own form."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudplan.findings import Severity
from cloudplan.intake.survey.form import EXAMPLE_ROW, write_form
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.words import words
from cloudplan.inventory.cells import number_shown
from cloudplan.inventory.schema import Column, folded, schema
from tests.intake.survey_test import dirty_book

TABLE = schema().tables["servers"]
COLUMNS = ("server", "department", "room", "name", "model", "form", "sockets", "cores", "threads", "memory_gib",
           "storage_gib", "arch", "os", "ips", "bought_on", "price_yuan", "state", "height_u")  # fmt: skip
# no control characters (and none that a spreadsheet can't hold), no words that say nothing
SIGNS = st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"), max_codepoint=0xFFFF)


def says_something(text: str) -> bool:
    return text == text.strip() != "" and folded(text) not in words().blank and not text.startswith("'")


TEXT = st.text(SIGNS, min_size=1, max_size=12).filter(says_something)
ID = st.from_regex(r"[A-Z]{1,3}-?[0-9]{1,4}|0[0-9]{3}|[0-9]{1,9}", fullmatch=True)


def of(column: Column) -> st.SearchStrategy[str]:
    if column.name in ("name", "model", "os"):
        return TEXT
    if column.name in ("department", "room"):
        return st.sampled_from(["D1", "局1"])
    if column.name == "ips":
        address = st.ip_addresses(v=4).map(str)
        return st.lists(address, min_size=1, max_size=3, unique=True).map(";".join)
    if column.type == "id":
        return ID
    if column.type == "choice":
        return st.sampled_from(schema().vocabularies[str(column.values)].codes)
    if column.type == "date":
        return st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1)).map(str)
    low, high = column.minimum or 0, min(column.maximum or 1e9, 1e9)
    if column.type == "integer":
        return st.integers(int(low), int(high)).map(str)
    return st.floats(low, high, allow_nan=False).map(lambda x: number_shown(round(x, 6)))


def in_order(record: dict[str, str]) -> dict[str, str]:
    """What a server has more of than of another: sockets, cores, threads."""
    counts = ("sockets", "cores", "threads")
    return record | dict(zip(counts, sorted((record[name] for name in counts), key=float), strict=True))


RECORDS = st.lists(
    st.fixed_dictionaries({name: of(TABLE.by_name[name]) for name in COLUMNS}).map(in_order),
    min_size=1,
    max_size=6,
    unique_by=lambda record: record["server"],
)


def cell(column: str, text: str) -> Any:
    kind = TABLE.by_name[column].type
    if kind in ("integer", "number"):
        return float(text)
    return dt.date.fromisoformat(text) if kind == "date" else text


def as_csv(path: Path, records: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([TABLE.by_name[name].headings["zh-CN"] for name in COLUMNS])
        writer.writerows([record[name] for name in COLUMNS] for record in records)


def as_workbook(path: Path, records: list[dict[str, str]]) -> None:
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for at, name in enumerate(COLUMNS):
            sheet.write_string(0, at, TABLE.by_name[name].headings["en"])
            for row, record in enumerate(records, 1):
                value = cell(name, record[name])
                if isinstance(value, dt.date):
                    sheet.write_datetime(row, at, dt.datetime.combine(value, dt.time()), day)
                elif isinstance(value, float):
                    sheet.write_number(row, at, value)
                else:
                    sheet.write_string(row, at, value)


def as_form(path: Path, records: list[dict[str, str]]) -> None:
    write_form(path)
    book = openpyxl.load_workbook(path)
    sheet = book[TABLE.titles["zh-CN"]]
    at = {column.name: n for n, column in enumerate(TABLE.columns, 1)}
    for row, record in enumerate(records, EXAMPLE_ROW + 2):
        for name in COLUMNS:
            target = sheet.cell(row, at[name])
            target.value = cell(name, record[name])
            if isinstance(target.value, str):
                target.data_type = "s"  # openpyxl takes what begins with = for a formula
    book.save(path)


def reads_back(write: Any, suffix: str, records: list[dict[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{suffix}"
        write(path, records)
        survey = read_survey([path])
    assert [f for f in survey.findings if f.severity is Severity.ERROR] == []
    assert survey.values()["servers"] == records


FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@given(RECORDS)
@FEW
def test_from_csv(records: list[dict[str, str]]) -> None:
    reads_back(as_csv, ".csv", records)


@given(RECORDS)
@FEW
def test_from_a_workbook(records: list[dict[str, str]]) -> None:
    reads_back(as_workbook, ".xlsx", records)


@given(RECORDS)
@settings(FEW, max_examples=15)
def test_from_the_form(records: list[dict[str, str]]) -> None:
    reads_back(as_form, ".xlsx", records)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice on this machine")
def test_through_libreoffice(tmp_path: Path) -> None:
    """Somebody opens the form in another office suite, and saves it in its own format and back."""
    dirty_book(tmp_path / "dirty.xlsx")
    write_form(tmp_path / "form.xlsx", "水利局")
    before = {name: read_survey([tmp_path / name]) for name in ("dirty.xlsx", "form.xlsx")}
    for source, form in (("*.xlsx", "ods"), ("*.ods", "xlsx")):
        files = [str(path) for path in sorted(tmp_path.glob(source))]
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", form]
        command += ["--outdir", str(tmp_path / form), *files]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=180)
        except (subprocess.SubprocessError, OSError) as fault:
            pytest.skip(f"LibreOffice itself failed here: {fault}")
        if len(list((tmp_path / form).glob("*"))) < len(before):
            pytest.skip("LibreOffice converted nothing here")
        for path in (tmp_path / form).iterdir():
            shutil.copy(path, tmp_path / path.name)
    for name, survey in before.items():
        after = read_survey([tmp_path / name])
        assert after.values() == survey.values()
        assert [sheet[1:] for sheet in after.sheets] == [sheet[1:] for sheet in survey.sheets]
    # merged cells can't be told in an ODS: the cells they cover are blank there, and said to be
    dirty = read_survey([tmp_path / "dirty.ods"])
    blank = [f.subject for f in dirty.findings if f.message == "inventory.blank" and "room" in str(f.values)]
    assert "A-002" in blank
    assert dirty.counts() == before["dirty.xlsx"].counts()
    assert before["dirty.xlsx"].values()["servers"]
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    lists = [v for v in book[TABLE.titles["zh-CN"]].data_validations.dataValidation if v.type == "list"]
    assert lists
