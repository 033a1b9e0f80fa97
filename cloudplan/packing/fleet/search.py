"""The search for one pool, step by step: a first seating, then cheaper mixes, then cheaper seats on the best mix."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cloudplan.packing.fleet.attempt import LISTED, Prepared, attempt, refinable, refine
from cloudplan.packing.fleet.bound import Mix, cheapest, every_host, least_cost
from cloudplan.packing.fleet.check import broken
from cloudplan.packing.fleet.exact import exact, small_enough
from cloudplan.packing.fleet.links import links_of
from cloudplan.packing.fleet.needs import needs_of
from cloudplan.packing.fleet.question import Fleet, Seating, cost_of
from cloudplan.packing.fleet.rows import scaled

PROVED = 3e-6
"""Share of the cost within which bound and cost are one: three times the bound's own slack."""
STEPS = 15_000
"""Moves looked at for each host in a try at first."""
RATE = 15_000_000
"""Moves looked at in a second, to end a try about in time where a time is set."""
FEWEST = 2_000
MOST_EFFORT = 64
"""Times these moves in the longest try."""
RISING = (0.0, 0.01, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 3.0)
"""Shares by which volumes are enlarged until a mix takes all items."""
EASY = (0.06, 0.12, 0.25, 0.5, 1.0, 3.0)
"""The same where items are many, and a try that fails takes long."""
MANY = 3000
LONGEST = 2_000_000
"""Moves looked at in one go for the price of items, so that the clock is looked at often enough."""
MOST_STEPS = 20_000
IDLE = 3
"""Times that prices are not lowered until nobody tries any more."""
FINE = 1e-3
"""Shares between which nothing more is looked for."""


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
        if self.cost <= self.bound:
            return 0.0
        return self.cost / self.bound - 1 if self.bound > 0 else math.inf

    @property
    def proved(self) -> bool:
        """Whether nothing can be cheaper, as far as the bound's slack can tell."""
        return self.gap <= PROVED


Progress = Callable[[Solved], None]


class Search:
    """One pool's search; the one thing here that changes.

    Parameters
    ----------
    tries
        Most seatings tried.
    """

    def __init__(self, fleet: Fleet, tries: int, seed: int, threads: int, progress: Progress | None = None) -> None:
        self.started = time.perf_counter()
        self.fleet, self.threads, self.seed, self.progress = fleet, threads, seed, progress
        self.tries, self.tried = tries, 0
        self.until = math.inf
        self.mix: Mix | None = None
        self.reached: dict[int, float] = {}
        nothing = np.full(len(fleet.standing), -1, np.int64)
        empty = Seating(nothing, fleet.standing_rack.copy(), np.full(fleet.items, -1, np.int64))
        self.best = Solved(empty, 0.0 if fleet.items == 0 else math.inf, 0.0, 0.0)
        if fleet.items == 0:
            self.bound = least_cost(fleet)
            return
        needs = needs_of(fleet)
        self.bound = least_cost(fleet, needs)
        self.least = self.bound.value
        self.best = Solved(empty, math.inf, self.least, 0.0)
        if self.bound.mixes:
            self.asked = Prepared(fleet, scaled(fleet), needs, links_of(fleet))

    def first(self) -> None:
        """Find a seating, with the cheapest type of spares that allows one."""
        for mix in self.bound.mixes:
            if self._rise(mix):
                return

    def narrow(self) -> None:
        """Look for cheaper mixes, with the type of spares at hand and with others, and lower prices once."""
        for spare in list(self.reached):
            self._down(spare)
        for first in self.bound.mixes:
            if first.spare not in self.reached and self._worth(first.value) and self._rise(first):
                self._down(first.spare)
        self._refine(100)

    def finish(self) -> None:
        """Try the next dearer mixes one by one and refine, with more and more steps, until nothing is left to try."""
        effort, price_steps, idle = 4, 400, 0
        while self._more():
            tried, before = self.tried, self.best.cost
            for first in self.bound.mixes:
                self._next(first, effort * STEPS)
            if self.mix is not None and refinable(self.fleet) and idle < IDLE:
                self._refine(price_steps)
                price_steps *= 2
                idle = idle + 1 if self.best.cost == before else 0
            if self.tried == tried:
                return
            effort = min(2 * effort, MOST_EFFORT)

    def prove(self) -> None:
        """Ask the assignment model, where items are few."""
        if not self.bound.mixes or self.best.proved or time.perf_counter() > self.until:
            return
        known = self.best.seating if math.isfinite(self.best.cost) else None
        if not small_enough(self.fleet, known):
            return
        found = exact(self.fleet, known, self.until)
        self.least = max(self.least, found.bound)
        if found.seating is not None and not len(found.seating.unplaced) and not broken(self.fleet, found.seating):
            self._keep(self.mix, found.seating)
        self.best = replace(self.best, bound=self.least)

    def _rise(self, first: Mix) -> bool:
        """Enlarge the volumes until a mix takes all items; if none does, have every host there is."""
        for share in EASY if self.fleet.items > MANY else RISING:
            mix = first if share == 0 else cheapest(self.fleet, self.asked.needs, first.spare, share)
            if not math.isfinite(mix.value) or not self._worth(mix.cost) or not self._more():
                break
            if self._try(mix, STEPS):
                self.reached[first.spare] = share
                return True
        if self.mix is None and self._more():
            every = every_host(self.fleet, first)
            if every.loaded(self.fleet) * self.fleet.items <= LISTED and self._try(every, STEPS, drop=True):
                self.reached[first.spare] = RISING[-1]
                return True
        return False

    def _down(self, spare: int) -> None:
        """Enlarge the volumes by less, as long as all items find a seat."""
        low, high = -FINE, self.reached[spare]
        while high - low > FINE and self._more():
            middle = max(0.0, high / 4 if low < 0 else (low + high) / 2)
            middle = 0.0 if middle < FINE and low < 0 else middle
            mix = cheapest(self.fleet, self.asked.needs, spare, middle)
            if not self._worth(mix.cost) or self._try(mix, 2 * STEPS):
                high = middle
            else:
                low = middle
            if middle == 0.0:
                low = max(low, 0.0)

    def _next(self, first: Mix, steps: int) -> None:
        """Try the next dearer mix again and again, below the best one's hosts."""
        mix, step = first, 1e-4 * first.cost
        while self._more() and math.isfinite(mix.value) and self._worth(mix.cost):
            if self.mix is not None and mix.hosts >= self.mix.hosts * (1 - 1e-9):
                return
            if self._try(mix, steps):
                return
            mix = cheapest(self.fleet, self.asked.needs, first.spare, above=mix.hosts + max(step, 1e-6))
            step *= 1.2

    def _refine(self, steps: int) -> None:
        """Lower the price of items where they are."""
        if self.mix is not None and refinable(self.fleet) and self._more():
            self.tried += 1
            most = min(MOST_STEPS, max(20, LONGEST // self.fleet.items))
            self._keep(self.mix, refine(self.asked, self.mix, self.best.seating, min(steps, most), self._draw()))

    def _try(self, mix: Mix, steps: int, drop: bool = False) -> bool:
        """Try one mix; keep the seating where it is better."""
        self.tried += 1
        if math.isfinite(self.until):
            left = max(0.0, self.until - time.perf_counter())
            steps = min(steps, max(FEWEST, int(left * RATE / max(1, mix.loaded(self.fleet)))))
        go_on = lambda: time.perf_counter() < self.until  # noqa: E731
        seating = attempt(self.asked, mix, steps, self._draw(), self.threads, go_on, drop)
        return seating is not None and self._keep(None if drop else mix, seating)

    def _keep(self, mix: Mix | None, seating: Seating) -> bool:
        """Take a seating that keeps every limit where it is better; say whether it keeps them."""
        if broken(self.fleet, seating):
            return False  # sums of floats beyond what whole numbers told: a try that failed, like others
        cost = cost_of(self.fleet, seating)
        if cost < self.best.cost:
            self.mix = mix
            self.best = Solved(seating, cost, self.least, time.perf_counter() - self.started)
            if self.progress:
                self.progress(self.best)
        return True

    def _draw(self) -> int:
        """Seed the next try."""
        return int(np.random.default_rng([self.seed, self.tried]).integers(2**62))

    def _worth(self, cost: float) -> bool:
        """Whether a cost is below the best, by more than nothing."""
        return cost < self.best.cost * (1 - 1e-9)

    def _more(self) -> bool:
        # one try is made however short the time
        in_time = self.tried == 0 or time.perf_counter() < self.until
        return self.tried < self.tries and in_time and not self.best.proved
