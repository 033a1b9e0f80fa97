"""What every workload needs after the move: :class:`Demand`, each number tagged with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan.capacity import STORAGE_TIERS
from cloudplan.inventory import Inventory
from cloudplan.locks import Locks
from cloudplan.scenario import Scenario

STEP_VCPU, STEP_GIB = 2.0, 4.0
"""Steps of custom sizes beyond the flavors (vCPU by 2, memory by 4 GiB: a default)."""

HOURS = 168
SLOTS: tuple[str, ...] = tuple(f"h{n:03d}" for n in range(HOURS)) + tuple(f"m{n:03d}" for n in range(HOURS))
"""Slots of CPU use: an ordinary week and a month-end week, hour by hour from Monday 00:00 Asia/Shanghai."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand of all workloads that could move, row by row.

    Parameters
    ----------
    workloads
        Ids, in the inventory's order; row ``i`` of every array is ``workloads[i]``.
    cpu_use
        P95 of CPU use per slot, in reference vCPU (threads × performance factor); shape (n, len(SLOTS)).
    vcpu, memory_gib, mbps
        Allocation (vCPU of a host's own threads, GiB) and network (Mbit/s), flat; shape (n,).
    storage
        Storage by tier (own disks and volumes), GiB; arrays of shape (n,).
    mean_cpu_use
        Mean CPU use, reference vCPU, for energy and utilisation; shape (n,); NaN where nothing is known.
    mean_memory_gib
        Mean memory use, GiB; shape (n,); NaN where nothing is known.
    basis
        By resource (``cpu``: use in the ordinary week, ``vcpu``: the allocation, ``memory``, ``storage``, ``network``):
        ``measured``, ``declared`` or ``assumed`` for each.
    month_end_basis
        The same for CPU use in the month-end week. Empty: not told.
    statistic
        For ``cpu`` (use in the ordinary week), ``vcpu`` and ``memory`` (the allocations), which figure of the evidence
        counted for each workload: ``profile``, ``p99``, ``p95``, ``max``, or ``size`` where the size on record did.
        Empty: not told.
    sized_on
        Server on whose cores the size and use on record of a workload were stated, where it isn't the one it runs on;
        ``""`` for one that isn't known.
    """

    workloads: tuple[str, ...]
    cpu_use: Floats
    vcpu: Floats
    memory_gib: Floats
    storage: Mapping[str, Floats]
    mbps: Floats
    mean_cpu_use: Floats
    mean_memory_gib: Floats
    basis: Mapping[str, tuple[str, ...]]
    month_end_basis: tuple[str, ...] = ()
    statistic: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sized_on: Mapping[str, str] = field(default_factory=dict)

    @property
    def storage_gib(self) -> Floats:
        """Storage of all tiers, GiB; shape (n,)."""
        return sum(self.storage.values(), np.zeros(len(self.workloads)))

    def position(self) -> dict[str, int]:
        """Row of each workload."""
        return {workload: i for i, workload in enumerate(self.workloads)}


def demand_of(inventory: Inventory, scenario: Scenario, sized_on: Mapping[str, str] | None = None) -> Demand:
    """Size every running workload by the best evidence there is.

    * CPU use: the measured or declared weekly profile where there is one; else P95 (or the maximum) all week long; else
      the declared size times ``demand.nodata_use``, tagged *assumed*. Evidence of fewer than ``demand.minimum_days``
      days, or with no samples, is no evidence.
    * Month end: the month-end profile; else ``month_end_factor`` times the ordinary week; else, for a seasonal system,
      the declared size (never shrunk on an ordinary week alone); else the ordinary week again. Only a profile of its
      own makes that week *measured* or *declared*; all else is *assumed*.
    * CPU allocation: ``peak ÷ (demand.target_utilisation × perf)``, rounded up to a flavor, its basis that of the week
      in which the peak lies; where the use isn't measured, ``declared size × max(1, perf today ÷ perf)``, tagged
      *assumed*. Here ``perf`` is the performance per core of the slowest host type that the workload could come to:
      those of its instruction set, and all of them where its system may be adapted (its ``software_route`` isn't
      ``as_is``, its software is out of support, a domestic platform is due, or a lock says so); 1.0 without any.
    * Memory: P99 of measured use plus ``demand.memory_margin``, rounded up to a flavor; where P99 is not on record, the
      maximum, else P95 (``statistic`` says which); without evidence the declared size.

    Use is counted in reference vCPU (threads × performance per core), so a move from slow to fast cores is seen. An
    allocation is counted in threads of whatever host it comes to, hence the slowest type; a server that serves again
    may be slower still, and the use of every hour is held against what it carries all the same.

    Parameters
    ----------
    inventory, scenario
        The estate and the assumptions.
    sized_on
        As in :class:`Demand`: a plan has moved workloads since, and the inventory doesn't show it yet. That makes them
        neither larger nor smaller.

    Returns
    -------
    Demand
        One row for every workload whose state is ``running``, growth included.
    """
    options = scenario.demand
    workloads = inventory["workloads"]
    workloads = workloads[workloads["state"] == "running"]
    systems = inventory["systems"]
    names = tuple(workloads.index)
    n = len(names)
    declared = workloads["vcpu"].to_numpy(float)
    memory = workloads["memory_gib"].to_numpy(float)
    sized_on = {} if sized_on is None else sized_on
    perf = cores_of(inventory, scenario, workloads["server"], sized_on)
    seasonal = systems["seasonal"].fillna(False).astype(bool).reindex(workloads["system"]).to_numpy(bool)
    factor = systems["month_end_factor"].reindex(workloads["system"]).to_numpy(float)

    normal = _evidence(inventory, names, "cpu", "normal", options.minimum_days)
    end = _evidence(inventory, names, "cpu", "month_end", options.minimum_days)
    use = np.repeat(100.0 * options.nodata_use, n)[:, None].repeat(2 * HOURS, axis=1)
    use[normal.known, :HOURS] = normal.profile[normal.known]
    use[normal.known, HOURS:] = normal.profile[normal.known]
    scaled = normal.known & ~np.isnan(factor)
    use[scaled, HOURS:] = np.minimum(normal.profile[scaled] * factor[scaled, None], 100.0)
    blind = seasonal & normal.known & np.isnan(factor) & ~end.known
    use[blind, HOURS:] = 100.0
    use[end.known, HOURS:] = end.profile[end.known]
    growth = (1.0 + options.growth_per_year) ** options.growth_years
    cpu_use = use / 100.0 * (declared * perf)[:, None] * growth

    basis_cpu = np.where(normal.known, normal.basis, "assumed")
    basis_end = np.where(end.known, end.basis, "assumed")
    sized_cpu = normal.known & (normal.basis != "assumed") & ~blind
    peak, slowest = cpu_use.max(axis=1, initial=0.0), _slowest(inventory, scenario, workloads)
    kept_vcpu = declared * growth * np.maximum(perf / slowest, 1.0)
    need_vcpu = np.where(sized_cpu, peak / (options.target_utilisation * slowest), kept_vcpu)
    late = cpu_use[:, HOURS:].max(axis=1, initial=0.0) > cpu_use[:, :HOURS].max(axis=1, initial=0.0)
    basis_vcpu = np.where(sized_cpu, np.where(late, basis_end, basis_cpu), "assumed")
    ram = _evidence(inventory, names, "memory", "normal", options.minimum_days)
    sized_ram = ram.known & (ram.basis != "assumed")
    need_ram = np.where(sized_ram, ram.high / 100.0 * memory * (1 + options.memory_margin), memory) * growth
    vcpu, memory_gib = _flavor(inventory, need_vcpu, need_ram, sized_cpu, sized_ram)

    storage = {tier: np.zeros(n) for tier in STORAGE_TIERS}
    own = workloads["storage_gib"].to_numpy(float)
    tiers = workloads["storage_tier"].fillna("normal").to_numpy(str)
    filled = np.where(np.isnan(own), options.blank_storage_gib, own)
    for tier in STORAGE_TIERS:
        storage[tier] += np.where(tiers == tier, filled, 0.0)
    volumes = inventory["volumes"]
    row = {name: i for i, name in enumerate(names)}
    for workload, tier, size in zip(volumes["workload"], volumes["storage_tier"], volumes["size_gib"], strict=True):
        if workload in row:
            storage[tier][row[workload]] += size
    mbps = workloads["mbps"].to_numpy(float)
    return Demand(
        workloads=names,
        cpu_use=cpu_use,
        vcpu=vcpu,
        memory_gib=memory_gib,
        storage={tier: amount * growth for tier, amount in storage.items()},
        mbps=np.where(np.isnan(mbps), options.blank_mbps, mbps) * growth,
        mean_cpu_use=normal.mean / 100.0 * declared * perf * growth,
        mean_memory_gib=ram.mean / 100.0 * memory * growth,
        basis={
            "cpu": tuple(basis_cpu.tolist()),
            "vcpu": tuple(basis_vcpu.tolist()),
            "memory": tuple(np.where(ram.known, ram.basis, "declared").tolist()),
            "storage": tuple(np.where(np.isnan(own), "assumed", "declared").tolist()),
            "network": tuple(np.where(np.isnan(mbps), "assumed", "declared").tolist()),
        },
        month_end_basis=tuple(basis_end.tolist()),
        statistic={
            "cpu": tuple(np.where(normal.known, normal.statistic, "size").tolist()),
            "vcpu": tuple(np.where(sized_cpu, normal.statistic, "size").tolist()),
            "memory": tuple(np.where(sized_ram, ram.statistic, "size").tolist()),
        },
        sized_on=sized_on,
    )


@dataclass(frozen=True, eq=False)
class _Evidence:
    """Usage rows of one resource and week, aligned with the workloads; per cent of the allocation."""

    known: npt.NDArray[np.bool_]
    basis: npt.NDArray[np.str_]
    profile: Floats
    high: Floats
    mean: Floats
    statistic: npt.NDArray[np.str_]


def _evidence(inventory: Inventory, names: tuple[str, ...], resource: str, week: str, minimum_days: float) -> _Evidence:
    usage = inventory["usage"].reset_index(drop=True)
    usage = usage[(usage["resource"] == resource) & (usage["week"] == week)].set_index("workload")
    usage = usage.reindex(list(names))
    hours = usage[[f"h{n:03d}" for n in range(HOURS)]].to_numpy(float)
    p95, p99 = usage["p95_pct"].to_numpy(float), usage["p99_pct"].to_numpy(float)
    top, avg = usage["max_pct"].to_numpy(float), usage["avg_pct"].to_numpy(float)
    days = usage["days"].to_numpy(float)
    samples = usage["samples"].to_numpy(float, na_value=np.nan)
    basis = usage["basis"].fillna("assumed").to_numpy(str)
    flat = np.where(np.isnan(p95), top, p95)
    with np.errstate(invalid="ignore"):
        full = ~np.isnan(hours).any(axis=1)
        profile = np.where(full[:, None], hours, flat[:, None])
        figures = np.column_stack([p95, p99, top, avg, np.where(full, hours.max(axis=1), np.nan)])
        seen = np.nan_to_num(figures).max(axis=1, initial=0.0) > 0
        enough = np.where(basis == "measured", days >= minimum_days, True)
        # a measured zero without samples is no data, not idle
        counted = np.isnan(samples) | (samples > 0)
        high = np.where(~np.isnan(p99), p99, np.where(~np.isnan(top), top, p95))
        needed = high if resource == "memory" else profile.max(axis=1, initial=-1.0)
        known = ~np.isnan(needed) & enough & counted & (seen | (samples > 0))
        mean = np.where(~np.isnan(avg), avg, np.where(full, hours.mean(axis=1), np.nan))
        if resource == "memory":
            statistic = np.where(~np.isnan(p99), "p99", np.where(~np.isnan(top), "max", "p95"))
        else:
            statistic = np.where(full, "profile", np.where(np.isnan(p95), "max", "p95"))
    high, mean = np.nan_to_num(high), np.where(known, mean, np.nan)
    return _Evidence(known, basis, np.nan_to_num(profile), high, mean, statistic)


def cores_of(inventory: Inventory, scenario: Scenario, servers: pd.Series, sized_on: Mapping[str, str]) -> Floats:
    """Look up on cores of which performance the sizes of workloads were stated; the scenario's assumption where blank.

    Parameters
    ----------
    inventory, scenario
        The estate and the assumptions.
    servers
        Server of each workload, by the workload's id.
    sized_on
        As in :class:`Demand`.
    """
    stated = [sized_on.get(str(workload), server) for workload, server in servers.items()]
    known = inventory["servers"]["perf_per_core"].reindex(stated).to_numpy(float)
    return np.where(np.isnan(known), scenario.capacity.perf_per_core, known)


def _slowest(inventory: Inventory, scenario: Scenario, workloads: pd.DataFrame) -> Floats:
    """Performance per core of the slowest host type that each workload could come to."""
    types, systems = inventory["host_types"], inventory["systems"]
    perf = types["perf_per_core"].fillna(scenario.capacity.perf_per_core)
    own = perf.groupby(types["arch"]).min().reindex(list(workloads["arch"])).to_numpy(float)
    due = systems["xinchuang_due"].fillna(False).astype(bool)
    decided = Locks(inventory, scenario).of_system.items()
    locked = [
        s for s, lock in decided if lock.disposition and lock.disposition.disposition in ("REPLATFORM", "REFACTOR")
    ]
    adapts = (systems["software_route"] != "as_is") | (systems["support"] == "expired") | due
    adapts |= systems.index.isin(locked)
    anywhere = adapts.reindex(workloads["system"]).to_numpy(bool)
    slowest = np.where(anywhere, perf.min(), own)
    return np.where(np.isnan(slowest), 1.0, slowest)


def _flavor(
    inventory: Inventory,
    vcpu: Floats,
    memory: Floats,
    sized_cpu: npt.NDArray[np.bool_],
    sized_ram: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Round right-sized needs up to the smallest flavor that holds both; what isn't measured keeps its size."""
    flavors = inventory["flavors"].sort_values(["memory_gib", "vcpu"])
    shapes = flavors[["vcpu", "memory_gib"]].to_numpy(float)
    out_vcpu, out_memory = vcpu.copy(), memory.copy()
    for i in np.flatnonzero(sized_cpu | sized_ram):
        fits = shapes[(shapes[:, 0] >= vcpu[i] - 1e-9) & (shapes[:, 1] >= memory[i] - 1e-9)] if len(shapes) else shapes
        if sized_cpu[i] and sized_ram[i] and len(fits):
            out_vcpu[i], out_memory[i] = fits[0]
        else:
            # no flavor holds it, or one half isn't measured: steps of the catalogue's custom sizes
            out_vcpu[i] = max(STEP_VCPU, np.ceil(vcpu[i] / STEP_VCPU - 1e-9) * STEP_VCPU) if sized_cpu[i] else vcpu[i]
            out_memory[i] = (
                max(STEP_GIB, np.ceil(memory[i] / STEP_GIB - 1e-9) * STEP_GIB) if sized_ram[i] else memory[i]
            )
    return out_vcpu, out_memory
