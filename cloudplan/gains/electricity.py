"""Energy of every room before and after, by the formulas of :mod:`cloudplan.energy`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cloudplan.demand import Floats
from cloudplan.energy import power_w, pue_of, room_kwh, yearly_kwh
from cloudplan.gains.loads import Load
from cloudplan.gains.sides import Side, sums
from cloudplan.gains.values import Outcome
from cloudplan.inventory import Inventory

BOUNDS = {"kwh": "mean", "low": "low", "high": "high"}


def energy_of(
    inventory: Inventory,
    outcome: Outcome,
    cpu: Load,
    before: Side,
    after: Side,
    factors: Mapping[str, float],
) -> pd.DataFrame:
    """Reckon the yearly energy of departments' rooms and of what the plan runs in the centre.

    A department's room: its machines at their CPU use and its devices, by :func:`~cloudplan.energy.room_kwh`; none once
    it is closed. Anywhere else: what the plan adds there, × PUE; the load that a centre carries anyhow is not charged.
    What is bought as a service elsewhere has no energy here.

    Returns
    -------
    DataFrame
        See :class:`~cloudplan.gains.values.Gains`.
    """
    rooms = inventory["rooms"]
    old, new = device_watts(inventory, before, after, outcome)
    departmental = rooms[rooms["kind"] == "department"]
    elsewhere = [
        room
        for room in dict.fromkeys([*before.machines["room"], *after.machines["room"], *new.index])
        if room is not None and room not in departmental.index
    ]
    closed = [room for room in departmental.index if not _open(outcome, str(room))]
    pue = pd.Series(factors["centre_pue"], index=elsewhere, dtype=float)
    pue.update(pue_of(rooms, factors))
    out = pd.DataFrame(index=pd.Index([*departmental.index, *elsewhere], name="room"))
    for name, bound in BOUNDS.items():
        watts = {}
        for when, side, devices in (("before", before, old), ("after", after, new)):
            watts[when] = _machine_watts(side, getattr(cpu, bound)).add(devices, fill_value=0.0)
            there = room_kwh(departmental, watts[when], watts["before"], factors)
            if when == "after":
                there.loc[closed, "kwh"] = 0.0
            added = yearly_kwh(watts[when].reindex(elsewhere).fillna(0.0), pue)
            out[f"{when}_{name}"] = pd.concat([there["kwh"], added]).to_numpy(float)
            if when == "before" and name == "kwh":
                basis = [*there["basis"], *["machines"] * len(elsewhere)]
    columns = [f"{when}_{name}" for when in ("before", "after") for name in BOUNDS]
    return out[columns].assign(basis=basis)


def unknown_devices(inventory: Inventory) -> int:
    """Count the devices, UPS aside, whose power nobody stated."""
    devices = inventory["devices"]
    return int((devices["power_w"].isna() & (devices["kind"] != "ups")).sum())


def device_watts(inventory: Inventory, before: Side, after: Side, outcome: Outcome) -> tuple[pd.Series, pd.Series]:
    """Find the load of departments' devices by room, today and after; W.

    A UPS is no IT load: what it loses is in PUE. A device marked to be relocated moves to the centre. In a room where a
    server stays, everything else stays too; in one where none does only devices marked to stay, unless it closes.
    """
    rooms, devices = inventory["rooms"], inventory["devices"]
    kind = rooms["kind"].reindex(list(devices["room"])).to_numpy(object)
    devices = devices[(kind == "department") & (devices["kind"] != "ups").to_numpy(bool)]
    watts = devices["power_w"].fillna(0.0).astype(float)
    centre = next((str(room) for room in rooms.index if rooms.at[room, "kind"] == "centre"), None)
    occupied = set(after.machines["room"])
    room = [
        centre
        if fate == "relocate"
        else home
        if home in occupied or (fate == "keep" and _open(outcome, home))
        else None
        for home, fate in zip(devices["room"], devices["fate"], strict=True)
    ]
    return (
        watts.groupby(devices["room"].to_numpy(object)).sum(),
        watts.groupby(np.array(room, dtype=object)).sum() if room else watts,
    )


def _open(outcome: Outcome, room: str) -> bool:
    return outcome.closures.get(room) is None


def _machine_watts(side: Side, use: Floats) -> pd.Series:
    machines = side.machines
    load = sums(side.machine_of[side.here], use[side.here], len(machines))
    cpu = machines["cpu"].to_numpy(float)
    share = np.divide(load, cpu, out=np.zeros_like(load), where=cpu > 0)
    watts = power_w(machines["idle_w"].to_numpy(float), machines["max_w"].to_numpy(float), share)
    return pd.Series(watts, index=machines.index).groupby(machines["room"].to_numpy(object)).sum()
