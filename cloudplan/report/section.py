"""What a report is made of, whatever it is printed as: :class:`Section` and its parts, and the :class:`View` of a plan.

A section holds words and figures ready to print, and charts that are drawn only by who wants them; so the page and the
terminal say the same under the same headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from cloudplan import evidence, i18n
from cloudplan.bundle import Plan
from cloudplan.inventory.schema import schema
from cloudplan.report import numbers

Cell = str | tuple[str, str]
"""A cell: its words, or its words and a second, smaller line."""


def rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """Go through a table row by row; cells are attributes named like the columns, ``Index`` the index."""
    return iter(frame.itertuples())


def yes(value: Any) -> bool:
    """Whether a cell says yes: a boolean of Python, numpy or pandas, or the word as a file holds it."""
    return str(value).lower() in ("true", "1", "yes")


@dataclass(frozen=True)
class Table:
    """A table ready to print.

    Parameters
    ----------
    table
        Its id on the page.
    title
        What it lists; ``""`` where the section's own heading says it.
    columns
        Headings.
    rows
        Cells, as many as ``columns``.
    right
        Positions of the columns that hold numbers.
    folded
        Whether the page shows it only when asked; then with a filter box.
    short
        Whether a terminal shows it too.
    """

    table: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = frozenset()
    folded: bool = False
    short: bool = False


@dataclass(frozen=True)
class Figure:
    """A chart: what it says in a sentence, and how to draw it (an Altair chart, made when called)."""

    figure: str
    caption: str
    draw: Callable[[], Any]
    note: str = ""


@dataclass(frozen=True)
class Card:
    """One headline figure with its interval and its evidence.

    Parameters
    ----------
    label, value, unit
        What it is, how much, of what.
    detail
        A second line: what it was before, of how many, its interval.
    basis
        Evidence in a word, or ``""``.
    tone
        ``""``, or ``soft`` where the figure rests on assumptions.
    """

    label: str
    value: str
    unit: str = ""
    detail: str = ""
    basis: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Point:
    """One labelled remark; ``tone`` is ``""``, ``proof``, ``caution`` or ``fault``."""

    label: str
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Section:
    """One part of a report under one heading; ``headline`` says what it shows in a sentence."""

    section: str
    title: str
    headline: str
    points: tuple[Point, ...] = ()
    cards: tuple[Card, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """A plan in one language: its tables, the names of things, and words for codes.

    Parameters
    ----------
    plan
        The plan.
    language
        ``"zh-CN"`` or ``"en"``.
    """

    plan: Plan
    language: str
    _names: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def say(self, message: str, /, **values: Any) -> str:
        """Put a message of the area ``report`` into words."""
        return i18n.say(f"report.{message}", self.language, **values)

    def word(self, message: str, otherwise: str) -> str:
        """Word a code by a message of any area, or show ``otherwise`` where the catalogue has none."""
        return i18n.catalogue(self.language).get(message, otherwise)

    @property
    def known(self) -> Mapping[str, str]:
        """All messages of the language."""
        return i18n.catalogue(self.language)

    def label(self, vocabulary: str, code: Any) -> str:
        """Word a code of the inventory's vocabularies; ``""`` stays blank, an unknown code itself."""
        labels = schema().vocabularies[vocabulary].labels
        return labels[code][self.language] if code in labels else "" if numbers.missing(code) else str(code)

    def frame(self, table: str) -> pd.DataFrame:
        """One of the plan's tables."""
        return self.plan.tables[table]

    def name(self, table: str, key: Any) -> str:
        """Name of a record of the inventory in this language, or its id where it has no name."""
        if table not in self._names:
            frame = self.plan.inventory[table]
            column = "short_name" if table == "departments" else "name"
            names = frame[column].where(frame[column].notna(), frame["name"])
            if self.language == "en" and "name_en" in frame:
                names = frame["name_en"].where(frame["name_en"].notna(), names)
            self._names[table] = {str(k): str(v) for k, v in names.items() if not numbers.missing(v)}
        return self._names[table].get(str(key), "" if numbers.missing(key) else str(key))

    def pool(self, pool: Any) -> str:
        """Name of a pool; a room that stays as it is, by the room's name."""
        if str(pool).startswith("today:"):
            return self.say("pool_today", room=self.name("rooms", str(pool).removeprefix("today:")))
        return self.name("pools", pool)

    def disposition(self, code: str) -> str:
        """Word what becomes of a system."""
        return self.word(f"placement.disposition.{code}", code)

    def ground(self, rule: str) -> str:
        """Word the rule that decided what becomes of a system."""
        return self.word(f"placement.decided.{rule.replace('-', '_')}", rule)

    def fate(self, code: str) -> str:
        """Word what becomes of a server."""
        return self.word(f"report.fate.{code}", code)

    def basis(self, code: Any) -> str:
        """Word how well founded a figure is."""
        text = "" if numbers.missing(code) else str(code)
        for vocabulary in ("basis", "price_basis"):
            if text in schema().vocabularies[vocabulary].labels:
                return self.label(vocabulary, text)
        return self.word(f"report.basis.{text}", self._source(text))

    def _source(self, text: str) -> str:
        """Word the mark that ends a factor's source, ``… [d]``, where the source doesn't say the same."""
        found = re.fullmatch(r"(.*\S) \[(\w)\]", text)
        marks = schema().vocabularies["evidence"].labels
        if found is None or found[2] not in marks:
            return text
        source, labels = found[1], marks[found[2]]
        if source in labels.values():
            return labels[self.language]
        return (
            source
            if any(source.startswith(label) for label in labels.values())
            else self.say("marked", source=source, mark=labels[self.language])
        )

    def resource(self, code: str) -> str:
        """Word a resource."""
        return self.word(f"report.resource.{code}", code)

    def local(self, row: Any, column: str) -> str:
        """Take a text of a row in this language: ``reason`` or ``reason_en``."""
        text = row[f"{column}_en"] if self.language == "en" else row[column]
        return "" if numbers.missing(text) else str(text)

    def grounds(self, row: Any) -> Cell:
        """Give a decision's reason, and below it the cells that it rests on."""
        reason, cells = self.local(row, "reason") or self.dash, row["evidence"]
        return reason if numbers.missing(cells) else (reason, evidence.worded(str(cells), self.language))

    def count(self, value: float) -> str:
        """Write a whole number."""
        return numbers.number(value, 0)

    def percent(self, share: Any) -> str:
        """Write a share as a percentage; a blank one as a dash."""
        return self.dash if numbers.missing(share) else numbers.percent(float(share))

    def money(self, yuan: float) -> str:
        """Write an amount."""
        return numbers.money(float(yuan), self.language)

    def text(self, value: Any) -> str:
        """Write any cell: numbers with separated thousands, a blank as a dash."""
        if numbers.missing(value):
            return self.dash
        if isinstance(value, bool):
            return i18n.say(f"words.{'yes' if value else 'no'}", self.language)
        return numbers.number(value) if isinstance(value, (int, float)) else str(value)

    @cached_property
    def title(self) -> str:
        """Title of the report: the scenario's own in this language, else its name."""
        scenario = self.plan.scenario
        return scenario.title.get(self.language) or self.say("title", name=scenario.name)

    @cached_property
    def subtitle(self) -> str:
        """Line below the title: which scenario, which day, how large an estate."""
        inventory = self.plan.inventory
        return self.say(
            "subtitle",
            name=self.plan.scenario.name,
            today=numbers.day(self.plan.scenario.today, self.language),
            departments=self.count(len(inventory["departments"])),
            rooms=self.count(self.departmental_rooms),
            servers=self.count(len(inventory["servers"])),
            systems=self.count(len(inventory["systems"])),
        )

    @cached_property
    def dash(self) -> str:
        """What stands for a blank."""
        return "—"

    @cached_property
    def departmental_rooms(self) -> int:
        """How many departments' rooms there are today."""
        return int((self.plan.inventory["rooms"]["kind"] == "department").sum())

    @cached_property
    def closures(self) -> pd.DataFrame:
        """The rooms that close, in order of time."""
        rooms = self.frame("rooms")
        return rooms[rooms["closes_on"].astype(str) != ""].sort_values(["closes_on", "room"], kind="stable")

    @cached_property
    def yearly(self) -> tuple[float, float] | None:
        """Yearly cost before and after of the terms known on both sides; yuan; ``None`` where there is none."""
        costs = [c for c in self.plan.facts.get("costs", {}).values() if c.get("before") is not None]
        if not costs:
            return None
        return sum(c["before"] for c in costs), sum(c["after"] for c in costs)

    @cached_property
    def yearly_after(self) -> float:
        """Yearly cost after, all terms, one-off efforts spread over the horizon; yuan."""
        return float(sum(c["after"] for c in self.plan.facts.get("costs", {}).values()))

    @cached_property
    def invented(self) -> int:
        """How many prices of the plan are invented for demonstration."""
        return int((self.frame("assumptions")["source"] == "invented").sum())

    def table(self, name: str, rows: Sequence[tuple[Cell, ...]], right: Sequence[int] = (), **options: Any) -> Table:
        """Make a table whose title and headings are the messages ``table.<name>.title`` and ``table.<name>.columns``.

        Headings are one message, separated by ``|``.
        """
        columns = tuple(self.say(f"table.{name}.columns").split("|"))
        title = self.say(f"table.{name}.title", rows=numbers.number(len(rows), 0))
        return Table(name, title, columns, tuple(rows), frozenset(right), **options)
