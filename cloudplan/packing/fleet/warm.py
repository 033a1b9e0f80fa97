"""Compile the kernels once, at installation: ``python -m cloudplan.packing.fleet.warm``; they are kept on disk."""

from __future__ import annotations

import numpy as np

from cloudplan.packing.fleet.question import Fleet
from cloudplan.packing.fleet.solve import solve


def warm() -> None:
    """Seat a few items in every way there is."""
    fleet = Fleet(
        demand=np.array([[3.0], [3.0], [3.0], [2.0], [1.0]]),
        size=np.array([[6.0], [7.0]]),
        price=np.array([10.0, 11.0]),
        most=np.array([9, 9]),
        load=np.array([3.0, 3.0, 3.0, 2.0, 1.0]),
        load_price=np.array([0.2, 0.1]),
        slots=1,
    )
    solve(fleet, rounds=6)


if __name__ == "__main__":
    warm()
