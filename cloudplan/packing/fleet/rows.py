"""Whole numbers for the kernels: demands and sizes as rows of constant width, sixteen bits each.

Each resource has a scale of its own. Where all its figures are multiples of 1, 0.1 or 0.01 that fit, nothing is lost;
elsewhere demands are rounded up and sizes down, so that what fits here fits in truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cloudplan.packing.fleet.question import Fleet, Floats

MOST = 16_000
"""Size of the largest host in every resource; a host twice as full is still within sixteen bits."""
WIDTH = 16
CHUNK = 20_000

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
    scales: dict[tuple[float, ...], tuple[float, bool]] = {}
    factor, exact = np.zeros(len(bound)), np.zeros(len(bound), np.bool_)
    columns_of: dict[tuple[float, ...], list[int]] = {}
    for place, column in enumerate(bound):
        columns_of.setdefault(tuple(fleet.size[:, column].tolist()), []).append(place)
    for key, places in columns_of.items():
        scales[key] = _scale(np.array(key), fleet.demand, bound[places])
        factor[places], exact[places] = scales[key]
    for start in range(0, n, CHUNK):
        part = fleet.demand[start : start + CHUNK][:, bound] * factor
        whole = np.where(exact, np.rint(part), np.ceil(part * (1 - 1e-12)))
        demand[start : start + CHUNK, : len(bound)] = np.minimum(whole, 2 * MOST)
    finite = np.where(np.isfinite(fleet.size[:, bound]), fleet.size[:, bound] * factor, MOST)
    size[:, : len(bound)] = np.minimum(np.where(exact, np.rint(finite), np.floor(finite * (1 + 1e-12))), MOST)
    return Scaled(demand, size)


def _scale(size: Floats, demand: Floats, columns: npt.NDArray[np.intp]) -> tuple[float, bool]:
    """Choose the scale of like resources, and say whether it loses nothing."""
    finite = size[np.isfinite(size)]
    largest = float(finite.max())
    if len(finite) < len(size):
        # where some types are unbound, their rows hold all there is
        largest = max(largest, float(demand[:, columns].sum(axis=0).max()))
    for unit in (1.0, 10.0, 100.0):
        if largest * unit > MOST:
            break
        if all(_whole(demand[start : start + CHUNK][:, columns] * unit) for start in range(0, len(demand), CHUNK)) and (
            # a size between two steps holds what the step below holds
            _whole(finite * unit) or unit > 1
        ):
            times = np.floor(MOST / (largest * unit))
            return unit * float(times), bool(_whole(finite * unit))
    return MOST / largest, False


def _whole(values: Floats) -> bool:
    return bool((np.abs(values - np.rint(values)) < 1e-6).all())
