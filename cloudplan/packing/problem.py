"""What packing is asked, pool by pool, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cloudplan.capacity import HostKind
from cloudplan.demand import SLOTS, Floats
from cloudplan.packing.slots import leading_slots
from cloudplan.state import Host, State


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
    purchasable
        Ids of the kinds that may be bought, as many as are wanted.
    spare_hosts
        k of N+k.
    pinned
        Workloads whose host is given.
    host_room
        Rack or room of a host, where it matters for anti-affinity across sites.
    options
        Options of the rules, by name, raw.
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
    host_room: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Row of each workload."""
        return {workload: i for i, workload in enumerate(self.workloads)}

    @cached_property
    def leading(self) -> npt.NDArray[np.intp]:
        """Slots that decide whether workloads fit (:func:`~cloudplan.packing.slots.leading_slots`)."""
        return leading_slots(self.cpu_use)

    @cached_property
    def offered(self) -> Mapping[str, Host]:
        """The hosts offered, by id."""
        return {host.host: host for host in self.hosts}

    def slot(self, column: int) -> str:
        """Name of a slot of ``cpu_use``."""
        return SLOTS[column] if self.cpu_use.shape[1] == len(SLOTS) else str(column)

    def only(self, workloads: Iterable[str]) -> PackingProblem:
        """Ask the same of some of the workloads."""
        kept = [self.rows[workload] for workload in workloads]
        rows = np.array(kept, dtype=int)
        return replace(
            self,
            workloads=tuple(self.workloads[i] for i in kept),
            cpu_use=self.cpu_use[rows],
            vcpu=self.vcpu[rows],
            memory_gib=self.memory_gib[rows],
            mbps=self.mbps[rows],
            ha_group=tuple(self.ha_group[i] for i in kept),
        )

    def alive(self, state: State) -> dict[str, Host]:
        """Hosts of this pool in a state, by id."""
        return {name: host for name, host in state.hosts.items() if host.pool == self.pool}

    def standing(self, state: State) -> Iterator[tuple[int, str, str]]:
        """Yield row, workload and host of each of this pool's workloads that has a host in a state."""
        for i, workload in enumerate(self.workloads):
            if (host := state.host_of.get(workload)) is not None:
                yield i, workload, host


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
        Fewest loaded hosts that any packing of the placed workloads needs, by the host-mix bound over the offered
        kinds; a proof.
    """

    pool: str
    host_of: Mapping[str, str]
    unplaced: tuple[str, ...]
    hosts_used: int
    bound: int
