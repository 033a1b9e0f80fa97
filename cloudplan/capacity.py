"""What pools and hosts can carry: :class:`Pool`, :class:`HostKind` and their bundle :class:`Capacity`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cloudplan.assumptions import factors_of
from cloudplan.energy import server_powers, sockets_of
from cloudplan.inventory import Inventory
from cloudplan.scenario import CapacityOptions, Scenario

STORAGE_TIERS = ("high", "normal", "object")


@dataclass(frozen=True, slots=True)
class HostKind:
    """A kind of host: a type that can be bought, or one single server that could serve again.

    Parameters
    ----------
    kind
        The host type's id, or the server's.
    usable_cpu
        CPU use it may carry in any slot, reference vCPU: threads × performance × (1 − reserve − headroom).
    threads
        Hardware threads; allocation may reach threads × the pool's ratio.
    usable_memory_gib
        Memory that may be allocated: memory × (1 − reserve).
    mbps
        Network it can carry, Mbit/s; the factor ``host_mbps_default`` where nobody stated it.
    sockets
        What licences are priced by (:func:`cloudplan.energy.sockets_of`).
    height_u, power_idle_w, power_max_w
        What it takes of a rack.
    server
        The server's id where the kind is a single server.
    """

    kind: str
    arch: str
    threads: float
    cores: float
    sockets: float
    perf_per_core: float
    memory_gib: float
    usable_cpu: float
    usable_memory_gib: float
    mbps: float
    height_u: int
    power_idle_w: float
    power_max_w: float
    server: str | None = None

    def dominates(self, other: HostKind) -> bool:
        """Whether it is at least as large as another in every resource (what N+k asks of a spare host)."""
        return (
            self.usable_cpu >= other.usable_cpu
            and self.threads >= other.threads
            and self.usable_memory_gib >= other.usable_memory_gib
            and self.mbps >= other.mbps
        )


@dataclass(frozen=True, slots=True)
class Pool:
    """A physical cluster at a site, a service bought elsewhere, colocation space, or a room as it is today.

    Parameters
    ----------
    kind
        ``cluster``, ``service``, ``colocation``, ``today`` (a department's room: closed to arrivals) or ``superior``.
    target, target_kind
        The target it belongs to.
    site
        The room it stands in, or ``None``.
    arch
        Its instruction set; ``None`` for colocation and today's rooms.
    filed_level
        Protection level the platform is filed for; ``None`` hosts nothing by EB-C02.
    zones
        Zones it may carry.
    available_from
        First day it can carry load, the scenario's delay included; ``None`` for today's rooms.
    cpu_ratio
        vCPU that may be allocated per thread.
    spare_hosts
        k of N+k.
    max_hosts
        Most hosts, or ``None``.
    storage
        Usable storage by tier, GiB.
    """

    pool: str
    kind: str
    target: str
    target_kind: str
    site: str | None
    arch: str | None
    filed_level: int | None
    zones: tuple[str, ...]
    available_from: dt.date | None
    cpu_ratio: float = 1.0
    spare_hosts: int = 0
    max_hosts: int | None = None
    storage: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Capacity:
    """All pools and all kinds of host.

    Parameters
    ----------
    pools
        By id, today's rooms (``today:<room>``) included.
    kinds
        By id: every host type, and every server that may be reused or already serves in a pool.
    purchasable
        Ids of the kinds that can be bought, in the inventory's order.
    reusable
        Servers that may become hosts; which pools each may serve is a matter of placement's rules.
    existing
        Server → pool, for servers that already serve in a pool and aren't broken.
    unfit
        Server → message id of the reason, for those that may not serve again.
    """

    pools: Mapping[str, Pool]
    kinds: Mapping[str, HostKind]
    purchasable: tuple[str, ...]
    reusable: tuple[str, ...]
    existing: Mapping[str, str]
    unfit: Mapping[str, str] = field(default_factory=dict)


def capacity_of(inventory: Inventory, scenario: Scenario) -> Capacity:
    """Work out what each pool and each kind of host can carry.

    A host carries CPU use up to threads × performance × (1 − reserve − headroom) in every slot, allocation up to
    threads × the pool's ratio, memory up to capacity × (1 − reserve). Servers past ``reuse.life_years``, or broken, or
    of an age that nobody knows, don't serve again.

    Parameters
    ----------
    inventory, scenario
        The estate and the assumptions; ``targets.delay_months`` and ``targets.opens_on`` move the pools' dates.
    """
    options = scenario.capacity
    factors = factors_of(inventory, scenario)
    network = factors["host_mbps_default"]
    kinds: dict[str, HostKind] = {}
    row: Any
    sockets = {table: sockets_of(inventory[table], factors) for table in ("host_types", "servers")}
    for row in inventory["host_types"].itertuples():
        count = float(sockets["host_types"][row.Index])
        power = (float(row.power_idle_w), float(row.power_max_w))
        kinds[row.Index] = _kind(row.Index, row, options, count, power, network if math.isnan(row.mbps) else row.mbps)
    purchasable = tuple(kinds)
    reusable: list[str] = []
    existing: dict[str, str] = {}
    unfit: dict[str, str] = {}
    powers = server_powers(inventory["servers"], factors)
    for row in inventory["servers"].itertuples():
        if row.pool is not None and row.state != "broken":
            existing[row.Index] = row.pool
        else:
            reason = _unfit(row, scenario)
            if reason is not None:
                unfit[row.Index] = reason
                continue
            reusable.append(row.Index)
        count = float(sockets["servers"][row.Index])
        drawn: Any = powers.loc[row.Index]
        power = (float(drawn["idle_w"]), float(drawn["max_w"]))
        kinds[row.Index] = _kind(row.Index, row, options, count, power, network, server=row.Index)
    return Capacity(
        pools=_pools(inventory, scenario),
        kinds=kinds,
        purchasable=purchasable,
        reusable=tuple(reusable),
        existing=existing,
        unfit=unfit,
    )


SUPERIOR = "superior"
"""Pool that stands for the superiors' own platforms: closed to arrivals, free of charge here."""


def today_pool(room: str) -> str:
    """Name the pool that stands for a department's room as it is."""
    return f"today:{room}"


def site_of_devices(inventory: Inventory) -> str | None:
    """Find the room that receives relocated devices: the first colocation pool's, else the first centre."""
    pools, rooms = inventory["pools"], inventory["rooms"]["kind"]
    sites = [site for kind, site in zip(pools["kind"], pools["site"], strict=True) if kind == "colocation" and site]
    sites += [str(room) for room, kind in rooms.items() if kind == "centre"]
    return next(iter(sites), None)


def age_years(bought_on: dt.date | None, today: dt.date) -> float | None:
    """Age of a machine in years, ``None`` where the date is unknown."""
    return None if bought_on is None else (today - bought_on).days / 365.25


def _unfit(row: Any, scenario: Scenario) -> str | None:
    age = age_years(row.bought_on, scenario.today)
    if row.state == "broken":
        return "capacity.broken"
    if age is not None and age >= scenario.reuse.life_years:
        return "capacity.too_old"
    if row.form == "tower":
        return "capacity.tower"
    return "capacity.age_unknown" if age is None else None


def _kind(
    kind: str,
    row: Any,
    options: CapacityOptions,
    sockets: float,
    power: tuple[float, float],
    mbps: float,
    server: str | None = None,
) -> HostKind:
    perf = options.perf_per_core if math.isnan(row.perf_per_core) else float(row.perf_per_core)
    return HostKind(
        kind=kind,
        arch=row.arch,
        threads=float(row.threads),
        cores=float(row.cores),
        sockets=sockets,
        perf_per_core=perf,
        memory_gib=float(row.memory_gib),
        usable_cpu=float(row.threads) * perf * (1 - options.cpu_reserve - options.cpu_headroom),
        usable_memory_gib=float(row.memory_gib) * (1 - options.memory_reserve),
        mbps=float(mbps),
        height_u=int(row.height_u),
        power_idle_w=power[0],
        power_max_w=power[1],
        server=server,
    )


def _pools(inventory: Inventory, scenario: Scenario) -> dict[str, Pool]:
    targets = inventory["targets"]
    kind_of = {str(target): str(kind) for target, kind in targets["kind"].items()}
    pools: dict[str, Pool] = {}
    row: Any
    for row in inventory["pools"].itertuples():
        opens = scenario.targets.opens_on.get(row.Index)
        if opens is None:
            opens = row.available_from
            if row.site is not None and inventory["rooms"].loc[row.site, "kind"] == "centre":
                opens = _later(opens, scenario.targets.delay_months)
        pools[row.Index] = Pool(
            pool=row.Index,
            kind=row.kind,
            target=row.target,
            target_kind=kind_of[row.target],
            site=row.site,
            arch=row.arch,
            filed_level=None if pd.isna(row.filed_level) else int(row.filed_level),
            zones=row.zones,
            available_from=opens,
            cpu_ratio=1.0 if math.isnan(row.cpu_ratio) else float(row.cpu_ratio),
            spare_hosts=scenario.capacity.spare_hosts if row.kind == "cluster" else 0,
            max_hosts=None if pd.isna(row.max_hosts) else int(row.max_hosts),
            storage={
                tier: math.inf if math.isnan(size) else float(size)
                for tier, size in zip(
                    STORAGE_TIERS,
                    (row.storage_high_gib, row.storage_normal_gib, row.storage_object_gib),
                    strict=True,
                )
            },
        )
    in_place = next((t for t, kind in kind_of.items() if kind == "in_place"), "")
    for room, kind in inventory["rooms"]["kind"].items():
        if kind != "centre":
            name = today_pool(str(room))
            pools[name] = Pool(name, "today", in_place, "in_place", str(room), None, None, (), None)
    above = next((t for t, kind in kind_of.items() if kind == "superior"), "")
    pools[SUPERIOR] = Pool(SUPERIOR, "superior", above, "superior", None, None, None, (), None)
    return pools


def _later(date: dt.date, months: int) -> dt.date:
    moved = pd.Timestamp(date) + pd.DateOffset(months=months)
    return moved.date()
