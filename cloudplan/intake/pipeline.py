"""The whole way in: what a file is, what it says of machines, and the inventory that comes of it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place, Severity, errors_in
from cloudplan.i18n import DEFAULT
from cloudplan.intake import formats
from cloudplan.intake.built import Built
from cloudplan.intake.confidence import confidence
from cloudplan.intake.decisions import FILE as DECISIONS
from cloudplan.intake.decisions import Decisions, read_decisions
from cloudplan.intake.department_lists import FOLDER as RETURNS
from cloudplan.intake.department_lists import write_department_lists
from cloudplan.intake.design import design_rooms
from cloudplan.intake.judge import judged
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import MachineMapping
from cloudplan.intake.mapping_columns import read_columns
from cloudplan.intake.mapping_file import read_mapping, read_target_design
from cloudplan.intake.merge import Merged, merge
from cloudplan.intake.places import department_names
from cloudplan.intake.provenance import FILE as PROVENANCE
from cloudplan.intake.provenance import write_provenance
from cloudplan.intake.read import Read, together
from cloudplan.intake.recognise import read_foreign, taken_for
from cloudplan.intake.result import LISTS, IntakeResult, Reclaim, Recognised, counted, occupied
from cloudplan.intake.shapes import Shape, read_shapes
from cloudplan.intake.sizes import sized
from cloudplan.intake.tables import build, frames
from cloudplan.intake.usage import measure
from cloudplan.inventory import Inventory
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import REQUIRED_TABLES, schema
from cloudplan.inventory.write import write_empty, write_inventory

NO_MACHINE = ("name_blank", "aws.no_identity", "no_machine_row", "no_machine_row_maybe")
"""Findings of readers, each of which leaves one machine out."""
OF_FILES = ("workloads", "servers", "racks", "devices")
"""Tables whose rows are what files name; without any there is nothing to write."""
Progress = Callable[[str, Mapping[str, Any]], None]
"""Tells that a step begins: the id of its message and the message's values."""


def intake(
    files: Sequence[Path],
    mapping: Path,
    out: Path,
    shapes: Path | None = None,
    progress: Progress | None = None,
    language: str = DEFAULT,
    accept: Path | None = None,
    today: dt.date | None = None,
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
        confidence, where each cell came from) go into its subfolder ``intake``.
    shapes
        Folder of traces whose shape of the week is borrowed; without it loads are flat.
    progress
        Called as each step begins.
    language
        Language of the lists and of the texts in the tables.
    accept
        File of decisions on which records are one machine (:mod:`cloudplan.intake.decisions`).
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.

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
    reads, recognised, said_of_files = read_foreign(files, read_columns(mapping))
    faults += errors_in(said_of_files)
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
    if errors_in(faults) or read is None or design is None:
        raise BadInput([*faults, *_beside(said_of_files, recognised)])
    tell("intake.step.machines", {})
    findings = [*faults, *(finding for finding in said_of_files if finding not in faults)]
    found = [machine for each in reads for machine in each.machines]
    merged = merge(found, [str(path) for path in files], decided, department_names(read))
    # a machine whose size one file lacks may have it from another
    machines, said = sized(merged.machines)
    findings += [*merged.findings, *said]
    left_out = len(merged.machines) - len(machines) + _unnamed(reads)
    things = together(reads)
    if not (machines or things.hardware or things.racks):
        raise BadInput([*findings, _none(reads, recognised), *_beside([], recognised)])
    measured = measure(machines, [one for read in reads for one in read.series])
    machines = list(measured.machines)
    findings += measured.findings
    findings += _general(borrowed, [m for m in machines if m.place not in measured.weeks])
    built = build(machines, read, design, borrowed, language, things, measured.weeks)
    findings += built.findings
    if not any(built.tables[table] for table in OF_FILES):
        raise BadInput([*findings, _none(reads, recognised), *_beside([], recognised)])
    if not machines:
        findings.append(replace(_none(reads, recognised), severity=Severity.WARNING))
    tell("intake.step.write", {"out": str(out)})
    for stale in _tables_in(out):
        stale.unlink()
    write_inventory(frames(built.tables), out)
    # an inventory has these tables, though nothing is known to stand in them
    write_empty(out, [name for name in REQUIRED_TABLES if not built.tables.get(name)])
    findings += judged(built, out, today)
    result = _result(out, recognised, machines, built, findings)
    counts = {"left_out": left_out, "series": len(measured.weeks), "samples": measured.samples}
    result = replace(result, counts={**result.counts, **counts})
    result.write_lists(language)
    merged.decisions.write(out / LISTS / DECISIONS, language)
    write_provenance(out / LISTS / PROVENANCE, built.provenance(), language)
    named = [(built.workload_of[m.place], m) for m in machines if m.place in built.workload_of]
    records = _owners(merged, dict(named), built, read)
    names = {str(record["department"]): str(record["name"]) for record in built.tables["departments"]}
    returns = out / LISTS / RETURNS
    shutil.rmtree(returns, ignore_errors=True)
    write_department_lists(returns, findings, named, records, result.confidence, built.department_of, names, language)
    return result


def _owners(merged: Merged, named: Mapping[str, Machine], built: Built, mapping: MachineMapping) -> dict[Place, str]:
    """Give the department of every record by its place; of a machine that was left out, as the mapping's rules say."""
    workload_of = {machine.place: workload for workload, machine in named.items()}
    owners: dict[Place, str] = {}
    for whole, parts in zip(merged.machines, merged.sources, strict=True):
        ruled = mapping.give("department", whole)
        workload = workload_of.get(whole.place)
        department = built.department_of[workload] if workload is not None else ruled and str(ruled.value)
        for part in parts if department else ():
            loads = () if part.load_place is None else (part.load_place,)
            owners |= dict.fromkeys((part.place, *loads, *part.cells.values()), str(department))
    return owners


def _silent(message: str, values: Mapping[str, Any]) -> None:
    pass


def _tables_in(out: Path) -> list[Path]:
    names = (out / f"{name}{suffix}" for name in schema().tables for suffix in (".csv", ".xlsx"))
    return [path for path in names if path.is_file()]


def _beside(said: Sequence[Finding], recognised: Sequence[Recognised]) -> list[Finding]:
    """Give what is said beside the errors that end a run: what is known here, and what each file was taken for."""
    known = [finding for finding in said if finding.message == "intake.known"]
    return [*known, *([taken_for(recognised)] if recognised else [])]


def _unnamed(reads: Sequence[Read]) -> int:
    """Count the rows of machines that readers had to leave out."""
    known = {f"intake.{name}" for name in NO_MACHINE}
    rows = (read for read in reads if read.kind not in formats.SERIES_KINDS)
    return sum(finding.message in known for read in rows for finding in read.findings)


def _none(reads: Sequence[Read], recognised: Sequence[Recognised]) -> Finding:
    """Say that no machine is left, and whether there were series alone."""
    count = sum(len(read.series) for read in reads)
    alone = all(file.kind in formats.SERIES_KINDS for file in recognised)
    place = Place(recognised[0].file, recognised[0].sheet or None)
    return Finding("intake.series.alone" if alone else "intake.no_machines", values={"count": count}, place=place)


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
    measured = sum(machine.cpu_p95_pct is not None for machine in machines)
    if not measured:
        return findings
    if not shapes:
        findings.append(Finding("intake.flat", Severity.INFO))
        return findings
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
        counted(machines)
        | built.counts
        | {
            "left_out": 0,
            "departments": len(built.tables["departments"]),
            "rooms": sum(room["kind"] == "department" for room in built.tables["rooms"]),
            "systems": len(built.tables["systems"]),
            "assumptions": len(built.assumptions),
        }
    )
    stars = confidence(named, built.department_of)
    return IntakeResult(out, tuple(recognised), counts, tuple(findings), reclaim, stars, tuple(built.assumptions))
