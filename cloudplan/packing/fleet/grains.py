"""The steps in which demands come: what a sum of them can reach, and how they become whole numbers without loss."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UNIT = 0.01
"""Finest step looked for: hundredths of a vCPU, of a GiB."""
CHUNK = 20_000
"""Items looked at together, so that no large copy is made."""

Floats = npt.NDArray[np.float64]


def grains_of(demand: Floats) -> Floats:
    """Find the largest step that divides every demand of a resource, 0 where hundredths don't or nothing is asked.

    Parameters
    ----------
    demand
        Shape (n, resources).

    Returns
    -------
    numpy.ndarray
        Shape (resources,), in the resources' units.
    """
    divisor = np.zeros(demand.shape[1], np.int64)
    whole = np.ones(demand.shape[1], np.bool_)
    for start in range(0, len(demand), CHUNK):
        part = demand[start : start + CHUNK] * (1 / UNIT)
        steps = np.rint(part)
        whole &= (np.abs(steps - part) <= 1e-9 * np.maximum(part, 1.0)).all(axis=0)
        steps = np.where(whole & (np.abs(steps) < 2**53), steps, 0.0).astype(np.int64)
        divisor = np.gcd(divisor, np.gcd.reduce(steps, axis=0))
    return np.where(whole, divisor * UNIT, 0.0)
