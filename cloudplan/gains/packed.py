"""What the packed pools have left: headroom, the gain of sharing peaks, and capacity that no workload can use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cloudplan.capacity import Capacity
from cloudplan.demand import HOURS, Demand, Floats
from cloudplan.gains.values import Outcome


@dataclass(frozen=True, slots=True)
class Headroom:
    """Share of usable capacity that is free when the pools are fullest; ``None`` where there is no capacity.

    Parameters
    ----------
    whole
        Of all hosts.
    without_largest
        When the largest host of every pool has failed.
    least_without_largest
        The same in the tightest pool.
    """

    whole: float | None
    without_largest: float | None
    least_without_largest: float | None


def by_pool(demand: Demand, outcome: Outcome) -> dict[str, list[int]]:
    """Rows of the demand in each pool that has hosts."""
    pools: dict[str, list[int]] = {host.pool: [] for host in outcome.hosts.values()}
    row = demand.position()
    for workload, host in outcome.host_of.items():
        if workload in row:
            pools[outcome.hosts[host].pool].append(row[workload])
    return pools


def headroom(demand: Demand, capacity: Capacity, outcome: Outcome, resource: str) -> Headroom:
    """Reckon elastic headroom, ``1 − Σ peak(Σ load) ÷ Σ usable``.

    The load is the plan's own: sized demand, growth included, CPU at the highest of all hours of both weeks, memory as
    allocated. Pools don't lend each other, so peaks are taken pool by pool.
    """
    usable: dict[str, list[float]] = {}
    for host in outcome.hosts.values():
        kind = capacity.kinds[host.kind]
        amount = kind.usable_cpu if resource == "cpu" else kind.usable_memory_gib
        usable.setdefault(host.pool, []).append(amount)
    load = {
        pool: _highest(demand.cpu_use[rows]) if resource == "cpu" else float(demand.memory_gib[rows].sum())
        for pool, rows in by_pool(demand, outcome).items()
    }
    total, failed, peak = (
        sum(map(sum, usable.values())), sum(sum(a) - max(a) for a in usable.values()), sum(load.values()),
    )  # fmt: skip
    least = [1.0 - load[p] / (sum(a) - max(a)) for p, a in usable.items() if sum(a) > max(a)]
    return Headroom(
        1.0 - peak / total if total > 0 else None,
        1.0 - peak / failed if failed > 0 else None,
        min(least, default=None),
    )


def multiplexing_gain(demand: Demand, outcome: Outcome) -> float | None:
    """Reckon what sharing saves, ``1 − Σ over pools of peak(Σ load) ÷ Σ peak(load)``, over an ordinary week.

    Only workloads whose CPU use was measured; ``None`` where there is none.
    """
    measured = np.array(demand.basis["cpu"], dtype=str) == "measured"
    together = alone = 0.0
    for rows in by_pool(demand, outcome).values():
        use = demand.cpu_use[[row for row in rows if measured[row]], :HOURS]
        together += _highest(use)
        alone += float(use.max(axis=1, initial=0.0).sum())
    return 1.0 - together / alone if alone > 0 else None


def fragmentation(demand: Demand, capacity: Capacity, outcome: Outcome) -> dict[str, float | None]:
    """Reckon stranded capacity: free on loaded hosts, but without the other resource to use it with.

    On each loaded host ``f`` is the free share of CPU (the smaller of use at peak and allocation) and of memory; what
    exceeds the smaller of the two is stranded. Shares of the loaded hosts' usable capacity.
    """
    names = sorted(set(outcome.host_of.values()))
    if not names:
        return {"cpu": None, "memory": None}
    number = {name: i for i, name in enumerate(names)}
    row = demand.position()
    placed = [(row[w], number[h]) for w, h in outcome.host_of.items() if w in row]
    rows, at = np.array([p[0] for p in placed], dtype=int), np.array([p[1] for p in placed], dtype=int)
    use = np.zeros((len(names), demand.cpu_use.shape[1]))
    np.add.at(use, at, demand.cpu_use[rows])
    vcpu = np.bincount(at, demand.vcpu[rows], len(names))
    memory = np.bincount(at, demand.memory_gib[rows], len(names))
    kinds = [capacity.kinds[outcome.hosts[name].kind] for name in names]
    ratios = np.array([capacity.pools[outcome.hosts[name].pool].cpu_ratio for name in names])
    usable_cpu = np.array([kind.usable_cpu for kind in kinds])
    usable_memory = np.array([kind.usable_memory_gib for kind in kinds])
    threads = np.array([kind.threads for kind in kinds])
    free_cpu = np.clip(np.minimum(1 - use.max(axis=1) / usable_cpu, 1 - vcpu / (threads * ratios)), 0, None)
    free_memory = np.clip(1 - memory / usable_memory, 0, None)
    both = np.minimum(free_cpu, free_memory)
    return {
        "cpu": float(((free_cpu - both) * usable_cpu).sum() / usable_cpu.sum()),
        "memory": float(((free_memory - both) * usable_memory).sum() / usable_memory.sum()),
    }


def _highest(use: Floats) -> float:
    return float(use.sum(axis=0).max(initial=0.0))
