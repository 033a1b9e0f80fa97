"""Whether an answer is one: every limit looked at again, in plain numpy, sharing no code with the methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.question import Fleet, Seating

TOLERANCE = 1e-9
"""Share of a limit by which a sum of floats may exceed it."""


@dataclass(frozen=True)
class Broken:
    """One limit that is not kept.

    Parameters
    ----------
    limit
        ``shape``, ``capacity``, ``allowed``, ``apart``, ``most``, ``spares``, ``standing``, ``rack`` or ``rack_size``.
    subject
        Host, item, type, group or rack, by number.
    excess
        By how much, in the limit's unit; 1 where it is a matter of yes or no.
    """

    limit: str
    subject: int
    excess: float = 1.0


def broken(fleet: Fleet, seating: Seating) -> tuple[Broken, ...]:
    """List every limit that an answer breaks; items left over break none."""
    kinds, rack, host_of = seating.host_type, seating.rack, seating.host_of
    hosts = len(kinds)
    if (
        host_of.shape != (fleet.items,)
        or rack.shape != kinds.shape
        or hosts < len(fleet.standing)
        or (host_of >= hosts).any()
        or (host_of < -1).any()
        or ((kinds < -1) | (kinds >= fleet.types)).any()
        or (kinds[len(fleet.standing) :] < 0).any()
        or (kinds[host_of[host_of >= 0]] < 0).any()
    ):
        return (Broken("shape", 0),)
    if fleet.racks is not None:
        had = np.flatnonzero(kinds >= 0)
        nowhere = had[(rack[had] < 0) | (rack[had] >= len(fleet.racks.room))]
        if len(nowhere):
            return tuple(Broken("rack", host) for host in nowhere.tolist())
    return (
        *_hosts(fleet, seating),
        *_counts(fleet, seating),
        *_apart(fleet, seating),
        *_racks(fleet, seating),
    )


def _hosts(fleet: Fleet, seating: Seating) -> Iterator[Broken]:
    placed = np.flatnonzero(seating.host_of >= 0)
    placed = placed[np.argsort(seating.host_of[placed], kind="stable")]
    if not len(placed):
        return
    loaded, starts = np.unique(seating.host_of[placed], return_index=True)
    for host, on in zip(loaded.tolist(), np.split(placed, starts[1:]), strict=True):
        kind = seating.host_type[host]
        excess = fleet.demand[on].sum(axis=0) - fleet.size[kind] * (1 + TOLERANCE)
        if excess.max(initial=0.0) > 0:
            yield Broken("capacity", host, float(excess.max()))
        for item in on[~fleet.allowed[on, kind]].tolist():
            yield Broken("allowed", item)


def _counts(fleet: Fleet, seating: Seating) -> Iterator[Broken]:
    kinds = seating.host_type
    had, fresh = kinds[kinds >= 0], kinds[len(fleet.standing) :]
    for kind in range(fleet.types):
        over = int((fresh == kind).sum()) + int((fleet.standing == kind).sum()) - int(fleet.most[kind])
        if over > 0:
            yield Broken("most", kind, over)
    for host, kind in enumerate(fleet.standing.tolist()):
        stays = fleet.standing_rack[host] in (-1, seating.rack[host])
        if kinds[host] != -1 and not (kinds[host] == kind and stays):
            yield Broken("standing", host)
    loaded = np.unique(seating.host_of[seating.host_of >= 0])
    if fleet.spares and len(loaded):
        empty = np.setdiff1d(np.flatnonzero(kinds >= 0), loaded)
        largest = fleet.size[had].max(axis=0)
        enough = int((fleet.size[kinds[empty]] >= largest).all(axis=1).sum())
        if enough < fleet.spares:
            yield Broken("spares", 0, fleet.spares - enough)


def _apart(fleet: Fleet, seating: Seating) -> Iterator[Broken]:
    rack = seating.rack
    room = rack if fleet.racks is None else fleet.racks.room[rack]
    room = np.zeros_like(rack) if fleet.racks is None else room
    for scope in ("host", "rack", "room"):
        groups = [number for number, group in enumerate(fleet.apart) if group.scope == scope]
        listed = [fleet.apart[number] for number in groups]
        owner = np.repeat(np.array(groups, dtype=np.int64), [len(group.members) for group in listed])
        members = np.array([m for group in listed for m in group.members], dtype=np.int64)
        labels = np.array([la for group in listed for la in group.labels or range(len(group.members))], dtype=np.int64)
        placed = seating.host_of[members] >= 0
        at = seating.host_of[members[placed]]
        place = {"host": at, "rack": rack[at], "room": room[at]}[scope]
        # a place with two labels of one group is one too many
        found = np.unique(np.stack([owner[placed], place, labels[placed]], axis=1), axis=0)
        places = np.unique(found[:, :2], axis=0)
        most = len(fleet.apart)
        over = np.bincount(found[:, 0], minlength=most) - np.bincount(places[:, 0], minlength=most)
        for number in np.flatnonzero(over).tolist():
            yield Broken("apart", number, int(over[number]))


def _racks(fleet: Fleet, seating: Seating) -> Iterator[Broken]:
    if fleet.racks is None:
        return
    kinds, rack = seating.host_type, seating.rack
    for used in np.unique(rack[kinds >= 0]).tolist():
        here = kinds[(rack == used) & (kinds >= 0)]
        for taken, limit in ((fleet.height_u, fleet.racks.height_u), (fleet.power_w, fleet.racks.power_w)):
            if taken[here].sum() > limit * (1 + TOLERANCE):
                yield Broken("rack_size", used, float(taken[here].sum() - limit))
