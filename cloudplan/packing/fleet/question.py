"""What is asked: one pool's items, the hosts that may be had, and what each costs; numbers only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from cloudplan.packing.fleet.grains import grains_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Scope = Literal["host", "rack", "room"]
SCOPES: tuple[Scope, ...] = ("host", "rack", "room")


@dataclass(frozen=True)
class Apart:
    """Items that may not share a place.

    Parameters
    ----------
    members
        Rows of the items.
    scope
        What they may not share.
    labels
        Members with one label may share all the same (a fault domain); by default every member has its own.
    """

    members: tuple[int, ...]
    scope: Scope = "host"
    labels: tuple[int, ...] = ()

    def labelled(self) -> tuple[int, ...]:
        """Give each member its label."""
        return self.labels or tuple(range(len(self.members)))


@dataclass(frozen=True, eq=False)
class Racks:
    """Racks of one make.

    Parameters
    ----------
    room
        Room of each rack; its length is the number of racks there are.
    height_u, power_w
        What a rack takes.
    price
        Of a rack in use, yuan a year.
    """

    room: Ints
    height_u: float
    power_w: float
    price: float = 0.0


@dataclass(frozen=True, eq=False)
class Fleet:
    """A pool's items and the hosts offered to them.

    Parameters
    ----------
    demand
        What each item takes, shape (n, resources); each slot of CPU use is a resource, all in the units of ``size``.
    size
        What a host of each type carries, shape (types, resources); infinite where it binds nothing.
    price
        Of a host of each type, yuan a year; shape (types,).
    most
        Hosts of each type that there are, spares included; shape (types,). Of these some may stand already; one that is
        given up makes no room for another.
    spares
        Empty hosts to keep, each at least as large as every other host in every resource, if there is any load.
    load
        Mean CPU use of each item, vCPU; shape (n,).
    load_price
        What a vCPU of mean use costs on each type, yuan a year; shape (types,).
    slots
        Leading columns of ``demand`` whose mean is ``load``.
    licences
        Products each item needs, bit by bit; shape (n,).
    licence_price
        Of each product, yuan a year and socket.
    sockets
        Of each type; a host with an item that needs a product pays for all of its sockets.
    apart
        Items that may not share a place.
    allowed
        Types on which each item may stand; shape (n, types).
    racks
        Where hosts stand, or ``None`` where nobody asks; then each host is a rack of its own, all in one room.
    height_u, power_w
        What a host of each type takes of a rack; shape (types,).
    standing
        Type of each host that stands already; those come first among the hosts of an answer.
    standing_rack
        Its rack.
    home
        Host of ``standing`` on which each item is at present, or -1; shape (n,).
    move_price
        Of taking an item from its home, yuan a year; shape (n,).
    """

    demand: Floats
    size: Floats
    price: Floats
    most: Ints
    spares: int = 0
    load: Floats = field(default_factory=lambda: np.zeros(0))
    load_price: Floats = field(default_factory=lambda: np.zeros(0))
    slots: int = 0
    licences: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    licence_price: Floats = field(default_factory=lambda: np.zeros(0))
    sockets: Floats = field(default_factory=lambda: np.zeros(0))
    apart: tuple[Apart, ...] = ()
    allowed: Bools = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    racks: Racks | None = None
    height_u: Floats = field(default_factory=lambda: np.zeros(0))
    power_w: Floats = field(default_factory=lambda: np.zeros(0))
    standing: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    standing_rack: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    home: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    move_price: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        n, types = len(self.demand), len(self.size)
        blank: dict[str, npt.NDArray[np.generic]] = {
            "load": np.zeros(n), "load_price": np.zeros(types), "licences": np.zeros(n, np.int64),
            "sockets": np.ones(types), "allowed": np.ones((n, types), np.bool_), "height_u": np.zeros(types),
            "power_w": np.zeros(types), "home": np.full(n, -1, np.int64), "move_price": np.zeros(n),
            "standing_rack": np.full(len(self.standing), -1, np.int64),
        }  # fmt: skip
        for name, value in blank.items():
            given = getattr(self, name)
            if given.size == 0:
                object.__setattr__(self, name, value)
            elif given.shape != value.shape:
                raise ValueError(f"{name} has the shape {given.shape}, not {value.shape}")
        if self.size.shape[1:] != self.demand.shape[1:] or self.price.shape != (types,) or self.most.shape != (types,):
            raise ValueError("demand, size, price and most do not agree in shape")
        if n and (self.demand < 0).any():
            raise ValueError("an item takes less than nothing; packing.vectors knows such items")
        if not np.isfinite(self.demand).all() or np.isnan(self.size).any():
            raise ValueError("demand or size is not a number")
        prices = (self.price, self.load_price, self.licence_price, self.move_price, self.load)
        if any((of < 0).any() or not np.isfinite(of).all() for of in prices):
            raise ValueError("a price or a load is below nothing, or not a number")
        if self.slots and (self.load_price > 0).any():
            mean = self.demand[:, : self.slots].mean(axis=1)
            if (np.abs(mean - self.load) > 1e-6 * np.maximum(mean, 1.0)).any():
                raise ValueError("load is not the mean of the slots")
        if ((self.home < -1) | (self.home >= len(self.standing))).any():
            raise ValueError("an item is at home on a host that does not stand")
        for number, group in enumerate(self.apart):
            if group.labels and len(group.labels) != len(group.members):
                raise ValueError(f"group {number} has {len(group.labels)} labels for {len(group.members)} members")
            members = np.array(group.members, dtype=np.int64)
            if len(np.unique(members)) < len(members) or ((members < 0) | (members >= n)).any():
                raise ValueError(f"group {number} names an item twice, or one that isn't there")

    @cached_property
    def grains(self) -> Floats:
        """Step in which the demands of each resource come (:func:`~cloudplan.packing.fleet.grains.grains_of`)."""
        return grains_of(self.demand)

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.demand)

    @property
    def types(self) -> int:
        """Number of host types."""
        return len(self.size)

    def fits(self) -> Bools:
        """Say which items fit which types, alone; shape (n, types)."""
        fits = self.allowed.copy()
        for t in range(self.types):
            fits[:, t] &= (self.demand <= self.size[t] * (1 + 1e-12)).all(axis=1)
        return fits

    def dominated(self, spare: int) -> Bools:
        """Say which types are no larger than one of them in any resource; shape (types,)."""
        no_larger: Bools = (self.size <= self.size[spare]).all(axis=1)
        return no_larger


@dataclass(frozen=True, eq=False)
class Seating:
    """An answer: the hosts had and the host of each item.

    Parameters
    ----------
    host_type
        Type of each host, those of ``Fleet.standing`` first; -1 for a standing host that is given up.
    rack
        Rack of each host; shape (hosts,).
    host_of
        Host of each item, or -1 where it was left over.
    """

    host_type: Ints
    rack: Ints
    host_of: Ints

    @property
    def unplaced(self) -> Ints:
        """Rows of the items left over."""
        return np.flatnonzero(self.host_of < 0)

    def loaded(self) -> Ints:
        """List the hosts with items, rising."""
        return np.unique(self.host_of[self.host_of >= 0])


def cost_of(fleet: Fleet, seating: Seating) -> float:
    """Add up what an answer costs, yuan a year: hosts, racks, power at load, licences, moves; not what is left over."""
    kinds = seating.host_type
    had = np.flatnonzero(kinds >= 0)
    total = float(fleet.price[kinds[had]].sum())
    if fleet.racks is not None:
        total += fleet.racks.price * len(np.unique(seating.rack[had]))
    placed = np.flatnonzero(seating.host_of >= 0)
    on = seating.host_of[placed]
    total += float((fleet.load[placed] * fleet.load_price[kinds[on]]).sum())
    for product, price in enumerate(fleet.licence_price.tolist()):
        needing = np.unique(on[(fleet.licences[placed] >> product) & 1 == 1])
        total += price * float(fleet.sockets[kinds[needing]].sum())
    moved = (fleet.home[placed] >= 0) & (fleet.home[placed] != on)
    return total + float(fleet.move_price[placed][moved].sum())
