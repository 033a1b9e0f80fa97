"""What a raw cell of a table says: nothing, a text, or a number; nothing is guessed."""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache

from cloudplan.i18n import LANGUAGES, say
from cloudplan.intake.grid import Cell

LONGEST_BLANK = 8
"""Signs of the longest word that may stand for nothing, with blanks around it."""
_BLANK = frozenset({"", "-", "—", "n/a", "#n/a", "na", "null", *(say("words.none", each) for each in LANGUAGES)})
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


def plain(text: object) -> str:
    """Reduce a heading or a name to what is compared: no case, no runs of blanks."""
    return " ".join(str(text).split()).casefold()


def blank(cell: Cell) -> bool:
    """Whether a cell says nothing; quick to say so of the many that say something."""
    if cell is None:
        return True
    if isinstance(cell, str):
        return not cell or ((len(cell) <= LONGEST_BLANK or cell.isspace()) and _says_nothing(cell))
    return False


@lru_cache(maxsize=4096)
def _says_nothing(text: str) -> bool:
    return plain(text) in _BLANK


def shown(cell: Cell) -> str:
    """Write a cell as trimmed text, ``""`` where it is blank; whole numbers lose their ``.0``."""
    if blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat(sep=" ") if isinstance(cell, dt.datetime) else cell.isoformat()
    return str(cell).strip()


def plain_number(cell: Cell) -> float | None:
    """Read a number: ``None`` where the cell is blank, NaN where it is none; ``1,024`` is grouped digits."""
    if isinstance(cell, (float, str)):
        try:
            read = float(cell)
        except ValueError:
            pass
        else:
            return read if math.isfinite(read) else math.nan
    if blank(cell):
        return None
    if isinstance(cell, bool):
        return math.nan
    text = str(cell).strip()
    try:
        # a percent sign is dropped ("53.7%" is 53.7)
        read = float(text.removesuffix("%"))
    except ValueError:
        return float(text.replace(",", "")) if _GROUPED.fullmatch(text) else math.nan
    return read if math.isfinite(read) else math.nan
