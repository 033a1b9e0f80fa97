"""The whole way: bound, mixes from the cheapest up, and a seating on the first that takes all items.

A mix says how many hosts of each type are had; the bound's own is the cheapest that its rows allow. Where the items can
be seated on it, the answer is proved as good as can be. Where they can't be, dearer mixes are tried: with volumes
enlarged by a share that is raised until a seating is found and then narrowed down, and at last the next dearer one by
one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from cloudplan.packing.fleet.bound import quiet
from cloudplan.packing.fleet.question import Fleet
from cloudplan.packing.fleet.search import Progress, Search, Solved

TRIES = 40
"""Most seatings tried, unless told otherwise."""


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
    search = Search(fleet, rounds or TRIES, seed, threads, progress)
    if seconds is not None:
        search.until = search.started + seconds
    for step in (search.first, search.narrow, search.finish, search.prove):
        step()
    return search.best


def solve_all(
    fleets: Sequence[Fleet],
    *,
    seconds: float | None = None,
    rounds: int | None = None,
    seed: int = 1,
    threads: int = 2,
    progress: Callable[[int, Solved], None] | None = None,
) -> tuple[Solved, ...]:
    """Seat the items of several pools side by side: first all of them somehow, then each better.

    Parameters
    ----------
    seconds
        Most time taken by all together; each pool has a share by its items.
    threads
        Pools searched side by side; each is searched by one thread.
    progress
        Told the number of the pool and every better answer.
    """
    started = time.perf_counter()
    quiet()
    lock = Lock()

    def told(number: int) -> Progress | None:
        if progress is None:
            return None

        def tell(solved: Solved) -> None:
            with lock:
                progress(number, solved)

        return tell

    def begin(number: int) -> Search:
        search = Search(fleets[number], rounds or TRIES, seed + number, 1, told(number))
        search.started = started
        if seconds is not None:
            search.until = started + seconds
        search.first()
        return search

    def step(named: str) -> None:
        """Let every pool go one step further, each with its share of the time left."""
        waiting = {n: fleets[n].items for n in largest}

        def run(number: int) -> None:
            search = begun[number]
            with lock:
                share = min(1.0, threads * waiting[number] / max(1, sum(waiting.values())))
                del waiting[number]
            if seconds is not None:
                now = time.perf_counter()
                search.until = now + (started + seconds - now) * share
            getattr(search, named)()

        list(pool.map(run, largest))

    largest = sorted(range(len(fleets)), key=lambda n: -fleets[n].items)
    with ThreadPoolExecutor(threads) as pool:
        begun = dict(zip(largest, pool.map(begin, largest), strict=True))
        step("narrow")
        step("finish")
        step("prove")
    return tuple(begun[n].best for n in range(len(fleets)))
