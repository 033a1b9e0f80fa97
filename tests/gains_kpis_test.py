"""Counts, ratios and what the pools have left, worked by hand on the estate that :mod:`tests.gains_estate` draws."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudplan import i18n
from cloudplan.gains import Gains
from cloudplan.state import Host
from tests.gains_estate import OUTCOME, demand, reckon, tables


@pytest.fixture(scope="module")
def plain() -> Gains:
    return reckon()


def test_counts_and_ratios(plain: Gains) -> None:
    # cores: 16 + 8 + 8 leave, two hosts of 32 × 1.2 come
    expected = {
        "consolidation_ratio": 32 / 76.8, "consolidation_ratio_machines": 1.5, "released_servers": 3,
        "released_server_ratio": 1, "rooms_closed": 2, "rooms_closed_ratio": 1, "servers_before": 3, "hosts": 2,
        "cloud_systems": 2, "cloud_ratio": 1, "retired_systems": 0, "virtual_ratio": 1, "systems_per_machine_before": 1,
        "systems_per_machine": 1.5, "vcpu_per_core_before": 24 / 32, "vcpu_per_core": 18 / 64,
        "memory_committed_before": 48 / 256, "memory_committed": 48 / 512, "cpu_measured_share": 0.5,
        "filing_ratio": 1, "assessment_ratio": 0, "catalogue_ratio": 1,
    }  # fmt: skip
    assert {name: plain.kpis[name].value for name in expected} == pytest.approx(expected)
    assert plain.kpis["downlink_ratio"].value is None  # no vertical system


def test_slow_servers_weigh_less_in_the_consolidation_ratio() -> None:
    rows = tables()
    rows["servers"][0]["perf_per_core"] = 0.5
    # cores × performance: 16 × 0.5 + 8 + 8 leave, two hosts of 32 × 1.2 come; machines weigh as before
    kpis = reckon(rows=rows).kpis
    assert kpis["consolidation_ratio"].value == pytest.approx(24 / 76.8)
    assert kpis["consolidation_ratio_machines"].value == 1.5


def test_a_reused_server_is_not_released() -> None:
    hosts = {"S1": Host("S1", "P-PUB", "S1", "reused"), "P-PUB-2": OUTCOME.hosts["P-PUB-2"]}
    found = reckon(
        replace(
            OUTCOME, hosts=hosts, host_of=dict.fromkeys(OUTCOME.host_of, "S1"), fates={**OUTCOME.fates, "S1": "reuse"}
        )
    )
    assert found.kpis["released_servers"].value == 2
    assert found.kpis["consolidation_ratio"].value == pytest.approx(32 / (16 + 38.4))


def test_systems_outside_the_cloud_ratio() -> None:
    rows = tables()
    shape = rows["systems"][0]
    rows["systems"] += [
        {**shape, "system": "X-SECRET", "name": "涉密", "classified": True, "internet_facing": False, "zone": "PUB"},
        {**shape, "system": "Y-ABOVE", "name": "集中", "owner_level": "city", "deploy_model": "superior_central",
         "uplink_ok": True, "downlink_ok": True, "downlink_mode": "api"},
        {**shape, "system": "Z-VERT", "name": "垂直", "owner_level": "city", "deploy_model": "local", "level": None,
         "filing_status": "ungraded", "downlink_ok": False},
    ]  # fmt: skip
    fates = {**OUTCOME.dispositions, "X-SECRET": "KEEP", "Y-ABOVE": "NEED_SUPERIOR", "Z-VERT": "NEED_SUPERIOR"}
    kpis = reckon(replace(OUTCOME, dispositions=fates), rows).kpis
    assert kpis["cloud_ratio"].value == pytest.approx(2 / 3)
    assert kpis["filing_ratio"].value == pytest.approx(2 / 3)
    assert kpis["downlink_ratio"].value == pytest.approx(1 / 2)


def test_what_the_packed_pool_has_left(plain: Gains) -> None:
    usable, memory = 76.8 * 0.8, 256 * 0.9
    peak = 4.0 + 1.6 + 8.0
    kpis = plain.kpis
    assert kpis["headroom_cpu"].value == pytest.approx(1 - peak / (2 * usable))
    assert kpis["headroom_cpu_n1"].value == pytest.approx(1 - peak / usable)
    assert kpis["headroom_memory_n1_least"].value == pytest.approx(1 - 48 / memory)
    # W1 peaks at 4 and W3 is flat at 1.6: nothing is won
    assert kpis["multiplexing_gain"].value == pytest.approx(0)
    # free: CPU 1 − 13.6/61.44 = 0.7786 by use, 1 − 18/128 by allocation; memory 1 − 48/230.4 = 0.7917
    assert (kpis["stranded_cpu"].value, kpis["stranded_memory"].value) == pytest.approx(
        (0, (1 - 48 / memory) - (1 - peak / usable))
    )


def test_n1_headroom_is_without_the_largest_host_of_each_pool() -> None:
    rows = tables()
    small = {"host_type": "H32", "cores": 16, "threads": 32, "memory_gib": 128}
    rows["host_types"].append({**rows["host_types"][0], **small})
    hosts = {
        "P-PUB-1": Host("P-PUB-1", "P-PUB", "H64", "purchased"),
        "P-PUB-2": Host("P-PUB-2", "P-PUB", "H32", "purchased"),
    }
    kpis = reckon(replace(OUTCOME, hosts=hosts), rows).kpis
    # usable: 61.44 and 30.72 vCPU, 230.4 and 115.2 GiB; without the H64 what the H32 has is left; the peak is 13.6
    assert kpis["headroom_cpu"].value == pytest.approx(1 - 13.6 / 92.16)
    assert kpis["headroom_cpu_n1"].value == pytest.approx(1 - 13.6 / 30.72)
    assert kpis["headroom_memory_n1"].value == pytest.approx(1 - 48 / 115.2)
    assert kpis["headroom_memory_n1_least"].value == pytest.approx(1 - 48 / 115.2)


def test_peaks_at_different_hours_share_capacity() -> None:
    need = demand()
    use = need.cpu_use.copy()
    use[1, :168], use[1, 100] = 0.0, 4.0
    assert reckon(need=replace(need, cpu_use=use)).kpis["multiplexing_gain"].value == pytest.approx(1 - 6 / 8)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_key_figure_has_a_name_and_an_explanation(plain: Gains, language: str) -> None:
    known = i18n.catalogue(language)
    for name, kpi in plain.kpis.items():
        assert known[f"gains.kpi.{name}"]
        assert known[f"gains.kpi.{name}.about"]
        assert f"gains.unit.{kpi.unit.replace('/', '_')}" in known
        assert f"gains.basis.{kpi.basis}" in known
    named = {m.split(".")[2] for m in known if m.startswith("gains.kpi.")}
    assert named == {*plain.kpis, "npv_saving", "payback_years"}  # those two are of the money by year: value_test
