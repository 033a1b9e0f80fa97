"""Each sentence of how demand is sized, by one workload worked by hand.

One system A with the workload W: 8 vCPU and 32 GiB on a server of performance 1.0; host types H (performance 1.0) and
small; flavors in steps of four. The profile is 10 % of the 8 vCPU all week, 35 % on Wednesday at noon (hour 60):
0.8 and 2.8 reference vCPU, so that 2.8 ÷ 0.7 = 4 vCPU are allotted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cloudplan.scenario import Lock
from tests.demand_case import BUSY, CPU, END, FLAVORS, MEASURED, MEMORY, PROFILE, Row, sized

# Which evidence counts


def test_a_profile_is_the_use_hour_by_hour() -> None:
    found = sized({CPU: BUSY})
    assert found.use == (0.8, 2.8, 0.8, 2.8)
    assert (found.by("cpu"), found.by("vcpu")) == ("profile", "profile")


@pytest.mark.parametrize(
    ("figures", "use", "by"),
    [
        ({"p95_pct": 35.0, "max_pct": 70.0}, 2.8, "p95"),
        ({"max_pct": 70.0}, 5.6, "max"),
        ({**PROFILE, "h000": None, "p95_pct": 35.0, "max_pct": 70.0}, 2.8, "p95"),  # a week with a hole is no week
    ],
)
def test_without_a_profile_p95_counts_all_week_long_and_else_the_maximum(figures: Row, use: float, by: str) -> None:
    found = sized({CPU: {**MEASURED, **figures}})
    assert found.use == (use,) * 4
    assert found.by("cpu") == found.by("vcpu") == by


@pytest.mark.parametrize(
    ("days", "basis", "counts"),
    [
        (14.0, "measured", True),  # the minimum, exactly met
        (13.9, "measured", False),
        (None, "measured", False),
        (1.0, "declared", True),  # what is declared was measured for no days
    ],
)
def test_fewer_days_than_the_minimum_are_no_evidence(days: float | None, basis: str, counts: bool) -> None:
    found = sized({CPU: {**BUSY, "basis": basis, "days": days}}, options={"minimum_days": 14.0})
    if counts:
        assert (found.vcpu, found.cpu_tags) == (4, (basis, "assumed", basis))
    else:
        assert (found.use, found.vcpu) == ((8.0,) * 4, 8)
        assert (found.cpu_tags, found.by("vcpu")) == (("assumed",) * 3, "size")


@pytest.mark.parametrize(
    ("figures", "counts"),
    [
        ({"p95_pct": 35.0, "samples": 0}, False),
        ({"p95_pct": 35.0, "samples": None}, True),
        ({"p95_pct": 0.0, "max_pct": 0.0, "samples": None}, False),  # all zero, and nobody counted
        ({"p95_pct": 0.0, "max_pct": 0.0, "samples": 8064}, True),  # idle, and watched
    ],
)
def test_no_samples_are_no_evidence(figures: Row, counts: bool) -> None:
    found = sized({CPU: {**MEASURED, **figures}})
    assert (found.cpu_tags[0] == "measured") is counts
    assert (found.vcpu < 8) is counts


def test_what_nobody_measured_is_used_as_far_as_the_scenario_says_and_keeps_its_size() -> None:
    found = sized(options={"nodata_use": 0.4})
    assert (found.use, found.vcpu, found.memory) == ((3.2,) * 4, 8, 32)
    assert (found.cpu_tags, found.by("vcpu"), found.by("memory")) == (("assumed",) * 3, "size", "size")


def test_an_assumed_figure_is_used_but_shrinks_nothing() -> None:
    found = sized({CPU: {**BUSY, "basis": "assumed"}})
    assert (found.use, found.vcpu) == ((0.8, 2.8, 0.8, 2.8), 8)
    assert (found.by("cpu"), found.by("vcpu"), found.cpu_tags) == ("profile", "size", ("assumed",) * 3)


# Month end


def test_the_month_end_week_is_its_own_profile() -> None:
    end = {**MEASURED, "basis": "declared", **PROFILE, "h060": 70.0}
    found = sized({CPU: BUSY, END: end}, system={"seasonal": True, "month_end_factor": 1.5})
    assert found.use == (0.8, 2.8, 0.8, 5.6)
    # 5.6 ÷ 0.7 = 8; the peak lies in the declared week
    assert (found.vcpu, found.cpu_tags) == (8, ("measured", "declared", "declared"))
    assert found.by("vcpu") == "profile"


def test_a_quiet_month_end_leaves_the_allocation_to_the_ordinary_week() -> None:
    found = sized({CPU: BUSY, END: {**BUSY, "basis": "declared", "h060": 20.0}}, system={"seasonal": True})
    assert found.use == (0.8, 2.8, 0.8, 1.6)
    assert (found.vcpu, found.cpu_tags) == (4, ("measured", "declared", "measured"))


def test_a_factor_multiplies_the_ordinary_week_up_to_all_of_the_size() -> None:
    found = sized({CPU: BUSY}, system={"seasonal": True, "month_end_factor": 4.0})
    # 10 % and 35 % × 4 = 40 % and 140 %, of which no more than 100 % are there: 8 ÷ 0.7 = 11.4, by steps of two 12
    assert found.use == (0.8, 2.8, 3.2, 8.0)
    assert (found.vcpu, found.cpu_tags, found.by("vcpu")) == (12, ("measured", "assumed", "assumed"), "profile")


@pytest.mark.parametrize("short", [None, {**BUSY, "days": 3.0}, {**BUSY, "samples": 0}])
def test_a_seasonal_system_without_month_end_keeps_its_size(short: Row | None) -> None:
    usage = {CPU: BUSY} if short is None else {CPU: BUSY, END: short}
    found = sized(usage, system={"seasonal": True})
    assert found.use == (0.8, 2.8, 8.0, 8.0)
    assert (found.vcpu, found.cpu_tags) == (8, ("measured", "assumed", "assumed"))
    assert (found.by("cpu"), found.by("vcpu")) == ("profile", "size")


def test_else_the_month_end_week_is_the_ordinary_week_again() -> None:
    found = sized({CPU: BUSY}, system={"seasonal": False})
    assert (found.use, found.vcpu) == ((0.8, 2.8, 0.8, 2.8), 4)
    assert found.cpu_tags == ("measured", "assumed", "measured")


def test_a_month_end_alone_is_evidence_of_that_week_only() -> None:
    found = sized({END: BUSY}, system={"seasonal": True})
    assert (found.use, found.vcpu) == ((8.0, 8.0, 0.8, 2.8), 8)
    assert (found.cpu_tags, found.by("vcpu")) == (("assumed", "measured", "assumed"), "size")


# Memory


@pytest.mark.parametrize(
    ("figures", "by", "gib"),
    [
        ({"p95_pct": 25.0, "p99_pct": 50.0, "max_pct": 75.0}, "p99", 20),  # 16 × 1.2 = 19.2
        ({"p95_pct": 25.0, "max_pct": 75.0}, "max", 32),  # 24 × 1.2 = 28.8
        ({"p95_pct": 25.0}, "p95", 12),  # 8 × 1.2 = 9.6
        ({}, "size", 32),
    ],
)
def test_memory_is_p99_with_a_margin_and_says_by_which_figure(figures: Row, by: str, gib: float) -> None:
    found = sized({MEMORY: {**MEASURED, **figures}}, options={"memory_margin": 0.2})
    assert (found.by("memory"), found.memory) == (by, gib)
    assert found.demand.basis["memory"] == ("declared" if by == "size" else "measured",)


# Growth


def test_growth_applies_to_what_is_measured() -> None:
    usage = {CPU: BUSY, MEMORY: {**MEASURED, "p99_pct": 20.0, "avg_pct": 10.0}}
    found = sized(usage, options={"growth_per_year": 0.5, "growth_years": 2.0, "memory_margin": 0.25})
    # × 2.25: 2.8 → 6.3, ÷ 0.7 = 9 vCPU; 6.4 GiB × 1.25 × 2.25 = 18 GiB; no flavor holds it: steps of 2 and 4
    assert found.use == (1.8, 6.3, 1.8, 6.3)
    assert (found.vcpu, found.memory) == (10, 20)
    assert found.demand.mean_memory_gib[0] == pytest.approx(3.2 * 2.25)
    assert found.demand.mean_cpu_use[0] == pytest.approx(8 * (167 * 10 + 35) / 16800 * 2.25)


def test_growth_applies_to_what_nobody_measured_and_to_all_else() -> None:
    found = sized(
        options={"growth_per_year": 0.5, "growth_years": 2.0, "nodata_use": 0.5},
        volumes={"V": {"workload": "W", "storage_tier": "high", "size_gib": 40.0}},
    )
    assert found.use == (9.0,) * 4
    assert (found.vcpu, found.memory) == (18, 72)
    assert found.storage == {"high": 90, "normal": 225, "object": 0}
    assert found.demand.mbps[0] == pytest.approx(22.5)


# Storage and network


def test_storage_is_the_own_disk_and_the_volumes_by_tier() -> None:
    volumes = {
        "V1": {"workload": "W", "storage_tier": "normal", "size_gib": 30.0},
        "V2": {"workload": "W", "storage_tier": "object", "size_gib": 500.0},
        "V3": {"workload": "W", "storage_tier": "object", "size_gib": 7.0},
        "V4": {"workload": "elsewhere", "storage_tier": "high", "size_gib": 9.0},
    }
    found = sized(volumes=volumes, workload={"storage_gib": 60.0, "storage_tier": "high"})
    assert found.storage == {"high": 60, "normal": 30, "object": 507}
    assert found.demand.storage_gib[0] == 597
    assert found.demand.basis["storage"] == ("declared",)


def test_blank_storage_and_network_are_the_scenarios() -> None:
    found = sized(workload={"storage_gib": None, "mbps": None}, options={"blank_storage_gib": 70.0, "blank_mbps": 3.0})
    assert (found.storage, found.demand.mbps[0]) == ({"high": 0, "normal": 70, "object": 0}, 3)
    assert (found.demand.basis["storage"], found.demand.basis["network"]) == (("assumed",), ("assumed",))
    stated = sized().demand
    assert (stated.mbps[0], stated.basis["network"]) == (10, ("declared",))


def test_only_running_workloads_have_a_demand() -> None:
    assert sized(workload={"state": "stopped"}).demand.workloads == ()


# Flavors


@pytest.mark.parametrize(
    ("cpu_pct", "memory_pct", "sizes"),
    [
        # 17.5 % of 8 ÷ 0.7 = 2 vCPU; 12.5 % of 32 = 4 GiB: the smallest, exactly
        (17.5, 12.5, (2, 4)),
        # 4 GiB but 2.4 vCPU; 2 vCPU but 8 GiB
        (21.0, 12.5, (4, 16)),
        (17.5, 25.0, (4, 16)),
        # 6 vCPU and 8 GiB: as much memory as g4, and the vCPU it lacks
        (52.5, 25.0, (8, 16)),
        # 9.1 vCPU: no flavor; steps of 2 vCPU and 4 GiB
        (80.0, 15.0, (10, 8)),
        # one half isn't measured: it keeps its size, the other goes by steps
        (21.0, None, (4, 32)),
        (None, 15.0, (8, 8)),
        (None, None, (8, 32)),
        # steps begin at one, even where nothing at all is used
        (0.0, None, (2, 32)),
        (None, 0.0, (8, 4)),
    ],
)
def test_needs_are_rounded_up_to_a_flavor(
    cpu_pct: float | None, memory_pct: float | None, sizes: tuple[float, float]
) -> None:
    usage = {CPU: {**MEASURED, "p95_pct": cpu_pct}, MEMORY: {**MEASURED, "p99_pct": memory_pct}}
    found = sized(usage, options={"memory_margin": 0.0})
    assert (found.vcpu, found.memory) == sizes


def test_the_smallest_flavor_is_that_of_the_least_memory() -> None:
    # 2 vCPU and 8 GiB fit both
    flavors = {
        name: {**FLAVORS["g4"], "vcpu": vcpu, "memory_gib": gib} for name, vcpu, gib in (("a", 4, 16), ("b", 8, 8))
    }
    usage = {CPU: {**MEASURED, "p95_pct": 17.5}, MEMORY: {**MEASURED, "p99_pct": 25.0}}
    found = sized(usage, flavors=flavors, options={"memory_margin": 0.0})
    assert (found.vcpu, found.memory) == (8, 8)


def test_without_a_catalogue_sizes_go_by_steps() -> None:
    usage = {CPU: {**MEASURED, "p95_pct": 17.6}, MEMORY: {**MEASURED, "p99_pct": 12.6}}
    found = sized(usage, flavors={}, options={"memory_margin": 0.0})
    assert (found.vcpu, found.memory) == (4, 8)


# Slow cores

SLOW: Mapping[str, Row] = {
    "H": {"perf_per_core": 1.0},
    "H2": {"perf_per_core": 0.8},
    "A": {"arch": "arm", "perf_per_core": 0.5},
}


def test_a_measured_need_is_met_on_the_slowest_type_it_could_come_to() -> None:
    found = sized({CPU: BUSY}, host_types=SLOW)
    # 2.8 ÷ (0.7 × 0.8) = 5 of the slow threads, by steps of two; use is counted as before
    assert (found.vcpu, found.use) == (6, (0.8, 2.8, 0.8, 2.8))


@pytest.mark.parametrize(
    ("system", "route_locked", "vcpu"),
    [
        ({"software_route": "as_is"}, None, 6),
        # 2.8 ÷ (0.7 × 0.5) = 8
        ({"software_route": "adaptable"}, None, 8),
        ({"software_route": None}, None, 8),
        ({"software_route": "as_is", "support": "expired"}, None, 8),
        ({"software_route": "as_is", "xinchuang_due": True}, None, 8),
        ({"software_route": "as_is"}, "REPLATFORM", 8),
        ({"software_route": "as_is"}, "REFACTOR", 8),
        ({"software_route": "as_is"}, "REHOST", 6),
    ],
)
def test_only_what_may_be_adapted_comes_to_another_instruction_set(system: Row, route_locked: Any, vcpu: float) -> None:
    locks = (Lock(system="A", disposition=route_locked, reason="example"),) if route_locked else ()
    assert sized({CPU: BUSY}, system=system, host_types=SLOW, locks=locks).vcpu == vcpu


@pytest.mark.parametrize(
    ("today", "types", "vcpu"),
    [
        (1.0, SLOW, 10),  # 8 × 1.0 ÷ 0.8
        (0.8, SLOW, 8),
        (0.4, SLOW, 8),  # never shrunk
        (1.0, {"A": SLOW["A"]}, 8),  # no type of its instruction set: 1.0
        (1.5, {}, 12),  # no type at all: 1.0
    ],
)
def test_a_size_on_record_delivers_no_less_on_slower_cores(today: float, types: Mapping[str, Row], vcpu: float) -> None:
    found = sized(server={"perf_per_core": today}, host_types=types)
    assert (found.vcpu, found.by("vcpu")) == (vcpu, "size")
    assert found.use == (round(8 * today, 9),) * 4


def test_a_blank_performance_is_the_scenarios() -> None:
    types = {"H": {"perf_per_core": None}, "H2": {"perf_per_core": 2.0}}
    # today 1.0; the blank type 0.5: 8 × 1.0 ÷ 0.5
    assert sized(host_types=types, perf=0.5).vcpu == 16
    # both blank: the same cores, and use counts half
    found = sized(host_types=types, server={"perf_per_core": None}, perf=0.5)
    assert (found.vcpu, found.use) == (8, (4.0,) * 4)


def test_use_and_allocation_of_fast_cores() -> None:
    busy = {**BUSY, "avg_pct": 20.0}
    found = sized({CPU: busy}, server={"perf_per_core": 2.0}, host_types={"H": {"perf_per_core": 1.6}}, flavors={})
    # 35 % of 8 × 2.0 = 5.6; ÷ (0.7 × 1.6) = 5, by steps of two
    assert (found.use[1], found.vcpu) == (5.6, 6)
    assert found.demand.mean_cpu_use[0] == pytest.approx(0.2 * 8 * 2.0)


def test_a_blind_month_end_is_raised_as_any_size_on_record() -> None:
    found = sized({CPU: BUSY}, system={"seasonal": True}, host_types=SLOW)
    assert (found.vcpu, found.by("vcpu"), found.demand.basis["vcpu"]) == (10, "size", ("assumed",))
