"""What the items of a fleet ask of any hosts: the rows of the bound that know hosts by type only, made once."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.grains import CHUNK
from cloudplan.packing.fleet.question import Bools, Fleet, Floats, Ints

SLACK = 1e-6
"""Relative slack of every row: what the tolerances of check and solver may hide."""
SHARES = 6
"""Rows for items larger than a 1/2, 1/3, … 1/SHARES of some type."""


@dataclass(frozen=True, eq=False)
class Needs:
    """What the items ask of any hosts: rows over the types, made once for a fleet.

    Parameters
    ----------
    volume, counts
        (coefficient of each type, least sum); volume may be inflated, counts not.
    products
        (product, coefficient of each type, least sum).
    racks
        Least racks.
    fits
        Which item fits which type.
    by_slot
        Load in every slot, shape (slots,).
    """

    volume: tuple[tuple[Floats, float], ...]
    counts: tuple[tuple[Floats, float], ...]
    products: tuple[tuple[int, Floats, float], ...]
    racks: int
    fits: Bools
    by_slot: Floats


def needs_of(fleet: Fleet) -> Needs:
    """Set out what the items ask."""
    columns = _columns_alike(fleet)
    firsts = [group[0] for group in columns]
    usable = _in_grains(fleet)
    size = fleet.size[:, firsts]
    fits = fleet.allowed.copy()
    for start in range(0, fleet.items, CHUNK):
        part = fleet.demand[start : start + CHUNK]
        peaks = np.stack([part[:, group].max(axis=1) for group in columns], axis=1)
        for t in range(fleet.types):
            fits[start : start + CHUNK, t] &= (peaks <= size[t] * (1 + SLACK)).all(axis=1)
    volume: list[tuple[Floats, float]] = []
    counts: list[tuple[Floats, float]] = []
    within_of, inverse = np.unique(np.packbits(fits, axis=1), axis=0, return_inverse=True)
    for pattern in range(len(within_of)):
        within = fits[np.flatnonzero(inverse.ravel() == pattern)[0]]
        inside = ~(fits & ~within).any(axis=1)
        total = fleet.demand.sum(axis=0) if inside.all() else fleet.demand[inside].sum(axis=0)
        for group in columns:
            fullest = group[int(total[group].argmax())]
            volume.append((np.where(within, usable[:, fullest], 0.0), float(total[fullest])))
        counts.append((within.astype(float), float(max(1, _labels(fleet, inside, ("host", "rack", "room"))))))
    counts += _large_items(fleet, columns)
    products = []
    for product in range(len(fleet.licence_price)):
        needing = (fleet.licences >> product) & 1 == 1
        if needing.any():
            total = fleet.demand[needing].sum(axis=0)
            for group in columns:
                fullest = group[int(total[group].argmax())]
                products.append((product, usable[:, fullest], float(total[fullest])))
            products.append((product, np.ones(fleet.types), float(max(1, _labels(fleet, needing, ("host",))))))
    everyone = np.ones(fleet.items, np.bool_)
    racks = _labels(fleet, everyone, ("rack", "room"))
    return Needs(tuple(volume), tuple(counts), tuple(products), racks, fits, fleet.demand[:, : fleet.slots].sum(axis=0))


def _columns_alike(fleet: Fleet) -> list[Ints]:
    """Put resources together of which every type carries the same: the fullest speaks for all; unbound ones go."""
    groups: dict[tuple[float, ...], list[int]] = {}
    for r in range(fleet.demand.shape[1]):
        if np.isfinite(fleet.size[:, r]).any():
            groups.setdefault(tuple(fleet.size[:, r].tolist()), []).append(r)
    return [np.array(columns, dtype=np.int64) for columns in groups.values()] or [np.zeros(1, np.int64)]


def _in_grains(fleet: Fleet) -> Floats:
    """Round sizes down to what sums of demands can reach: multiples of the step in which they come."""
    usable, step = fleet.size.copy(), fleet.grains
    in_steps = step > 0
    # what a sum of floats may miss must not cost a step
    reached = np.floor(fleet.size[:, in_steps] / step[in_steps] * (1 + SLACK) + SLACK)
    usable[:, in_steps] = reached * step[in_steps]
    return usable


def _labels(fleet: Fleet, inside: Bools, scopes: Iterable[str]) -> int:
    """Count the labels of the largest group within some items."""
    wanted = set(scopes)
    return max(
        (
            len({la for m, la in zip(group.members, group.labelled(), strict=True) if inside[m]})
            for group in fleet.apart
            if group.scope in wanted
        ),
        default=0,
    )


def _large_items(fleet: Fleet, columns: list[Ints]) -> list[tuple[Floats, float]]:
    """At most ⌊size / σ⌋ items of at least σ in one and the same resource share a host.

    Of slots alike, the fullest is looked at and the one with the largest item.
    """
    rows: dict[tuple[int, int], tuple[Floats, float]] = {}
    total, largest = fleet.demand.sum(axis=0), fleet.demand.max(axis=0)
    for group in columns:
        for column in sorted({int(group[total[group].argmax()]), int(group[largest[group].argmax()])}):
            taken, size = np.sort(fleet.demand[:, column]), fleet.size[:, column]
            for of in np.unique(size):
                if not 0 < of < math.inf:
                    continue
                for share in range(2, SHARES + 1):
                    start = int(np.searchsorted(taken, of / share * (1 + SLACK), side="right"))
                    count = len(taken) - start
                    key = (column, count)
                    if count >= 2 and key not in rows:
                        fit = np.floor(np.minimum(size / taken[start], count) * (1 + SLACK) + SLACK)
                        rows[key] = (fit, float(count))
    return list(rows.values())
