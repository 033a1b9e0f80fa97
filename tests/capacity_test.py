"""What hosts and pools can carry, against figures worked by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest

from cloudplan.capacity import Capacity, HostKind, capacity_of, today_pool
from cloudplan.placement import example
from cloudplan.scenario import CapacityOptions, ReuseOptions, Scenario, TargetOptions


def capacity(scenario: dict[str, Any] | None = None, **tables: Any) -> Capacity:
    given = {
        "rooms": {"R": {"kind": "department"}, "C": {"kind": "centre"}, "OTHER": {"kind": "department"}},
        "departments": {"D": {}},
        **tables,
    }
    assumed = Scenario.model_validate({"name": "c", "inventory": "", "today": example.TODAY, **(scenario or {})})
    return capacity_of(example.estate(**given), assumed)


def test_a_host_carries_what_is_left_after_reserves() -> None:
    # 64 threads of 1.25 each, 256 GiB; 10 % and 15 % of CPU kept, 20 % of memory
    kinds = {"BIG": {"threads": 64, "cores": 32, "perf_per_core": 1.25, "memory_gib": 256.0, "mbps": 25000.0}}
    options = CapacityOptions(cpu_reserve=0.10, cpu_headroom=0.15, memory_reserve=0.2)
    big = capacity({"capacity": options}, host_types=kinds).kinds["BIG"]
    assert big.usable_cpu == pytest.approx(60.0)
    assert big.threads == 64
    assert big.usable_memory_gib == pytest.approx(204.8)
    assert (big.cores, big.mbps, big.server) == (32, 25000, None)


def test_what_nobody_stated_of_a_host_is_the_scenarios_or_a_default_factor() -> None:
    options = CapacityOptions(perf_per_core=0.5, cpu_reserve=0.0, cpu_headroom=0.0)
    found = capacity({"capacity": options, "factors": {"host_mbps_default": 800.0}}, host_types={"H": {}}).kinds["H"]
    assert found.usable_cpu == 8.0
    assert found.mbps == 800.0


@pytest.mark.parametrize(
    ("server", "reuse", "reason"),
    [
        ({}, {}, None),
        ({"bought_on": dt.date(2020, 1, 6)}, {}, None),  # a day short of six years
        ({"bought_on": dt.date(2020, 1, 4)}, {}, "capacity.too_old"),
        ({"bought_on": dt.date(2020, 1, 4)}, {"life_years": 7.0}, None),
        ({"bought_on": None}, {}, "capacity.age_unknown"),
        ({"state": "broken"}, {}, "capacity.broken"),
        ({"form": "tower"}, {}, "capacity.tower"),
        ({"bought_on": dt.date(2020, 1, 4), "form": "tower"}, {}, "capacity.too_old"),
        ({}, {"allowed": False}, None),  # which the rule about it refuses
    ],
)
def test_which_server_may_serve_again(server: dict[str, Any], reuse: dict[str, Any], reason: str | None) -> None:
    found = capacity({"reuse": ReuseOptions.model_validate(reuse)}, servers={"S": server})
    assert found.unfit.get("S") == reason
    assert ("S" in found.reusable) == ("S" in found.kinds) == (reason is None)


def test_a_server_that_serves_already_stays_whatever_its_age() -> None:
    found = capacity(servers={"S": {"pool": "P", "bought_on": None}}, pools={"P": {}})
    assert found.existing == {"S": "P"}
    assert found.kinds["S"].server == "S"
    assert not found.reusable
    assert not found.unfit


@pytest.mark.parametrize(
    ("targets", "opens"),
    [
        ({}, {"P": dt.date(2026, 8, 31), "CITY": dt.date(2026, 8, 31)}),
        # the centre opens later, a service bought elsewhere does not; the end of a month stays one
        ({"delay_months": 6}, {"P": dt.date(2027, 2, 28), "CITY": dt.date(2026, 8, 31)}),
        (
            {"delay_months": 6, "opens_on": {"P": dt.date(2026, 5, 1)}},
            {"P": dt.date(2026, 5, 1), "CITY": dt.date(2026, 8, 31)},
        ),
    ],
)
def test_when_a_pool_opens(targets: dict[str, Any], opens: dict[str, dt.date]) -> None:
    day = {"available_from": dt.date(2026, 8, 31)}
    pools = {"P": day, "CITY": {**example.CITY, **day}}
    found = capacity({"targets": TargetOptions.model_validate(targets)}, pools=pools)
    assert {name: found.pools[name].available_from for name in pools} == opens


def test_pools_keep_what_the_inventory_says_and_blanks_bind_nothing() -> None:
    stated = {
        "cpu_ratio": 2.0, "max_hosts": 7, "storage_high_gib": 500.0, "storage_normal_gib": 0.0, "filed_level": 3,
    }  # fmt: skip
    pools = {"P": stated, "Q": {"filed_level": None}, "CITY": example.CITY}
    found = capacity({"capacity": CapacityOptions(spare_hosts=2)}, pools=pools).pools
    assert (found["P"].cpu_ratio, found["P"].max_hosts, found["P"].filed_level) == (2.0, 7, 3)
    assert dict(found["P"].storage) == {"high": 500.0, "normal": 0.0, "object": math.inf}
    assert (found["Q"].cpu_ratio, found["Q"].max_hosts, found["Q"].filed_level) == (1.0, None, None)
    # N+k is a matter of own hosts
    assert [found[name].spare_hosts for name in pools] == [2, 2, 0]


def test_every_departments_room_is_a_pool_closed_to_arrivals() -> None:
    found = capacity().pools
    today = {name: pool for name, pool in found.items() if pool.kind == "today"}
    assert set(today) == {today_pool("R"), today_pool("OTHER")}
    assert {(pool.target_kind, pool.zones, pool.available_from) for pool in today.values()} == {("in_place", (), None)}


@pytest.mark.parametrize("smaller", ["usable_cpu", "threads", "usable_memory_gib", "mbps"])
def test_a_spare_is_as_large_in_every_resource(smaller: str) -> None:
    found = capacity(host_types={"H": {}}).kinds["H"]
    less = HostKind(**{**{n: getattr(found, n) for n in HostKind.__slots__}, smaller: getattr(found, smaller) - 1})
    assert found.dominates(found)
    assert found.dominates(less)
    assert not less.dominates(found)
