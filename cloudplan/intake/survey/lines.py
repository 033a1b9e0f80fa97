"""What of the findings goes back to the department that sent a file: :func:`lines_of`, in words about its own file.

One cell stands in one line, what follows from another line in none, and no other department's file is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import cure, say, words
from cloudplan.intake.return_list import MERGED, UNDECIDED
from cloudplan.intake.survey.answers import Survey
from cloudplan.inventory.schema import schema

LEFT_ROW = "survey.read.row_left"
"""The one remark that goes back too: a record may have been taken for a total by mistake."""
UNVALUED = ("inventory.formula_uncomputed", "inventory.error_value")
BLANK = "inventory.blank"
WEAKER = ("survey.read.doubt", "survey.read.near_heading")
"""What is of no interest where the same cell is wrong."""
ROWS = 8
"""Rows that a line about many of them names."""
_ADDRESS = re.compile(r"(?:!(?P<sheet>.*?))?(?::(?P<row>\d+))?(?::(?P<column>[A-Z]+))?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: where, what was written, what is wrong with it, what to do, how grave it is."""

    sheet: str
    cell: str
    original: str
    problem: str
    cure: str
    severity: Severity


def lines_of(survey: Survey, file: str, findings: Iterable[Finding], language: str) -> list[Line]:
    """Word what is to be mended in a file, the gravest first.

    Parameters
    ----------
    survey
        What was read.
    file
        The file.
    findings
        Those at places of this file.
    language
        Language of the list.
    """
    kept = [f for f in findings if f.severity is not Severity.INFO or f.message == LEFT_ROW]
    kept = [f for f in kept if f.message != UNDECIDED]
    kept = _without_consequences(survey, kept)
    local = _Local(survey, file, language, {(f.place.sheet, f.place.row) for f in kept if f.place is not None})
    missing = [f for f in kept if f.message == BLANK and f.place is not None and f.place.column is None]
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(f for f in kept if f not in missing):
        place = finding.place
        is_cell = place is not None and place.row is not None and place.column is not None
        groups.setdefault((place.sheet, place.row, place.column) if place and is_cell else number, []).append(finding)
    found = [(_order(group[0].place, group), _line(group, local)) for group in map(_merged, groups.values())]
    found += [(_order(group[0].place, group), _heading_missing(group, local)) for group in _by_heading(missing)]
    return [line for _, line in sorted(found, key=lambda pair: pair[0])]


def _without_consequences(survey: Survey, findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what another line says already.

    A blank cell that holds a formula is told as such, the graver where it must be filled in; a workload derived from a
    server lacks what the server lacks.
    """
    derived = {
        r["workload"].text for r in survey.tables["workloads"] if "workload" in r and r["workload"].rule == "derived"
    }
    workloads = schema().tables["workloads"].titles
    must: set[tuple[str | None, object]] = set()
    kept: list[Finding] = []
    for finding in findings:
        place = finding.place
        if finding.message == BLANK and place is not None:
            sheet = (place.file, place.sheet or "")
            if (place.row, place.column) in survey.unvalued.get(sheet, ()):
                must.add((place.sheet, place.column))
                continue
            if finding.subject in derived and finding.values.get("table") == workloads:
                continue
        kept.append(finding)
    return [
        replace(f, severity=Severity.ERROR)
        if f.message in UNVALUED and f.place is not None and (f.place.sheet, f.place.column) in must
        else f
        for f in kept
    ]


def _merged(group: Sequence[Finding]) -> list[Finding]:
    """Order one cell's findings, the gravest first; beside an error no doubt about the same cell is kept."""
    ordered = sorted(group, key=lambda finding: -finding.severity)
    if ordered[0].severity is Severity.ERROR:
        return [finding for finding in ordered if finding.message not in WEAKER]
    return ordered


def _by_heading(missing: Iterable[Finding]) -> list[list[Finding]]:
    """Bring together what is missing as its sheet has no such heading."""
    groups: dict[tuple[str | None, str], list[Finding]] = {}
    for finding in missing:
        assert finding.place is not None
        groups.setdefault((finding.place.sheet, str(finding.values["column"])), []).append(finding)
    return list(groups.values())


def _order(place: Place | None, group: Sequence[Finding]) -> tuple[int, str, int, str]:
    assert place is not None
    return -group[0].severity, place.sheet or "", place.row or 0, str(place.column or "").rjust(4)


def _line(group: Sequence[Finding], local: _Local) -> Line:
    """Word one cell's findings; two of one cause say the same, which is written once."""
    told = [local.told(finding) for finding in group]
    first, place = told[0], group[0].place
    assert place is not None
    value = local.original(place)
    if value is None:
        value = str(first.values.get("original", first.values.get("value", "")) or "")
    if first.message in UNVALUED or (first.message.startswith(MERGED) and place.column is None):
        value = ""
    return Line(
        place.sheet or "",
        f"{place.column or ''}{place.row or ''}",
        value,
        "\n".join(dict.fromkeys(words(finding, local.language) for finding in told)),
        "\n".join(dict.fromkeys(text for finding in told if (text := _cure(finding, local.language)))),
        first.severity,
    )


def _cure(finding: Finding, language: str) -> str:
    """Say what a department does; which record and value counts among several files is settled by the bureau."""
    return say("survey.returns.merged", language) if finding.message.startswith(MERGED) else cure(finding, language)


def _heading_missing(group: Sequence[Finding], local: _Local) -> Line:
    first = group[0]
    assert first.place is not None
    rows = [str(finding.place.row) for finding in group if finding.place is not None and finding.place.row]
    named = rows[:ROWS] + ["…"] * (len(rows) > ROWS)
    values = {"heading": first.values["column"], "about": first.values["about"], "count": len(group), "rows": named}
    return Line(
        first.place.sheet or "",
        "",
        "",
        say("survey.returns.no_heading", local.language, **values),
        say("survey.returns.no_heading.cure", local.language, **values),
        first.severity,
    )


class _Local:
    """Findings in words for those who know only their own file."""

    def __init__(
        self, survey: Survey, file: str, language: str, rows: Collection[tuple[str | None, int | None]]
    ) -> None:
        self.file, self.language = file, language
        self._originals = {
            (item.row.sheet, item.row.row, item.letter): item.original
            for records in survey.tables.values()
            for record in records
            for item in record.values()
            if item.letter is not None and item.row.file == file and (item.row.sheet, item.row.row) in rows
        }
        exports = {export.file for export in survey.exports}
        self._files = {sheet[0] for sheet in survey.sheets} | exports | {file}
        departments = survey.departments_of
        own = set(departments.get(file, ()))
        self._shared = exports | {each for each in self._files if own and set(departments.get(each, "?")) <= own}

    def original(self, place: Place) -> str | None:
        """Give what stands in a cell, where it became a value."""
        return self._originals.get((place.sheet, place.row, place.column))  # type: ignore[arg-type]

    def told(self, finding: Finding) -> Finding:
        """Put places among a finding's values into words."""
        values = {name: self._value(value) for name, value in finding.values.items()}
        return replace(finding, values=values)

    def _value(self, value: Any) -> Any:
        if isinstance(value, Place):
            value = str(value)
        if not isinstance(value, str):
            return value
        for file in (f for f in self._files if value.startswith(f)):
            match = _ADDRESS.fullmatch(value[len(file) :])
            if match is not None:
                return self._place(file, match)
        return value

    def _place(self, file: str, match: re.Match[str]) -> str:
        cell = f"{match['column'] or ''}{match['row'] or ''}"
        text = "!".join(part for part in (match["sheet"], cell) if part)
        if file == self.file:
            return text or Path(file).name
        if file in self._shared:
            return " ".join(part for part in (Path(file).name, text) if part)
        return say("survey.returns.elsewhere", self.language)
