"""From a mix to single hosts: which stand already, which carry licences, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.bound import Mix
from cloudplan.packing.fleet.question import Bools, Fleet, Floats, Ints


@dataclass(frozen=True, eq=False)
class Hosts:
    """The loaded hosts of a mix, standing ones first, and its spares.

    Parameters
    ----------
    kind
        Type of each loaded host.
    stands
        Its number in ``Fleet.standing``, or -1.
    licensed
        Products that it carries, bit by bit.
    rack
        Rack of each loaded host, then of each spare.
    spare_kind, spare_stands
        Type of each spare, and its number in ``Fleet.standing``, or -1.
    """

    kind: Ints
    stands: Ints
    licensed: Ints
    rack: Ints
    spare_kind: Ints
    spare_stands: Ints


def hosts_of(fleet: Fleet, mix: Mix) -> Hosts | None:
    """List the hosts of a mix, or ``None`` where the racks don't hold them."""
    kept = np.flatnonzero(mix.kept)
    kind = np.concatenate([fleet.standing[kept], np.repeat(np.arange(fleet.types), mix.fresh)]).astype(np.int64)
    stands = np.concatenate([kept, np.full(len(kind) - len(kept), -1)]).astype(np.int64)
    spare_kind = np.repeat(np.arange(fleet.types), mix.spares)
    spare_stands = np.full(len(spare_kind), -1, np.int64)
    for t in np.flatnonzero(mix.spares).tolist():
        of_type = fleet.standing == t
        beyond = int(fleet.most[t]) - int(of_type.sum()) - int(mix.fresh[t])
        idle = np.flatnonzero(of_type & ~mix.kept)[: max(0, int(mix.spares[t]) - max(beyond, 0))]
        spare_stands[np.flatnonzero(spare_kind == t)[: len(idle)]] = idle
    everyone = np.concatenate([stands, spare_stands])
    kinds = np.concatenate([kind, spare_kind])
    rack = lay_out(fleet, kinds, everyone, mix.racks)
    return None if rack is None else Hosts(kind, stands, _licensed(fleet, mix, kind), rack, spare_kind, spare_stands)


def lay_out(fleet: Fleet, kind: Ints, stands: Ints, least: int) -> Ints | None:
    """Give each host a rack, as few racks as hold them but no fewer than ``least``, evenly filled.

    Hosts that stand in a rack stay in it.
    """
    if fleet.racks is None:
        return np.arange(len(kind), dtype=np.int64)
    racks = fleet.racks
    fixed = np.array([fleet.standing_rack[s] if s >= 0 else -1 for s in stands.tolist()], dtype=np.int64)
    # rooms take turns, so that items which must be in different ones find them
    turn = np.argsort(_turns(racks.room), kind="stable")
    in_use = np.unique(fixed[fixed >= 0])
    order_of_racks = np.concatenate([in_use, turn[~np.isin(turn, in_use)]])
    share = np.maximum(_share(fleet.height_u, racks.height_u), _share(fleet.power_w, racks.power_w))
    order = np.argsort(-share[kind], kind="stable")
    for count in range(max(1, least, len(in_use)), len(racks.room) + 1):
        for evenly in (True, False):
            found = _fill(fleet, kind, fixed, order, order_of_racks[:count], evenly)
            if found is not None:
                return found
    return None


def _share(of: Floats, limit: float) -> Floats:
    """Give shares of a limit; of one that binds nothing, nothing."""
    return of / limit if np.isfinite(limit) else np.zeros(len(of))


def _turns(room: Ints) -> Ints:
    """Number the racks of each room from 0."""
    turn = np.zeros(len(room), np.int64)
    for number in np.unique(room):
        of = np.flatnonzero(room == number)
        turn[of] = np.arange(len(of))
    return turn


def _fill(fleet: Fleet, kind: Ints, fixed: Ints, order: Ints, open_racks: Ints, evenly: bool) -> Ints | None:
    racks = fleet.racks
    if racks is None:
        return None
    rack = fixed.copy()
    height: Floats = np.full(len(racks.room), racks.height_u)
    power: Floats = np.full(len(racks.room), racks.power_w)
    for host in np.flatnonzero(fixed >= 0).tolist():
        height[fixed[host]] -= fleet.height_u[kind[host]]
        power[fixed[host]] -= fleet.power_w[kind[host]]
    for host in order[fixed[order] < 0].tolist():
        h, w = fleet.height_u[kind[host]], fleet.power_w[kind[host]]
        holds: Bools = (height[open_racks] >= h - 1e-9) & (power[open_racks] >= w - 1e-9)
        if not holds.any():
            return None
        room_left = np.minimum(_share(height[open_racks], racks.height_u), _share(power[open_racks], racks.power_w))
        best = int(open_racks[int((np.where(holds, room_left, -1.0) if evenly else holds).argmax())])
        rack[host] = best
        height[best] -= h
        power[best] -= w
    return rack


def _licensed(fleet: Fleet, mix: Mix, kind: Ints) -> Ints:
    """Say which hosts carry which products: of a type, one product's after the other's unless some items need both."""
    masks = np.zeros(len(kind), np.int64)
    begins: dict[int, int] = {}
    for product in range(len(mix.licensed)):
        both = (fleet.licences >> product) & 1 == 1
        shared = bool((fleet.licences[both] & ((1 << product) - 1)).any())
        for t in np.flatnonzero(mix.licensed[product]).tolist():
            of_type = np.flatnonzero(kind == t)
            if not len(of_type):
                continue
            begin = 0 if shared else begins.get(t, 0)
            count = min(int(mix.licensed[product, t]), len(of_type))
            masks[of_type[(begin + np.arange(count)) % len(of_type)]] |= 1 << product
            begins[t] = begin + count
    return masks
