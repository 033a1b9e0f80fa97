"""What each workload uses today, with the interval that ignorance leaves: :class:`Load`, one for each resource.

Growth is left out: before and after are compared under the same load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan.demand import HOURS, Demand, Floats, cores_of
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario

Bools = npt.NDArray[np.bool_]

PRIORS: Mapping[str, tuple[str, str]] = {
    "cpu": ("utilisation_prior_low_pct", "utilisation_prior_high_pct"),
    "memory": ("memory_prior_low_pct", "memory_prior_high_pct"),
    "storage": ("storage_prior_low_pct", "storage_prior_high_pct"),
}
"""Factors by resource: the least and the most that a workload is taken to use of what it was given where that was
neither monitored nor stated, %."""


@dataclass(frozen=True, eq=False)
class Load:
    """Use of one resource by every workload of the demand; vCPU of the reference core, or GiB.

    Parameters
    ----------
    size
        What it was given, shape (n,).
    low, mean, high
        Mean use; for a measured workload all three are the same; shape (n,).
    profile
        Use by hour of an ordinary week (P95 of each hour), shape (n, 168).
    measured
        Whether its mean use was measured (of storage: whether the survey states it), shape (n,).
    """

    size: Floats
    low: Floats
    mean: Floats
    high: Floats
    profile: Floats
    measured: Bools


@dataclass(frozen=True, eq=False)
class Loads:
    """Loads of all resources; ``disks`` is what lies on local disks, ``storage`` that with the volumes on arrays."""

    cpu: Load
    memory: Load
    disks: Load
    storage: Load


def loads_of(inventory: Inventory, scenario: Scenario, demand: Demand, factors: Mapping[str, float]) -> Loads:
    """Reckon the load of every workload.

    Parameters
    ----------
    inventory, scenario, demand
        What was planned with.
    factors
        In force; the priors among them.
    """
    share = {resource: (factors[low] / 100.0, factors[high] / 100.0) for resource, (low, high) in PRIORS.items()}
    growth = (1.0 + scenario.demand.growth_per_year) ** scenario.demand.growth_years
    workloads = inventory["workloads"].loc[list(demand.workloads)]
    return Loads(
        _cpu(inventory, scenario, workloads, demand, growth, share["cpu"]),
        _memory(inventory, workloads, demand, growth, share["memory"]),
        *_storage(inventory, scenario, workloads, share["storage"]),
    )


def performance(column: pd.Series, scenario: Scenario) -> Floats:
    """Fill in the performance of cores relative to the reference core where it is blank: the scenario's assumption."""
    out: Floats = np.nan_to_num(column.to_numpy(float), nan=scenario.capacity.perf_per_core)
    return out


def _cpu(
    inventory: Inventory,
    scenario: Scenario,
    workloads: pd.DataFrame,
    demand: Demand,
    growth: float,
    share: tuple[float, float],
) -> Load:
    cores = cores_of(inventory, scenario, workloads["server"], demand.sized_on)
    size = workloads["vcpu"].to_numpy(float) * cores
    basis = np.array(demand.basis["cpu"], dtype=str)
    mean = demand.mean_cpu_use / growth
    profile = demand.cpu_use[:, :HOURS] / growth
    known = (basis != "assumed") | ~np.isnan(mean)
    return _load(size, mean, np.where(known[:, None], profile, np.nan), basis == "measured", share)


def _memory(
    inventory: Inventory, workloads: pd.DataFrame, demand: Demand, growth: float, share: tuple[float, float]
) -> Load:
    size = workloads["memory_gib"].to_numpy(float)
    basis = np.array(demand.basis["memory"], dtype=str)
    mean = demand.mean_memory_gib / growth
    usage = inventory["usage"].reset_index(drop=True)
    usage = usage[(usage["resource"] == "memory") & (usage["week"] == "normal")].set_index("workload")
    usage = usage.reindex(list(demand.workloads))
    hours = usage[[f"h{n:03d}" for n in range(HOURS)]].to_numpy(float)
    # where no week was recorded, the best single figure stands for every hour
    flat = usage[["p95_pct", "max_pct", "p99_pct"]].bfill(axis=1).iloc[:, 0].to_numpy(float)
    full = ~np.isnan(hours).any(axis=1)
    pct = np.where(full[:, None], hours, flat[:, None])
    # too short a record sizes nothing, but it still bounds what is used
    seen = (pct.max(axis=1, initial=0.0) > 0) & (usage["samples"].to_numpy(float, na_value=np.nan) != 0)
    known = (basis != "declared") | ~np.isnan(mean) | seen
    return _load(size, mean, np.where(known[:, None], pct / 100.0 * size[:, None], np.nan), basis == "measured", share)


def _storage(
    inventory: Inventory, scenario: Scenario, workloads: pd.DataFrame, share: tuple[float, float]
) -> tuple[Load, Load]:
    """Spread each server's used capacity over its workloads by their size; a volume's own figure counts as it is."""
    row = {name: i for i, name in enumerate(workloads.index)}
    own = np.nan_to_num(workloads["storage_gib"].to_numpy(float), nan=scenario.demand.blank_storage_gib)
    servers = list(workloads["server"])
    on_server = pd.Series(own).groupby(servers).transform("sum").to_numpy(float)
    used = inventory["servers"]["storage_used_gib"].reindex(servers).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        local = np.where(on_server > 0, used * own / on_server, np.nan)
    low, high = (np.where(np.isnan(local), end * own, local) for end in share)
    measured = ~np.isnan(local)
    volumes = inventory["volumes"]
    volumes = volumes[volumes["workload"].isin(row)]
    at = np.array([row[name] for name in volumes["workload"]], dtype=int)
    size, taken = volumes["size_gib"].to_numpy(float), volumes["used_gib"].to_numpy(float)
    n = len(workloads)
    disks = np.bincount(at, size, n)
    least, most = (np.bincount(at, np.where(np.isnan(taken), end * size, taken), n) for end in share)
    stated = measured & (np.bincount(at, np.isnan(taken), n) == 0)
    return _flat(own, low, high, measured), _flat(own + disks, low + least, high + most, stated)


def _flat(size: Floats, low: Floats, high: Floats, measured: Bools) -> Load:
    mean = (low + high) / 2.0
    return Load(size, low, mean, high, np.repeat(mean[:, None], HOURS, axis=1), measured)


def _load(size: Floats, mean: Floats, profile: Floats, measured: Bools, share: tuple[float, float]) -> Load:
    """Bound the mean use of what was not measured.

    Nothing known: size × the priors. A mean that was only declared or assumed widens that interval where it lies
    outside. Only a weekly profile or a P95 known: the mean is at most its highest hour.
    """
    low, high = size * share[0], size * share[1]
    stated, top = ~np.isnan(mean), profile.max(axis=1, initial=0.0)
    low = np.where(stated, np.fmin(low, mean), np.fmin(low, top))
    high = np.where(stated, np.fmax(high, mean), np.where(np.isnan(top), high, top))
    value = np.where(stated, mean, (low + high) / 2.0)
    measured = measured & stated
    hourly = np.where(np.isnan(profile), value[:, None], profile)
    return Load(size, np.where(measured, mean, low), value, np.where(measured, mean, high), hourly, measured)
