"""Reading what was written gives the same, and the same tables give the same bytes."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.inventory.cells import parse
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import Column, schema
from cloudplan.inventory.sheet import read_sheet
from cloudplan.inventory.write import cell, write_empty, write_inventory
from tests.tiny import tiny_inventory


def test_reading_what_was_written_gives_the_same(tmp_path) -> None:
    inventory = tiny_inventory()
    write_inventory(inventory, tmp_path)
    again = read_inventory(tmp_path)
    for name, frame in inventory.tables.items():
        pd.testing.assert_frame_equal(again[name], frame)


def test_the_same_tables_give_the_same_bytes(tmp_path) -> None:
    inventory = tiny_inventory()
    for folder in ("a", "b"):
        paths = write_inventory(inventory if folder == "a" else read_inventory(tmp_path / "a"), tmp_path / folder)
    for path in paths:
        raw = path.read_bytes()
        assert raw == (tmp_path / "a" / path.name).read_bytes()
        assert raw.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in raw


def test_tables_without_records_are_not_written(tmp_path) -> None:
    inventory = tiny_inventory()
    write_inventory({"departments": inventory["departments"], "links": inventory["links"].iloc[:0]}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["departments.csv"]


def test_frames_need_not_be_typed(tmp_path) -> None:
    frame = pd.DataFrame(
        {"name": ["g"], "zones": [["IZ", "PUB"]], "available_from": [pd.Timestamp("2026-09-01")], "cpu_ratio": [2.0]},
        index=["P1"],
    )
    write_inventory({"pools": frame}, tmp_path)
    text = (tmp_path / "pools.csv").read_text("utf-8-sig")
    assert text == "pool,name,zones,available_from,cpu_ratio\nP1,g,IZ;PUB,2026-09-01,2\n"


def test_what_is_not_of_the_schema_is_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="usgae"):
        write_inventory({"usgae": pd.DataFrame()}, tmp_path)
    with pytest.raises(ValueError, match="colour"):
        write_inventory({"racks": pd.DataFrame({"rack": ["K"], "colour": ["red"]})}, tmp_path)


def test_empty_tables_have_every_heading(tmp_path) -> None:
    paths = write_empty(tmp_path)
    assert [path.stem for path in paths] == list(schema().tables)
    for path in paths:
        (header,) = csv.reader(path.read_text("utf-8-sig").splitlines())
        assert header == [column.name for column in schema().tables[path.stem].columns]
    assert read_inventory(tmp_path).findings == ()


def test_numbers_are_written_short() -> None:
    assert cell(-1.5, Column("value", {}, "number")) == "-1.5"
    assert cell(1e22, Column("value", {}, "number")) == "1e+22"
    assert cell(8.0, Column("value", {}, "number")) == "8"


def test_an_item_of_a_list_holds_no_separator() -> None:
    with pytest.raises(ValueError, match="separator"):
        cell(("a;b",), Column("ips", {}, "list"))


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
SEEN = TEXT.filter(lambda text: text.strip())
ID = TEXT.map(str.strip).filter(lambda text: text and text.isprintable() and not set(text) & set(";；"))


def _values(column: Column) -> st.SearchStrategy:
    if column.type in ("number", "integer"):
        low, high = column.minimum, column.maximum
        whole = column.type == "integer"
        low, high = (-(2**53) if low is None else low), (2**53 if high is None else high)
        return st.integers(int(low), int(high)) if whole else st.floats(low, high).map(lambda value: value + 0.0)
    return {
        "boolean": st.booleans(),
        "date": st.dates(dt.date(1980, 1, 1), dt.date(2100, 1, 1)),
        "text": SEEN,
        "id": ID,
        "list": st.lists(ID, max_size=3).map(tuple),
        "choice": st.sampled_from(schema().vocabularies[column.values].codes) if column.values else st.none(),
    }[column.type]


@st.composite
def frames(draw, name: str) -> pd.DataFrame:
    table = schema().tables[name]
    keys = draw(st.lists(ID, min_size=1, max_size=4, unique=True))
    columns = {}
    for column in table.columns:
        values = _values(column)
        if not column.required and column.type != "list":
            values = st.none() | values
        cells = keys if column.name == table.key[0] else draw(st.lists(values, min_size=len(keys), max_size=len(keys)))
        columns[column.name] = cells
    return pd.DataFrame({column: pd.Series(cells, dtype=object) for column, cells in columns.items()})


@settings(max_examples=60, deadline=None, derandomize=True)
@pytest.mark.parametrize("name", ["prices", "factors", "flavors", "targets", "departments"])
@given(data=st.data())
def test_any_table_comes_back(name, data) -> None:
    frame, table = data.draw(frames(name)), schema().tables[name]
    with tempfile.TemporaryDirectory() as folder:
        (path,) = write_inventory({name: frame}, folder)
        sheet, faults = read_sheet(path, table)
    assert faults == []
    for column in table.columns:
        values, wrong = parse(column, sheet.columns[sheet.headings.index(column.name)], schema().vocabularies)
        assert wrong == []
        assert [None if value is pd.NA or value != value else value for value in values] == list(frame[column.name])
