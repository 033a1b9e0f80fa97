"""The sample estate: its counts, its crookedness, that it can be planned, and that it is reproducible to the byte."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from cloudplan.findings import errors_in
from cloudplan.inventory import Inventory, sample
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.sample import sample_tables, write_sample
from cloudplan.inventory.sample.flows import Matrix, seat, stays
from cloudplan.inventory.schema import schema

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2026, 1, 5)
FURTHER = {
    "rooms": ("floor", "manager", "phone", "proposed_fate"),
    "servers": ("disk_type", "network_cards", "hot_standby"),
    "devices": ("software", "ports", "ips", "purpose", "importance", "xinchuang"),
    "systems": (
        "business_level", "service_level", "filing_number", "user_scope", "concurrent_users", "development_language",
        "app_architecture", "backup_mode", "construction_yuan", "approval_number", "developer", "operator",
        "contract_until", "in_service_since", "proposed_fate",
    ),
    "flows": ("frequency", "crosses_border"),
    "datasets": ("abstract", "category", "share_mode", "downlink_mode", "published_on"),
}  # fmt: skip


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


def test_two_healthy_servers_already_serve_in_the_centre(tables: dict[str, pd.DataFrame]) -> None:
    pools = tables["pools"].set_index("pool")
    serving = tables["servers"][tables["servers"]["pool"].notna()]
    assert len(serving) == 2
    for server in serving.to_dict("records"):
        pool = pools.loc[server["pool"]]
        assert (pool["kind"], pool["site"], pool["arch"]) == ("cluster", server["room"], server["arch"])
        assert server["zone"] in pool["zones"]
        assert (server["state"], server["form"]) == ("running", "rack")
        assert server["rack"].startswith(server["room"])
    assert not tables["workloads"]["server"].isin(serving["server"]).any()
    assert age(serving).max() < 3
    rooms = tables["rooms"].set_index("room")
    boxes = pd.concat([tables["servers"], tables["devices"]])
    assert rooms.at["R61", "used_u"] == boxes[boxes["room"] == "R61"]["height_u"].sum()


def test_what_else_a_survey_asks_is_there_for_a_share(tables: dict[str, pd.DataFrame]) -> None:
    """No column is blank throughout; those that change no plan are blank in some rows, as surveys come back."""
    for name, table in schema().tables.items():
        for column in table.columns:
            cells = tables[name][column.name]
            assert any(cell is not None and cell != () for cell in cells), (name, column.name)
    for name, columns in FURTHER.items():
        frame = tables[name] if name != "systems" else tables[name][~tables[name]["classified"].astype(bool)]
        for column in columns:
            filled = frame[column].map(lambda cell: cell is not None and cell != ()).mean()
            assert 0.2 <= filled <= 0.97, (name, column)


def test_the_further_columns_agree_with_the_others(tables: dict[str, pd.DataFrame]) -> None:
    systems = tables["systems"]
    stated = systems.dropna(subset=["business_level", "service_level"])
    assert len(stated) > 100
    assert (stated[["business_level", "service_level"]].max(axis=1) == stated["level"]).all()
    joined = set(zip(tables["flows"]["source_system"], tables["flows"]["target_system"], strict=True))
    lists = zip(systems["system"], systems["depends_on"], strict=True)
    needed = [(name, other) for name, others in lists for other in others or ()]
    assert len(needed) > 20
    assert set(needed) <= joined
    racks = tables["racks"].groupby("room").size()
    rooms = tables["rooms"].dropna(subset=["racks_total"]).set_index("room")["racks_total"]
    assert (rooms == racks.reindex(rooms.index)).all()
    classified = systems[systems["classified"].astype(bool)]
    assert classified[["filing_number", "developer", "construction_yuan", "proposed_fate"]].isna().all(axis=None)


def test_the_further_columns_leave_all_others_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    with_them = sample_tables(3)
    monkeypatch.setattr(sample, "with_particulars", lambda seed, rows: rows)
    without = sample_tables(3)
    for name, frame in without.items():
        kept = [column for column in frame if not frame[column].isna().all()]
        pd.testing.assert_frame_equal(frame[kept], with_them[name][kept])


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


def test_two_fifths_of_the_servers_are_not_monitored(tables: dict[str, pd.DataFrame]) -> None:
    here = running(tables)
    here = here[here["state"] == "running"]
    seen = here["workload"].isin(measured(tables)["workload"]).groupby(here["server"])
    assert 1 - seen.any().mean() == pytest.approx(0.4, abs=0.01)
    assert 10 <= (seen.any() & ~seen.all()).sum() <= 40
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


def test_data_lie_on_the_storage_there_is(tables: dict[str, pd.DataFrame]) -> None:
    workloads, volumes = tables["workloads"], tables["volumes"]
    system_of = dict(zip(workloads["workload"], workloads["system"], strict=True))
    held: Counter[str] = Counter()
    for system, size in zip(workloads["system"], workloads["storage_gib"], strict=True):
        held[system] += float("nan") if size is None else size  # a blank makes the sum unknown
    for workload, size in zip(volumes["workload"], volumes["size_gib"], strict=True):
        held[system_of[workload]] += size
    for system, data in zip(tables["systems"]["system"], tables["systems"]["data_gib"], strict=True):
        assert not (data or 0.0) > held.get(system, float("nan")), system
