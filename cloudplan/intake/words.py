"""Words that surveys use, from ``words.yaml``: other names of columns, units, choices, and ways to say nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from cloudplan.inventory.schema import folded


@dataclass(frozen=True)
class Extra:
    """A column of the survey that the inventory holds elsewhere.

    Parameters
    ----------
    name
        Its name, with a dot, as no column of the inventory has one.
    headings
        Its spellings; the first is written in Chinese, the last in English.
    example
        What the example row shows, likewise.
    unit
        Unit of a number, or ``None`` for a list of texts.
    """

    name: str
    headings: tuple[str, ...]
    example: tuple[str, ...]
    unit: str | None = None


@dataclass(frozen=True)
class Words:
    """The lists of ``words.yaml``, folded for comparison.

    Parameters
    ----------
    blank
        Spellings that say nothing.
    errors
        What a spreadsheet shows where it could not compute a value; among the blanks too.
    placeholders
        What stands in a serial's place where nobody entered one, the blanks included.
    booleans
        Spelling → yes or no.
    choices
        Vocabulary → spelling → code.
    units
        Unit of a column (``count`` where it has none) → spelling → factor.
    amounts
        Rates with a name of their own (千兆) → Mbit/s.
    headings
        Table → spelling → column.
    sheets
        Table → spellings of its sheet's name.
    patterns
        Shapes of cells by name, compiled.
    digits
        Numbers written as words.
    extras
        Table → columns that the survey has beside the inventory's.
    series
        Column of a plain series (``machine``, ``time``, ``cpu``, ``memory``) → spellings of its heading.
    """

    blank: frozenset[str]
    errors: frozenset[str]
    placeholders: frozenset[str]
    booleans: Mapping[str, bool]
    choices: Mapping[str, Mapping[str, str]]
    units: Mapping[str, Mapping[str, float]]
    amounts: Mapping[str, float]
    headings: Mapping[str, Mapping[str, str]]
    sheets: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, re.Pattern[str]]
    digits: Mapping[str, int]
    extras: Mapping[str, tuple[Extra, ...]]
    series: Mapping[str, tuple[str, ...]]


@cache
def words() -> Words:
    """Read the lists, once."""
    raw = yaml.load(files(__package__).joinpath("words.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return Words(
        blank=frozenset(folded(str(word)) for word in (*raw["blank"], *raw["errors"])),
        errors=frozenset(raw["errors"]),
        placeholders=frozenset(folded(str(word)) for name in ("blank", "errors", "placeholders") for word in raw[name]),
        booleans={folded(str(w)): value == "yes" for value, listed in raw["booleans"].items() for w in listed},
        choices={v: _turned(lists) for v, lists in raw["choices"].items()},
        units={
            unit: {folded(str(spelling)): float(f) for f, listed in family.items() for spelling in listed}
            for unit, family in raw["units"].items()
        },
        amounts={folded(word): float(rate) for word, rate in raw["amounts"].items()},
        headings={table: _turned(lists) for table, lists in raw["headings"].items()},
        sheets={table: tuple(folded(w) for w in listed) for table, listed in raw["sheets"].items()},
        patterns={name: re.compile(shape) for name, shape in raw["patterns"].items()},
        digits=raw["digits"],
        extras={
            table: tuple(
                Extra(name, tuple(e["headings"]), tuple(e["example"]), e.get("unit")) for name, e in columns.items()
            )
            for table, columns in raw["extras"].items()
        },
        series={column: tuple(folded(str(word)) for word in listed) for column, listed in raw["series"].items()},
    )


def _turned(lists: Mapping[str, list[str]]) -> dict[str, str]:
    return {folded(str(word)): code for code, listed in lists.items() for word in listed}
