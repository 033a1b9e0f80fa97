"""Random tiny estates and random states of them, for the rules and the terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.earlier import Earlier, Ordered
from cloudplan.inventory import Inventory
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.scenario import (
    CapacityOptions,
    DemandOptions,
    LocalCopyOptions,
    Lock,
    PurchaseOptions,
    ReuseOptions,
    Scenario,
    TargetOptions,
)
from cloudplan.state import Host, Seat, State

OPEN = ("banner_pool", "city_cloud", "colocation", "in_place", "superior")


def random_problem(rng: np.random.Generator) -> PlacementProblem:
    """Three systems of up to four components, four pools, three servers; every rule has something to judge."""

    def some(share: float, value: Any, other: Any = None) -> Any:
        return value if rng.random() < share else other

    def one(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    names = ("A", "B", "C")
    # one resource is scarce, so that each has its turn to decide
    heavy = one("vcpu", "memory", "mbps")
    systems = {
        name: {
            "department": one("D", "E"),
            "level": one(2, 2, 3),
            "zone": one("PUB", "PUB", "IZ", "VPN"),
            "internet_facing": bool(some(0.3, True, False)),
            "classified": bool(some(0.08, True, False)),
            "data_class": some(0.08, "core"),
            "owner_level": some(0.12, "region", "banner"),
            "deploy_model": some(0.3, "front_end_local", "local"),
            "xinchuang_due": bool(some(0.3, True, False)),
            "software_route": one("as_is", "adaptable", "adaptable", "rewrite"),
            "adapt_effort": one(1, 2, 3),
            "superseded_by": some(0.1, "above"),
        }
        for name in names
    }
    workloads = {
        f"w{n}": {
            "system": one(*names),
            "server": one("S", "T"),
            "tier": one("web", "app", "db"),
            "arch": one("x86", "x86", "arm"),
            "vcpu": float(rng.integers(5, 13) if heavy == "vcpu" else rng.integers(1, 4)),
            "memory_gib": float(rng.integers(15, 60) if heavy == "memory" else rng.integers(2, 15)),
            "storage_gib": float(rng.integers(20, 200)),
            "mbps": float(rng.integers(80, 300) if heavy == "mbps" else rng.integers(1, 40)),
            "ha_group": some(0.85, "G"),
        }
        for n in range(int(rng.integers(4, 8)))
    }
    # two or three of one tier, often in one high-availability group
    for name in ("w1", "w2")[: int(rng.integers(1, 3))]:
        workloads[name] |= {key: workloads["w0"][key] for key in ("system", "tier", "arch", "ha_group")}
    ends = [(w["system"], w["tier"]) for w in workloads.values()]
    flows: dict[str, dict[str, Any]] = {}
    for n in range(int(rng.integers(2, 5))):
        source, target = one(*ends), one(*ends)
        row = {
            "source_system": source[0],
            "source_tier": source[1],
            "target_system": target[0],
            "target_tier": target[1],
        }
        if rng.random() < 0.3:
            row = {**row, "source_system": None, "source_tier": None, "source_zone": one("EXT", "VPN", "PUB")}
        flows[f"F{n}"] = {**row, "kind": one("REQRESP", "STREAM", "DATA"), "state": some(0.15, "broken", "ok")}
    opens = {False: dt.date(2026, 2, 1), True: dt.date(2050, 1, 1)}
    pools = {
        "P": {"filed_level": one(2, 3), "max_hosts": some(0.7, int(rng.integers(1, 6))), "cpu_ratio": one(1.0, 2.0),
              "storage_normal_gib": some(0.7, float(rng.integers(50, 400)))},
        "Q": {"arch": one("arm", "x86"), "filed_level": one(None, 2, 3), "zones": ("PUB", "VPN"),
              "max_hosts": some(0.5, int(rng.integers(1, 6))), "available_from": opens[bool(rng.random() < 0.4)],
              "storage_normal_gib": some(0.7, float(rng.integers(50, 400)))},
        "BACKUP": {"zones": ("BAK",)},
        "COLO": {"kind": "colocation", "target": "colo", "arch": None, "filed_level": None,
                 "zones": ("IZ", "PUB", "VPN"), "available_from": opens[bool(rng.random() < 0.3)]},
        "CITY": {**example.CITY, "filed_level": 3},
    }  # fmt: skip
    # what further rules look at, drawn apart so that the estates above stay what they were
    more = np.random.default_rng(int(rng.integers(2**32)))

    def perhaps(share: float, value: Any, other: Any = None) -> Any:
        return value if more.random() < share else other

    for system in systems.values():
        if system["data_class"] is None:
            system["data_class"] = perhaps(0.3, "important")
        system["rto_hours"] = perhaps(0.5, float(more.integers(1, 12)))
        system["rpo_hours"] = perhaps(0.5, float(more.integers(1, 12)))
        system["database"] = perhaps(0.5, "Oracle 19c", "MySQL 8")
    inventory = example.estate(
        departments={"D": {}, "E": {}},
        targets={
            name: {
                **row,
                "rto_hours": perhaps(0.8, 6.0),
                "rpo_hours": perhaps(0.8, 3.0),
                "in_cn": perhaps(0.7, True, False),
            }
            for name, row in example.TARGETS.items()
        },
        links={"L1": {"mbps": float(more.integers(5, 200))}, "L2": {"kind": "internet"},
               "L3": {"department": "E", "mbps": float(more.integers(5, 100))}},
        rooms={
            "R": {"kind": "department", "pue": 2.0, "yearly_cost_yuan": 9000.0, "in_cn": perhaps(0.3, False)},
            "R2": {"kind": "department", "pue": 2.0},
            "C": {"kind": "centre", "pue": 1.5, "in_cn": perhaps(0.6, True, perhaps(0.5, False)),
                  "total_u": some(0.7, int(rng.integers(4, 30))),
                  "it_power_kw": some(0.5, float(rng.uniform(0.5, 4))),
                  "cooling_kw": some(0.3, float(rng.uniform(0.5, 4)))},
        },
        servers={
            "S": {"bought_on": example.years_ago(int(rng.integers(0, 6)))},
            "T": {"room": "R2", "arch": one("x86", "arm"), "bought_on": example.years_ago(int(rng.integers(0, 6)))},
            "V": {"room": "C", "memory_gib": 128.0, "pool": some(0.3, "P")},
        },
        zones={
            "EXT": {"hostable": False, "tiers": ()},
            "IZ": {"internet_exposed": True, "tiers": ("web", "app", "proxy")},
            "PUB": {}, "VPN": {"per_department": True}, "BAK": {"tiers": ("backup",)},
        },
        host_types={
            "H": {"mbps": some(0.7, 500.0)},
            "small": {"cores": 4, "threads": 8, "memory_gib": 20.0, "price_yuan": 25000.0, "mbps": 300.0},
            "A": {"arch": "arm", "mbps": 400.0},
        },
        systems=systems, workloads=workloads, flows=flows, pools=pools,
    )  # fmt: skip
    locks = []
    for name in names:
        if rng.random() < 0.4:
            fixed = one("REHOST", "REFACTOR", "KEEP", "RELOCATE", None)
            locks.append(Lock(system=name, disposition=fixed, pool=some(0.5, one("P", "Q", "CITY")), reason="random"))
    for name in locked_parts(inventory):
        if rng.random() < 0.1:
            fixed = one("REHOST", "KEEP", None)
            locks.append(Lock(component=name, disposition=fixed, pool=one("P", "Q", "CITY"), reason="random"))
    if rng.random() < 0.9:
        fixed = one("REHOST", "KEEP", "RELOCATE", None, None, None)
        pool = some(0.8, one("P", "P", "Q", "CITY", "COLO"))
        locks.append(Lock(department=one("D", "D", "E"), disposition=fixed, pool=pool, reason="random"))
    other, fourth, serves = rng.spawn(3)  # they draw nothing from the stream of the rest
    problem = problem_of(
        with_level_four(fourth, inventory) if fourth.random() < 0.3 else inventory,
        Scenario(
            name="random", inventory="", today=example.TODAY, locks=tuple(locks),
            demand=DemandOptions(nodata_use=one(0.4, 1.0)),
            capacity=CapacityOptions(spare_hosts=int(rng.integers(0, 3))),
            purchases=PurchaseOptions(
                allowed=bool(rng.random() < 0.7), budget_yuan=some(0.7, float(rng.integers(100, 600) * 1000))
            ),
            reuse=ReuseOptions(allowed=bool(serves.random() < 0.7)),
            targets=TargetOptions(open=OPEN),
            local_copy=LocalCopyOptions(place=one("office_storage", "city_cloud")),
            level_separation=one("separate_pool", "separate_pool", "boundary_only"),
            rules={
                "sites-apart": {"pairs": [["A", "B"], ["B", "C"]]},
                "licence": {"pools": {"oracle": ["P", "CITY"]}},
                "pool-use": {"low": 0.2, "high": 0.5},
            },
            weights={"rooms": 2.0},
        ),
    )  # fmt: skip
    return replace(problem, earlier=random_earlier(other, problem)) if other.random() < 0.8 else problem


def with_level_four(rng: np.random.Generator, inventory: Inventory) -> Inventory:
    """The estate with about half of what is of level 3 at level 4, and about half of the clusters filed for level 3."""
    systems, pools = inventory["systems"].copy(), inventory["pools"].copy()
    for frame, column in ((systems, "level"), (pools[pools["kind"] == "cluster"], "filed_level")):
        for name in frame.index[frame[column].eq(3)]:
            if rng.random() < 0.5:
                (systems if column == "level" else pools).loc[name, column] = 4
    return Inventory({**inventory.tables, "systems": systems, "pools": pools})


def random_earlier(rng: np.random.Generator, problem: PlacementProblem) -> Earlier:
    """What a plan before may have decided: a random state, some of it on order; it knew no server V now and then."""
    state = random_state(rng, problem)
    bought = [host for host in state.hosts.values() if host.source == "purchased"]
    pools = problem.capacity.pools
    targets = {problem.components[c].system: pools[seat.pool].target for c, seat in state.seats.items()}
    return Earlier(
        plan="random",
        fates={
            system: (d, next(t for found, t in problem.fates[system] if found == d and targets.get(system, t) == t))
            for system, d in state.dispositions.items()
        },
        seats=state.seats,
        hosts=state.hosts,
        ordered=tuple(Ordered(host.pool, host.kind, example.TODAY) for host in bought if rng.random() < 0.3),
        servers=("S", "T", "V") if rng.random() < 0.7 else ("S", "T"),
    )


def locked_parts(inventory: Inventory) -> list[str]:
    """Every component, in the order of the workloads."""
    rows = zip(*(inventory["workloads"][column] for column in ("system", "tier", "arch")), strict=True)
    return list(dict.fromkeys("/".join(row) for row in rows))


def random_state(rng: np.random.Generator, problem: PlacementProblem) -> State:
    """Some fate for most systems, a seat for most of their components, some hosts in some pools."""
    dispositions: dict[str, str] = {}
    seats: dict[str, Seat] = {}
    for system, fates in problem.fates.items():
        if not fates or rng.random() < 0.05:
            continue
        disposition, target = fates[rng.integers(len(fates))]
        dispositions[system] = disposition
        for name in problem.of_system[system]:
            found = [problem.candidates[i] for i in problem.by_component[name]]
            found = [c for c in found if (c.disposition, c.target) == (disposition, target)]
            if found and rng.random() < 0.9:
                choice = found[rng.integers(len(found))]
                seats[name] = Seat(choice.pool, choice.zone)
    hosts: dict[str, Host] = {}
    most = int(rng.integers(0, 4))
    for kind, pool in problem.buyable:
        count = int(rng.integers(0, most + 1)) if rng.random() < 0.6 else 0
        empty = int(rng.integers(0, count + 1))
        for n in range(count):
            hosts[f"{pool}-{kind}-{n}"] = Host(f"{pool}-{kind}-{n}", pool, kind, "purchased", spare=n < empty)
    for server in {server: None for server, _ in problem.reuse}:
        pools = [pool for name, pool in problem.reuse if name == server]
        if server in problem.capacity.existing or rng.random() < 0.4:
            source = "existing" if server in problem.capacity.existing else "reused"
            pool = pools[rng.integers(len(pools))]
            hosts[server] = Host(server, pool, server, source, spare=bool(rng.random() < 0.4))
    return State(dispositions=dispositions, seats=seats, hosts=hosts)


@cache
def random_cases(problems: int, states: int) -> tuple[tuple[PlacementProblem, tuple[State, ...]], ...]:
    """Random problems, each with random states."""
    out = []
    for seed in range(problems):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        out.append((problem, tuple(random_state(rng, problem) for _ in range(states))))
    return tuple(out)


def choices(problem: PlacementProblem, state: State) -> list[Any]:
    """The single choices that a state makes; every seat must be one."""
    taken = problem.taken(state)
    assert len(taken) == len(state.seats), "a seat that no candidate offers can't be said in maths"
    servers = [(host.kind, host.pool) for host in state.hosts.values() if host.source != "purchased"]
    return [*(problem.candidates[i] for i in taken), *servers]


def variables(problem: PlacementProblem) -> Any:
    """The model's variables without the skeleton's rows: a state need not be a whole plan."""
    # nothing is measured here, so that use is the same in every slot: one of each week will do
    model = build_model(problem, (), slots=(0, 168), tight=False)
    for rows in model.component_objects(pyo.Constraint, descend_into=False):
        rows.deactivate()
    return model


def decisions(model: Any, problem: PlacementProblem, state: State) -> list[tuple[Any, float]]:
    """Every variable of the model with its value in a state."""
    taken = problem.taken(state)
    count: dict[tuple[str, str, bool], int] = {}
    for host in state.hosts.values():
        count[host.kind, host.pool, host.spare] = count.get((host.kind, host.pool, host.spare), 0) + 1
    targets = {problem.candidates[i].system: problem.candidates[i].target for i in taken}
    chosen: Mapping[str, tuple[str, str]] = {
        system: next((d, t) for d, t in problem.fates[system] if d == disposition and t == targets.get(system, t))
        for system, disposition in state.dispositions.items()
    }
    rooms, machines = problem.rooms_open(taken), problem.machines_at(taken)
    out = [(var, float(i in taken)) for i, var in model.place.items()]
    out += [(var, float(chosen.get(s) == (d, t))) for (s, d, t), var in model.choose.items()]
    for every, empty in ((model.hosts, model.spare), (model.reuse, model.reuse_spare)):
        out += [(var, float(count.get((*k, True), 0) + count.get((*k, False), 0))) for k, var in every.items()]
        out += [(var, float(count.get((*k, True), 0))) for k, var in empty.items()]
    for total, spares in ((model.sizes.count, (True, False)), (model.sizes.idle, (True,))):
        for (pool, number), var in total.items():
            members = problem.sizes(pool)[number]
            out.append((var, float(sum(count.get((k.kind, pool, empty), 0) for k in members for empty in spares))))
    out += [(var, float(pair in machines)) for pair, var in model.machine.items()]
    return [*out, *((var, float(room in rooms)) for room, var in model.room_open.items())]
