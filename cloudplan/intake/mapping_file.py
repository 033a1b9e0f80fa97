"""A mapping file from YAML, with every fault at its line and column."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cloudplan.errors import BadInput
from cloudplan.findings import Place
from cloudplan.intake.mapping import FIELDS, MachineMapping, MapRule, Pattern, Record
from cloudplan.intake.mapping_columns import plain_tables
from cloudplan.intake.yaml_nodes import Reader
from cloudplan.inventory.schema import Column, schema

REQUIRED = ("department", "room", "zone", "level", "system", "tier")
"""Rules without which no machine can be planned."""
OF_WORKLOADS = ("tier", "arch", "storage_tier", "mbps", "ha_group")
OF_SYSTEMS = (
    "owner_level", "deploy_model", "level", "filing_status", "classified", "data_class", "personal_info",
    "internet_facing", "zone", "hours", "max_outage_minutes", "rto_hours", "rpo_hours", "database", "middleware",
    "support", "software_route", "adapt_effort", "xinchuang_due", "special_hardware", "last_data_on", "owner",
    "daily_gib", "seasonal", "month_end_factor", "om_yuan_per_year", "opinion", "opinion_reason",
)  # fmt: skip
"""Columns of the systems table that rules may fill."""
HARDWARE = ("height_u", "form", "power_max_w", "power_idle_w", "nameplate_w", "perf_per_core")
OWN = {"rooms": ("sites",)}
"""Keys of a table's records that are no columns of it: what files call a room."""
NOT_OF_TYPE = {
    "text": "intake.mapping_not_text",
    "integer": "intake.mapping_not_integer",
    "number": "intake.mapping_not_number",
    "boolean": "intake.mapping_not_boolean",
    "date": "intake.mapping_not_date",
}
_WORDS = ("name", "department", "room", "zone", "tier")
_TOP = ("version", "target_design", "seed", "departments", "rooms", "hardware", "columns", "rules")


def rule_names() -> tuple[str, ...]:
    """List everything that rules may say."""
    return tuple(dict.fromkeys((*REQUIRED, *OF_WORKLOADS, *OF_SYSTEMS)))


def read_mapping(path: Path, zones: Collection[str] | None = None, rooms: Collection[str] = ()) -> MachineMapping:
    """Read a mapping file.

    Parameters
    ----------
    path
        The YAML file.
    zones, rooms
        Zones (``None``: not known yet, not checked) and rooms of the target design, which rules may name.

    Returns
    -------
    MachineMapping
        Checked: every rule names only what exists, and ends in a default.

    Raises
    ------
    BadInput
        With every fault, each with line and column.
    """
    reader = Reader(str(path))
    root = reader.root(path)
    mapping = None if root is None else _mapping(reader, root, path, zones, rooms)
    if reader.findings or mapping is None:
        raise BadInput(reader.findings)
    return mapping


def read_target_design(path: Path) -> Path | None:
    """Give only the folder of the target design, ``None`` where the file names none or can't be read."""
    reader = Reader(str(path))
    root = reader.root(path)
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if getattr(key, "value", None) == "target_design" and isinstance(value, yaml.ScalarNode) and value.value:
                return path.parent / str(value.value)
    return None


def _mapping(
    reader: Reader, root: yaml.Node, path: Path, zones: Collection[str] | None, rooms: Collection[str]
) -> MachineMapping:
    top = reader.mapping(root, "mapping", _TOP, ("version", "target_design", "departments", "rooms", "rules"))
    if "version" in top and reader.scalar(top["version"][1], "version") != 1:
        reader.fault("intake.mapping_bad_value", top["version"][1], what="version",
                     value=getattr(top["version"][1], "value", ""), allowed=["1"])  # fmt: skip
    design = reader.scalar(top["target_design"][1], "target_design") if "target_design" in top else ""
    if "target_design" in top and not (isinstance(design, str) and design):
        reader.fault(NOT_OF_TYPE["text"], top["target_design"][1], what="target_design")
    seed = 1
    if "seed" in top:
        seed = _cell(reader, top["seed"][1], Column("seed", {}, "integer", minimum=0)) or 0
    departments = _records(reader, top, "departments", "department")
    own_rooms = _records(reader, top, "rooms", "room")
    known = _Known(
        departments={str(record["department"]) for record, _ in departments},
        rooms={str(record["room"]) for record, _ in own_rooms} | set(rooms),
        zones=zones,
    )
    for record, place in own_rooms:
        if record.get("department") and record["department"] not in known.departments:
            reader.one_of(_Node(place), "rooms.department", record["department"], sorted(known.departments))
    hardware: tuple[Record, Place] = ({}, Place(str(path)))
    if "hardware" in top:
        found = reader.mapping(top["hardware"][1], "hardware", HARDWARE)
        table = schema().tables["servers"].by_name
        hardware = (
            {name: _cell(reader, value, table[name]) for name, (_, value) in found.items()},
            reader.place(top["hardware"][1]),
        )
    rules: dict[str, tuple[MapRule, ...]] = {}
    if "rules" in top:
        for what, (_, node) in reader.mapping(top["rules"][1], "rules", rule_names(), REQUIRED).items():
            rules[what] = tuple(_rules(reader, what, node, known))
    columns = plain_tables(reader, top["columns"][1]) if "columns" in top else ()
    return MachineMapping(
        str(path), path.parent / str(design or ""), departments, own_rooms, hardware, rules, int(seed), columns,
        _sites(reader, top),
    )  # fmt: skip


@dataclass(frozen=True)
class _Known:
    departments: Collection[str]
    rooms: Collection[str]
    zones: Collection[str] | None


class _Node(yaml.Node):
    """A stand-in for a node whose place alone is known."""

    def __init__(self, place: Place) -> None:
        mark = yaml.Mark("", 0, (place.row or 1) - 1, int(place.column or 1) - 1, None, 0)
        super().__init__("", None, mark, mark)


def _records(
    reader: Reader, top: Mapping[str, tuple[yaml.Node, yaml.Node]], table: str, key: str
) -> tuple[tuple[Record, Place], ...]:
    if table not in top:
        return ()
    columns = schema().tables[table].by_name
    required = [name for name, column in columns.items() if column.required and name != "kind"]
    records: list[tuple[Record, Place]] = []
    seen: set[str] = set()
    for node in reader.items(top[table][1], table):
        found = reader.mapping(node, f"{table}[]", (*columns, *OWN.get(table, ())), required)
        record = {name: _cell(reader, value, columns[name]) for name, (_, value) in found.items() if name in columns}
        if record.get(key) is None:
            continue
        if record[key] in seen:
            reader.fault("intake.mapping_doubled_id", node, table=table, id=record[key])
            continue
        seen.add(str(record[key]))
        records.append((record, reader.place(node)))
    if not records and isinstance(top[table][1], yaml.SequenceNode):
        reader.fault("intake.mapping_none", top[table][1], table=table)
    return tuple(records)


def _sites(reader: Reader, top: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> dict[str, tuple[str, ...]]:
    """Give, by room, what files call it; faults of the list itself were said as its records were read."""
    listed = top["rooms"][1] if "rooms" in top else None
    sites: dict[str, tuple[str, ...]] = {}
    for node in listed.value if isinstance(listed, yaml.SequenceNode) else ():
        parts = node.value if isinstance(node, yaml.MappingNode) else []
        pairs = {key.value: value for key, value in parts if isinstance(key, yaml.ScalarNode)}
        if "sites" not in pairs or not isinstance(pairs.get("room"), yaml.ScalarNode):
            continue
        named = pairs["sites"]
        texts = [reader.scalar(each, "sites") for each in named.value] if isinstance(named, yaml.SequenceNode) else [
            reader.scalar(named, "sites")
        ]  # fmt: skip
        sites[str(pairs["room"].value)] = tuple(str(text) for text in texts if text not in (None, ""))
    return sites


def _rules(reader: Reader, what: str, node: yaml.Node, known: _Known) -> list[MapRule]:
    rules: list[MapRule] = []
    items = list(reader.items(node, what))
    ended = False
    fields = tuple(field for field in FIELDS if field != "department" or what != "department")
    for item in items:
        found = reader.mapping(item, f"rules.{what}", (*fields, "to", "otherwise"))
        if ended:
            reader.fault("intake.mapping_after_otherwise", item, what=what)
        if "otherwise" in found:
            ended = True
            for name in found.keys() - {"otherwise"}:
                reader.fault("intake.mapping_otherwise_alone", found[name][0], key=name)
            value = _value(reader, found["otherwise"][1], what, known, patterns=())
            rules.append(MapRule((), value, reader.place(item)))
            continue
        patterns = tuple(_pattern(reader, name, found[name][1], known.departments) for name in fields if name in found)
        if "to" not in found or not patterns:
            if found or not isinstance(item, yaml.MappingNode):
                key = "to" if "to" not in found else "/".join(fields)
                reader.fault("intake.mapping_missing_key", item, key=key, what=f"rules.{what}")
            continue
        value = _value(reader, found["to"][1], what, known, patterns)
        rules.append(MapRule(patterns, value, reader.place(item)))
    if not ended and isinstance(node, yaml.SequenceNode):
        reader.fault("intake.mapping_no_otherwise", node, what=what)
    return rules


def _pattern(reader: Reader, name: str, node: yaml.Node, known: Collection[str] | None = None) -> Pattern:
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    texts: list[str] = []
    for one in nodes:
        text = reader.scalar(one, name)
        if text is None or isinstance(text, bool) or text == "":
            if isinstance(one, yaml.ScalarNode):
                reader.fault(NOT_OF_TYPE["text"], one, what=name)
            continue
        text = str(one.value)
        if text.startswith("re:"):
            try:
                re.compile(text[3:])
            except re.error as fault:
                reader.fault("intake.mapping_bad_regex", one, value=text, reason=str(fault))
                continue
        elif name == "network" and "/" in text:
            try:
                ipaddress.ip_network(text, strict=False)
            except ValueError:
                reader.fault("intake.mapping_bad_network", one, value=text)
                continue
        elif name == "department" and known is not None and "*" not in text:
            reader.one_of(one, name, text, sorted(known))
        texts.append(text)
    return Pattern(name, tuple(texts))


def _value(reader: Reader, node: yaml.Node, what: str, known: _Known, patterns: tuple[Pattern, ...]) -> Any:
    if what in ("department", "room", "zone"):
        allowed = {"department": known.departments, "room": known.rooms, "zone": known.zones}[what]
        value = reader.scalar(node, what)
        # without a single department the list itself is at fault, and that has been said
        if isinstance(node, yaml.ScalarNode) and allowed:
            reader.one_of(node, what, value, sorted(allowed))
        return str(value)
    if what in ("system", "ha_group"):
        value = reader.scalar(node, what)
        groups = sum(pattern.groups for pattern in patterns)
        words = (*_WORDS, *(str(n) for n in range(1, groups + 1)))
        for word in re.findall(r"\{([^}]*)\}", str(value)):
            if word not in words:
                reader.fault("intake.mapping_bad_word", node, word=word, allowed=words)
        if what == "system" and value in (None, ""):
            reader.fault(NOT_OF_TYPE["text"], node, what=what)
        return None if value is None else str(value)
    table = "workloads" if what in OF_WORKLOADS else "systems"
    return _cell(reader, node, schema().tables[table].by_name[what])


def _cell(reader: Reader, node: yaml.Node, column: Column) -> Any:
    """Read a value for a column, checked by its type, bounds and vocabulary; ``None`` is a blank."""
    value = reader.scalar(node, column.name)
    if value is None:
        return None
    fits = {
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
        "date": isinstance(value, dt.date) and not isinstance(value, dt.datetime),
    }.get(column.type, isinstance(value, str | int) and not isinstance(value, bool))
    if not fits:
        reader.fault(NOT_OF_TYPE.get(column.type, NOT_OF_TYPE["text"]), node, what=column.name)
        return None
    if column.type == "choice" and column.values is not None:
        value = str(value)
        return value if reader.one_of(node, column.name, value, schema().vocabularies[column.values].codes) else None
    if column.type in ("integer", "number"):
        low = -math.inf if column.minimum is None else column.minimum
        high = math.inf if column.maximum is None else column.maximum
        if not low <= value <= high:
            limits = [f"≥ {low:g}"] * (low > -math.inf) + [f"≤ {high:g}"] * (high < math.inf)
            bounds = ", ".join(limits)
            reader.fault("intake.mapping_bounds", node, what=column.name, value=value, bounds=bounds)
            return None
        return value
    return value if column.type in ("boolean", "date") else str(value)
