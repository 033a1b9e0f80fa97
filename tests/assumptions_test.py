"""What stands in for a blank is said."""

from __future__ import annotations

from cloudplan.assumptions import stood_in
from tests.tiny import tiny_inventory, tiny_tables


def test_every_default_that_stands_in_for_a_blank_is_said() -> None:
    tables = tiny_tables()
    tables["devices"] = [{**row, "fate": "relocate", "height_u": None, "power_w": None} for row in tables["devices"]]
    for row in tables["servers"]:
        row |= {"power_max_w": None, "nameplate_w": None, "sockets": None}
    tables["systems"][0]["level"] = None
    said = {f.message: f.values for f in stood_in(tiny_inventory(tables))}
    names = ("device_height", "device_power", "sockets", "level")
    assert list(said) == [f"assumptions.blank.{name}" for name in names]
    assert said["assumptions.blank.sockets"]["count"] == len(tables["servers"])
    assert said["assumptions.blank.level"]["examples"] == (tables["systems"][0]["system"],)


def test_a_full_estate_has_nothing_to_say() -> None:
    tables = tiny_tables()
    for row in tables["servers"]:
        row["power_max_w"] = 300
    for row in tables["systems"]:
        row["level"] = row.get("level") or 2
    assert stood_in(tiny_inventory(tables)) == []
