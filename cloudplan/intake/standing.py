"""What machines stand on: hosts and physical servers as rows of ``servers``, in their racks and rooms."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.built import Built, Record, given, ident, listed, rounded, slug
from cloudplan.intake.columns import many, some
from cloudplan.intake.devices import Devices, device_kind
from cloudplan.intake.hosts import Hosts, as_merged, gathered
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import Given, MachineMapping
from cloudplan.intake.places import Places, is_stated
from cloudplan.intake.racks import MOST_SERVER_U, Racks
from cloudplan.intake.read import Hardware, Read
from cloudplan.intake.stated import HOST, STORAGE, Columns
from cloudplan.intake.words import words
from cloudplan.inventory.schema import schema

SPARE = frozenset({"planned", "staged", "inventory"})
STOPPED = frozenset({"offline", "failed"})
ASSUMED = ("height_u", "form", "perf_per_core")
"""What the mapping's ``hardware`` says also of hardware that files name: its powers are those of small machines."""


@dataclass
class Standing:
    """Where machines stand.

    Parameters
    ----------
    server_of
        Server by the place of the machine on it.
    arch_of
        Instruction set by server.
    hosts
        Places of machines that are themselves hosts of others, and so no workload.
    taken
        Ids of servers, without case.
    hosted
        Places of machines that stand on a host, and so are no server themselves.
    """

    server_of: dict[Place, str] = field(default_factory=dict)
    arch_of: dict[str, str] = field(default_factory=dict)
    hosts: set[Place] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    hosted: set[Place] = field(default_factory=set)


def stand(built: Built, machines: Sequence[Machine], found: Read, mapping: MachineMapping, places: Places) -> Standing:
    """Write servers, devices and racks of the hardware that files name, and say which machine stands on which.

    Parameters
    ----------
    built
        The tables in the making; servers, devices and racks are added.
    machines
        Machines whose size is known.
    found
        Hardware and racks of all files.
    mapping, places
        What the files don't say, and which rooms and departments they mean.
    """
    hardware = gathered(found.hardware, built.findings)
    hosts = Hosts(hardware)
    on: dict[int, list[Machine]] = defaultdict(list)
    own: dict[int, Machine] = {}
    for machine in machines:
        at = hosts.own(machine) if machine.kind == "physical" else hosts.under(machine)
        if at is not None and machine.kind == "physical":
            own.setdefault(at, machine)
        elif at is not None:
            on[at].append(machine)
    built.findings += hosts.findings()
    standing = Standing()
    racks = Racks(built, found.racks, places)
    devices = Devices(built, mapping, places, racks)
    taken = standing.taken
    left: Counter[str] = Counter()
    said: dict[str, list[tuple[str, Place]]] = defaultdict(list)
    for at, thing in enumerate(hardware):
        physical = own.get(at)
        kind = None if on[at] or physical else device_kind(thing.role)
        if kind is not None:
            devices.write(thing, kind)
            continue
        if not (on[at] or physical or _is_server(thing)):
            left[thing.role or "?"] += 1
            continue
        if physical is not None:
            thing = as_merged(thing, physical)
        if not _is_sized(thing):
            said["hardware_unsized"].append((thing.name, thing.place))
            continue
        group = on[at] or ([physical] if physical is not None else [])
        server = slug(thing.asset or thing.name, taken)
        taken.add(server.casefold())
        writer = _Writer(built, mapping, places, server, thing, group)
        racks.mount(writer.write(racks, physical, bool(on[at])), thing)
        standing.arch_of[server] = writer.arch
        if writer.mixed:
            said["host_rooms_mixed"].append((thing.name, thing.place))
        if physical is not None and on[at]:
            standing.hosts.add(physical.place)
            said["host_no_workload"].append((physical.name, physical.place))
        standing.hosted |= {machine.place for machine in on[at]}
        standing.server_of |= {machine.place: server for machine in group}
    racks.settle()
    devices.settle()
    for message, entries in said.items():
        severity = Severity.INFO if message == "host_no_workload" else Severity.WARNING
        built.findings += many(f"intake.{message}", entries, severity)
    if left:
        values = {"count": left.total(), "roles": some(role for role, _ in left.most_common())}
        built.findings.append(Finding("intake.hardware_left", Severity.INFO, values=values, place=hardware[0].place))
    built.counts |= {"hosts": len(built.tables["servers"]), "racks": len(built.tables["racks"])}
    alone = [m for m in machines if m.place not in standing.hosts and m.place not in standing.server_of]
    if alone and not hardware:
        place = Place(alone[0].place.file, alone[0].place.sheet)
        built.findings.append(Finding("intake.no_hardware", Severity.WARNING, place=place))
    elif alone:
        built.findings += many("intake.own_size", [(machine.name, machine.place) for machine in alone])
    return standing


def _is_server(thing: Hardware) -> bool:
    if thing.role in ("host", "server") or words().patterns["server_role"].fullmatch(thing.role):
        return True
    return thing.cores is not None and thing.memory_gib is not None


def _is_sized(thing: Hardware) -> bool:
    columns = schema().tables["servers"].by_name
    for name, value in (("cores", thing.cores), ("memory_gib", thing.memory_gib)):
        low, high = columns[name].minimum or 0.0, columns[name].maximum or math.inf
        if value is None or not low <= value <= high:
            return False
    return thing.threads is None or thing.threads <= (columns["threads"].maximum or math.inf)


@dataclass
class _Writer:
    """Writes the row of one server.

    Parameters
    ----------
    server, thing, group
        Its id, the hardware, and the machines on it.
    arch
        Its instruction set, once written.
    mixed
        Whether rules put the machines on it into several rooms.
    """

    built: Built
    mapping: MachineMapping
    places: Places
    server: str
    thing: Hardware
    group: Sequence[Machine]
    arch: str = ""
    mixed: bool = False

    def write(self, racks: Racks, physical: Machine | None, is_host: bool) -> Record:
        """Write the row and give it; what no file says is listed as assumed."""
        thing, built = self.thing, self.built
        alias = Machine(thing.name, thing.place, True, thing.os, "unknown", thing.cores, thing.memory_gib,
                        addresses=thing.addresses, kind="physical", group=thing.role, host=thing.name,
                        cluster=thing.cluster, site=thing.site, department=thing.department)  # fmt: skip
        department = self._department(alias)
        words_known = {"department": str(department)}
        room = self.places.room(thing.site, thing.room, thing.place) or racks.room(thing)
        if room is None:
            room = str(self._decided("room", alias, words_known))
        zone = self._decided("zone", alias, words_known)
        self.arch = _arch(thing.cpu_model) or str(self._decided("arch", alias, words_known))
        cores = rounded(built, self.server, thing.cores or 0.0)
        threads = round(thing.threads or 0.0)
        if threads < cores:
            threads = cores
            if not thing.threads:
                built.assume("servers", self.server, "threads", Given(cores, Place(self.mapping.file)))
        sockets = None if thing.sockets is None or not 1 <= thing.sockets <= min(16, cores) else round(thing.sockets)
        record: Record = {
            "server": self.server, "department": department, "room": room, "name": thing.name,
            "brand": thing.vendor or None, "model": thing.model or None, "serial": ident(thing.serial),
            "cpu_model": thing.cpu_model or None, "sockets": sockets, "cores": cores, "threads": threads,
            "arch": self.arch, "memory_gib": thing.memory_gib, "zone": zone, "ips": listed(thing.addresses),
            "bought_on": thing.bought_on, "state": _state(thing),
            "storage_gib": None if physical is None else physical.storage_gib,
            "storage_used_gib": None if physical is None else physical.storage_used_gib,
            "os": None if is_host else thing.os or None, "virtualization": thing.os or None if is_host else None,
        }  # fmt: skip
        height = None if not thing.height_u else math.ceil(thing.height_u)
        said, place = self.mapping.hardware
        for column in ASSUMED:
            if column == "height_u" and height is not None and height <= MOST_SERVER_U:
                record[column] = height
                continue
            value = said.get(column, 1 if column == "height_u" else None)
            if value is not None:
                record[column] = built.assume("servers", self.server, column, Given(value, place))
        built.tables["servers"].append(record)
        named: Columns = {"server": "asset"} if self.server == thing.asset else {}
        built.state("servers", record, thing, {**HOST, **named})
        if physical is not None:
            built.state("servers", record, physical, STORAGE)
        return record

    def _department(self, alias: Machine) -> Any:
        said = self.places.department(alias)
        if not is_stated(said, alias):
            theirs = [self.places.department(machine) for machine in self.group]
            said = self._settled("department", said, theirs)
        return said.value if said is not None else None

    def _decided(self, column: str, alias: Machine, known: Mapping[str, str]) -> Any:
        """Give what the rules say of the server itself, else of most machines on it; the default comes last."""
        said = given(self.mapping, column, alias, known)
        theirs = [given(self.mapping, column, machine, {**known, "department": self._of(machine)})
                  for machine in self.group]  # fmt: skip
        if column == "room" and said is not None and said.default:
            self.mixed = len({one.value for one in theirs if one is not None}) > 1
        chosen = self._settled(column, said, theirs)
        return None if chosen is None else chosen.value

    def _settled(self, column: str, said: Given | None, theirs: Sequence[Given | None]) -> Given | None:
        """Settle one value and list it as assumed."""
        known = [one for one in theirs if one is not None]
        if known and (said is None or said.default):
            most = Counter(str(one.value) for one in known).most_common(1)[0][0]
            said = next(one for one in known if str(one.value) == most)
        self.built.assume("servers", self.server, column, said)
        return said

    def _of(self, machine: Machine) -> str:
        said = self.places.department(machine)
        return "" if said is None else str(said.value)


def _arch(model: str) -> str | None:
    """Give the instruction set that a processor's name says plainly."""
    names = (name for name in words().patterns if name.startswith("arch."))
    return next((n.partition(".")[2] for n in names if model and words().patterns[n].fullmatch(model)), None)


def _state(thing: Hardware) -> str:
    status = thing.status.casefold()
    return "spare" if status in SPARE else "stopped" if status in STOPPED else "running"
