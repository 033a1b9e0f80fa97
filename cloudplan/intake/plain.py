"""Plain tables, CSV or a workbook, whose headings the mapping file names: :func:`read`.

It stands beside the readers of :mod:`cloudplan.intake.formats`, not among them, as it reads by what the mapping says
and so knows no file by its headings alone. Cells are read by the survey's rules (:mod:`cloudplan.intake.values`). A
physical machine is given back twice: as a machine, and as the hardware that it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudplan.findings import Finding, Place
from cloudplan.intake.columns import Line, Table, cells_of, kept_loads, once, unsized
from cloudplan.intake.devices import device_kind
from cloudplan.intake.grid import Grid
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping_columns import FIELDS, IDENTITIES, SEVERAL, PlainTable
from cloudplan.intake.plain_cells import AGAIN, PlainSheet, name_of, plain_sheet
from cloudplan.intake.read import Hardware, Read
from cloudplan.intake.values import processors, read_cell, tidy
from cloudplan.inventory.schema import schema

KIND = "plain"
CELLS: dict[str, tuple[str, ...]] = {
    "name": IDENTITIES, "running": ("power",), "kind": ("kind", "host", "rack", "position"), "memory_gib": ("memory",),
    "storage_gib": ("storage",), "storage_used_gib": ("storage_used",), "sockets": ("sockets", "cpu_model"),
    "position_u": ("position",), "height_u": ("height",), "status": ("power",),
    "role": ("kind", "host", "rack", "position"),
    **{f"{load}_pct": (load,) for load in FIELDS if load.startswith(("cpu_", "memory_")) and load != "cpu_model"},
}  # fmt: skip
"""By field of a machine or thing, what it is read from where that has another name."""


def is_named(file: Path | str, named: Sequence[PlainTable]) -> bool:
    """Whether the mapping names a file's headings."""
    return any(table.is_of(str(file)) for table in named)


def tables(grids: Sequence[Grid], named: Sequence[PlainTable]) -> list[Table]:
    """Give the tables that have headings which the mapping names."""
    return [reader.table for grid in grids if (reader := _reader_of(grid, named, [])) is not None]


def _reader_of(grid: Grid, named: Sequence[PlainTable], findings: list[Finding]) -> PlainSheet | None:
    plain = next((each for each in named if each.is_of(grid.file, grid.sheet or "")), None)
    return None if plain is None else plain_sheet(grid, plain, findings)


def read(grids: Sequence[Grid], named: Sequence[PlainTable]) -> Read:
    """Read every machine of plain tables.

    Parameters
    ----------
    grids
        Grids of files that the mapping names.
    named
        What stands under their headings; the first whose patterns match a sheet counts.
    """
    findings: list[Finding] = []
    lines: list[tuple[PlainSheet, Line]] = []
    known: set[str] = set()
    for grid in grids:
        reader = _reader_of(grid, named, findings)
        if reader is not None:
            known.add(grid.file)
            lines += [(reader, line) for line in reader.lines(findings)]
    for file in dict.fromkeys(grid.file for grid in grids):
        if file not in known:
            wanted = [h.heading for each in named if each.is_of(file) for h in each.heads]
            findings.append(Finding("intake.plain.no_headings", values={"headings": wanted}, place=Place(file)))
    readers = {id(line): reader for reader, line in lines}
    of_file: dict[str, list[Line]] = defaultdict(list)
    for _, line in lines:
        of_file[line.table.grid.file].append(line)
    # of two files each may know something of one machine: that is for the merge
    kept = [line for own in of_file.values() for line in once(own, _identity, findings)]
    machines: list[Machine] = []
    hardware: list[Hardware] = []
    for line in kept:
        machine, thing = _machine(readers[id(line)], line, findings)
        machines += [machine] if machine is not None else []
        hardware += [thing] if thing is not None else []
    for reader in dict.fromkeys(reader for reader, _ in lines):
        findings += reader.told()
    findings += unsized(machines, "cores", "memory")
    return Read(KIND, tuple(machines), tuple(hardware), findings=tuple(findings))


def _identity(line: Line) -> str:
    parts = [name_of(line), *(tidy(line[column]) for column in ("hostname", "serial", "asset", "uuid", "addresses"))]
    return " ".join(dict.fromkeys(part for part in parts if part))


def _loads(
    line: Line, name: str, figure: Mapping[str, float | None], findings: list[Finding]
) -> tuple[dict[str, float | None], Place | None]:
    """Give the loads, %, of which zeros that can't be measured are none, and where the first stands."""
    loads = {column: figure[column] for column, of in FIELDS.items() if of.unit == "%"}
    loaded = [column for column, load in loads.items() if load is not None]
    if not loaded:
        return loads, None
    most: dict[str, float | None] = {}
    for what in ("cpu", "memory"):
        own = [load for column, load in loads.items() if column.startswith(what) and load is not None]
        most[what] = max(own) if own else None
    kept = dict(zip(most, kept_loads(most["cpu"], most["memory"], name, line.place(loaded[0]), findings), strict=True))
    return {c: load if kept[c.partition("_")[0]] is not None else None for c, load in loads.items()}, line.place(
        loaded[0]
    )


def _device(line: Line) -> str | None:
    """Say which kind of network or security device a row's type names, where that is no kind of machine."""
    said = tidy(line["kind"])
    machine = read_cell(FIELDS["kind"], said).text in schema().vocabularies[str(FIELDS["kind"].values)].codes
    return None if machine else device_kind(said)


def _cells(reader: PlainSheet, line: Line, cores: str) -> dict[str, Place]:
    """Say which cell each field was read from; the cores from a heading of their own or that of threads."""
    columns: dict[str, tuple[str, ...]] = {column: (column,) for column in FIELDS} | CELLS | {"cores": (cores,)}
    for name in SEVERAL:
        columns[name] = tuple(each for each in line.table.columns if each.partition(AGAIN)[0] == name)
    return cells_of(line, {field: reader.source(line, *of) for field, of in columns.items()})


def _machine(reader: PlainSheet, line: Line, findings: list[Finding]) -> tuple[Machine | None, Hardware | None]:
    """Read a row: a machine, the hardware that it is where it is physical, or a device and no machine."""
    name = name_of(line)
    text = {column: reader.text(line, column) for column, of in FIELDS.items() if of.type == "text"}
    text["note"] = "; ".join(reader.several(line, "note"))
    figure = {
        column: reader.number(line, column, name, findings) for column, of in FIELDS.items() if of.type == "number"
    }
    state = reader.choice(line, "power", name, findings)
    device = _device(line)
    kind = reader.choice(line, "kind", name, findings) if device is None else "physical"
    bought = reader.date(line, "bought_on", name, findings)
    if not kind:
        # only a thing that can be touched stands in a rack, and only a virtual one on a host
        kind = "vm" if text["host"] else "physical" if text["rack"] or figure["position"] is not None else ""
    loads, at = _loads(line, name, figure, findings)
    model = processors(text["cpu_model"])
    by_threads = (kind == "physical" or not figure["cores"]) and figure["threads"]
    cells = _cells(reader, line, "threads" if by_threads else "cores")
    machine = Machine(
        name=name,
        place=line.place(),
        running=state != "stopped",
        os=text["os"],
        support="unknown",
        cores=(figure["threads"] if kind == "physical" else None) or figure["cores"] or figure["threads"] or None,
        memory_gib=figure["memory"] or None,
        storage_gib=figure["storage"],
        cpu_p95_pct=loads["cpu_p95"],
        memory_p95_pct=loads["memory_p95"],
        days=figure["days"],
        load_place=at,
        addresses=reader.several(line, "addresses"),
        kind=kind,
        group=text["group"],
        environment=text["environment"],
        host=text["host"],
        cpu_avg_pct=loads["cpu_avg"],
        cpu_max_pct=loads["cpu_max"],
        memory_avg_pct=loads["memory_avg"],
        memory_max_pct=loads["memory_max"],
        storage_used_gib=figure["storage_used"],
        sockets=figure["sockets"] or (None if model is None else float(model[1])),
        macs=reader.several(line, "macs"),
        power=tidy(line["power"]),
        uuid=text["uuid"],
        serial=text["serial"],
        asset=text["asset"],
        hostname=text["hostname"],
        cluster=text["cluster"],
        site=text["site"],
        room=text["room"],
        department=text["department"],
        systems=reader.several(line, "systems"),
        note=text["note"],
        vendor=text["vendor"],
        model=text["model"],
        cpu_model=text["cpu_model"] if model is None else model[0],
        bought_on=bought,
        cells=cells,
    )
    if kind != "physical":
        return machine, None
    own = Hardware(
        name=name,
        place=machine.place,
        role=device or "server",
        status="" if machine.running else "offline",
        cluster=machine.cluster,
        vendor=machine.vendor,
        model=machine.model,
        serial=machine.serial,
        asset=machine.asset,
        cpu_model=machine.cpu_model,
        sockets=machine.sockets,
        cores=figure["cores"] or figure["threads"] or None,
        threads=figure["threads"] or None,
        memory_gib=machine.memory_gib,
        os=machine.os,
        site=machine.site,
        room=machine.room,
        rack=text["rack"],
        position_u=figure["position"],
        height_u=figure["height"] or None,
        department=machine.department,
        addresses=machine.addresses,
        note=machine.note,
        bought_on=bought,
        cells=cells | cells_of(line, {"cores": reader.source(line, "cores", "threads")}),
    )
    return None if device else machine, own
