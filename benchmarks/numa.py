"""Servers of two NUMA nodes, requests that stand on one of them or half on each, and limits of host and rack.

`broken` says whether a placement holds; `first_fit` places one request after the other; `nodes_of` finds out whether
the requests of one server can be spread over its nodes at all; `repaired` moves those that can't be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.question import Bools, Ints

BOTH = 2
"""Node of a request that stands half on each."""
FAIL = -1
"""Of what has no place."""


@dataclass(frozen=True, eq=False)
class Servers:
    """Servers as they stand.

    Parameters
    ----------
    size
        CPU and memory of the first node, then of the second; shape (servers, 4).
    rack
        Of each.
    """

    size: Ints
    rack: Ints


@dataclass(frozen=True, eq=False)
class Requests:
    """What is asked for.

    Parameters
    ----------
    need
        CPU and memory, shape (n, 2).
    split
        Whether a request stands half on each node, shape (n,).
    together
        Group whose members stand in one rack, or -1.
    apart
        Group whose members stand on different servers, or -1.
    spread
        Group in which different domains stand in different racks, or -1.
    domain
        The domain within it.
    """

    need: Ints
    split: Bools
    together: Ints
    apart: Ints
    spread: Ints
    domain: Ints

    def on_nodes(self, item: int, node: int) -> Ints:
        """What a request takes of the four figures of its server."""
        one = self.need[item]
        if node == BOTH:
            return np.concatenate([one, one]) // 2
        return np.concatenate([one, 0 * one] if node == 0 else [0 * one, one])


@dataclass(frozen=True, eq=False)
class Placement:
    """Server and node of each request, -1 for none."""

    host: Ints
    node: Ints

    @property
    def used(self) -> int:
        """Servers with requests."""
        return len(np.unique(self.host[self.host >= 0]))


def broken(servers: Servers, requests: Requests, placement: Placement) -> list[str]:
    """List what a placement breaks, a request without a place included."""
    faults = [f"request {i} has no place" for i in np.flatnonzero(placement.host < 0).tolist()]
    placed = np.flatnonzero(placement.host >= 0)
    load = np.zeros_like(servers.size)
    for item in placed.tolist():
        if (placement.node[item] == BOTH) != bool(requests.split[item]):
            faults.append(f"request {item} stands on the wrong number of nodes")
        load[placement.host[item]] += requests.on_nodes(item, int(placement.node[item]))
    faults += [f"server {h} is overfull" for h in np.flatnonzero((load > servers.size).any(axis=1)).tolist()]
    rack = servers.rack[placement.host]
    racks, hosts, domains = defaultdict(set), defaultdict(list), defaultdict(set)
    for item in placed.tolist():
        racks[int(requests.together[item])].add(int(rack[item]))
        hosts[int(requests.apart[item])].append(int(placement.host[item]))
        domains[int(requests.spread[item]), int(rack[item])].add(int(requests.domain[item]))
    faults += [f"group {g} stands in {len(r)} racks" for g, r in racks.items() if g >= 0 and len(r) > 1]
    faults += [f"group {g} shares a server" for g, h in hosts.items() if g >= 0 and len(h) > len(set(h))]
    faults += [f"domains of {g} share rack {r}" for (g, r), d in domains.items() if g >= 0 and len(d) > 1]
    return faults


class Floor:
    """Servers being filled."""

    def __init__(self, servers: Servers, requests: Requests, order: Ints) -> None:
        self.servers, self.requests, self.order = servers, requests, order
        self.free = servers.size[order].copy()
        self.rack = servers.rack[order]
        self.place = np.full(len(requests.need), FAIL, np.int64)
        self.node = np.full(len(requests.need), FAIL, np.int64)
        self.taken: dict[int, list[int]] = defaultdict(list)
        self.domain: dict[tuple[int, int], int] = {}

    def may(self, item: int) -> Bools:
        """Servers where no group forbids a request; shape (servers,)."""
        asked = self.requests
        may = np.ones(len(self.free), np.bool_)
        if asked.apart[item] >= 0:
            may[self.taken[int(asked.apart[item])]] = False
        if asked.spread[item] >= 0:
            group, own = int(asked.spread[item]), int(asked.domain[item])
            closed = [r for (g, r), d in self.domain.items() if g == group and d != own]
            may &= ~np.isin(self.rack, closed)
        return may

    def put(self, item: int, where: Bools) -> bool:
        """Place a request on the first server of those given that takes it."""
        cpu, ram = self.requests.need[item].tolist()
        free = self.free
        if self.requests.split[item]:
            fits = np.all(free * 2 >= (cpu, ram, cpu, ram), axis=1)
        else:
            fits = (free[:, 0] >= cpu) & (free[:, 1] >= ram) | (free[:, 2] >= cpu) & (free[:, 3] >= ram)
        if not (fits & where).any():
            return False
        at = int(np.argmax(fits & where))
        second = int(free[at, 0] < cpu or free[at, 1] < ram)
        self.set(item, at, BOTH if self.requests.split[item] else second)
        return True

    def set(self, item: int, at: int, node: int) -> None:
        """Write down where a request stands."""
        asked = self.requests
        self.place[item], self.node[item] = at, node
        self.free[at] -= asked.on_nodes(item, node)
        self.taken[int(asked.apart[item])].append(at)
        self.domain[int(asked.spread[item]), int(self.rack[at])] = int(asked.domain[item])

    def take_back(self, item: int) -> None:
        """Undo the placing of a request; what it kept others from stays kept."""
        self.free[self.place[item]] += self.requests.on_nodes(item, int(self.node[item]))
        self.place[item] = self.node[item] = FAIL

    def put_together(self, members: Sequence[int]) -> bool:
        """Place a group in the first rack that takes all of it."""
        for rack in dict.fromkeys(self.rack.tolist()):
            inside = self.rack == rack
            done = []
            for item in members:
                if not self.put(item, inside):
                    break
                done.append(item)
            if len(done) == len(members):
                return True
            for item in done:
                self.take_back(item)
        return False

    def placement(self) -> Placement:
        """Give what stands where, by the servers' own numbers."""
        return Placement(np.where(self.place >= 0, self.order[self.place], FAIL), self.node.copy())


def first_fit(servers: Servers, requests: Requests, items: Ints, hosts: Ints) -> Placement:
    """Place requests in an order on the first server that takes them; a group to be together when its first comes."""
    floor = Floor(servers, requests, hosts)
    for item in items.tolist():
        if floor.place[item] >= 0:
            continue
        group = int(requests.together[item])
        if group < 0:
            floor.put(item, floor.may(item))
        else:
            floor.put_together([int(i) for i in items if requests.together[i] == group])
    return floor.placement()


def nodes_of(size: Ints, need: Ints, split: Bools) -> Ints | None:
    """Spread the requests of one server over its nodes; ``None`` where that is impossible.

    Every load of the first node that some choice gives is kept, request after request, so the answer is exact.
    """
    nodes = np.where(split, BOTH, FAIL)
    halves = need[split].sum(axis=0) // 2
    left = size.reshape(2, 2) - halves
    if (left < 0).any():
        return None
    single = np.flatnonzero(~split)
    single = single[np.lexsort(need[single].T[::-1])[::-1]]
    if (need[single].sum(axis=0) > left.sum(axis=0)).any():
        return None
    total = (0, 0)
    (c0, r0), (c1, r1) = left.tolist()
    reached: list[dict[tuple[int, int], int]] = [{(0, 0): 0}]
    for item in single.tolist():
        cpu, ram = need[item].tolist()
        total = (total[0] + cpu, total[1] + ram)
        level: dict[tuple[int, int], int] = {}
        for c, r in reached[-1]:
            if c + cpu <= c0 and r + ram <= r0:
                level[c + cpu, r + ram] = 0
            if total[0] - c <= c1 and total[1] - r <= r1:
                level.setdefault((c, r), 1)
        if not level:
            return None
        reached.append(level)
    at = next(iter(reached[-1]))
    for item, level in zip(single[::-1].tolist(), reached[:0:-1], strict=True):
        nodes[item] = level[at]
        if level[at] == 0:
            at = (at[0] - int(need[item, 0]), at[1] - int(need[item, 1]))
    return nodes


def repaired(servers: Servers, requests: Requests, host: Ints) -> tuple[Placement, int]:
    """Give requests their nodes; those that no spreading leaves room for move, to used servers first.

    Where the rack of a group to be together has no room for a member, others make room.

    Returns
    -------
    tuple[Placement, int]
        The placement, and how many requests had to move.
    """
    used = np.unique(host[host >= 0])
    order = np.concatenate([used, np.setdiff1d(np.arange(len(servers.size)), used)])
    floor = Floor(servers, requests, order)
    moving: list[int] = []
    for at, server in enumerate(used.tolist()):
        on = np.flatnonzero(host == server)
        on = on[np.lexsort((-requests.need[on].sum(axis=1), requests.together[on] < 0))]
        for item, node in _kept(servers.size[server], requests, on, moving):
            floor.set(item, at, node)
    moving += np.flatnonzero(host < 0).tolist()
    moving.sort(key=lambda i: (requests.together[i] < 0, -int(requests.need[i].sum())))
    for item in moving:
        where = floor.may(item)
        group = int(requests.together[item])
        if group >= 0:
            here = np.flatnonzero((requests.together == group) & (floor.place >= 0))
            if len(here):
                where &= np.equal(floor.rack, floor.rack[floor.place[here[0]]])
        near = where & (np.arange(len(order)) < len(used))
        placed = floor.put(item, near) or _respread(floor, item, near) or floor.put(item, where)
        if not placed and group >= 0:
            moving += _instead(floor, item, where)
    return floor.placement(), len(moving)


def _kept(size: Ints, requests: Requests, on: Ints, moving: list[int]) -> Iterator[tuple[int, int]]:
    """Spread a server's requests; left out are small ones, those of no group first, as far as a greedy choice needs."""
    while True:
        nodes = nodes_of(size, requests.need[on], requests.split[on])
        if nodes is not None:
            yield from zip(on.tolist(), nodes.tolist(), strict=True)
            return
        free = np.flatnonzero(requests.together[on] < 0)
        free = free if len(free) else np.arange(len(on))
        for out in free[::-1].tolist():
            rest = np.delete(on, out)
            if nodes_of(size, requests.need[rest], requests.split[rest]) is not None:
                break
        else:
            out = int(free[0])
        moving.append(int(on[out]))
        on = np.delete(on, out)


def _respread(floor: Floor, item: int, where: Bools) -> bool:
    """Place a request on a server that takes it once its other requests change nodes."""
    asked = floor.requests
    room = (floor.free[:, :2] + floor.free[:, 2:] >= asked.need[item]).all(axis=1) & where
    for at in np.flatnonzero(room).tolist():
        on = np.append(np.flatnonzero(floor.place == at), item)
        nodes = nodes_of(floor.servers.size[floor.order[at]], asked.need[on], asked.split[on])
        if nodes is None:
            continue
        floor.free[at] = floor.servers.size[floor.order[at]]
        for other, node in zip(on[:-1].tolist(), nodes[:-1].tolist(), strict=True):
            floor.node[other] = node
            floor.free[at] -= asked.on_nodes(other, node)
        floor.set(item, at, int(nodes[-1]))
        return True
    return False


def _instead(floor: Floor, item: int, where: Bools) -> list[int]:
    """Place a request on the emptiest server that takes it without those of no group; give those that had to leave."""
    asked = floor.requests
    for at in np.argsort(-floor.free.sum(axis=1), kind="stable").tolist():
        on = np.flatnonzero(floor.place == at)
        stay = np.append(on[asked.together[on] >= 0], item)
        size = floor.servers.size[floor.order[at]]
        if not where[at] or nodes_of(size, asked.need[stay], asked.split[stay]) is None:
            continue
        leave: list[int] = []
        rest = on[asked.together[on] < 0]
        kept = list(_kept(size, asked, np.concatenate([stay, rest[np.argsort(-asked.need[rest].sum(axis=1))]]), leave))
        for other in on.tolist():
            floor.take_back(other)
        for other, node in kept:
            floor.set(other, at, node)
        return leave
    return []
