"""First fit on a fleet: what anybody would try first, and where the peers begin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cloudplan.packing.fleet.question import Fleet, Ints, Seating, cost_of

Order = Literal["file", "decreasing"]


def size_order(fleet: Fleet) -> Ints:
    """Sort items by their largest share of the largest host, falling; those that move dearly come first."""
    largest = np.where(np.isfinite(fleet.size), fleet.size, 0).max(axis=0)
    share = (fleet.demand / np.where(largest > 0, largest, np.inf)).max(axis=1, initial=0.0)
    return np.lexsort((-share, -np.where(fleet.home >= 0, fleet.move_price, 0.0)))


def first_fit(fleet: Fleet, order: Order = "decreasing") -> Seating | None:
    """Put each item on the first host that takes it, else on a new one; ``None`` where an item finds no place.

    A new host is of the type whose hosts would carry all items for the least, of those that take the item. With
    spares to keep, every type is tried as the spare, the others then being no larger.
    """
    rows = size_order(fleet) if order == "decreasing" else np.arange(fleet.items)
    best: Seating | None = None
    cost = np.inf
    for spare in range(fleet.types) if fleet.spares and fleet.items else [None]:
        asked = fleet if spare is None else replace(fleet, allowed=fleet.allowed & fleet.dominated(spare))
        desk = _Desk(asked)
        if not all(desk.seat(int(i)) for i in rows):
            continue
        if spare is not None and not all(desk.open(spare, None) is not None for _ in range(fleet.spares)):
            continue
        found = desk.seating()
        if (price := cost_of(fleet, found)) < cost:
            best, cost = found, price
    return best


@dataclass
class _Desk:
    fleet: Fleet

    def __post_init__(self) -> None:
        fleet = self.fleet
        self.kind = fleet.standing.tolist()
        self.had = [False] * len(self.kind)
        self.rack = fleet.standing_rack.tolist()
        self.free = np.zeros((max(64, 2 * len(self.kind)), fleet.size.shape[1]))
        self.free[: len(self.kind)] = fleet.size[fleet.standing] * (1 + 1e-12)
        self.host_of = np.full(fleet.items, -1, np.int64)
        self.groups: list[list[tuple[int, int]]] = [[] for _ in range(fleet.items)]
        for number, group in enumerate(fleet.apart):
            for member, label in zip(group.members, group.labelled(), strict=True):
                self.groups[member].append((number, label))
        self.fits = fleet.fits()
        self.label_at: dict[tuple[int, int], int] = {}
        racks = 0 if fleet.racks is None else len(fleet.racks.room)
        self.height, self.power = np.zeros(racks), np.zeros(racks)
        total = fleet.demand.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = np.where(total > 0, total / fleet.size, 0.0).max(axis=1, initial=0.0)
            self.dearness = np.where(np.isfinite(needed), fleet.price * needed, np.inf)

    def seat(self, item: int) -> bool:
        """Place an item."""
        need, allowed = self.fleet.demand[item], self.fleet.allowed[item]
        fits = np.flatnonzero((self.free[: len(self.kind)] >= need).all(axis=1)).tolist()
        home = int(self.fleet.home[item])
        for host in [home, *fits] if home in fits else fits:
            if allowed[self.kind[host]] and self._have(host, item):
                self._put(item, host)
                return True
        types = np.flatnonzero(self.fits[item])
        for kind in types[np.lexsort((self.fleet.price[types], self.dearness[types]))].tolist():
            new = self.open(kind, item)
            if new is not None:
                self._put(item, new)
                return True
        return False

    def open(self, kind: int, item: int | None) -> int | None:
        """Have one more host of a type, on which an item may stand; ``None`` where that cannot be."""
        if not self._may_have(kind):
            return None
        host = len(self.kind)
        rack = self._rack_for(kind, host, item)
        if rack is None:
            return None
        self.kind.append(kind)
        self.rack.append(rack)
        self.had.append(False)
        if host >= len(self.free):
            self.free = np.concatenate([self.free, np.zeros_like(self.free)])
        self.free[host] = self.fleet.size[kind] * (1 + 1e-12)
        self._take(host)
        return host

    def _may_have(self, kind: int) -> bool:
        had = sum(h and k == kind for h, k in zip(self.had, self.kind, strict=True))
        return had < int(self.fleet.most[kind])

    def _have(self, host: int, item: int) -> bool:
        """Say whether a host may take an item; a standing one that nobody had so far is had from now on if so."""
        if self.had[host]:
            return not self._clash(item, host, self.rack[host])
        kind = self.kind[host]
        rack = self._rack_for(kind, host, item) if self._may_have(kind) else None
        if rack is None:
            return False
        self.rack[host] = rack
        self._take(host)
        return True

    def _rack_for(self, kind: int, host: int, item: int | None) -> int | None:
        fleet = self.fleet
        fixed = int(fleet.standing_rack[host]) if host < len(fleet.standing) else -1
        if fleet.racks is None:
            options = [fixed if fixed >= 0 else host]
        else:
            room = (self.height + fleet.height_u[kind] <= fleet.racks.height_u + 1e-9) & (
                self.power + fleet.power_w[kind] <= fleet.racks.power_w + 1e-6
            )
            options = np.flatnonzero(room).tolist()
            options = [k for k in options if fixed in (-1, k)]
        return next((k for k in options if item is None or not self._clash(item, host, k)), None)

    def _take(self, host: int) -> None:
        self.had[host] = True
        if self.fleet.racks is not None:
            self.height[self.rack[host]] += self.fleet.height_u[self.kind[host]]
            self.power[self.rack[host]] += self.fleet.power_w[self.kind[host]]

    def _place(self, number: int, host: int, rack: int) -> tuple[int, int]:
        scope = self.fleet.apart[number].scope
        room = 0 if self.fleet.racks is None else int(self.fleet.racks.room[rack])
        return number, {"host": host, "rack": rack, "room": room}[scope]

    def _clash(self, item: int, host: int, rack: int) -> bool:
        clashes = (self.label_at.get(self._place(g, host, rack), label) != label for g, label in self.groups[item])
        return any(clashes)

    def _put(self, item: int, host: int) -> None:
        self.host_of[item] = host
        self.free[host] -= self.fleet.demand[item]
        for number, label in self.groups[item]:
            self.label_at[self._place(number, host, self.rack[host])] = label

    def seating(self) -> Seating:
        """Give what was decided; standing hosts without items are given up."""
        kind = np.where(self.had, np.array(self.kind, dtype=np.int64), -1).astype(np.int64)
        rack = np.where(kind >= 0, np.array(self.rack, dtype=np.int64), 0).astype(np.int64)
        return Seating(kind, rack, self.host_of.copy())
