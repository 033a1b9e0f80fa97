"""The whole way for one pool: bound, mixes from the cheapest up, and a seating on the first that takes all items.

A mix says how many hosts of each type are had; the bound's own is the cheapest that its rows allow. Where the items can
be seated on it, the answer is proved as good as can be. Where they can't be, dearer mixes are tried: with volumes
enlarged by a share that is raised until a seating is found and then narrowed down, and at last the next dearer one by
one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cloudplan.packing.fleet.attempt import Prepared, attempt
from cloudplan.packing.fleet.bound import Mix, cheapest, least_cost, needs_of
from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.links import links_of
from cloudplan.packing.fleet.question import Fleet, Seating, cost_of
from cloudplan.packing.fleet.rows import scaled

PROVED = 3e-6
"""Share of the cost within which bound and cost are one: three times the bound's own slack."""
STEPS = 15_000
"""Moves looked at for each host in a try at first."""
SHARES = (0.0, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 3.0)
"""Shares by which volumes are enlarged until a mix takes all items."""
ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Solved:
    """What was found.

    Parameters
    ----------
    seating
        The best seating; every item is left over where none was found.
    cost
        What it costs, yuan a year; infinite where there is none.
    bound
        No seating of all items costs less; infinite where there is none.
    seconds
        When the seating was found, from the beginning.
    """

    seating: Seating
    cost: float
    bound: float
    seconds: float

    @property
    def gap(self) -> float:
        """Share of the bound by which the cost exceeds it."""
        return 0.0 if self.cost <= self.bound else self.cost / self.bound - 1 if self.bound > 0 else math.inf

    @property
    def proved(self) -> bool:
        """Whether nothing can be cheaper, as far as the bound's slack can tell."""
        return self.gap <= PROVED


Progress = Callable[[Solved], None]


def solve(
    fleet: Fleet,
    *,
    seconds: float | None = None,
    rounds: int | None = None,
    seed: int = 1,
    threads: int = 2,
    progress: Progress | None = None,
) -> Solved:
    """Seat a pool's items at the least cost that is found.

    Parameters
    ----------
    seconds
        Most time taken, or ``None`` for none; it is looked at between tries.
    rounds
        Most tries; the same rounds and seed give the same answer on any number of threads, where no time is set.
    seed
        Of all draws.
    threads
        Threads that search regions of a large pool side by side.
    progress
        Told of every better answer.

    Returns
    -------
    Solved
        Checked by :func:`cloudplan.packing.fleet.check.broken`.
    """
    return _Search(fleet, seconds, rounds or ROUNDS, seed, threads, progress).run()


class _Search:
    """One search; the one thing here that changes."""

    def __init__(
        self, fleet: Fleet, seconds: float | None, rounds: int, seed: int, threads: int, progress: Progress | None
    ) -> None:
        self.started = time.perf_counter()
        self.fleet, self.threads, self.progress = fleet, threads, progress
        self.until = math.inf if seconds is None else self.started + seconds
        self.rounds, self.tries, self.seed = rounds, 0, seed
        nothing = np.full(len(fleet.standing), -1, np.int64)
        self.best = Solved(
            Seating(nothing, fleet.standing_rack.copy(), np.full(fleet.items, -1, np.int64)), math.inf, 0.0, 0.0
        )

    def run(self) -> Solved:
        fleet = self.fleet
        if fleet.items == 0:
            return Solved(self.best.seating, 0.0, 0.0, 0.0)
        needs = needs_of(fleet)
        bound = least_cost(fleet, needs)
        self.bound = bound.value
        self.best = self._with(self.best)
        if not bound.mixes:
            return self.best
        self.asked = Prepared(fleet, scaled(fleet), needs, links_of(fleet))
        for first in bound.mixes:
            if first.value < self.best.cost * (1 - PROVED) and self._more():
                self._from(first)
        for first in bound.mixes:
            if first.value < self.best.cost * (1 - PROVED):
                self._one_by_one(first)
        return self.best

    def _from(self, first: Mix) -> None:
        """Enlarge the volumes until a mix takes all items, then narrow down."""
        low, mix = 0.0, first
        for share in SHARES:
            if share > 0:
                mix = cheapest(self.fleet, self.asked.needs, first.spare, share)
            if not math.isfinite(mix.value) or mix.cost >= self.best.cost or not self._more():
                return
            if self._try(mix, STEPS):
                break
            low = share
        high = share
        while high - low > 1e-3 and self._more() and not self.best.proved:
            middle = (low + high) / 2
            mix = cheapest(self.fleet, self.asked.needs, first.spare, middle)
            if (mix.cost < self.best.cost - 1e-6 and self._try(mix, 2 * STEPS)) or mix.cost >= self.best.cost - 1e-6:
                high = middle
            else:
                low = middle

    def _one_by_one(self, first: Mix) -> None:
        """Try the next dearer mix again and again, below the best."""
        mix, steps = first, 4 * STEPS
        while self._more() and not self.best.proved:
            if not math.isfinite(mix.value) or mix.cost >= self.best.cost - 1e-6:
                return
            if self._try(mix, steps):
                return
            above = mix.cost + max(1e-4 * first.cost, 1e-6)
            mix = cheapest(self.fleet, self.asked.needs, first.spare, above=above)

    def _try(self, mix: Mix, steps: int) -> bool:
        """Try one mix; keep the seating where it is better."""
        self.tries += 1
        seed = int(np.random.default_rng([self.seed, self.tries]).integers(2**62))
        seating = attempt(self.asked, mix, steps, seed, self.threads, lambda: time.perf_counter() < self.until)
        if seating is None:
            return False
        faults = broken(self.fleet, seating)
        if faults:
            raise AssertionError(f"the search broke {faults[0]}")
        cost = cost_of(self.fleet, seating)
        if cost < self.best.cost:
            self.best = self._with(Solved(seating, cost, self.bound, time.perf_counter() - self.started))
            if self.progress:
                self.progress(self.best)
        return True

    def _with(self, solved: Solved) -> Solved:
        return Solved(solved.seating, solved.cost, self.bound, solved.seconds)

    def _more(self) -> bool:
        return self.tries < self.rounds and time.perf_counter() < self.until
