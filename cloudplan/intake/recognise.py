"""The whole way in: what a file is, what it says of machines, and the inventory that comes of it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, Severity, errors_in
from cloudplan.i18n import DEFAULT
from cloudplan.intake import azure_migrate, formats, plain
from cloudplan.intake.azure_migrate import ASSESSMENT, DISCOVERY, REPORTS, Report
from cloudplan.intake.built import Built
from cloudplan.intake.confidence import confidence
from cloudplan.intake.decisions import FILE as DECISIONS
from cloudplan.intake.decisions import Decisions, read_decisions
from cloudplan.intake.dump import is_dump, read_dump
from cloudplan.intake.grid import Grid, read_grids, valueless
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import MachineMapping
from cloudplan.intake.mapping_columns import PlainTable, read_columns
from cloudplan.intake.mapping_file import read_mapping, read_target_design
from cloudplan.intake.merge import merge
from cloudplan.intake.parquet import Frame, is_parquet, read_parquet
from cloudplan.intake.read import Read, together
from cloudplan.intake.result import LISTS, IntakeResult, Reclaim, Recognised, occupied
from cloudplan.intake.shapes import Shape, read_shapes
from cloudplan.intake.sizes import sized
from cloudplan.intake.tables import build, design_rooms, frames
from cloudplan.intake.usage import measure
from cloudplan.intake.workbook import Sheet, Workbook, open_workbook, read_sheet
from cloudplan.inventory import Inventory
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import schema
from cloudplan.inventory.write import write_inventory

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
"""Endings of files that say they are workbooks."""
Progress = Callable[[str, Mapping[str, Any]], None]
"""Tells that a step begins: the id of its message and the message's values."""


def recognise(workbook: Workbook) -> tuple[Report | None, list[Finding]]:
    """Say what a workbook is, by its sheets.

    Returns
    -------
    tuple
        The report it is, or ``None`` with the fault: nothing known (and what is), or a known one that lacks its sheet.
    """
    place = Place(workbook.file)
    for report in REPORTS:
        if report.sheet in workbook.sheets:
            return report, []
    for report in REPORTS:
        # its other sheets have likely names but hold part of the machines
        others = [sheet for sheet in workbook.sheets if sheet not in report.marks]
        near = difflib.get_close_matches(report.sheet, others, n=1, cutoff=0.9)
        if near or any(mark in workbook.sheets for mark in report.marks):
            values = {"kind": report.kind, "sheet": report.sheet, "sheets": workbook.sheets}
            if near:
                return None, [Finding("intake.sheet_missing_maybe", values=values | {"maybe": near[0]}, place=place)]
            return None, [Finding("intake.sheet_missing", values=values, place=place)]
    known = [f"{report.kind} ({report.sheet})" for report in REPORTS]
    values = {"file": workbook.file, "sheets": workbook.sheets, "known": known}
    return None, [Finding("intake.unknown_file", values=values, place=place)]


def intake(
    files: Sequence[Path],
    mapping: Path,
    out: Path,
    shapes: Path | None = None,
    progress: Progress | None = None,
    language: str = DEFAULT,
    accept: Path | None = None,
) -> IntakeResult:
    """Turn foreign files into the tables of an inventory.

    Parameters
    ----------
    files
        Exports of the known formats (:mod:`cloudplan.intake.formats`), plain tables whose headings the mapping names,
        or an Azure Migrate discovery workbook and, for the loads, an assessment workbook; and time series of those
        machines; in any order.
    mapping
        The mapping file (YAML): departments, rooms, zones, levels, systems and tiers by rules on the machines, and what
        stands under the headings of plain tables.
    out
        Folder for the tables; new, empty or made by an earlier intake. The lists (findings, reclaim, assumptions,
        confidence) go into its subfolder ``intake``.
    shapes
        Folder of traces whose shape of the week is borrowed; without it loads are flat.
    progress
        Called as each step begins.
    language
        Language of the lists and of the texts in the tables.
    accept
        File of decisions on which records are one machine (:mod:`cloudplan.intake.decisions`).

    Returns
    -------
    IntakeResult
        What was made and everything that was found.

    Raises
    ------
    BadInput
        If a file, the mapping, the target design or the traces can't be used: every fault of all of them.
    """
    tell = progress if progress is not None else _silent
    faults: list[Finding] = occupied(out)
    tell("intake.step.files", {"count": len(files)})
    reads, rest, recognised, said_of_foreign = read_foreign(files, read_columns(mapping))
    faults += errors_in(said_of_foreign)
    sheets: dict[str, Sheet] = {}
    books: dict[str, Workbook] = {}
    if rest or not (recognised or errors_in(said_of_foreign)):
        sheets, books, more, said = _open(rest)
        recognised += more
        faults += said
    tell("intake.step.mapping", {"file": str(mapping)})
    read, design, said = _mapping(mapping)
    faults += said
    borrowed: tuple[Shape, ...] = ()
    if shapes is not None:
        tell("intake.step.shapes", {"folder": str(shapes)})
        borrowed, said = read_shapes(shapes)
        faults += said
    decided = Decisions()
    if accept is not None:
        try:
            decided = read_decisions(accept)
        except BadInput as error:
            faults += error.findings
    if errors_in(faults) or read is None or design is None or not (recognised or DISCOVERY.kind in sheets):
        raise BadInput(faults)
    findings = list(faults)
    days = None
    if ASSESSMENT.kind in books:
        days, said = azure_migrate.assessed_days(books[ASSESSMENT.kind])
        findings += said
    tell("intake.step.machines", {})
    machines, said = [m for each in reads for m in each.machines], [f for f in said_of_foreign if f not in faults]
    discovery = sheets.get(DISCOVERY.kind)
    if discovery is not None:
        found, more_said = azure_migrate.read_machines(discovery, sheets.get(ASSESSMENT.kind), days)
        machines, said = [*machines, *found], [*said, *more_said]
    findings += said
    merged = merge(machines, [str(path) for path in files], decided)
    # a machine whose size one file lacks may have it from another
    machines, said = sized(merged.machines)
    findings += [*merged.findings, *said]
    if not machines:
        series = [one for read in reads for one in read.series]
        alone = all(file.kind in formats.SERIES_KINDS for file in recognised)
        none = Finding(
            "intake.series.alone" if alone else "intake.no_machines",
            values={"count": len(series)},
            place=Place(recognised[0].file, recognised[0].sheet or None),
        )
        raise BadInput([*findings, none])
    measured = measure(machines, [one for read in reads for one in read.series])
    machines = list(measured.machines)
    findings += measured.findings
    findings += _general(borrowed, [m for m in machines if m.place not in measured.weeks])
    built = build(machines, read, design, borrowed, language, together(reads), measured.weeks)
    findings += built.findings
    tell("intake.step.write", {"out": str(out)})
    for stale in _tables_in(out):
        stale.unlink()
    write_inventory(frames(built.tables), out)
    result = _result(out, recognised, machines, built, findings)
    result = replace(result, counts={**result.counts, "series": len(measured.weeks), "samples": measured.samples})
    result.write_lists(language)
    merged.decisions.write(out / LISTS / DECISIONS, language)
    return result


def _silent(message: str, values: Mapping[str, Any]) -> None:
    pass


def _tables_in(out: Path) -> list[Path]:
    names = (out / f"{name}{suffix}" for name in schema().tables for suffix in (".csv", ".xlsx"))
    return [path for path in names if path.is_file()]


def _open(
    files: Sequence[Path],
) -> tuple[dict[str, Sheet], dict[str, Workbook], list[Recognised], list[Finding]]:
    """Open and recognise every file, and read the sheet that matters of each."""
    sheets: dict[str, Sheet] = {}
    books: dict[str, Workbook] = {}
    recognised: list[Recognised] = []
    faults: list[Finding] = []
    for path in files:
        book = open_workbook(Path(path))
        if isinstance(book, Finding):
            faults.append(book)
            continue
        report, said = recognise(book)
        faults += said
        if report is None:
            continue
        if report.kind in books:
            values = {"kind": report.kind, "other": books[report.kind].file}
            faults.append(Finding("intake.two_of_a_kind", values=values, place=Place(book.file)))
            continue
        books[report.kind] = book
        sheet, said = read_sheet(book, report.sheet, report.required, report.known)
        faults += said
        if sheet is not None:
            sheets[report.kind] = sheet
            recognised.append(Recognised(book.file, report.kind, sheet.name, len(sheet.body)))
    if DISCOVERY.kind not in books:
        faults.append(Finding("intake.no_discovery", values={"sheet": DISCOVERY.sheet}))
    if ASSESSMENT.kind not in books:
        faults.append(Finding("intake.no_assessment", Severity.WARNING, values={"sheet": ASSESSMENT.sheet}))
    return sheets, books, recognised, faults


def read_foreign(
    files: Sequence[Path], columns: Sequence[PlainTable] = ()
) -> tuple[list[Read], list[Path], list[Recognised], list[Finding]]:
    """Read the files that a reader of :mod:`cloudplan.intake.formats` knows, or the mapping; give the others back.

    Files of one format are read together, for one may name what another measured.

    Returns
    -------
    tuple
        What each format's files say together, the files that no reader knows, what the others were taken for, and
        everything that was found.
    """
    rest, recognised, findings = list[Path](), list[Recognised](), list[Finding]()
    by_reader: dict[ModuleType, list[Grid]] = {}
    for path in files:
        grids, said, whole = _grids(Path(path))
        if whole and not grids:
            findings += said
            continue
        reader = formats.recognise(grids)
        if reader is None and grids and not _is_report(grids):
            if plain.is_named(path, columns) and not isinstance(grids[0], Frame):
                reader = plain
            elif (
                grids[0].sheet is None
                and not isinstance(grids[0], Frame)
                and Path(path).suffix.lower() not in WORKBOOKS
            ):
                findings.append(_unknown(grids[0]))
                continue
        if reader is None:
            if grids and isinstance(grids[0], Frame):
                values = {"file": str(path), "columns": [str(name) for name in grids[0].frame.columns]}
                findings.append(Finding("intake.unknown_columns", values=values, place=Place(str(path))))
            else:
                rest.append(path)
                findings += [f for grid in grids if _is_report([grid]) for f in valueless(grid)]
            continue
        findings += [finding for grid in grids for finding in valueless(grid)]
        by_reader.setdefault(reader, []).extend(grids)
        filled = (sum(any(cell is not None for cell in row) for row in grid.rows[1:]) for grid in grids)
        recognised.append(Recognised(str(path), reader.KIND, grids[0].sheet or "", sum(filled)))
    reads: list[Read] = []
    for reader, own in by_reader.items():
        reads.append(plain.read(own, columns) if reader is plain else reader.read(own))
        findings += reads[-1].findings
    for table in columns:
        if not any(table.is_of(grid.file) for grid in by_reader.get(plain, ())):
            values = {"pattern": table.file, "files": [Path(path).name for path in files]}
            findings.append(Finding("intake.columns_unused", Severity.WARNING, values=values, place=table.place))
    return reads, rest, recognised, findings


def _is_report(grids: Sequence[Grid]) -> bool:
    return any(grid.sheet in (report.sheet, *report.marks) for grid in grids for report in REPORTS)


def _unknown(grid: Grid) -> Finding:
    """Say of a text file that neither a format nor the mapping knows it, and what its first line holds."""
    first = next((row for row in grid.rows if any(cell is not None for cell in row)), [])
    values = {"file": grid.file, "headings": [str(cell)[:40] for cell in first if cell is not None][:12]}
    return Finding("intake.unknown_table", values=values, place=Place(grid.file))


def _grids(path: Path) -> tuple[list[Grid], list[Finding], bool]:
    """Read a file as grids; and say whether it can be none but a foreign format's, so that its faults are final."""
    if is_dump(path):
        return *read_dump(path), True
    if is_parquet(path):
        return *read_parquet(path), True
    return *read_grids(path), False


def _mapping(path: Path) -> tuple[MachineMapping | None, Inventory | None, list[Finding]]:
    """Read the mapping and the design it names; the faults of both."""
    faults: list[Finding] = []
    design: Inventory | None = None
    mapping: MachineMapping | None = None
    folder = read_target_design(path)
    if folder is not None:
        try:
            design = read_inventory(folder)
        except BadInput as error:
            faults.append(Finding("intake.design_bad", values={"folder": str(folder)}, place=Place(str(path))))
            faults += errors_in(error.findings)
    zones = None if design is None else [str(zone) for zone in design["zones"].index]
    rooms = () if design is None else design_rooms(design)
    try:
        mapping = read_mapping(path, zones, rooms)
    except BadInput as error:
        faults += error.findings
    return mapping, design, faults


def _general(shapes: Sequence[Shape], machines: Sequence[Machine]) -> list[Finding]:
    """Say what holds of the import as a whole: where the hours of what no series measured come from."""
    findings: list[Finding] = []
    if not machines:
        return findings
    if not shapes:
        findings.append(Finding("intake.flat", Severity.INFO))
        return findings
    measured = sum(machine.cpu_p95_pct is not None for machine in machines)
    values = {"machines": measured, "shapes": len(shapes), "source": shapes[0].name.partition(":")[0]}
    findings.append(Finding("intake.shaped", Severity.INFO, values=values))
    if shapes[0].span == "day":
        findings.append(Finding("intake.shaped_by_day", Severity.WARNING))
    return findings


def _result(
    out: Path, recognised: Sequence[Recognised], machines: Sequence[Machine], built: Built, findings: list[Finding]
) -> IntakeResult:
    # a machine that is a host of others is no workload
    named = [(built.workload_of[m.place], m) for m in machines if m.place in built.workload_of]
    machines = [machine for _, machine in named]
    reclaim = tuple(
        Reclaim(workload, m.name, built.department_of[workload], *m.size(), m.storage_gib, str(m.place))
        for workload, m in named
        if not m.running
    )
    counts = (
        azure_migrate.counts(machines)
        | built.counts
        | {
            "left_out": sum(finding.message == "intake.size_missing" for finding in findings),
            "departments": len(built.tables["departments"]),
            "rooms": sum(room["kind"] == "department" for room in built.tables["rooms"]),
            "systems": len(built.tables["systems"]),
            "assumptions": len(built.assumptions),
        }
    )
    stars = confidence(named, built.department_of)
    return IntakeResult(out, tuple(recognised), counts, tuple(findings), reclaim, stars, tuple(built.assumptions))
