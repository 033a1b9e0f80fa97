"""What an answer rests on: a cell of the inventory, with its words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cloudplan.i18n import LANGUAGES, say
from cloudplan.inventory.cells import unit_word
from cloudplan.inventory.schema import Column, label, schema

Both = Mapping[str, str]
"""A text by language."""


def cell(value: Any) -> Any:
    """Take a cell as a plain value: ``None`` where it is blank (an empty list is blank too)."""
    if isinstance(value, (tuple, list)):
        return tuple(value) or None
    return None if value is None or pd.isna(value) else value


@dataclass(frozen=True, slots=True)
class Fact:
    """One cell, or what several cells of one column come to.

    Parameters
    ----------
    where
        The column, ``rooms.mains_feeds``.
    value
        What stands there; ``None`` where nothing does.
    words
        How it reads, by language, where heading and value wouldn't say it.
    """

    where: str
    value: Any
    words: Both | None = None

    @property
    def blank(self) -> bool:
        """Whether nothing is on record."""
        return self.value is None

    @property
    def column(self) -> Column:
        """The column as the schema knows it."""
        table, _, name = self.where.partition(".")
        return schema().tables[table].by_name[name]

    def text(self, language: str) -> str:
        """Say it; a blank one by its heading alone."""
        if self.words is not None:
            return self.words[language]
        column = self.column
        heading = column.headings[language]
        if self.blank:
            return heading
        unit = "" if column.unit is None else f" {unit_word(column.unit, language)}"
        return say("clauses.said.fact", language, heading=heading, value=_shown(column, self.value, language) + unit)

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, tuple):
            value = ";".join(map(str, value))
        return f"{self.where}={'' if value is None else value}"


def _shown(column: Column, value: Any, language: str) -> str:
    if column.values is not None:
        codes = value if isinstance(value, tuple) else (value,)
        return say("words.comma", language).join(label(column.values, code)[language] for code in codes)
    if isinstance(value, tuple):
        return say("words.comma", language).join(map(str, value))
    if isinstance(value, bool):
        return say("words.yes" if value else "words.no", language)
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


def told(facts: Iterable[Fact]) -> Both:
    """Put facts after each other, by language."""
    listed = list(facts)
    return {
        language: say("words.comma", language).join(fact.text(language) for fact in listed) for language in LANGUAGES
    }


def words_of(message: str, **values: Any) -> Both:
    """Word a message in every language."""
    return {language: say(message, language, **values) for language in LANGUAGES}
