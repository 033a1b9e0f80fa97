"""What may become of each system: the ordered rules, the first that speaks decides, and what it leaves open.

The order is a design of this project (a default, not a standard): a lock; classified; data of the core class; a
vertical system; a refusal; a zombie; a duplicate of a unified platform; special hardware; software that needs
rewriting; software out of support or due for a domestic platform; one that runs in a pool already; else it moves as it
is, or adapted where that is cheaper.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import SEPARATOR
from cloudplan.inventory.estate import holds
from cloudplan.inventory.schema import label
from cloudplan.locks import Locks, SystemLocks
from cloudplan.scenario import Lock, Scenario

CODES = ("KEEP", "RETIRE", "MERGE", "RELOCATE", "REHOST", "REPLATFORM", "REFACTOR", "UPLIFT", "NEED_SUPERIOR")
GONE = frozenset({"RETIRE", "MERGE"})
"""Dispositions after which a system stands nowhere."""
STAYS = frozenset({"KEEP", "NEED_SUPERIOR"})
"""Dispositions after which a system is where it was (but for a superior's front end that moves)."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is left open for one system.

    Parameters
    ----------
    allowed
        Dispositions that the model may choose from.
    rule
        Name of the rule that decided.
    reason
        The reason, in words to come.
    """

    allowed: tuple[str, ...]
    rule: str
    reason: Finding


def worded(disposition: str) -> Mapping[str, str]:
    """Word a disposition, by language."""
    return {language: say(f"placement.disposition.{disposition}", language) for language in LANGUAGES}


def ground(rule: str) -> Mapping[str, str]:
    """Word the rule that decided, by language."""
    return {language: say(f"placement.decided.{rule.replace('-', '_')}", language) for language in LANGUAGES}


def effective_level(system: Any) -> int:
    """Level used for placement; ungraded systems count as 3 with personal data or on the internet, else 2 (Z10)."""
    if not pd.isna(system.level):
        return int(system.level)
    return 3 if holds(system.personal_info) or holds(system.internet_facing) else 2


def options_of(inventory: Inventory, scenario: Scenario) -> dict[str, Options]:
    """Apply the ordered rules to every system.

    Returns
    -------
    dict
        Options by system, in the inventory's order.
    """
    locks = Locks(inventory, scenario)
    refusing: dict[str, str] = {}
    row: Any
    for row in inventory["departments"].itertuples():
        if row.opinion == "refuses":
            refusing[str(row.Index)] = row.opinion_reason or ""
    targets = {str(target): str(kind) for target, kind in inventory["targets"]["kind"].items()}
    pooled = _pooled(inventory)
    found = {}
    for row in inventory["systems"].itertuples():
        locked = locks.of_system.get(str(row.Index), SystemLocks())
        ordered = _decide(row, locked.disposition, refusing, targets, scenario, str(row.Index) in pooled)
        found[str(row.Index)] = _sent(row, ordered, locked, locks)
    return found


def _sent(system: Any, ordered: Options, locked: SystemLocks, locks: Locks) -> Options:
    """Keep the ordered rules to what leads to the pools that locks state; where nothing does, the pools decide."""
    sent = {lock.pool: lock for lock in locked.pools.values() if lock.department is None}
    if not sent:
        return ordered
    name = str(system.Index)
    leading = tuple(d for d in ordered.allowed if all(locks.leads(name, d, pool or "") for pool in sent))
    if leading:
        return replace(ordered, allowed=leading)
    pool, lock = next(iter(sent.items()))
    if not locks.leads(name, "REHOST", pool or ""):
        ways: tuple[str, ...] = ("RELOCATE",) if locks.leads(name, "RELOCATE", pool or "") else ("KEEP",)
    elif locks.leads(name, "KEEP", pool or ""):
        ways = ("KEEP",)
    elif system.software_route == "rewrite":
        ways = ("REFACTOR",)
    elif system.support == "expired" or holds(system.xinchuang_due):
        ways = ("REPLATFORM",)
    else:
        ways = ("REHOST", "REPLATFORM") if system.software_route in ("adapted", "adaptable") else ("REHOST",)
    values = {"pool": pool, "reason": lock.reason}
    return Options(ways, "lock", Finding("placement.why.lock_pool", Severity.INFO, name, "lock", values))


def _pooled(inventory: Inventory) -> frozenset[str]:
    """Systems that run on servers of one pool only: they are on the cloud already."""
    servers, workloads = inventory["servers"], inventory["workloads"]
    serving = servers["pool"].where(servers["state"] != "broken", None)
    running = workloads[workloads["state"] == "running"]
    pools: dict[str, set[str | None]] = {}
    for system, server in zip(running["system"], running["server"], strict=True):
        pools.setdefault(system, set()).add(None if server is None else serving[server])
    return frozenset(system for system, found in pools.items() if len(found) == 1 and None not in found)


def _decide(
    system: Any,
    lock: Lock | None,
    refusing: Mapping[str, str],
    targets: Mapping[str, str],
    scenario: Scenario,
    pooled: bool,
) -> Options:
    def found(rule: str, *allowed: str, kind: str = "", **values: Any) -> Options:
        name = f"placement.why.{rule.replace('-', '_')}{kind}"
        return Options(allowed, rule, Finding(name, Severity.INFO, str(system.Index), rule, values))

    if lock is not None and lock.disposition is not None:
        return found("lock", lock.disposition, reason=lock.reason)
    if holds(system.classified):
        return found("classified", "KEEP")
    if system.data_class == "core":
        return found("core-data", "KEEP")
    if system.owner_level != "banner":
        return found("vertical", "NEED_SUPERIOR", level=label("owner_level", system.owner_level))
    if system.opinion == "refuses":
        return found("refusal", "KEEP", reason=system.opinion_reason or "—")
    if system.department in refusing:
        return found("refusal", "KEEP", reason=refusing[system.department] or "—")
    if isinstance(system.last_data_on, dt.date) and (scenario.today - system.last_data_on).days > scenario.zombie_days:
        return found("zombie", "RETIRE", date=system.last_data_on.isoformat(), days=scenario.zombie_days)
    if system.superseded_by:
        open_above = targets.get(system.superseded_target or "") in scenario.targets.open
        return found("duplicate", *(("MERGE", "UPLIFT") if open_above else ("MERGE",)), platform=system.superseded_by)
    if system.special_hardware == "on_site":
        return found("on-site", "KEEP")
    if system.special_hardware not in (None, "none"):
        return found("special-hardware", "RELOCATE", hardware=label("special_hardware", system.special_hardware))
    if system.software_route == "rewrite":
        return found("rewrite", "REFACTOR")
    if system.support == "expired":
        software = _software(system)
        kind = "_some" if len(software) > 1 else "" if software else "_unnamed"
        return found("unsupported", "REPLATFORM", kind=kind, software=software)
    if holds(system.xinchuang_due):
        return found("xinchuang", "REPLATFORM")
    if pooled:
        return found("pooled", "KEEP")
    if system.software_route in ("adapted", "adaptable"):
        return found("adaptable", "REHOST", "REPLATFORM")
    return found("movable", "REHOST")


def _software(system: Any) -> tuple[str, ...]:
    """What may be out of support: each operating system and database on record, which say it only together."""
    named = (part.strip() for cell in (system.os, system.database) if cell for part in SEPARATOR.split(str(cell)))
    return tuple(dict.fromkeys(part for part in named if part))
