"""Power of machines and energy of rooms: one set of formulas, for today's rooms and the centre alike.

Sources: the linear model ``P = idle + (max − idle) × u`` is the usual one for servers (its coefficients here are the
machine's own, or shares stated as factors); ``kWh = W / 1000 × 8760 × PUE`` follows from the definition of PUE (energy
of the whole facility over that of its IT load, ISO/IEC 30134-2). A room with a meter is charged what the meter says,
and PUE is not applied to that again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

HOURS_A_YEAR = 8760
MONTHS_A_YEAR = 12


def power_w(idle_w: Any, max_w: Any, utilisation: Any) -> Any:
    """Power of a machine at a CPU utilisation; W.

    Parameters
    ----------
    idle_w, max_w
        Power when idle and at full load, W; numbers or arrays.
    utilisation
        CPU use as a share of capacity; below 0 counts as 0 and above 1 as 1.

    Returns
    -------
    float or array
        ``idle + (max − idle) × utilisation``, of the arguments' common shape.
    """
    return idle_w + (max_w - idle_w) * np.clip(utilisation, 0.0, 1.0)


def yearly_kwh(power_w: Any, pue: Any) -> Any:
    """Energy that a constant IT load takes in a year, with all that the room adds to it; kWh.

    Parameters
    ----------
    power_w
        IT load, W; a number or an array.
    pue
        Power usage effectiveness of the room that it runs in.
    """
    return power_w / 1000.0 * HOURS_A_YEAR * pue


def sockets_of(machines: pd.DataFrame, factors: Mapping[str, float]) -> pd.Series:
    """Find the sockets of each server or host type: as stated, else ``sockets_default``, but no more than its cores.

    Parameters
    ----------
    machines
        The inventory's table, of servers or of host types.
    factors
        In force.
    """
    default = np.fmin(factors["sockets_default"], machines["cores"].to_numpy(float))
    stated = _stated(machines["sockets"])
    return pd.Series(np.where(np.isnan(stated), default, stated), index=machines.index)


def server_powers(servers: pd.DataFrame, factors: Mapping[str, float]) -> pd.DataFrame:
    """Find the power of each server when idle and at full load.

    At full load: as stated; else nameplate × ``max_share_of_nameplate``; else sockets (:func:`sockets_of`) ×
    ``power_max_w_per_socket_default``. Idle: as stated, else
    ``idle_share_of_max_power`` × full load. A stated 0 W is no statement.

    Parameters
    ----------
    servers
        The inventory's table.
    factors
        In force (:func:`cloudplan.assumptions.factors_of`).

    Returns
    -------
    DataFrame
        Index: server; ``idle_w``, ``max_w`` (W; idle never above full load) and ``basis``: ``measured`` where both are
        stated, ``assumed`` where sockets had to do for the full load, ``declared`` otherwise.
    """
    full = _stated(servers["power_max_w"])
    idle = _stated(servers["power_idle_w"])
    plate = _stated(servers["nameplate_w"])
    basis = np.where(
        np.isnan(full) & np.isnan(plate), "assumed", np.where(np.isnan(full) | np.isnan(idle), "declared", "measured")
    )
    max_w = np.where(np.isnan(full), plate * factors["max_share_of_nameplate"], full)
    max_w = np.where(np.isnan(max_w), sockets_of(servers, factors) * factors["power_max_w_per_socket_default"], max_w)
    # an idle power that was stated is better known than a full load that was guessed
    max_w = np.where(np.isnan(full), np.fmax(max_w, idle), max_w)
    idle_w = np.where(np.isnan(idle), factors["idle_share_of_max_power"] * max_w, np.minimum(idle, max_w))
    return pd.DataFrame({"idle_w": idle_w, "max_w": max_w, "basis": basis}, index=servers.index)


def pue_of(rooms: pd.DataFrame, factors: Mapping[str, float]) -> pd.Series:
    """PUE of each room: its own; else ``centre_pue`` for a centre and ``room_pue_default`` for any other."""
    default = np.where(rooms["kind"] == "centre", factors["centre_pue"], factors["room_pue_default"])
    own = rooms["pue"].to_numpy(float)
    return pd.Series(np.where(np.isnan(own), default, own), index=rooms.index)


def room_kwh(rooms: pd.DataFrame, it_w: pd.Series, today_w: pd.Series, factors: Mapping[str, float]) -> pd.DataFrame:
    """Energy of rooms in a year, today or once part of their machines has left.

    The best evidence a room has decides: its meter, 12 × the month's kWh (PUE is in it already); else its measured IT
    load × PUE; else the load reckoned from its machines × PUE. The first two speak of today, so they are scaled by the
    share of the reckoned load that is there at the moment judged.

    Parameters
    ----------
    rooms
        The inventory's table, or some of its rows.
    it_w
        IT load reckoned from the machines there at the moment judged, by room; W. A room without an entry has none.
    today_w
        The same for today; pass ``it_w`` itself to judge today.
    factors
        In force.

    Returns
    -------
    DataFrame
        Index: room; ``kwh`` (a year) and ``basis``: ``meter``, ``it_load`` or ``machines``.
    """
    now = it_w.reindex(rooms.index).fillna(0.0).to_numpy(float)
    today = today_w.reindex(rooms.index).fillna(0.0).to_numpy(float)
    pue = pue_of(rooms, factors).to_numpy(float)
    meter = _stated(rooms["meter_kwh_month"]) * MONTHS_A_YEAR
    load_w = _stated(rooms["it_load_kw"]) * 1000.0
    metered, loaded = ~np.isnan(meter), ~np.isnan(load_w)
    measured = np.where(metered, meter, yearly_kwh(load_w, pue))
    with np.errstate(divide="ignore", invalid="ignore"):
        # nothing reckoned today: what the meter shows has no share that could leave
        share = np.where(today > 0, now / today, 1.0)
    kwh = np.where(metered | loaded, measured * share, yearly_kwh(now, pue))
    basis = np.where(metered, "meter", np.where(loaded, "it_load", "machines"))
    return pd.DataFrame({"kwh": kwh, "basis": basis}, index=rooms.index)


def _stated(column: pd.Series) -> Floats:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return np.where(values > 0, values, np.nan)
