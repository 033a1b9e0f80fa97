"""Azure Migrate reports: the discovery workbook, joined with the assessment's sheet of all machines.

The discovery names machines, sizes and power states, but no load and no storage. The assessment's sheet
``All_VM_IaaS_Server_Rehost_Perf`` has CPU and memory load in per cent and storage in GB. The workbooks don't say which
statistic the load is; the tool that writes them asks Azure Migrate for the 95th percentile over the duration that the
sheet ``Properties`` names, so P95 it is taken for. Azure's GB and MB are binary (GiB, MiB).

The reports are known by the name of their sheet: others of the assessment have the same headings, and hold but part of
the machines.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.columns import Line, Table, cells_of, doubled_columns, squeezed, tabulate
from cloudplan.intake.confidence import ENOUGH_DAYS
from cloudplan.intake.grid import Grid
from cloudplan.intake.join import IDENTITY, NAME, distinct, join
from cloudplan.intake.machine import Machine
from cloudplan.intake.provenance import Source
from cloudplan.intake.raw import blank, plain, plain_number, shown
from cloudplan.intake.read import Read

KIND = "azure-migrate"
_DISCOVERED = ("Machine Name", "Operating System", "Cores", "Memory (in MB)", "Power Stats")
_ASSESSED = ("Machine Name", "CPU Utilization (in %)", "Memory Utilization (in %)", "Storage (in GB)")
_OTHERS = ("IP Addresses", "Support Status", "Group Name", "Environment", "VM Host")
_, OS, CORES, MEMORY, POWER = map(squeezed, _DISCOVERED)
_, CPU_LOAD, MEMORY_LOAD, STORAGE = map(squeezed, _ASSESSED)
ADDRESSES, SUPPORT, GROUP, ENVIRONMENT, HOST = map(squeezed, _OTHERS)
Days = tuple[float | None, Source | None]
PROPERTIES, DURATION = "Properties", "assessment duration"


@dataclass(frozen=True)
class Report:
    """A kind of report: the sheet that matters, its columns, and other sheets that give the kind away."""

    kind: str
    sheet: str
    required: tuple[str, ...]
    known: tuple[str, ...]
    marks: tuple[str, ...]


DISCOVERY = Report(
    "azure-migrate-discovery",
    "Discovery_Report",
    _DISCOVERED,
    ("Machine ID", "IP Addresses", "Environment", "Boot Type", "Total Disks"),
    (),
)
ASSESSMENT = Report(
    "azure-migrate-assessment",
    "All_VM_IaaS_Server_Rehost_Perf",
    _ASSESSED,
    ("Machine ID", *_DISCOVERED[1:4], *_OTHERS[1:]),
    ("All_VM_IaaS_Server_Rehost_As-is", "VM_IaaS_Server_Rehost_Perf", "SQL_IaaS_Server_Rehost_Perf", "Business_Case",
     "Financial_Summary", "SQL_All_Instances"),
)  # fmt: skip
REPORTS = (DISCOVERY, ASSESSMENT)
KINDS = tuple(report.kind for report in REPORTS)

_RUNNING: Mapping[str, bool] = {"on": True, "running": True, "poweredon": True, "off": False, "stopped": False,
                                "poweredoff": False}  # fmt: skip
_SUPPORT = {"mainstream": "supported", "extended": "supported", "out of support": "expired"}
_DURATION_DAYS = {"day": 1.0, "week": 7.0, "month": 30.0}


def recognise(grids: Sequence[Grid]) -> bool:
    """Say whether the sheets are those of a report, or look like it."""
    return _report(grids) is not None


def kind_of(grids: Sequence[Grid]) -> str:
    """Say which of the two reports a file is."""
    report = _report(grids)
    return KIND if report is None else report.kind


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Give the table that is read of a file; none where its sheet is missing or of no use."""
    report = _report(grids)
    own = [grid for grid in grids if report is not None and grid.sheet == report.sheet]
    return [found for grid in own if report is not None and (found := _table(grid, report, [])) is not None]


def read(grids: Sequence[Grid]) -> Read:
    """Bring discovery and assessment together, machine by machine.

    Parameters
    ----------
    grids
        Sheets of both workbooks, or of one; without an assessment nothing has a load or storage.
    """
    findings: list[Finding] = []
    found: dict[str, tuple[str, Table | None]] = {}
    for file in dict.fromkeys(grid.file for grid in grids):
        own = [grid for grid in grids if grid.file == file]
        report = _report(own)
        if report is None:
            continue
        if report.kind in found:
            values = {"kind": report.kind, "other": found[report.kind][0]}
            findings.append(Finding("intake.two_of_a_kind", values=values, place=Place(file)))
            continue
        found[report.kind] = file, _sheet(own, report, findings)
    if DISCOVERY.kind not in found:
        findings.append(Finding("intake.no_discovery", values={"sheet": DISCOVERY.sheet}, place=grids[0].place()))
    days: Days = None, None
    if ASSESSMENT.kind in found:
        days, said = _assessed_days([grid for grid in grids if grid.file == found[ASSESSMENT.kind][0]])
        findings += said
    else:
        values = {"sheet": ASSESSMENT.sheet}
        findings.append(Finding("intake.no_assessment", Severity.WARNING, values=values, place=grids[0].place()))
    nothing = "", None
    discovery, assessment = (found.get(report.kind, nothing)[1] for report in REPORTS)
    if discovery is None:
        return Read(KIND, findings=tuple(findings))
    machines, said = _machines(discovery, assessment, days)
    return Read(KIND, tuple(machines), findings=(*findings, *said))


def _report(grids: Sequence[Grid]) -> Report | None:
    """Say which report a file is: by the sheet that matters, others that give it away, or a name like it."""
    sheets = [grid.sheet for grid in grids if grid.sheet is not None]
    for report in REPORTS:
        if report.sheet in sheets:
            return report
    return next((r for r in REPORTS if any(mark in sheets for mark in r.marks) or _near(sheets, r)), None)


def _near(sheets: Sequence[str], report: Report) -> list[str]:
    # its other sheets have likely names but hold part of the machines
    others = [sheet for sheet in sheets if sheet not in report.marks]
    return difflib.get_close_matches(report.sheet, others, n=1, cutoff=0.9)


def _sheet(grids: Sequence[Grid], report: Report, findings: list[Finding]) -> Table | None:
    """Find the headings of the sheet that matters; say what makes it unusable."""
    sheets = [grid.sheet or "" for grid in grids]
    grid = next((grid for grid in grids if grid.sheet == report.sheet), None)
    if grid is None:
        near = _near(sheets, report)
        values = {"kind": report.kind, "sheet": report.sheet, "sheets": sheets, "maybe": near[0] if near else ""}
        message = "intake.sheet_missing_maybe" if near else "intake.sheet_missing"
        findings.append(Finding(message, values=values, place=Place(grids[0].file)))
        return None
    return _table(grid, report, findings)


def _table(grid: Grid, report: Report, findings: list[Finding]) -> Table | None:
    known = {squeezed(title) for title in (*report.required, *report.known)}
    table = tabulate(grid, known, 1)
    if table is None and not any(not blank(cell) for row in grid.rows for cell in row):
        findings.append(Finding("intake.sheet_empty", values={"sheet": grid.sheet}, place=grid.place()))
        return None
    table = Table(grid, 0, {}) if table is None else table
    findings += doubled_columns(table, known)
    titles = [shown(cell) for cell in grid.rows[table.header] if not blank(cell)]
    missing = [column for column in report.required if squeezed(column) not in table]
    for column in missing:
        near = difflib.get_close_matches(column, titles, n=1, cutoff=0.6)
        message = "intake.column_missing_maybe" if near else "intake.column_missing"
        values = {"column": column, "sheet": grid.sheet, "titles": titles} | ({"maybe": near[0]} if near else {})
        findings.append(Finding(message, values=values, place=grid.place(table.header)))
    if missing:
        return None
    if next(table.rows(), None) is None:
        findings.append(Finding("intake.sheet_empty", values={"sheet": grid.sheet}, place=grid.place(table.header)))
        return None
    return table


def _assessed_days(grids: Sequence[Grid]) -> tuple[Days, list[Finding]]:
    """Read for how many days the assessment measured, from its sheet ``Properties``, and from which cell."""
    place = Place(grids[0].file, PROPERTIES)
    own = [each for each in grids if each.sheet == PROPERTIES]
    for grid, above in ((each, row) for each in own for row in range(len(each.rows) - 1)):
        titles, values = grid.rows[above], grid.rows[above + 1]
        for position, (title, value) in enumerate(zip(titles, values, strict=False)):
            if plain(title) == DURATION and plain(value) in _DURATION_DAYS:
                days = _DURATION_DAYS[plain(value)]
                at = Table(grid, above, {DURATION: position})
                found = days, Line(at, above + 1, values).source(DURATION)
                if days >= ENOUGH_DAYS:
                    return found, []
                short = {"days": days, "enough": ENOUGH_DAYS, "value": str(value)}
                return found, [Finding("intake.days_short", Severity.WARNING, values=short, place=place)]
    return (None, None), [Finding("intake.days_unknown", Severity.WARNING, place=place)]


def _machines(discovery: Table, assessment: Table | None, days: Days) -> tuple[list[Machine], list[Finding]]:
    """Give one machine for every distinct machine discovered, in the sheet's order."""
    machines, findings = distinct(discovery.rows())
    loads: list[Line] = []
    if assessment is not None:
        loads, doubled = distinct(assessment.rows())
        findings += doubled
    joined = join(machines, loads) if assessment is not None else None
    if joined is not None:
        findings += joined.findings
    read: list[Machine] = []
    for row in machines:
        load = joined.pairs.get(row.position) if joined is not None else None
        read.append(_machine(row, load, days, findings))
    return read, findings


def _machine(row: Line, load: Line | None, days: Days, findings: list[Finding]) -> Machine:
    name = row.text(NAME)
    sizes: dict[str, float] = {}
    for column in (CORES, MEMORY):
        size = _size(row, load, column, findings)
        if size is not None:
            sizes[column] = size
    running = _RUNNING.get(plain(row.text(POWER)))
    if running is None:
        values = {"value": row.text(POWER)}
        findings.append(Finding("intake.power_unknown", Severity.WARNING, name, values=values, place=row.place(POWER)))
    cpu, memory = _loads(name, row, load, running is not False, findings)
    storage = None
    if load is not None:
        storage = plain_number(load[STORAGE])
        if storage is None or not storage > 0:
            findings.append(Finding("intake.storage_blank", Severity.WARNING, name,
                                    values={"value": load.text(STORAGE)}, place=load.place(STORAGE)))  # fmt: skip
            storage = None
    os = row.text(OS)
    if load is not None and load.text(OS):
        os = load.text(OS)  # the assessment names the edition where the discovery has only the guest's family
    if not os:
        findings.append(Finding("intake.os_blank", Severity.WARNING, name, place=row.place(OS)))
    said = load if load is not None else row
    mib = sizes.get(MEMORY)
    return Machine(
        name=name,
        place=row.place(),
        running=running is not False,
        os=os,
        support=_SUPPORT.get(plain(said.text(SUPPORT)), "unknown"),
        cores=sizes.get(CORES),
        memory_gib=None if mib is None else mib / 1024.0,
        storage_gib=storage,
        cpu_p95_pct=cpu,
        memory_p95_pct=memory,
        days=days[0] if load is not None else None,
        load_place=None if load is None else load.place(),
        addresses=_addresses(row.text(ADDRESSES)),
        kind="physical" if "/serversites/" in row.text(IDENTITY).casefold() else "vm",
        group=said.text(GROUP),
        environment=said.text(ENVIRONMENT) or row.text(ENVIRONMENT),
        host=said.text(HOST),
        power=row.text(POWER),
        cells=_cells(row, load, days[1]),
    )


def _cells(row: Line, load: Line | None, days: Source | None) -> dict[str, Place]:
    """Say which cell of the two rows each field was read from, as :func:`_machine` chooses between them."""
    said = load if load is not None else row
    sizes = {}
    for column in (CORES, MEMORY):
        own = plain_number(row[column])
        sizes[column] = row.source(column) if own is not None and own > 0 else said.source(column)
    fields: dict[str, str | Place | None] = {
        "name": NAME, "running": POWER, "power": POWER, "addresses": ADDRESSES, "kind": IDENTITY,
        "os": said.source(OS) or row.source(OS), "environment": said.source(ENVIRONMENT) or row.source(ENVIRONMENT),
        "support": said.source(SUPPORT), "group": said.source(GROUP), "host": said.source(HOST),
        "cores": sizes[CORES], "memory_gib": sizes[MEMORY],
    }  # fmt: skip
    if load is not None:
        loads = {"storage_gib": STORAGE, "cpu_p95_pct": CPU_LOAD, "memory_p95_pct": MEMORY_LOAD}
        fields |= {"days": days, **{field: load.source(column) for field, column in loads.items()}}
    return cells_of(row, fields)


def _size(row: Line, load: Line | None, column: str, findings: list[Finding]) -> float | None:
    """Give cores or memory by the discovery, else by the assessment; say so where they differ or neither has it."""
    name = row.text(NAME)
    own = plain_number(row[column])
    other = None if load is None else plain_number(load[column])
    other = other if other is not None and other > 0 else None
    if own is not None and own > 0:
        if other is not None and other != own:
            title = row.table.heading(column)
            values = {"column": title, "value": own, "other": other, "other_row": load.row if load else 0}
            findings.append(
                Finding("intake.size_differs", Severity.WARNING, name, values=values, place=row.place(column))
            )
        return own
    message = "intake.size_missing" if other is None else "intake.size_filled"
    values = {"column": row.table.heading(column), "value": row.text(column), "other": other}
    findings.append(Finding(message, Severity.WARNING, name, values=values, place=row.place(column)))
    return other


def _loads(
    name: str, row: Line, load: Line | None, running: bool, findings: list[Finding]
) -> tuple[float | None, float | None]:
    """Give CPU and memory load; a zero that can't be a measurement is no data."""
    if load is None:
        if not running:
            findings.append(Finding("intake.off_no_data", Severity.INFO, name, place=row.place(POWER)))
        return None, None
    read = {column: load.percent(column, name, findings) for column in (CPU_LOAD, MEMORY_LOAD)}
    left = [column for column in read if blank(load[column])]
    if left:
        values = {"columns": [load.table.heading(c) for c in left], "row": load.row, "sheet": load.table.name}
        findings.append(Finding("intake.load_blank", Severity.WARNING, name, values=values, place=load.place(left[0])))
    cpu, memory = read[CPU_LOAD], read[MEMORY_LOAD]
    if not running:
        if cpu or memory:
            values = {"cpu": cpu or 0.0, "memory": memory or 0.0}
            findings.append(
                Finding("intake.off_with_load", Severity.WARNING, name, values=values, place=load.place(CPU_LOAD))
            )
        else:
            findings.append(Finding("intake.off_no_data", Severity.INFO, name, place=load.place(CPU_LOAD)))
        return None, None
    if memory == 0.0:
        # a machine that runs uses memory: the zero was never measured, and its neighbour is no better
        findings.append(Finding("intake.zero_no_data", Severity.WARNING, name, place=load.place(MEMORY_LOAD)))
        return (cpu or None), None
    return cpu, memory


def _addresses(text: str) -> tuple[str, ...]:
    """Read ``[fe80::1,10.0.0.1];[10.1.0.1];`` as addresses, adapter by adapter."""
    flat = text.replace("[", "").replace("]", "").replace(";", ",")
    return tuple(part.strip() for part in flat.split(",") if part.strip())
