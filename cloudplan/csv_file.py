"""CSV as cloudplan writes it: for a spreadsheet to open, with nothing in it that would run."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

BOM = "\ufeff"
FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
"""Signs that begin a formula; a spreadsheet may take their full-width forms for them."""
FIRST = frozenset(FORMULA + "' \t\r\n")
"""What a text that must be guarded begins with; most texts begin with none of these."""
# a line's end inside a cell is told by their number
_AT_FIRST = tuple((sign, "," + sign, "\n" + sign) for sign in sorted(FIRST - {"\n", "\r"}))
_RUNS = re.compile(rf"[' \t\r\n]*[{re.escape(FORMULA)}]")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def guarded(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula, a mere number aside."""
    runs = text[:1] in FIRST and _RUNS.match(text) and not _NUMBER.fullmatch(text)
    return "'" + text if runs else text


def unguarded(text: str) -> str:
    """Take off the apostrophe that :func:`guarded` put there; any other stays."""
    return text[1:] if text.startswith("'") and _RUNS.match(text) else text


def write_csv(path: Path, header: Sequence[str], batches: Iterable[Sequence[Sequence[str]]]) -> Path:
    """Write texts as UTF-8 with BOM and LF, guarded each.

    Most batches hold no sign that must be quoted or guarded. One look at their joined lines tells, which halves the
    time that millions of rows take.

    Parameters
    ----------
    path
        Where; its folder is made if need be.
    header
        Names of the columns.
    batches
        Rows, any number at a time, each of as many texts as the header.

    Returns
    -------
    Path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # the mark is written once by hand: the codec that writes it itself takes as long as the rest
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        usual = csv.writer(file, lineterminator="\n")
        # the writer leaves a lone carriage return as it is, at which readers end the row
        quoted = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for batch in chain([[header]], batches):
            text = "\n".join(chain([""], (",".join(row) for row in batch), [""]))
            whole = text.count(",") == (len(header) - 1) * len(batch) and text.count("\n") == len(batch) + 1
            if whole and not _special(text):
                file.write(text[1:])
                continue
            for row in _each_guarded(batch):
                (quoted if any("\r" in cell for cell in row) else usual).writerow(row)
    return path


def _special(text: str) -> bool:
    """Whether any cell of joined lines must be quoted or guarded, or might."""
    if '"' in text or "\r" in text:
        return True
    for sign, after_comma, after_line in _AT_FIRST:
        if sign in text and (after_comma in text or after_line in text):
            return True
    return False


def _each_guarded(batch: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    for row in batch:
        yield [guarded(cell) if cell[:1] in FIRST else cell for cell in row]
