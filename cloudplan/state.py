"""What a rule judges: one moment of the estate, today's, after a wave, or the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a component stands: a pool and one of its zones."""

    pool: str
    zone: str


@dataclass(frozen=True, slots=True)
class Host:
    """One machine of a pool.

    Parameters
    ----------
    host
        Its id: the asset id of a reused or existing server, ``<pool>-<n>`` for a bought one.
    pool
        Pool it serves in.
    kind
        Its host kind in :class:`~cloudplan.capacity.Capacity` (a host type, or the server's own id).
    source
        ``existing``, ``reused`` or ``purchased``.
    spare
        Whether it is one of the pool's k empty hosts.
    available_from
        First day it can carry load; ``None`` where not yet scheduled.
    """

    host: str
    pool: str
    kind: str
    source: str
    spare: bool = False
    available_from: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Cutover:
    """When a system moves: its wave (from 1), the window's start and the hours it takes."""

    wave: int
    starts: dt.datetime
    hours: float


@dataclass(frozen=True)
class State:
    """One moment of the estate.

    Parameters
    ----------
    date
        The day it is judged at; ``None`` for a state out of time (the end of a placement).
    dispositions
        What becomes of each system.
    seats
        Where each component stands; a component that is absent stands nowhere (retired, merged, not yet there).
    hosts
        The hosts that are alive, by id.
    host_of
        The host of each workload, where packing has spoken.
    cutovers
        The systems that have moved by then, and when.
    """

    date: dt.date | None = None
    dispositions: Mapping[str, str] = field(default_factory=dict)
    seats: Mapping[str, Seat] = field(default_factory=dict)
    hosts: Mapping[str, Host] = field(default_factory=dict)
    host_of: Mapping[str, str] = field(default_factory=dict)
    cutovers: Mapping[str, Cutover] = field(default_factory=dict)
