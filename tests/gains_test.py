"""Gains against figures worked by hand, on an estate small enough to draw.

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

Length: one worked example, and each figure of it checked by hand.
"""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudplan import i18n
from cloudplan.assumptions import DEFAULT_FACTORS, factors_of
from cloudplan.bundle import COLUMNS
from cloudplan.capacity import Capacity, capacity_of
from cloudplan.demand import HOURS, SLOTS, Demand
from cloudplan.findings import Severity
from cloudplan.gains import Gains, Kpi, Outcome, gains
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


@pytest.fixture(scope="module")
def plain() -> Gains:
    return reckon()


def row(found: Gains, *key: str) -> dict[str, Any]:
    """One row of the utilisation, by scope, id, resource, when, basis."""
    frame = found.utilisation.set_index(["scope", "id", "resource", "when", "basis"])
    return dict(frame.loc[key])


def near(**values: float) -> Any:
    return pytest.approx(values)


def test_the_table_is_the_one_that_is_saved(plain: Gains) -> None:
    assert tuple(plain.utilisation.columns) == COLUMNS["utilisation"]
    assert not plain.utilisation.duplicated(["scope", "id", "resource", "when", "basis"]).any()
    assert not plain.utilisation.isna().any(axis=None)


def test_cpu_of_the_estate_before(plain: Gains) -> None:
    # 64 threads in all; W1 alone is on a server of which everything is measured, S1 with 32
    assert row(plain, "estate", "", "cpu", "before", "measured") == near(
        mean=2.4 / 32, p95=4 / 32, peak=4 / 32, low=(4.0 + 0.24) / 64, high=(4.0 + 3.2) / 64, measured_share=0.5
    )
    middle = (0.24 + 3.2) / 2
    assert row(plain, "estate", "", "cpu", "before", "all") == near(
        mean=(4.0 + middle) / 64, p95=(5.6 + middle) / 64, peak=(5.6 + middle) / 64, low=(4.0 + 0.24) / 64,
        high=(4.0 + 3.2) / 64, measured_share=0.5,
    )  # fmt: skip


def test_only_running_servers_in_departments_rooms_count() -> None:
    rows = tables()
    rows["rooms"].append({**rows["rooms"][0], "room": "UP", "name": "上级机房", "department": None, "kind": "superior"})
    rows["servers"] += [
        {**rows["servers"][1], "server": name, "rack": None, "start_u": None, **change}
        for name, change in (("S7", {"state": "stopped"}), ("S8", {"state": "broken"}), ("S9", {"room": "UP"}))
    ]
    found = reckon(rows=rows)
    assert found.kpis["servers_before"].value == 3
    pd.testing.assert_frame_equal(found.utilisation, reckon().utilisation)


def test_p95_is_of_the_sum_over_the_hours_of_the_week() -> None:
    need = demand()
    use = need.cpu_use.copy()
    use[0, :168] = np.arange(168) / 10
    found = row(reckon(need=replace(need, cpu_use=use)), "estate", "", "cpu", "before", "measured")
    assert found["p95"] == pytest.approx(0.95 * 167 / 10 / 32)
    assert found["peak"] == pytest.approx(16.7 / 32)


def test_cpu_after_counts_the_spare_host_and_the_same_workloads(plain: Gains) -> None:
    whole = 2 * 64 * 1.2
    # W1 was given 6 of 18 vCPU, so a third of the pool falls to it
    assert row(plain, "estate", "", "cpu", "after", "measured") == near(
        mean=2.4 / (whole / 3), p95=4 / (whole / 3), peak=4 / (whole / 3), low=4.24 / whole, high=7.2 / whole,
        measured_share=1 / 3,
    )  # fmt: skip
    assert row(plain, "pool", "P-PUB", "cpu", "after", "all")["mean"] == pytest.approx((4.0 + 1.72) / whole)
    assert set(plain.utilisation.query("scope == 'pool'")["when"]) == {"after"}


def test_a_department_has_its_share_of_its_pools(plain: Gains) -> None:
    whole = 2 * 64 * 1.2
    # before: D1 owns S1 and the empty S2, D2 owns S3
    assert row(plain, "department", "D1", "cpu", "before", "all")["mean"] == pytest.approx(2.4 / 48)
    assert row(plain, "department", "D2", "cpu", "before", "all")["low"] == pytest.approx((1.6 + 0.24) / 16)
    assert row(plain, "department", "D1", "cpu", "after", "all")["mean"] == pytest.approx(2.4 / (whole * 6 / 18))
    assert row(plain, "department", "D2", "cpu", "after", "all")["high"] == pytest.approx(4.8 / (whole * 12 / 18))


def test_nothing_measured_is_no_data_and_not_idle(plain: Gains) -> None:
    for key in (("room", "R2", "cpu", "before"), ("estate", "", "memory", "before"), ("estate", "", "memory", "after")):
        found = row(plain, *key, "measured")
        assert (found["mean"], found["p95"], found["peak"], found["measured_share"]) == ("", "", "", 0.0)
        assert found["high"] > 0
    assert plain.kpis["memory_mean_before"].basis == "assumed"
    # 48 GiB given, on 256; the priors of memory are 15 % and 60 %, not those of CPU
    memory = plain.kpis["memory_mean_before"]
    assert (memory.low, memory.value, memory.high) == pytest.approx((48 * 0.15 / 256, 48 * 0.375 / 256, 48 * 0.6 / 256))


def test_memory_takes_a_p95_as_the_most_that_the_mean_can_be() -> None:
    rows = tables()
    rows["usage"] = [
        {"workload": "W1", "resource": "memory", "week": "normal", "basis": "measured", "days": 28, "samples": 9,
         "p95_pct": 50},
        {"workload": "W3", "resource": "memory", "week": "normal", "basis": "measured", "days": 28, "samples": 9,
         "avg_pct": 25, "p95_pct": 75},
    ]  # fmt: skip
    basis = {**demand().basis, "memory": ("measured", "measured", "declared")}
    need = replace(demand(), basis=basis, mean_memory_gib=np.array([NAN, 4.0, NAN]))
    found = reckon(rows=rows, need=need)
    before = row(found, "room", "R1", "memory", "before", "all")
    # 16 GiB: from 15 % to P95 = 50 %
    assert (before["low"], before["high"]) == pytest.approx((2.4 / 192, 8 / 192))
    assert before["p95"] == pytest.approx(8 / 192)
    assert row(found, "room", "R2", "memory", "before", "all")["low"] == pytest.approx((4.0 + 2.4) / 64)


def test_storage_counts_what_is_used_and_volumes_only_where_a_pool_holds_them(plain: Gains) -> None:
    # 500 of 2000 GiB on every server; S2 runs nothing, so what is on it is nobody's load
    assert row(plain, "estate", "", "storage", "before", "measured")["mean"] == pytest.approx(1000 / 4000)
    assert row(plain, "estate", "", "storage", "before", "all")["mean"] == pytest.approx(1000 / 6000)
    # the pool: 2000 high and 5000 normal; S1 and S3 bring 500 each, V1 120
    assert row(plain, "estate", "", "storage", "after", "all")["mean"] == pytest.approx(1120 / 7000)


def test_storage_is_declared_and_never_measured(plain: Gains) -> None:
    assert [plain.kpis[f"storage_mean{end}"].basis for end in ("_before", "")] == ["declared"] * 2


def test_storage_that_nobody_stated_lies_between_its_own_priors() -> None:
    rows = tables()
    for server in rows["servers"]:
        server["storage_used_gib"] = None
    for workload in rows["workloads"]:
        workload["storage_gib"] = 200
    found = reckon(rows=rows, factors={"storage_prior_low_pct": 10, "storage_prior_high_pct": 50})
    storage = found.kpis["storage_mean_before"]
    assert (storage.low, storage.value, storage.high) == pytest.approx((60 / 6000, 180 / 6000, 300 / 6000))
    assert storage.basis == "assumed"
    rows["volumes"] = [{**volume, "size_gib": 1000, "used_gib": None} for volume in rows["volumes"]]
    after = row(
        reckon(rows=rows, factors={"storage_prior_low_pct": 10, "storage_prior_high_pct": 50}),
        "estate", "", "storage", "after", "all",
    )  # fmt: skip
    given = 600 + 1000 * len(rows["volumes"])
    assert (after["low"], after["high"]) == pytest.approx((given * 0.1 / 7000, given * 0.5 / 7000))


def test_more_than_all_is_warned_of_and_not_capped(plain: Gains) -> None:
    assert "gains.over_full" not in {finding.message for finding in plain.findings}
    # W3 and W4 use 500 of S3 and W4 has V1 besides, yet all storage but a sliver is planned for D1's W1
    need = demand()
    need = replace(need, storage={**need.storage, "normal": np.array([4000.0, 1.0, 1.0])})
    found = reckon(need=need)
    full = [finding for finding in found.findings if finding.message == "gains.over_full"]
    after = row(found, "department", "D2", "storage", "after", "measured")["mean"]
    assert after > 1
    assert [(f.subject, f.severity, f.values["share"]) for f in full] == [("D2", Severity.WARNING, after)]
    for language, expected in (("en", ("Department D2", "storage use after")), ("zh-CN", ("部门 D2", "整合后存储"))):
        said = i18n.words(full[0], language)
        assert all(part in said for part in (*expected, f"{after:.1%}"))
        assert i18n.cure(full[0], language)


def test_every_default_factor_is_read_somewhere() -> None:
    """The sample and the worked example only state factors; the rest of the package uses them."""
    package = Path(i18n.__file__).parents[1]
    stating = (package / "assumptions.py", package / "placement" / "example.py")
    sources = [
        path.read_text("utf-8") for path in package.rglob("*.py")
        if path not in stating and package / "inventory" / "sample" not in path.parents
    ]  # fmt: skip
    assert [name for name in DEFAULT_FACTORS if not any(f'"{name}"' in source for source in sources)] == []


def test_growth_changes_no_gain() -> None:
    grown = reckon(need=demand(growth=1.21), demand={"growth_per_year": 0.1, "growth_years": 2.0})
    pd.testing.assert_frame_equal(
        grown.utilisation.query("resource == 'cpu'"), reckon().utilisation.query("resource == 'cpu'")
    )
    assert grown.kpis["energy_kwh_saved"].value == pytest.approx(reckon().kpis["energy_kwh_saved"].value)


def idle(load: float, threads: float) -> float:
    return 150 + 250 * load / threads


def test_energy_by_hand(plain: Gains) -> None:
    energy = plain.energy
    assert energy.loc["R1", "before_kwh"] == pytest.approx((idle(2.4, 32) + 150 + 60) * 8.76 * 2.0)
    for name, db in (("low", 0.24), ("kwh", 1.72), ("high", 3.2)):
        assert energy.loc["R2", f"before_{name}"] == pytest.approx(idle(1.6 + db, 16) * 8.76 * 2.0)
        after = 180 + 370 * (4.0 + db) / 76.8 + 180
        assert energy.loc["CENTRE", f"after_{name}"] == pytest.approx(after * 8.76 * 1.5)
    assert energy.loc[["R1", "R2"], ["after_kwh", "after_low", "after_high"]].to_numpy().sum() == 0
    assert energy.loc["CENTRE", "before_kwh"] == 0


def test_energy_and_carbon_saved_hold_the_same_use_against_itself(plain: Gains) -> None:
    kpis, total = plain.kpis, plain.energy.drop(columns="basis").sum()
    # W4 alone is unknown, and weighs more on S3 at PUE 2.0 than on the host at 1.5
    ends = [total[f"before_{end}"] - total[f"after_{end}"] for end in ("low", "kwh", "high")]
    saved = kpis["energy_kwh_saved"]
    assert (saved.low, saved.value, saved.high) == pytest.approx(tuple(ends))
    assert kpis["co2_t_saved"].value == pytest.approx(saved.value * 0.6849 / 1000)
    assert kpis["energy_saved_ratio"].value == pytest.approx(saved.value / total["before_kwh"])


def test_the_interval_of_the_saving_is_the_widest_that_the_unknown_use_allows() -> None:
    """Against every combination of the ends of what is unmonitored, one of it in a metered room."""
    rows = tables()
    rows["rooms"][0]["meter_kwh_month"] = 900
    unknown = replace(demand(), basis={**demand().basis, "cpu": ("assumed",) * 3})
    unknown = replace(unknown, mean_cpu_use=np.full(3, NAN))
    saved = []
    for ends in itertools.product((0.24, 3.2), repeat=3):
        watched = replace(
            demand(), mean_cpu_use=np.array(ends), basis={**demand().basis, "cpu": ("measured",) * 3},
            cpu_use=np.full((3, len(SLOTS)), 4.0),
        )  # fmt: skip
        saved.append(reckon(rows=rows, need=watched).kpis["energy_kwh_saved"].value)
    found = reckon(rows=rows, need=unknown).kpis["energy_kwh_saved"]
    assert (found.low, found.high) == pytest.approx((min(saved), max(saved)))


def test_a_metered_room_is_charged_its_meter_and_nothing_once_closed() -> None:
    rows = tables()
    rows["rooms"][0]["meter_kwh_month"] = 900
    found = reckon(rows=rows).energy.loc["R1"]
    assert (found["before_kwh"], found["before_low"], found["after_kwh"]) == pytest.approx((10_800, 10_800, 0))
    assert found["basis"] == "meter"


def test_servers_that_stay_and_servers_that_are_relocated() -> None:
    outcome = replace(
        OUTCOME,
        dispositions={"A-SITE": "KEEP", "B-PAY": "RELOCATE"},
        seats={"A-SITE/web/x86": Seat("today:R1", "IZ"), "B-PAY/app/x86": Seat("P-COLO", "PUB"),
               "B-PAY/db/x86": Seat("P-COLO", "PUB")},
        hosts={}, host_of={}, fates={"S1": "keep", "S2": "scrap", "S3": "relocate"}, closures={"R1": None, "R2": DAY},
    )  # fmt: skip
    found = reckon(outcome)
    assert row(found, "room", "R1", "cpu", "after", "all")["mean"] == pytest.approx(2.4 / 32)
    assert row(found, "room", "CENTRE", "cpu", "after", "all")["low"] == pytest.approx(1.84 / 16)
    # the switch stays with the server, the empty server leaves; the relocated one takes the centre's PUE
    assert found.energy.loc["R1", "after_kwh"] == pytest.approx((idle(2.4, 32) + 60) * 8.76 * 2.0)
    assert found.energy.loc["CENTRE", "after_low"] == pytest.approx(idle(1.84, 16) * 8.76 * 1.5)
    kpis = found.kpis
    assert kpis["consolidation_ratio"].value is None
    assert kpis["headroom_cpu"].value is None
    assert (kpis["released_servers"].value, kpis["rooms_closed"].value, kpis["cloud_ratio"].value) == (1, 1, 0)


def test_devices_leave_an_empty_room_unless_they_are_to_stay() -> None:
    rows = tables()
    device = rows["devices"][0]
    rows["devices"] = [
        {**device, "device": "N1", "fate": "keep", "power_w": 60, "fate_reason": "专线"},
        {**device, "device": "N2", "fate": "scrap", "power_w": 40, "rack": None},
        {**device, "device": "N3", "fate": "relocate", "power_w": 25, "rack": None, "fate_reason": "在保"},
        {**device, "device": "N4", "fate": "scrap", "power_w": None, "rack": None},  # 300 W by default
        {**device, "device": "N5", "kind": "ups", "fate": "keep", "power_w": 300, "rack": None, "fate_reason": "共用"},
    ]
    found = reckon(replace(OUTCOME, closures={"R1": None, "R2": DAY}), rows)
    assert found.energy.loc["R1", "after_kwh"] == pytest.approx(60 * 8.76 * 2.0)
    assert found.energy.loc["R1", "before_kwh"] == pytest.approx((idle(2.4, 32) + 150 + 125 + 300) * 8.76 * 2.0)
    assert found.energy.loc["CENTRE", "after_low"] == pytest.approx((180 + 370 * 4.24 / 76.8 + 180 + 25) * 8.76 * 1.5)
    values = {finding.message: finding.values for finding in found.findings}
    assert values == {
        "gains.runs_nothing": {"servers": 1, "examples": ("S2",)},
    }


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


def test_peaks_at_different_hours_share_capacity() -> None:
    need = demand()
    use = need.cpu_use.copy()
    use[1, :168], use[1, 100] = 0.0, 4.0
    assert reckon(need=replace(need, cpu_use=use)).kpis["multiplexing_gain"].value == pytest.approx(1 - 6 / 8)


def test_no_plan_at_all_leaves_everything_as_it_is() -> None:
    found = reckon(Outcome({}, {}, {}, {}, {}, {"R1": None, "R2": None}))
    frame = found.utilisation
    before, after = (frame[(frame["when"] == w) & (frame["scope"] != "pool")] for w in ("before", "after"))
    pd.testing.assert_frame_equal(
        before.drop(columns="when").reset_index(drop=True), after.drop(columns="when").reset_index(drop=True)
    )
    assert found.kpis["energy_kwh_saved"] == Kpi(0.0, 0.0, 0.0, "kWh/a", "mixed")


def test_nothing_left_standing_is_no_error() -> None:
    found = reckon(replace(OUTCOME, hosts={}, host_of={}, dispositions=dict.fromkeys(OUTCOME.dispositions, "RETIRE")))
    assert set(found.utilisation["when"]) == {"before"}
    assert found.kpis["energy_kwh"].value == 0
    assert found.kpis["retired_systems"].value == 2
    assert found.kpis["cpu_mean"].value is None
    assert found.kpis["systems_per_machine"].value is None


def test_priors_that_nobody_stated_are_said() -> None:
    inventory, scenario = tiny_inventory(tables()), tiny_scenario()
    capacity = capacity_of(inventory, scenario)
    found = gains(inventory, scenario, demand(), capacity, OUTCOME, {})
    assert [f.message for f in found.findings] == ["gains.prior_default"] * 6 + ["gains.runs_nothing"]
    pd.testing.assert_frame_equal(found.utilisation, reckon().utilisation)


@pytest.mark.parametrize("seed", range(8))
def test_random_estates_keep_the_laws(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = tables()
    rows["workloads"] = [
        {**rows["workloads"][0], "workload": f"V{i:02d}", "system": str(random.choice(["A-SITE", "B-PAY"])),
         "server": str(random.choice(["S1", "S2", "S3"])), "vcpu": int(random.integers(1, 9))}
        for i in range(12)
    ]  # fmt: skip
    del rows["volumes"], rows["flows"]
    n = len(rows["workloads"])
    vcpu = np.array([w["vcpu"] for w in rows["workloads"]], dtype=float)
    use = random.uniform(0, 1, (n, len(SLOTS))) * vcpu[:, None]
    known = random.random(n) < 0.6
    need = Demand(
        workloads=tuple(w["workload"] for w in rows["workloads"]), cpu_use=use, vcpu=vcpu, memory_gib=np.full(n, 16.0),
        storage={tier: np.full(n, 10.0) for tier in ("high", "normal", "object")}, mbps=np.full(n, 10.0),
        mean_cpu_use=np.where(known, use.mean(axis=1), NAN), mean_memory_gib=np.full(n, NAN),
        basis={"cpu": tuple(np.where(known, "measured", "assumed").tolist()), "memory": ("declared",) * n,
               "storage": ("declared",) * n, "network": ("declared",) * n},
    )  # fmt: skip
    outcome = replace(OUTCOME, host_of={w: str(random.choice(list(OUTCOME.hosts))) for w in need.workloads})
    found = reckon(outcome, rows, need)
    for record in found.utilisation.to_dict("records"):
        assert 0 <= record["low"] <= record["high"]
        assert 0 <= record["measured_share"] <= 1
        if record["basis"] == "all":
            assert record["low"] - 1e-12 <= record["mean"] <= record["high"] + 1e-12
    # the slow way: server by server, hour by hour
    load = {w: use[i] if known[i] else np.full(len(SLOTS), vcpu[i] * 0.215) for i, w in enumerate(need.workloads)}
    home = {w["workload"]: w["server"] for w in rows["workloads"]}
    threads = {"S1": 32, "S2": 16, "S3": 16}
    clean = [s for s in threads if all(known[i] for i, w in enumerate(need.workloads) if home[w] == s)]
    clean = [s for s in clean if s in home.values()]
    watched = [w for w in need.workloads if home[w] in clean]
    before = row(found, "estate", "", "cpu", "before", "measured")
    assert before["measured_share"] == pytest.approx(sum(threads[s] for s in clean) / 64)
    if watched:
        hours = [sum(load[w][h] for w in watched) for h in range(HOURS)]
        room = sum(threads[s] for s in clean)
        assert before["peak"] == pytest.approx(max(hours) / room)
        assert before["p95"] == pytest.approx(float(np.quantile(hours, 0.95)) / room)
        after = row(found, "estate", "", "cpu", "after", "measured")
        given = sum(vcpu[need.workloads.index(w)] for w in watched) / vcpu.sum() * 2 * 76.8
        assert after["peak"] == pytest.approx(max(hours) / given)
    # what departments have makes up the whole
    frame = found.utilisation.query(
        "resource == 'cpu' and basis == 'all' and scope == 'department' and when == 'after'"
    )
    weight = [
        sum(vcpu[i] for i, w in enumerate(rows["workloads"]) if w["system"] == s) / vcpu.sum()
        for s in ("A-SITE", "B-PAY") if any(w["system"] == s for w in rows["workloads"])
    ]  # fmt: skip
    whole = row(found, "estate", "", "cpu", "after", "all")["mean"]
    assert float(np.dot(frame["mean"].astype(float), weight)) == pytest.approx(whole)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_key_figure_has_a_name_and_an_explanation(plain: Gains, language: str) -> None:
    known = i18n.catalogue(language)
    for name, kpi in plain.kpis.items():
        assert known[f"gains.kpi.{name}"]
        assert known[f"gains.kpi.{name}.about"]
        assert f"gains.unit.{kpi.unit.replace('/', '_')}" in known
        assert f"gains.basis.{kpi.basis}" in known
    named = {m.split(".")[2] for m in known if m.startswith("gains.kpi.")}
    assert named == set(plain.kpis)
