"""Random small pools, from a seed."""

from __future__ import annotations

import numpy as np

from cloudplan.capacity import HostKind
from cloudplan.packing.example import kind
from cloudplan.packing.problem import PackingProblem
from cloudplan.state import Host


def random_problem(
    rng: np.random.Generator,
    n: int,
    hosts: int,
    *,
    slots: int = 4,
    spare_hosts: int = 0,
    options: dict[str, object] | None = None,
    pins: int = 0,
    named_spares: bool = False,
) -> PackingProblem:
    """Draw a pool; figures are eighths, so that sums that meet a limit meet it exactly."""
    kinds: dict[str, HostKind] = {
        "s": kind("s", 4, 6, 16, 800),
        "m": kind("m", 6, 8, 24, 1000),
        "l": kind("l", 8, 10, 32, float("inf")),
    }
    use = rng.integers(0, 20, (n, slots)) / 8
    offered = tuple(
        Host(f"h{i}", "P", str(rng.choice(["s", "m", "l"])), str(rng.choice(["existing", "purchased"])),
             spare=bool(named_spares and rng.random() < 0.15))
        for i in range(hosts)
    )  # fmt: skip
    workloads = tuple(f"w{i}" for i in range(n))
    return PackingProblem(
        pool="P",
        workloads=workloads,
        cpu_use=use,
        vcpu=np.ceil(use.max(axis=1)) + rng.integers(0, 3, n),
        memory_gib=rng.integers(1, 10, n).astype(float),
        mbps=rng.integers(0, 300, n).astype(float),
        cpu_ratio=1.5,
        ha_group=tuple(rng.choice(["a", "b"]) if rng.random() < 0.35 else None for _ in range(n)),
        hosts=offered,
        kinds=kinds,
        spare_hosts=spare_hosts,
        pinned={f"w{i}": f"h{rng.integers(hosts)}" for i in range(min(pins, n))},
        options=options or {},
        host_room={f"h{i}": f"A{i % 2}" for i in range(hosts - 1)},
    )


def large_pool(seed: int, n: int = 300, hosts: int = 40, slots: int = 336) -> PackingProblem:
    """Draw a pool of the size of a county's largest: daily shapes, pairs and triples, one spare."""
    rng = np.random.default_rng(seed)
    hour = np.arange(slots)
    phase, level = rng.uniform(0, 24, (n, 1)), rng.gamma(1.2, 1.5, (n, 1))
    use = level * (1 + 0.8 * np.sin((hour[None, :] + phase) * 2 * np.pi / 24)) * rng.uniform(0.8, 1.2, (n, slots))
    kinds = {"s": kind("s", 51.2, 64, 230), "l": kind("l", 102.4, 128, 460)}
    return PackingProblem(
        pool="P",
        workloads=tuple(f"w{i}" for i in range(n)),
        cpu_use=use,
        vcpu=np.ceil(use.max(axis=1)) + 1,
        memory_gib=rng.choice([4.0, 8.0, 16.0, 32.0], n),
        mbps=rng.uniform(1, 20, n),
        cpu_ratio=2.0,
        ha_group=tuple(f"g{i // 2}" if i < n // 6 else None for i in range(n)),
        hosts=tuple(Host(f"h{i}", "P", "l" if i < hosts // 2 else "s", "existing", spare=i == 0) for i in range(hosts)),
        kinds=kinds,
        spare_hosts=1,
    )
