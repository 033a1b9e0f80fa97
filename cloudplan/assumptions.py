"""Prices and factors in force: the inventory's, unless the scenario says otherwise; each with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario

DEFAULT_FACTORS: Mapping[str, tuple[float, str]] = {
    "co2_kg_per_kwh": (0.6849, "kg/kWh"),
    "centre_pue": (1.5, ""),
    "room_pue_default": (2.0, ""),
    "idle_share_of_max_power": (0.5, ""),
    "max_share_of_nameplate": (0.65, ""),
    "power_max_w_per_socket_default": (200.0, "W"),
    "sockets_default": (2.0, ""),
    "device_height_u_default": (2.0, "U"),
    "device_power_w_default": (300.0, "W"),
    "utilisation_prior_low_pct": (3.0, "%"),
    "utilisation_prior_high_pct": (40.0, "%"),
    "memory_prior_low_pct": (15.0, "%"),
    "memory_prior_high_pct": (60.0, "%"),
    "storage_prior_low_pct": (20.0, "%"),
    "storage_prior_high_pct": (70.0, "%"),
    "link_mbps_default": (100.0, "Mbit/s"),
    "host_mbps_default": (10000.0, "Mbit/s"),
    "offline_media_hours": (24.0, "h"),
    "offline_media_gib_per_hour": (400.0, "GiB/h"),
    "relocation_hours": (8.0, "h"),
    "switch_hours": (0.25, "h"),
}
"""Factors that stand in, listed as defaults, where an inventory states none (``design`` values, except the grid factor:
Inner Mongolia 2022, published by the Ministry of Ecology and Environment)."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One figure that the plan rests on and nobody measured.

    Parameters
    ----------
    name, value, unit
        What it is.
    source
        ``scenario``, ``default``, ``standard``, ``survey``, or the inventory's own words about it.
    used_by
        What it enters.
    """

    name: str
    value: float | str
    unit: str
    source: str
    used_by: str


def factors_of(inventory: Inventory, scenario: Scenario) -> dict[str, float]:
    """Factors in force: defaults, replaced by the inventory's, replaced by the scenario's."""
    factors = {name: value for name, (value, _) in DEFAULT_FACTORS.items()}
    factors.update({str(name): float(value) for name, value in inventory["factors"]["value"].items()})
    factors.update(scenario.factors)
    return factors


def prices_of(inventory: Inventory, scenario: Scenario) -> dict[str, float]:
    """Prices in force: the inventory's, replaced by the scenario's; a price nobody stated is absent."""
    prices = {str(name): float(value) for name, value in inventory["prices"]["value"].items()}
    prices.update(scenario.prices)
    return prices


def listed(inventory: Inventory, scenario: Scenario) -> list[Assumption]:
    """List every price, factor and scenario value that a plan rests on, in a stable order."""
    out: list[Assumption] = []
    prices = inventory["prices"]
    for name, value in sorted(prices_of(inventory, scenario).items()):
        known = name in prices.index
        source = "scenario" if name in scenario.prices else str(prices.at[name, "basis"])
        out.append(Assumption(name, value, str(prices.at[name, "unit"]) if known else "", source, "costs"))
    types = inventory["host_types"]
    for kind, price, basis in zip(types.index, types["price_yuan"], types["price_basis"], strict=True):
        out += [Assumption(f"host_types.{kind}.price_yuan", price, "yuan", basis, "costs")]
    factors = inventory["factors"]
    for name, value in sorted(factors_of(inventory, scenario).items()):
        if name in scenario.factors:
            source = "scenario"
        elif name in factors.index:
            source = f"{factors.at[name, 'source']!s} [{factors.at[name, 'evidence']!s}]"
        else:
            source = "default"
        unit = str(factors.at[name, "unit"]) if name in factors.index else DEFAULT_FACTORS.get(name, (0, ""))[1]
        out.append(Assumption(name, value, unit, source, _used_by(name)))
    for part in ("demand", "capacity", "purchases", "reuse", "targets", "migration", "local_copy", "solver"):
        options = getattr(scenario, part)
        for key, value in options.model_dump(mode="json").items():
            said = "scenario" if key in options.model_fields_set else "default"
            out.append(Assumption(f"{part}.{key}", _plain(value), _unit(key), said, part))
    for part in ("rules", "weights"):
        for key, value in getattr(scenario, part).items():
            out.append(Assumption(f"{part}.{key}", _plain(value), "", "scenario", "placement"))
    for lock in scenario.locks:
        decided = ", ".join(part for part in (lock.disposition, lock.pool) if part is not None)
        out.append(Assumption(f"locks.{lock.subject[1]}", decided, "", f"scenario: {lock.reason}", "placement"))
    for key in ("today", "horizon_years", "discount_rate", "level_separation", "zombie_days", "seed"):
        said = "scenario" if key in scenario.model_fields_set else "default"
        out.append(Assumption(key, scenario.model_dump(mode="json")[key], "", said, "plan"))
    return out


def _used_by(factor: str) -> str:
    """Say what a factor enters."""
    if factor in ("link_mbps_default", "relocation_hours", "switch_hours") or factor.startswith("offline_media"):
        return "migration"
    if "_prior_" in factor:
        return "gains"
    if factor.startswith("device_"):
        return "placement"
    return "capacity" if factor == "host_mbps_default" else "energy"


def _unit(key: str) -> str:
    """Read the unit from a scenario key's last word."""
    last = key.rpartition("_")[2]
    return {
        "days": "d",
        "hours": "h",
        "years": "a",
        "months": "month",
        "gib": "GiB",
        "mbps": "Mbit/s",
        "yuan": "yuan",
    }.get(last, "")


def _plain(value: object) -> float | str:
    """Turn a scenario value into one cell."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else str(value)
    return value
