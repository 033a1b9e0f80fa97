"""What files state and no table of the inventory has a column for: counted by file, and said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cloudplan.findings import Finding, Place, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake.built import ident
from cloudplan.intake.machine import Machine
from cloudplan.intake.read import Read

OF_MACHINE = ("note", "tags", "macs", "uuid", "cpu_now_pct", "memory_now_pct", "environment", "group", "cluster")
"""What no table has a column for; some of it rules of the mapping look at."""
OF_HOSTED = (
    "addresses", "serial", "asset", "vendor", "model", "cpu_model", "sockets", "bought_on", "storage_used_gib",
)  # fmt: skip
"""What stands in the row of a server, and so has no column where that is a host's."""
OF_THINGS: Mapping[str, tuple[str, ...]] = {
    "hardware": ("note", "tags", "cpu_mhz", "cpu_now_pct", "memory_now_pct", "face", "cluster"),
    "racks": ("serial", "asset", "tags", "role", "status", "department"),
    "rooms": ("address", "facility", "region", "tags", "status", "department"),
}
NETWORK = ("network_in_mbps", "network_out_mbps")


def not_kept(machines: Sequence[Machine], found: Read, hosted: Collection[Place]) -> list[Finding]:
    """Say of each file which of its values were read, and have no column to stand in.

    Parameters
    ----------
    machines
        Those that are written.
    found
        Hardware, racks, rooms and series of all files.
    hosted
        Places of the machines that stand on a host.
    """
    lost: dict[str, Counter[str]] = defaultdict(Counter)
    for machine in machines:
        for field in _of_machine(machine, machine.place in hosted):
            lost[machine.cells.get(field, machine.place).file][field] += 1
    known = {machine.place for machine in machines}
    for kind, fields in OF_THINGS.items():
        things: Sequence[Any] = getattr(found, kind)
        for thing in things:
            if thing.place not in known:
                lost[thing.place.file].update(field for field in fields if _stated(getattr(thing, field)))
    for series in found.series:
        if not np.isnan([series.read_iops, series.write_iops]).all():
            lost[series.place.file]["iops"] += 1
    return [_finding(file, counts) for file, counts in lost.items() if counts]


def _of_machine(machine: Machine, hosted: bool) -> Iterator[str]:
    yield from (field for field in OF_MACHINE if _stated(getattr(machine, field)))
    if machine.hostname and machine.hostname.casefold() != machine.name.casefold():
        yield "hostname"
    if machine.mbps is None:
        yield from (field for field in NETWORK if _stated(getattr(machine, field)))
    if hosted:
        yield from (field for field in OF_HOSTED if _stated(getattr(machine, field)))
    else:
        marks = {"serial": machine.serial, "asset": machine.asset}
        yield from (field for field, text in marks.items() if text and not ident(text))


def _stated(value: Any) -> bool:
    return value not in (None, "", ())


def _finding(file: str, counts: Counter[str]) -> Finding:
    fields = {
        each: say("words.comma", each).join(f"{say(f'intake.field.{f}', each)} {n}" for f, n in counts.most_common())
        for each in LANGUAGES
    }
    values = {"count": len(counts), "fields": fields}
    return Finding("intake.not_kept", Severity.INFO, values=values, place=Place(file))
