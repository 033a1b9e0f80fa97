"""What exports of tools say of the machines that a survey lists: one machine each, with what was measured of it.

A server or virtual machine of the survey and a machine of an export are brought together as machines of several files
are (:mod:`cloudplan.intake.merge`). What the survey leaves blank is filled in; where both state something, the file
that was given first counts, and the difference is a finding. Loads that a tool measured count before those declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import say
from cloudplan.intake.decisions import Decisions
from cloudplan.intake.devices import device_kind
from cloudplan.intake.machine import Machine
from cloudplan.intake.merge import merge
from cloudplan.intake.provenance import Source
from cloudplan.intake.read import Hardware, Read
from cloudplan.intake.survey.answers import Item, Record, Survey, Unlisted
from cloudplan.intake.survey.twins import join_twins, without_twins
from cloudplan.intake.usage import Week, measure
from cloudplan.inventory.schema import folded, schema
from cloudplan.inventory.write import cell

FILLED: Mapping[str, Mapping[str, str]] = {
    "servers": {"serial": "serial", "sockets": "sockets", "cores": "cores", "memory_gib": "memory_gib",
                "storage_gib": "storage_gib", "storage_used_gib": "storage_used_gib", "os": "os", "ips": "addresses"},
    "workloads": {"vcpu": "cores", "memory_gib": "memory_gib", "storage_gib": "storage_gib"},
}  # fmt: skip
"""Columns that an export may fill in, and the figure of its machine."""
SHOWN = 5


@dataclass(frozen=True)
class Tools:
    """Exports of tools beside a survey.

    Parameters
    ----------
    reads
        What they say.
    files
        Every file, the survey's own too, in the order in which they count.
    decisions
        Which records somebody has decided are one machine.
    """

    reads: Sequence[Read] = ()
    files: Sequence[str] = ()
    decisions: Decisions = field(default_factory=Decisions)


Loads = Mapping[tuple[str, str], tuple[Machine, Sequence[Week]]]
"""What tools measured: a machine and its weeks, by table and id of the survey's server or workload."""


def bring_together(survey: Survey, tools: Tools) -> Loads:
    """Find each server and virtual machine of a survey in the exports, and fill in what it leaves blank.

    Servers of two files of the survey are one where they bear one serial number, for one.
    """
    if not (tools.reads or tools.decisions.file) and len({file for file, *_ in survey.sheets}) < 2:
        return {}
    exported = [machine for read in tools.reads for machine in (*read.machines, *_hardware(read))]
    own = list(_listed(survey, {machine.asset for machine in exported}))
    listed = {machine.place: (table, record) for table, record, machine in own}
    merged = merge([*(machine for *_, machine in own), *exported], tools.files, tools.decisions)
    survey.findings += without_twins(merged.findings, {file for file, *_ in survey.sheets})
    gone: dict[str, str] = {}
    known: list[tuple[Machine, tuple[str, Record]]] = []
    alone: list[tuple[Machine, Sequence[Machine]]] = []
    seen = dict.fromkeys(FILLED, 0)
    for one, sources in zip(merged.machines, merged.sources, strict=True):
        found = [listed[source.place] for source in sources if source.place in listed]
        if not found:
            alone.append((one, sources))
            continue
        table, record = found[0]
        key = schema().tables[table].key[0]
        for other in (other for of, other in found[1:] if of == table):
            gone[other[key].text] = record[key].text
            survey.findings += join_twins(record, other, table)
        if any(source.place not in listed for source in sources):
            _fill(record, table, one)
            seen[table] += 1
        known.append((one, (table, record)))
    _drop(survey, gone)
    series = [one for read in tools.reads for one in read.series]
    measured = measure([machine for machine, _ in known], series)
    survey.unlisted = _unlisted(alone, merged.findings) + _devices(survey, tools)
    survey.findings += [*measured.findings, *_about_unlisted(survey), *_not_compared(tools)]
    if exported:
        values = {"servers": seen["servers"], "all": len(survey.tables["servers"]), "virtual": seen["workloads"]}
        survey.findings.append(Finding("survey.read.seen", Severity.INFO, values=values))
    loads: dict[tuple[str, str], tuple[Machine, Sequence[Week]]] = {}
    for machine, (_, (table, record)) in zip(measured.machines, known, strict=True):
        loads[table, record[schema().tables[table].key[0]].text] = machine, measured.weeks.get(machine.place, ())
    survey.brought_together, survey.decisions = True, merged.decisions
    return loads


def _hardware(read: Read) -> Iterator[Machine]:
    """Give the hosts and servers of an export as machines, where it doesn't give them so itself."""
    given = {machine.place for machine in read.machines}
    for thing in read.hardware:
        if thing.place not in given and device_kind(thing.role) is None:
            yield _as_machine(thing)


def _as_machine(thing: Hardware) -> Machine:
    return Machine(
        thing.name, thing.place, True, thing.os, "unknown", thing.cores, thing.memory_gib, sockets=thing.sockets,
        kind="physical", serial=thing.serial, asset=thing.asset, addresses=thing.addresses, cluster=thing.cluster,
        department=thing.department, cells=thing.cells,
    )  # fmt: skip


def _listed(survey: Survey, assets: Set[str]) -> Iterator[tuple[str, Record, Machine]]:
    """Give the servers and virtual machines of a survey as machines.

    A server's id tells it from others only where an export knows it as an asset id: departments number as they like.
    """
    names = survey.department_names()
    for table, cores in (("servers", "cores"), ("workloads", "vcpu")):
        key = schema().tables[table].key[0]
        for record in survey.tables[table]:
            if key not in record or (table == "workloads" and not _is_virtual(record)):
                continue
            ident = record[key]
            department = record["department"].text if "department" in record else ""
            yield table, record, Machine(
                name=record["name"].text if "name" in record else ident.text,
                place=Place(ident.row.file, ident.row.sheet, ident.row.row),
                running="state" not in record or record["state"].text == "running",
                os=record["os"].text if "os" in record else "",
                support="unknown",
                cores=_number(record, cores),
                memory_gib=_number(record, "memory_gib"),
                storage_gib=_number(record, "storage_gib"),
                sockets=_number(record, "sockets"),
                kind="physical" if table == "servers" else "vm",
                serial=record["serial"].text if "serial" in record else "",
                asset=ident.original if ident.original in assets else "",
                addresses=tuple(record["ips"].text.split(";")) if "ips" in record else (),
                department=names.get(department, department),
                cells={name: record[column].place for column, name in FILLED[table].items() if column in record},
            )  # fmt: skip


def _is_virtual(record: Record) -> bool:
    return "kind" in record and record["kind"].text == "vm"


def _number(record: Record, column: str) -> float | None:
    try:
        return float(record[column].text) if column in record else None
    except ValueError:
        return None


def _fill(record: Record, table: str, one: Machine) -> None:
    """Take over what the merged machine knows and the record doesn't state, or what counts before it."""
    for column, name in FILLED[table].items():
        value, at = getattr(one, name), one.cells.get(name)
        text = cell(value, schema().tables[table].by_name[column]) if value not in (None, "", ()) else ""
        stated = record.get(column)
        if not text or at is None or (stated is not None and stated.text == text):
            continue
        record[column] = Item(text, at.original if isinstance(at, Source) else text, "other-file", at)


def _drop(survey: Survey, gone: Mapping[str, str]) -> None:
    """Leave out records that are one with another, and let what refers to them refer to that."""
    for table in ("servers", "workloads") if gone else ():
        key = schema().tables[table].key[0]
        survey.tables[table] = [r for r in survey.tables[table] if key not in r or r[key].text not in gone]
    for record in survey.tables["workloads"] if gone else ():
        item = record.get("server")
        if item is not None and item.text in gone:
            record["server"] = Item(gone[item.text], item.original, "named", item.row, item.letter)


def _unlisted(alone: Sequence[tuple[Machine, Sequence[Machine]]], findings: Sequence[Finding]) -> list[Unlisted]:
    """List the machines of exports that no form lists, with the one that each may be."""
    maybe: dict[str, str] = {}
    for finding in findings:
        if finding.message == "intake.merge.maybe":
            one, other = str(finding.place), str(finding.values["place"])
            maybe |= {one: f"{finding.values['other']} ({Path(other).name})", other: f"{finding.subject}"}
    return [
        Unlisted(one, next((maybe[str(s.place)] for s in sources if str(s.place) in maybe), ""))
        for one, sources in alone
    ]


def _devices(survey: Survey, tools: Tools) -> list[Unlisted]:
    """List the network and security devices of exports that no form lists, by serial number, asset id or name."""
    known = {
        folded(record[column].text)
        for record in survey.tables["devices"]
        for column in ("device", "serial", "name")
        if column in record
    }
    things = (thing for read in tools.reads for thing in read.hardware if device_kind(thing.role) is not None)
    return [
        Unlisted(replace(_as_machine(thing), kind=thing.role), "")
        for thing in things
        if not any(text and folded(text) in known for text in (thing.serial, thing.asset, thing.name))
    ]


def _about_unlisted(survey: Survey) -> Iterator[Finding]:
    """Say file by file how many machines no department lists."""
    by_file: dict[str, list[Machine]] = {}
    for one in survey.unlisted:
        if not one.maybe:
            by_file.setdefault(one.machine.place.file, []).append(one.machine)
    for file, own in by_file.items():
        values = {"count": len(own), "file": Path(file).name, "examples": [machine.name for machine in own[:SHOWN]]}
        yield Finding("survey.read.unlisted", Severity.WARNING, values=values, place=own[0].place)


def _not_compared(tools: Tools) -> Iterator[Finding]:
    """Say what of the exports is compared with no form."""
    for read in tools.reads:
        if read.racks or read.rooms:
            place = read.racks[0].place if read.racks else read.rooms[0].place
            values = {"racks": len(read.racks), "rooms": len(read.rooms), "file": Path(place.file).name}
            yield Finding("survey.read.not_compared", Severity.WARNING, values=values, place=Place(place.file))


def measured_usage(survey: Survey, loads: Loads, language: str) -> None:
    """Write what tools measured as usage of the workloads, in place of what was declared of the same resource."""
    by_server: dict[str, list[Record]] = {}
    for record in survey.tables["workloads"]:
        if "workload" in record and "server" in record:
            by_server.setdefault(record["server"].text, []).append(record)
    rows: dict[tuple[str, str, str], Record] = {
        tuple(r[c].text if c in r else "" for c in ("workload", "resource", "week")): r  # type: ignore[misc]
        for r in survey.tables.get("usage", [])
    }
    replaced = 0
    for (table, ident), (machine, weeks) in loads.items():
        if table == "workloads":
            carried = [r for r in survey.tables["workloads"] if "workload" in r and r["workload"].text == ident]
        else:
            # the load of a host is nobody's among its virtual machines
            carried = [record for record in by_server.get(ident, ()) if not _is_virtual(record)]
        for record in carried:
            for row in _rows(machine, weeks, record["workload"], language):
                at = (row["workload"].text, row["resource"].text, row["week"].text)
                replaced += at in rows
                rows[at] = row
    survey.tables["usage"] = list(rows.values())
    if replaced:
        survey.findings.append(Finding("survey.read.measured_instead", Severity.INFO, values={"count": replaced}))


def _rows(machine: Machine, weeks: Sequence[Week], workload: Item, language: str) -> Iterator[Record]:
    place = machine.load_place or machine.place
    for week in weeks:
        yield _items(week.record(workload.text, language), place)
    done = {week.resource for week in weeks}
    source = say("intake.source.flat", language, level=str(replace(place, file=Path(place.file).name)))
    for resource in ("cpu", "memory"):
        figures = {f"{what}_pct": getattr(machine, f"{resource}_{what}_pct") for what in ("avg", "p95", "max")}
        if resource in done or all(value is None for value in figures.values()):
            continue
        yield _items({"workload": workload.text, "resource": resource, "week": "normal", "basis": "measured",
                      "source": source, "days": machine.days, **figures}, place)  # fmt: skip


def _items(row: Mapping[str, Any], place: Place) -> Record:
    columns = schema().tables["usage"].by_name
    texts = {column: cell(value, columns[column]) for column, value in row.items()}
    return {column: Item(text, text, "other-file", place) for column, text in texts.items() if text}
