"""Small packing problems for the rules' hand examples: every number fits on a sheet of paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cloudplan.capacity import HostKind
from cloudplan.packing.problem import PackingProblem
from cloudplan.state import Host, State


def kind(name: str, usable_cpu: float, threads: float, usable_memory_gib: float, mbps: float = 1000) -> HostKind:
    """Make a host kind of which only what packing reads matters."""
    return HostKind(
        kind=name,
        arch="x86",
        threads=threads,
        cores=threads / 2,
        sockets=2,
        perf_per_core=1.0,
        memory_gib=usable_memory_gib / 0.9,
        usable_cpu=usable_cpu,
        usable_memory_gib=usable_memory_gib,
        mbps=mbps,
        height_u=2,
        power_idle_w=100,
        power_max_w=400,
    )


LARGE = kind("large", usable_cpu=8, threads=10, usable_memory_gib=32)
SMALL = kind("small", usable_cpu=4, threads=5, usable_memory_gib=16)


def problem_of(
    use: Mapping[str, Sequence[float]],
    hosts: Mapping[str, str],
    *,
    memory_gib: float = 4,
    ha: Mapping[str, str] | None = None,
    spare_hosts: int = 0,
    pinned: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
    host_room: Mapping[str, str] | None = None,
) -> PackingProblem:
    """Ask how to pack workloads of given CPU use per slot on hosts of the kinds ``large`` and ``small``.

    Parameters
    ----------
    use
        Workload → CPU use per slot, vCPU; its allocation is the peak, its network 10 Mbit/s.
    hosts
        Host → kind.
    memory_gib
        Memory of every workload.
    ha
        Workload → HA group.
    """
    groups = ha or {}
    cpu_use = np.array(list(use.values()), dtype=float)
    return PackingProblem(
        pool="P",
        workloads=tuple(use),
        cpu_use=cpu_use,
        vcpu=cpu_use.max(axis=1),
        memory_gib=np.full(len(use), float(memory_gib)),
        mbps=np.full(len(use), 10.0),
        cpu_ratio=2.0,
        ha_group=tuple(groups.get(workload) for workload in use),
        hosts=tuple(Host(name, "P", of, "existing") for name, of in hosts.items()),
        kinds={"large": LARGE, "small": SMALL},
        spare_hosts=spare_hosts,
        pinned=pinned or {},
        options=options or {},
        host_room=host_room or {},
    )


def state_of(problem: PackingProblem, host_of: Mapping[str, str]) -> State:
    """Describe the moment at which the offered hosts are alive and carry ``host_of``."""
    return State(hosts=dict(problem.offered), host_of=dict(host_of))
