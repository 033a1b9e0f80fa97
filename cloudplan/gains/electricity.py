"""Energy of every room before and after, by the formulas of :mod:`cloudplan.energy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cloudplan.capacity import site_of_devices
from cloudplan.demand import Floats
from cloudplan.energy import power_w, pue_of, room_kwh, yearly_kwh
from cloudplan.gains.loads import Load
from cloudplan.gains.sides import Side, sums
from cloudplan.gains.values import Outcome
from cloudplan.inventory import Inventory

BOUNDS = {"kwh": "mean", "low": "low", "high": "high"}


@dataclass(frozen=True, eq=False)
class Energy:
    """Energy of both sides.

    Parameters
    ----------
    rooms
        By room, as :class:`~cloudplan.gains.values.Gains` describes it.
    saved
        kWh a year saved, and kWh a year before, under three uses: the middle, the one that saves least, the one that
        saves most.
    """

    rooms: pd.DataFrame
    saved: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def energy_of(
    inventory: Inventory, outcome: Outcome, cpu: Load, before: Side, after: Side, factors: Mapping[str, float]
) -> Energy:
    """Reckon the yearly energy of departments' rooms and of what the plan runs in the centre.

    A department's room: its machines at their CPU use and its devices, by :func:`~cloudplan.energy.room_kwh`; none once
    it is closed. Anywhere else: what the plan adds there, × PUE; the load that a centre carries anyhow is not charged.
    What is bought as a service elsewhere has no energy here.

    The saving is uncertain because the use of the unmonitored is. That use is the same on both sides, so each workload
    is set to the end of its own interval at which less, or more, is saved: its lower end where it weighs more before.
    """
    reckoner = _Reckoner(inventory, outcome, before, after, factors)
    out = pd.DataFrame(index=pd.Index(reckoner.places, name="room"))
    basis: list[str] = []
    for name, bound in BOUNDS.items():
        old, new, basis = reckoner.kwh(getattr(cpu, bound))
        out[f"before_{name}"], out[f"after_{name}"] = old, new
    columns = [f"{when}_{name}" for when in ("before", "after") for name in BOUNDS]
    gain = reckoner.weight(before, basis) - reckoner.weight(after, basis)
    saved = []
    for use in (cpu.mean, np.where(gain >= 0, cpu.low, cpu.high), np.where(gain >= 0, cpu.high, cpu.low)):
        old, new, _ = reckoner.kwh(use)
        saved.append((float(old.sum() - new.sum()), float(old.sum())))
    return Energy(out[columns].assign(basis=basis), (saved[0], saved[1], saved[2]))


class _Reckoner:
    """What does not depend on CPU use, worked out once."""

    def __init__(
        self, inventory: Inventory, outcome: Outcome, before: Side, after: Side, factors: Mapping[str, float]
    ) -> None:
        rooms = inventory["rooms"]
        self.before, self.after, self.factors = before, after, factors
        self.devices = device_watts(inventory, after, outcome, factors)
        self.departmental = rooms[rooms["kind"] == "department"]
        there = dict.fromkeys([*before.machines["room"], *after.machines["room"], *self.devices[1].index])
        self.elsewhere = [room for room in there if room is not None and room not in self.departmental.index]
        self.places = [*self.departmental.index, *self.elsewhere]
        self.closed = [room for room in self.departmental.index if not _open(outcome, str(room))]
        self.pue = pd.Series(factors["centre_pue"], index=self.places, dtype=float)
        self.pue.update(pue_of(rooms, factors))

    def kwh(self, use: Floats) -> tuple[Floats, Floats, list[str]]:
        """Energy of each place before and after at a CPU use of the workloads, and what it rests on."""
        watts = [
            _machine_watts(side, use).add(devices, fill_value=0.0)
            for side, devices in zip((self.before, self.after), self.devices, strict=True)
        ]
        found = [room_kwh(self.departmental, now, watts[0], self.factors) for now in watts]
        found[1].loc[self.closed, "kwh"] = 0.0
        old, new = (
            np.append(
                there["kwh"].to_numpy(float),
                yearly_kwh(now.reindex(self.elsewhere).fillna(0.0), self.pue[self.elsewhere]).to_numpy(float),
            )
            for there, now in zip(found, watts, strict=True)
        )
        return old, new, [*found[0]["basis"], *["machines"] * len(self.elsewhere)]

    def weight(self, side: Side, basis: list[str]) -> Floats:
        """What one vCPU more of each workload adds on a side; W, PUE included. Nothing in a room that was metered."""
        machines = side.machines
        reckoned = pd.Series(np.array(basis) == "machines", index=self.places, dtype=float)
        factor = (self.pue * reckoned).reindex(machines["room"]).fillna(0.0).to_numpy(float)
        span = (machines["max_w"] - machines["idle_w"]).to_numpy(float) * factor
        cpu = machines["cpu"].to_numpy(float)
        slope = np.divide(span, cpu, out=np.zeros(len(cpu)), where=cpu > 0)
        out: Floats = np.append(slope, 0.0)[side.machine_of]
        return out


def device_watts(
    inventory: Inventory, after: Side, outcome: Outcome, factors: Mapping[str, float]
) -> tuple[pd.Series, pd.Series]:
    """Find the load of departments' devices by room, today and after; W.

    A UPS is no IT load: what it loses is in PUE. What states no power draws ``device_power_w_default``, as it does
    where placement adds up a receiving room. A device marked to be relocated moves to the centre. In a room where a
    server stays, everything else stays too; in one where none does only devices marked to stay, unless it closes.
    """
    rooms, devices = inventory["rooms"], inventory["devices"]
    kind = rooms["kind"].reindex(list(devices["room"])).to_numpy(object)
    devices = devices[(kind == "department") & (devices["kind"] != "ups").to_numpy(bool)]
    watts = devices["power_w"].astype(float).fillna(factors["device_power_w_default"])
    centre = site_of_devices(inventory)
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
