"""Network and security devices that files name, as rows of ``devices``: :class:`Devices`."""

from __future__ import annotations

import math
from collections import defaultdict

from cloudplan.findings import Place
from cloudplan.intake.built import Built, Record, given, ident, listed, slug
from cloudplan.intake.columns import many
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import MachineMapping
from cloudplan.intake.places import Places, is_stated
from cloudplan.intake.racks import Racks
from cloudplan.intake.read import Hardware
from cloudplan.intake.stated import DEVICE, Columns
from cloudplan.intake.values import read_cell
from cloudplan.intake.words import words
from cloudplan.inventory.schema import schema

OTHER = "other"
"""The kind of what is none of the known: a word for anything names no device."""
PATTERN = "device."


def device_kind(role: str) -> str | None:
    """Say which kind of device a role or a type names; ``None`` where it names none that an inventory lists."""
    column = schema().tables["devices"].by_name["kind"]
    code = read_cell(column, role).text if role else ""
    if code in schema().vocabularies[str(column.values)].codes:
        return None if code == OTHER else code
    named = (name for name in words().patterns if name.startswith(PATTERN))
    return next((n.removeprefix(PATTERN) for n in named if role and words().patterns[n].fullmatch(role)), None)


class Devices:
    """Writes the rows of devices, where a room of theirs is known.

    A room is the one that the file's site means, or that of its rack; where the file says nothing of it, what the
    rules give. A site that is no room of the mapping leaves the device out.

    Parameters
    ----------
    built
        The tables in the making; ``devices`` is begun.
    mapping, places, racks
        What the files don't say, which rooms and departments they mean, and where racks stand.
    """

    def __init__(self, built: Built, mapping: MachineMapping, places: Places, racks: Racks) -> None:
        self.built, self.mapping, self.places, self.racks = built, mapping, places, racks
        self.taken: set[str] = set()
        self.homeless: list[tuple[str, Place]] = []
        built.tables["devices"] = []

    def write(self, thing: Hardware, kind: str) -> None:
        """Write the row of one device, or remember that no room is known."""
        alias = Machine(thing.name, thing.place, True, thing.os, "unknown", None, None, addresses=thing.addresses,
                        kind="physical", group=thing.role, site=thing.site, department=thing.department)  # fmt: skip
        room = self.places.room(thing.site, thing.room, thing.place) or self.racks.room(thing)
        owner = self.places.department(alias)
        department = None if owner is None else str(owner.value)
        ruled = None
        if room is None and not (thing.site or thing.room):
            ruled = given(self.mapping, "room", alias, {} if department is None else {"department": department})
            room = None if ruled is None else str(ruled.value)
        if room is None:
            self.homeless.append((thing.name, thing.place))
            return
        device = slug(thing.asset if ident(thing.asset) else thing.name, self.taken)
        self.taken.add(device.casefold())
        if ruled is not None:
            self.built.assume("devices", device, "room", ruled)
        if owner is not None and not is_stated(owner, alias):
            self.built.assume("devices", device, "department", owner)
        most = schema().tables["devices"].by_name["height_u"].maximum or math.inf
        height = None if thing.height_u is None or thing.height_u > most else math.ceil(thing.height_u)
        record: Record = {
            "device": device, "kind": kind, "department": department, "room": room, "height_u": height,
            "name": thing.name, "model": " ".join(part for part in (thing.vendor, thing.model) if part) or None,
            "serial": ident(thing.serial), "software": thing.os or None, "ips": listed(thing.addresses),
            "bought_on": thing.bought_on,
        }  # fmt: skip
        # racks count units from the lowest, and one of unknown height takes one
        mounted: Record = defaultdict(lambda: None, {**record, "height_u": height or 1})
        self.racks.mount(mounted, thing)
        record["rack"] = mounted["rack"]
        self.built.tables["devices"].append(record)
        named: Columns = {"device": "asset"} if device == thing.asset else {}
        self.built.state("devices", record, thing, {**DEVICE, **named})

    def settle(self) -> None:
        """Count the devices, and say which have no room."""
        self.built.counts["devices"] = len(self.built.tables["devices"])
        self.built.findings += many("intake.devices_homeless", self.homeless)
