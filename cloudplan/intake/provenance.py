"""Where the cells of an inventory came from: :class:`Source`, and the list of all of them beside the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudplan.csv_file import write_csv
from cloudplan.findings import Place
from cloudplan.i18n import say
from cloudplan.inventory.schema import schema
from cloudplan.inventory.write import cell as written

FILE = "provenance.csv"
"""Its name among an intake's lists."""
PROVENANCE = ("table", "record", "column", "value", "original", "rule", "file", "sheet", "cell")
"""Its columns, alike for a survey and for files of other tools."""
CONVERTED = "reader"
"""The rule of what a reader of a format converts or adds up: units, codes, sums."""


@dataclass(frozen=True, slots=True)
class Source(Place):
    """A cell that a value was read from, what stands in it, and the rule that read it (``""``: as it stands)."""

    original: str = field(default="", compare=False)
    rule: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Stated:
    """One cell of the inventory that a file states."""

    table: str
    record: str
    column: str
    value: Any
    place: Place


def cell_name(place: Place, letter: str | None = None) -> str:
    """Name a cell as a spreadsheet does (``C7``); a field of a record by its name and key (``vcpus 12``)."""
    column = letter or ("" if place.column is None else str(place.column))
    row = "" if place.row is None else str(place.row)
    return f"{column}{row}" if column.isupper() or not (column and row) else f"{column} {row}"


def write_provenance(path: Path, stated: Iterable[Stated], language: str) -> Path:
    """Write where every cell came from, as CSV that a spreadsheet opens."""
    return write_csv(path, PROVENANCE, _rows(stated, language))


def _rows(stated: Iterable[Stated], language: str) -> Iterator[Sequence[tuple[str, ...]]]:
    columns: dict[str, Mapping[str, Any]] = {name: table.by_name for name, table in schema().tables.items()}
    for one in stated:
        column = columns[one.table].get(one.column)
        value = str(one.value) if column is None else written(one.value, column)
        place = one.place
        original = place.original if isinstance(place, Source) else ""
        rule = place.rule if isinstance(place, Source) else ""
        if not rule and original != value:
            rule = CONVERTED
        said = say(f"intake.rule.{rule.replace('-', '_')}", language) if rule else ""
        yield [
            (one.table, one.record, one.column, value, original, said, place.file, place.sheet or "", cell_name(place))
        ]
