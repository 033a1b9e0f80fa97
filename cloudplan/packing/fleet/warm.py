"""Compile the kernels once, at installation: ``python -m cloudplan.packing.fleet.warm``; they are kept on disk."""

from __future__ import annotations

import numpy as np

from cloudplan.packing.fleet.attempt import refine
from cloudplan.packing.fleet.question import Fleet
from cloudplan.packing.fleet.search import Search


def warm() -> None:
    """Seat a few items on hosts of two types, and lower what they cost there."""
    fleet = Fleet(
        demand=np.array([[3.0], [3.0], [3.0], [2.0], [1.0]]),
        size=np.array([[6.0], [7.0]]),
        price=np.array([10.0, 11.0]),
        most=np.array([1, 9]),
        load=np.array([3.0, 3.0, 3.0, 2.0, 1.0]),
        load_price=np.array([0.2, 0.1]),
        slots=1,
    )
    search = Search(fleet, 9, 1, 1)
    search.first()
    if search.mix is not None:
        refine(search.asked, search.mix, search.best.seating, 20, 1)


if __name__ == "__main__":
    warm()
