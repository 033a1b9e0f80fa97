"""Hosts, physical servers, racks and rooms of files become rows of the inventory, and what contradicts is said."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.pipeline import intake
from cloudplan.intake.result import IntakeResult
from cloudplan.inventory import Inventory
from cloudplan.inventory.read import read_inventory
from tests.intake.books import DATA, mapping, of, write_book, write_mapping
from tests.intake.formats.files import write_csv
from tests.intake.formats.netbox_test import HEADINGS
from tests.intake.formats.rvtools_test import HOST, INFO, host, vm
from tests.tiny import SCENARIO, write_tiny

ROOT = Path(__file__).parents[2]
COLUMNS = {
    "name": "name", "kind": "kind", "cores": "cores", "threads": "threads", "memory": "memory", "host": "host",
    "room": "room", "rack": "rack", "u": "position", "height": "height", "serial": "serial", "asset": "asset",
    "cpu": "cpu_model", "bought": "bought_on", "owner": "department",
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the tiny estate as target design."""
    write_tiny(tmp_path / "design")
    return tmp_path


def run(home: Path, files: Sequence[Path], **content: Any) -> tuple[IntakeResult, Inventory]:
    whole = mapping() | {"columns": {"plain*.csv": COLUMNS}} | content
    result = intake(files, write_mapping(home, whole), home / "out", language="en")
    for finding in result.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            if finding.severity is not Severity.INFO:
                assert cure(finding, language), finding.message
    assert result.text("en")
    return result, read_inventory(home / "out")


def plain(home: Path, *rows: dict[str, Any], name: str = "plain.csv") -> Path:
    return write_csv(home / name, list(COLUMNS), *rows)


def server(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "physical", "cores": 16, "threads": 32, "memory": 128} | more


def guest(name: str, on: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": "vm", "cores": 4, "memory": 8, "host": on} | more


def rvtools(home: Path, machines: Sequence[dict[str, Any]], hosts: Sequence[dict[str, Any]]) -> list[Path]:
    return [write_csv(home / "vInfo.csv", INFO, *machines), write_csv(home / "vHost.csv", HOST, *hosts)]


def names_of(result: IntakeResult, message: str) -> list[Any]:
    return [name for f in of(result.findings, f"intake.{message}") for name in f.values["names"]]


def test_virtual_machines_stand_on_their_hosts(home: Path) -> None:
    hosts = [host("esx1.gov.lan", Vendor="浪潮", Model="NF5280", **{"Serial number": "S1", "CPU Model": "Intel Xeon"}),
             host("esx2.gov.lan", **{"CPU Model": "HUAWEI Kunpeng 920"}),
             host("esx3.gov.lan", **{"# Memory": ""})]  # fmt: skip
    machines = [vm("a"), vm("b", Host="esx2"), vm("c", Host="esx3.gov.lan"), vm("d", Host="gone"), vm("e")]
    result, read = run(home, rvtools(home, machines, hosts))
    servers = read["servers"]
    assert list(servers.index) == ["esx1.gov.lan", "esx2.gov.lan", "srv-c", "srv-d"]
    first = servers.loc["esx1.gov.lan"]
    assert (first["cores"], first["threads"], first["sockets"], first["memory_gib"]) == (32, 64, 2, 256)
    assert (first["brand"], first["model"], first["serial"], first["room"]) == ("浪潮", "NF5280", "S1", "R-A")
    assert list(servers["arch"]) == ["x86", "arm", "x86", "x86"]
    workloads = read["workloads"]
    assert list(workloads["server"]) == ["esx1.gov.lan", "esx2.gov.lan", "srv-c", "srv-d", "esx1.gov.lan"]
    assert list(workloads["arch"]) == ["x86", "arm", "x86", "x86", "x86"]
    assert names_of(result, "hardware_unsized") == ["esx3.gov.lan"]
    assert names_of(result, "host_missing") == ["d (gone)"]
    assert names_of(result, "own_size") == ["c", "d"]
    assert not of(result.findings, "intake.no_hardware")
    assert (result.counts["hosts"], result.counts["machines"]) == (2, 5)
    assert read.findings == ()


def test_a_host_stands_where_a_rule_says_or_where_most_of_its_machines_do(home: Path) -> None:
    rooms = [{"room": r, "name": r, "department": "D-A"} for r in ("R-A", "R-B", "R-C")]
    rules = mapping()["rules"] | {
        "room": [{"name": "esx2*", "to": "R-C"}, {"name": ["a*", "b*"], "to": "R-B"}, {"otherwise": "R-A"}],
        "department": [{"name": "a*", "to": "D-B"}, {"otherwise": "D-A"}],
    }
    machines = [vm("a1"), vm("a2"), vm("c"), vm("d", Host="esx2.gov.lan")]
    result, read = run(home, rvtools(home, machines, [host("esx1.gov.lan"), host("esx2.gov.lan")]),
                       rooms=rooms, rules=rules)  # fmt: skip
    assert list(read["servers"]["room"]) == ["R-B", "R-C"]
    assert list(read["servers"]["department"]) == ["D-B", "D-A"]
    assert list(read["systems"]["department"]) == ["D-B", "D-B", "D-A", "D-A"]
    assert names_of(result, "host_rooms_mixed") == ["esx1.gov.lan"]
    with (home / "out" / "intake" / "mapping_assumptions.csv").open(encoding="utf-8-sig") as file:
        listed = {(r["table"], r["record"], r["column"], r["value"]) for r in csv.DictReader(file)}
    assert {("servers", "esx1.gov.lan", "room", "R-B"), ("systems", "sys-a1", "department", "D-B")} <= listed


def test_plain_rows_are_servers_and_racks(home: Path) -> None:
    rows = [
        server("h1", room="甲机房", rack="A01", u=10, height=2, asset="ZC-1", cpu="2*Hygon 7285", bought="2020-03-04"),
        server("db", room="甲机房", rack="A01", u=11, height=2, owner="乙"),
        server("tall", room="甲机房", rack="B01", u=44, height=4),
        server("lost", room="地下室", rack="A01", u=3.5),
        guest("v1", "h1"), guest("v2", "H1", owner="乙"), guest("v3"), guest("v4", "h9"),
    ]  # fmt: skip
    result, read = run(home, [plain(home, *rows)])
    servers = read["servers"]
    assert list(servers.index) == ["ZC-1", "db", "tall", "lost", "srv-v3", "srv-v4"]
    first = servers.loc["ZC-1"]
    assert (first["rack"], first["start_u"], first["height_u"], first["arch"]) == ("A01", 10, 2, "x86_xc")
    assert (first["cpu_model"], first["sockets"], str(first["bought_on"])) == ("Hygon 7285", 2, "2020-03-04")
    assert list(servers["department"])[:2] == ["D-A", "D-B"]
    assert list(read["racks"].index) == ["A01", "B01"]
    assert list(read["racks"]["total_u"]) == [42, 47]
    workloads = read["workloads"]
    assert "h1" not in workloads.index  # it is the host of others
    assert workloads.loc["db", "server"] == "db"
    assert workloads.loc["db", "vcpu"] == 32
    assert list(workloads.loc[["v1", "v2", "v3", "v4"], "server"]) == ["ZC-1", "ZC-1", "srv-v3", "srv-v4"]
    assert names_of(result, "host_no_workload") == ["h1"]
    assert names_of(result, "host_missing") == ["v4 (h9)"]
    assert names_of(result, "positions_overlap") == ["h1 / db (A01)"]
    assert names_of(result, "position_bad") == ["lost (3.5)"]
    assert names_of(result, "room_unmapped") == ["地下室"]
    assert names_of(result, "rack_height") == ["A01", "B01"]
    assert (result.counts["hosts"], result.counts["racks"], result.counts["machines"]) == (4, 2, 7)
    assert [f.message for f in read.findings] == ["inventory.same_units"]


def netbox(home: Path, devices: Sequence[dict[str, Any]], racks: Sequence[dict[str, Any]]) -> list[Path]:
    sites = [{"name": "总部", "slug": "hq"}, {"name": "分部", "slug": "b"}]
    rooms = [
        {"site": "总部", "name": "三楼", "slug": "3"},
        {"site": "总部", "name": "三楼东", "parent": "三楼", "slug": "e"},
    ]
    tables = {"site": sites, "location": rooms, "rack": racks, "device": devices}
    return [write_csv(home / f"{name}.csv", HEADINGS[name], *rows) for name, rows in tables.items()]


def device(name: str, rack: str, position: int, site: str = "总部", **more: Any) -> dict[str, Any]:
    location = "三楼东" if site == "总部" else ""
    return {"name": name, "role": "Server", "device_type": "R740", "manufacturer": "Dell", "status": "active",
            "site": site, "location": location, "rack": rack, "position": position} | more  # fmt: skip


def test_netbox_says_where_and_another_file_how_large(home: Path) -> None:
    racks = [{"site": "总部", "location": "三楼东", "name": "K1", "u_height": 20, "status": "active"},
             {"site": "分部", "name": "K1", "u_height": 42, "status": "active"}]  # fmt: skip
    devices = [device("esx1", "K1", 5, serial="S1"), device("esx2", "K1", 20, face="front"),
               device("far", "K1", 1, site="分部"), device("unknown", "K1", 9),
               device("sw", "K1", 15, role="Switch", device_type="S5700")]  # fmt: skip
    hosts = [host("other-name", **{"Serial number": "s1"}), host("esx2.gov.lan"), host("far")]
    extra = plain(home, server("esx2", height=2), name="plain.csv")
    files = [
        *netbox(home, devices, racks),
        *rvtools(home, [vm("a", Host="other-name"), vm("b", Host="far")], hosts),
        extra,
    ]
    rooms = [{"room": "R-A", "name": "甲机房", "department": "D-A", "sites": ["总部/三楼"]}]
    result, read = run(home, files, rooms=rooms)
    servers = read["servers"]
    assert list(servers.index) == ["esx1", "esx2", "far", "esx2.gov.lan", "srv-a"]
    assert list(servers["rack"]) == ["K1", "K1", None, None, None]
    assert servers.loc["esx1", "start_u"] == 5
    assert servers.loc["esx1", "memory_gib"] == 256
    assert list(read["racks"]["room"]) == ["R-A"]
    assert list(read["racks"]["total_u"]) == [20]
    assert names_of(result, "hardware_unsized") == ["unknown"]
    assert names_of(result, "racks_homeless") == ["K1"]
    assert names_of(result, "room_unmapped") == ["总部", "分部"]
    assert names_of(result, "position_above") == ["esx2 (K1)"]
    assert list(read["devices"]["rack"]) == ["K1"]
    assert names_of(result, "host_missing") == ["a (other-name)"]


def test_two_faces_of_a_rack_share_a_unit_and_two_sizes_are_said(home: Path) -> None:
    racks = [{"site": "总部", "location": "三楼东", "name": "K1", "u_height": 20, "status": "active"}]
    devices = [device("f", "K1", 5, face="front"), device("r", "K1", 5, face="rear")]
    sizes = plain(home, server("f", room="甲机房"), server("r", room="乙机房"))
    again = rvtools(home, [vm("v", Host="r")], [host("r")])
    rooms = [{"room": "R-A", "name": "甲机房", "department": "D-A", "sites": "总部"}]
    result, read = run(home, [*netbox(home, devices, racks), sizes, *again], rooms=rooms)
    assert list(read["servers"]["start_u"]) == [5, 5]
    assert not of(result.findings, "intake.positions_overlap")
    assert names_of(result, "hardware_differs") == ["r"]
    assert read["servers"].loc["r", "memory_gib"] == 128


def planned(home: Path) -> Path:
    """Plan what was imported, by the command line."""
    (home / "case.yaml").write_text(SCENARIO.replace("inventory: inventory", "inventory: out"), "utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CLOUDPLAN_LANG": "en"}
    for command in (["check", "out"], ["plan", "case.yaml", "-o", "plan"]):
        done = subprocess.run([sys.executable, "-m", "cloudplan", *command], cwd=home, env=environment,
                              capture_output=True, text=True, encoding="utf-8", check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    return home / "plan"


def placed(folder: Path) -> set[str]:
    with (folder / "placements.csv").open(encoding="utf-8-sig") as file:
        return {row["workload"] for row in csv.DictReader(file)}


def test_hosts_with_their_machines_are_planned(home: Path) -> None:
    run(home, rvtools(home, [vm("a"), vm("b"), vm("c", Powerstate="poweredOff")], [host("esx1.gov.lan")]))
    assert placed(planned(home)) == {"a", "b"}


@pytest.mark.skipif(not (DATA / "rvtools").is_dir(), reason="no real RVTools files here")
def test_real_rvtools_books_are_planned(home: Path) -> None:
    books = [DATA / "rvtools" / name for name in ("kubev2v-example1.xlsx", "rvtools-small-complete.xlsx")]
    result, read = run(home, books)
    # the first book was made anonymous sheet by sheet: its machines name none of its seven hosts
    assert (result.counts["machines"], result.counts["running"], result.counts["hosts"]) == (12, 5, 7)
    assert len(read["servers"]) == 7 + 12
    assert of(result.findings, "intake.host_missing")[0].values["count"] == 8
    assert of(result.findings, "intake.own_size")[0].values["count"] == 12
    running = set(read["workloads"].index[read["workloads"]["state"] == "running"])
    assert placed(planned(home)) == running


def test_the_only_host_of_a_cluster_is_the_host_of_its_machines(home: Path) -> None:
    fields = {name: name for name in ("name", "kind", "cores", "memory", "cluster")}
    rows = [[*fields], ["h", "physical", 8, 64, "C1"], ["v", "vm", 2, 4, "c1"]]
    path = write_book(home / "plain.xlsx", {"s": rows})
    _, read = run(home, [path], columns={"plain.xlsx!s": fields})
    assert list(read["workloads"]["server"]) == ["h"]
