"""Utilisation before and after, against figures worked by hand on the estate that :mod:`tests.gains_estate` draws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cloudplan import i18n
from cloudplan.assumptions import DEFAULT_FACTORS
from cloudplan.bundle import COLUMNS
from cloudplan.capacity import capacity_of
from cloudplan.demand import HOURS, SLOTS, Demand
from cloudplan.findings import Severity
from cloudplan.gains import Gains, Kpi, Outcome, gains
from tests.gains_estate import NAN, OUTCOME, demand, near, reckon, row, tables
from tests.tiny import tiny_inventory, tiny_scenario


@pytest.fixture(scope="module")
def plain() -> Gains:
    return reckon()


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
