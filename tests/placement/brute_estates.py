"""Tiny estates that brute force can try out: plain, wide, or busy by the hour; drawn by a seed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from cloudplan.demand import HOURS, SLOTS
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.scenario import (
    CapacityOptions,
    DemandOptions,
    Lock,
    PurchaseOptions,
    ReuseOptions,
    Scenario,
    SolverOptions,
    TargetOptions,
)

PEAKLESS = 200
"""Estates without weekly profiles; those from here on are busy by the hour."""

Relief = Mapping[tuple[str, str], float]
"""By how much a limit is raised, by its subject and resource."""


def tiny_estate(seed: int, relief: Relief | None = None) -> PlacementProblem:
    """A tiny estate: small and varied, wide (two clusters, flows, levels and architectures), or busy by the hour."""
    rng = np.random.default_rng(1000 + seed)
    draw = Draw(rng, relief or {})
    if seed >= PEAKLESS:
        return peaky_estate(draw)
    return wide_estate(draw) if seed % 2 else plain_estate(draw)


class Draw:
    """What is drawn at random, and by how much limits are raised afterwards."""

    def __init__(self, rng: np.random.Generator, relief: Relief) -> None:
        self.rng, self.relief = rng, relief

    def one(self, *values: Any) -> Any:
        return values[self.rng.integers(len(values))]

    def maybe(self, share: float, value: Any, other: Any = None) -> Any:
        return value if self.rng.random() < share else other

    def upto(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high))

    def limit(self, subject: str, resource: str, value: Any) -> Any:
        return None if value is None else value + self.relief.get((subject, resource), 0)


def plain_estate(draw: Draw) -> PlacementProblem:
    """Two or three systems of six components at most; a cluster of three hosts at most, a service, rooms, a server."""
    one, maybe, upto = draw.one, draw.maybe, draw.upto
    names = ("A", "B", "C")[: upto(2, 4)]
    tiers = ("app", "db")
    workloads = {
        f"{name}{tier}{n}": {
            "system": name, "tier": tier, "server": one("S", "T"), "vcpu": float(upto(2, 15)),
            "memory_gib": float(upto(4, 44)), "storage_gib": float(upto(50, 200)), "ha_group": maybe(0.4, "G"),
        }
        for name in names
        for tier in tiers[: upto(1, 3)]
        for n in range(upto(1, 3))
    }  # fmt: skip
    systems = {
        name: {
            "level": one(2, 2, 2, 3) if draw.rng.random() < 0.3 else 2, "adapt_effort": one(1, 2, 3),
            "software_route": one("as_is", "adaptable"), "opinion": maybe(0.15, "refuses", "agrees"),
            "superseded_by": maybe(0.1, "above"), "superseded_target": "city",
        }
        for name in names
    }  # fmt: skip
    pools: dict[str, dict[str, Any]] = {
        "P": {"zones": ("PUB",), "max_hosts": draw.limit("P", "pool_size", upto(1, 4)), "cpu_ratio": one(1.0, 2.0),
              "storage_normal_gib": draw.limit("P", "storage_normal", maybe(0.5, float(upto(200, 900))))},
        "COLO": {"kind": "colocation", "target": "colo", "arch": None, "zones": ("PUB",)},
    }  # fmt: skip
    if draw.rng.random() < 0.5:
        pools["CITY"] = {**example.CITY, "filed_level": one(2, 3)}
    return problem(draw, systems, workloads, pools, {})


def wide_estate(draw: Draw) -> PlacementProblem:
    """Two systems of up to three components, some called from outside; two clusters unlike each other, and a third."""
    one, maybe, upto = draw.one, draw.maybe, draw.upto
    workloads: dict[str, dict[str, Any]] = {}
    systems: dict[str, dict[str, Any]] = {}
    flows: dict[str, dict[str, Any]] = {}
    other: dict[str, Any] = one(
        {"arch": "arm"}, {"filed_level": 3}, {"arch": "arm", "filed_level": 3}, {"zones": ("PUB", "VPN")}
    )
    for name in ("A", "B"):
        facing = bool(draw.rng.random() < 0.4)
        arch = one("x86", other.get("arch", "x86"))
        tiers = ("web", "app", "db")[0 if facing else 1 : upto(2, 4)]
        for tier in tiers:
            for n in range(upto(1, 3)):
                workloads[f"{name}{tier}{n}"] = {
                    "system": name, "tier": tier, "server": one("S", "T"), "arch": arch, "vcpu": float(upto(2, 9)),
                    "memory_gib": float(upto(4, 24)), "storage_gib": float(upto(50, 200)), "ha_group": maybe(0.2, "G"),
                }  # fmt: skip
        systems[name] = {
            "level": one(2, 2, other.get("filed_level", 2), maybe(0.2, 3, 2)), "adapt_effort": one(1, 3),
            "internet_facing": facing, "opinion": maybe(0.1, "refuses", "agrees"),
            "zone": "IZ" if facing else one("PUB", "PUB", "PUB", other.get("zones", ("PUB",))[-1]),
            "software_route": one("adaptable", "adaptable", "as_is", "rewrite"), "support": maybe(0.15, "expired"),
            "special_hardware": maybe(0.1, "dongle"), "xinchuang_due": maybe(0.2, True, False),
        }  # fmt: skip
        for source, target in pairwise(tiers):
            flows[f"{name}{source}"] = {
                "source_system": name, "source_tier": source, "target_system": name, "target_tier": target,
                "kind": one("REQRESP", "REQRESP", "DATA", "STREAM"), "state": maybe(0.1, "broken", "ok"),
            }  # fmt: skip
        if facing:
            flows[f"{name}in"] = {"source_zone": "EXT", "target_system": name, "target_tier": "web"}
    pools = {
        "P": {"zones": ("IZ", "PUB"), "max_hosts": draw.limit("P", "pool_size", upto(1, 3)), "cpu_ratio": 2.0},
        "Q": {"zones": ("PUB",), "max_hosts": draw.limit("Q", "pool_size", upto(1, 3)), "cpu_ratio": one(1.0, 2.0),
              "storage_normal_gib": draw.limit("Q", "storage_normal", maybe(0.5, float(upto(200, 600)))), **other},
        **one({"COLO": {"kind": "colocation", "target": "colo", "arch": None, "zones": ("IZ", "PUB", "VPN")}},
              {"CITY": {**example.CITY, "filed_level": one(2, 3), "zones": ("IZ", "PUB")}}),
    }  # fmt: skip
    return problem(draw, systems, workloads, pools, flows)


def peaky_estate(draw: Draw) -> PlacementProblem:
    """Four systems of one workload and two like clusters: which hour is the fullest depends on who stands together."""
    workloads = {
        name: {"system": name, "server": draw.one("S", "T"), "vcpu": float(draw.upto(4, 11)), "memory_gib": 4.0}
        for name in ("A", "B", "C", "E")
    }
    systems = {name: {"adapt_effort": draw.one(1, 2), "software_route": "as_is"} for name in workloads}
    pools = {
        name: {"zones": ("PUB",), "cpu_ratio": 4.0, "max_hosts": draw.limit(name, "pool_size", draw.upto(1, 3)),
               "storage_normal_gib": draw.limit(name, "storage_normal", draw.maybe(0.3, float(draw.upto(200, 400))))}
        for name in ("P", "Q")
    }  # fmt: skip
    usage = {(name, "cpu", "normal"): profile(draw) for name in workloads}
    return problem(draw, systems, workloads, pools, {}, usage, limited=0.2)


def problem(
    draw: Draw,
    systems: Mapping[str, Any],
    workloads: Mapping[str, Any],
    pools: Mapping[str, Any],
    flows: Mapping[str, Any],
    usage: Mapping[Any, Any] | None = None,
    limited: float = 1.0,
) -> PlacementProblem:
    """Rooms, servers, prices, use and a scenario round what was drawn."""
    one, maybe, upto = draw.one, draw.maybe, draw.upto
    inventory = example.estate(
        departments={"D": {}, "E": {}},
        rooms={
            "R": {"kind": "department", "pue": 2.0, "yearly_cost_yuan": one(None, 5000.0, 60000.0)},
            "R2": {"kind": "department", "pue": 1.8},
            "C": {"kind": "centre", "pue": 1.5, "total_u": draw.limit("C", "u", maybe(0.5 * limited, upto(2, 8)))},
        },
        servers={"S": {"bought_on": example.years_ago(one(1, 4))}, "T": {"room": "R2", "state": "broken"}},
        host_types={
            "H": {}, "small": {"cores": 4, "threads": 8, "memory_gib": 20.0, "price_yuan": 25000.0},
            "A": {"arch": "arm", "price_yuan": 50000.0},
        },
        systems=systems, workloads=workloads, flows=flows, pools=pools, usage=usage or {},
    )  # fmt: skip
    locks = (
        [Lock(system="A", disposition=one("REHOST", "KEEP", "RELOCATE"), reason="random")]
        if draw.rng.random() < 0.3
        else []
    )
    return problem_of(
        inventory,
        Scenario(
            name="tiny", inventory="", today=example.TODAY, locks=tuple(locks),
            capacity=CapacityOptions(spare_hosts=upto(0, 2)),
            demand=DemandOptions(target_utilisation=1.0),
            purchases=PurchaseOptions(
                allowed=bool(draw.rng.random() < 0.9),
                budget_yuan=draw.limit("", "budget", maybe(0.4 * limited, float(upto(20, 200) * 1000))),
            ),
            reuse=ReuseOptions(allowed=bool(draw.rng.random() < 0.7)),
            targets=TargetOptions(open=("banner_pool", "city_cloud", "colocation", "in_place", "superior")),
            level_separation=one("separate_pool", "boundary_only"),
            rules={"sites-apart": {"pairs": [["A", "B"]]}} if draw.rng.random() < 0.3 else {},
            solver=SolverOptions(gap=0.0),
        ),
    )  # fmt: skip


def profile(draw: Draw) -> dict[str, Any]:
    """A measured week: as much at each of twelve hours as chance will have it, and at all others little."""
    busy = {slot: float(draw.upto(10, 101)) for slot in SLOTS[:12]}
    return {"basis": "measured", "days": 28.0, "samples": 8064, **dict.fromkeys(SLOTS[12:HOURS], 10.0), **busy}
