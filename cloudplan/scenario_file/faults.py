"""What pydantic says of a scenario, turned into findings with file, line and column."""

from __future__ import annotations

import datetime as dt
import difflib
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cloudplan.findings import Finding
from cloudplan.inventory.cells import closest, number_shown, shown
from cloudplan.scenario import Scenario
from cloudplan.scenario_file.tree import Positions, Steps

_TYPES = {
    "string_type": "not_text",
    "int_type": "not_integer",
    "int_from_float": "not_integer",
    "float_type": "not_number",
    "bool_type": "not_boolean",
    "date_type": "not_date",
    "date_from_datetime_inexact": "not_date",
    "tuple_type": "not_list",
    "dict_type": "not_mapping",
    "mapping_type": "not_mapping",
    "model_type": "not_mapping",
    "model_attributes_type": "not_mapping",
    "finite_number": "not_finite",
    "string_too_short": "blank",
    "string_pattern_mismatch": "not_a_time",
}
_BOUNDS = ("greater_than_equal", "greater_than", "less_than_equal", "less_than")
_WIDE_COLON = "\uff1a"


def findings_of(errors: Iterable[ErrorDetails], positions: Positions, broken: Iterable[Steps]) -> Iterator[Finding]:
    """Yield a finding for every error, but those about values that have a fault already.

    Parameters
    ----------
    errors
        What pydantic found.
    positions
        Where the scenario's values stand.
    broken
        Ways to values that were complained about before.
    """
    known = list(broken)
    for error in errors:
        steps: Steps = tuple(error["loc"])
        if not any(steps[: len(way)] == way for way in known):
            yield _finding(error, steps, positions)


def _finding(error: ErrorDetails, steps: Steps, positions: Positions) -> Finding:
    kind, subject = error["type"], named(steps)
    value = shown(positions.written[steps]) if steps in positions.written else "{…}" if _is_mapping(error) else "[…]"
    values: dict[str, Any] = {"key": subject, "value": value}
    place = positions.place(*steps)
    if kind == "extra_forbidden":
        values["allowed"], place = tuple(_keys(steps[:-1])), positions.key(*steps)
        values["key"] = str(steps[-1])
        message, values["maybe"] = _likely("key", str(steps[-1]), values["allowed"])
        if values["maybe"] is None and (there := _elsewhere(str(steps[-1]))) is not None:
            message, values["maybe"] = "misplaced_key", there
    elif kind == "missing":
        message, values["key"] = "missing_key", str(steps[-1])
        place = positions.key(*steps[:-1])
    elif error["input"] is None:
        message, place = "blank", positions.key(*steps)
    elif kind in ("model_type", "dict_type", "date_type", "string_type") and _WIDE_COLON in value:
        message, values["line"] = "wide_colon", value
    elif kind == "literal_error":
        field = _field(steps)
        values["allowed"] = tuple(_literals(field.annotation)) if field is not None else ()
        message, values["maybe"] = _likely("value", value, values["allowed"])
    elif kind in _BOUNDS:
        message, values["allowed"] = "out_of_range", _bounds(_field(steps))
    else:
        message = _TYPES.get(kind, "bad_value")
    return Finding(f"scenario.{message}", subject=subject, values=values, place=place)


def named(steps: Steps) -> str:
    """Write the way to a value as a person says it, items of a list counted from 1: ``locks #2.reason``."""
    return "".join(f" #{step + 1}" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _is_mapping(error: ErrorDetails) -> bool:
    return isinstance(error["input"], Mapping)


def _likely(what: str, value: str, allowed: tuple[str, ...]) -> tuple[str, str | None]:
    maybe = closest(value, allowed)
    return (f"unknown_{what}" if maybe is None else f"misspelt_{what}"), maybe


def _bare(annotation: Any) -> Any:
    """Take ``| None`` off an annotation."""
    if get_origin(annotation) in (Union, types.UnionType):
        return next(arg for arg in get_args(annotation) if arg is not type(None))
    return annotation


def _keys(steps: Steps) -> list[str]:
    """Keys that a part of the scenario may have."""
    annotation: Any = Scenario
    for step in steps:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            annotation = _bare(annotation.model_fields[str(step)].annotation)
        else:  # a list's or a mapping's values
            annotation = _bare(get_args(annotation)[0 if isinstance(step, int) else 1])
    return [*(["extends"] if not steps else []), *annotation.model_fields]


def _field(steps: Steps) -> FieldInfo | None:
    """Find the field that says what is allowed of a value (the list's, for an item of a list)."""
    annotation: Any = Scenario
    field: FieldInfo | None = None
    for step in steps:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields[str(step)]
            annotation = _bare(field.annotation)
        elif get_args(annotation):
            inner = get_args(annotation)[0 if isinstance(step, int) else -1]
            # bounds of the items themselves, as prices have them
            field = next((one for one in getattr(inner, "__metadata__", ()) if isinstance(one, FieldInfo)), field)
            annotation = _bare(inner)
    return field


def _literals(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    else:
        for arg in get_args(annotation):
            yield from _literals(arg)


def _bounds(field: FieldInfo | None) -> str:
    """Write a field's bounds, as in ``≥ 0, < 1``."""
    signs = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
    found = [
        f"{sign} {bound.isoformat() if isinstance(bound, dt.date) else number_shown(bound)}"
        for name, sign in signs
        for limit in (field.metadata if field is not None else ())
        if (bound := getattr(limit, name, None)) is not None
    ]
    return ", ".join(found)


def _everywhere(part: type[BaseModel], steps: Steps = ()) -> Iterator[tuple[str, str]]:
    """Yield every key of the scenario and its parts, with the whole way to it."""
    for name, field in part.model_fields.items():
        yield name, named((*steps, name))
        kind = _bare(field.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _everywhere(kind, (*steps, name))


_EVERYWHERE = dict(_everywhere(Scenario))


def _elsewhere(key: str) -> str | None:
    """Find the key of another part that a key very likely is; the whole way to it."""
    near = difflib.get_close_matches(key, _EVERYWHERE, n=1, cutoff=0.85)
    return _EVERYWHERE[near[0]] if near else None
