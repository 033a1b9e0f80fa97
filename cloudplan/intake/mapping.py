"""What a foreign file can't know, said by rules on the machines: departments, rooms, zones, levels, systems, tiers.

Every value that a rule gives is an assumption, and comes back with the rule's place in the mapping file.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudplan.findings import Place
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping_columns import PlainTable

FIELDS = ("name", "os", "group", "environment", "host", "network", "department")
"""What a rule may look at; ``department`` is what the rules of the same name gave before."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Pattern:
    """A test on one field of a machine.

    Parameters
    ----------
    field
        One of :data:`FIELDS`.
    texts
        Glob patterns (``SQL*``), regular expressions (``re:(CRM|HR).*``, matching the whole) or, for ``network``,
        networks (``10.1.0.0/16``); any one is enough. Case doesn't count.
    """

    field: str
    texts: tuple[str, ...]

    @property
    def groups(self) -> int:
        """Groups that a match may give: those of the regular expression with the most."""
        return max((re.compile(text[3:]).groups for text in self.texts if text.startswith("re:")), default=0)

    def match(self, machine: Machine, department: str = "") -> tuple[str, ...] | None:
        """Give the groups of a regular expression (``()`` for other patterns), or ``None`` where nothing matches."""
        if self.field == "network":
            values = machine.addresses
        else:
            values = (department if self.field == "department" else getattr(machine, self.field),)
        for text in self.texts:
            for value in values:
                groups = _matched(text, value)
                if groups is not None:
                    return groups
        return None


def _matched(text: str, value: str) -> tuple[str, ...] | None:
    if text.startswith("re:"):
        found = re.fullmatch(text[3:], value, re.IGNORECASE)
        return None if found is None else tuple(group or "" for group in found.groups())
    if "/" in text:
        try:
            return () if ipaddress.ip_address(value) in ipaddress.ip_network(text, strict=False) else None
        except ValueError:
            return None
    return () if fnmatch.fnmatchcase(value.casefold(), text.casefold()) else None


@dataclass(frozen=True)
class MapRule:
    """One rule: all its patterns must match (the default has none), then it gives its value."""

    patterns: tuple[Pattern, ...]
    to: Any
    place: Place


@dataclass(frozen=True, slots=True)
class Given:
    """A value and the rule that gave it; whether that was the default, which matches everything."""

    value: Any
    place: Place
    default: bool = False


@dataclass(frozen=True)
class MachineMapping:
    """A mapping file, read and checked.

    Parameters
    ----------
    file
        The file, as the user named it.
    target_design
        The folder whose zones, conduits, targets, pools, host types, flavors, prices, factors and calendar are planned
        onto.
    departments, rooms
        Records of these tables, with their places.
    hardware
        What is assumed of the server that each machine stands on: ``height_u``, ``form``, ``power_max_w``,
        ``power_idle_w``.
    rules
        The rules by what they say (``department``, ``zone``, ``tier``… or a column of the systems table), in order; the
        last of each is the default.
    seed
        Seed for the choice of a shape.
    columns
        What stands under the headings of plain tables.
    sites
        Names (or patterns of names) by which files call a room: of a site, or of a location in it.
    """

    file: str
    target_design: Path
    departments: tuple[tuple[Record, Place], ...]
    rooms: tuple[tuple[Record, Place], ...]
    hardware: tuple[Record, Place]
    rules: Mapping[str, tuple[MapRule, ...]]
    seed: int = 1
    columns: tuple[PlainTable, ...] = ()
    sites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def give(self, what: str, machine: Machine, **known: str) -> Given | None:
        """Say what the first matching rule gives a machine.

        Parameters
        ----------
        what
            Name of the rules.
        machine
            The machine.
        **known
            What a text may refer to in braces beside ``{name}`` and the groups ``{1}``, ``{2}``….

        Returns
        -------
        Given or None
            ``None`` where the file has no such rules.
        """
        for rule in self.rules.get(what, ()):
            groups: tuple[str, ...] = ()
            matches = [pattern.match(machine, known.get("department", "")) for pattern in rule.patterns]
            if any(match is None for match in matches):
                continue
            for match in matches:
                groups += match or ()
            value = rule.to
            if isinstance(value, str):
                words = {"name": machine.name, **known, **{str(n): group for n, group in enumerate(groups, 1)}}
                value = re.sub(r"\{(\w+)\}", lambda found: words.get(found[1], found[0]), value)  # noqa: B023
            return Given(value, rule.place, not rule.patterns)
        return None
