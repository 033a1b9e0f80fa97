"""From a column's cells as text to its values: :func:`parse`, one type a function, every fault named."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan.csv_file import unguarded
from cloudplan.i18n import LANGUAGES, say
from cloudplan.inventory.schema import Column, Vocabulary, folded

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DATE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
SEPARATOR = re.compile("[;\uff1b]")

WORDED_UNITS = frozenset({"thread", "a", "d", "h", "min", "yuan", "m2", "10^4"})
"""Units of columns that are words or codes, not symbols that both languages share."""

_LOOK_ALIKE = str.maketrans("oil", "011")
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_DIGITS = re.compile(r"[0-9]+")
_NUMBERED = re.compile(r"[0-9][oil]*$")

_NOT_A_NUMBER_CHARACTER = re.compile(r"[^0-9eE+\-.\n]")
_NOT_FINITE = ("nan", "inf", "infinity", "-inf", "+inf", "-infinity", "+infinity", "-nan")
MANY_LETTERS = 5
"""Letters from which on an id with a number says so much in words that a slip in them can be told."""

_EXACT = 2.0**53
"""Beyond it a float no longer holds every whole number."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell: its record, the message's id and values."""

    record: int
    message: str
    values: Mapping[str, Any]


def closest(value: str, options: Iterable[str]) -> str | None:
    """Find what the user may have meant, or ``None``; width and case don't count."""
    spelt = {folded(option): option for option in options}
    match = difflib.get_close_matches(folded(value), spelt, n=1, cutoff=0.6)
    return spelt[match[0]] if match else None


def closest_ids(value: str, options: Iterable[str], most: int = 1) -> list[str]:
    """Find the ids that the user may have meant, the likeliest first.

    An id that ends in a number is meant only by what differs in how it is written (case, width, O for 0 and l or I for
    1, zeros before a number): SYS999 is never SYS399, which is as sound an id as any. Others are found by their
    spelling, as are those of many letters whose numbers are the same (PUB-AMR-L2 → PUB-ARM-L2).

    Parameters
    ----------
    value
        What was written.
    options
        The ids that are known.
    most
        How many are wanted.
    """
    options = list(options)
    written = _spellings(value)
    same = [option for option in options if any(map(str.__eq__, written, _spellings(option)))]
    plain = folded(value)
    numbered = _NUMBERED.search(plain) is not None
    spelt: dict[str, str] = {}
    if not numbered or sum(sign.isalpha() for sign in plain) >= MANY_LETTERS:
        for option in options:
            other = folded(option)
            alike = not numbered and _NUMBERED.search(other) is None
            if alike or _DIGITS.findall(other) == _DIGITS.findall(plain):
                spelt[other] = option
    near = [spelt[match] for match in difflib.get_close_matches(plain, spelt, n=most, cutoff=0.8 if numbered else 0.6)]
    return list(dict.fromkeys([*same, *near]))[:most]


@lru_cache(maxsize=65536)
def _spellings(name: str) -> tuple[str, str, str]:
    """Ways to write an id that a reader takes for the same: by look-alike signs, by zeros before a number, by both."""
    plain = folded(name)
    alike = plain.translate(_LOOK_ALIKE)
    return alike, _ZEROS.sub("", plain), _ZEROS.sub("", alike)


def shown(value: str) -> str:
    """Shorten a cell for a message."""
    value = value.strip()
    return value if len(value) <= 60 else value[:59] + "…"


def number_shown(value: float) -> str:
    """Write a number as a cell holds it: the shortest that reads back the same, whole ones without ``.0``."""
    text = repr(float(value))
    return text.removesuffix(".0")


def amount(value: float, unit: str | None) -> Mapping[str, str]:
    """Write a number with its unit, by language."""
    return {language: f"{number_shown(value)} {unit_word(unit, language, value)}".strip() for language in LANGUAGES}


def unit_word(unit: str | None, language: str, value: float = 0.0) -> str:
    """Word a column's unit; symbols that both languages write (GiB, kW) stay as they are."""
    return say(f"inventory.unit.{unit}", language, n=value) if unit in WORDED_UNITS else unit or ""


def parse(
    column: Column, cells: Sequence[str], vocabularies: Mapping[str, Vocabulary]
) -> tuple[pd.Series[Any], list[Fault]]:
    """Turn a column's cells into values.

    Parameters
    ----------
    column
        The column as the schema describes it.
    cells
        Its cells, as text.
    vocabularies
        The schema's vocabularies.

    Returns
    -------
    tuple
        The values, typed as :class:`~cloudplan.inventory.Inventory` says (a cell with a fault is blank), and the
        faults, in the order of the records.
    """
    faults: list[Fault] = []
    values: Any
    if column.type in ("number", "integer"):
        numbers = _numbers(cells, faults)
        if column.type == "integer":
            values = _integers(column, cells, numbers, faults)
        else:
            _within(column, cells, numbers, faults)
            values = numbers
    elif column.type == "boolean":
        values = pd.array(_each(cells, faults, _boolean), dtype="boolean")
    elif column.type == "date":
        values = _each(cells, faults, _date)
    elif column.type in ("choice", "choices"):
        vocabulary = vocabularies[str(column.values)]
        if column.type == "choice":
            values = _each(cells, faults, lambda cell: _choice(cell, vocabulary))
        else:
            values = _lists(cells, faults, lambda item: _choice(item, vocabulary))
    elif column.type in ("list", "ids"):
        values = _lists(cells, faults, lambda item: item)
    elif column.type == "id":
        values = _each(cells, faults, _id)
    else:
        values = [unguarded(cell) if cell.strip() else None for cell in cells]
    if column.required:
        faults += [Fault(record, "blank", {}) for record, cell in enumerate(cells) if not cell.strip()]
    if column.type not in ("number", "integer", "boolean"):
        values = pd.Series(_objects(values), dtype=object)  # pandas would make it its own str, with NaN for None
    return pd.Series(values, name=column.name), sorted(faults, key=lambda fault: fault.record)


def blank(column: Column, count: int = 0) -> pd.Series[Any]:
    """Give the values of a column in which nothing stands, for some records."""
    one = parse(column, ("",) * min(count, 1), {str(column.values): Vocabulary("", {})})[0]
    return one.repeat(count).reset_index(drop=True)


def _objects(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        out[i] = value
    return out


def _numbers(cells: Sequence[str], faults: list[Fault]) -> npt.NDArray[np.float64]:
    if not _NOT_A_NUMBER_CHARACTER.search("\n".join(cells)):
        try:
            values = np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float64)
        except ValueError:
            pass
        else:
            if not np.isinf(values).any():
                return values
    values = np.full(len(cells), np.nan)
    for record, cell in enumerate(cells):
        cell = cell.strip()
        if not cell:
            continue
        number = float(cell) if NUMBER.fullmatch(cell) else None
        if number is not None and np.isfinite(number):
            values[record] = number
        else:
            endless = number is not None or cell.casefold() in _NOT_FINITE
            faults.append(Fault(record, "not_finite" if endless else "not_number", {"value": shown(cell)}))
    return values


def _within(column: Column, cells: Sequence[str], numbers: npt.NDArray[np.float64], faults: list[Fault]) -> None:
    """Blank the numbers outside the column's bounds, naming each."""
    bounds = (("too_small", column.minimum, np.less), ("too_large", column.maximum, np.greater))
    for message, bound, beyond in bounds:
        if bound is None:
            continue
        for record in np.flatnonzero(beyond(numbers, bound)).tolist():
            values = {"value": shown(cells[record]), "limit": amount(bound, column.unit)}
            faults.append(Fault(record, message, values))
            numbers[record] = np.nan


def _integers(
    column: Column, cells: Sequence[str], numbers: npt.NDArray[np.float64], faults: list[Fault]
) -> pd.arrays.IntegerArray:
    broken = (numbers != np.floor(numbers)) & ~np.isnan(numbers) | (np.abs(numbers) > _EXACT)
    at = np.flatnonzero(broken).tolist()
    faults.extend(Fault(record, "not_integer", {"value": shown(cells[record])}) for record in at)
    numbers[broken] = np.nan
    _within(column, cells, numbers, faults)
    missing = np.isnan(numbers)
    return pd.arrays.IntegerArray(np.where(missing, 0.0, numbers).astype(np.int64), missing)


@cache
def _booleans() -> Mapping[str, bool]:
    words = {"true": True, "1": True, "y": True, "false": False, "0": False, "n": False}
    for language in LANGUAGES:
        words |= {folded(say("words.yes", language)): True, folded(say("words.no", language)): False}
    return words


class _WrongCellError(Exception):
    """A cell can't be read; holds the message's id and values."""

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.message, self.values = message, values


def _each(cells: Sequence[str], faults: list[Fault], convert: Callable[[str], Any]) -> list[Any]:
    """Convert every cell that isn't blank; each spelling is converted once."""
    known: dict[str, Any] = {"": None}
    out: list[Any] = []
    for record, cell in enumerate(cells):
        if cell not in known:
            known[cell] = _converted(cell.strip(), convert)
        value = known[cell]
        if isinstance(value, _WrongCellError):
            faults.append(Fault(record, value.message, value.values))
            value = None
        out.append(value)
    return out


def _lists(cells: Sequence[str], faults: list[Fault], convert: Callable[[str], Any]) -> list[tuple[Any, ...]]:
    known: dict[str, tuple[list[_WrongCellError], tuple[Any, ...]]] = {"": ([], ())}
    out = []
    for record, cell in enumerate(cells):
        if cell not in known:
            items = [item.strip() for item in SEPARATOR.split(unguarded(cell.strip()))]
            values = [_converted(item, convert) for item in items if item]
            wrong = [value for value in values if isinstance(value, _WrongCellError)]
            known[cell] = wrong, tuple(value for value in values if not isinstance(value, _WrongCellError))
        wrong, good = known[cell]
        faults.extend(Fault(record, fault.message, fault.values) for fault in wrong)
        out.append(good)
    return out


def _converted(cell: str, convert: Callable[[str], Any]) -> Any:
    if not cell:
        return None
    try:
        return convert(cell)
    except _WrongCellError as wrong:
        return wrong


def _boolean(cell: str) -> bool:
    value = _booleans().get(folded(cell))
    if value is None:
        raise _WrongCellError("not_boolean", value=shown(cell))
    return value


def _date(cell: str) -> dt.date:
    match = DATE.fullmatch(cell)
    if match is None:
        raise _WrongCellError("not_date", value=shown(cell))
    try:
        return dt.date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        raise _WrongCellError("no_such_day", value=shown(cell)) from None


def _choice(cell: str, vocabulary: Vocabulary) -> str:
    code = vocabulary.accepted.get(folded(cell))
    if code is not None:
        return code
    allowed = {
        language: "/".join(f"{code}({labels[language]})" if labels[language] != code else code
                           for code, labels in vocabulary.labels.items())
        for language in LANGUAGES
    }  # fmt: skip
    maybe = closest(cell, vocabulary.accepted)
    if maybe is None:
        raise _WrongCellError("not_allowed", value=shown(cell), allowed=allowed)
    raise _WrongCellError("misspelt_choice", value=shown(cell), allowed=allowed, maybe=vocabulary.accepted[maybe])


def _id(cell: str) -> str:
    cell = unguarded(cell)
    if SEPARATOR.search(cell) or not cell.isprintable():
        raise _WrongCellError("bad_id", value=shown(cell))
    return cell
