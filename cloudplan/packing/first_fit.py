"""First-fit decreasing with repair: items one by one on the first host that still holds them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cloudplan.demand import Floats

EPSILON = 1e-9
"""What the sum of floats may miss; far below the tolerance of the check."""
TRIES = 400
"""Most ejections tried to place one item left over."""

Indices = npt.NDArray[np.intp]


class Bins:
    """Hosts being filled; the one thing here that changes.

    Parameters
    ----------
    demand
        Shape (items, resources).
    capacity
        Shape (hosts, resources).
    allowed
        Which item may stand on which host, all else apart; shape (items, hosts).
    groups
        HA groups of each item.
    group_count
        Number of HA groups.
    place
        Number of each host's place (itself, its rack or its room); a place holds one member of a group.
    """

    def __init__(
        self,
        demand: Floats,
        capacity: Floats,
        allowed: npt.NDArray[np.bool_],
        groups: tuple[tuple[int, ...], ...],
        group_count: int,
        place: Indices,
    ) -> None:
        self.demand, self.allowed, self.groups = demand, allowed, groups
        self.left = capacity.copy()
        self.host_of = np.full(len(demand), -1, dtype=np.intp)
        self._shared = place[:, None] == place[None, :]
        self._taken = np.zeros((group_count, len(capacity)), dtype=np.intp)
        largest = np.max(capacity, axis=0, initial=EPSILON)
        self.size: Floats = np.max(demand / np.maximum(largest, EPSILON), axis=1, initial=0.0)

    def copy(self) -> Bins:
        """Copy what changes and share the rest."""
        other = object.__new__(Bins)
        other.__dict__.update(self.__dict__)
        other.left, other.host_of, other._taken = self.left.copy(), self.host_of.copy(), self._taken.copy()
        return other

    def fits(self, item: int) -> npt.NDArray[np.bool_]:
        """Say on which hosts an item could stand now; shape (hosts,)."""
        fits: npt.NDArray[np.bool_] = self.allowed[item] & (self.left >= self.demand[item] - EPSILON).all(axis=1)
        for group in self.groups[item]:
            fits &= self._taken[group] == 0
        return fits

    def put(self, item: int, host: int) -> None:
        """Place an item."""
        self.left[host] -= self.demand[item]
        self.host_of[item] = host
        for group in self.groups[item]:
            self._taken[group] += self._shared[host]

    def take(self, item: int) -> int:
        """Take an item off its host, and say which that was."""
        host = int(self.host_of[item])
        self.left[host] += self.demand[item]
        self.host_of[item] = -1
        for group in self.groups[item]:
            self._taken[group] -= self._shared[host]
        return host

    def on(self, host: int) -> Indices:
        """List the items of a host, in rising order."""
        return np.flatnonzero(self.host_of == host)

    def unplaced(self) -> Indices:
        """List the items without host."""
        return np.flatnonzero(self.host_of < 0)

    def used(self) -> Indices:
        """List the hosts with items."""
        return np.unique(self.host_of[self.host_of >= 0])


def fill(bins: Bins, order: Indices, hosts: Indices) -> None:
    """Place each item, in ``order``, on the first of ``hosts`` that holds it, if any."""
    for item in order:
        fits = bins.fits(item)[hosts]
        first = int(fits.argmax()) if len(fits) else 0
        if len(fits) and fits[first]:
            bins.put(item, int(hosts[first]))


def item_orders(demand: Floats, capacity: Floats) -> Iterator[Indices]:
    """Yield the orders that are tried, the best one at scale (largest share of a host in any resource) first.

    Shares are of the largest host; then weighted by how scarce each resource is (total demand / total capacity); then
    their sum and their length; then single resources, the scarcest four; last the smallest first, which leaves fewest
    over where not all can be placed.
    """
    largest = np.maximum(np.max(capacity, axis=0, initial=EPSILON), EPSILON)
    share = demand / largest
    total = np.maximum(capacity.sum(axis=0), EPSILON)
    scarcity = demand.sum(axis=0) / total
    weighted = share * scarcity
    keys = [
        share.max(axis=1, initial=0.0),
        weighted.max(axis=1, initial=0.0),
        weighted.sum(axis=1),
        np.linalg.norm(share, axis=1),
    ]
    keys += [share[:, column] for column in np.argsort(-scarcity, kind="stable")[:4]]
    keys.append(-keys[0])
    for key in keys:
        yield np.argsort(-key, kind="stable")


def host_orders(capacity: Floats, bought: npt.NDArray[np.bool_]) -> Iterator[Indices]:
    """Yield the orders of hosts that are tried, each once: largest first, owned first, as offered, smallest first.

    Between hosts of one size, owned ones come before bought ones.
    """
    finite = np.where(np.isfinite(capacity), capacity, 0.0)
    largest = np.maximum(finite.max(axis=0, initial=EPSILON), EPSILON)
    size = (finite / largest).sum(axis=1)
    seen: set[bytes] = set()
    for order in (
        np.lexsort((bought, -size)),
        np.lexsort((-size, bought)),
        np.arange(len(size)),
        np.lexsort((bought, size)),
    ):
        if order.tobytes() not in seen:
            seen.add(order.tobytes())
            yield order


def insert(bins: Bins, item: int, hosts: Indices, depth: int, tries: list[int]) -> bool:
    """Place an item, ejecting smaller ones to other hosts where nothing else helps.

    Parameters
    ----------
    hosts
        Hosts to use, in order.
    depth
        Length of the chain of ejections.
    tries
        Ejections left, counted down in place.

    Returns
    -------
    bool
        Whether it was placed; if not, nothing has changed.
    """
    fits = bins.fits(item)[hosts]
    if fits.any():
        bins.put(item, int(hosts[int(fits.argmax())]))
        return True
    if depth == 0:
        return False
    for host in (int(host) for host in hosts if bins.allowed[item, host]):
        standing = bins.on(host)
        standing = standing[bins.size[standing] < bins.size[item]]
        if not len(standing):
            continue
        frees = (bins.left[host] + bins.demand[standing] >= bins.demand[item] - EPSILON).all(axis=1)
        for other in (int(other) for other in standing[frees]):
            if tries[0] <= 0:
                return False
            tries[0] -= 1
            bins.take(other)
            if bins.fits(item)[host]:
                bins.put(item, host)
                if insert(bins, other, hosts, depth - 1, tries):
                    return True
                bins.take(item)
            bins.put(other, host)
    return False


def repair(bins: Bins, hosts: Indices) -> None:
    """Try to place what is left over, largest first, by chains of up to two ejections."""
    left = bins.unplaced()
    for item in left[np.argsort(-bins.size[left], kind="stable")]:
        insert(bins, int(item), hosts, 2, [TRIES])


def close(bins: Bins, hosts: Indices, least: float) -> Bins:
    """Try to empty hosts, the least loaded first, by moving all their items to other loaded hosts.

    Parameters
    ----------
    least
        Proven number of loaded hosts below which nothing is tried.
    """
    tried: set[int] = set()
    while True:
        used = bins.used()
        if len(used) <= least:
            return bins
        load = {int(host): float(bins.size[bins.on(int(host))].sum()) for host in used if int(host) not in tried}
        if not load:
            return bins
        host = min(load, key=lambda h: (load[h], h))
        tried.add(host)
        others = hosts[np.isin(hosts, used) & (hosts != host)]
        trial = bins.copy()
        items = trial.on(host)
        for item in items:
            trial.take(int(item))
        tries = [TRIES]
        if all(insert(trial, int(i), others, 1, tries) for i in items[np.argsort(-bins.size[items], kind="stable")]):
            bins = trial
