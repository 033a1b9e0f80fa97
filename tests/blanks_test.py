"""What stands in for a blank is said, and stands in for it wherever the blank counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cloudplan import cli
from cloudplan.blanks import stood_in
from cloudplan.capacity import capacity_of
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.plan import make_plan
from tests.tiny import SCENARIO, Rows, tiny_inventory, tiny_scenario, tiny_tables, write_tiny_scenario


def said(tables: Mapping[str, Rows], **changes: Any) -> dict[str, Mapping[str, Any]]:
    """Values of what is said, by the column's name."""
    found = stood_in(tiny_inventory(tables), tiny_scenario(**changes))
    return {finding.message.removeprefix("assumptions.blank."): finding.values for finding in found}


def full_tables() -> dict[str, Rows]:
    """The tiny estate without a blank that counts."""
    tables = tiny_tables()
    for row in tables["servers"]:
        row["power_max_w"] = 300
    for row in tables["systems"]:
        row["level"] = row.get("level") or 2
    return tables


def test_every_default_that_stands_in_for_a_blank_is_said() -> None:
    tables = tiny_tables()
    tables["devices"] = [{**row, "fate": "relocate", "height_u": None, "power_w": None} for row in tables["devices"]]
    for row in tables["servers"]:
        row |= {"power_max_w": None, "nameplate_w": None, "sockets": None}
    tables["systems"][0]["level"] = tables["pools"][0]["cpu_ratio"] = None
    found = said(tables)
    assert list(found) == ["device_height", "device_power", "server_power", "sockets", "cpu_ratio", "level"]
    assert found["sockets"]["count"] == len(tables["servers"])
    assert found["cpu_ratio"]["examples"] == (tables["pools"][0]["pool"],)  # colocation has no vCPU to allocate
    for finding in stood_in(tiny_inventory(tables), tiny_scenario()):
        for language in LANGUAGES:
            assert words(finding, language) != finding.message
            assert ".csv" in cure(finding, language)
    assert found["level"]["examples"] == (tables["systems"][0]["system"],)


def test_a_full_estate_has_nothing_to_say() -> None:
    assert said(full_tables()) == {}


def test_blank_sockets_are_said_where_a_licence_is_priced_by_them() -> None:
    tables = full_tables()
    servers, kind = tables["servers"], tables["host_types"][0]
    for row in (servers[0], servers[1], kind):
        row["sockets"] = None
    servers[1]["state"] = "broken"  # never a host, so its sockets price nothing
    assert said(tables)["sockets"] == {"count": 2, "examples": (servers[0]["server"], kind["host_type"])}
    assert said(tables, reuse={"allowed": False})["sockets"]["examples"] == (kind["host_type"],)
    assert "sockets" not in said(tables, prices={"host_licence_yuan_per_socket_year": 0.0})


def test_blank_sockets_are_the_same_for_licences_as_for_power_and_never_above_the_cores() -> None:
    tables = tiny_tables()
    tables["servers"][0] |= {"power_max_w": None, "nameplate_w": None, "sockets": None}
    tables["host_types"][0]["sockets"] = None
    server, kind = tables["servers"][0]["server"], tables["host_types"][0]["host_type"]
    kinds = capacity_of(tiny_inventory(tables), tiny_scenario(factors={"sockets_default": 3.0})).kinds
    assert (kinds[server].sockets, kinds[server].power_max_w, kinds[kind].sockets) == (3, 600, 3)
    tables["servers"][0] |= {"cores": 1, "threads": 2}
    kinds = capacity_of(tiny_inventory(tables), tiny_scenario()).kinds
    assert (kinds[server].sockets, kinds[server].power_max_w) == (1, 200)


def test_devices_without_a_power_are_said_once_where_they_are_a_load() -> None:
    tables = full_tables()
    device = {**tables["devices"][0], "power_w": None, "rack": None, "fate_reason": "r"}
    stays = {"device": "N1", "fate": "keep"}
    leaves = {"device": "N2", "fate": "scrap"}
    ups_stays = {"device": "N3", "kind": "ups", "fate": "keep"}
    ups_moves = {"device": "N4", "kind": "ups", "fate": "relocate", "height_u": 4}
    tables["devices"] = [{**device, **row} for row in (stays, leaves, ups_stays, ups_moves)]
    assert said(tables) == {"device_power": {"count": 3, "examples": ("N1", "N2", "N4")}}
    plan = make_plan(tiny_scenario(), tiny_inventory(tables))
    assert [f.message for f in plan.findings if "power" in f.message] == ["assumptions.blank.device_power"]


def test_servers_whose_power_is_reckoned_from_sockets_are_said_and_0_w_is_no_statement() -> None:
    tables = full_tables()
    zero, blank, plate, unknown = tables["servers"][:4]
    for row in (zero, blank, plate, unknown):
        row["power_idle_w"] = None
    zero |= {"power_max_w": 0, "nameplate_w": 0}
    blank |= {"power_max_w": None, "nameplate_w": None}
    plate |= {"power_max_w": 0, "nameplate_w": 750}
    unknown |= {"power_max_w": 0, "nameplate_w": 0, "sockets": None}
    found = said(tables, prices={"host_licence_yuan_per_socket_year": 0.0})
    assert found["server_power"]["examples"] == (zero["server"], blank["server"], unknown["server"])
    assert found["sockets"]["examples"] == (unknown["server"],)


def test_check_and_a_plan_that_cannot_be_say_what_stood_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = full_tables()
    tables["host_types"][0]["sockets"] = None
    path = write_tiny_scenario(tmp_path, tables)
    assert cli.main(["check", str(path), "--lang", "en"]) == 0
    assert capsys.readouterr().out.count("sockets_default stands in") == 1
    path.write_text(SCENARIO + "reuse: {allowed: false}\npurchases: {allowed: false}\n", "utf-8")
    assert cli.main(["plan", str(path), "-o", str(tmp_path / "out"), "--lang", "en"]) == 3
    said = capsys.readouterr().err
    assert said.count("sockets_default stands in") == 1
    assert "to be bought, for about" in said


def test_a_plan_says_once_what_stood_in() -> None:
    tables = full_tables()
    tables["host_types"][0]["sockets"] = None
    plan = make_plan(tiny_scenario(), tiny_inventory(tables))
    assert [f.message for f in plan.findings].count("assumptions.blank.sockets") == 1
