"""What people write into cells, read by rule: :func:`read_cell` gives the canonical text and says which rule read it.

Nothing is guessed beyond the rules named here; a cell that no rule reads is left to the inventory's own checks, which
name it as a fault at its place. The canonical text is what :mod:`cloudplan.inventory.cells` accepts.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
import unicodedata
from typing import NamedTuple

from cloudplan.intake.grid import Cell
from cloudplan.intake.words import words
from cloudplan.inventory.cells import number_shown
from cloudplan.inventory.schema import Column, Vocabulary, schema

MOST_PREFIX = 128
ARCH = "arch."
"""Begins the names of the patterns that tell an instruction set by its processors."""
LEVELS = ("level", "business_level", "service_level", "filed_level")
"""Columns in which 三级 and 第三级 are 3."""
AS_IT_IS, BLANK, ERROR_VALUE = "", "blank", "error-value"
RULES = (
    "blank", "error-value", "yes-no", "label", "synonym", "list", "tidy", "grouped-digits", "unit-of-heading",
    "amount", "about", "protection-level", "level-remark", "date", "day-number", "month-only", "year-only", "named",
    "filled-down", "processors",
)  # fmt: skip
"""Names of the rules; ``intake.rule.<name>`` words each."""
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
EPOCH = dt.date(1899, 12, 30)
"""Day 0 of Excel's calendar of 1900, its leap day that never was included."""
SERIALS = (20_000, 60_000)
"""Numbers that a date cell is taken for a day of Excel's calendar (1954 to 2064)."""


class Reading(NamedTuple):
    """What a cell is taken to say.

    Parameters
    ----------
    text
        The canonical text; ``""`` where the cell says nothing.
    rule
        Name of the rule that read it; ``""`` where it stood as it is.
    doubt
        Whether the rule had to add something the cell does not say (a day to a month, an amount to "about"): worth a
        warning.
    """

    text: str
    rule: str = AS_IT_IS
    doubt: bool = False


def tidy(cell: Cell) -> str:
    """Write a raw cell as text: full width made half, invisible signs and outer blanks gone."""
    if not isinstance(cell, str):
        return _as_text(cell)
    text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell).translate(INVISIBLE)
    if "\n" in text or "\r" in text:
        text = "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()
    else:
        text = " ".join(text.split())
    return text.removeprefix("'")


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_shown(cell) if math.isfinite(cell) else ""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return str(cell)


def read_cell(column: Column, cell: Cell, unit: str | None = None) -> Reading:
    """Read one cell of a survey.

    Parameters
    ----------
    column
        The column of the inventory that it belongs to.
    cell
        The raw cell.
    unit
        Unit that the heading names, where it is not the column's own.

    Returns
    -------
    Reading
        Text that the inventory accepts where a rule could read it; else the cell's own text.
    """
    text = tidy(cell)
    if not text:
        return Reading("")
    folded = text.casefold()
    if folded in words().errors:
        return Reading("", ERROR_VALUE, True)
    kind = column.type
    if kind == "boolean":
        return _boolean(text)
    if folded in words().blank and not _is_choice(column, text):
        return Reading("", BLANK)
    if kind in ("number", "integer"):
        return _number(column, text, unit)
    if kind == "date":
        return _date(cell, text)
    if kind == "choice":
        return _choice(schema().vocabularies[str(column.values)], text)
    if kind in ("list", "ids", "choices"):
        return _listed(column, text)
    if kind == "id":
        return Reading(text, "tidy" if text != _as_written(cell) else AS_IT_IS)
    # free text keeps its own signs: only what nobody sees goes
    own = (cell if cell.isascii() else cell.translate(INVISIBLE)).strip() if isinstance(cell, str) else text
    return Reading(own, "tidy" if own != _as_written(cell) else AS_IT_IS)


def _as_written(cell: Cell) -> str:
    return cell if isinstance(cell, str) else tidy(cell)


def _is_choice(column: Column, text: str) -> bool:
    return (
        column.type in ("choice", "choices") and text.casefold() in schema().vocabularies[str(column.values)].accepted
    )


def _boolean(text: str) -> Reading:
    folded = text.casefold()
    if folded in ("true", "false"):
        return Reading(folded)
    value = words().booleans.get(folded)
    if value is not None:
        return Reading("true" if value else "false", "yes-no")
    return Reading("", BLANK) if folded in words().blank else Reading(text)


def _choice(vocabulary: Vocabulary, text: str) -> Reading:
    folded = text.casefold()
    if folded in vocabulary.accepted:
        code = vocabulary.accepted[folded]
        return Reading(code, AS_IT_IS if code == text else "label")
    close = re.sub(r"[\s()\uff08\uff09]", "", folded)
    known = words().choices.get(vocabulary.name, {})
    for spelling in (folded, close):
        if spelling in known:
            return Reading(known[spelling], "synonym")
    labels = {re.sub(r"[\s()\uff08\uff09]", "", word): code for word, code in vocabulary.accepted.items()}
    if close in labels:
        return Reading(labels[close], "label")
    if vocabulary.name == "arch":
        # a processor instead of its instruction set
        named = (name for name in words().patterns if name.startswith(ARCH) and words().patterns[name].fullmatch(text))
        found = next((name.removeprefix(ARCH) for name in named), None)
        return Reading(text) if found is None else Reading(found, "synonym")
    return Reading(text)


ITEMS = re.compile(r"[;\uff1b\u3001,\uff0c\n]|\s+(?=\S)")
WORDS = re.compile(r"[;\uff1b\u3001,\uff0c\n]")


def items(text: str) -> list[str]:
    """Split a cell that lists several things."""
    return [part.strip() for part in WORDS.split(text) if part.strip()]


def addresses(text: str) -> list[str]:
    """Split a cell of addresses; a mask or prefix stays with its address, and a gateway after them is no address.

    ``10.1.1.2/255.255.255.0/10.1.1.1`` is ``10.1.1.2/24``; ``10.1.1.1/10.1.1.2`` are two addresses.
    """
    found: list[str] = []
    for part in ITEMS.split(re.sub(r"\s*/\s*", "/", text)):
        first, *rest = (piece.strip() for piece in part.split("/"))
        length = _prefix(rest[0]) if rest else None
        if not first:
            continue
        if length is None:
            found += [first, *(piece for piece in rest if piece)]
        else:
            found.append(f"{first}/{length}")
    return found


def _prefix(text: str) -> int | None:
    """Read a mask or the length of a prefix; ``None`` where it is neither."""
    if text.isdecimal() and int(text) <= MOST_PREFIX:
        return int(text)
    try:
        return ipaddress.ip_network(f"0.0.0.0/{text}").prefixlen if text.startswith("255.") else None
    except ValueError:
        return None


def _listed(column: Column, text: str) -> Reading:
    parts = addresses(text) if column.name == "ips" else items(text)
    if column.type == "choices":
        vocabulary = schema().vocabularies[str(column.values)]
        parts = [_choice(vocabulary, part).text for part in parts]
    joined = ";".join(dict.fromkeys(parts))
    return Reading(joined, AS_IT_IS if joined == text else "list")


# ---- numbers

PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
TIMES = re.compile(r"\s*[*×xX✕╳]\s*")
AMOUNT = re.compile(r"(?P<number>[+-]?\d[\d,]*\.?\d*)\s*(?P<unit>[mM]2(?!\d)|[^\d\s*×+]*)")


def _number(column: Column, text: str, unit: str | None) -> Reading:
    scale = factor(unit, column.unit) if unit is not None else 1.0
    if scale is None:
        return Reading(text)
    if PLAIN.fullmatch(text):
        return _said(float(text) * scale, text, "unit-of-heading" if scale != 1.0 else AS_IT_IS)
    if GROUPED.fullmatch(text):
        return _said(float(text.replace(",", "")) * scale, text, "grouped-digits")
    short = words().patterns["about"].sub("", text)
    doubt = short != text
    short = words().patterns["currency"].sub("", short) if column.unit == "yuan" else short
    level = _level(short) if column.name in LEVELS else None
    if level is not None:
        return Reading(str(level), "protection-level")
    remarked = words().patterns["level_remark"].fullmatch(short) if column.name in LEVELS else None
    if remarked is not None:
        return Reading(str(_level(remarked[1])), "level-remark", True)
    value = _sum(short, column, unit, scale)
    if value is None:
        return Reading(text)
    rule = "about" if doubt else "amount"
    return Reading(number_shown(value), rule, doubt)


def _said(value: float, text: str, rule: str) -> Reading:
    shown = number_shown(round(value, 9))
    return Reading(shown, rule or ("tidy" if shown != text else AS_IT_IS))


def _sum(text: str, column: Column, unit: str | None, scale: float) -> float | None:
    """Add up ``300G SAS×3+1.2T*2``: each part an amount with a unit, and how many times."""
    total = 0.0
    for part in words().patterns["parts"].split(text):
        value = _product(part, column, unit, scale)
        if value is None:
            return None
        total += value
    return round(total, 9)


def _product(text: str, column: Column, unit: str | None, scale: float) -> float | None:
    parts = [part for part in TIMES.split(text) if part]
    if not 1 <= len(parts) <= 2:
        return None
    if len(parts) == 1:
        return _amount(parts[0], column, unit, scale)
    values: list[float] = []
    carried = False
    for part in parts:
        if PLAIN.fullmatch(part):
            values.append(float(part))
            continue
        counted = words().patterns["pieces"].fullmatch(part)
        if counted:
            values.append(float(counted[1]))
            continue
        amount = _amount(part, column, unit, scale)
        if amount is None or carried:
            return None
        carried = True
        values.append(amount)
    return values[0] * values[1] * (1.0 if carried else scale)


def _amount(text: str, column: Column, unit: str | None, scale: float) -> float | None:
    digits = words().digits
    if text in digits:
        return float(digits[text])
    counted = words().patterns["counted"].fullmatch(text)
    if counted and counted[1] in digits:
        by = factor(counted[2], column.unit)
        return None if by is None else digits[counted[1]] * by
    named = words().amounts.get(text.casefold())
    if named is not None and column.unit == "Mbit/s":
        return float(named)
    match = AMOUNT.match(text)
    if match is None:
        return None
    rest = text[match.end() :].strip()
    number = float(match["number"].replace(",", ""))
    own = match["unit"].strip()
    if not own:
        return number * scale if not rest else None
    by = factor(own, column.unit)
    # after an amount in a unit of its own, words that name a make are passed over: 300G SAS
    return None if by is None or (rest and not re.fullmatch(r"[A-Za-z][A-Za-z0-9 .-]*", rest)) else number * by


def factor(unit: str, to: str | None) -> float | None:
    """What an amount in a unit is multiplied by to be in another; ``None`` where the two don't go together."""
    family = words().units.get(to or "count", {})
    folded = re.sub(r"\s", "", unit)
    # a capital tells M from m nowhere in these units, so case is folded
    return family.get(folded.casefold())


def _level(text: str) -> int | None:
    named = words().patterns["level"].fullmatch(text)
    if named:
        return words().digits.get(named[1]) or int(named[1])
    graded = re.fullmatch(r"[Ss]([1-5])\s*[Aa]([1-5])(?:\s*[Gg]([1-5]))?", text)
    return max(int(g) for g in graded.groups() if g) if graded else None


# ---- dates

COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")


def _date(cell: Cell, text: str) -> Reading:
    if isinstance(cell, dt.datetime):
        return Reading(cell.date().isoformat())
    if isinstance(cell, dt.date):
        return Reading(cell.isoformat())
    for shape in (words().patterns["date"], COMPACT):
        match = shape.fullmatch(text)
        if match:
            said = _day(match[1], match[2], match[3])
            return Reading(text) if said is None else Reading(said, "date" if said != text else AS_IT_IS)
    if re.fullmatch(r"\d{5}(\.\d+)?", text) and SERIALS[0] <= float(text) <= SERIALS[1]:
        return Reading((EPOCH + dt.timedelta(int(float(text)))).isoformat(), "day-number")
    match = words().patterns["month"].fullmatch(text)
    if match:
        said = _day(match[1], match[2], "1")
        return Reading(text) if said is None else Reading(said, "month-only", True)
    match = words().patterns["year"].fullmatch(text)
    return Reading(f"{match[1]}-01-01", "year-only", True) if match else Reading(text)


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


# ---- a processor's name with its count


def processors(text: str) -> tuple[str, int] | None:
    """Split ``E5-2620 v4*2`` or ``2×E5-2620 v4`` into the model and how many; ``None`` where no count stands."""
    for shape in ("processors_first", "processors"):
        match = words().patterns[shape].fullmatch(text)
        if match and words().patterns["letter"].search(match["name"]):
            return match["name"].strip(), int(match["count"])
    return None
