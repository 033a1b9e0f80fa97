"""Any table of canonical values comes back equal, from CSV, from a workbook and from the survey's own form."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudplan.findings import Severity
from cloudplan.intake.survey.form import EXAMPLE_ROW, write_form
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.words import words
from cloudplan.inventory.cells import number_shown
from cloudplan.inventory.schema import Column, folded, schema

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


RECORDS = st.lists(
    st.fixed_dictionaries({name: of(TABLE.by_name[name]) for name in COLUMNS}),
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
