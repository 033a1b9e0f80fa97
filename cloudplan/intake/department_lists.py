"""What of an import goes back to its departments (退回整改清单): faults of their machines, and the data they lack.

One workbook a department. A finding is a department's where it stands at one of its machines; what holds of a whole
file is the bureau's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import cure, say, words
from cloudplan.intake.confidence import POINTS, Confidence, points
from cloudplan.intake.machine import Machine
from cloudplan.intake.provenance import Source, cell_name
from cloudplan.intake.return_list import ALIKE, MERGED, UNDECIDED, ListSheet, file_name, rows_named, write_return_list

FOLDER = "returns"
WIDTHS = (6, 24, 18, 9, 20, 56, 44, 8)
MISSING_WIDTHS = (6, 24, 30, 24, 60, 8)


def write_department_lists(
    folder: Path,
    findings: Sequence[Finding],
    machines: Sequence[tuple[str, Machine]],
    records: Mapping[Place, str],
    stars: Sequence[Confidence],
    department_of: Mapping[str, str],
    names: Mapping[str, str],
    language: str,
) -> list[Path]:
    """Write one workbook a department whose machines have faults or lack data.

    Parameters
    ----------
    folder
        Where to write; made if need be.
    findings
        Everything that was found.
    machines
        Workload and machine.
    records
        Department by the place of every record, of machines that were left out too.
    stars
        How well the departments are known.
    department_of
        Workload → department.
    names
        Name of each department.
    language
        Language of the lists.

    Returns
    -------
    list of Path
        The workbooks.
    """
    owner = {_row(place): department for place, department in records.items()}
    own: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.place is not None and finding.severity is not Severity.INFO and finding.message != UNDECIDED:
            department = owner.get(_row(finding.place))
            if department is not None:
                own.setdefault(department, []).append(finding)
    of: dict[str, list[tuple[str, Machine]]] = {}
    for workload, machine in machines:
        if machine.running:
            of.setdefault(department_of[workload], []).append((workload, machine))
    written, taken = [], set[str]()
    about = {one.name: one for one in stars if one.kind == "department"}
    # longest first, as one may lie in another; whoever reads the list has only the files
    folders = sorted({f"{Path(place.file).parent}/" for place in records}, key=len, reverse=True)
    for department in dict.fromkeys((*own, *of)):
        name = names.get(department, department)
        found = own.get(department, ()), of.get(department, ())
        sheets = list(_sheets(department, *found, about, folders, name, language))
        if sheets:
            path = folder / f"{file_name(name, taken)}.xlsx"
            written.append(write_return_list(path, sheets, language))
    return written


def _row(place: Place) -> tuple[str, str | None, int | None]:
    return place.file, place.sheet, place.row


def _sheets(
    department: str,
    findings: Sequence[Finding],
    machines: Sequence[tuple[str, Machine]],
    about: Mapping[str, Confidence],
    folders: Sequence[str],
    name: str,
    language: str,
) -> Iterator[ListSheet]:
    lacking = [(m, gaps) for _, m in machines if (gaps := [point for point in POINTS if point not in points(m)])]
    if not findings and not lacking:
        return
    titles = [say("intake.returns.about", language, department=name, count=len(findings))]
    if department in about:
        one = about[department]
        values = {"department": name, "stars": "★" * one.stars + "☆" * (5 - one.stars), "needed": one.needed,
                  "measured": one.measured, "declared": one.declared, "missing": one.missing}  # fmt: skip
        titles.append(say("survey.returns.stars", language, **values))
    if findings:
        yield ListSheet(
            "survey.returns.sheet", titles, "intake.returns.columns", WIDTHS, _faults(findings, folders, language)
        )
    if lacking:
        count = sum(len(gaps) for _, gaps in lacking)
        title = say("intake.returns.about_missing", language, department=name, count=count, records=len(lacking))
        lines = _gaps(lacking, language)
        heads = [title] if findings else [title, *titles[1:]]
        yield ListSheet("survey.returns.missing", heads, "intake.returns.missing_columns", MISSING_WIDTHS, lines)


def _faults(findings: Iterable[Finding], folders: Sequence[str], language: str) -> Iterator[tuple[str, ...]]:
    for finding in sorted(findings, key=lambda f: (-f.severity, *map(str, _row(f.place or Place(""))))):
        place = finding.place or Place("")
        value = place.original if isinstance(place, Source) else ""
        value = value or str(finding.values.get("original", finding.values.get("value", "")) or "")
        severity = say(f"survey.returns.{finding.severity.name.lower()}", language)
        merged = finding.message.startswith(MERGED)
        what = say("survey.returns.merged", language) if merged else cure(finding, language)
        problem = words(finding, language)
        for folder in folders:
            problem = problem.replace(folder, "")
        yield Path(place.file).name, place.sheet or "", cell_name(place), value, problem, what, severity


def _gaps(lacking: Sequence[tuple[Machine, Sequence[str]]], language: str) -> Iterator[tuple[str, ...]]:
    """Give a line a machine, or one for many of a sheet that lack the same."""
    alike: dict[tuple[str, str | None, tuple[str, ...]], list[Machine]] = {}
    for machine, gaps in lacking:
        alike.setdefault((machine.place.file, machine.place.sheet, tuple(gaps)), []).append(machine)
    for (file, sheet, gaps), machines in alike.items():
        said = say("words.comma", language).join(say(f"intake.returns.point.{point}", language) for point in gaps)
        groups = [machines] if len(machines) >= ALIKE else [[machine] for machine in machines]
        for group in groups:
            many = say("survey.returns.alike", language, count=len(group))
            where = rows_named(sheet or "", [machine.place.row for machine in group], language)
            name = group[0].name if len(group) == 1 else many
            yield Path(file).name, name, where, said, str(len(gaps) * len(group))
