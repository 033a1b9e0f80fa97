"""What a survey refers to but doesn't hold: the zones, pools and targets of the design, by id and by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudplan.intake.survey import SHEETS
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema

OUTSIDE = tuple(
    dict.fromkeys(
        column.references
        for name in SHEETS
        for column in schema().tables[name].columns
        if column.references is not None and column.references not in SHEETS
    )
)
"""Tables that columns of the survey refer to and that no department fills in."""


def names_outside(design: Inventory) -> dict[str, dict[str, tuple[str, ...]]]:
    """Give the names of each record of those tables, by table and id, the Chinese one first.

    Parameters
    ----------
    design
        The target design.
    """
    return {
        table: {
            str(ident): tuple(str(name) for name in names if isinstance(name, str) and name)
            for ident, *names in design[table][_named(table)].itertuples()
        }
        for table in OUTSIDE
    }


def _named(table: str) -> list[str]:
    return [name for name in ("name", "name_en") if name in schema().tables[table].by_name]


def choices(names: Mapping[str, Sequence[str]], language: str) -> list[str]:
    """Give one name for each record, in a language; the id where a name means several or there is none.

    Parameters
    ----------
    names
        The names of one table's records, by id.
    language
        Language of the form.
    """
    own = {ident: (of[-1] if language == "en" else of[0]) if of else ident for ident, of in names.items()}
    often = list(own.values())
    return [name if often.count(name) == 1 else ident for ident, name in own.items()]
