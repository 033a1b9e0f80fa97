"""All that the ordered rules look at of one system: :class:`Case`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cloudplan.earlier import Earlier
from cloudplan.evidence import SCENARIO, Cell, blank
from cloudplan.inventory import Inventory
from cloudplan.inventory.estate import holds
from cloudplan.locks import Locks, SystemLocks
from cloudplan.scenario import Lock, Scenario


def effective_level(system: Any) -> int:
    """Level used for placement; ungraded systems count as 3 with personal data or on the internet, else 2 (Z10)."""
    if not pd.isna(system.level):
        return int(system.level)
    return 3 if holds(system.personal_info) or holds(system.internet_facing) else 2


@dataclass(frozen=True, slots=True)
class Case:
    """One system with everything that bears on what becomes of it.

    Parameters
    ----------
    system, department
        Their records, as rows of the tables.
    lock
        The scenario's lock on its disposition, or ``None``.
    targets
        Kind of every target of the inventory.
    pooled
        A server it runs on and the pool where that serves, where all its servers are hosts of one pool; or ``None``.
    scenario
        The assumptions; their day is that on which the evidence was first judged.
    done
        What an earlier plan has carried out of it, a disposition, and by which day; or ``None``.
    under_way
        Whether that day is still to come.
    """

    system: Any
    department: Any
    lock: Lock | None
    targets: Mapping[str, str]
    pooled: tuple[str, str] | None
    scenario: Scenario
    done: tuple[str, dt.date] | None = None
    under_way: bool = False

    @property
    def name(self) -> str:
        """Id of the system."""
        return str(self.system.Index)

    def cell(self, name: str) -> Cell:
        """Look a cell up by ``table.column``; a blank one has the value ``None``."""
        table, _, column = name.partition(".")
        if table == SCENARIO:
            return Cell(table, self.name if column == "locks" else "", column, self._option(column))
        if table == "servers":
            server, pool = self.pooled or ("", None)
            return Cell(table, server, column, pool)
        record = self.system if table == "systems" else self.department
        value = getattr(record, column)
        return Cell(table, str(record.Index), column, None if blank(value) else value)

    def _option(self, path: str) -> Any:
        if path == "locks":
            return None if self.lock is None else self.lock.disposition
        value: Any = self.scenario
        for part in path.split("."):
            value = getattr(value, part)
        return value

    def edited(self, cells: Iterable[Cell]) -> Case:
        """Say what the case would be if some cells said something else; see :func:`cloudplan.evidence.edited`."""
        case = self
        for cell in cells:
            change = {cell.column: cell.value}
            if cell.table == "systems":
                case = replace(case, system=case.system._replace(**change))
            elif cell.table == "departments":
                case = replace(case, department=case.department._replace(**change))
            elif cell.table == "servers":
                case = replace(case, pooled=None)
            elif cell.column == "locks":
                case = replace(case, lock=None)
            else:
                part, _, option = cell.column.partition(".")
                options = getattr(case.scenario, part).model_copy(update={option: cell.value})
                case = replace(case, scenario=case.scenario.model_copy(update={part: options}))
        return case


def cases_of(inventory: Inventory, scenario: Scenario, earlier: Earlier | None = None) -> dict[str, Case]:
    """Put together the case of every system, in the inventory's order; ``earlier`` is the plan in progress, if any."""
    earlier = earlier or Earlier(plan="")
    locks = Locks(inventory, scenario).of_system
    departments = {str(row.Index): row for row in inventory["departments"].itertuples()}
    targets = {str(target): str(kind) for target, kind in inventory["targets"]["kind"].items()}
    pooled = _pooled(inventory)
    out: dict[str, Case] = {}
    row: Any
    for row in inventory["systems"].itertuples():
        name = str(row.Index)
        day = earlier.judged_on.get(name, scenario.today)
        then = scenario if day == scenario.today else scenario.model_copy(update={"today": day})
        done = (earlier.fates[name][0], earlier.done[name]) if name in earlier.done else None
        out[name] = Case(
            row,
            departments[row.department],
            locks.get(name, SystemLocks()).disposition,
            targets,
            pooled.get(name),
            then,
            done,
            done is not None and done[1] > scenario.today,
        )
    return out


def _pooled(inventory: Inventory) -> dict[str, tuple[str, str]]:
    """Find the systems that run on servers of one pool only, each with one of these servers and the pool."""
    servers, workloads = inventory["servers"], inventory["workloads"]
    serving = servers["pool"].where(servers["state"] != "broken", None)
    running = workloads[workloads["state"] == "running"]
    found: dict[str, dict[str | None, str]] = {}
    for system, server in zip(running["system"], running["server"], strict=True):
        pool = None if server is None else serving[server]
        found.setdefault(system, {}).setdefault(pool, server)
    out = {}
    for system, by_pool in found.items():
        (pool, server), *others = by_pool.items()
        if pool is not None and not others:
            out[system] = server, pool
    return out
