"""Which row of a grid holds the headings, of which table, and which column of the inventory stands where."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from cloudplan.intake.grid import Cell, Grid
from cloudplan.intake.values import factor, tidy
from cloudplan.intake.words import words
from cloudplan.inventory.schema import Table, folded, schema

DEPTH = 25
"""Rows in which headings are looked for, below title lines."""
LEAST = 3
"""Fewest headings that make a row a row of headings."""
NEAR = 0.86
"""Likeness above which an unknown heading is taken for a known one, with a remark."""

_BRACKETS = re.compile(r"[(\[\u3010]([^()\[\]\u3010\u3011]*)[)\]\u3011]")
_NOISE = re.compile(r"[\s*:\uff1a·\u3001,\uff0c/\\_-]+")


@dataclass(frozen=True)
class Heading:
    """One heading as it was understood.

    Parameters
    ----------
    position
        Its column in the grid, from 0.
    text
        As it stands.
    column
        Column of the inventory, or ``None`` where none is known.
    unit
        Unit it names, where that is one of the column's family.
    near
        The heading that it was taken for, where it is only like it.
    """

    position: int
    text: str
    column: str | None
    unit: str | None = None
    near: str | None = None


@dataclass(frozen=True)
class Found:
    """The headings of a grid: its table, their row (from 0) and what stands where."""

    table: Table
    row: int
    headings: tuple[Heading, ...]
    doubled: tuple[Heading, ...] = field(default=())

    @property
    def known(self) -> Mapping[str, Heading]:
        """Headings by column of the inventory."""
        return {h.column: h for h in self.headings if h.column is not None}


def key(text: str) -> str:
    """Reduce a heading to what is compared: no marks, brackets, blanks, width or case."""
    return _NOISE.sub("", _BRACKETS.sub("", folded(text)))


def find(grid: Grid, tables: Sequence[str]) -> Found | None:
    """Find the headings of a grid.

    Parameters
    ----------
    grid
        The cells.
    tables
        Tables that it may be.

    Returns
    -------
    Found or None
        The table and row with most known headings, the sheet's name deciding between equals; ``None`` if no row has
        :data:`LEAST`.
    """
    best: tuple[float, int, str] | None = None
    accepted = {name: _accepted(schema().tables[name]) for name in tables}
    title = key(words().patterns["table_number"].sub("", grid.sheet or ""))
    for number, cells in enumerate(grid.rows[:DEPTH]):
        keys = {key(tidy(cell)) for cell in cells if cell is not None} - {""}
        for name in tables:
            hits = len({accepted[name][k] for k in keys if k in accepted[name]})
            named = any(key(word) == title or (len(word) > 1 and key(word) in title) for word in words().sheets[name])
            score = hits + (2.5 if named else 0.0) - number * 0.01
            if hits >= LEAST and (best is None or score > best[0]):
                best = score, number, name
    if best is None:
        return None
    _, row, name = best
    return _understood(grid.rows[row], row, schema().tables[name], accepted[name])


def _understood(cells: Sequence[Cell], row: int, table: Table, accepted: Mapping[str, str]) -> Found:
    taken: dict[str, Heading] = {}
    out: list[Heading] = []
    doubled: list[Heading] = []
    texts = [(position, tidy(cell).replace("\n", "")) for position, cell in enumerate(cells)]
    texts = [(position, text) for position, text in texts if text]
    # exact names first, so that one that is only like another's never takes its place
    for exact in (True, False):
        for position, text in texts:
            known, suffix = _named(text, accepted)
            if exact is not (known is not None):
                continue
            near = None
            if known is None:
                near = next(iter(difflib.get_close_matches(key(text), list(accepted), n=1, cutoff=NEAR)), None)
                known = None if near is None or accepted[near] in taken else accepted[near]
                near = near if known is not None else None
            column = None if known is None else table.by_name.get(known)
            unit = _unit(text, suffix, column.unit if column else None)
            heading = Heading(position, text, known, unit, near)
            if known is not None and known in taken:
                doubled.append(heading)
                continue
            if known is not None:
                taken[known] = heading
            out.append(heading)
    return Found(table, row, tuple(sorted(out, key=lambda h: h.position)), tuple(doubled))


def _accepted(table: Table) -> dict[str, str]:
    names = {key(word): column for word, column in words().headings[table.name].items()}
    names |= {key(word): extra.name for extra in words().extras.get(table.name, ()) for word in extra.headings}
    names |= {key(word): column for word, column in table.accepted.items()}
    return {word: column for word, column in names.items() if word}


def _named(text: str, accepted: Mapping[str, str]) -> tuple[str | None, str]:
    """Find a heading's column, and the unit that stands at its end without brackets."""
    plain = key(text)
    if plain in accepted:
        return accepted[plain], ""
    for unit in _suffixes():
        if plain.endswith(unit) and plain.removesuffix(unit) in accepted:
            return accepted[plain.removesuffix(unit)], unit
    return None, ""


@cache
def _suffixes() -> tuple[str, ...]:
    spellings = {key(unit) for family in words().units.values() for unit in family}
    return tuple(sorted(spellings - {""}, key=lambda unit: (-len(unit), unit)))


def _unit(text: str, suffix: str, to: str | None) -> str | None:
    """Read the unit in a heading's brackets or at its end, where it goes with the column's and is another than it."""
    for inner in (*_BRACKETS.findall(unicodedata.normalize("NFKC", text)), *([suffix] if suffix else [])):
        if to is not None and inner.casefold() != to.casefold() and factor(inner, to) is not None:
            return str(inner)
    return None
