"""What contradicts nothing, but is hardly so: a unit mistaken, two columns exchanged, a room that draws too much.

The bounds are this project's own defaults, named in the findings; each is a warning that asks to look again.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.inventory.records import Records

WARNING = Severity.WARNING
MOST_SERVER_GIB, MOST_WORKLOAD_GIB = 8192.0, 4096.0
"""Memory beyond which a figure is rather in MB."""
MANY_VCPU, LEAST_GIB_PER_VCPU = 8.0, 0.25
"""From so many vCPU on, less memory a vCPU than this is rather vCPU and memory exchanged."""


def memory_units(records: Records) -> Iterator[Finding]:
    """Remark memory that would be plausible if it were MB."""
    for table, most in (("servers", MOST_SERVER_GIB), ("workloads", MOST_WORKLOAD_GIB)):
        memory = records[table]["memory_gib"].to_numpy(float)
        with np.errstate(invalid="ignore"):
            large = records.sound(table, "memory_gib") & (memory > most)
        for record in np.flatnonzero(large):
            values = {"value": float(memory[record]), "limit": most, "maybe": float(memory[record]) / 1024}
            yield records.finding("memory_unit", table, int(record), "memory_gib", WARNING, **values)


def exchanged_sizes(records: Records) -> Iterator[Finding]:
    """Remark workloads whose vCPU and memory look exchanged."""
    for record, row in records.rows_of("workloads", "vcpu", "memory_gib"):
        vcpu, memory = row["vcpu"], row["memory_gib"]
        if pd.isna(vcpu) or pd.isna(memory) or vcpu < MANY_VCPU or memory >= LEAST_GIB_PER_VCPU * vcpu:
            continue
        values = {"vcpu": float(vcpu), "memory": float(memory)}
        yield records.finding("exchanged_sizes", "workloads", record, "vcpu", WARNING, **values)


def overdrawn_rooms(records: Records) -> Iterator[Finding]:
    """Remark departmental rooms whose running machines state more power than the supply can carry."""
    drawn: dict[str, float] = {}
    for _, row in records.rows_of("servers", "room", "state", "power_max_w"):
        if row["room"] is not None and row["state"] == "running" and not pd.isna(row["power_max_w"]):
            drawn[row["room"]] = drawn.get(row["room"], 0.0) + float(row["power_max_w"])
    for _, row in records.rows_of("devices", "room", "power_w"):
        if row["room"] is not None and not pd.isna(row["power_w"]):
            drawn[row["room"]] = drawn.get(row["room"], 0.0) + float(row["power_w"])
    for record, row in records.rows_of("rooms", "room", "kind", "it_power_kw"):
        limit, power = row["it_power_kw"], drawn.get(row["room"], 0.0) / 1000
        if row["kind"] == "department" and not pd.isna(limit) and power > limit:
            values = {"value": power, "limit": float(limit)}
            yield records.finding("overdrawn_room", "rooms", record, "it_power_kw", WARNING, **values)


CHECKS = (memory_units, exchanged_sizes, overdrawn_rooms)
