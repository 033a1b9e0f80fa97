"""A fleet as a linear program of yes or no, the way a peer would be asked: which item stands on which host.

Hosts are candidates: as many of each type as an answer no dearer than a known one can have, where the model stays
within `CELLS` item-host pairs; else those of the known answer and one more of each type, and then the model is
narrower than the question and a bound of it proves nothing (`Model.whole`). Variables:

- ``x[i, h]`` item on host; ``l[h]`` the host carries load; ``e[h]`` it is had as an empty spare;
- ``r[h, k]`` host in rack, ``u[k]`` rack in use, where hosts choose their racks;
- ``v[label, place]`` a label of a group is at a place; ``q[product, h]`` a host pays for a product; ``z[c]`` spares
  are of this size.

Like hosts are ordered (loaded, spare, not had), racks of a room too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from cloudplan.packing.fleet.question import Apart, Bools, Fleet, Floats, Ints, Seating, cost_of

CELLS = 1_000_000
"""Item-host pairs up to which all candidates that may matter are offered."""
LINKS = 5_000
"""Item-host pairs up to which each ``x`` is held below its ``l`` by a row of its own, for a tighter relaxation.

With 100 computers and 300 processes HiGHS spends more than 30 seconds presolving such rows."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """Hosts of a model.

    Parameters
    ----------
    kind
        Type of each, standing ones first.
    whole
        Whether some best answer needs no others.
    """

    kind: Ints
    whole: bool


def candidates(fleet: Fleet, start: Seating | None) -> Candidates:
    """Choose the hosts of a model."""
    standing, n = fleet.standing, fleet.items
    dearest = cost_of(fleet, start) if start is not None else np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = np.where(fleet.price > 0, np.floor(dearest / fleet.price + 1e-9), np.inf)
    enough = np.minimum(np.minimum(fleet.most, n + fleet.spares), paid).astype(np.int64)
    # a host that stands in a free rack, and is nobody's home, is as good as a new one
    free = np.ones(len(standing), np.bool_)
    free[fleet.home[fleet.home >= 0]] = False
    free &= fleet.standing_rack < 0
    enough = np.maximum(enough - np.bincount(standing[free], minlength=fleet.types), 0)
    if start is None or int(enough.sum() + len(standing)) * n <= CELLS:
        return Candidates(np.concatenate([standing, np.repeat(np.arange(fleet.types), enough)]), True)
    new = start.host_type[len(standing) :]
    some = np.minimum(np.bincount(new[new >= 0], minlength=fleet.types) + 1, fleet.most)
    some = np.minimum(some, np.maximum(enough, np.bincount(new[new >= 0], minlength=fleet.types)))
    return Candidates(np.concatenate([standing, np.repeat(np.arange(fleet.types), some)]), bool((some >= enough).all()))


@dataclass(eq=False)
class Rows:
    """Rows of a program, each ``lower <= values @ columns <= upper``."""

    start: list[int] = field(default_factory=lambda: [0])
    columns: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    resource: list[int] = field(default_factory=list)
    """Which capacity a row is about, ``upper`` being 0; -1 where all its numbers are whole."""

    def add(
        self,
        columns: Sequence[int] | Ints,
        values: Sequence[float] | Floats | float,
        lower: float = -np.inf,
        upper: float = np.inf,
        resource: int = -1,
    ) -> None:
        """Add one."""
        where = np.asarray(columns, dtype=np.int64)
        if len(where) == 0:
            return
        self.columns.append(where)
        self.values.append(np.broadcast_to(np.asarray(values, dtype=np.float64), where.shape))
        self.start.append(self.start[-1] + len(where))
        self.lower.append(lower)
        self.upper.append(upper)
        self.resource.append(resource)


@dataclass(eq=False)
class Model:
    """The program of a fleet; every variable is 0 or 1, and the cost is to be least."""

    fleet: Fleet
    kind: Ints
    whole: bool

    def __post_init__(self) -> None:
        self.rows = Rows()
        self.cost: list[float] = []
        self.one = -1
        self.offset = float(self.fleet.move_price[self.fleet.home >= 0].sum())
        self._variables()
        self._carrying()
        self._counts()
        self._racks()
        self._apart()
        self._licences()

    def _new(self, costs: Iterable[float]) -> Ints:
        before = len(self.cost)
        self.cost.extend(costs)
        return np.arange(before, len(self.cost), dtype=np.int64)

    def _variables(self) -> None:
        fleet, kind = self.fleet, self.kind
        hosts = len(kind)
        fits: Bools = fleet.fits()[:, kind]
        self.x = np.full((fleet.items, hosts), -1, np.int64)
        cost = fleet.load[:, None] * fleet.load_price[kind][None, :]
        at_home = np.flatnonzero(fleet.home >= 0)
        cost[at_home, fleet.home[at_home]] -= fleet.move_price[at_home]
        self.x[fits] = self._new(cost[fits].tolist())
        self.l = self._new(fleet.price[kind].tolist())
        self.e = np.full(hosts, -1, np.int64)
        if fleet.spares and fleet.items:
            self.e = self._new(fleet.price[kind].tolist())

    def _had(self, host: int) -> list[int]:
        """Columns whose sum says whether a host is had."""
        return [int(c) for c in (self.l[host], self.e[host]) if c >= 0]

    def _carrying(self) -> None:
        fleet = self.fleet
        for item in range(fleet.items):
            row = self.x[item][self.x[item] >= 0]
            if len(row) == 0:
                raise ValueError(f"item {item} fits no host")
            self.rows.add(row, 1.0, 1.0, 1.0)
        bound = np.zeros(self.x.shape, np.bool_)
        for host, kind in enumerate(self.kind.tolist()):
            on = np.flatnonzero(self.x[:, host] >= 0)
            columns = self.x[on, host]
            for resource, size in enumerate(fleet.size[kind].tolist()):
                need = fleet.demand[on, resource]
                if not np.isfinite(size) or not need.any():
                    continue
                some = need > 0
                bound[on[some], host] = True
                self.rows.add([*columns[some], int(self.l[host])], [*need[some], -size], upper=0.0, resource=resource)
        linked = (self.x >= 0) & (~bound | (int((self.x >= 0).sum()) <= LINKS))
        for item, host in np.argwhere(linked).tolist():
            self.rows.add([int(self.x[item, host]), int(self.l[host])], [1.0, -1.0], upper=0.0)

        # sums of the rows above that need no x: implied, but solvers cut and propagate better with them said
        sizes = fleet.size[self.kind]
        for resource in np.flatnonzero(np.isfinite(sizes).all(axis=0) & fleet.demand.any(axis=0)).tolist():
            total = float(fleet.demand[:, resource].sum())
            carry = sizes[:, resource]
            if (carry > 0).any():
                self.rows.add([*self.l, self._one()], [*-carry, total], upper=0.0, resource=resource)

    def _one(self) -> int:
        """Column that is 1, so that a constant is rounded as its row is."""
        if self.one < 0:
            self.one = int(self._new([0.0])[0])
            self.rows.add([self.one], 1.0, 1.0, 1.0)
        return self.one

    def _counts(self) -> None:
        fleet, kind = self.fleet, self.kind
        standing = len(fleet.standing)
        for t in range(fleet.types):
            like = np.flatnonzero(kind == t)
            had = [c for h in like.tolist() for c in self._had(h)]
            if len(like) > fleet.most[t]:
                self.rows.add(had, 1.0, upper=float(fleet.most[t]))
            new = like[like >= standing]
            for one, two in zip(new[:-1].tolist(), new[1:].tolist(), strict=True):
                columns, values = [int(self.l[one]), int(self.l[two])], [2.0, -2.0]
                if self.e[one] >= 0:
                    columns += [int(self.e[one]), int(self.e[two])]
                    values += [1.0, -1.0]
                self.rows.add(columns, values, lower=0.0)
        if (self.e < 0).all():
            return
        for host in range(len(kind)):
            self.rows.add(self._had(host), 1.0, upper=1.0)
        # spares are at least as large as each other, hence of one size
        _, size_class = np.unique(fleet.size, axis=0, return_inverse=True)
        size_class = size_class.reshape(-1)
        first = np.array([np.flatnonzero(size_class == c)[0] for c in range(size_class.max() + 1)])
        self.z = self._new([0.0] * len(first))
        self.rows.add(self.z, 1.0, 1.0, 1.0)
        for c in range(len(first)):
            of = np.flatnonzero(size_class[kind] == c)
            self.rows.add([*self.e[of], int(self.z[c])], [1.0] * len(of) + [-float(fleet.spares)], lower=0.0)
        for host, t in enumerate(kind.tolist()):
            over = self.z[(fleet.size[first] >= fleet.size[t]).all(axis=1)]
            self.rows.add([*over, *self._had(host)], [1.0] * len(over) + [-1.0] * len(self._had(host)), lower=0.0)

    def _racks(self) -> None:
        """Say where hosts stand: ``places[h]`` lists the racks that a host may have and the columns that say so."""
        fleet, racks = self.fleet, self.fleet.racks
        hosts = len(self.kind)
        fixed = np.full(hosts, -1, np.int64)
        fixed[: len(fleet.standing)] = fleet.standing_rack
        if racks is None:
            self.fixed = np.where(fixed >= 0, fixed, np.arange(hosts) + int(fixed.max(initial=-1)) + 1)
            self.r = np.full((hosts, 0), -1, np.int64)
            self.u = np.zeros(0, np.int64)
            return
        self.fixed = fixed
        kept = np.zeros(len(racks.room), np.bool_)
        for room in np.unique(racks.room):
            kept[np.flatnonzero(racks.room == room)[:hosts]] = True
        kept[fixed[fixed >= 0]] = True
        self.u = self._new(np.where(kept, racks.price, 0.0).tolist())
        self.r = np.full((hosts, len(kept)), -1, np.int64)
        for host in np.flatnonzero(fixed < 0).tolist():
            self.r[host, kept] = self._new([0.0] * int(kept.sum()))
            own = self.r[host, kept]
            had = self._had(host)
            self.rows.add([*own, *had], [1.0] * len(own) + [-1.0] * len(had), 0.0, 0.0)
        for k in np.flatnonzero(kept).tolist():
            inside = [(h, c) for h in range(hosts) for c in self._stands(h, k)]
            limits = ((fleet.height_u, racks.height_u, -2), (fleet.power_w, racks.power_w, -3))
            for takes, limit, name in limits:
                if np.isfinite(limit) and takes[self.kind].any():
                    values = [*(takes[self.kind[h]] for h, _ in inside), -limit]
                    self.rows.add([*(c for _, c in inside), int(self.u[k])], values, upper=0.0, resource=name)
            for host in {h for h, _ in inside}:
                columns = self._stands(host, k)
                self.rows.add([*columns, int(self.u[k])], [1.0] * len(columns) + [-1.0], upper=0.0)
        if (fixed < 0).all():
            for room in np.unique(racks.room):
                like = np.flatnonzero((racks.room == room) & kept)
                for one, two in zip(like[:-1].tolist(), like[1:].tolist(), strict=True):
                    self.rows.add([int(self.u[one]), int(self.u[two])], [1.0, -1.0], lower=0.0)

    def _stands(self, host: int, rack: int) -> list[int]:
        """Columns whose sum says whether a host is had and in a rack."""
        if self.fixed[host] >= 0:
            return self._had(host) if self.fixed[host] == rack else []
        return [int(self.r[host, rack])] if self.r[host, rack] >= 0 else []

    def _apart(self) -> None:
        self.v: dict[tuple[int, int, int], int] = {}
        for number, group in enumerate(self.fleet.apart):
            self._group(number, group)

    def _group(self, number: int, group: Apart) -> None:
        places: dict[int, list[int]] = defaultdict(list)
        for label in sorted(set(group.labelled())):
            members = [m for m, la in zip(group.members, group.labelled(), strict=True) if la == label]
            at: dict[int, int] = {}
            for place, columns, unless in self._stays(group.scope, members):
                if place not in at:
                    at[place] = int(self._new([0.0])[0])
                    self.v[number, label, place] = at[place]
                    places[place].append(at[place])
                values = [1.0] * (len(columns) + len(unless)) + [-1.0]
                self.rows.add([*columns, *unless, at[place]], values, upper=1.0 if unless else 0.0)
        for columns in places.values():
            if len(columns) > 1:
                self.rows.add(columns, 1.0, upper=1.0)

    def _stays(self, scope: str, members: Sequence[int]) -> Iterable[tuple[int, list[int], list[int]]]:
        """List places with columns that say a member is there, some only if others (``unless``) are 1 too."""
        racks = self.fleet.racks
        room = np.zeros(max(int(self.fixed.max(initial=0)) + 1, 1), np.int64) if racks is None else racks.room
        for member in members:
            hosts = np.flatnonzero(self.x[member] >= 0).tolist()
            known: dict[int, list[int]] = defaultdict(list)
            for host in hosts:
                column = int(self.x[member, host])
                if scope == "host":
                    known[host].append(column)
                elif self.fixed[host] >= 0:
                    known[int(self.fixed[host] if scope == "rack" else room[self.fixed[host]])].append(column)
                elif scope == "rack":
                    for k in np.flatnonzero(self.r[host] >= 0).tolist():
                        yield k, [column], [int(self.r[host, k])]
                else:
                    for place in np.unique(room).tolist():
                        inside = self.r[host, (room == place) & (self.r[host] >= 0)]
                        yield place, [column], inside.tolist()
            for place, columns in known.items():
                yield place, columns, []

    def _licences(self) -> None:
        fleet = self.fleet
        self.q = np.full((len(fleet.licence_price), len(self.kind)), -1, np.int64)
        for product, price in enumerate(fleet.licence_price.tolist()):
            needing = np.flatnonzero((fleet.licences >> product) & 1)
            if len(needing) == 0:
                continue
            self.q[product] = self._new((price * fleet.sockets[self.kind]).tolist())
            for host in range(len(self.kind)):
                for column in self.x[needing, host][self.x[needing, host] >= 0].tolist():
                    self.rows.add([column, int(self.q[product, host])], [1.0, -1.0], upper=0.0)

    def seating(self, values: Floats) -> Seating:
        """Read an answer."""
        on = np.asarray(values) > 0.5
        x = (self.x >= 0) & on[self.x]
        host_of = np.where(x.any(axis=1), x.argmax(axis=1), -1).astype(np.int64)
        loaded = np.zeros(len(self.kind), np.bool_)
        loaded[host_of[host_of >= 0]] = True
        had = loaded | ((self.e >= 0) & on[self.e])
        rack = np.where(self.fixed >= 0, self.fixed, 0)
        if self.r.shape[1]:
            chosen = (self.r >= 0) & on[self.r]
            rack = np.where(chosen.any(axis=1), chosen.argmax(axis=1), rack)
        keep = had | (np.arange(len(self.kind)) < len(self.fleet.standing))
        number = np.cumsum(keep) - 1
        return Seating(
            np.where(had, self.kind, -1)[keep], rack[keep], np.where(host_of >= 0, number[host_of], -1).astype(np.int64)
        )

    def values(self, seating: Seating) -> Floats | None:
        """Say an answer in the model's variables, hosts and racks put into its order; ``None`` where it has no room."""
        fleet, standing = self.fleet, len(self.fleet.standing)
        loaded = np.zeros(len(seating.host_type), np.bool_)
        loaded[seating.loaded()] = True
        to = np.full(len(seating.host_type), -1, np.int64)
        to[:standing] = np.arange(standing)
        for t in range(fleet.types):
            mine = np.flatnonzero((seating.host_type == t) & (np.arange(len(to)) >= standing))
            mine = mine[np.argsort(~loaded[mine], kind="stable")]
            theirs = np.flatnonzero((self.kind == t) & (np.arange(len(self.kind)) >= standing))
            if len(mine) > len(theirs):
                return None
            to[mine] = theirs[: len(mine)]
        value = np.zeros(len(self.cost))
        placed = np.flatnonzero(seating.host_of >= 0)
        host_of = to[seating.host_of[placed]]
        value[self.x[placed, host_of]] = 1.0
        if self.one >= 0:
            value[self.one] = 1.0
        had = np.flatnonzero(seating.host_type >= 0)
        value[self.l[to[had[loaded[had]]]]] = 1.0
        empty = had[~loaded[had]]
        if len(empty) and (self.e < 0).all():
            empty = empty[:0]
        value[self.e[to[empty]]] = 1.0
        if len(empty):
            _, size_class = np.unique(fleet.size, axis=0, return_inverse=True)
            value[self.z[size_class.reshape(-1)[seating.host_type[empty[0]]]]] = 1.0
        rack = self.fixed.copy()
        if fleet.racks is not None:
            order = np.arange(len(fleet.racks.room))
            if (self.fixed < 0).all():
                used = np.zeros(len(order), np.bool_)
                used[seating.rack[had]] = True
                for room in np.unique(fleet.racks.room):
                    like = np.flatnonzero(fleet.racks.room == room)
                    order[like[np.argsort(~used[like], kind="stable")]] = like
            for host in had.tolist():
                k = int(order[seating.rack[host]])
                rack[to[host]] = k
                if self.r[to[host], k] >= 0:
                    value[self.r[to[host], k]] = 1.0
                value[self.u[k]] = 1.0
        where = np.full(fleet.items, -1, np.int64)
        where[placed] = host_of
        for number, group in enumerate(fleet.apart):
            for member, label in zip(group.members, group.labelled(), strict=True):
                host = int(where[member])
                if host < 0:
                    continue
                room = 0 if fleet.racks is None else int(fleet.racks.room[rack[host]])
                place = {"host": host, "rack": int(rack[host]), "room": room}[group.scope]
                value[self.v[number, label, place]] = 1.0
        for product in range(len(fleet.licence_price)):
            needing = host_of[(fleet.licences[placed] >> product) & 1 == 1]
            value[self.q[product, needing]] = 1.0
        return value
