"""What every workload needs after the move: :class:`Demand`, each number tagged with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HOURS = 168
SLOTS: tuple[str, ...] = tuple(f"h{n:03d}" for n in range(HOURS)) + tuple(f"m{n:03d}" for n in range(HOURS))
"""Slots of CPU use: an ordinary week and a month-end week, hour by hour from Monday 00:00 Asia/Shanghai."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Demand:
    """Demand of all workloads that could move, row by row.

    Parameters
    ----------
    workloads
        Ids, in the inventory's order; row ``i`` of every array is ``workloads[i]``.
    cpu_use
        P95 of CPU use per slot, in reference vCPU (threads × performance factor); shape (n, len(SLOTS)).
    vcpu, memory_gib, storage_gib, mbps
        Right-sized allocation (vCPU of the target, GiB), storage and network, flat; shape (n,).
    storage_tier
        Storage tier of each workload; ``storage_gib`` sums its own storage and its volumes of any tier, which
        :attr:`storage` splits.
    storage
        Storage by tier, GiB; arrays of shape (n,).
    mean_cpu_use
        Mean CPU use, reference vCPU, for energy and utilisation; shape (n,).
    mean_memory_gib
        Mean memory use, GiB; shape (n,); NaN where nothing is known.
    basis
        By resource (``cpu``, ``memory``, ``storage``, ``network``): ``measured``, ``declared`` or ``assumed`` for each.
    """

    workloads: tuple[str, ...]
    cpu_use: Floats
    vcpu: Floats
    memory_gib: Floats
    storage: Mapping[str, Floats]
    mbps: Floats
    mean_cpu_use: Floats
    mean_memory_gib: Floats
    basis: Mapping[str, tuple[str, ...]]

    @property
    def storage_gib(self) -> Floats:
        """Storage of all tiers, GiB; shape (n,)."""
        return sum(self.storage.values(), np.zeros(len(self.workloads)))

    def position(self) -> dict[str, int]:
        """Row of each workload."""
        return {workload: i for i, workload in enumerate(self.workloads)}
