"""What packing is asked, pool by pool, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudplan.capacity import HostKind
from cloudplan.demand import Floats
from cloudplan.state import Host


@dataclass(frozen=True, eq=False)
class PackingProblem:
    """One pool's workloads and the hosts offered to them.

    Parameters
    ----------
    pool
        The pool's id.
    workloads
        Ids; row ``i`` of the arrays is ``workloads[i]``.
    cpu_use
        Reference vCPU per slot, shape (n, slots).
    vcpu, memory_gib, mbps
        Allocation, shape (n,).
    cpu_ratio
        vCPU that may be allocated per thread.
    ha_group
        HA group of each workload or ``None``; members of one group run on different hosts.
    hosts
        Hosts offered, spares included (they stay empty).
    kinds
        The kinds of the hosts and those that may be bought, by id.
    spare_hosts
        k of N+k.
    pinned
        Workloads whose host is given.
    host_room
        Rack or room of a host, where it matters for anti-affinity across sites.
    options
        Options of the packing rules, by name, raw.
    """

    pool: str
    workloads: tuple[str, ...]
    cpu_use: Floats
    vcpu: Floats
    memory_gib: Floats
    mbps: Floats
    cpu_ratio: float
    ha_group: tuple[str | None, ...]
    hosts: tuple[Host, ...]
    kinds: Mapping[str, HostKind]
    purchasable: tuple[str, ...] = ()
    spare_hosts: int = 0
    pinned: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Packing:
    """A host for every workload of one pool, and the proof of how few could do.

    Parameters
    ----------
    pool
        The pool's id.
    host_of
        Host of each workload that was placed.
    unplaced
        Workloads for which no host was found (an error for the caller to act on).
    hosts_used
        Hosts with load (spares not counted).
    bound
        Fewest loaded hosts that any packing needs, by the host-mix bound over the offered kinds; a proof.
    """

    pool: str
    host_of: Mapping[str, str]
    unplaced: tuple[str, ...]
    hosts_used: int
    bound: int
