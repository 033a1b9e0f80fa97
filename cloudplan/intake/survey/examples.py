"""The example row of the form: what stands in it, and how it is known again when the form comes back."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, partial

from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake.grid import Cell
from cloudplan.intake.headings import Found
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.values import tidy
from cloudplan.intake.words import Extra, words
from cloudplan.inventory.schema import Column, label, schema

ENOUGH = 3
"""Cells that must be the example's where the row doesn't say that it is one."""


def example_of(column: Column, language: str) -> str:
    """Write a column's cell of the example row; ``""`` where it is left blank there.

    Parameters
    ----------
    column
        Any but a table's first, whose cell says that the row is the example.
    language
        Language of the form.
    """
    text = column.example.get(language)
    if column.type == "boolean":
        return say("words.no" if text == "no" else "words.yes", language)
    if column.values is None or text == "":
        return text or ""
    codes = schema().vocabularies[column.values].codes
    return ";".join(label(column.values, code)[language] for code in (text.split(";") if text else codes[:1]))


def example_of_extra(extra: Extra, language: str) -> str:
    """Write the example of a column that the survey has beside the inventory's."""
    return extra.example[0 if language == "zh-CN" else -1]


def is_example(found: Found, row: Sequence[Cell]) -> bool:
    """Whether a row is the form's example: it holds nothing that is not the example's own.

    A row that only begins like it may be a record that somebody wrote over the example.

    Parameters
    ----------
    found
        What stands where.
    row
        The row's cells.
    """
    first, known = found.table.columns[0].name, _known(found.table.name)
    same, named = 0, False
    for heading in found.headings:
        text = tidy(row[heading.position]) if heading.position < len(row) else ""
        if not text or heading.column is None:
            continue
        if heading.column == first:
            named = words().patterns["example"].fullmatch(text) is not None
            if not named:
                return False
        elif heading.column in known:
            if _plain(text) not in known[heading.column]:
                return False
            same += 1
    return named or same >= ENOUGH


@cache
def _known(table: str) -> Mapping[str, frozenset[str]]:
    """Give the example's cells by column, in every language; names of the bureau's own are not among them."""
    own = {c.name: partial(example_of, c) for c in schema().tables[table].columns if c.references in (None, *SHEETS)}
    more = {extra.name: partial(example_of_extra, extra) for extra in words().extras.get(table, ())}
    return {name: frozenset(_plain(say_it(each)) for each in LANGUAGES) for name, say_it in (own | more).items()}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
