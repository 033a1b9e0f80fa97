"""Racks that files name, and what is mounted in them: :class:`Racks`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from cloudplan.findings import Place, Severity
from cloudplan.intake.built import Built, Record, slug
from cloudplan.intake.columns import many
from cloudplan.intake.mapping import Given
from cloudplan.intake.places import Places
from cloudplan.intake.read import Hardware, Rack
from cloudplan.intake.stated import RACK
from cloudplan.inventory.schema import folded

USUAL_U, MOST_U = 42, 60
"""Height that is assumed of a rack whose file says none, and the most that an inventory takes; U."""
MOST_SERVER_U = 42


@dataclass
class _Entry:
    """A rack: its id and room, ``None`` where no room is known; its height, ``None`` where no file says it."""

    rack: str | None
    room: str | None
    site: str
    location: str
    total_u: int | None
    place: Place
    mounted: list[tuple[Record, Hardware]] = field(default_factory=list)


class Racks:
    """Writes the rows of racks, and where in them servers are mounted.

    Parameters
    ----------
    built
        The tables in the making.
    racks
        Racks that the files list; those that only a server names are added as they are met.
    places
        Which room a file means.
    """

    def __init__(self, built: Built, racks: Sequence[Rack], places: Places) -> None:
        self.built, self.places = built, places
        self.taken: set[str] = set()
        self.named: dict[str, list[_Entry]] = defaultdict(list)
        self.own: dict[tuple[str, str], _Entry] = {}
        self.said: dict[str, list[tuple[str, Place]]] = defaultdict(list)
        built.tables["racks"] = []
        for rack in racks:
            room = places.room(rack.site, rack.room, rack.place)
            height = None if rack.height_u is None else math.ceil(rack.height_u)
            total = height if height is not None and 1 <= height <= MOST_U else None
            ident = None if room is None else self._write(rack.name, room, rack)
            if ident is None:
                self.said["racks_homeless"].append((rack.name, rack.place))
            entry = _Entry(ident, room, folded(rack.site), folded(rack.room), total, rack.place)
            self.named[folded(rack.name)].append(entry)

    def _write(self, name: str, room: str, thing: Rack | Hardware) -> str:
        rack = slug(name, self.taken)
        if rack.casefold() != slug(name, set()).casefold():
            rack = slug(f"{room}-{name}", self.taken)
        self.taken.add(rack.casefold())
        record: Record = {"rack": rack, "room": room, "total_u": None}
        self.built.tables["racks"].append(record)
        self.built.state("racks", record, thing, RACK if isinstance(thing, Rack) else {"rack": "rack"})
        return rack

    def _listed(self, thing: Hardware) -> list[_Entry]:
        """Give the racks of the files that a thing may stand in."""
        site, location = folded(thing.site), folded(thing.room)
        return [
            entry
            for entry in self.named.get(folded(thing.rack), ())
            if (not site or not entry.site or entry.site == site)
            and (not location or not entry.location or entry.location == location)
        ]

    def room(self, thing: Hardware) -> str | None:
        """Give the room of the rack that a thing stands in, where a file lists it."""
        found = self._listed(thing) if thing.rack else []
        return found[0].room if len(found) == 1 else None

    def mount(self, server: Record, thing: Hardware) -> None:
        """Write where a server is mounted; its room, height and place in the row are known."""
        if not thing.rack:
            return
        found = self._listed(thing)
        if len(found) > 1:
            self.said["rack_unclear"].append((f"{thing.name} ({thing.rack})", thing.place))
            return
        room = str(server["room"])
        if found:
            entry = found[0]
        elif (room, folded(thing.rack)) in self.own:
            entry = self.own[room, folded(thing.rack)]
        else:
            entry = _Entry(self._write(thing.rack, room, thing), room, "", "", None, thing.place)
            self.own[room, folded(thing.rack)] = entry
        if entry.rack is None:
            return
        if entry.room != room:
            self.said["rack_elsewhere"].append((f"{thing.name} ({thing.rack})", thing.place))
            return
        server["rack"] = entry.rack
        at = thing.position_u
        if at is not None and not (at >= 1 and at == int(at)):
            self.said["position_bad"].append((f"{thing.name} ({at:g})", thing.place))
        elif at is not None:
            server["start_u"] = int(at)
        entry.mounted.append((server, thing))

    def settle(self) -> None:
        """Give every rack its height, and say what is mounted above it or where something else is."""
        rows = {row["rack"]: row for row in self.built.tables["racks"]}
        for entry in [*(e for listed in self.named.values() for e in listed), *self.own.values()]:
            if entry.rack is None:
                continue
            tops = [server["start_u"] + server["height_u"] - 1 for server, _ in entry.mounted if server.get("start_u")]
            total = entry.total_u
            if total is None:
                total = min(MOST_U, max([USUAL_U, *tops]))
                self.built.assume("racks", entry.rack, "total_u", Given(total, Place(self.places.mapping.file)))
                self.said["rack_height"].append((entry.rack, entry.place))
            rows[entry.rack]["total_u"] = total
            for server, thing in entry.mounted:
                if server.get("start_u") and server["start_u"] + server["height_u"] - 1 > total:
                    self.said["position_above"].append((f"{thing.name} ({entry.rack})", thing.place))
                    server["start_u"] = None
            self._overlaps(entry)
        info = Severity.INFO
        self.built.findings += many("intake.rack_height", self.said.pop("rack_height", []), info)
        for message, entries in self.said.items():
            self.built.findings += many(f"intake.{message}", entries)

    def _overlaps(self, entry: _Entry) -> None:
        spans = [(server["start_u"], server["start_u"] + server["height_u"] - 1, thing)
                 for server, thing in entry.mounted if server.get("start_u")]  # fmt: skip
        spans.sort(key=lambda span: span[:2])
        for number, (start, _, thing) in enumerate(spans):
            for _, top, other in spans[:number]:
                # two that are half as deep as the rack may share a unit from its two faces
                if start <= top and not (thing.face and other.face and thing.face != other.face):
                    self.said["positions_overlap"].append((f"{other.name} / {thing.name} ({entry.rack})", thing.place))
                    break
