"""What migration is asked, and what it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cloudplan.capacity import HostKind, Pool
from cloudplan.demand import Demand
from cloudplan.findings import Finding
from cloudplan.scenario import MigrationOptions
from cloudplan.state import Cutover, Host, Seat, State


@dataclass(frozen=True, slots=True)
class Moving:
    """A system that moves.

    Parameters
    ----------
    system
        Its id.
    department
        Whose it is.
    disposition
        REHOST, REPLATFORM, REFACTOR, RELOCATE, UPLIFT, MERGE or RETIRE (the last two only switch off).
    level
        Protection level used for placement; level 3 moves after level 2.
    transfer_hours
        Hours to copy its data over its own uplink, at the stated efficiency.
    transfer_gib
        Data to be copied, GiB.
    outage_hours
        Hours it is down at cutover: what can't be copied ahead, plus the checks.
    longest_outage_hours
        What it may be down, or ``None``: then the window's length less the time kept for rolling back.
    bears_hours
        What it bears by the survey though no window can keep to it (machines that are carried), or ``None``.
    """

    system: str
    department: str
    disposition: str
    level: int
    transfer_gib: float
    transfer_hours: float
    outage_hours: float
    longest_outage_hours: float | None = None
    bears_hours: float | None = None


@dataclass(frozen=True, slots=True)
class Freeze:
    """Days, both included, of the calendar (of a department, of a system): a freeze, or when cutovers are allowed."""

    name: str
    starts_on: dt.date
    ends_on: dt.date
    department: str | None = None
    system: str | None = None


@dataclass(frozen=True, eq=False)
class MigrationProblem:
    """Everything the order of moves depends on.

    Parameters
    ----------
    options
        Windows, crews, pace.
    systems
        Systems that move, in the inventory's order.
    together
        Pairs of systems that must move in the same wave.
    before
        Pairs (first, then): ``then`` moves in a later wave than ``first``, or in the same one.
    seats
        Where each component ends (of the moving systems).
    components
        Component → (system, its workloads), of all moving systems, the switched-off and relocated ones included: a
        workload of no moving system holds its server for good.
    pools
        The pools, by id.
    kinds
        Host kinds, by id.
    hosts
        Hosts that placement chose, spares included, not yet dated.
    packing
        Final host of each workload in pools with hosts; a workload of no moving system stands there from the start.
    demand
        Demand of the workloads.
    ha_group
        HA group of a workload, where it has one.
    server_of
        Server of each running workload today, moving or not.
    stopped
        Systems with stopped workloads on a server: nothing of these moves, but it is needed until they do.
    room_of
        Room of each server and of each device.
    stays
        Servers and devices that never leave their room, each with a message id saying why.
    freezes
        Days on which nothing moves.
    allowed
        Days on which alone cutovers are allowed: a system's own entries, else its department's, else everyone's, where
        there are any (:func:`~cloudplan.migration.calendar.allowed_days`).
    lead_days
        Days from order to ready, by host kind that is bought.
    prepare_days
        Days from the day a server is empty to the day it can carry load again.
    rooms
        Rooms that may close.
    rule_options
        Options of the migration rules, by name, raw.
    today
        The first day on which hosts can be ordered; ``None``: ``options.starts_on``.
    packing_options
        Options of the packing rules, by name, raw; handed to packing where interim hosts are sought.
    planned
        When an earlier plan meant each system to move that keeps its place: not before, if the rest allows it.
    delivery
        Day on which each host that is on order already is ready.
    """

    options: MigrationOptions
    systems: tuple[Moving, ...]
    together: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, str], ...]
    seats: Mapping[str, Seat]
    components: Mapping[str, tuple[str, tuple[str, ...]]]
    pools: Mapping[str, Pool]
    kinds: Mapping[str, HostKind]
    hosts: Mapping[str, Host]
    packing: Mapping[str, str]
    demand: Demand
    ha_group: Mapping[str, str]
    server_of: Mapping[str, str]
    room_of: Mapping[str, str]
    stays: Mapping[str, str]
    freezes: tuple[Freeze, ...]
    lead_days: Mapping[str, int]
    prepare_days: int
    rooms: tuple[str, ...]
    stopped: Mapping[str, frozenset[str]] = field(default_factory=dict)
    allowed: tuple[Freeze, ...] = ()
    rule_options: Mapping[str, object] = field(default_factory=dict)
    today: dt.date | None = None
    packing_options: Mapping[str, object] = field(default_factory=dict)
    planned: Mapping[str, dt.datetime] = field(default_factory=dict)
    delivery: Mapping[str, dt.date] = field(default_factory=dict)

    @cached_property
    def components_of(self) -> Mapping[str, tuple[str, ...]]:
        """Components of each system."""
        found: dict[str, list[str]] = {}
        for component, (system, _) in self.components.items():
            found.setdefault(system, []).append(component)
        return {system: tuple(components) for system, components in found.items()}


@dataclass(frozen=True, slots=True)
class Wave:
    """One cutover window and the systems that move in it."""

    wave: int
    starts: dt.datetime
    ends: dt.datetime
    rollback_by: dt.datetime
    systems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """When a room closes, or what keeps it open.

    Parameters
    ----------
    room
        The room.
    closes_on
        The day after its last device has left, or ``None``.
    wave
        The wave that emptied it, or ``None``.
    residual
        Ids of the devices and servers that stay.
    why
        Message id of the first reason it stays open, or ``""``.
    """

    room: str
    closes_on: dt.date | None
    wave: int | None
    residual: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Purchase:
    """Hosts of one kind to be bought for one pool by one date."""

    pool: str
    kind: str
    hosts: tuple[str, ...]
    order_by: dt.date
    ready_on: dt.date


@dataclass(frozen=True)
class MigrationPlan:
    """In which order, when, which room closes, what is bought when.

    Parameters
    ----------
    waves
        In order of time, numbered from 1; each holds at least one system.
    cutovers
        When each system moves.
    hosts
        The hosts with ``available_from`` filled in.
    states
        The estate after each wave, same order as ``waves``.
    closures
        One for every room that may close.
    purchases
        What to order, when.
    unscheduled
        Systems for which no wave was found, with an ERROR finding for each in ``findings``.
    penalties
        What missing each soft rule costs, by its name; yuan, once.
    """

    waves: tuple[Wave, ...]
    cutovers: Mapping[str, Cutover]
    hosts: Mapping[str, Host]
    states: tuple[State, ...]
    closures: tuple[Closure, ...]
    purchases: tuple[Purchase, ...]
    unscheduled: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    penalties: Mapping[str, float] = field(default_factory=dict)
