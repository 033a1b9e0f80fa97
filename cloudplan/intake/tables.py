"""Inventory tables of machines: what the files measured, what the mapping assumes, and the design to plan onto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.built import Assumption, Built, Record, given, slug
from cloudplan.intake.columns import many
from cloudplan.intake.design import design_rooms, design_tables
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import Given, MachineMapping
from cloudplan.intake.mapping_file import OF_SYSTEMS, OF_WORKLOADS
from cloudplan.intake.not_kept import not_kept
from cloudplan.intake.own_size import own_server
from cloudplan.intake.places import Places, is_stated
from cloudplan.intake.read import Read
from cloudplan.intake.shapes import Shape
from cloudplan.intake.standing import Standing, stand
from cloudplan.intake.stated import SYSTEM, WORKLOAD, Columns
from cloudplan.intake.stated import usage as stated_usage
from cloudplan.intake.usage import Week
from cloudplan.intake.usage_rows import UsageRows
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema

_WORST = {"supported": 0, "unknown": 1, "expired": 2}


def build(
    machines: Sequence[Machine],
    mapping: MachineMapping,
    design: Inventory,
    shapes: Sequence[Shape],
    language: str,
    found: Read | None = None,
    weeks: Mapping[Place, Sequence[Week]] = MappingProxyType({}),
) -> Built:
    """Make the tables departments, rooms, racks, servers, systems, workloads and usage, and copy the target design.

    Each machine is one workload, on its host where a file names and sizes that, else on a server of its own size.
    Machines that are off are workloads of state ``stopped``, which no plan moves.

    Parameters
    ----------
    machines, mapping, design
        What was discovered, what is assumed of it, and what it is planned onto.
    shapes
        Shapes of the week, empty for flat profiles.
    language
        Language of the texts written into the tables (sources of figures).
    found
        Hardware, racks and rooms of all files.
    weeks
        Measured weeks by the machine's place; a resource that has one is neither flat nor shaped.
    """
    built = Built()
    found = Read("") if found is None else found
    _places(built, mapping, design)
    for table in ("servers", "systems", "workloads", "usage"):
        built.tables[table] = []
    places = Places(mapping, built.tables["rooms"], found.rooms)
    standing = stand(built, machines, found, mapping, places)
    usage = UsageRows(built, shapes, mapping.seed, language)
    members: dict[str, list[tuple[Machine, str]]] = {}
    owners: dict[str, tuple[str, str]] = {}
    taken: set[str] = set()
    for machine in machines:
        if machine.place in standing.hosts:
            continue
        workload = slug(machine.name, taken)
        taken.add(workload.casefold())
        built.workload_of[machine.place] = workload
        system = _workload(built, machine, workload, mapping, owners, places, standing)
        members.setdefault(system, []).append((machine, workload))
        measured = weeks.get(machine.place, ())
        for week in measured:
            built.tables["usage"].append(week.record(workload, language))
            built.state("usage", built.tables["usage"][-1], machine, stated_usage(week.resource, series=True))
        usage.write(machine, workload, {week.resource for week in measured})
    usage.settle()
    built.findings += not_kept(machines, found, standing.hosted)
    built.findings += places.findings()
    several = [(m.name, m.place) for m in machines if len(m.systems) > 1]
    built.findings += many("intake.systems_several", several)
    flags = design["zones"]["internet_exposed"].items()
    exposed = {str(zone): value is not pd.NA and bool(value) for zone, value in flags}
    for system, group in members.items():
        _system(built, system, *owners[system], group, mapping, exposed)
    return built


def _places(built: Built, mapping: MachineMapping, design: Inventory) -> None:
    """Copy the design and write the mapping's departments and rooms; each line of the mapping is an assumption."""
    tables, said = design_tables(design)
    built.findings += said
    for name, frame in tables.items():
        built.tables[name] = _records(frame)
    departments = [dict(record) for record, _ in mapping.departments]
    sites = set(design_rooms(design))
    own = {str(record["room"]) for record, _ in mapping.rooms}
    rooms = [
        room | {"department": None}
        for room in _records(design["rooms"])
        if room["room"] in sites and room["room"] not in own
    ]
    rooms += [{"kind": "department", "in_cn": True} | dict(record) for record, _ in mapping.rooms]
    for table, key, records in (("departments", "department", mapping.departments), ("rooms", "room", mapping.rooms)):
        for record, place in records:
            for column, value in record.items():
                if column != key and value is not None:
                    built.assumptions.append(Assumption(table, str(record[key]), column, value, place))
    built.tables["departments"], built.tables["rooms"] = departments, rooms


def _records(frame: pd.DataFrame) -> list[Record]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _workload(
    built: Built, machine: Machine, workload: str, mapping: MachineMapping, owners: dict[str, tuple[str, str]],
    places: Places, standing: Standing,
) -> str:  # fmt: skip
    """Write a machine's workload, and its server where no file knows its host; give the id of its system."""
    server = standing.server_of.get(machine.place)
    owner = places.department(machine)
    words = _words(machine, mapping, places, owner)
    tier = str(
        built.assume("workloads", workload, "tier", mapping.give("tier", machine, department=words["department"]))
    )
    words["tier"] = tier
    named = mapping.give("system", machine, **words)
    name = machine.systems[0] if machine.systems else str(named.value) if named is not None else machine.name
    system = _system_id(name, words["department"], owners, built)
    if not machine.systems:
        built.assumptions.append(Assumption("workloads", workload, "system", system, named.place if named else None))
    built.department_of[workload] = words["department"]
    hosted, measured = server is not None, machine.mbps is not None
    extra: Record = {
        column: built.assume("workloads", workload, column, given(mapping, column, machine, words))
        for column in OF_WORKLOADS
        if column != "tier" and not (hosted and column == "arch") and not (measured and column == "mbps")
    }
    if measured:
        extra["mbps"] = machine.mbps
    if server is None:
        server = own_server(built, machine, workload, mapping, words, extra["arch"], standing)
    else:
        extra["arch"] = standing.arch_of[server]  # what runs on a host has its instruction set
    if not is_stated(owner, machine):
        table, record = ("systems", system) if hosted else ("servers", server)
        built.assume(table, record, "department", owner)
    vcpu, memory_gib = machine.size()
    kind = machine.kind or built.invent("workloads", workload, "kind", "vm")
    state = "running" if machine.running else "stopped"
    if not machine.power:
        built.invent("workloads", workload, "state", state)
    row: Record = {
        "workload": workload, "name": machine.name, "system": system, "server": server, "tier": tier,
        "kind": kind, "vcpu": vcpu, "memory_gib": memory_gib,
        "storage_gib": machine.storage_gib, "state": state, **extra,
    }  # fmt: skip
    built.tables["workloads"].append(row)
    on_host: Columns = {"server": "host"} if machine.place in standing.hosted else {}
    built.state("workloads", row, machine, {**WORKLOAD, **on_host})
    return system


def _words(machine: Machine, mapping: MachineMapping, places: Places, owner: Given | None) -> dict[str, str]:
    """Give a machine's department, room and zone: what rules may refer to."""
    department = "" if owner is None else str(owner.value)
    ruled = {column: mapping.give(column, machine, department=department) for column in ("room", "zone")}
    words = {column: "" if one is None else str(one.value) for column, one in ruled.items()}
    room = places.room(machine.site, machine.room, machine.place)
    return {"department": department, **words} | ({} if room is None else {"room": room})


def _system_id(name: str, department: str, owners: dict[str, tuple[str, str]], built: Built) -> str:
    """Give the id of a system; one name in two departments is two systems, which is said once."""
    for system, owner in owners.items():
        if owner == (name, department):
            return system
    shared = [system for system, owner in owners.items() if owner[0] == name]
    wanted = f"sys-{name}-{department}" if shared else f"sys-{name}"
    system = slug(wanted, {known.casefold() for known in owners})
    if shared:
        values = {"name": name, "department": department, "other": owners[shared[0]][1]}
        built.findings.append(Finding("intake.system_split", Severity.INFO, system, values=values))
    owners[system] = (name, department)
    return system


def _system(
    built: Built, system: str, name: str, department: str, group: Sequence[tuple[Machine, str]],
    mapping: MachineMapping, exposed: Mapping[str, bool],
) -> None:  # fmt: skip
    """Write one system: the strictest of what its machines' rules say, and what its machines add up to."""
    record: Record = {"system": system, "name": name, "department": department}
    for column in OF_SYSTEMS:
        givens = [(machine, given(mapping, column, machine, {"department": department})) for machine, _ in group]
        known = [(machine, one) for machine, one in givens if one is not None]
        values = [one.value for _, one in known if one.value is not None]
        if not known:
            continue
        chosen = _agreed(column, values)
        if len(set(values)) > 1:
            mixed = {"column": column, "values": sorted({str(value) for value in values}), "chosen": chosen}
            built.findings.append(Finding("intake.system_mixed", Severity.WARNING, system, values=mixed))
        place = next((one.place for _, one in known if one.value == chosen), known[0][1].place)
        record[column] = built.assume("systems", system, column, Given(chosen, place))
    if record.get("internet_facing") is None:
        by_zone = Given(exposed.get(record["zone"], False), Place(mapping.file))
        record["internet_facing"] = built.assume("systems", system, "internet_facing", by_zone)
    machines = [machine for machine, _ in group]
    if record.get("support") is None:
        record["support"] = max((machine.support for machine in machines), key=lambda s: _WORST[s])
    record["os"] = "; ".join(dict.fromkeys(machine.os for machine in machines if machine.os)) or None
    sizes = [machine.storage_gib for machine in machines if machine.running and machine.storage_gib is not None]
    record["data_gib"] = sum(sizes) if sizes else None
    built.tables["systems"].append(record)
    built.state("systems", record, machines[0], SYSTEM)
    for column, name in (("os", "os"), ("support", "support"), ("data_gib", "storage_gib")):
        # what the machines of a system add up to is known by the first that says any of it
        of = [
            m
            for m in machines
            if name in m.cells and getattr(m, name) and (column != "support" or m.support == record["support"])
        ]
        for first in of[:1]:
            built.state("systems", record, first, {column: name})


def _agreed(column: str, values: Sequence[Any]) -> Any:
    """Settle what machines of one system say: the highest level, any yes, else the most frequent, first of equals."""
    if not values:
        return None
    if all(isinstance(value, bool) for value in values):
        return any(values)
    if column == "level":
        return max(values)
    if column == "support":
        return max(values, key=lambda s: _WORST[s])
    return Counter(values).most_common(1)[0][0]


def frames(tables: Mapping[str, Sequence[Record]]) -> dict[str, pd.DataFrame]:
    """Turn records into frames with the schema's columns, for :func:`~cloudplan.inventory.write.write_inventory`."""
    out: dict[str, pd.DataFrame] = {}
    for name, records in tables.items():
        columns = schema().tables[name].by_name
        out[name] = pd.DataFrame({c: pd.Series([r.get(c) for r in records], dtype=object) for c in columns})
    return out
