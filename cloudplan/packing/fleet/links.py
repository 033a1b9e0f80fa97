"""Which items must be apart from which: the groups of a fleet, pair by pair, as kernels read them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.question import SCOPES, Fleet, Ints


@dataclass(frozen=True, eq=False)
class Links:
    """Pairs of items that must be apart.

    Parameters
    ----------
    first
        Item ``i`` must be apart from ``other[first[i] : first[i + 1]]``; shape (n + 1,).
    other, scope
        The other item, and what they may not share: 0 host, 1 rack, 2 room.
    """

    first: Ints
    other: Ints
    scope: Ints

    def strictness(self) -> Ints:
        """Rank items by how much they keep others away: the widest scope and the number of pairs."""
        pairs = np.diff(self.first)
        rank = np.zeros(len(pairs), np.int64)
        linked = np.flatnonzero(pairs)
        if len(linked):
            rank[linked] = (np.maximum.reduceat(self.scope, self.first[linked]) + 1) * 1_000_000 + pairs[linked]
        return rank

    def only(self, items: Ints) -> Links:
        """Keep the pairs within some items, which are numbered anew in that order."""
        total = len(self.first) - 1
        starts, ends = self.first[items], self.first[items + 1]
        counts = ends - starts
        linked = np.flatnonzero(counts)
        if not len(linked):
            empty = np.zeros(0, np.int64)
            return Links(np.zeros(len(items) + 1, np.int64), empty, empty)
        places = np.concatenate([np.arange(s, e) for s, e in zip(starts[linked], ends[linked], strict=True)])
        owner = np.repeat(linked, counts[linked])
        number = np.full(total, -1, np.int64)
        number[items] = np.arange(len(items))
        other = number[self.other[places]]
        inside = other >= 0
        first = np.concatenate([[0], np.cumsum(np.bincount(owner[inside], minlength=len(items)))]).astype(np.int64)
        return Links(first, other[inside], self.scope[places][inside])

    def clash(self, item: int, host: int, host_of: Ints, rack: Ints, room: Ints) -> bool:
        """Say whether an item on a host would share a place with one that it must be apart from."""
        pairs = slice(self.first[item], self.first[item + 1])
        at, scope = host_of[self.other[pairs]], self.scope[pairs]
        at, scope = at[at >= 0], scope[at >= 0]
        near = (at == host) | ((scope > 0) & (rack[at] == rack[host]))
        return bool((near | ((scope > 1) & (room[rack[at]] == room[rack[host]]))).any())


def links_of(fleet: Fleet) -> Links:
    """Write the groups as pairs."""
    owners, others, scopes = [], [], []
    for group in fleet.apart:
        labels = group.labelled()
        scope = SCOPES.index(group.scope)
        for a, label in zip(group.members, labels, strict=True):
            for b, its in zip(group.members, labels, strict=True):
                if label != its:
                    owners.append(a)
                    others.append(b)
                    scopes.append(scope)
    owner = np.array(owners, dtype=np.int64)
    order = np.argsort(owner, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=fleet.items))]).astype(np.int64)
    return Links(first, np.array(others, dtype=np.int64)[order], np.array(scopes, dtype=np.int64)[order])
