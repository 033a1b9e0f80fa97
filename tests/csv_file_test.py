"""However a batch is written, a CSV reader gets back what stood there, and nothing in it runs."""

from __future__ import annotations

import csv
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.csv_file import guarded, unguarded, write_csv
from cloudplan.inventory.cells import parse
from cloudplan.inventory.schema import Column

TEXT = st.text(st.sampled_from(list("ab0. ,;\"'\r\n\t=+-@＝＋－＠甲\u2028")), max_size=5)
BATCHES = st.lists(st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=4), max_size=4)
NOTE = Column("note", {"zh-CN": "备注", "en": "note"}, "text")
# what Excel would make a formula of, with the blanks that it passes over
RUNS = re.compile(r"[ \t\r\n]*[=+\-@＝＋－＠]")
NUMBER = re.compile(r"-[0-9.]+")


@given(BATCHES)
@settings(max_examples=400, deadline=None)
def test_a_batch_reads_back_whole_and_nothing_in_it_runs(batches: list[list[tuple[str, str, str]]]) -> None:
    rows = [row for batch in batches for row in batch]
    with tempfile.TemporaryDirectory() as folder:
        path = write_csv(Path(folder) / "a.csv", ("x", "y", "z"), batches)
        one_by_one = write_csv(Path(folder) / "b.csv", ("x", "y", "z"), ([row] for row in rows))
        assert list(read(path)) == list(read(one_by_one))
        header, *back = read(path)
    assert header == ["x", "y", "z"]
    assert len(back) == len(rows)
    for wrote, found in zip(rows, back, strict=True):
        for text, cell in zip(wrote, found, strict=True):
            assert not RUNS.match(cell) or NUMBER.fullmatch(cell)
            assert unguarded(cell) == text
            assert parse(NOTE, [cell], {})[0][0] == (text if text.strip() else None)


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("@x", "'@x"), ("-x", "'-x"), ("\t=x", "'\t=x"), ("＝x", "'＝x"), ("'=x", "''=x"),
        ("'x", "'x"), ("a=b", "a=b"), ("-5", "-5"), ("-1.5e+3", "-1.5e+3"), ("'-5", "''-5"), ("-5-2", "'-5-2"),
    ],
)  # fmt: skip
def test_text_that_a_spreadsheet_would_run_is_guarded(text: str, written: str) -> None:
    assert guarded(text) == written
    assert unguarded(written) == text


def test_a_file_without_rows_holds_its_header(tmp_path: Path) -> None:
    assert write_csv(tmp_path / "in" / "a.csv", ("x", "y"), ()).read_bytes() == b"\xef\xbb\xbfx,y\n"
