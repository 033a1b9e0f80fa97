"""Which lock decides what: the more particular one wins, component before system before department.

A lock fixes a disposition, a pool, or both, and of each the most particular lock that states it decides:

* **Disposition.** A system has one, so that a lock of one of its components decides for its siblings too. A disposition
  yields to a pool that a more particular lock states and that it doesn't lead to.
* **Pool.** Each component has its own: its own lock's, else its system's, else its department's. A department's lock
  binds only what the pool is made for (instruction set, filed level) and what moves to such a pool by the ordered rules
  (:mod:`cloudplan.placement.dispositions`) or by another lock; a system that is switched off isn't brought back by it.

Locks come before the ordered rules; what the rules refuse, no lock allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cloudplan.inventory import Inventory
from cloudplan.scenario import CLOUD, Lock, Scenario

RANK = ("component", "system", "department")
"""Kinds of subject, the most particular first."""


def component_id(system: str, tier: str, arch: str) -> str:
    """Name a component: a system's running workloads of one tier and architecture."""
    return f"{system}/{tier}/{arch}"


def system_of(component: str) -> str:
    """System of a component, by its name alone."""
    return component.rsplit("/", 2)[0]


def system_bound(lock: Lock) -> str | None:
    """System that a lock binds, whole or in part; ``None`` for a department's."""
    return lock.system if lock.component is None else system_of(lock.component)


@dataclass(frozen=True)
class SystemLocks:
    """What locks decide about one system.

    Parameters
    ----------
    disposition
        The lock whose disposition decides, or ``None``.
    pools
        For each component that some lock sends to a pool, that lock.
    """

    disposition: Lock | None = None
    pools: Mapping[str, Lock] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Locks:
    """The locks of a scenario, seen from the things they bind.

    Parameters
    ----------
    inventory, scenario
        What is locked, and by what.
    """

    inventory: Inventory
    scenario: Scenario

    @cached_property
    def of_system(self) -> dict[str, SystemLocks]:
        """What is decided about every system that some lock binds."""
        if self.scenario.rules.get("locks") is False:  # switched off, as any rule can be
            return {}
        stated: dict[tuple[str, str], list[Lock]] = {}
        for lock in self.scenario.locks:
            stated.setdefault(lock.subject, []).append(lock)
        if not stated:
            return {}
        departments = self.inventory["systems"]["department"]
        found = {
            str(system): self._of_one(str(system), str(department), stated)
            for system, department in zip(departments.index, departments, strict=True)
        }
        return {system: locks for system, locks in found.items() if locks.disposition is not None or locks.pools}

    def _of_one(self, system: str, department: str, stated: Mapping[tuple[str, str], list[Lock]]) -> SystemLocks:
        components = self.components.get(system, ())
        own = {name: stated.get(("component", name), []) for name in components}
        whole = [stated.get(("system", system), []), stated.get(("department", department), [])]
        pools = {}
        for name in components:
            lock = next((lock for level in (own[name], *whole) for lock in level if lock.pool is not None), None)
            if lock is not None:
                pools[name] = lock
        particular: list[Lock] = []
        for level in ([lock for locks in own.values() for lock in locks], *whole):
            for lock in level:
                sent = [one.pool for one in particular if one.pool is not None]
                if lock.disposition is not None and all(self.leads(system, lock.disposition, p or "") for p in sent):
                    return SystemLocks(lock, pools)
            particular += level
        return SystemLocks(None, pools)

    @cached_property
    def components(self) -> dict[str, tuple[str, ...]]:
        """Names of each system's components: what runs of it, by tier and architecture."""
        table = self.inventory["workloads"]
        running = table[table["state"] == "running"]
        names: dict[str, dict[str, None]] = {}
        for system, tier, arch in zip(running["system"], running["tier"], running["arch"], strict=True):
            names.setdefault(str(system), {}).setdefault(component_id(system, tier, arch))
        return {system: tuple(found) for system, found in names.items()}

    def leads(self, system: str, disposition: str, pool: str) -> bool:
        """Whether a disposition can end in a pool, whatever the rules say of that pool."""
        table, record = self.inventory["pools"], self.inventory["systems"].loc[system]
        if pool not in table.index:  # a department's room as it is today, or a superior's platform
            return disposition in ("KEEP", "NEED_SUPERIOR")
        if table.at[pool, "kind"] == "colocation":
            front = record["deploy_model"] == "front_end_local"
            return disposition == "RELOCATE" or (disposition == "NEED_SUPERIOR" and bool(front))
        if disposition == "UPLIFT":
            return record["superseded_target"] in (None, table.at[pool, "target"])
        return disposition in CLOUD or (disposition in ("KEEP", "NEED_SUPERIOR") and pool in self._home.get(system, ()))

    def clash(self, first: Lock, second: Lock) -> bool:
        """Whether two locks of one department, or of one system and its components, can't both hold.

        They can't where one thing would have two dispositions or two pools, a system two targets, or where the
        disposition that one states leads to no pool of the other. A disposition that a more particular lock states
        instead is no clash: it wins.
        """
        alike = first.subject[0] == second.subject[0]
        if alike and first.disposition is not None and second.disposition is not None:
            return first.disposition != second.disposition
        if first.pool is not None and second.pool is not None and first.pool != second.pool:
            targets = self.inventory["pools"]["target"]
            return first.subject == second.subject or targets.get(first.pool) != targets.get(second.pool)
        system = system_bound(first)
        pairs = ((first, second), (second, first)) if alike and system is not None else ()
        return any(
            system is not None
            and one.disposition is not None
            and other.pool is not None
            and not self.leads(system, one.disposition, other.pool)
            for one, other in pairs
        )

    @cached_property
    def _home(self) -> dict[str, set[str]]:
        """Pools in which some server of a system serves already."""
        workloads, serving = self.inventory["workloads"], self.inventory["servers"]["pool"]
        out: dict[str, set[str]] = {}
        for system, server in zip(workloads["system"], workloads["server"], strict=True):
            if server is not None and serving.get(server) is not None:
                out.setdefault(str(system), set()).add(str(serving[server]))
        return out
