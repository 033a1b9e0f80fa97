"""Devices that move into a centre take room there, also where nobody wrote down how much."""

from __future__ import annotations

import pytest

from cloudplan.placement import example
from cloudplan.placement.rules.facility import Facility

COLO = {"X": {"kind": "colocation", "target": "colo", "site": "C", "arch": None}}


RACKS: list[tuple[dict[str, float], float | None]] = [
    ({"height_u": 1, "power_w": 100.0}, None),
    ({"height_u": 3, "power_w": 100.0}, 1.0),
    ({"power_w": 100.0}, None),
]


@pytest.mark.parametrize(("device", "short"), RACKS)
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


def test_a_shared_machine_is_carried_whole() -> None:
    # S, 2 U, holds A with a dongle and B, which moves as it is: the host takes 2 U, S the other 2
    workloads = {"A1": {}, "B1": {"system": "B"}}
    seats = {"A/app/x86": ("RELOCATE", "X", "PUB"), "B/app/x86": ("REHOST", "P", "PUB")}
    for total, short in ((4, None), (3, 1.0)):
        problem = example.problem(
            systems={"A": {"special_hardware": "dongle"}}, workloads=workloads, rooms={"C": {"total_u": total}},
            pools={"X": {**COLO["X"], "zones": ("PUB",)}},
        )  # fmt: skip
        state = example.state(problem, seats, bought={"P": {"H": 1}})
        said = [f for f in Facility().violations(problem, state) if f.message.endswith(".u")]
        assert (said[0].values["short"] if said else None) == short
        prices = problem.machine_prices["S", "X"]
        assert prices["space"] == 2 * example.PRICES["colocation_u_yuan_per_year"]


def test_devices_move_to_one_site_only() -> None:
    rooms = {"C": {"total_u": 4}, "C2": {"kind": "centre", "total_u": 4}}
    pools = {**COLO, "Y": {**COLO["X"], "site": "C2"}}
    device = {"N": {"kind": "switch", "room": "R", "fate": "relocate", "height_u": 5}}
    problem = example.problem(rooms=rooms, pools=pools, devices=device)
    short = [f.subject for f in Facility().violations(problem, example.state(problem, {})) if f.message.endswith(".u")]
    assert short == ["C"]
