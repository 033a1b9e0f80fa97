"""Key figures by name; their words are ``gains.kpi.<name>`` in the catalogues, their sources in docs/metrics.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cloudplan.capacity import Capacity
from cloudplan.demand import Demand
from cloudplan.gains.electricity import Energy
from cloudplan.gains.packed import fragmentation, headroom, multiplexing_gain
from cloudplan.gains.sides import Side
from cloudplan.gains.values import Kpi, Outcome
from cloudplan.inventory import Inventory
from cloudplan.placement.dispositions import GONE
from cloudplan.scenario import CLOUD, Scenario

FILED = ("filed", "assessed", "expired")
TIMES = (("_before", "before"), ("", "after"))


def kpis_of(
    inventory: Inventory,
    scenario: Scenario,
    demand: Demand,
    capacity: Capacity,
    outcome: Outcome,
    utilisation: pd.DataFrame,
    energy: Energy,
    before: Side,
    after: Side,
    factors: Mapping[str, float],
) -> dict[str, Kpi]:
    """Reckon all key figures, the chief ones first.

    Parameters
    ----------
    utilisation, energy
        As reckoned before.
    before, after
        The two sides.
    factors
        In force.
    """
    return dict(
        [
            *_rooms(inventory, outcome),
            *_machines(inventory, outcome, before, after),
            *_systems(inventory, outcome),
            *_utilisation(utilisation),
            *_energy(energy, factors),
            *_density(inventory, demand, outcome, before, after),
            *_packed(inventory, demand, capacity, outcome, scenario),
            *_registers(inventory),
        ]
    )


def ratio(part: float, whole: float) -> float | None:
    """Divide, or say that there is nothing to divide by."""
    return float(part) / float(whole) if whole > 0 else None


def _plain(value: float | None, unit: str, basis: str = "planned") -> Kpi:
    return Kpi(None if value is None else float(value), None, None, unit, basis)


def _rooms(inventory: Inventory, outcome: Outcome) -> Iterator[tuple[str, Kpi]]:
    kinds = inventory["rooms"]["kind"]
    dates = [date for room, date in outcome.closures.items() if kinds.get(room) == "department"]
    closed = sum(date is not None for date in dates)
    yield "rooms_closed", _plain(closed, "rooms")
    yield "rooms_closed_ratio", _plain(ratio(closed, len(dates)), "share")


def _machines(inventory: Inventory, outcome: Outcome, before: Side, after: Side) -> Iterator[tuple[str, Kpi]]:
    old, new = before.machines, after.machines
    hosts = new.index.isin(list(outcome.hosts))
    leaving = ~old.index.isin(new.index[~hosts])
    perf = inventory["servers"]["perf_per_core"].reindex(old.index[leaving])
    basis = "mixed" if perf.isna().any() else "declared"
    work = ratio(old["work"][leaving].sum(), new["work"][hosts].sum())
    released = int((~old.index.isin(new.index)).sum())
    yield "consolidation_ratio", _plain(work, "x", basis)
    yield "consolidation_ratio_machines", _plain(ratio(leaving.sum(), hosts.sum()), "x")
    yield "released_servers", _plain(released, "servers")
    yield "released_server_ratio", _plain(ratio(released, len(old)), "share")
    yield "servers_before", _plain(len(old), "servers", "declared")
    yield "hosts", _plain(int(hosts.sum()), "hosts")


def _systems(inventory: Inventory, outcome: Outcome) -> Iterator[tuple[str, Kpi]]:
    fate = _in_scope(inventory).index.map(lambda system: outcome.dispositions.get(system, "KEEP"))
    cloud = int(fate.isin(list(CLOUD)).sum())
    yield "cloud_systems", _plain(cloud, "systems")
    yield "cloud_ratio", _plain(ratio(cloud, len(fate)), "share")
    yield "retired_systems", _plain(int(fate.isin(list(GONE)).sum()), "systems")


def _in_scope(inventory: Inventory) -> pd.DataFrame:
    """Systems that a department answers for: neither classified nor run centrally by the superior."""
    systems = inventory["systems"]
    classified = systems["classified"].fillna(False).astype(bool)
    return systems[~classified & (systems["deploy_model"] != "superior_central")]


def _utilisation(frame: pd.DataFrame) -> Iterator[tuple[str, Kpi]]:
    estate = frame[frame["scope"] == "estate"].set_index(["resource", "when", "basis"])
    for resource in ("cpu", "memory", "storage"):
        for suffix, when in TIMES:
            yield f"{resource}_mean{suffix}", _used(estate, resource, when, "mean")
        if resource != "storage":
            for suffix, when in TIMES:
                yield f"{resource}_p95{suffix}", _used(estate, resource, when, "p95")
    for resource in ("cpu", "memory"):
        key = (resource, "before", "all")
        share = _cell(estate, key, "measured_share") if key in estate.index else None
        yield f"{resource}_measured_share", _plain(share, "share", "declared")


def _used(estate: pd.DataFrame, resource: str, when: str, column: str) -> Kpi:
    key = (resource, when, "measured")
    if key not in estate.index:
        return _plain(None, "share", "assumed")
    measured = _cell(estate, key, column)
    value = _cell(estate, (resource, when, "all"), column) if measured is None else measured
    # the interval is one of the mean; of a P95 nothing such is known
    low, high = (_cell(estate, key, bound) if column == "mean" else None for bound in ("low", "high"))
    # nobody monitors storage: what is known of it is what the survey states
    known = "declared" if resource == "storage" else "measured"
    return Kpi(value, low, high, "share", "assumed" if measured is None else known)


def _cell(frame: pd.DataFrame, key: tuple[str, str, str], column: str) -> float | None:
    value: Any = frame.at[key, column]
    return None if value == "" else float(value)


def _energy(energy: Energy, factors: Mapping[str, float]) -> Iterator[tuple[str, Kpi]]:
    total = energy.rooms.drop(columns="basis").sum()
    old, new = ([float(total[f"{when}_{n}"]) for n in ("kwh", "low", "high")] for when in ("before", "after"))
    saved = [saving for saving, _ in energy.saved]
    for name, unit, factor in (("energy_kwh", "kWh/a", 1.0), ("co2_t", "tCO2/a", factors["co2_kg_per_kwh"] / 1000.0)):
        for suffix, figures in (("_before", old), ("", new), ("_saved", saved)):
            value, *ends = (factor * figure for figure in figures)
            yield f"{name}{suffix}", Kpi(value, min(value, *ends), max(value, *ends), unit, "mixed")
    shares = [ratio(saving, of) for saving, of in energy.saved]
    known = [share for share in shares if share is not None]
    yield "energy_saved_ratio", Kpi(shares[0], min(known, default=None), max(known, default=None), "share", "mixed")


def _density(
    inventory: Inventory, demand: Demand, outcome: Outcome, before: Side, after: Side
) -> Iterator[tuple[str, Kpi]]:
    virtual = (inventory["workloads"]["kind"].loc[list(demand.workloads)] == "vm").to_numpy(bool)
    hosted = np.array([workload in outcome.host_of for workload in demand.workloads], dtype=bool)
    for (suffix, _), side, vm in zip(TIMES, (before, after), (virtual, virtual | hosted), strict=True):
        basis = "declared" if suffix else "planned"
        here, machines = side.here, side.machines
        count = int(here.sum())
        yield f"virtual_ratio{suffix}", _plain(ratio(int(vm[here].sum()), count), "share", basis)
        yield f"systems_per_machine{suffix}", _plain(ratio(count, len(machines)), "x", basis)
        given = {r: float(side.sizes[r][here].sum()) for r in ("cpu", "memory")}
        yield f"vcpu_per_core{suffix}", _plain(ratio(given["cpu"], machines["cores"].sum()), "x", basis)
        yield f"memory_committed{suffix}", _plain(ratio(given["memory"], machines["memory"].sum()), "share", basis)


def _packed(
    inventory: Inventory, demand: Demand, capacity: Capacity, outcome: Outcome, scenario: Scenario
) -> Iterator[tuple[str, Kpi]]:
    yield "multiplexing_gain", _plain(multiplexing_gain(demand, outcome), "share", "measured")
    for resource in ("cpu", "memory"):
        free = headroom(demand, capacity, outcome, resource)
        yield f"headroom_{resource}", _plain(free.whole, "share")
        yield f"headroom_{resource}_n1", _plain(free.without_largest, "share")
        yield f"headroom_{resource}_n1_least", _plain(free.least_without_largest, "share")
    stranded = fragmentation(demand, capacity, outcome)
    yield "stranded_cpu", _plain(stranded["cpu"], "share")
    yield "stranded_memory", _plain(stranded["memory"], "share")


def _registers(inventory: Inventory) -> Iterator[tuple[str, Kpi]]:
    systems = _in_scope(inventory)
    # a system that nobody graded is one that should have been
    due = systems[systems["level"].fillna(2).astype(int) >= 2]
    yield "filing_ratio", _plain(ratio(due["filing_status"].isin(FILED).sum(), len(due)), "share", "declared")
    yield "assessment_ratio", _plain(ratio((due["filing_status"] == "assessed").sum(), len(due)), "share", "declared")
    listed = inventory["datasets"]["on_city_platform"].fillna(False).astype(bool)
    yield "catalogue_ratio", _plain(ratio(listed.sum(), len(listed)), "share", "declared")
    vertical = inventory["systems"][inventory["systems"]["owner_level"] != "banner"]
    back = vertical["downlink_ok"].fillna(False).astype(bool)
    yield "downlink_ratio", _plain(ratio(back.sum(), len(back)), "share", "declared")
