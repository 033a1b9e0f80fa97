"""Which data points count for the stars of a machine."""

from __future__ import annotations

from typing import Any

import pytest

from cloudplan.findings import Place
from cloudplan.intake.confidence import confidence, points
from cloudplan.intake.machine import Machine

LOADS = {"cpu_p95_pct": 20.0, "memory_p95_pct": 30.0, "days": 30.0}


@pytest.mark.parametrize(
    ("stated", "there"),
    [
        ({}, {}),
        ({"network_in_mbps": 1.0}, {"network": "declared"}),
        ({"network_out_mbps": 0.0}, {"network": "declared"}),
        ({"mbps": 8.0, "storage_gib": 100.0, "days": 9.0}, {"storage": "declared", "network": "measured"}),
        ({**LOADS, "mbps": 8.0}, dict.fromkeys(("cpu_load", "memory_load", "days", "network"), "measured")),
        ({**LOADS, "days": 7.0}, {"cpu_load": "measured", "memory_load": "measured"}),
        ({**LOADS, "days": None}, {"cpu_load": "declared", "memory_load": "declared"}),
    ],
)
def test_what_counts(stated: dict[str, Any], there: dict[str, str]) -> None:
    assert points(Machine("a", Place("f"), True, "", "unknown", 2.0, 4.0, **stated)) == there


def test_a_department_is_judged_by_its_machines_that_run() -> None:
    machines = [
        ("w1", Machine("a", Place("f"), True, "", "unknown", 2.0, 4.0, storage_gib=9.0, **LOADS)),
        ("w2", Machine("b", Place("f"), True, "", "unknown", 2.0, 4.0)),
        ("w3", Machine("c", Place("f"), False, "", "unknown", 2.0, 4.0, **LOADS)),
    ]
    whole, *single = confidence(machines, dict.fromkeys(("w1", "w2", "w3"), "D"))
    assert (whole.kind, whole.name, whole.measured, whole.declared, whole.missing, whole.stars) == (
        "department", "D", 3, 1, 6, 2,
    )  # fmt: skip
    assert [(one.known, one.stars) for one in single] == [(4, 4), (0, 1), (3, 3)]
