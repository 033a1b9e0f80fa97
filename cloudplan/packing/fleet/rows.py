"""Whole numbers for the kernels: demands and sizes as rows of constant width, sixteen bits each.

Each resource has a scale of its own. Where its demands come in steps of which a host holds few enough, nothing is lost;
elsewhere demands are rounded up and sizes down, so that what fits here fits in truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudplan.packing.fleet.grains import CHUNK
from cloudplan.packing.fleet.question import Fleet

MOST = 16_000
"""Size of the largest host in every resource; a host twice as full is still within sixteen bits."""
WIDTH = 16

Rows = npt.NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Scaled:
    """A fleet's figures as the kernels take them.

    Parameters
    ----------
    demand
        Shape (n, width), width a multiple of sixteen.
    size
        Shape (types, width); columns that bind nothing are zero in both.
    """

    demand: Rows
    size: Rows


def scaled(fleet: Fleet) -> Scaled:
    """Turn a fleet's figures into whole numbers."""
    n = fleet.items
    bound = np.flatnonzero(np.isfinite(fleet.size).any(axis=0) & (fleet.demand.max(axis=0, initial=0.0) > 0))
    width = max(WIDTH, -(-len(bound) // WIDTH) * WIDTH)
    demand, size = np.zeros((n, width), np.int16), np.zeros((fleet.types, width), np.int16)
    largest = np.where(np.isfinite(fleet.size[:, bound]), fleet.size[:, bound], 0.0).max(axis=0)
    unbound = ~np.isfinite(fleet.size[:, bound]).all(axis=0)
    # where some types are unbound, their rows hold all there is
    largest[unbound] = np.maximum(largest[unbound], fleet.demand[:, bound[unbound]].sum(axis=0))
    step = fleet.grains[bound]
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(step > 0, np.floor(MOST * step / np.maximum(largest, step)), 0.0)
    exact = times >= 1
    factor = np.where(exact, times / np.where(step > 0, step, 1.0), MOST / np.maximum(largest, 1e-300))
    for start in range(0, n, CHUNK):
        part = fleet.demand[start : start + CHUNK][:, bound] * factor
        whole = np.where(exact, np.rint(part), np.ceil(part * (1 - 1e-12)))
        demand[start : start + CHUNK, : len(bound)] = np.minimum(whole, 2 * MOST)
    finite = np.where(np.isfinite(fleet.size[:, bound]), fleet.size[:, bound], largest)
    # in steps: what lies between two of them no sum of demands can use
    per_step = np.where(exact, step, 1 / factor)
    held = np.floor(finite / per_step * (1 + 1e-12)) * np.where(exact, times, 1.0)
    size[:, : len(bound)] = np.minimum(held, MOST)
    return Scaled(demand, size)
