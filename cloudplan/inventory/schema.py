"""What an inventory may hold: :class:`Schema`, read once from ``schema.yaml``."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml

TYPES = ("id", "text", "integer", "number", "boolean", "date", "choice", "list", "choices", "ids")
REQUIRED_TABLES = ("departments", "rooms", "systems", "workloads", "zones", "targets", "pools")
"""Tables without which nothing can be planned; any other may be absent."""


def folded(text: str) -> str:
    """Reduce a heading or label to what matters when it is compared: no outer blanks, width or case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _by_language(entry: Mapping[str, str]) -> Mapping[str, str]:
    return {"zh-CN": entry["zh"], "en": entry["en"]}


@dataclass(frozen=True)
class Vocabulary:
    """The values a choice may take.

    Parameters
    ----------
    name
        Name of the vocabulary.
    labels
        Code → label by language (``zh-CN``, ``en``).
    """

    name: str
    labels: Mapping[str, Mapping[str, str]]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in the schema's order."""
        return tuple(self.labels)

    @cached_property
    def accepted(self) -> Mapping[str, str]:
        """Every spelling that is accepted (folded code or label) → code."""
        return {folded(word): code for code, labels in self.labels.items() for word in (code, *labels.values())}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Its name in the tables, which carries the unit.
    headings
        Heading by language (``zh-CN``, ``en``).
    type
        One of :data:`TYPES`.
    about
        What it means, by language.
    unit
        Unit of a number, or ``None``.
    required
        Whether a blank cell is a fault.
    references
        Table whose key the value must be, for ``id`` and ``ids``.
    values
        Name of the vocabulary, for ``choice`` and ``choices``.
    minimum, maximum
        Smallest and largest value allowed, both included, or ``None``.
    example
        What a form shows in its example row, by language; a choice's code, ``""`` where it is left blank there.
    """

    name: str
    headings: Mapping[str, str]
    type: str
    about: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    required: bool = False
    references: str | None = None
    values: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    example: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Repeat:
    """Numbered columns at the end of a table (``h000`` … ``h167``), described once."""

    prefix: str
    digits: int
    count: int
    column: Column

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(f"{self.prefix}{n:0{self.digits}d}" for n in range(self.count))


@dataclass(frozen=True)
class Table:
    """One table of an inventory.

    Parameters
    ----------
    name
        Its name, that of its file.
    titles
        Title by language (``zh-CN``, ``en``).
    key
        The columns that identify a record.
    columns
        All columns in order, the numbered ones included.
    repeat
        The numbered columns, or ``None``.
    """

    name: str
    titles: Mapping[str, str]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    repeat: Repeat | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def accepted(self) -> Mapping[str, str]:
        """Every heading that is accepted (folded name, Chinese or English heading) → column name."""
        words = {folded(word): c.name for c in self.columns for word in c.headings.values()}
        return words | {folded(c.name): c.name for c in self.columns}


@dataclass(frozen=True)
class Schema:
    """All tables and vocabularies.

    Parameters
    ----------
    version
        Raised when a table or column changes its meaning.
    tables
        By name, in the order in which they are read.
    vocabularies
        By name.
    """

    version: int
    tables: Mapping[str, Table]
    vocabularies: Mapping[str, Vocabulary]


def _column(entry: Mapping[str, Any]) -> Column:
    options = {k: v for k, v in entry.items() if k not in ("zh", "en", "about", "example")}
    shown = entry.get("example")
    if shown is not None:
        options["example"] = _by_language(shown if isinstance(shown, dict) else {"zh": str(shown), "en": str(shown)})
    column = Column(headings=_by_language(entry), about=_by_language(entry["about"]), **options)
    if column.type not in TYPES:
        raise ValueError(f"column {column.name}: unknown type {column.type!r}")
    return column


def _table(name: str, entry: Mapping[str, Any]) -> Table:
    columns = [_column(column) for column in entry["columns"]]
    repeat = None
    if "repeat" in entry:
        options = dict(entry["repeat"])
        prefix, digits, count = options.pop("prefix"), options.pop("digits"), options.pop("count")
        repeat = Repeat(prefix, digits, count, _column({"name": prefix, **options}))
        for n, numbered in enumerate(repeat.names):
            headings = {language: options[language].format(n=n) for language in ("zh", "en")}
            columns.append(_column({"name": numbered, **options, **headings}))
    return Table(name, _by_language(entry), tuple(entry["key"]), tuple(columns), repeat)


@cache
def schema() -> Schema:
    """Read ``schema.yaml``, once.

    Raises
    ------
    ValueError
        If the file names a type that doesn't exist (a fault of the program).
    """
    raw = yaml.load(files(__package__).joinpath("schema.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    vocabularies = {
        name: Vocabulary(name, {code: _by_language(labels) for code, labels in entries.items()})
        for name, entries in raw["vocabularies"].items()
    }
    tables = {name: _table(name, entry) for name, entry in raw["tables"].items()}
    return Schema(raw["version"], tables, vocabularies)


def label(vocabulary: str, code: object) -> Mapping[str, str]:
    """Word a code of a vocabulary, by language; a dash for ``None``, the code itself where the vocabulary lacks it."""
    text = "—" if code is None else str(code)
    return schema().vocabularies[vocabulary].labels.get(text, {"zh-CN": text, "en": text})
