"""Which data points count for the stars of a machine."""

from __future__ import annotations

from typing import Any

import pytest

from cloudplan.findings import Place
from cloudplan.intake.confidence import points
from cloudplan.intake.machine import Machine

LOADS = {"cpu_p95_pct": 20.0, "memory_p95_pct": 30.0, "days": 30.0}


@pytest.mark.parametrize(
    ("stated", "there"),
    [
        ({}, ()),
        ({"network_in_mbps": 1.0}, ("network",)),
        ({"network_out_mbps": 0.0}, ("network",)),
        ({"mbps": 8.0, "storage_gib": 100.0}, ("storage", "network")),
        ({**LOADS, "mbps": 8.0}, ("cpu_load", "memory_load", "days", "network")),
        ({**LOADS, "days": 7.0}, ("cpu_load", "memory_load")),
    ],
)
def test_what_counts(stated: dict[str, Any], there: tuple[str, ...]) -> None:
    assert points(Machine("a", Place("f"), True, "", "unknown", 2.0, 4.0, **stated)) == there
