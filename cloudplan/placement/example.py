"""A small estate for the rules' hand examples: every number fits on a sheet of paper.

room R (department D)                the centre C
┌────────────────────────┐           ┌─────────────────────────────────────────────┐
│ S  16 threads, 64 GiB  │           │ P  cluster, x86, filed level 2, zone PUB    │
│   A1  system A, app    │  ───────► │    host types: H 16 threads, 64 GiB         │
│       4 vCPU, 8 GiB    │           │                small 8 threads, 16 GiB      │
└────────────────────────┘           └─────────────────────────────────────────────┘

zones  EXT ──► IZ ──(exchange: DATA, REQRESP)──► PUB
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import Table, schema
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.scenario import Disposition, Lock, PurchaseOptions, Scenario, TargetOptions
from cloudplan.state import Host, Seat, State

Rows = Mapping[str, Mapping[str, Any]]

TODAY = dt.date(2026, 1, 5)
FRONT_AND_APP: Rows = {"A1": {"tier": "web"}, "A2": {"tier": "app"}}
FRONT_TO_APP = {"source_system": "A", "source_tier": "web", "target_system": "A", "target_tier": "app"}
FACING: Rows = {"A": {"internet_facing": True, "level": 2, "zone": "IZ"}}
TWINS: Rows = {"A1": {}, "B1": {"system": "B"}}
CITY: Mapping[str, Any] = {"kind": "service", "target": "city", "site": None}

TARGETS: Rows = {
    "banner": {"kind": "banner_pool"}, "city": {"kind": "city_cloud"}, "colo": {"kind": "colocation"},
    "stay": {"kind": "in_place"},
}  # fmt: skip

HOST_TYPES: Rows = {
    "H": {},
    "small": {"cores": 4, "threads": 8, "memory_gib": 20.0, "price_yuan": 25000.0},
    "A": {"arch": "arm"},
}

PRICES = {
    "electricity_yuan_per_kwh": 0.5, "rack_unit_yuan_per_year": 100, "host_operation_yuan_per_year": 1000,
    "reuse_transport_yuan": 500, "reuse_wipe_yuan": 200, "reuse_warranty_yuan_per_year": 800,
    "host_licence_yuan_per_socket_year": 1500, "migration_yuan_per_system": 2000, "migration_yuan_per_workload": 500,
    "relocation_yuan_per_u": 300, "colocation_u_yuan_per_year": 400, "rewrite_yuan_per_system": 90000,
    "room_default_yuan_per_year": 20000, "storage_high_gib_yuan_per_year": 3, "storage_normal_gib_yuan_per_year": 1,
    "storage_object_gib_yuan_per_year": 0.5, "adaptation_yuan_per_effort_1": 5000,
    "adaptation_yuan_per_effort_2": 15000, "adaptation_yuan_per_effort_3": 30000, "adaptation_yuan_per_effort_4": 80000,
    "office_copy_gib_yuan_per_year": 1.5,
    "city_vcpu_yuan_per_month": 50, "city_memory_gib_yuan_per_month": 20, "city_storage_gib_yuan_per_month": 0.5,
}  # fmt: skip


def years_ago(years: int) -> dt.date:
    """The day some years before the examples' today."""
    return TODAY.replace(year=TODAY.year - years)


def problem(
    *,
    systems: Rows | None = None,
    workloads: Rows | None = None,
    servers: Rows | None = None,
    pools: Rows | None = None,
    rooms: Rows | None = None,
    devices: Rows | None = None,
    flows: Rows | None = None,
    targets: Rows | None = None,
    links: Rows | None = None,
    host_types: Rows | None = None,
    lock: Disposition | None = None,
    lock_pool: str | None = None,
    budget_yuan: float | None = None,
    rules: Mapping[str, Any] | None = None,
    scenario: Mapping[str, Any] | None = None,
) -> PlacementProblem:
    """Make the estate above with some rows changed or added.

    Parameters
    ----------
    systems, workloads, servers, pools, rooms, devices, flows, targets, links, host_types
        Columns by id; what they don't state is the drawing's.
    lock, lock_pool
        A disposition and a pool to which system A is locked.
    budget_yuan
        Purchases' budget.
    rules, scenario
        Options of rules, and further values of the scenario.
    """
    workloads = workloads or {"A1": {}}
    named = {"A": {}, **{row["system"]: {} for row in workloads.values() if "system" in row}, **(systems or {})}
    locks = (Lock(system="A", disposition=lock, pool=lock_pool, reason="example"),) if lock or lock_pool else ()
    inventory = estate(
        departments={"D": {}, "E": {}},
        rooms=_merged({"R": {"kind": "department", "pue": 2.0}, "C": {"kind": "centre", "pue": 1.5}}, rooms),
        servers=_merged({"S": {}}, servers),
        systems=named,
        workloads=workloads,
        flows=flows or {},
        devices=devices or {},
        pools=_merged({"P": {}}, pools),
        targets=_merged(TARGETS, targets),
        host_types=_merged(HOST_TYPES, host_types),
        links=links or {},
    )
    return problem_of(
        inventory,
        Scenario(
            name="example",
            inventory="",
            today=TODAY,
            locks=locks,
            purchases=PurchaseOptions(budget_yuan=budget_yuan),
            targets=TargetOptions(open=("banner_pool", "city_cloud", "colocation", "in_place", "superior")),
            rules=dict(rules or {}),
            **dict(scenario or {}),
        ),
    )


def state(
    problem: PlacementProblem,
    seats: Mapping[str, tuple[str, str, str]],
    *,
    bought: Mapping[str, Mapping[str, int]] | None = None,
    reused: Mapping[str, str] | None = None,
    spares: Mapping[str, Mapping[str, int]] | None = None,
) -> State:
    """Make a state: component → (disposition, pool, zone), bought hosts by pool and type, reused server → pool."""
    hosts: dict[str, Host] = {}
    for pool, kinds in (bought or {}).items():
        for kind, count in kinds.items():
            empty = (spares or {}).get(pool, {}).get(kind, 0)
            for n in range(count):
                name = f"{pool}-{kind}-{n + 1}"
                hosts[name] = Host(name, pool, kind, "purchased", spare=n < empty)
    for server, pool in (reused or {}).items():
        hosts[server] = Host(server, pool, server, "reused")
    return State(
        dispositions={problem.components[c].system: choice[0] for c, choice in seats.items()},
        seats={c: Seat(pool, zone) for c, (_, pool, zone) in seats.items()},
        hosts=hosts,
    )


def _merged(base: Rows, more: Rows | None) -> Rows:
    return {key: {**base.get(key, {}), **(more or {}).get(key, {})} for key in {**base, **(more or {})}}


DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "departments": {"name": "—"},
    "rooms": {"name": "—"},
    "servers": {
        "department": "D", "room": "R", "height_u": 2, "name": "—", "cores": 8, "threads": 16, "sockets": 2,
        "arch": "x86", "memory_gib": 64.0, "power_idle_w": 100.0, "power_max_w": 400.0, "state": "running",
        "bought_on": dt.date(2024, 1, 5), "zone": "PUB", "form": "rack",
    },
    "systems": {
        "name": "—", "department": "D", "owner_level": "banner", "deploy_model": "local", "level": 2,
        "classified": False, "internet_facing": False, "zone": "PUB", "software_route": "as_is", "support": "supported",
    },
    "workloads": {
        "system": "A", "server": "S", "tier": "app", "kind": "vm", "arch": "x86", "vcpu": 4.0, "memory_gib": 8.0,
        "storage_gib": 100.0, "mbps": 10.0, "state": "running",
    },
    "devices": {"name": "—", "department": "D"},
    "links": {"department": "D", "room": "R", "kind": "extranet", "mbps": 100.0},
    "flows": {"kind": "REQRESP", "state": "ok"},
    "zones": {"hostable": True, "per_department": False, "internet_exposed": False, "tiers": ("app", "db", "web")},
    "conduits": {"mode": "allow", "evidence": "d"},
    "targets": {"name": "—"},
    "pools": {
        "name": "—", "kind": "cluster", "target": "banner", "site": "C", "arch": "x86", "filed_level": 2,
        "zones": ("IZ", "PUB"), "available_from": dt.date(2026, 2, 1),
    },
    "host_types": {
        "name": "—", "arch": "x86", "cores": 8, "threads": 16, "sockets": 2, "memory_gib": 64.0, "height_u": 2,
        "power_idle_w": 100.0, "power_max_w": 400.0, "price_yuan": 60000.0, "life_years": 6.0,
        "price_basis": "invented",
    },
    "prices": {"unit": "yuan", "basis": "invented"},
    "factors": {"unit": "", "source": "example", "evidence": "d"},
}  # fmt: skip


def estate(**tables: Mapping[Any, Mapping[str, Any]]) -> Inventory:
    """Make an inventory of rows by key; what they don't state is :data:`DEFAULTS`, then blank.

    Raises
    ------
    ValueError
        If a table, a column or a value is none that the schema knows: a slip would make an example say nothing.
    """
    given: dict[str, Mapping[Any, Mapping[str, Any]]] = {
        "zones": {
            "EXT": {"hostable": False, "tiers": ()},
            "IZ": {"internet_exposed": True, "tiers": ("web", "app", "proxy")},
            "PUB": {},
            "VPN": {"per_department": True},
        },
        "conduits": {
            ("EXT", "IZ"): {},
            ("IZ", "PUB"): {"mode": "exchange", "kinds": ("DATA", "REQRESP")},
            ("PUB", "VPN"): {},
            ("VPN", "PUB"): {},
        },
        "targets": TARGETS,
        "host_types": HOST_TYPES,
        "prices": {name: {"value": float(value)} for name, value in PRICES.items()},
        "factors": {"centre_pue": {"value": 1.5}},
        **tables,
    }  # fmt: skip
    frames = {}
    if unknown := set(given) - set(schema().tables):
        raise ValueError(sorted(unknown))
    for name, table in schema().tables.items():
        defaults = DEFAULTS.get(name, {})
        keys = [key if isinstance(key, tuple) else (key,) for key in given.get(name, {})]
        named = [dict(zip(table.key, key, strict=True)) for key in keys]
        rows = [{**defaults, **row, **key} for row, key in zip(given.get(name, {}).values(), named, strict=True)]
        _known(table, rows)
        columns = {column.name: column.type for column in table.columns}
        if table.repeat is not None:
            columns |= dict.fromkeys(table.repeat.names, "number")
        frame = pd.DataFrame({column: _typed([row.get(column) for row in rows], t) for column, t in columns.items()})
        if len(table.key) == 1:
            frames[name] = frame.set_axis(pd.Index([key[0] for key in keys], dtype=object))
        else:
            arrays = [[key[n] for key in keys] for n in range(len(table.key))]
            frames[name] = frame.set_axis(pd.MultiIndex.from_arrays(arrays, names=[None] * len(arrays)))
    return Inventory(frames)


def _known(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse columns, choices and numbers that the schema doesn't know."""
    repeated = () if table.repeat is None else table.repeat.names
    for row in rows:
        for name, value in row.items():
            if name in repeated:
                continue
            if name not in table.by_name:
                raise ValueError((table.name, name))
            column = table.by_name[name]
            each = value if isinstance(value, tuple) else () if value is None else (value,)
            codes = None if column.values is None else schema().vocabularies[column.values].codes
            if codes is not None and not set(each) <= set(codes):
                raise ValueError((table.name, name, value))
            low, high = column.minimum, column.maximum
            if any((low is not None and n < low) or (high is not None and n > high) for n in each):
                raise ValueError((table.name, name, value))


def _typed(values: list[Any], type_: str) -> pd.Series:
    if type_ == "number":
        return pd.Series([float("nan") if v is None else v for v in values], dtype="float64")
    if type_ == "integer":
        return pd.Series(values, dtype="Int64")
    if type_ == "boolean":
        return pd.Series(values, dtype="boolean")
    if type_ in ("list", "choices", "ids"):
        return pd.Series([() if v is None else v for v in values], dtype=object)
    return pd.Series(values, dtype=object)
