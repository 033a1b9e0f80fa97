"""Which of the mapping's departments and rooms a file means by what it calls them: :class:`Places`."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any

from cloudplan.findings import Finding, Place
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import Given, MachineMapping
from cloudplan.intake.read import Room
from cloudplan.inventory.schema import folded

INSIDE = "/"
"""Parts a site from a location in it, in the mapping's names."""


def department_names(mapping: MachineMapping) -> dict[str, str]:
    """Give the mapping's departments by what files may call them, folded: id, name or short name."""
    known: dict[str, str] = {}
    for record, _ in mapping.departments:
        for column in ("department", "name", "short_name"):
            if record.get(column):
                known.setdefault(folded(str(record[column])), str(record["department"]))
    return known


class Places:
    """Departments and rooms by the names that files use; what no name leads to is remembered.

    Parameters
    ----------
    mapping
        Its departments go by id, name or short name; its rooms also by what ``sites`` lists.
    rooms
        Records of all rooms, those of the target design included.
    found
        Sites and locations of the files: what lies in what.
    """

    def __init__(self, mapping: MachineMapping, rooms: Sequence[Mapping[str, Any]], found: Sequence[Room]) -> None:
        self.mapping = mapping
        self.departments = department_names(mapping)
        self.rooms = {folded(str(room[column])): str(room["room"]) for column in ("name", "room") for room in rooms}
        self.above = {(folded(room.site), folded(room.name)): room.parent for room in found if room.parent}
        self.known: dict[tuple[str, str], str | None] = {}
        self.strange_rooms: dict[str, Place] = {}
        self.strange_departments: dict[str, Place] = {}
        for each in found:
            self.room(each.site, each.name if each.kind == "location" else "", each.place)

    def room(self, site: str, location: str, place: Place) -> str | None:
        """Give the room that a location is, or lies in, or the one its site is; ``None`` where the mapping has none."""
        if not (site or location):
            return None
        if (site, location) not in self.known:
            self.known[site, location] = self._room(site, location)
        room = self.known[site, location]
        if room is None:
            self.strange_rooms.setdefault(INSIDE.join(part for part in (site, location) if part), place)
        return room

    def _room(self, site: str, location: str) -> str | None:
        at, passed = location, set[str]()
        while at and at not in passed:
            passed.add(at)
            room = self._named(site, at)
            if room is not None:
                return room
            at = self.above.get((folded(site), folded(at)), "")
        return self._named("", site) if site else None

    def _named(self, site: str, name: str) -> str | None:
        for room, patterns in self.mapping.sites.items():
            for pattern in patterns:
                whole = f"{site}{INSIDE}{name}" if INSIDE in pattern and site else name
                if fnmatch.fnmatchcase(folded(whole), folded(pattern)):
                    return room
        return self.rooms.get(folded(name))

    def department(self, machine: Machine) -> Given | None:
        """Give a machine's department: the one its file names, else what the mapping's rules say."""
        stated = self.departments.get(folded(machine.department)) if machine.department else None
        if stated is not None:
            return Given(stated, machine.place)
        said = self.mapping.give("department", machine)
        if machine.department and (said is None or said.default):
            self.strange_departments.setdefault(machine.department, machine.place)
        return said

    def findings(self) -> list[Finding]:
        """Say which names lead nowhere."""
        rooms = many("intake.room_unmapped", [*self.strange_rooms.items()])
        return [*rooms, *many("intake.department_unmapped", [*self.strange_departments.items()])]


def is_stated(given: Given | None, machine: Machine) -> bool:
    """Whether a value is the file's own, not the mapping's."""
    return given is not None and given.place == machine.place
