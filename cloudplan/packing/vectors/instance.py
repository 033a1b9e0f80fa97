"""What is packed: :class:`VectorInstance`, in whole numbers, so that every comparison is exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VectorInstance:
    """Items and the bins that they go into.

    Parameters
    ----------
    capacity
        Of each bin; shape (d,).
    sizes
        Of each type of item; shape (m, d). They may be zero, or negative in some dimensions.
    demand
        Items of each type, at least 1; shape (m,).
    """

    capacity: Ints
    sizes: Ints
    demand: Ints

    @property
    def items(self) -> int:
        """How many items there are."""
        return int(self.demand.sum())

    def types_of_items(self) -> Ints:
        """Give the type of every item, type after type; shape (items,)."""
        return np.repeat(np.arange(len(self.demand)), self.demand)

    def volume_bound(self) -> int:
        """Bins that the sum of the sizes needs in its scarcest dimension: the weakest bound, and its own proof."""
        total = (self.sizes * self.demand[:, None]).sum(axis=0)
        return max(1, max(-(-int(t) // int(c)) for t, c in zip(total, self.capacity, strict=True)))


@dataclass(frozen=True, eq=False)
class VectorPacking:
    """A packing: the bin of every item, in the order of :meth:`VectorInstance.types_of_items`."""

    bin_of: Ints

    @property
    def bins(self) -> int:
        """How many bins are used."""
        return int(self.bin_of.max()) + 1 if len(self.bin_of) else 0

    def faults(self, instance: VectorInstance) -> list[str]:
        """Say what is wrong with the packing: items without a bin, bins over capacity."""
        types = instance.types_of_items()
        if self.bin_of.shape != types.shape:
            return [f"{len(self.bin_of)} items for {len(types)}"]
        if len(types) and int(self.bin_of.min()) < 0:
            return ["an item has no bin"]
        loads = np.zeros((self.bins, len(instance.capacity)), dtype=np.int64)
        np.add.at(loads, self.bin_of, instance.sizes[types])
        over = np.argwhere(loads > instance.capacity)
        return [f"bin {b} holds {loads[b, j]} of {instance.capacity[j]} in dimension {j}" for b, j in over.tolist()]
