"""A dump of records in JSON (a list of ``{model, pk, fields}``, as Django's dumpdata writes) as grids, one a model."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudplan.findings import Finding, Place, Severity
from cloudplan.intake.grid import GZIPPED, MOST_BYTES, Cell, Grid, decoded, unpacked

KEY = "pk"


@dataclass(frozen=True)
class Dump(Grid):
    """The records of one model: the first row holds the names of the fields, the first column the keys.

    A record's place is its model, its key and the field: a dump has no rows that a person could count.
    """

    def place(self, row: int | None = None, column: int | None = None) -> Place:
        """Say where a field of a record stands."""
        key = None if row is None else self.rows[row][0]
        name = None if column is None else str(self.rows[0][column])
        return Place(self.file, self.sheet, int(key) if isinstance(key, float) and key.is_integer() else None, name)


def is_dump(path: Path) -> bool:
    """Say whether a file may be a dump, by its first bytes: JSON, packed with gzip or not."""
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        head = opened.read(64)
    if head.startswith(GZIPPED):
        try:
            with gzip.open(path) as packed:
                head = packed.read(64)
        except (OSError, EOFError, zlib.error):
            return True  # whoever reads it says what is wrong
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{")


def read_dump(path: Path) -> tuple[list[Grid], list[Finding]]:
    """Read a dump, ``.json`` or ``.json.gz``.

    Returns
    -------
    tuple
        One grid a model, its name as the sheet's; and what is wrong with the file.
    """
    file = str(path)
    place = Place(file)
    try:
        raw = unpacked(path) if path.stat().st_size <= MOST_BYTES else None
        if raw is None:
            values: dict[str, Any] = {"file": file, "mib": MOST_BYTES / 2**20, "limit": MOST_BYTES // 2**20}
            return [], [Finding("inventory.file_swells", values=values, place=place)]
        records = json.loads(decoded(raw) or "")
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as fault:
        values = {"file": file, "reason": str(fault).partition("\n")[0][:200] or type(fault).__name__}
        return [], [Finding("intake.dump_unreadable", values=values, place=place)]
    if not isinstance(records, list):
        values = {"file": file, "reason": type(records).__name__}
        return [], [Finding("intake.dump_unreadable", values=values, place=place)]
    models: dict[str, list[dict[str, Any]]] = {}
    strange = 0
    for record in records:
        if isinstance(record, dict) and isinstance(record.get("model"), str) and isinstance(record.get("fields"), dict):
            models.setdefault(record["model"].casefold(), []).append({**record["fields"], KEY: record.get(KEY)})
        else:
            strange += 1
    findings = []
    if strange:
        values = {"count": strange, "file": file}
        findings.append(Finding("intake.dump_records", Severity.WARNING, values=values, place=place))
    return [_grid(file, model, own) for model, own in models.items()], findings


def _grid(file: str, model: str, records: list[dict[str, Any]]) -> Dump:
    names = list(dict.fromkeys([KEY, *(name for record in records for name in record)]))
    rows: list[list[Cell]] = [list(names)]
    rows += [[_cell(record.get(name)) for name in names] for record in records]
    return Dump(file, model, rows)


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return float(value) if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        return value
    return json.dumps(value, ensure_ascii=False) if value else None
