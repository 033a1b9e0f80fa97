"""What a plan in progress has decided: :class:`Earlier`, from which a later plan departs only for a reason.

It is all that the later plan needs of the earlier one, and is saved among its inputs (``inputs/earlier.json``), so that
whoever solves it again sees the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from cloudplan.state import Host, Seat


@dataclass(frozen=True)
class Ordered:
    """One host that was ordered and isn't delivered yet."""

    pool: str
    kind: str
    ready_on: dt.date


@dataclass(frozen=True)
class Earlier:
    """The decisions of an earlier plan.

    Parameters
    ----------
    plan
        SHA-256 of its ``plan.json``: the plan that the later one supersedes.
    late, allowance
        What its cut loop had come to: pairs (server, pool) that no wave could have in time, and the share by which a
        pool's demand was enlarged so that it could be packed. The later plan's loop begins there.
    fates
        Disposition and target of each system.
    seats
        Where each component stands in its end.
    hosts
        Its hosts, spares marked.
    host_of
        Host of each workload in its end.
    windows
        When each system that was still to move is cut over.
    done
        Systems whose window has begun, and the day on which it ends: they stand where the plan put them.
    ordered
        Hosts ordered and not yet delivered.
    closed
        Rooms closed already, or after a window that has begun, and since when.
    servers
        Servers it knew; what it didn't know has no fate to be changed.
    judged_on
        Systems of which the inventory still shows the same last change of business data, and the day on which that was
        first judged: time that passed since is no evidence that nothing changed.
    sized_on
        Workloads that were moved, each with the server that the inventory still shows it on (``""`` for none): its size
        and use on record were stated there.
    """

    plan: str
    late: tuple[tuple[str, str], ...] = ()
    allowance: Mapping[str, float] = field(default_factory=dict)
    fates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    seats: Mapping[str, Seat] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    host_of: Mapping[str, str] = field(default_factory=dict)
    windows: Mapping[str, dt.datetime] = field(default_factory=dict)
    done: Mapping[str, dt.date] = field(default_factory=dict)
    ordered: tuple[Ordered, ...] = ()
    closed: Mapping[str, dt.date] = field(default_factory=dict)
    servers: tuple[str, ...] = ()
    judged_on: Mapping[str, dt.date] = field(default_factory=dict)
    sized_on: Mapping[str, str] = field(default_factory=dict)

    def ordered_of(self, pool: str, kind: str) -> tuple[dt.date, ...]:
        """Days on which the hosts of a kind that a pool has on order are ready, the first one first."""
        return tuple(sorted(host.ready_on for host in self.ordered if (host.pool, host.kind) == (pool, kind)))


_ADAPTER: TypeAdapter[Earlier] = TypeAdapter(Earlier)


def as_json(earlier: Earlier) -> str:
    """Write it; the same value gives the same text."""
    return _ADAPTER.dump_json(earlier, indent=2).decode("utf-8") + "\n"


def from_json(text: str | bytes) -> Earlier:
    """Read it back.

    Raises
    ------
    ValueError
        If the text is none that :func:`as_json` wrote.
    """
    return _ADAPTER.validate_json(text)
