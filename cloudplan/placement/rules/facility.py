"""The rooms that receive have the rack units, the power and the cooling for all that comes.

For every site, over all pools that stand in it: Σ U of hosts and relocated machines ≤ rack units; Σ power at full load
≤ IT power; the same heat ≤ cooling. A machine is carried whole, whoever else ran on it. A limit that a room doesn't
state doesn't bind. Devices that move take what they state, or else ``device_height_u_default`` and
``device_power_w_default``, at the one site that receives them (:func:`~cloudplan.capacity.site_of_devices`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pandas as pd
import pyomo.environ as pyo

from cloudplan.capacity import site_of_devices
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules._sums import exceeds, hosts_in, standing
from cloudplan.placement.sizes import hosted
from cloudplan.relief import Edit, Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

LIMITS = {"u": ("total_u", 1.0), "power": ("it_power_kw", 1000.0), "cooling": ("cooling_kw", 1000.0)}
"""Limit → column of the rooms, and its unit in what hosts state (rack units; W)."""


@dataclass(frozen=True)
class Facility(Rule[PlacementProblem]):
    """Rack units, power and cooling of every receiving room suffice."""

    counts: ClassVar[str] = "facility"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a site and limit."""
        block.fits = pyo.Constraint(pyo.Any)
        for site, pools in _sites(problem).items():
            for limit, most in _limits(problem, site).items():
                load: Any = 0.0
                for pool in pools:
                    load += hosted(model, problem, pool, partial(_of_kind, limit=limit), loaded=False)
                    if problem.capacity.pools[pool].kind == "colocation":
                        for (server, name), var in model.machine.items():
                            load += _of_machine(problem, server, limit) * var if name == pool else 0.0
                if not isinstance(load, float):
                    block.fits[site, limit] = load <= most

    def misses(self, block: Any) -> Misses:
        """By site and limit; rack units and kW."""
        return {(site, limit): [(row, LIMITS[limit][1])] for (site, limit), row in block.fits.items()}

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """In hosts: the one that takes most of it, of all that could stand there, counts one."""
        kinds = {kind for pool in _sites(problem)[given.subject] for kind in problem.hosts_of(pool)}
        most = max((_of_kind(kind, given.resource) for kind in kinds), default=0.0)
        return LIMITS[given.resource][1] / most if most > 0 else 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word what the room would have to offer in all, devices that move there included."""
        column = LIMITS[given.resource][0]
        stated: Any = problem.inventory["rooms"].at[given.subject, column]
        now, more = float(stated), asked(given.resource, short)
        values: dict[str, Any] = {"short": short, "ask": more, "now": now, "to": now + more}
        values["edits"] = (Edit(("rooms", given.subject, column), now + more),)
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Add up what stands in each site."""
        for site, pools in _sites(problem).items():
            for limit, most in _limits(problem, site).items():
                load = 0.0
                for pool in pools:
                    hosts = hosts_in(state, pool, loaded=False)
                    load += sum(_of_kind(problem.capacity.kinds[host.kind], limit) for host in hosts)
                    if problem.capacity.pools[pool].kind == "colocation":
                        carried = {s for name in standing(state, pool) for s in problem.components[name].servers}
                        load += sum(_of_machine(problem, server, limit) for server in sorted(carried))
                if exceeds(load, most):
                    unit = LIMITS[limit][1]
                    values = {"need": load / unit, "usable": most / unit, "short": (load - most) / unit}
                    yield Finding(f"placement.facility.{limit}", subject=site, rule=self.name(), values=values)


def _sites(problem: PlacementProblem) -> dict[str, list[str]]:
    sites: dict[str, list[str]] = {}
    for pool in problem.capacity.pools.values():
        if pool.kind in ("cluster", "colocation") and pool.site is not None:
            sites.setdefault(pool.site, []).append(pool.pool)
    return sites


def _limits(problem: PlacementProblem, site: str) -> dict[str, float]:
    """What a site offers to hosts and machines: its limits, less the devices that move there."""
    row: Any = problem.inventory["rooms"].loc[site]
    stated = {limit: float(row[column]) * unit for limit, (column, unit) in LIMITS.items() if not pd.isna(row[column])}
    devices = problem.inventory["devices"]
    receives = site_of_devices(problem.inventory) == site
    moved = devices[devices["fate"] == "relocate"] if receives else devices[:0]
    factors = problem.costs.factors
    units = float(moved["height_u"].astype(float).fillna(factors["device_height_u_default"]).sum())
    watts = float(moved["power_w"].fillna(factors["device_power_w_default"]).sum())
    taken = {limit: units if limit == "u" else watts for limit in LIMITS}
    return {limit: most - taken[limit] for limit, most in stated.items() if math.isfinite(most)}


def _of_kind(kind: Any, limit: str) -> float:
    return float(kind.height_u) if limit == "u" else float(kind.power_max_w)


def _of_machine(problem: PlacementProblem, server: str, limit: str) -> float:
    table: Any = problem.inventory["servers"] if limit == "u" else problem.costs.powers
    return float(table.at[server, "height_u" if limit == "u" else "max_w"])


def kept() -> tuple[PlacementProblem, State]:
    """One 2-U host in a centre of 42 U."""
    problem = example.problem(rooms={"C": {"total_u": 42}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})


def broken() -> tuple[PlacementProblem, State]:
    """Two of them in a centre of 3 U."""
    problem = example.problem(rooms={"C": {"total_u": 3}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 2}})
