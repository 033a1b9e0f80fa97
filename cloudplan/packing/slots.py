"""Which slots decide whether workloads fit: those that no other slot dominates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cloudplan.demand import Floats


def leading_slots(cpu_use: Floats) -> npt.NDArray[np.intp]:
    """Leave out slots in which every workload uses no more than in one other slot.

    What fits in the other slot fits in these, whichever workloads share a host, because a host's usable CPU is the same
    in every slot. At least one slot remains, where there is one.

    Parameters
    ----------
    cpu_use
        Shape (n, slots), vCPU.

    Returns
    -------
    numpy.ndarray
        Columns that remain, rising.
    """
    n, slots = cpu_use.shape
    if slots == 0 or n == 0:
        return np.arange(min(slots, 1))
    columns, first = np.unique(cpu_use, axis=1, return_index=True)
    # a slot is dominated only by slots of at least its total: look at the largest first
    order = np.argsort(-columns.sum(axis=0), kind="stable")
    kept: list[int] = []
    for column in order:
        if not kept or not (columns[:, kept] >= columns[:, [column]]).all(axis=0).any():
            kept.append(int(column))
    return np.sort(first[np.array(kept)])
