"""Which cells of the inventory are otherwise than they were, as far as they concern one system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cloudplan.inventory import Inventory

MOST = 4
"""Cells that are named; there may be more."""


def changed_cells(before: Inventory, now: Inventory, system: str) -> tuple[str, ...]:
    """Name the cells of a system's record, of its workloads and of their servers that changed.

    Returns
    -------
    tuple of str
        ``workloads.csv W3 vcpu: 4 → 8``, at most :data:`MOST`.
    """
    found = list(_of_table(before, now, "systems", (system,)))
    workloads = [str(w) for table in (before, now) for w in _of(table["workloads"], "system", system)]
    found += _of_table(before, now, "workloads", tuple(dict.fromkeys(workloads)))
    home = now["workloads"]["server"]
    servers: list[Any] = [home[w] for w in dict.fromkeys(workloads) if w in home.index]
    found += _of_table(before, now, "servers", tuple(dict.fromkeys(str(s) for s in servers if s is not None)))
    return tuple(found[:MOST])


def _of(frame: pd.DataFrame, column: str, value: str) -> list[str]:
    return [str(key) for key in frame.index[frame[column] == value]]


def _of_table(before: Inventory, now: Inventory, table: str, keys: tuple[str, ...]) -> Iterator[str]:
    was, is_ = before[table], now[table]
    for key in keys:
        if (key in was.index) != (key in is_.index):
            yield f"{table}.csv {'+' if key in is_.index else '−'} {key}"
        if key not in was.index or key not in is_.index:
            continue
        for column in is_.columns:
            old, new = was.at[key, column], is_.at[key, column]
            if not _same(old, new):
                yield f"{table}.csv {key} {column}: {_shown(old)} → {_shown(new)}"


def _same(old: object, new: object) -> bool:
    if isinstance(old, tuple) or isinstance(new, tuple):
        return old == new
    blank = bool(pd.isna(old)), bool(pd.isna(new))  # type: ignore[call-overload]
    return all(blank) or (not any(blank) and bool(old == new))


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ";".join(map(str, value)) or "—"
    if pd.isna(value):  # type: ignore[call-overload]
        return "—"
    return f"{value:g}" if isinstance(value, float) else str(value)
