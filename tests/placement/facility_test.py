"""Devices that move into a centre take room there, also where nobody wrote down how much."""

from __future__ import annotations

import pytest

from cloudplan.placement import example
from cloudplan.placement.rules.facility import Facility

COLO = {"X": {"kind": "colocation", "target": "colo", "site": "C", "arch": None}}


@pytest.mark.parametrize(
    ("device", "short"),
    [({"height_u": 1, "power_w": 100.0}, None), ({"height_u": 3, "power_w": 100.0}, 1.0), ({"power_w": 100.0}, None)],
)
def test_rack_units(device: dict[str, float], short: float | None) -> None:
    assert _short("u", {"total_u": 4}, device) == short


def test_blank_devices_take_the_defaults() -> None:
    assert _short("u", {"total_u": 3}, {}) == 1.0  # a host of 2 U, and 2 U assumed
    assert _short("power", {"total_u": 42, "it_power_kw": 0.6}, {}) == pytest.approx(0.1)  # 400 W + 300 W assumed
    assert _short("power", {"total_u": 42, "it_power_kw": 0.7}, {}) is None


def _short(limit: str, centre: dict[str, float], device: dict[str, float]) -> float | None:
    problem = example.problem(
        rooms={"C": centre}, pools=COLO, devices={"N": {"kind": "switch", "room": "R", "fate": "relocate", **device}}
    )
    state = example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")}, bought={"P": {"H": 1}})
    said = [f for f in Facility().violations(problem, state) if f.message.endswith(limit)]
    return float(said[0].values["short"]) if said else None
