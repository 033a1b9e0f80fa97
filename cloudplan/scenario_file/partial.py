"""A scenario with faults, as far as it can be read, so that its other parts are judged in the same run."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cloudplan.scenario import Scenario
from cloudplan.scenario_file.tree import Steps

MOST_PASSES = 5
"""A value put in the place of a wrong one may bring to light what was hidden below it; it never takes more than two."""


@dataclass(frozen=True)
class Holes:
    """What couldn't be read of a scenario and its inventory: nothing that hangs on it is judged.

    Parameters
    ----------
    ways
        Ways to the scenario's values that have a fault; something else stands in their place.
    tables
        Tables whose keys are not all known.
    """

    ways: Set[Steps] = frozenset()
    tables: Set[str] = frozenset()

    def sound(self, *steps: str | int) -> bool:
        """Say whether neither a value, nor anything in it or around it, has a fault."""
        return not any(steps[: len(way)] == way[: len(steps)] for way in self.ways)


def as_far_as_read(data: Mapping[str, Any], errors: Iterable[ErrorDetails]) -> tuple[Scenario | None, set[Steps]]:
    """Put a valid value wherever pydantic found none, and say where.

    Parameters
    ----------
    data
        The scenario's raw values.
    errors
        What pydantic found in them.

    Returns
    -------
    tuple
        The scenario (``None`` if even so there is none), to be judged and never planned; and the ways to what was put
        in or taken out.
    """
    mended: dict[str, Any] = copy.deepcopy(dict(data))
    ways: set[Steps] = set()
    for _ in range(MOST_PASSES):
        for error in errors:
            steps: Steps = tuple(error["loc"])
            ways.add(steps)
            _mend(mended, steps, error["type"] == "extra_forbidden")
        try:
            return Scenario.model_validate(mended), ways
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None, ways


def _mend(data: dict[str, Any], steps: Steps, unknown: bool) -> None:
    holder: Any = data
    for step in steps[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):  # what is around it was mended already
            return
    if unknown:
        holder.pop(steps[-1], None)
    else:
        holder[steps[-1]] = _stand_in(steps)


def _stand_in(steps: Steps) -> Any:
    """Find a value that is allowed where the way leads: the default, or the plainest of its type."""
    annotation: Any = Scenario
    default: Any = None
    for step in steps:
        default = None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields[str(step)]
            annotation, default = _bare(field.annotation), field.get_default(call_default_factory=True)
        else:
            annotation = _bare(get_args(annotation)[0 if isinstance(step, int) else 1])
    if isinstance(default, BaseModel):
        return {}
    return default if isinstance(default, (str, int, float, dt.date, tuple, Mapping)) else _plainest(annotation)


def _bare(annotation: Any) -> Any:
    """Take ``| None`` off an annotation."""
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return parts[0] if type(None) in get_args(annotation) else annotation


def _plainest(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return get_args(annotation)[0]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        required = {name: field for name, field in annotation.model_fields.items() if field.is_required()}
        return {name: _plainest(_bare(field.annotation)) for name, field in required.items()}
    plain = {str: "?", float: 0.0, int: 0, bool: False, dt.date: dt.date(2000, 1, 1)}
    return plain.get(annotation, {} if get_origin(annotation) is not tuple else ())
