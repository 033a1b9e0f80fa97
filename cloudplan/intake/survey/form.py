"""The survey's workbook, written from the schema: one sheet a table, drop-downs, notes, an example row."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter

from cloudplan.i18n import say
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.examples import example_of, example_of_extra
from cloudplan.intake.survey.outside import choices, names_outside
from cloudplan.intake.words import words
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import unit_word
from cloudplan.inventory.schema import Column, Table, schema

ROWS = 1000
"""Rows that have drop-downs and formats."""
HEADING_ROW, EXAMPLE_ROW = 2, 3
"""From 0: below the title and the line of the department."""
A4 = 9
PRINTED = 14
"""Columns that a printed page holds legibly."""
WIDEST = 24


def write_form(path: Path, department: str = "", language: str = "zh-CN", design: Inventory | None = None) -> None:
    """Write the workbook.

    Parameters
    ----------
    path
        Where; an existing file is replaced.
    department
        Name that is filled in as the one that answers.
    language
        Language of headings, notes and drop-downs.
    design
        A target design: its zones, pools and targets can be chosen by name where a department must name one.
    """
    known = {} if design is None else names_outside(design)
    outside = {table: choices(names, language) for table, names in known.items() if names}
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": say("survey.title", language), "created": dt.datetime(2026, 1, 1)})
        formats = {
            "title": book.add_format({"bold": True, "font_size": 16, "align": "left", "valign": "vcenter"}),
            "line": book.add_format({"valign": "vcenter"}),
            "heading": book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True,
                                        "align": "center", "valign": "vcenter"}),
            "required": book.add_format({"bold": True, "bg_color": "#F8CBAD", "border": 1, "text_wrap": True,
                                         "align": "center", "valign": "vcenter"}),
            "example": book.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "@",
                                        "text_wrap": True, "valign": "top"}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }  # fmt: skip
        _instructions(book, formats, language)
        sheets = {name: book.add_worksheet(schema().tables[name].titles[language]) for name in SHEETS}
        _dictionary(book, outside, language)
        for name, sheet in sheets.items():
            _sheet(sheet, schema().tables[name], formats, department, outside, language)


def _instructions(book: Any, formats: dict[str, Any], language: str) -> None:
    sheet = book.add_worksheet(say("survey.instructions", language))
    sheet.set_column(0, 0, 100)
    sheet.write_string(0, 0, say("survey.title", language), formats["title"])
    for row, line in enumerate(say("survey.guide", language).strip().splitlines(), 1):
        sheet.write_string(row, 0, line, formats["wrap"])


def _dictionary(book: Any, outside: Mapping[str, Sequence[str]], language: str) -> None:
    """Put every vocabulary into a hidden sheet, each with a name of its own, for the drop-downs."""
    sheet = book.add_worksheet(say("survey.dictionary", language))
    sheet.hide()
    lists: dict[str, Sequence[str]] = {
        name: [labels[language] for labels in v.labels.values()] for name, v in schema().vocabularies.items()
    }
    lists["yes_no"] = [say("words.yes", language), say("words.no", language)]
    lists |= {_outside_list(table): names for table, names in outside.items()}
    for column, (name, labels) in enumerate(lists.items()):
        sheet.write_string(0, column, name)
        for row, text in enumerate(labels, 1):
            sheet.write_string(row, column, text)
        last = xlsxwriter.utility.xl_rowcol_to_cell(len(labels), column, True, True)
        first = xlsxwriter.utility.xl_rowcol_to_cell(1, column, True, True)
        book.define_name(f"list_{name}", f"='{sheet.get_name()}'!{first}:{last}")


def _outside_list(table: str) -> str:
    return f"of_{table}"


def _sheet(
    sheet: Any,
    table: Table,
    formats: dict[str, Any],
    department: str,
    outside: Mapping[str, Sequence[str]],
    language: str,
) -> None:
    columns = [c for c in table.columns if table.repeat is None or c.name not in table.repeat.names]
    extras = words().extras.get(table.name, ())
    width = len(columns) + len(extras)
    title = f"{say('survey.title', language)} · {table.titles[language]}"
    sheet.merge_range(0, 0, 0, max(min(width, PRINTED) - 1, 1), title, formats["title"])
    sheet.write_string(1, 0, say("survey.department", language, name=department), formats["line"])
    sheet.write_string(1, min(4, width - 1), say("survey.date", language), formats["line"])
    sheet.set_row(0, 28)
    sheet.repeat_rows(HEADING_ROW)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(-(-width // PRINTED), 0)
    sheet.repeat_columns(0)
    sheet.set_row(HEADING_ROW, 42)
    sheet.set_row(EXAMPLE_ROW, 32)
    sheet.freeze_panes(EXAMPLE_ROW, 1)
    for at, column in enumerate(columns):
        heading = heading_of(column, language)
        sheet.write_string(HEADING_ROW, at, heading, formats["required" if column.required else "heading"])
        sheet.write_comment(HEADING_ROW, at, _note(column, outside, language), {"x_scale": 2})
        sheet.write_string(EXAMPLE_ROW, at, _example(column, at, outside, language), formats["example"])
        kind = "date" if column.type == "date" else "text" if column.type in ("id", "text", "list", "ids") else None
        wide = WIDEST if at == 0 else max(10, min(WIDEST, 2 * len(heading)))
        sheet.set_column(at, at, wide, formats[kind] if kind else None)
        _validate(sheet, at, column, outside, language)
    for at, extra in enumerate(extras, len(columns)):
        heading = _with_unit(extra.headings[0 if language == "zh-CN" else -1], extra.unit, language)
        sheet.write_string(HEADING_ROW, at, heading, formats["heading"])
        sheet.write_string(EXAMPLE_ROW, at, example_of_extra(extra, language), formats["example"])
        sheet.write_comment(HEADING_ROW, at, say(f"survey.extra.{extra.name.partition('.')[2]}", language))
        sheet.set_column(at, at, 14)


def heading_of(column: Column, language: str) -> str:
    """Write a column's heading: its name, the unit, and a mark where it must be filled in."""
    return f"{_with_unit(column.headings[language], column.unit, language)}{'*' if column.required else ''}"


def _with_unit(name: str, unit: str | None, language: str) -> str:
    word = unit_word(unit, language)
    return name if not word or word in name else say("survey.heading", language, name=name, unit=word)


def _note(column: Column, outside: Mapping[str, Sequence[str]], language: str) -> str:
    lines = [column.about.get(language, "")]
    if column.values is not None:
        lines.append(say("survey.one_of", language, values=_labels(column, language)))
    names = outside.get(column.references or "", ())
    if names:
        lines.append(say("survey.one_of", language, values=names))
    elif column.references is not None:
        said = "survey.refers" if column.references in SHEETS else "survey.refers_outside"
        lines.append(say(said, language, table=schema().tables[column.references].titles[language]))
    if column.type in ("list", "ids", "choices"):
        lines.append(say("survey.several", language))
    if column.required:
        lines.append(say("survey.required", language))
    return "\n".join(line for line in lines if line)


def _labels(column: Column, language: str) -> list[str]:
    return [labels[language] for labels in schema().vocabularies[str(column.values)].labels.values()]


def _example(column: Column, at: int, outside: Mapping[str, Sequence[str]], language: str) -> str:
    if at == 0:
        return say("survey.example", language)
    text = example_of(column, language)
    names = outside.get(column.references or "", ())
    return max(names, key=partial(_likeness, text)) if text and names else text


def _likeness(text: str, name: str) -> float:
    return difflib.SequenceMatcher(None, text, name).ratio()


def _validate(sheet: Any, at: int, column: Column, outside: Mapping[str, Sequence[str]], language: str) -> None:
    first, last = EXAMPLE_ROW + 1, EXAMPLE_ROW + ROWS
    # what is chosen from a list is only recommended: a survey that refuses an answer gets none
    shape: dict[str, Any] = {"error_type": "information", "ignore_blank": True}
    name = column.values if column.type == "choice" else "yes_no" if column.type == "boolean" else None
    if column.type == "id" and column.references is not None and column.references in outside:
        name = _outside_list(column.references)
    if name is not None:
        sheet.data_validation(first, at, last, at, {**shape, "validate": "list", "source": f"=list_{name}"})
    elif column.type in ("integer", "number") and (column.minimum is not None or column.maximum is not None):
        low = column.minimum if column.minimum is not None else -1e15
        high = column.maximum if column.maximum is not None else 1e15
        limits = {"criteria": "between", "minimum": low, "maximum": high}
        message = say("survey.between", language, low=low, high=high)
        sheet.data_validation(first, at, last, at, {**shape, **limits, "validate": "decimal", "error_message": message})
