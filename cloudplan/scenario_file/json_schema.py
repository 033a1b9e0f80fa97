"""The JSON Schema of a scenario, for editors: :func:`scenario_schema`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudplan.scenario import Scenario


def scenario_schema(rule_schemas: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Say in JSON Schema (draft 2020-12) what a scenario file may hold.

    Parameters
    ----------
    rule_schemas
        Schema of the options of each rule, by the rule's name; without it any rule may have any options.

    Returns
    -------
    dict
        The schema; a file that extends another need not repeat the required keys.
    """
    schema = Scenario.model_json_schema()
    for part in (schema, *schema["$defs"].values()):
        for option in part["properties"].values():
            option.pop("title", None)  # made from the name; it says nothing more
    required = schema.pop("required")
    schema["properties"] = {
        "extends": {"type": "string", "description": "Scenario that this one changes, relative to this file"},
        **schema["properties"],
    }
    schema["anyOf"] = [{"required": ["extends"]}, {"required": required}]
    if rule_schemas is not None:
        rules = schema["properties"]["rules"]
        rules["additionalProperties"] = False
        rules["patternProperties"] = {r"^[^.]+\..+$": {"type": ["boolean", "object"]}}  # rules of one's own
        rules["properties"] = {
            name: {"anyOf": [{"type": "boolean"}, dict(options)]} for name, options in sorted(rule_schemas.items())
        }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "cloudplan scenario"}
