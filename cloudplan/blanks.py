"""Where a default stands in for a cell that is blank and counts: nothing is filled in silently."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cloudplan.assumptions import factors_of, prices_of
from cloudplan.capacity import capacity_of
from cloudplan.energy import server_powers
from cloudplan.findings import Finding, Severity
from cloudplan.inventory import Inventory
from cloudplan.scenario import Scenario


def stood_in(inventory: Inventory, scenario: Scenario) -> list[Finding]:
    """Say where a default stands in for a cell that is blank and counts: one remark a column, with how many.

    Parameters
    ----------
    inventory, scenario
        The estate and the assumptions: which of its blanks count depends on the prices in force, and on which servers
        may serve again.
    """
    devices, systems = inventory["devices"], inventory["systems"]
    clusters = inventory["pools"][inventory["pools"]["kind"] == "cluster"]
    moved = devices[devices["fate"] == "relocate"]
    blanks = (
        ("device_height", list(moved.index[moved["height_u"].isna()])),
        ("device_power", _powerless(inventory)),
        ("server_power", list(_reckoned(inventory, scenario))),
        ("sockets", list(_socketless(inventory, scenario))),
        ("cpu_ratio", list(clusters.index[clusters["cpu_ratio"].isna()])),
        ("level", list(systems.index[systems["level"].isna()])),
        ("links", _unlinked(inventory)),
    )
    return [
        Finding(f"assumptions.blank.{what}", Severity.INFO, values={"count": len(ids), "examples": tuple(ids[:10])})
        for what, ids in blanks
        if ids
    ]


def _unlinked(inventory: Inventory) -> list[str]:
    """Departments' rooms with servers and no uplink of a known rate, over which their data are to be copied."""
    rooms, links = inventory["rooms"]["kind"], inventory["links"]
    known = set(links.loc[links["mbps"].notna(), "room"])
    used = dict.fromkeys(str(room) for room in inventory["servers"]["room"])
    return [room for room in used if room in rooms.index and rooms[room] == "department" and room not in known]


def _powerless(inventory: Inventory) -> list[str]:
    """Devices without a power that are a load of a department's room, as a UPS isn't, or of the room they move to."""
    devices = inventory["devices"]
    kinds = devices["room"].map(inventory["rooms"]["kind"])
    counts = (devices["fate"] == "relocate") | ((kinds == "department") & (devices["kind"] != "ups"))
    return [str(device) for device in devices.index[counts & devices["power_w"].isna()]]


def _reckoned(inventory: Inventory, scenario: Scenario) -> pd.Index:
    """Servers of which neither power at full load nor nameplate is stated, so that sockets decide their power."""
    powers = server_powers(inventory["servers"], factors_of(inventory, scenario))
    return powers.index[powers["basis"] == "assumed"]


def _socketless(inventory: Inventory, scenario: Scenario) -> Iterator[str]:
    """Servers and host types whose blank sockets enter a sum: of power, or, if they may be hosts, of licences."""
    counted = set(_reckoned(inventory, scenario))
    if prices_of(inventory, scenario).get("host_licence_yuan_per_socket_year", 0.0) > 0:
        capacity = capacity_of(inventory, scenario)
        closed = not scenario.reuse.allowed and scenario.rules.get("reuse") is not False
        counted |= set(capacity.kinds) - set(capacity.reusable if closed else ())
    for table in ("servers", "host_types"):
        sockets = inventory[table]["sockets"]
        yield from (str(name) for name in sockets.index[sockets.isna()] if name in counted)
