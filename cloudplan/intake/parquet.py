"""A Parquet file as a grid: its columns stay columns, and rows of cells are made only where somebody asks for them.

Reading Parquet needs pyarrow, which is no dependency of cloudplan: where it isn't installed, that is said.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import pandas as pd

from cloudplan.findings import Finding, Place
from cloudplan.intake.grid import Cell, Grid

MAGIC = b"PAR1"
MOST_CELLS = 60_000_000
"""Cells of a file; beyond it a file is refused."""
MOST_BYTES = 2**30
"""A file's columns in memory; beyond it reading stops."""
_BATCH = 65_536
_CHUNK = 4_096


@dataclass(frozen=True, eq=False)
class Frame(Grid):
    """A Parquet file: ``rows`` as of any grid, headings first, and its columns as a frame."""

    frame: pd.DataFrame = field(default_factory=pd.DataFrame)


class _Rows(Sequence[Sequence[Cell]]):
    """The rows of a frame as raw cells, made some thousand at a time."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._headings: list[Cell] = [str(name) for name in frame.columns]
        self._start = 0
        self._chunk: list[list[Cell]] = []

    def __len__(self) -> int:
        return len(self._frame) + 1

    @overload
    def __getitem__(self, index: int) -> Sequence[Cell]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[Cell]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[Cell] | Sequence[Sequence[Cell]]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(index)
        if position == 0:
            return self._headings
        at = position - 1
        if not self._start <= at < self._start + len(self._chunk):
            self._start = at - at % _CHUNK
            part = self._frame.iloc[self._start : self._start + _CHUNK]
            columns = [[_cell(value) for value in part.iloc[:, n].astype(object)] for n in range(part.shape[1])]
            self._chunk = [list(cells) for cells in zip(*columns, strict=True)]
        return self._chunk[at - self._start]


def is_parquet(path: Path) -> bool:
    """Say whether a file is Parquet, by its first bytes."""
    if not path.is_file():
        return False
    with path.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def read_parquet(path: Path) -> tuple[list[Grid], list[Finding]]:
    """Read a Parquet file.

    Returns
    -------
    tuple
        Its one grid, and what is wrong with the file.
    """
    file, place = str(path), Place(str(path))
    try:
        from pyarrow import Table
        from pyarrow import parquet as pq
    except ImportError:
        return [], [Finding("intake.parquet_no_pyarrow", values={"file": file}, place=place)]
    try:
        with pq.ParquetFile(path) as opened:
            shape = opened.metadata
            too_much: dict[str, Any] = {"file": file, "rows": shape.num_rows, "columns": shape.num_columns}
            if shape.num_rows * shape.num_columns > MOST_CELLS:
                return [], [Finding("intake.parquet_large", values=too_much, place=place)]
            batches, size = [], 0
            for batch in opened.iter_batches(_BATCH):
                size += batch.nbytes
                if size > MOST_BYTES:
                    return [], [Finding("intake.parquet_large", values=too_much, place=place)]
                batches.append(batch)
            table = Table.from_batches(batches, opened.schema_arrow)
            table.validate(full=True)  # texts that are none would only be met when they are looked at
            frame = table.to_pandas(ignore_metadata=True)
    # a damaged file ends in any of the library's errors, some of which are no ArrowException
    except Exception as fault:
        values = {"file": file, "reason": str(fault).partition("\n")[0][:200] or type(fault).__name__}
        return [], [Finding("intake.parquet_unreadable", values=values, place=place)]
    return [Frame(file, None, _Rows(frame), frame=frame)], []


def _cell(value: Any) -> Cell:
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, pd.Timestamp):
        try:
            return value.to_pydatetime(warn=False)
        except ValueError:
            return str(
                value.to_datetime64()
            )  # a year that no calendar of Python has: text, which no reader takes for a time
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return str(value)
    return None if math.isnan(number) else number
