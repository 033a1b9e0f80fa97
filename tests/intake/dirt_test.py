"""The survey's own form, written, filled with every kind of dirt, read back: each cell parsed right or named.

The kinds of cells are those of ``values_test``; here each stands in a row of its own in the workbook that ``survey
new`` writes, and goes the whole way. What people do to sheets (titles, merged cells, renamed columns…) is in
``survey_test``.
"""

from __future__ import annotations

import openpyxl
import pytest

from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.form import EXAMPLE_ROW, write_form
from cloudplan.intake.survey.read import read_survey
from cloudplan.inventory.schema import schema
from tests.intake.values_test import LEFT, READ

KEYS = {"servers": "server", "systems": "system", "devices": "device", "rooms": "room"}
CASES = [(name, cell, text) for name, cell, text, _ in READ] + [(name, cell, None) for name, cell in LEFT]
CASES = [case for case in CASES if case[0].partition(".")[0] in SHEETS and case[0] != "servers.server"]
"""Column, cell, and its canonical text; ``""`` says nothing, ``None`` is refused."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Survey, list[tuple[str, int]]]:
    path = tmp_path_factory.mktemp("dirt") / "水利局.xlsx"
    write_form(path, "水利局")
    book = openpyxl.load_workbook(path)
    next_row = dict.fromkeys(KEYS, EXAMPLE_ROW + 2)
    at: list[tuple[str, int]] = []
    for number, (name, cell, _) in enumerate(CASES):
        table, _, column = name.partition(".")
        sheet, line = book[schema().tables[table].titles["zh-CN"]], next_row[table]
        next_row[table] += 1
        columns = [c.name for c in schema().tables[table].columns]
        sheet.cell(line, columns.index(KEYS[table]) + 1, f"K{number}")
        place = sheet.cell(line, columns.index(column) + 1, cell)
        if isinstance(cell, str) and cell.startswith("="):
            place.data_type = "s"  # a text that looks like a formula, not one
        at.append((f"K{number}", line))
    book.save(path)
    return read_survey([path]), at


def test_there_are_forty_kinds_and_more() -> None:
    assert len(CASES) >= 70
    assert len({(name.partition(".")[2], rule) for name, _, _, rule in READ}) >= 35


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: f"{CASES[n][0]} {CASES[n][1]!r}"[:40])
def test_every_kind_is_parsed_right_or_named_at_its_cell(
    filled: tuple[Survey, list[tuple[str, int]]], number: int
) -> None:
    survey, at = filled
    name, cell, text = CASES[number]
    (key, line), (table, _, column) = at[number], name.partition(".")
    record = next(r for r in survey.tables[table] if r[KEYS[table]].text == key)
    if text:
        item = record[column]
        assert item.text == text
        assert (item.place.sheet, item.place.row) == (schema().tables[table].titles["zh-CN"], line)
        return
    assert column not in record
    if text is None:
        letters = openpyxl.utils.get_column_letter([c.name for c in schema().tables[table].columns].index(column) + 1)
        named = [f for f in survey.findings if f.place and (f.place.row, f.place.column) == (line, letters)]
        assert any(
            f.severity is Severity.ERROR and str(f.values.get("value")) in (str(cell), str(cell).strip()) for f in named
        )
        assert all(cure(f, language) and words(f, language) for f in named for language in LANGUAGES)
