"""What a decision rests on, cell by cell: :class:`Cell`, written into one cell of a table and read back.

``systems.last_data_on=2024-03-01 [systems.csv:57]; scenario.zombie_days=180`` is two of them: table and column, what
stands there, and the file and row where it does. An option of the scenario has no row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cloudplan.i18n import say
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema
from cloudplan.scenario import Scenario

SCENARIO = "scenario"
"""Stands for a table where the cell is an option of the scenario."""

CELL = re.compile(r'(\w+)\.([\w.]+)=("(?:[^"\\]|\\.)*"|[^"\[\];]*?)(?: \[([^\]]*)\])?(?:; |$)')


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the inventory, or one option of the scenario.

    Parameters
    ----------
    table, key, column
        Where it is; the table is ``"scenario"`` and the column the option's path for an option.
    value
        What stands there, typed as in the inventory; ``None`` where it is blank.
    place
        File and row, ``systems.csv:57``, where known.
    """

    table: str
    key: str
    column: str
    value: Any
    place: str = ""


def blank(value: Any) -> bool:
    """Whether a cell says nothing."""
    return not value if isinstance(value, tuple) else bool(pd.isna(value))


def text_of(value: Any) -> str:
    """Write what stands in a cell, ``""`` where nothing does."""
    if blank(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def placed(cell: Cell, inventory: Inventory) -> Cell:
    """Add the file and row in which a cell stands."""
    if cell.table == SCENARIO or cell.table not in inventory.rows or cell.key not in inventory[cell.table].index:
        return cell
    place = inventory.place(cell.table, cell.key)
    return replace(cell, place=f"{Path(place.file).name}:{place.row}")


def written(cells: Iterable[Cell]) -> str:
    """Write cells into one."""
    return "; ".join(
        f"{c.table}.{c.column}={_quoted(text_of(c.value))}" + (f" [{c.place}]" if c.place else "") for c in cells
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if re.search(r'["\[\];\\\n\r]', text) or text != text.strip() else text


def read(text: str) -> tuple[Cell, ...]:
    """Read what :func:`written` wrote; values are text, keys are not in it."""
    return tuple(
        Cell(table, "", column, json.loads(value) if value.startswith('"') else value, place)
        for table, column, value, place in CELL.findall(text)
    )


def worded(text: str, language: str) -> str:
    """Say for a reader what :func:`written` wrote: headings and choices in words, a place once for its cells."""
    cells = read(text)
    places = (*(cell.place for cell in cells), "")
    told = (_worded(cell, cell.place != after, language) for cell, after in zip(cells, places[1:], strict=True))
    return say("words.semicolon", language).join(told)


def _worded(cell: Cell, placed: bool, language: str) -> str:
    table = schema().tables.get(cell.table)
    column = None if table is None else table.by_name.get(cell.column)
    if column is None:
        heading, shown = say("evidence.option", language, option=cell.column), cell.value
    else:
        heading, shown = column.headings[language], cell.value
        if column.values is not None and cell.value:
            shown = schema().vocabularies[column.values].labels.get(cell.value, {}).get(language, cell.value)
        elif column.type == "boolean" and cell.value:
            shown = say("words.yes" if cell.value == "true" else "words.no", language)
    values = {"heading": heading, "value": shown or say("evidence.blank", language), "place": cell.place}
    return say("evidence.cell_at" if cell.place and placed else "evidence.cell", language, **values)


def edited(inventory: Inventory, scenario: Scenario, cells: Iterable[Cell]) -> tuple[Inventory, Scenario]:
    """Make the inventory and scenario in which some cells say something else.

    The cells' values are taken as they are; a lock (option ``locks``, the key its system) is taken away.
    """
    tables = dict(inventory.tables)
    by_column: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.table == SCENARIO:
            scenario = _with_option(scenario, cell)
        else:
            by_column.setdefault((cell.table, cell.column), []).append(cell)
    for (table, column), changed in by_column.items():
        frame = tables[table].copy()
        values = frame[column].copy()
        values.loc[[cell.key for cell in changed]] = pd.Series(
            [cell.value for cell in changed], index=[cell.key for cell in changed], dtype=values.dtype
        )
        tables[table] = frame.assign(**{column: values})
    return replace(inventory, tables=tables), scenario


def _with_option(scenario: Scenario, cell: Cell) -> Scenario:
    if cell.column == "locks":
        return scenario.model_copy(update={"locks": tuple(x for x in scenario.locks if x.system != cell.key)})
    part, _, option = cell.column.rpartition(".")
    if not part:
        return scenario.model_copy(update={option: cell.value})
    return scenario.model_copy(update={part: getattr(scenario, part).model_copy(update={option: cell.value})})
