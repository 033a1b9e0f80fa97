"""One workload whose demand is worked by hand; see ``demand_test``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudplan.demand import HOURS, SLOTS, Demand, demand_of
from cloudplan.placement import example
from cloudplan.scenario import CapacityOptions, DemandOptions, Lock, Scenario

Row = Mapping[str, Any]

NOON = 60
PROFILE: Row = {**dict.fromkeys(SLOTS[:HOURS], 10.0), "h060": 35.0}
MEASURED: Row = {"basis": "measured", "days": 28.0, "samples": 8064}
CPU = ("W", "cpu", "normal")
END = ("W", "cpu", "month_end")
MEMORY = ("W", "memory", "normal")
BUSY: Row = {**MEASURED, **PROFILE}
FLAVORS: Mapping[str, Row] = {
    name: {"family": "g", "vcpu": vcpu, "memory_gib": memory}
    for name, vcpu, memory in (("g2", 2.0, 4.0), ("g4", 4.0, 16.0), ("g8", 8.0, 16.0))
}


@dataclass
class Sized:
    """What one workload came to."""

    demand: Demand

    @property
    def use(self) -> tuple[float, float, float, float]:
        """CPU use at midnight and Wednesday noon, in the ordinary and the month-end week; reference vCPU."""
        row = self.demand.cpu_use[0]
        return tuple(round(float(row[slot]), 9) for slot in (0, NOON, HOURS, HOURS + NOON))  # type: ignore[return-value]

    @property
    def vcpu(self) -> float:
        return round(float(self.demand.vcpu[0]), 9)

    @property
    def memory(self) -> float:
        return round(float(self.demand.memory_gib[0]), 9)

    @property
    def storage(self) -> dict[str, float]:
        return {tier: round(float(amount[0]), 9) for tier, amount in self.demand.storage.items()}

    @property
    def cpu_tags(self) -> tuple[str, str, str]:
        """Basis of the ordinary week, of the month-end week, of the allocation."""
        demand = self.demand
        return demand.basis["cpu"][0], demand.month_end_basis[0], demand.basis["vcpu"][0]

    def by(self, resource: str) -> str:
        return self.demand.statistic[resource][0]


def sized(
    usage: Mapping[tuple[str, str, str], Row] | None = None,
    *,
    system: Row | None = None,
    workload: Row | None = None,
    server: Row | None = None,
    volumes: Mapping[str, Row] | None = None,
    flavors: Mapping[str, Row] | None = None,
    host_types: Mapping[str, Row] | None = None,
    options: Row | None = None,
    perf: float = 1.0,
    locks: tuple[Lock, ...] = (),
) -> Sized:
    """Size the workload with some rows changed."""
    inventory = example.estate(
        departments={"D": {}},
        rooms={"R": {"kind": "department"}},
        servers={"S": {"perf_per_core": 1.0, **(server or {})}},
        systems={"A": system or {}},
        workloads={"W": {"vcpu": 8.0, "memory_gib": 32.0, **(workload or {})}},
        volumes=volumes or {},
        flavors=FLAVORS if flavors is None else flavors,
        host_types=host_types if host_types is not None else {"H": {"perf_per_core": 1.0}},
        usage=usage or {},
    )
    scenario = Scenario(
        name="hand", inventory="", today=example.TODAY, demand=DemandOptions(**(options or {})),
        capacity=CapacityOptions(perf_per_core=perf), locks=locks,
    )  # fmt: skip
    return Sized(demand_of(inventory, scenario))
