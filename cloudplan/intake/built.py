"""Tables in the making: :class:`Built`, its records, and every value in them that no file measured."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cloudplan.findings import Finding, Place
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping import Given, MachineMapping
from cloudplan.intake.provenance import Stated
from cloudplan.inventory.cells import SEPARATOR
from cloudplan.inventory.schema import schema

Record = dict[str, Any]
Fields = str | tuple[str, ...]
BLANK = (None, "", ())
HOURS = "h000-h167"
"""The hours of a week as one column: they come from one series."""


class Placed(Protocol):
    """What knows which cell each of its fields was read from."""

    @property
    def cells(self) -> Mapping[str, Place]:
        """Cell by field."""


@dataclass(frozen=True)
class Assumption:
    """One value that no file measured: where it went, what it is, and who said so."""

    table: str
    record: str
    column: str
    value: Any
    place: Place | None


@dataclass
class Built:
    """Tables in the making.

    Parameters
    ----------
    tables
        Records by table.
    assumptions
        Every value that the mapping (or a default) gave.
    findings
        What had to be said on the way.
    workload_of
        Machine (by its place) → workload id.
    department_of
        Workload → department.
    stated
        Cells that files state: table, record, column, and where.
    counts
        Servers, racks and devices that the files name: ``hosts``, ``racks``, ``devices``.
    """

    tables: dict[str, list[Record]] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    workload_of: dict[Place, str] = field(default_factory=dict)
    department_of: dict[str, str] = field(default_factory=dict)
    stated: list[tuple[str, Record, str, Place]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"hosts": 0, "racks": 0, "devices": 0})

    def assume(self, table: str, record: str, column: str, given: Given | None) -> Any:
        """List a value as an assumption and give it."""
        if given is None:
            return None
        self.assumptions.append(Assumption(table, record, column, given.value, given.place))
        return given.value

    def state(self, table: str, record: Record, thing: Placed, columns: Mapping[str, Fields]) -> None:
        """Remember which cells of a record files state.

        Parameters
        ----------
        table, record
            The table, and its record, which may still change.
        thing
            The machine, hardware or rack that it is of.
        columns
            By column, the field of the thing that it is of, or several, the first that is stated.
        """
        for column, names in columns.items():
            fields = (names,) if isinstance(names, str) else names
            named = (name for name in fields if name in thing.cells and getattr(thing, name) not in BLANK)
            name = next(named, None)
            if name is not None:
                self.stated.append((table, record, column, thing.cells[name]))

    def provenance(self) -> Iterator[Stated]:
        """Give every cell that a file states, and none that is assumed; to be asked when the tables are done."""
        assumed = {(a.table, a.record, a.column) for a in self.assumptions}
        for table, record, column, place in self.stated:
            names = [str(record[key]) for key in schema().tables[table].key]
            # the hours are too many to list one by one
            value = "" if column == HOURS else record.get(column)
            if (column == HOURS or value not in BLANK) and (table, names[0], column) not in assumed:
                yield Stated(table, "/".join(names), column, value, place)

    def invent(self, table: str, record: str, column: str, value: Any) -> Any:
        """List a value that neither a file nor the mapping gives, and give it."""
        self.assumptions.append(Assumption(table, record, column, value, None))
        return value


def rounded(built: Built, server: str, cores: float) -> int:
    """Give the whole cores that hold a part of one; a size that no file states is listed as assumed."""
    whole = max(1, math.ceil(cores - 1e-9))
    if whole != cores:
        built.invent("servers", server, "cores", whole)
    return whole


def slug(name: str, taken: Mapping[str, Any] | set[str]) -> str:
    """Make an id of a name: letters, digits, dots, hyphens and underscores, unlike every id already taken."""
    base = re.sub(r"-{2,}", "-", re.sub(r"[^\w.-]+", "-", name.strip())).strip("-") or "machine"
    found, n = base, 1
    while found.casefold() in taken:
        n += 1
        found = f"{base}-{n}"
    return found


def ident(text: str) -> str | None:
    """Give a text that may stand in a column of ids, else ``None``."""
    return text if text and text.isprintable() and not SEPARATOR.search(text) else None


def listed(texts: Sequence[str]) -> tuple[str, ...]:
    """Keep the texts that may stand in a list."""
    return tuple(text for text in texts if not SEPARATOR.search(text))


DEFAULTS: Mapping[str, Any] = {"arch": "x86", "owner_level": "banner", "deploy_model": "local", "classified": False}
"""What is assumed where the mapping has no rule (never silently: each is listed)."""


def given(mapping: MachineMapping, column: str, machine: Machine, known: Mapping[str, str]) -> Given | None:
    """Say what the mapping gives a machine, else the project's own default where there is one."""
    said = mapping.give(column, machine, **known)
    if said is None and column in DEFAULTS:
        return Given(DEFAULTS[column], Place(mapping.file), True)
    return said
