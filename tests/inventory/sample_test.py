"""The sample estate: its counts, its crookedness, that it can be planned, and that it is reproducible to the byte."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from cloudplan.findings import errors_in
from cloudplan.inventory import Inventory
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.sample import profiles, sample_tables, write_sample
from cloudplan.inventory.sample.flows import Matrix, seat, stays
from cloudplan.inventory.schema import schema

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 1, 5)
DATA = Path(os.environ.get("CLOUDPLAN_DATA", ROOT / "../shared/data"))


@pytest.fixture(scope="module", params=[1, 2, 7])
def tables(request: pytest.FixtureRequest) -> dict[str, pd.DataFrame]:
    return sample_tables(request.param)


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return read_inventory(ROOT / "inventory")


def share(mask: pd.Series) -> float:
    return float(mask.fillna(False).astype(bool).mean())


def age(servers: pd.DataFrame) -> pd.Series:
    return servers["bought_on"].map(lambda day: None if day is None else (TODAY - day).days / 365.25).astype(float)


def running(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return tables["workloads"][tables["workloads"]["server"].notna()]


def measured(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    usage = tables["usage"]
    rows = usage[(usage["resource"] == "cpu") & (usage["week"] == "normal") & (usage["basis"] == "measured")]
    return rows[(rows["days"] >= 14) & (rows["samples"] > 0)]


def test_counts(tables: dict[str, pd.DataFrame]) -> None:
    assert len(tables["departments"]) == 48
    assert Counter(tables["rooms"]["kind"]) == {"department": 60, "centre": 1, "superior": 1}
    assert len(tables["servers"]) == 600
    assert len(tables["systems"]) == 400
    assert len(tables["workloads"]) == 900
    assert 600 <= len(tables["flows"]) <= 800
    assert len(tables["conduits"]) == len(tables["zones"]) ** 2


def test_catalogues_and_items_are_the_founding_documents(tables: dict[str, pd.DataFrame]) -> None:
    datasets = tables["datasets"]
    assert len(datasets) == 655
    assert datasets["items"].sum() == 9438
    assert datasets["department"].nunique() == 48
    assert datasets["records_10k"].sum() > 12000
    assert not datasets.duplicated(["department", "name"]).any()


def test_keys_and_references(tables: dict[str, pd.DataFrame]) -> None:
    keys = {}
    for name, table in schema().tables.items():
        assert not tables[name].duplicated(list(table.key)).any(), name
        keys[name] = set(tables[name][table.key[0]])
    for name, table in schema().tables.items():
        for column in table.columns:
            cells = tables[name][column.name].dropna()
            if column.required:
                assert len(cells) == len(tables[name]), (name, column.name)
            if column.references:
                used = {i for cell in cells for i in (cell if column.type == "ids" else [cell])}
                assert used <= keys[column.references], (name, column.name)
            if column.type == "id" and column.name == table.key[0]:
                assert all(str(cell).isascii() for cell in cells)


def test_every_workload_fits_its_server(tables: dict[str, pd.DataFrame]) -> None:
    servers = tables["servers"].set_index("server")
    workloads = running(tables)
    host = servers.loc[workloads["server"]]
    assert (host["arch"].to_numpy() == workloads["arch"].to_numpy()).all()
    memory = workloads.groupby("server")["memory_gib"].sum()
    assert (memory <= servers.loc[memory.index, "memory_gib"]).all()
    vcpu = workloads.groupby("server")["vcpu"].sum()
    assert (vcpu <= 2.0 * servers.loc[vcpu.index, "threads"]).all()
    assert not servers.loc[workloads["server"], "state"].isin(["broken", "spare"]).any()


def test_servers_are_as_crooked_as_life(tables: dict[str, pd.DataFrame]) -> None:
    servers = tables["servers"]
    late = servers["warranty_until"].map(lambda day: day is not None and day < TODAY)
    assert 0.38 <= share(late) <= 0.52
    assert 0.22 <= share(age(servers) < 3) <= 0.38
    assert age(servers).max() <= 12.1
    assert 8 <= (servers["arch"] == "loong").sum() + (servers["arch"] == "x86_xc").sum() <= 40
    assert set(servers["state"]) == {"running", "stopped", "spare", "broken"}
    busy = set(running(tables)["server"])
    idle = servers[
        (age(servers) < 3) & ~servers["server"].isin(busy) & (servers["threads"] >= 48) & (servers["state"] != "broken")
    ]
    assert len(idle) >= 25


def test_rooms_are_poor(tables: dict[str, pd.DataFrame]) -> None:
    rooms = tables["rooms"][tables["rooms"]["kind"] == "department"]
    assert share(rooms["grade"] == "below") > 0.5
    kept = tables["devices"][tables["devices"]["fate"] == "keep"]
    assert len(kept) >= 5
    assert kept["fate_reason"].notna().all()


def test_systems_are_as_crooked_as_life(tables: dict[str, pd.DataFrame]) -> None:
    systems = tables["systems"]
    assert set(systems["level"].dropna()) == {2, 3}
    assert 0.1 <= share(systems["level"].isna()) <= 0.4
    unused = systems["last_data_on"].map(lambda day: day is not None and (TODAY - day).days > 180)
    assert 30 <= (unused | (systems["owner"].isna() & ~systems["classified"].astype(bool))).sum() <= 60
    assert set(systems["special_hardware"]) == {"none", "dongle", "crypto_card", "interface", "on_site"}
    assert 0.1 <= share(systems["support"] == "expired") <= 0.3
    assert 2 <= systems["classified"].sum() <= 8
    assert not tables["workloads"]["system"].isin(systems[systems["classified"].astype(bool)]["system"]).any()
    above = systems[systems["owner_level"] != "banner"]
    assert set(above["deploy_model"]) == {"superior_central", "front_end_local", "local"}
    assert share(above["downlink_ok"]) < 0.5
    assert 8 <= systems["superseded_by"].notna().sum() <= 20
    assert (systems["superseded_by"].notna() == systems["superseded_target"].notna()).all()


def test_refusals_have_reasons(tables: dict[str, pd.DataFrame]) -> None:
    departments, systems = tables["departments"], tables["systems"]
    refusing = departments[departments["opinion"] == "refuses"]
    assert len(refusing) == 2
    assert refusing["opinion_reason"].notna().all()
    own = systems[(systems["opinion"] == "refuses") & ~systems["department"].isin(refusing["department"])]
    assert len(own) == 8
    assert own["opinion_reason"].notna().all()


def test_two_fifths_are_not_measured(tables: dict[str, pd.DataFrame]) -> None:
    here = running(tables)
    assert 0.33 <= 1 - share(here["workload"].isin(measured(tables)["workload"])) <= 0.47
    assert (tables["usage"]["basis"] == "declared").sum() > 50
    assert ((tables["usage"]["samples"] == 0) & (tables["usage"]["basis"] == "measured")).any()


def test_month_end_is_measured_or_stated(tables: dict[str, pd.DataFrame]) -> None:
    usage, systems = tables["usage"], tables["systems"]
    assert (usage["week"] == "month_end").sum() >= 10
    assert systems["month_end_factor"].notna().sum() >= 10
    assert systems.loc[systems["month_end_factor"].notna(), "seasonal"].all()


def test_the_founding_documents_systems_are_there(tables: dict[str, pd.DataFrame]) -> None:
    names = " ".join(tables["systems"]["name"])
    for word in (
        "12345",
        "政府门户网站",
        "一窗综合受理",
        "高效办成一件事",
        "联合报装",
        "一站式服务",
        "上联交换",
        "社会保险业务审批",
    ):
        assert word in names
    broken = tables["flows"][tables["flows"]["state"] == "broken"]
    package = tables["systems"].set_index("name").at["高效办成一件事集成办理系统", "system"]
    assert (broken["source_system"] == package).sum() >= 2


def test_some_target_design_carries_every_flow(tables: dict[str, pd.DataFrame]) -> None:
    """Recomputed from the tables alone: the seats of :func:`seat` satisfy the matrix, wherever an end moves."""
    refusing = frozenset(tables["departments"].query("opinion == 'refuses'")["department"])
    systems = {s["system"]: s for s in tables["systems"].to_dict("records")}
    cells = {(c["source_zone"], c["target_zone"]): c for c in tables["conduits"].to_dict("records")}
    hostable = {z["zone"]: z["tiers"] for z in tables["zones"].to_dict("records") if z["hostable"]}
    for flow in tables["flows"].to_dict("records"):
        ends = []
        for end in ("source", "target"):
            name, tier = flow[f"{end}_system"], flow[f"{end}_tier"]
            if name is None:
                ends.append((flow[f"{end}_zone"], None))
                continue
            zone = seat(systems[name], tier, refusing)
            assert stays(systems[name], refusing) or tier in hostable[zone]
            ends.append((zone, systems[name]["department"]))
        (source, owner), (target, other) = ends
        if flow["state"] == "broken":
            continue
        if source == target:
            assert source != "VPN" or owner == other, flow
        else:
            cell = cells[source, target]
            assert cell["mode"] == "allow" or (cell["mode"] == "exchange" and flow["kind"] in cell["kinds"]), flow


def test_the_matrix_is_asymmetric_where_it_must_be() -> None:
    matrix = Matrix()
    assert matrix.permits("EXT", "IZ", "REQRESP", False)
    assert not matrix.permits("EXT", "PUB", "REQRESP", False)
    assert matrix.permits("IZ", "PUB", "REQRESP", True)
    assert not matrix.permits("IZ", "PUB", "STREAM", True)
    assert not matrix.permits("PUB", "IZ", "REQRESP", True)
    assert not matrix.permits("VPN", "VPN", "DATA", False)
    assert not matrix.permits("IZ", "VPN", "DATA", True)


def test_every_combination_that_moves_has_a_pool(tables: dict[str, pd.DataFrame]) -> None:
    refusing = frozenset(tables["departments"].query("opinion == 'refuses'")["department"])
    systems = {s["system"]: s for s in tables["systems"].to_dict("records")}
    clusters = tables["pools"][tables["pools"]["kind"] == "cluster"].to_dict("records")
    for w in running(tables).to_dict("records"):
        s = systems[w["system"]]
        if stays(s, refusing):
            continue
        level = s["level"] or (3 if s["personal_info"] or s["internet_facing"] else 2)
        zone = seat(s, w["tier"], refusing)
        here = [p for p in clusters if p["arch"] == w["arch"] and zone in p["zones"] and p["filed_level"] == level]
        assert here, (w["workload"], zone, w["arch"], level)


def test_two_runs_are_equal_to_the_byte_and_the_committed_folder_is_one(tmp_path: Path) -> None:
    write_sample(tmp_path / "a")
    write_sample(tmp_path / "b", seed=1)
    write_sample(tmp_path / "c", seed=2)
    a, b, c, kept = ({p.name: p.read_bytes() for p in sorted(folder.glob("*.csv"))}
                     for folder in (tmp_path / "a", tmp_path / "b", tmp_path / "c", ROOT / "inventory"))  # fmt: skip
    assert set(a) == {f"{name}.csv" for name in schema().tables}
    assert a == b
    assert a == kept
    assert a["servers.csv"] != c["servers.csv"]
    assert all(content.startswith(b"\xef\xbb\xbf") for content in a.values())
    assert len(a["usage.csv"]) < 1_000_000


def test_it_reads_without_an_error(inventory: Inventory) -> None:
    assert errors_in(inventory.findings) == []
    messages = {finding.message for finding in inventory.findings}
    assert messages <= {"inventory.no_data", "inventory.weak_room", "inventory.overdrawn_rack"}


def test_profiles_keep_the_statistics_they_are_drawn_from(tables: dict[str, pd.DataFrame]) -> None:
    """About half the means lie under Bitbrains' and PlanetLab's mixed median, and the week has the shape measured."""
    rows = measured(tables)
    assert 1.5 <= rows["avg_pct"].astype(float).median() <= 7.0
    hours = rows[[f"h{n:03d}" for n in range(168)]].dropna().astype(float)
    ordered = hours[(hours.mean(axis=1) > 1) & (hours.max(axis=1) < 100)]
    scaled = ordered.div(ordered.mean(axis=1), axis=0).mean()
    scaled.index = range(168)
    assert scaled[[d * 24 + 1 for d in range(5)]].mean() > 1.2
    assert scaled[:120].mean() > scaled[120:].mean()


bitbrains = pytest.mark.skipif(not (DATA / "bitbrains").is_dir(), reason=f"no Bitbrains trace under {DATA}")
planetlab = pytest.mark.skipif(not (DATA / "planetlab").is_dir(), reason=f"no PlanetLab trace under {DATA}")


@bitbrains
def test_the_week_was_taken_from_bitbrains() -> None:
    """Recompute the mean use and the weekly shape as the docstring of ``profiles`` tells it."""
    trace = pd.read_parquet(DATA / "bitbrains/trace.parquet")
    capacity = pd.read_parquet(DATA / "bitbrains/meta.parquet").set_index("id")["cpu_capacity"]
    raw = trace["cpu_usage"] / trace["id"].map(capacity)
    assert (raw > 1).mean() == pytest.approx(0.070, abs=0.001)
    trace["use"] = raw.clip(0, 1) * 100
    monday = pd.Timestamp("2013-08-12", tz="Europe/Amsterdam")
    means, weeks = [], []
    for _, rows in trace.groupby("id"):
        if (rows["timestamp"].max() - rows["timestamp"].min()).total_seconds() < 28 * 86400:
            continue
        count = (rows["duration"] / 300_000).round().clip(lower=1).astype(int)
        each = rows.loc[rows.index.repeat(count)]
        back = pd.to_timedelta(300 * (count.loc[each.index] - each.groupby(level=0).cumcount()), unit="s")
        hour = (
            (each["timestamp"].dt.tz_convert("Europe/Amsterdam") - back - monday).dt.total_seconds() // 3600 % 168
        ).astype(int)
        means.append(each["use"].mean())
        if means[-1] >= 0.5:
            week = each["use"].groupby(hour.to_numpy()).quantile(0.95)
            weeks.append(week / week.mean())
    assert (len(means), len(weeks)) == (44, 32)
    found = pd.Series(means).quantile(list(profiles.TENTHS))
    assert found.tolist() == pytest.approx(list(profiles.MEAN_BITBRAINS), abs=0.06)
    shape = sum(weeks) / len(weeks)
    assert shape.groupby(shape.index // 24).mean().tolist() == pytest.approx(list(profiles.DAY), abs=0.002)
    weekday = shape[:120] / shape[:120].mean()
    assert weekday.groupby(weekday.index % 24).mean().tolist() == pytest.approx(list(profiles.WEEKDAY_HOUR), abs=0.006)


@planetlab
def test_mean_use_was_taken_from_planetlab() -> None:
    day = pd.read_csv(DATA / "planetlab/20110303.csv.gz", index_col=0)
    found = day.mean(axis=1).quantile(list(profiles.TENTHS[1:7]))
    assert found.tolist() == pytest.approx(list(profiles.MEAN_PLANETLAB[1:7]), abs=0.06)


@bitbrains
def test_memory_rests_on_one_machine() -> None:
    raw = pd.read_csv(DATA / "bitbrains/gwa_raw_one_vm.csv", sep=r";\t", engine="python")
    used = raw["Memory usage [KB]"] / raw["Memory capacity provisioned [KB]"]
    assert used.quantile(0.95) / used.mean() == pytest.approx(profiles.MEMORY_P95_TO_MEAN, abs=0.01)


def test_used_disks_agree_with_what_lies_on_them_but_for_five(tables: dict[str, pd.DataFrame]) -> None:
    servers, workloads = tables["servers"], tables["workloads"]
    sizes = workloads[workloads["state"] == "running"].groupby("server")["storage_gib"].sum()
    stated = servers.set_index("server").dropna(subset=["storage_used_gib"])
    used, held = stated["storage_used_gib"], sizes.reindex(stated.index).fillna(0.0)
    assert (used <= stated["storage_gib"]).all()
    loaded = held > 0
    low, high = held * 0.85 + 39, held * 1.15 + 121
    wrong = loaded & ((used < low) | (used > high))
    assert wrong.sum() == 5
    assert (used[wrong] > 0.9 * stated["storage_gib"][wrong]).all()
    assert 0.9 < (used[loaded & ~wrong] - 80).sum() / held[loaded & ~wrong].sum() < 1.1
