"""The two sides that are compared: powered machines, their capacity, and the workloads on each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan.capacity import STORAGE_TIERS, Capacity
from cloudplan.demand import Demand, Floats
from cloudplan.energy import server_powers
from cloudplan.gains.loads import performance
from cloudplan.gains.values import Outcome
from cloudplan.inventory import Inventory
from cloudplan.placement.candidates import components_of
from cloudplan.placement.dispositions import GONE
from cloudplan.scenario import CLOUD, Scenario

RESOURCES = ("cpu", "memory", "storage")
STAYS = frozenset({"keep", "relocate"})
"""Fates of servers that go on running what they run."""

Ints = npt.NDArray[np.int64]

MACHINE = ("unit", "room", "pool", "department", "cpu", "memory", "storage", "cores", "work", "idle_w", "max_w")


@dataclass(frozen=True, eq=False)
class Side:
    """One side of the comparison.

    Capacity is shared out to workloads unit by unit: a server of its own is a unit, and so is a whole pool, its spare
    hosts included.

    Parameters
    ----------
    machines
        Index: machine; the columns of :data:`MACHINE`: number of its unit, room, pool (or ``None``), owner, capacity
        (vCPU of the reference core, GiB, GiB), cores, ``work`` (cores × performance), power (W).
    units
        Index: unit; ``room``, ``pool``, ``department``, ``cpu``, ``memory``, ``storage`` (capacity; NaN where unknown,
        the unit then doesn't count for that resource).
    machine_of, unit_of
        Number of each workload's machine and unit, or −1; shape (n,).
    sizes
        What each workload is given there, by resource; shape (n,).
    """

    machines: pd.DataFrame
    units: pd.DataFrame
    machine_of: Ints
    unit_of: Ints
    sizes: Mapping[str, Floats]

    @property
    def here(self) -> npt.NDArray[np.bool_]:
        """Whether each workload stands on this side."""
        return self.machine_of >= 0

    def counted(self, resource: str) -> npt.NDArray[np.bool_]:
        """Whether each workload stands in a unit whose capacity of a resource is known."""
        known = np.append(self.units[resource].notna().to_numpy(bool), False)
        return known[self.unit_of]

    def share_of(self, resource: str) -> Floats:
        """Capacity that falls to each workload: its unit's, by what it is given of all that is given there."""
        size = np.where(self.counted(resource), self.sizes[resource], 0.0)
        units = len(self.units)
        given = np.append(np.bincount(self.unit_of[self.here], size[self.here], units), 0.0)
        heads = np.append(np.bincount(self.unit_of[self.here], minlength=units), 0)
        capacity = np.append(np.nan_to_num(self.units[resource].to_numpy(float)), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            # nobody was given anything (sizes of zero): equal parts
            part = np.where(given[self.unit_of] > 0, size / given[self.unit_of], 1.0 / heads[self.unit_of])
        return np.where(self.counted(resource), capacity[self.unit_of] * np.nan_to_num(part, posinf=0.0), 0.0)


def sums(at: Ints, values: Any, groups: int) -> Floats:
    """Add values up by the number of their group; shape (groups,)."""
    return np.asarray(np.bincount(at, values, groups), dtype=np.float64)


def side_today(inventory: Inventory, scenario: Scenario, demand: Demand, factors: Mapping[str, float]) -> Side:
    """Build today's side: running servers in departments' rooms, and those that already serve in a pool."""
    machines = _servers(inventory, scenario, factors)
    workloads = inventory["workloads"].loc[list(demand.workloads)]
    return _side(machines, list(workloads["server"]), _declared(workloads, scenario))


def idle_machines(side: Side) -> list[str]:
    """List machines that are powered and run no workload on record."""
    load = np.bincount(side.machine_of[side.here], minlength=len(side.machines))
    return [str(name) for name in side.machines.index[load == 0]]


def side_after(
    inventory: Inventory,
    scenario: Scenario,
    demand: Demand,
    capacity: Capacity,
    outcome: Outcome,
    factors: Mapping[str, float],
) -> Side:
    """Build the side that a plan leads to: its hosts, spares included, and the servers that stay or are relocated."""
    servers = _servers(inventory, scenario, factors)
    staying = [s for s in servers.index if s not in outcome.hosts and outcome.fates.get(str(s), "keep") in STAYS]
    left = servers.loc[staying].copy()
    moved = [s for s in staying if outcome.fates.get(str(s)) == "relocate"]
    sites = _sites(inventory, demand, capacity, outcome)
    left.loc[moved, "room"] = [sites.get(str(s), sites[""]) for s in moved]
    left["pool"] = None
    workloads = inventory["workloads"].loc[list(demand.workloads)]
    gone = GONE | CLOUD
    where = [
        outcome.host_of[w] if w in outcome.host_of else None if outcome.dispositions.get(system) in gone else server
        for w, system, server in zip(workloads.index, workloads["system"], workloads["server"], strict=True)
    ]
    sizes = _declared(workloads, scenario)
    hosted = np.array([w in outcome.host_of for w in workloads.index], dtype=bool)
    planned = {"cpu": demand.vcpu, "memory": demand.memory_gib, "storage": demand.storage_gib}
    hosts = _hosts(capacity, outcome)
    machines = left if hosts.empty else hosts if left.empty else pd.concat([hosts, left])
    side = _side(machines, where, {r: np.where(hosted, planned[r], sizes[r]) for r in RESOURCES})
    return replace(side, units=side.units.assign(storage=_storage_capacity(side, demand, capacity)))


def _storage_capacity(side: Side, demand: Demand, capacity: Capacity) -> Floats:
    """Find each unit's storage: a server's disks; a pool's tiers, unknown where a tier that is used has no limit."""
    out = np.array(side.units["storage"], dtype=float)
    for number, pool in enumerate(side.units["pool"]):
        if isinstance(pool, str):
            inside = side.unit_of == number
            tiers = capacity.pools[pool].storage
            used = [tier for tier in STORAGE_TIERS if demand.storage[tier][inside].sum() > 0]
            known = sum(size for size in tiers.values() if math.isfinite(size))
            out[number] = known if known > 0 and all(math.isfinite(tiers.get(t, math.inf)) for t in used) else math.nan
    return out


def _declared(workloads: pd.DataFrame, scenario: Scenario) -> dict[str, Floats]:
    storage = np.nan_to_num(workloads["storage_gib"].to_numpy(float), nan=scenario.demand.blank_storage_gib)
    return {
        "cpu": workloads["vcpu"].to_numpy(float),
        "memory": workloads["memory_gib"].to_numpy(float),
        "storage": storage,
    }


def _servers(inventory: Inventory, scenario: Scenario, factors: Mapping[str, float]) -> pd.DataFrame:
    servers = inventory["servers"]
    kind = inventory["rooms"]["kind"].reindex(list(servers["room"])).to_numpy(object)
    powered = (servers["state"] == "running").to_numpy(bool)
    servers = servers[powered & ((kind == "department") | servers["pool"].notna().to_numpy(bool))]
    perf = performance(servers["perf_per_core"], scenario)
    cores = servers["cores"].to_numpy(float)
    raw = servers["storage_gib"].to_numpy(float)
    powers = server_powers(servers, factors)
    return pd.DataFrame(
        {
            "unit": servers.index.astype(object),
            "room": servers["room"].astype(object),
            "pool": servers["pool"].astype(object),
            "department": servers["department"].astype(object),
            "cpu": servers["threads"].to_numpy(float) * perf,
            "memory": servers["memory_gib"].to_numpy(float),
            "storage": np.where(raw > 0, raw, np.nan),
            "cores": cores,
            "work": cores * perf,
            "idle_w": powers["idle_w"],
            "max_w": powers["max_w"],
        },
        index=servers.index,
    )


def _hosts(capacity: Capacity, outcome: Outcome) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for host in outcome.hosts.values():
        kind, pool = capacity.kinds[host.kind], capacity.pools[host.pool]
        cpu = kind.threads * kind.perf_per_core
        rows.append(
            (f"pool {host.pool}", pool.site or host.pool, host.pool, None, cpu, kind.memory_gib, math.nan, kind.cores,
             kind.cores * kind.perf_per_core, kind.power_idle_w, kind.power_max_w)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(MACHINE), index=list(outcome.hosts))


def _sites(inventory: Inventory, demand: Demand, capacity: Capacity, outcome: Outcome) -> dict[str, str | None]:
    """Room to which each relocated server goes: its component's pool's; ``""`` holds the one for all others."""
    colocation = [p for p in capacity.pools.values() if p.kind == "colocation" and p.site is not None]
    sites: dict[str, str | None] = {"": colocation[0].site if colocation else None}
    if len({pool.site for pool in colocation}) < 2 or "relocate" not in outcome.fates.values():
        return sites
    for name, component in components_of(inventory, demand).items():
        seat = outcome.seats.get(name)
        pool = None if seat is None else capacity.pools.get(seat.pool)
        if pool is not None and pool.kind == "colocation":
            sites.update(dict.fromkeys(component.servers, pool.site))
    return sites


def _side(machines: pd.DataFrame, where: Iterable[str | None], sizes: Mapping[str, Floats]) -> Side:
    codes, names = pd.factorize(machines["unit"])
    machines = machines.assign(unit=codes)
    grouped = machines.groupby("unit", sort=True)
    units = grouped[["room", "pool", "department"]].first().astype(object)
    units[["cpu", "memory"]] = grouped[["cpu", "memory"]].sum()
    units["storage"] = grouped["storage"].sum(min_count=1)
    units.index = pd.Index(names, dtype=object)
    machine_of = machines.index.get_indexer(pd.Index(list(where), dtype=object)).astype(np.int64)
    unit_of = np.append(codes, -1)[machine_of].astype(np.int64)
    return Side(machines, units, machine_of, unit_of, sizes)
