"""What pools and hosts can carry: :class:`Pool`, :class:`HostKind` and their bundle :class:`Capacity`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

STORAGE_TIERS = ("high", "normal", "object")


@dataclass(frozen=True, slots=True)
class HostKind:
    """A kind of host: a type that can be bought, or one single server that could serve again.

    Parameters
    ----------
    kind
        The host type's id, or the server's.
    usable_cpu
        CPU use it may carry in any slot, reference vCPU: threads × performance × (1 − reserve − headroom).
    threads
        Hardware threads; allocation may reach threads × the pool's ratio.
    usable_memory_gib
        Memory that may be allocated: memory × (1 − reserve).
    mbps
        Network it can carry, Mbit/s; infinite where unknown.
    height_u, power_idle_w, power_max_w
        What it takes of a rack.
    server
        The server's id where the kind is a single server.
    """

    kind: str
    arch: str
    threads: float
    cores: float
    sockets: int
    perf_per_core: float
    memory_gib: float
    usable_cpu: float
    usable_memory_gib: float
    mbps: float
    height_u: int
    power_idle_w: float
    power_max_w: float
    server: str | None = None

    def dominates(self, other: HostKind) -> bool:
        """Whether it is at least as large as another in every resource (what N+k asks of a spare host)."""
        return (
            self.usable_cpu >= other.usable_cpu
            and self.threads >= other.threads
            and self.usable_memory_gib >= other.usable_memory_gib
            and self.mbps >= other.mbps
        )


@dataclass(frozen=True, slots=True)
class Pool:
    """A physical cluster at a site, a service bought elsewhere, colocation space, or a room as it is today.

    Parameters
    ----------
    kind
        ``cluster``, ``service``, ``colocation`` or ``today`` (a department's room: closed to arrivals).
    target, target_kind
        The target it belongs to.
    site
        The room it stands in, or ``None``.
    arch
        Its instruction set; ``None`` for colocation and today's rooms.
    filed_level
        Protection level the platform is filed for; ``None`` hosts nothing by EB-C02.
    zones
        Zones it may carry.
    available_from
        First day it can carry load, the scenario's delay included; ``None`` for today's rooms.
    cpu_ratio
        vCPU that may be allocated per thread.
    spare_hosts
        k of N+k.
    max_hosts
        Most hosts, or ``None``.
    storage
        Usable storage by tier, GiB.
    """

    pool: str
    kind: str
    target: str
    target_kind: str
    site: str | None
    arch: str | None
    filed_level: int | None
    zones: tuple[str, ...]
    available_from: dt.date | None
    cpu_ratio: float = 1.0
    spare_hosts: int = 0
    max_hosts: int | None = None
    storage: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Capacity:
    """All pools and all kinds of host.

    Parameters
    ----------
    pools
        By id, today's rooms (``today:<room>``) included.
    kinds
        By id: every host type, and every server that may be reused or already serves in a pool.
    purchasable
        Ids of the kinds that can be bought, in the inventory's order.
    reusable
        Servers that may become hosts, with the day each could be ready at the earliest if emptied at once.
    existing
        Server → pool, for servers that already serve in a pool.
    fates
        What becomes of every other server, decided by rule: server → (fate, rule, reason message id).
    """

    pools: Mapping[str, Pool]
    kinds: Mapping[str, HostKind]
    purchasable: tuple[str, ...]
    reusable: tuple[str, ...]
    existing: Mapping[str, str]
