"""What each file is: its format, known by its headings or by the mapping's, and how many rows it holds.

A file that is none of them, or that can't be opened, is a finding; beside it stands once what is known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake import formats, plain
from cloudplan.intake.columns import Table
from cloudplan.intake.dump import Dump, is_dump, read_dump
from cloudplan.intake.grid import Grid, read_grids, valueless
from cloudplan.intake.mapping_columns import PlainTable
from cloudplan.intake.parquet import Frame, is_parquet, read_parquet
from cloudplan.intake.raw import blank
from cloudplan.intake.read import Read
from cloudplan.intake.result import Recognised
from cloudplan.inventory.spreadsheet import UnreadableError, open_workbook

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
"""Endings of files that say they are workbooks."""
SHOWN = 12
"""Headings that are shown of a file that nobody knows."""


@dataclass(frozen=True)
class Recognition:
    """What the files are.

    Parameters
    ----------
    files
        What each file that is known was taken for.
    grids
        The grids of the files of each reader, in the files' order: one may name what another measured.
    findings
        What is wrong with the others.
    """

    files: tuple[Recognised, ...]
    grids: Mapping[ModuleType, Sequence[Grid]]
    findings: tuple[Finding, ...]


def recognise(files: Sequence[Path], columns: Sequence[PlainTable] = ()) -> Recognition:
    """Say what each file is.

    Parameters
    ----------
    files
        The files, in any order.
    columns
        What stands under the headings of plain tables.
    """
    taken, findings = list[Recognised](), list[Finding]()
    by_reader: dict[ModuleType, list[Grid]] = {}
    for path in files:
        grids, said = _grids(Path(path))
        if grids:
            reader = _reader(grids, path, columns)
            if reader is None:
                findings += [*said, _unknown(grids)]
                continue
            by_reader.setdefault(reader, []).extend(grids)
            tables: list[Table] = plain.tables(grids, columns) if reader is plain else reader.tables(grids)
            taken.append(_taken(reader, grids, tables))
            findings += [finding for table in tables for finding in valueless(table.grid, table.header)]
            # what is wrong with one sheet of a file that is read all the same ends nothing
            said = [replace(finding, severity=Severity.WARNING) for finding in said]
        elif not said:
            said = [Finding("intake.unknown_empty", values={"file": str(path)}, place=Place(str(path)))]
        findings += said
    if len(taken) < len(files):
        findings.append(_known())
    for table in columns:
        if not any(table.is_of(grid.file) for grid in by_reader.get(plain, ())):
            values = {"pattern": table.file, "files": [Path(path).name for path in files]}
            findings.append(Finding("intake.columns_unused", Severity.WARNING, values=values, place=table.place))
    return Recognition(tuple(taken), by_reader, tuple(findings))


def read_foreign(
    files: Sequence[Path], columns: Sequence[PlainTable] = ()
) -> tuple[list[Read], list[Recognised], list[Finding]]:
    """Recognise files and read them; those of one format together.

    Returns
    -------
    tuple
        What each format's files say together, what the files were taken for, and everything that was found.
    """
    known = recognise(files, columns)
    reads = [plain.read(own, columns) if reader is plain else reader.read(own) for reader, own in known.grids.items()]
    findings = [*known.findings, *(finding for read in reads for finding in read.findings)]
    return reads, list(known.files), findings


def taken_for(files: Sequence[Recognised]) -> Finding:
    """Say of all files at once what they were taken for, for a run that ends before its result can."""
    listed = {each: "\n".join(f"    {file.words(each)}" for file in files) for each in LANGUAGES}
    values = {"list": listed, "files": [[f.file, f.kind, f.sheet, f.rows] for f in files]}
    return Finding("intake.taken", Severity.INFO, values=values)


def _grids(path: Path) -> tuple[list[Grid], list[Finding]]:
    if is_dump(path):
        return read_dump(path)
    if is_parquet(path):
        return read_parquet(path)
    return read_grids(path)


def _reader(grids: Sequence[Grid], path: Path, columns: Sequence[PlainTable]) -> ModuleType | None:
    """Find the reader of a file: a format's, unless that finds nothing to read where the mapping names the headings."""
    reader = formats.recognise(grids)
    named = plain.is_named(path, columns) and not isinstance(grids[0], (Frame, Dump))
    return plain if named and (reader is None or not reader.tables(grids)) else reader


def _taken(reader: ModuleType, grids: Sequence[Grid], tables: Sequence[Table]) -> Recognised:
    sheets = dict.fromkeys(table.grid.sheet for table in tables if not isinstance(table.grid, Dump))
    rows = sum(sum(1 for _ in table.rows()) for table in tables)
    sheet = ", ".join(name for name in sheets if name)
    return Recognised(grids[0].file, formats.kind_of(reader, grids), sheet, rows)


def _known() -> Finding:
    kinds = {each: [say(f"intake.kind.{kind}", each) for kind in formats.KINDS] for each in LANGUAGES}
    listed = {each: say("words.comma", each).join(named) for each, named in kinds.items()}
    return Finding("intake.known", Severity.INFO, values={"kinds": listed})


def _unknown(grids: Sequence[Grid]) -> Finding:
    """Say of a file that neither a format nor the mapping knows it, and what it holds."""
    file = grids[0].file
    values: dict[str, Any]
    if isinstance(grids[0], Frame):
        values = {"file": file, "columns": [str(name) for name in grids[0].frame.columns]}
        return Finding("intake.unknown_columns", values=values, place=Place(file))
    if grids[0].sheet is not None:
        values = {"file": file, "sheets": [grid.sheet for grid in grids]}
        return Finding("intake.unknown_file", values=values, place=Place(file))
    if Path(file).suffix.lower() in WORKBOOKS:
        try:
            open_workbook(Path(file))
        except UnreadableError as fault:
            values = {"file": file, "reason": str(fault)}
            return Finding("intake.not_a_workbook", values=values, place=Place(file))
    first = next((row for row in grids[0].rows if not all(blank(cell) for cell in row)), [])
    values = {"file": file, "headings": [str(cell)[:40] for cell in first if not blank(cell)][:SHOWN]}
    return Finding("intake.unknown_table", values=values, place=Place(file))
