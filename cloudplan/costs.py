"""Prices become money here and nowhere else: what each choice costs a year, by term.

A host costs its equivalent annual cost over its remaining life, ``price × r / (1 − (1 + r)^−n)`` (the annuity that pays
its price at the discount rate r over n years). One-off efforts (migration, adaptation, relocation) are spread over the
scenario's horizon the same way. Electricity is ``W / 1000 × 8760 × PUE × price``; a room's yearly cost excludes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cloudplan.assumptions import factors_of, prices_of
from cloudplan.capacity import HostKind, Pool, age_years
from cloudplan.energy import power_w, server_powers, yearly_kwh
from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Place
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario

TERMS = (
    "purchase", "reuse", "energy", "operation", "licence", "space", "rooms", "services", "storage", "local_copy",
    "adaptation", "migration",
)  # fmt: skip
"""Terms of the yearly cost, in the order of reports."""

REQUIRED = (
    "electricity_yuan_per_kwh", "rack_unit_yuan_per_year", "host_operation_yuan_per_year", "reuse_transport_yuan",
    "reuse_wipe_yuan", "reuse_warranty_yuan_per_year", "host_licence_yuan_per_socket_year", "migration_yuan_per_system",
    "migration_yuan_per_workload", "relocation_yuan_per_u", "colocation_u_yuan_per_year", "rewrite_yuan_per_system",
    "room_default_yuan_per_year", "storage_high_gib_yuan_per_year", "storage_normal_gib_yuan_per_year",
    "storage_object_gib_yuan_per_year", "adaptation_yuan_per_effort_1", "adaptation_yuan_per_effort_2",
    "adaptation_yuan_per_effort_3", "adaptation_yuan_per_effort_4",
)  # fmt: skip
"""Prices that a plan can't do without."""

SERVICE = ("vcpu_yuan_per_month", "memory_gib_yuan_per_month", "storage_gib_yuan_per_month")
"""Prices of a cloud bought as a service, each with the prefix ``city_`` or ``region_``."""

OFFICE_COPY = "office_copy_gib_yuan_per_year"
"""Price of a copy on storage in a department's office, its electricity and care included."""

PREFIX = {"city_cloud": "city", "region_cloud": "region"}

PRICES = frozenset({*REQUIRED, OFFICE_COPY, *(f"{prefix}_{name}" for prefix in PREFIX.values() for name in SERVICE)})
"""Ids of all prices that enter a plan."""


def annuity(amount: float, rate: float, years: float) -> float:
    """Spread an amount over years: the equal yearly payment that is worth it at a discount rate.

    Parameters
    ----------
    amount
        Yuan, paid now.
    rate
        Discount rate a year.
    years
        Years over which it is spread; must be positive.
    """
    if years <= 0:
        raise ValueError(f"years must be positive, not {years}")
    # 1 − (1 + r)^−n, which a tiny rate would round to nothing
    return amount / years if rate == 0 else amount * (rate / -math.expm1(-years * math.log1p(rate)))


@dataclass(frozen=True)
class Costs:
    """Yearly money of every elementary choice.

    Parameters
    ----------
    inventory, scenario
        What the prices are applied to.
    prices, factors
        In force.
    """

    inventory: Inventory
    scenario: Scenario
    prices: Mapping[str, float]
    factors: Mapping[str, float]
    powers: pd.DataFrame

    def spread(self, amount: float) -> float:
        """Spread a one-off effort over the scenario's horizon; yuan a year."""
        return annuity(amount, self.scenario.discount_rate, self.scenario.horizon_years)

    def once(self, yearly: float) -> float:
        """Undo :meth:`spread`: the one-off effort that a yearly figure stands for; yuan."""
        return yearly / self.spread(1.0)

    def host(self, kind: HostKind, pool: Pool, purchased: bool) -> dict[str, float]:
        """Cost of one host in a pool by term; yuan a year."""
        price = self.prices
        watts = float(power_w(kind.power_idle_w, kind.power_max_w, self.scenario.demand.planned_use))
        out = {
            "energy": self.electricity(watts, self.pue(pool.site)),
            "operation": price["host_operation_yuan_per_year"],
            "licence": price["host_licence_yuan_per_socket_year"] * kind.sockets,
            "space": price["rack_unit_yuan_per_year"] * kind.height_u,
        }
        if purchased:
            row: Any = self.inventory["host_types"].loc[kind.kind]
            out["purchase"] = annuity(float(row["price_yuan"]), self.scenario.discount_rate, float(row["life_years"]))
        elif kind.server is not None and self.inventory["servers"].at[kind.server, "pool"] is None:
            left = self.years_left(kind.server)
            once = self.reuse_yuan
            out["reuse"] = annuity(once, self.scenario.discount_rate, left) + price["reuse_warranty_yuan_per_year"]
        return out

    @property
    def reuse_yuan(self) -> float:
        """Carrying, wiping and testing one server that serves again; yuan, paid once."""
        return self.prices["reuse_transport_yuan"] + self.prices["reuse_wipe_yuan"]

    def years_left(self, server: str) -> float:
        """Years from the scenario's today that a server may still serve, a quarter at least."""
        bought_on: Any = self.inventory["servers"].at[server, "bought_on"]
        age = age_years(bought_on, self.scenario.today) or 0.0
        return max(self.scenario.reuse.life_years - age, 0.25)

    def purchase_yuan(self, kind: str) -> float:
        """Price of one host to be bought; yuan, paid once."""
        price: Any = self.inventory["host_types"].at[kind, "price_yuan"]
        return float(price)

    def electricity(self, watts: float, pue: float) -> float:
        """Yearly cost of a constant load; yuan."""
        return float(yearly_kwh(watts, pue)) * self.prices["electricity_yuan_per_kwh"]

    def pue(self, room: str | None) -> float:
        """PUE of a room: its own, else the centre's or the departments' default factor."""
        if room is not None:
            row: Any = self.inventory["rooms"].loc[room]
            if row["pue"] == row["pue"]:
                return float(row["pue"])
            if row["kind"] != "centre":
                return self.factors["room_pue_default"]
        return self.factors["centre_pue"]

    def service(self, pool: Pool, vcpu: float, memory_gib: float, storage_gib: float) -> float:
        """Fee of a component in a cloud bought as a service; yuan a year."""
        prefix = PREFIX[pool.target_kind]
        per_month = zip(SERVICE, (vcpu, memory_gib, storage_gib), strict=True)
        return 12.0 * sum(self.prices[f"{prefix}_{name}"] * amount for name, amount in per_month)

    def storage(self, amounts: Mapping[str, float]) -> float:
        """Shared storage of a component in an own cluster by tier; yuan a year."""
        return sum(self.prices[f"storage_{tier}_gib_yuan_per_year"] * gib for tier, gib in amounts.items())

    def local_copy(self, place: str, gib: float) -> float:
        """Keeping a department's own copy of its data; yuan a year.

        Parameters
        ----------
        place
            ``office_storage``, ``city_cloud`` (charged like storage bought there, by the month), or
            ``documented_equivalent``, which costs nothing.
        gib
            What is stored, all copies together.
        """
        if place == "office_storage":
            return self.prices[OFFICE_COPY] * gib
        if place == "city_cloud":
            return 12.0 * self.prices["city_storage_gib_yuan_per_month"] * gib
        return 0.0

    def adaptation(self, system: str, disposition: str) -> float:
        """Effort to adapt or rewrite a system's software; yuan a year over the horizon."""
        if disposition == "REFACTOR":
            return self.spread(self.prices["rewrite_yuan_per_system"])
        if disposition != "REPLATFORM":
            return 0.0
        effort: Any = self.inventory["systems"].at[system, "adapt_effort"]
        # an unknown effort is priced as an OS replacement, the least a re-platforming takes
        level = 1 if pd.isna(effort) else max(1, int(effort))
        if self.inventory["systems"].at[system, "software_route"] == "adapted":
            return 0.0
        return self.spread(self.prices[f"adaptation_yuan_per_effort_{level}"])

    def isa_change(self, system: str) -> float:
        """What it costs more to adapt a system to another instruction set than to a new platform of its own.

        The price of effort 3 (another ISA, managed code) stands in where the survey states less; yuan a year over the
        horizon, for the whole system.
        """
        record: Any = self.inventory["systems"].loc[system]
        if record["software_route"] == "adapted":
            return 0.0
        effort = 1 if pd.isna(record["adapt_effort"]) else max(1, int(record["adapt_effort"]))
        prices = [self.prices[f"adaptation_yuan_per_effort_{level}"] for level in (effort, max(effort, 3))]
        return self.spread(max(0.0, prices[1] - prices[0]))

    def migration(self, disposition: str, workloads: int) -> float:
        """Effort of moving or switching off a system; yuan a year over the horizon."""
        if disposition in ("KEEP", "NEED_SUPERIOR"):
            return 0.0
        once = self.prices["migration_yuan_per_system"]
        if disposition not in ("RETIRE", "MERGE", "RELOCATE"):
            once += self.prices["migration_yuan_per_workload"] * workloads
        return self.spread(once)

    def relocation(self, height_u: float) -> float:
        """Carrying machines to the centre; yuan a year over the horizon."""
        return self.spread(self.prices["relocation_yuan_per_u"] * height_u)

    def colocation(self, height_u: float) -> float:
        """Space for machines in the centre; yuan a year."""
        return self.prices["colocation_u_yuan_per_year"] * height_u

    def room(self, room: str) -> float:
        """Yearly cost of a room that stays open, without electricity; yuan."""
        own: Any = self.inventory["rooms"].at[room, "yearly_cost_yuan"]
        return self.prices["room_default_yuan_per_year"] if own != own else float(own)

    def machine_energy(self, server: str, room: str | None) -> float:
        """Yearly electricity of a server that stays or is relocated, at the use planned for hosts; yuan."""
        watts = power_w(
            self.powers.at[server, "idle_w"], self.powers.at[server, "max_w"], self.scenario.demand.planned_use
        )
        return self.electricity(float(watts), self.pue(room))


def missing_prices(inventory: Inventory, scenario: Scenario) -> list[Finding]:
    """Name every price that is missing and that no plan can do without."""
    prices, needed = prices_of(inventory, scenario), list(REQUIRED)
    kinds = set(inventory["targets"]["kind"].reindex(inventory["pools"]["target"]))
    for kind, prefix in PREFIX.items():
        if kind in scenario.targets.open and kind in kinds:
            needed += [f"{prefix}_{name}" for name in SERVICE]
    if "office_storage" in scenario.local_copy.places:
        needed.append(OFFICE_COPY)
    if "city_cloud" in scenario.local_copy.places:
        needed.append("city_storage_gib_yuan_per_month")
    needed = list(dict.fromkeys(needed))
    place = Place(str(Path(inventory.origin, "prices.csv")), column="price")
    return [Finding("costs.missing_price", subject=name, place=place) for name in needed if name not in prices]


def costs_of(inventory: Inventory, scenario: Scenario) -> Costs:
    """Bring prices and factors together.

    Raises
    ------
    BadInput
        If a price is missing that the plan can't do without; every missing one is named.
    """
    if missing := missing_prices(inventory, scenario):
        raise BadInput(missing)
    prices, factors = prices_of(inventory, scenario), factors_of(inventory, scenario)
    return Costs(inventory, scenario, prices, factors, server_powers(inventory["servers"], factors))
