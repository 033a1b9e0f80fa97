"""Error values in a workbook of the old form (``.xls``), which its reader gives as blank: :func:`errors_of`.

Of the file only as much is understood as that takes: the stream of the workbook within its container, and its records
of error values. A formula that was never computed can't be told in this form, as it always holds some value.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping

from cloudplan.inventory.unvalued import Unvalued, Unvalueds

ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
BOUNDSHEET, BOOLERR, FORMULA, BEGIN, END = 0x85, 0x205, 0x06, 0x809, 0x0A
LAST_SECTOR = 0xFFFFFFFA
"""Numbers of sectors end below it; those from it on have other meanings."""
_SIGN = re.compile(rb"\x05\x02\x08\x00.{6}[\x00\x07\x0f\x17\x1d\x24\x2a]\x01|\x06\x00.{8}\x02.{5}\xff\xff", re.DOTALL)


def errors_of(raw: bytes) -> Mapping[str, Unvalueds]:
    """Find the error values of an ``.xls``, by sheet; nothing where it is not understood.

    Parameters
    ----------
    raw
        The file.
    """
    try:
        book = _stream(raw)
        return {} if _SIGN.search(book) is None else _errors(book)
    except (struct.error, IndexError, UnicodeDecodeError):
        return {}  # damaged: the reader of workbooks says what is wrong


def _errors(book: bytes) -> dict[str, Unvalueds]:
    found: dict[str, Unvalueds] = {}
    for kind, content in list(_records(book, 0)):
        if kind == BOUNDSHEET:
            start, length, wide = struct.unpack_from("<I2xBB", content)
            name = content[8 : 8 + length * (1 + wide % 2)].decode("utf-16-le" if wide % 2 else "latin-1")
            cells = tuple(_cells(book, start))
            if cells:
                found[name] = cells
    return found


def _cells(book: bytes, start: int) -> Iterator[Unvalued]:
    for kind, content in _records(book, start):
        if kind == BOOLERR and content[7] == 1:
            code = content[6]
        elif kind == FORMULA and content[6] == 2 and content[12:14] == b"\xff\xff":
            code = content[8]
        else:
            continue
        row, column = struct.unpack_from("<HH", content)
        yield Unvalued(row, column, ERRORS.get(code, "#?"))


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream, those of charts within it too, up to its end."""
    depth = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 0:
            return
        yield kind, book[at + 4 : at + 4 + length]
        at += 4 + length


def _stream(raw: bytes) -> bytes:
    """Take the stream of the workbook out of its container."""
    size, small = 1 << struct.unpack_from("<H", raw, 30)[0], 1 << struct.unpack_from("<H", raw, 32)[0]
    directory, least, small_table, more = (struct.unpack_from("<I", raw, at)[0] for at in (48, 56, 60, 68))

    def sector(number: int) -> bytes:
        return raw[(number + 1) * size : (number + 2) * size]

    def numbers(content: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(content) // 4}I", content[: len(content) // 4 * 4]))

    tables = numbers(raw[76:512])
    while more < LAST_SECTOR and len(tables) * size <= len(raw):
        *listed, more = numbers(sector(more))
        tables += listed
    table = [entry for number in tables if number < LAST_SECTOR for entry in numbers(sector(number))]

    def chain(start: int, of: list[int]) -> Iterator[int]:
        for _ in range(len(of)):  # a chain that bites its tail ends too
            if start >= len(of):
                return
            yield start
            start = of[start]

    def content(start: int) -> bytes:
        return b"".join(map(sector, chain(start, table)))

    entries = content(directory)
    root = b""
    for at in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, at + 64)
        name = entries[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        start, extent = struct.unpack_from("<II", entries, at + 116)
        if kind == 5:
            root = content(start)
        elif kind == 2 and name in ("Workbook", "Book"):
            if extent >= least:
                return content(start)[:extent]
            following = numbers(content(small_table))
            return b"".join(root[n * small : (n + 1) * small] for n in chain(start, following))[:extent]
    return b""
