"""One try: seat all items on the hosts of one mix, the search going region by region where there are many."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.balance import balance, settle
from cloudplan.packing.fleet.bound import Mix
from cloudplan.packing.fleet.hosts import Hosts, hosts_of
from cloudplan.packing.fleet.links import Links
from cloudplan.packing.fleet.needs import Needs
from cloudplan.packing.fleet.polish import polish
from cloudplan.packing.fleet.question import Bools, Fleet, Floats, Ints, Seating
from cloudplan.packing.fleet.rows import Scaled

REGION = 1 << 20
"""Bytes of the rows of a region's items; where there are twice as many or fewer, all hosts are one region."""
TRIES = 32
"""Hosts drawn for an item when it is first seated."""
SCARCE = 24
"""Resources that count when an item is first seated."""
WARM = 0.1
"""Temperature at which prices on hosts begin, as a share of how far they differ for a mean item."""
LISTED = 1 << 22
"""Places in the lists of items by host up to which each host could hold all; beyond, thrice its share."""
HOT, COLD = 0.1, 0.001
"""Temperature at the beginning and the end, as a share of what an item takes on average of the scarcest resource."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What every try of a fleet needs, made once."""

    fleet: Fleet
    rows: Scaled
    needs: Needs
    links: Links


Words = np.ndarray[tuple[int], np.dtype[np.uint64]]


@dataclass(eq=False)
class _Seats:
    """Items and hosts while they are searched: all of them, or a region's; kernels change it."""

    demand: np.ndarray[tuple[int, int], np.dtype[np.int16]]
    left: np.ndarray[tuple[int, int], np.dtype[np.int16]]
    host_of: Ints
    kind: Ints
    allowed: Bools
    rack: Ints
    room: Ints
    links: Links

    def __post_init__(self) -> None:
        self.index()

    def index(self) -> None:
        """List the items of each host anew."""
        hosts, items = len(self.left), len(self.demand)
        counts = np.bincount(self.host_of[self.host_of >= 0], minlength=hosts)
        room_for = max(int(counts.max(initial=0)) + 16, 3 * items // max(hosts, 1) + 48)
        room_for = items if items * hosts <= LISTED else room_for
        self.on = np.zeros((hosts, min(room_for, items + 1)), np.int64)
        self.count = np.zeros(hosts, np.int64)
        self.place = np.zeros(items, np.int64)
        placed = np.flatnonzero(self.host_of >= 0)
        placed = placed[np.argsort(self.host_of[placed], kind="stable")]
        on = self.host_of[placed]
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.place[placed] = np.arange(len(placed)) - starts[on]
        self.on[on, self.place[placed]] = placed
        self.count[:] = counts

    def state(self) -> tuple[object, ...]:
        """Give what the kernels take, in their order."""
        links = self.links
        return (
            self.demand, self.left, self.host_of, self.on, self.count, self.place, self.kind, self.allowed,
            self.rack, self.room, links.first, links.other, links.scope,
        )  # fmt: skip

    def overload(self) -> Ints:
        """Say by how much each host is too full."""
        over: Ints = np.maximum(-self.left.astype(np.int64), 0).sum(axis=1)
        return over


_Found = tuple[Ints, Ints, _Seats]


def seed_of(rng: np.random.Generator) -> Words:
    """Draw the state of a kernel's own draws."""
    return rng.integers(1, 2**63, size=1, dtype=np.uint64)


def attempt(
    asked: Prepared,
    mix: Mix,
    steps: int,
    seed: int,
    threads: int = 1,
    go_on: Callable[[], bool] = lambda: True,
    drop: bool = False,
) -> Seating | None:
    """Try to seat all items on a mix's hosts.

    Parameters
    ----------
    steps
        Moves looked at for each host, at most.
    seed
        Of all draws; the same try gives the same answer on any number of threads.
    go_on
        Asked between rounds of regions.
    drop
        Whether hosts that stay without items are given up; the seating then is no longer one of the mix.

    Returns
    -------
    Seating or None
        Nothing left over, or ``None`` where no such seating was found.
    """
    fleet = asked.fleet
    hosts = hosts_of(fleet, mix)
    if hosts is None or len(hosts.kind) == 0:
        return None
    rng = np.random.default_rng(seed)
    seats, _ = _seats(asked, hosts)
    _begin_at_home(fleet, hosts, seats)
    seats.index()
    _settle(seats, asked.rows, rng)
    if (seats.host_of < 0).any() or not _balanced(seats, asked, steps, rng, threads, go_on):
        return None
    seating = _seating(fleet, hosts, seats.host_of)
    return _without_idle(fleet, hosts, seating) if drop else seating


def _without_idle(fleet: Fleet, hosts: Hosts, seating: Seating) -> Seating:
    """Give up hosts without items that are no spares."""
    standing = len(fleet.standing)
    keep = np.zeros(len(seating.host_type), np.bool_)
    keep[seating.loaded()] = True
    keep[hosts.spare_stands[hosts.spare_stands >= 0]] = True
    keep[len(keep) - int((hosts.spare_stands < 0).sum()) :] |= bool((hosts.spare_stands < 0).any())
    kind = np.where(keep, seating.host_type, -1)
    keep[:standing] = True
    number = np.cumsum(keep) - 1
    return Seating(kind[keep], seating.rack[keep], number[seating.host_of])


def _seats(asked: Prepared, hosts: Hosts) -> tuple[_Seats, Ints]:
    """Set out the hosts, empty; also give the type of each class (hosts of one type and one set of licences)."""
    fleet = asked.fleet
    pairs = np.stack([hosts.kind, hosts.licensed], axis=1)
    classes, of_class = np.unique(pairs, axis=0, return_inverse=True)
    allowed = asked.needs.fits[:, classes[:, 0]] & ((_priced(fleet)[:, None] & ~classes[None, :, 1]) == 0)
    room = np.zeros(len(hosts.rack), np.int64) if fleet.racks is None else fleet.racks.room
    seats = _Seats(
        demand=asked.rows.demand,
        left=asked.rows.size[hosts.kind].copy(),
        host_of=np.full(fleet.items, -1, np.int64),
        kind=of_class.ravel().astype(np.int64),
        allowed=allowed,
        rack=hosts.rack[: len(hosts.kind)],
        room=room,
        links=asked.links,
    )
    return seats, classes[:, 0]


def _priced(fleet: Fleet) -> Ints:
    """Leave out products without a price: they bind nothing."""
    return fleet.licences & ((1 << len(fleet.licence_price)) - 1)


def _begin_at_home(fleet: Fleet, hosts: Hosts, seats: _Seats) -> None:
    """Leave items on their present hosts, where those are kept; the search then moves few."""
    if not (fleet.move_price > 0).any():
        return
    number = np.full(len(fleet.standing) + 1, -1, np.int64)
    number[hosts.stands[hosts.stands >= 0]] = np.flatnonzero(hosts.stands >= 0)
    at = number[fleet.home]
    for item in np.argsort(-fleet.move_price, kind="stable").tolist():
        host = int(at[item])
        if host < 0 or not seats.allowed[item, seats.kind[host]]:
            continue
        if (seats.left[host] >= seats.demand[item]).all() and not seats.links.clash(
            item, host, seats.host_of, seats.rack, seats.room
        ):
            seats.host_of[item] = host
            seats.left[host] -= seats.demand[item]


def _settle(seats: _Seats, rows: Scaled, rng: np.random.Generator) -> None:
    """Seat what has no host yet: what must be apart first, then by size."""
    width = rows.size.max(axis=0).astype(float) + 1.0
    fill = seats.demand.sum(axis=0, dtype=np.int64) / np.maximum(seats.left.sum(axis=0, dtype=np.int64), 1)
    scarce = np.argsort(-fill, kind="stable")[:SCARCE]
    weight: Floats = (np.where(fill > 0.75 * fill.max(), fill, 0.0) / width**2)[scarce]
    sizes = (seats.demand / width.astype(np.float32)).max(axis=1)
    free = seats.allowed.sum(axis=1)
    order = np.lexsort((-sizes, free, -seats.links.strictness()))
    order = order[seats.host_of[order] < 0].astype(np.int64)
    settle(seed_of(rng), order, *seats.state(), TRIES, scarce, weight)


def _balanced(
    seats: _Seats, asked: Prepared, steps: int, rng: np.random.Generator, threads: int, go_on: Callable[[], bool]
) -> bool:
    """Search until no host is too full, region by region in rounds, or all at once where hosts are few."""
    total = seats.left.shape[0]
    scarce = (seats.demand.mean(axis=0, dtype=np.float64)).max()
    hot, cold = HOT * scarce, COLD * scarce
    region = max(8, REGION * total // max(1, seats.demand.nbytes))
    # a room may hold several regions, so what must be apart by room is searched all at once
    if total <= 2 * region or (seats.links.scope == 2).any():
        return bool(balance(seed_of(rng), *seats.state(), steps * total, hot, cold) == 0)
    rounds = 12
    for number in range(rounds):
        over = seats.overload()
        if not over.any() or not go_on():
            break
        cool = (COLD / HOT) ** (number / rounds)
        regions = [region for region in _regions(seats.rack, region, rng) if over[region].any()]
        seeds = [seed_of(rng) for _ in regions]
        members = _by_host(seats.host_of, total)

        todo = list(zip(regions, seeds, strict=True))

        def search(task: tuple[Ints, Words], cool: float = cool, members: list[Ints] = members) -> _Found:
            hosts, seed = task
            items = np.concatenate([members[h] for h in hosts.tolist()])
            part = _part(seats, hosts, items)
            balance(seed, *part.state(), steps * len(hosts) // rounds, hot * cool, cold)
            return hosts, items, part

        with ThreadPoolExecutor(threads) as pool:
            for hosts, items, part in pool.map(search, todo):
                seats.left[hosts] = part.left
                seats.host_of[items] = hosts[part.host_of]
    seats.index()
    return not seats.overload().any()


def _regions(rack: Ints, size: int, rng: np.random.Generator) -> list[Ints]:
    """Part the hosts into regions of whole racks; what must be apart across regions is so already."""
    order = rng.permutation(int(rack.max()) + 1)
    turn = np.empty(len(order), np.int64)
    turn[order] = np.arange(len(order))
    sorted_hosts = np.argsort(turn[rack], kind="stable")
    starts = np.flatnonzero(np.diff(turn[rack][sorted_hosts], prepend=-1))
    regions, begin = [], 0
    for start in [*starts[1:].tolist(), len(rack)]:
        if start - begin >= size or start == len(rack):
            regions.append(np.sort(sorted_hosts[begin:start]))
            begin = start
    return regions


def _by_host(host_of: Ints, hosts: int) -> list[Ints]:
    order = np.argsort(host_of, kind="stable")
    ends = np.cumsum(np.bincount(host_of, minlength=hosts))
    return np.split(order, ends[:-1])


def _part(seats: _Seats, hosts: Ints, items: Ints) -> _Seats:
    """Cut out some hosts with their items."""
    number = np.full(len(seats.left), -1, np.int64)
    number[hosts] = np.arange(len(hosts))
    return _Seats(
        demand=seats.demand[items],
        left=seats.left[hosts],
        host_of=number[seats.host_of[items]],
        kind=seats.kind[hosts],
        allowed=seats.allowed[items],
        rack=seats.rack[hosts],
        room=seats.room,
        links=seats.links.only(items),
    )


def refine(asked: Prepared, mix: Mix, seating: Seating, steps: int, seed: int) -> Seating:
    """Lower what power at load and moves cost, on the hosts of a seating that :func:`attempt` gave for the mix.

    Parameters
    ----------
    steps
        Moves and swaps looked at for each item.
    """
    hosts = hosts_of(asked.fleet, mix)
    if hosts is None:
        return seating
    seats, classes = _seats(asked, hosts)
    number = np.full(len(seating.host_type), -1, np.int64)
    number[_numbers(asked.fleet, hosts)] = np.arange(len(hosts.kind))
    seats.host_of[:] = number[seating.host_of]
    np.subtract.at(seats.left, seats.host_of, seats.demand)
    seats.index()
    _polish(asked.fleet, hosts, seats, classes, np.random.default_rng(seed), steps)
    return _seating(asked.fleet, hosts, seats.host_of)


def refinable(fleet: Fleet) -> bool:
    """Say whether anything is left to lower once the hosts are chosen."""
    return bool(np.ptp(fleet.load_price) > 0 or (fleet.move_price > 0).any())


def _polish(fleet: Fleet, hosts: Hosts, seats: _Seats, classes: Ints, rng: np.random.Generator, steps: int) -> None:
    price = fleet.load_price[classes]
    moves = bool((fleet.move_price > 0).any())
    if len(seats.left) < 2 or (np.ptp(price) == 0 and not moves):
        return
    number = np.full(len(fleet.standing) + 1, -1, np.int64)
    number[hosts.stands[hosts.stands >= 0]] = np.flatnonzero(hosts.stands >= 0)
    # an item whose home is given up pays for its move wherever it goes
    home = number[fleet.home]
    spread = float(np.ptp(price)) * float(fleet.load.mean()) + float(fleet.move_price.mean() if moves else 0.0)
    polish(seed_of(rng), *seats.state(), fleet.load, price, home, fleet.move_price, steps * fleet.items, WARM * spread)


def _numbers(fleet: Fleet, hosts: Hosts) -> Ints:
    """Number the loaded hosts as an answer does."""
    number = hosts.stands.copy()
    fresh = np.flatnonzero(hosts.stands < 0)
    number[fresh] = len(fleet.standing) + np.arange(len(fresh))
    return number


def _seating(fleet: Fleet, hosts: Hosts, host_of: Ints) -> Seating:
    """Number the hosts as an answer does: standing ones first, given up or not, then the others, then spares."""
    standing = len(fleet.standing)
    fresh, fresh_spares = np.flatnonzero(hosts.stands < 0), np.flatnonzero(hosts.spare_stands < 0)
    count = standing + len(fresh) + len(fresh_spares)
    kind, rack = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    rack[:standing] = fleet.standing_rack
    number = _numbers(fleet, hosts)
    kind[number], rack[number] = hosts.kind, hosts.rack[: len(hosts.kind)]
    at = hosts.spare_stands.copy()
    at[fresh_spares] = standing + len(fresh) + np.arange(len(fresh_spares))
    kind[at], rack[at] = hosts.spare_kind, hosts.rack[len(hosts.kind) :]
    return Seating(kind, rack, number[host_of])
