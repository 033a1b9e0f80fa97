"""The list that goes back to a department: its own faults, cell by cell, in words it can act on (退回整改清单).

One workbook for each file that came in, named after it; what is written into it never runs as a formula.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import cure, say, words
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.completeness import Completeness

A4 = 9
WIDTHS = (6, 14, 9, 24, 56, 44, 8)


def write_returns(survey: Survey, folder: Path, judged: Sequence[Completeness], language: str = "zh-CN") -> list[Path]:
    """Write one workbook a file that has something to mend.

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
        The workbooks; files without errors and warnings get none.
    """
    by_file: dict[str, list[Finding]] = {}
    for finding in survey.findings:
        if finding.place is not None and finding.severity is not Severity.INFO:
            by_file.setdefault(finding.place.file, []).append(finding)
    stars = {one.department: one for one in judged}
    of_file = _departments(survey)
    taken: set[str] = set()
    written = []
    for file, findings in by_file.items():
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_name(file, taken)}.xlsx"
        about = [stars[department] for department in of_file.get(file, ()) if department in stars]
        _write(path, Path(file).name, sorted(findings, key=_order), about, language)
        written.append(path)
    return written


def _departments(survey: Survey) -> Mapping[str, Sequence[str]]:
    found: dict[str, dict[str, None]] = {}
    for records in survey.tables.values():
        for record in records:
            if "department" in record:
                item = record["department"]
                found.setdefault(item.place.file, {})[item.text] = None
    return {file: tuple(departments) for file, departments in found.items()}


def _name(file: str, taken: set[str]) -> str:
    """Make a name of the file's own, which leads nowhere else and is not taken."""
    base = re.sub(r"[^\w.-]+", "_", Path(file).stem).strip("._") or "file"
    name, n = base, 1
    while name.casefold() in taken:
        n += 1
        name = f"{base}-{n}"
    taken.add(name.casefold())
    return name


def _order(finding: Finding) -> tuple[int, str, int, str]:
    place = finding.place
    assert place is not None
    column = str(place.column or "")
    return -finding.severity, place.sheet or "", place.row or 0, column.rjust(4)


def _write(path: Path, file: str, findings: Sequence[Finding], about: Sequence[Completeness], language: str) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": say("survey.returns.title", language), "created": dt.datetime(2026, 1, 1)})
        sheet = book.add_worksheet(say("survey.returns.sheet", language))
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        wrap = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        sheet.write_string(0, 0, say("survey.returns.about", language, file=file, count=len(findings)), bold)
        row = 1
        for one in about:
            values = {"department": one.department, "stars": "★" * one.stars + "☆" * (5 - one.stars),
                      "needed": one.needed, "measured": one.measured, "declared": one.declared,
                      "missing": one.missing}  # fmt: skip
            sheet.write_string(row, 0, say("survey.returns.stars", language, **values))
            row += 1
        for at, (title, width) in enumerate(
            zip(say("survey.returns.columns", language).split("|"), WIDTHS, strict=True)
        ):
            sheet.write_string(row, at, title, head)
            sheet.set_column(at, at, width)
        sheet.freeze_panes(row + 1, 0)
        sheet.repeat_rows(row)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        for number, finding in enumerate(findings, 1):
            place = finding.place
            assert place is not None
            cell = f"{place.column or ''}{place.row or ''}"
            severity = say(f"survey.returns.{finding.severity.name.lower()}", language)
            value = str(finding.values.get("original", finding.values.get("value", "")) or "")
            texts = (place.sheet or "", cell, value, words(finding, language), cure(finding, language), severity)
            sheet.write_number(row + number, 0, number, wrap)
            for at, text in enumerate(texts, 1):
                sheet.write_string(row + number, at, text, wrap)
        sheet.autofilter(row, 0, row + len(findings), len(WIDTHS) - 1)
