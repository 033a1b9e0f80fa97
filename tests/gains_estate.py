"""The estate on which gains are worked by hand, small enough to draw.

    room R1 (D1), PUE 2.0                    room R2 (D2), PUE 2.0, no meter
    ┌──────────────────────────────────┐     ┌───────────────────────────────────────┐
    │ S1  32 threads  W1 A-SITE web    │     │ S3  16 threads  W3 B-PAY app (8 vCPU) │
    │ S2  16 threads  (runs nothing)   │     │                 W4 B-PAY db  (8 vCPU) │
    │ N1  switch 60 W                  │     └───────────────────────────────────────┘
    └──────────────────────────────────┘

    every server: idle 150 W, full load 400 W, 1 core = 2 threads, performance 1.0; hosts H64: 64 threads at 1.2
    W1: 8 vCPU, mean 2.4, busy 4 in 10 % of the hours, else 2     measured
    W3: 8 vCPU, mean 1.6, flat                                    measured
    W4: 8 vCPU                                                    unmonitored: 3 % to 40 % of 8, so 0.24 to 3.2

The plan puts all on one host of pool P-PUB in the centre (PUE 1.5), keeps a spare, and closes both rooms.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from cloudplan.assumptions import factors_of
from cloudplan.capacity import Capacity, capacity_of
from cloudplan.demand import HOURS, SLOTS, Demand
from cloudplan.gains import Gains, Outcome, gains
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario
from cloudplan.state import Host, Seat
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables

NAN = float("nan")
DAY = dt.date(2026, 10, 5)


def tables() -> dict[str, list[dict[str, Any]]]:
    rows = tiny_tables()
    rows["servers"] = [row for row in rows["servers"] if row["server"] != "S4"]
    rows["systems"] = [row for row in rows["systems"] if row["system"] != "C-WORK"]
    rows["workloads"] = [row for row in rows["workloads"] if row["workload"] in ("W1", "W3", "W4")]
    for row in rows["workloads"]:
        row["vcpu"] = 8
    rows["flows"] = [row for row in rows["flows"] if row["flow"] in ("F1", "F3")]
    del rows["usage"]
    return rows


def demand(cpu_mean: tuple[float, ...] = (2.4, 1.6, NAN), growth: float = 1.0) -> Demand:
    use = np.zeros((3, len(SLOTS)))
    use[0] = 2.0
    use[0, :17] = use[0, HOURS : HOURS + 17] = 4.0
    use[1], use[2] = 1.6, 8.0
    return Demand(
        workloads=("W1", "W3", "W4"),
        cpu_use=use * growth,
        vcpu=np.array([6.0, 4.0, 8.0]),
        memory_gib=np.array([16.0, 16.0, 16.0]),
        storage={"high": np.zeros(3), "normal": np.array([100.0, 100.0, 300.0]), "object": np.zeros(3)},
        mbps=np.full(3, 50.0),
        mean_cpu_use=np.array(cpu_mean) * growth,
        mean_memory_gib=np.full(3, NAN),
        basis={
            "cpu": ("measured", "measured", "assumed"),
            "memory": ("declared",) * 3,
            "storage": ("declared",) * 3,
            "network": ("declared",) * 3,
        },
    )


OUTCOME = Outcome(
    dispositions={"A-SITE": "REHOST", "B-PAY": "REHOST"},
    seats={name: Seat("P-PUB", "PUB") for name in ("A-SITE/web/x86", "B-PAY/app/x86", "B-PAY/db/x86")},
    hosts={
        "P-PUB-1": Host("P-PUB-1", "P-PUB", "H64", "purchased"),
        "P-PUB-2": Host("P-PUB-2", "P-PUB", "H64", "purchased", spare=True),
    },
    host_of={"W1": "P-PUB-1", "W3": "P-PUB-1", "W4": "P-PUB-1"},
    fates={"S1": "scrap", "S2": "scrap", "S3": "scrap"},
    closures={"R1": DAY, "R2": DAY},
)


def reckon(
    outcome: Outcome = OUTCOME, rows: dict[str, list[dict[str, Any]]] | None = None, need: Demand | None = None,
    **changes: Any,
) -> Gains:  # fmt: skip
    inventory: Inventory = tiny_inventory(tables() if rows is None else rows)
    scenario: Scenario = tiny_scenario(**changes)
    capacity: Capacity = capacity_of(inventory, scenario)
    need = demand() if need is None else need
    return gains(inventory, scenario, need, capacity, outcome, factors_of(inventory, scenario))


def row(found: Gains, *key: str) -> dict[str, Any]:
    """One row of the utilisation, by scope, id, resource, when, basis."""
    frame = found.utilisation.set_index(["scope", "id", "resource", "when", "basis"])
    return dict(frame.loc[key])


def near(**values: float) -> Any:
    return pytest.approx(values)


def idle(load: float, threads: float) -> float:
    return 150 + 250 * load / threads
