"""What of the inputs is otherwise than it was: cells that concern one system, and what concerns all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cloudplan.bundle import Plan
from cloudplan.findings import Finding, Severity
from cloudplan.inventory import Inventory
from cloudplan.replan.onward import onward
from cloudplan.scenario import Scenario

MOST = 4
"""Cells that are named; there may be more."""
SHOWN = 8
"""Of what concerns all, so many changes are named."""
OF_SYSTEMS = frozenset({"systems", "workloads", "servers"})
"""Tables whose changes are named with the system they concern."""
NO_INPUT = frozenset({"name", "title", "inventory"})
"""What of a scenario decides nothing."""
INPUTS = "replan.inputs"


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


def changed_inputs(since: Plan, inventory: Inventory, scenario: Scenario) -> Iterator[Finding]:
    """Name what concerns all and is otherwise than an earlier plan had it: keys of the scenario, cells of other tables.

    Of measured use only that it changed is said.

    Yields
    ------
    Finding
        ``replan.inputs``, once, where anything changed.
    """
    # waves that lie behind are no change: the earlier scenario is seen from the same day
    seen = onward(since.scenario.model_copy(update={"today": scenario.today}))
    was, now = (_flat(stated.model_dump(exclude=set(NO_INPUT))) for stated in (seen, scenario))
    was["today"] = since.scenario.today
    found = [
        f"{key}: {_shown(was.get(key))} → {_shown(now.get(key))}"
        for key in dict.fromkeys((*was, *now))
        if was.get(key) != now.get(key)
    ]
    for table in sorted(inventory.tables.keys() & since.inventory.tables.keys() - OF_SYSTEMS):
        before, is_ = since.inventory[table], inventory[table]
        if before.equals(is_):
            continue
        if table == "usage":
            found.append("usage.csv")
        else:
            keys = dict.fromkeys((*before.index, *is_.index))
            found += _of_table(since.inventory, inventory, table, tuple(keys))
    if found:
        values = {"count": len(found), "examples": tuple(found[:SHOWN]), "inputs": tuple(found)}
        yield Finding(INPUTS, Severity.INFO, values=values)


def _flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Values by their dotted keys."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        inner = _flat(value, f"{above}{key}.") if isinstance(value, Mapping) else {f"{above}{key}": value}
        out |= inner
    return out


def _of(frame: pd.DataFrame, column: str, value: str) -> list[str]:
    return [str(key) for key in frame.index[frame[column] == value]]


def _of_table(before: Inventory, now: Inventory, table: str, keys: tuple[Any, ...]) -> Iterator[str]:
    was, is_ = before[table], now[table]
    for key in keys:
        if (key in was.index) != (key in is_.index):
            yield f"{table}.csv {'+' if key in is_.index else '−'} {_shown(key)}"
        if key not in was.index or key not in is_.index:
            continue
        for column in is_.columns:
            old, new = was.at[key, column], is_.at[key, column]
            if not _same(old, new):
                yield f"{table}.csv {_shown(key)} {column}: {_shown(old)} → {_shown(new)}"


def _same(old: object, new: object) -> bool:
    if isinstance(old, tuple) or isinstance(new, tuple):
        return old == new
    blank = bool(pd.isna(old)), bool(pd.isna(new))  # type: ignore[call-overload]
    return all(blank) or (not any(blank) and bool(old == new))


def _shown(value: object) -> str:
    if isinstance(value, tuple | list):
        return ";".join(map(str, value)) or "—"
    if pd.isna(value):  # type: ignore[call-overload]
        return "—"
    return f"{value:g}" if isinstance(value, float) else str(value)
