"""Network and security devices become rows of ``devices``; hardware is written also where no machine has a size."""

from __future__ import annotations

from pathlib import Path

import pytest

from cloudplan.errors import BadInput
from cloudplan.intake.devices import device_kind
from cloudplan.intake.pipeline import intake
from cloudplan.inventory.read import read_inventory
from tests.intake.books import DATA, mapping, of, write_mapping
from tests.intake.standing_test import home, plain, run, server

__all__ = ["home"]
DEMO = DATA / "netbox" / "netbox-demo-v3.6.json.gz"


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("Router", "router"), ("Access Switch", "switch"), ("ToR Switch", "switch"), ("Edge Firewall", "firewall"),
        ("防火墙", "firewall"), ("核心交换机", "switch"), ("汇聚层交换机", "switch"), ("网闸", "gap"), ("WAF", "waf"),
        ("单向光闸", "light_gap"), ("堡垒机", "bastion"), ("PDU", None), ("Patch Panel", None), ("其他", None),
        ("Application Server", None), ("host", None), ("server", None), ("", None),
    ],
)  # fmt: skip
def test_which_roles_are_devices(role: str, kind: str | None) -> None:
    assert device_kind(role) == kind


def test_devices_of_a_plain_table_are_written_and_no_machines(home: Path) -> None:
    rows = [server("db"), {"name": "fw", "kind": "防火墙", "asset": "ZC-9", "serial": "F1", "height": 2, "rack": "A1",
                           "u": 3, "owner": "乙", "bought": "2020-01-02"},
            {"name": "sw", "kind": "核心交换机"}, {"name": "gone", "kind": "路由器", "room": "nowhere"}]  # fmt: skip
    result, read = run(home, [plain(home, *rows)])
    devices = read["devices"]
    assert list(devices.index) == ["ZC-9", "sw"]
    fw = devices.loc["ZC-9"]
    assert [str(fw[c]) for c in ("kind", "name", "room", "rack", "height_u", "serial", "department", "bought_on")] == [
        "firewall", "fw", "R-A", "A1", "2", "F1", "D-B", "2020-01-02",
    ]  # fmt: skip
    assert devices.loc["sw", "kind"] == "switch"
    assert (result.counts["machines"], result.counts["devices"]) == (1, 2)
    (homeless,) = of(result.findings, "intake.devices_homeless")
    assert homeless.values["names"] == ["gone"]
    assert not of(result.findings, "intake.plain.word_bad")
    assumed = {(a.record, a.column) for a in result.assumptions if a.table == "devices"}
    assert assumed == {("ZC-9", "room"), ("sw", "room"), ("sw", "department")}
    assert "2 network and security devices of the files" in result.text("en")


@pytest.mark.skipif(not DEMO.is_file(), reason="no real NetBox dump here")
def test_racks_and_devices_of_a_dump_without_sizes_are_written(home: Path) -> None:
    rooms = [{"room": "R-A", "name": "甲机房", "department": "D-A", "sites": ["*"]}]
    path = write_mapping(home, mapping() | {"rooms": rooms})
    result = intake([DEMO], path, home / "out", language="en")
    read = read_inventory(home / "out")
    assert len(read["racks"]) == 42
    # 13 routers, and 13 access, 8 top-of-rack, 3 distribution and 2 core switches
    assert dict(read["devices"]["kind"].value_counts()) == {"switch": 26, "router": 13}
    assert result.counts["left_out"] == 180
    (none,) = of(result.findings, "intake.no_machines")
    assert none.severity.name == "WARNING"
    assert len(read["workloads"]) == 0


@pytest.mark.skipif(not DEMO.is_file(), reason="no real NetBox dump here")
def test_where_nothing_can_be_written_it_stays_an_error(home: Path) -> None:
    with pytest.raises(BadInput) as caught:
        intake([DEMO], write_mapping(home, mapping()), home / "out")
    assert "intake.no_machines" in [finding.message for finding in caught.value.findings]
    assert not (home / "out").exists()
