"""The list that goes back to a department: its own faults, cell by cell, in words it can act on (退回整改清单).

One workbook for each file that came in, named after it: what is to be mended, and what is missing record by record.
What is written into it never runs as a formula.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import say
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.completeness import Completeness, Gap, gaps
from cloudplan.intake.survey.lines import Line, departments_by_file, lines_of
from cloudplan.intake.survey.missing import missing_lines

A4 = 9
WIDTHS = (6, 14, 9, 24, 56, 44, 8)
LINE = 16.5
"""Points that a line of text is high."""
MISSING_WIDTHS = (6, 16, 30, 16, 80, 8)


def write_returns(survey: Survey, folder: Path, judged: Sequence[Completeness], language: str = "zh-CN") -> list[Path]:
    """Write one workbook a file that has something to mend or to fill in.

    Parameters
    ----------
    survey
        What was read, with its findings.
    folder
        Where to write.
    judged
        The departments' completeness; those that a file speaks of stand at its head.
    language
        Language of the lists.

    Returns
    -------
    list of Path
        The workbooks; files without errors, warnings and anything missing get none.
    """
    by_file: dict[str, list[Finding]] = {}
    for finding in survey.findings:
        if finding.place is not None:
            by_file.setdefault(finding.place.file, []).append(finding)
    missing: dict[str, list[Gap]] = {}
    for gap in gaps(survey):
        missing.setdefault(gap.place.file, []).append(gap)
    stars = {one.department: one for one in judged}
    of_file = departments_by_file(survey)
    taken: set[str] = set()
    written = []
    exports = {export.file for export in survey.exports}  # no department's answer
    for file in dict.fromkeys(file for file in (*by_file, *missing) if file not in exports):
        findings, lacking = by_file.get(file, ()), missing.get(file, ())
        if not lacking and not any(finding.severity is not Severity.INFO for finding in findings):
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_name(file, taken)}.xlsx"
        about = [stars[department] for department in of_file.get(file, ()) if department in stars]
        _write(path, Path(file).name, lines_of(survey, file, findings, language), lacking, about, language)
        written.append(path)
    return written


def _name(file: str, taken: set[str]) -> str:
    """Make a name of the file's own, which leads nowhere else and is not taken."""
    base = re.sub(r"[^\w.-]+", "_", Path(file).stem).strip("._") or "file"
    name, n = base, 1
    while name.casefold() in taken:
        n += 1
        name = f"{base}-{n}"
    taken.add(name.casefold())
    return name


def _write(
    path: Path, file: str, lines: Sequence[Line], lacking: Sequence[Gap], about: Sequence[Completeness], language: str
) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": say("survey.returns.title", language), "created": dt.datetime(2026, 1, 1)})
        formats = {
            "bold": book.add_format({"bold": True, "font_size": 14}),
            "head": book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
        }
        count = sum(line.severity is not Severity.INFO for line in lines)
        titles = [say("survey.returns.about", language, file=file, count=count)]
        titles += [_stars(one, language) for one in about]
        if lacking:
            titles.append(say("survey.returns.see_missing", language, sheet=say("survey.returns.missing", language)))
        rows = (
            (line.sheet, line.cell, line.original, line.problem, line.cure,
             say(f"survey.returns.{line.severity.name.lower()}", language))
            for line in lines
        )  # fmt: skip
        _list(book, formats, "survey.returns.sheet", titles, "survey.returns.columns", WIDTHS, rows, language)
        if lacking:
            count = sum(len(gap.columns) for gap in lacking)
            title = say("survey.returns.about_missing", language, file=file, count=count, records=len(lacking))
            titles = [title, say("survey.returns.marks", language)]
            _list(book, formats, "survey.returns.missing", titles, "survey.returns.missing_columns", MISSING_WIDTHS,
                  missing_lines(lacking, language), language)  # fmt: skip


def _stars(one: Completeness, language: str) -> str:
    values = {"department": one.department, "stars": "★" * one.stars + "☆" * (5 - one.stars), "needed": one.needed,
              "measured": one.measured, "declared": one.declared, "missing": one.missing}  # fmt: skip
    return say("survey.returns.stars", language, **values)


def _lines_in(text: str, width: int) -> int:
    """Count the lines that a text takes in a column; a Chinese sign is two wide."""
    if len(text) * 2 <= width and "\n" not in text:
        return 1
    parts = text.split("\n")
    return sum(max(1, -(-(len(part) + sum(sign > "\u2e80" for sign in part)) // (width - 1))) for part in parts)


def _list(
    book: Any,
    formats: dict[str, Any],
    name: str,
    titles: Sequence[str],
    columns: str,
    widths: Sequence[int],
    lines: Iterable[Sequence[str]],
    language: str,
) -> None:
    """Write one sheet: titles, headings, and the lines, numbered."""
    sheet = book.add_worksheet(say(name, language))
    for row, title in enumerate(titles):
        sheet.write_string(row, 0, title, *([formats["bold"]] if row == 0 else []))
    top = row = len(titles)
    for at, (heading, width) in enumerate(zip(say(columns, language).split("|"), widths, strict=True)):
        sheet.write_string(top, at, heading, formats["head"])
        sheet.set_column(at, at, width)
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    for row, texts in enumerate(lines, top + 1):
        # stated, as not every program makes room for wrapped text by itself
        if (needed := max(map(_lines_in, texts, widths[1:]))) > 1:
            sheet.set_row(row, needed * LINE)
        sheet.write_number(row, 0, row - top, formats["wrap"])
        for at, text in enumerate(texts, 1):
            sheet.write_string(row, at, text, formats["wrap"])
    sheet.autofilter(top, 0, row, len(widths) - 1)
