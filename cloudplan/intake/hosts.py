"""Hardware of several files brought together, and found again by the machines that stand on it: :class:`Hosts`."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import fields, replace

from cloudplan.findings import Finding, Place
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.intake.read import Hardware
from cloudplan.intake.sizes import plausible

SIZES = ("cores", "memory_gib")
MERGED = ("memory_gib", "sockets", "os", "serial", "asset", "department")
"""What files may contradict each other about, of a physical machine as of the hardware that it is."""
OWN = frozenset({"name", "place", "role", "ident", "cells"})
"""What the first file says of a thing, whatever another does."""


def short(name: str) -> str:
    """Give a host's name before its first dot, without case; an address stays whole."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name.partition(".")[0].casefold()
    return name


def gathered(hardware: Sequence[Hardware], findings: list[Finding]) -> list[Hardware]:
    """Bring together what several files say of one thing; the first counts, the others fill what it leaves blank.

    Two files mean one thing by one serial number, or by one name that each has only once. Within a file nothing is
    brought together: its reader knew better.
    """
    files: dict[str, list[Hardware]] = defaultdict(list)
    for each in hardware:
        files[each.place.file].append(each)
    out: list[Hardware] = []
    differing: list[tuple[str, Place]] = []
    for own in files.values():
        serials, names = _once(out, "serial"), _once(out, "name")
        own_serials, own_names = _once(own, "serial"), _once(own, "name")
        new: list[Hardware] = []
        for each in own:
            at = None
            if each.serial and each.serial.casefold() in own_serials:
                at = serials.get(each.serial.casefold())
            if at is None and each.name.casefold() in own_names:
                at = names.get(each.name.casefold())
                if at is not None and each.serial and out[at].serial:
                    at = None
            if at is None:
                new.append(each)
                continue
            pairs = [(getattr(out[at], size), getattr(each, size)) for size in SIZES]
            if any(one is not None and other is not None and one != other for one, other in pairs):
                differing.append((each.name, each.place))
            out[at] = _filled(out[at], each)
        out += new
    findings += many("intake.hardware_differs", differing)
    return out


def _once(hardware: Sequence[Hardware], column: str) -> dict[str, int]:
    """Give positions by a value that only one thing has."""
    found: dict[str, list[int]] = defaultdict(list)
    for position, each in enumerate(hardware):
        if getattr(each, column):
            found[getattr(each, column).casefold()].append(position)
    return {value: positions[0] for value, positions in found.items() if len(positions) == 1}


def _filled(first: Hardware, other: Hardware) -> Hardware:
    blank = [f.name for f in fields(Hardware) if f.name not in OWN and getattr(first, f.name) in (None, "", ())]
    # what no machine has is as good as blank where another file knows better
    blank += [size for size in SIZES if _is_odd(first, size) and not _is_odd(other, size) and getattr(other, size)]
    role = other.role if other.role in ("host", "server") else first.role
    cells = {**first.cells, **{name: other.cells[name] for name in blank if name in other.cells}}
    return replace(first, role=role, **{name: getattr(other, name) for name in blank}, cells=cells)


def as_merged(thing: Hardware, machine: Machine) -> Hardware:
    """Give hardware what counts of the machine that it is: of one record, whatever files or decisions say of either."""
    if thing.place != machine.place:
        return thing
    size = "cores" if thing.threads is None else "threads"
    found = {size: machine.cores, **{name: getattr(machine, name) for name in MERGED}}
    found = {name: value for name, value in found.items() if value not in (None, "")}
    of = {name: "cores" if name == size else name for name in found}
    cells = {name: machine.cells[field] for name, field in of.items() if field in machine.cells}
    return replace(thing, **found, cells={**thing.cells, **cells})


def _is_odd(thing: Hardware, size: str) -> bool:
    value = getattr(thing, size)
    return value is not None and not plausible(size, value)


class Hosts:
    """Finds the hardware that a machine stands on, by position in a list.

    Parameters
    ----------
    hardware
        The list.
    """

    def __init__(self, hardware: Sequence[Hardware]) -> None:
        self.hardware = hardware
        self.at = {each.place: position for position, each in enumerate(hardware)}
        self.names = _by(hardware, lambda each: each.name.casefold())
        self.shorts = _by(hardware, lambda each: short(each.name))
        self.serials = _by(hardware, lambda each: each.serial.casefold())
        self.clusters = _by(hardware, lambda each: each.cluster.casefold())
        self.missing: list[tuple[str, Place]] = []
        self.unclear: list[tuple[str, Place]] = []

    def own(self, machine: Machine) -> int | None:
        """Find the hardware that a physical machine is."""
        if machine.place in self.at:
            return self.at[machine.place]
        if machine.serial and len(self.serials[machine.serial.casefold()]) == 1:
            return self.serials[machine.serial.casefold()][0]
        named = self.names[machine.name.casefold()]
        return named[0] if len(named) == 1 else None

    def under(self, machine: Machine) -> int | None:
        """Find the host of a virtual machine: the one it names, else the only one of its cluster."""
        if not machine.host:
            members = self.clusters[machine.cluster.casefold()] if machine.cluster else []
            return members[0] if len(members) == 1 else None
        found = self.names[machine.host.casefold()]
        if not found:
            # only a short name stands for a full one: two full names that differ are two hosts
            whole = short(machine.host) != machine.host.casefold()
            near = self.shorts[short(machine.host)]
            found = [at for at in near if (short(self._name(at)) != self._name(at).casefold()) is not whole]
        if len(found) > 1:
            # a host of the machine's own export, or of its own site
            own = [at for at in found if self.hardware[at].place.file == machine.place.file]
            found = own or found
        if len(found) > 1 and machine.site:
            found = [at for at in found if self.hardware[at].site.casefold() == machine.site.casefold()] or found
        if len(found) == 1:
            return found[0]
        (self.unclear if found else self.missing).append((f"{machine.name} ({machine.host})", machine.place))
        return None

    def _name(self, position: int) -> str:
        return self.hardware[position].name

    def findings(self) -> list[Finding]:
        """Say which machines name a host that isn't there, or could be several."""
        if not self.hardware:
            return []
        return [*many("intake.host_missing", self.missing), *many("intake.host_unclear", self.unclear)]


def _by(hardware: Sequence[Hardware], key: Callable[[Hardware], str]) -> defaultdict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for position, each in enumerate(hardware):
        if key(each):
            found[key(each)].append(position)
    return found
