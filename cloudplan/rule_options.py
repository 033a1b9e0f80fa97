"""The options of every rule as JSON Schema, so that an editor can complete and check a scenario."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from cloudplan.migration import rules as migration_rules
from cloudplan.packing import rules as packing_rules
from cloudplan.placement import rules as placement_rules
from cloudplan.scenario_file.json_schema import scenario_schema


def rule_schemas() -> dict[str, dict[str, Any]]:
    """Say of each rule of the three homes which options it takes; by the rule's name.

    A name that two homes share (``capacity``, ``spare-hosts``) has the options of both.
    """
    out: dict[str, dict[str, Any]] = {}
    for classes in (placement_rules.all_rules(), packing_rules.all_rules(), migration_rules.all_rules()):
        for rule in classes:
            said = out.setdefault(
                rule.name(), {"type": "object", "additionalProperties": False, "properties": {}, "description": ""}
            )
            said["description"] = said["description"] or (rule.__doc__ or "").strip().splitlines()[0]
            hints = get_type_hints(rule)
            for option in (field for field in fields(rule) if field.name != "soft" or rule.counts):
                said["properties"][option.name] = TypeAdapter(hints[option.name]).json_schema()
    return out


def editor_schema() -> dict[str, Any]:
    """The whole JSON Schema of a scenario file, rules and their options included."""
    return scenario_schema(rule_schemas())
