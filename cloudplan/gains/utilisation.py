"""Utilisation by scope and resource, the same formula before and after: Σ load ÷ Σ capacity of powered machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cloudplan import i18n
from cloudplan.demand import Demand, Floats
from cloudplan.findings import Finding, Severity
from cloudplan.gains.loads import Bools, Load, Loads
from cloudplan.gains.sides import RESOURCES, Ints, Side, sums
from cloudplan.inventory import Inventory

COLUMNS = ("scope", "id", "resource", "when", "basis", "mean", "p95", "peak", "low", "high", "measured_share")
SCOPES = ("estate", "pool", "department", "room")


@dataclass(frozen=True, eq=False)
class _Groups:
    """How a scope divides workloads and units; numbers of ``ids``, −1 for none."""

    ids: tuple[str, ...]
    of_workload: Ints
    capacity: Floats


def utilisation_of(inventory: Inventory, demand: Demand, loads: Loads, before: Side, after: Side) -> pd.DataFrame:
    """Reckon utilisation before and after by estate, pool (after only), department and room.

    The measured set is the same workloads on both sides: those measured, on servers of which every workload is. It is
    held against the capacity that falls to it (:meth:`Side.share_of`).

    Returns
    -------
    DataFrame
        See :class:`~cloudplan.gains.values.Gains`.
    """
    workloads = inventory["workloads"].loc[list(demand.workloads)]
    department = inventory["systems"]["department"].reindex(list(workloads["system"])).to_numpy(object)
    rows: list[tuple[object, ...]] = []
    for resource in RESOURCES:
        watched = measured_set(loads, before, resource)
        sides = {when: (side, load_on(loads, side, resource)) for when, side in (("before", before), ("after", after))}
        for scope in SCOPES:
            for when, (side, load) in sides.items():
                if scope != "pool" or when == "after":
                    groups = _groups(scope, side, resource, department)
                    rows += _rows((scope, resource, when), groups, side.share_of(resource), load, watched)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(object).where(frame.notna(), "")


def over_full(frame: pd.DataFrame) -> list[Finding]:
    """Warn of mean utilisation above 100 %: one finding for each scope, id, resource and time, of the fuller row.

    Parameters
    ----------
    frame
        What :func:`utilisation_of` returned.
    """
    fullest: dict[tuple[str, str, str, str], tuple[float, str]] = {}
    for scope, name, resource, when, basis, mean in frame[list(COLUMNS[:6])].itertuples(index=False):
        # a sum of shares may miss 1 by the last bits
        if mean != "" and float(mean) > 1.0 + 1e-9:
            key = (scope, name, resource, when)
            fullest[key] = max(fullest.get(key, (0.0, "")), (float(mean), basis))
    found = []
    for (scope, name, resource, when), (mean, basis) in fullest.items():
        part = "stated" if (resource, basis) == ("storage", "measured") else basis
        values = {
            "scope": _word("scope", scope, name), "id": name, "resource": _word("resource", resource),
            "when": _word("when", when), "part": _word("part", part), "share": mean,
        }  # fmt: skip
        found.append(Finding("gains.over_full", Severity.WARNING, name, values=values))
    return found


def _word(kind: str, key: str, name: str = "") -> dict[str, str]:
    return {language: i18n.say(f"gains.{kind}.{key}", language, id=name) for language in i18n.LANGUAGES}


def measured_set(loads: Loads, today: Side, resource: str) -> Bools:
    """Find the workloads that were measured, on servers of which every workload was."""
    measured = load_on(loads, today, resource).measured
    blind = np.bincount(today.machine_of[today.here & ~measured], minlength=len(today.machines) + 1)
    watched: Bools = today.counted(resource) & (blind[today.machine_of] == 0)
    return watched


def load_on(loads: Loads, side: Side, resource: str) -> Load:
    """Choose the load that falls on a side: of storage, volumes count only where a pool holds them."""
    if resource == "cpu":
        return loads.cpu
    if resource == "memory":
        return loads.memory
    pooled = np.append(side.units["pool"].notna().to_numpy(bool), False)[side.unit_of]
    disks, whole = loads.disks, loads.storage
    return Load(
        size=np.where(pooled, whole.size, disks.size),
        low=np.where(pooled, whole.low, disks.low),
        mean=np.where(pooled, whole.mean, disks.mean),
        high=np.where(pooled, whole.high, disks.high),
        profile=np.where(pooled[:, None], whole.profile, disks.profile),
        measured=np.where(pooled, whole.measured, disks.measured),
    )


def _groups(scope: str, side: Side, resource: str, department: npt.NDArray[Any]) -> _Groups:
    capacity = np.nan_to_num(side.units[resource].to_numpy(float))
    here = side.counted(resource)
    if scope == "estate":
        return _Groups(("",), np.where(here, 0, -1), np.array([capacity.sum()]))
    if scope == "department":
        part = side.share_of(resource)
        names = pd.Index(sorted({d for d in [*department[here], *side.units["department"]] if isinstance(d, str)}))
        of_workload = np.where(here, names.get_indexer(pd.Index(department, dtype=object)), -1)
        # a machine that runs nothing falls to its owner
        idle = np.bincount(side.unit_of[side.here], minlength=len(side.units)) == 0
        owner = names.get_indexer(pd.Index(side.units["department"], dtype=object))
        own = sums(owner[idle & (owner >= 0)], capacity[idle & (owner >= 0)], len(names))
        return _Groups(tuple(names), of_workload, own + sums(of_workload[here], part[here], len(names)))
    column = side.units[scope]
    names = pd.Index(sorted({name for name in column if isinstance(name, str)}), dtype=object)
    of_unit = names.get_indexer(pd.Index(column, dtype=object))
    of_workload = np.where(here, np.append(of_unit, -1)[side.unit_of], -1)
    inside = of_unit >= 0
    return _Groups(tuple(names), of_workload, sums(of_unit[inside], capacity[inside], len(names)))


def _rows(
    where: tuple[str, str, str], groups: _Groups, part: Floats, load: Load, watched: Bools
) -> list[tuple[object, ...]]:
    """Rows of one scope, resource and time: for each group one of the measured set, one of all."""
    scope, resource, when = where
    # a workload whose volumes nobody measured leaves the measured set where they count
    watched = watched & load.measured
    member = (groups.of_workload == np.arange(len(groups.ids))[:, None]).astype(float)
    seen = member * watched
    seen_capacity = seen @ part
    rows: list[tuple[object, ...]] = []
    figures = [
        (basis, who @ load.mean, who @ load.profile, capacity)
        for basis, who, capacity in (("measured", seen, seen_capacity), ("all", member, groups.capacity))
    ]
    low, high = member @ load.low, member @ load.high
    for i, name in enumerate(groups.ids):
        whole = groups.capacity[i]
        if not whole > 0:
            continue
        share = min(seen_capacity[i] / whole, 1.0)
        for basis, mean, hours, capacity in figures:
            known = capacity[i] > 0
            values = (
                (mean[i] / capacity[i], np.quantile(hours[i], 0.95) / capacity[i], hours[i].max() / capacity[i])
                if known
                else (np.nan,) * 3
            )
            rows.append(
                (scope, name, resource, when, basis, *map(float, values), float(low[i] / whole), float(high[i] / whole),
                 float(share))
            )  # fmt: skip
    return rows
