"""Helpers to spoil the tiny estate and look at what is found."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cloudplan.errors import BadInput
from cloudplan.findings import Finding
from cloudplan.inventory.read import read_inventory
from tests.tiny import Rows, tiny_tables, write_tiny


def found(tables: Mapping[str, Rows], then: Callable[[Path], Any] = lambda folder: None) -> tuple[Finding, ...]:
    """All findings on some tables; ``then`` may spoil the files once they are written."""
    with tempfile.TemporaryDirectory() as name:
        folder = write_tiny(Path(name), tables)
        then(folder)
        try:
            return read_inventory(folder).findings
        except BadInput as bad:
            return bad.findings


def spoilt(table: str, row: int, column: str, value: Any) -> dict[str, Rows]:
    """The tiny tables with one cell changed."""
    tables = tiny_tables()
    tables[table][row][column] = value
    return tables


def brief(finding: Finding) -> tuple[str, str, int | None, Any]:
    """Message, file, row and column of a finding."""
    place = finding.place
    assert place is not None
    return finding.message.removeprefix("inventory."), Path(place.file).name, place.row, place.column
