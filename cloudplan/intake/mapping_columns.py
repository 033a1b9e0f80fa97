"""The section ``columns`` of a mapping file: which heading of a plain table holds which field of a machine."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from cloudplan.findings import Place
from cloudplan.intake.values import factor, tidy
from cloudplan.intake.words import words
from cloudplan.intake.yaml_nodes import Reader
from cloudplan.inventory.schema import Column, folded

SHEET = "!"
"""Stands between the pattern of a file and that of a sheet, as in every place that a finding names."""


def _columns() -> dict[str, Column]:
    columns = {name: Column(name, {}, "text") for name in (
        "name", "hostname", "serial", "asset", "uuid", "os", "environment", "group", "cluster", "department", "host",
        "site", "room", "rack", "vendor", "model", "cpu_model", "note",
    )}  # fmt: skip
    # blanks, too, part what a column of this name lists
    columns |= {name: Column("ips", {}, "list") for name in ("addresses", "macs")}
    columns["systems"] = Column("systems", {}, "list")
    columns["kind"] = Column("kind", {}, "choice", values="workload_kind")
    columns["power"] = Column("power", {}, "choice", values="workload_state")
    columns["bought_on"] = Column("bought_on", {}, "date")
    units = {
        None: ("cores", "sockets", "threads"),
        "GiB": ("memory", "storage", "storage_used"),
        "%": ("cpu_avg", "cpu_p95", "cpu_max", "memory_avg", "memory_p95", "memory_max"),
        "d": ("days",),
        "U": ("position", "height"),
    }
    columns |= {name: Column(name, {}, "number", unit=unit) for unit, names in units.items() for name in names}
    return columns


FIELDS: Mapping[str, Column] = _columns()
"""What a heading may hold, and as what its cells are read."""
SEVERAL = ("addresses", "macs", "systems", "note")
"""Fields that more than one heading may hold."""
IDENTITIES = ("name", "hostname", "asset", "serial", "addresses")
"""What may name a machine, the first that a row has."""


@dataclass(frozen=True, slots=True)
class Head:
    """One heading: what stands below it, and in which unit (``None``: as the heading or the cells say)."""

    heading: str
    field: str
    unit: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class PlainTable:
    """The headings of the files and sheets whose names match the patterns."""

    file: str
    sheet: str
    heads: tuple[Head, ...]
    place: Place

    def is_of(self, file: str, sheet: str | None = None) -> bool:
        """Whether it speaks of a file, or of a sheet in it; case doesn't count."""
        name = Path(file).name.casefold()
        return fnmatch.fnmatchcase(name, self.file.casefold()) and (
            sheet is None or fnmatch.fnmatchcase(sheet.casefold(), self.sheet.casefold())
        )


def heading_key(heading: object) -> str:
    """Reduce a heading to what is compared: no width, case or blanks."""
    return "".join(folded(tidy(heading if isinstance(heading, str) else str(heading))).split())


def read_columns(path: Path) -> tuple[PlainTable, ...]:
    """Read the section ahead of all else; what is wrong with it is said when the mapping as a whole is read."""
    reader = Reader(str(path))
    root = reader.root(path)
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if getattr(key, "value", None) == "columns":
                return plain_tables(reader, value)
    return ()


def plain_tables(reader: Reader, node: yaml.Node) -> tuple[PlainTable, ...]:
    """Read the section: by pattern of files, field by heading; faults go to the reader."""
    tables: list[PlainTable] = []
    for pattern, (key, value) in reader.mapping(node, "columns", _keys(node)).items():
        file, _, sheet = pattern.partition(SHEET)
        heads = [
            head
            for heading, (own, said) in reader.mapping(value, f"columns.{pattern}", _keys(value)).items()
            if (head := _head(reader, heading, own, said)) is not None
        ]
        seen: dict[str, Head] = {}
        for head in heads:
            first = seen.setdefault(head.field, head)
            if first is not head and head.field not in SEVERAL:
                values = {"field": head.field, "first": first.heading, "heading": head.heading}
                reader.fault("intake.mapping_doubled_field", _at(value, head), **values)
        if heads and not seen.keys() & set(IDENTITIES):
            reader.fault("intake.mapping_missing_key", key, key="name", what=f"columns.{pattern}")
        tables.append(PlainTable(file, sheet or "*", tuple(heads), reader.place(key)))
    return tuple(tables)


def _keys(node: yaml.Node) -> list[str]:
    """List the keys of a mapping whose keys are free: only one that stands twice is a fault."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return [str(key.value) for key, _ in pairs if isinstance(key, yaml.ScalarNode)]


def _at(node: yaml.Node, head: Head) -> yaml.Node:
    keys: list[yaml.Node] = [key for key, _ in node.value]
    return next(key for key in keys if key.value == head.heading)


def _head(reader: Reader, heading: str, key: yaml.Node, node: yaml.Node) -> Head | None:
    unit: str | None = None
    named = node
    if isinstance(node, yaml.MappingNode):
        found = reader.mapping(node, f"columns.{heading}", ("field", "unit"), ("field",))
        if "field" not in found:
            return None
        named = found["field"][1]
        if "unit" in found:
            unit = str(reader.scalar(found["unit"][1], "unit"))
    field = str(reader.scalar(named, "field"))
    if not isinstance(named, yaml.ScalarNode) or not reader.one_of(named, "field", field, FIELDS):
        return None
    if unit is not None:
        at, to = found["unit"][1], FIELDS[field].unit
        if to is None:
            reader.fault("intake.mapping_no_unit", at, field=field, allowed=[n for n, c in FIELDS.items() if c.unit])
            return None
        if factor(unit, to) is None:
            reader.one_of(at, "unit", unit, [to, *words().units[to]])
            return None
    return Head(heading, field, unit, reader.place(key))
