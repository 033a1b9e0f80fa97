"""The list that goes back to a department: its own faults, cell by cell, in words it can act on (退回整改清单).

One workbook for each file that came in, named after it: what is to be mended, and what is missing record by record.
What is written into it never runs as a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import say
from cloudplan.intake.return_list import ListSheet, file_name, write_return_list
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.completeness import Completeness, Gap, gaps
from cloudplan.intake.survey.lines import Line, lines_of
from cloudplan.intake.survey.missing import missing_lines

WIDTHS = (6, 14, 9, 24, 56, 44, 8)
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
    named = survey.department_names()
    taken: set[str] = set()
    written = []
    exports = {export.file for export in survey.exports}  # no department's answer
    for file in dict.fromkeys(file for file in (*by_file, *missing) if file not in exports):
        findings, lacking = by_file.get(file, ()), missing.get(file, ())
        if not lacking and not any(finding.severity is not Severity.INFO for finding in findings):
            continue
        path = folder / f"{file_name(Path(file).stem, taken)}.xlsx"
        about = [stars[department] for department in survey.departments_of.get(file, ()) if department in stars]
        _write(path, Path(file).name, lines_of(survey, file, findings, language), lacking, about, named, language)
        written.append(path)
    return written


def _write(
    path: Path, file: str, lines: Sequence[Line], lacking: Sequence[Gap], about: Sequence[Completeness],
    named: Mapping[str, str], language: str,
) -> None:  # fmt: skip
    count = sum(line.severity is not Severity.INFO for line in lines)
    titles = [say("survey.returns.about", language, file=file, count=count)]
    titles += [_stars(one, named, language) for one in about]
    if lacking:
        titles.append(say("survey.returns.see_missing", language, sheet=say("survey.returns.missing", language)))
    rows = (
        (line.sheet, line.cell, line.original, line.problem, line.cure,
         say(f"survey.returns.{line.severity.name.lower()}", language))
        for line in lines
    )  # fmt: skip
    sheets = [ListSheet("survey.returns.sheet", titles, "survey.returns.columns", WIDTHS, rows)]
    if lacking:
        count = sum(len(gap.columns) for gap in lacking)
        title = say("survey.returns.about_missing", language, file=file, count=count, records=len(lacking))
        titles = [title, say("survey.returns.marks", language)]
        wanted = missing_lines(lacking, language)
        sheets.append(
            ListSheet("survey.returns.missing", titles, "survey.returns.missing_columns", MISSING_WIDTHS, wanted)
        )
    write_return_list(path, sheets, language)


def _stars(one: Completeness, named: Mapping[str, str], language: str) -> str:
    stars = "★" * one.stars + "☆" * (5 - one.stars)
    values = {"department": named.get(one.department, one.department), "stars": stars, "needed": one.needed,
              "measured": one.measured, "declared": one.declared, "missing": one.missing}  # fmt: skip
    return say("survey.returns.stars", language, **values)
