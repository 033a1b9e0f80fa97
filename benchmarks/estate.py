"""An invented estate to pack: weekly profiles, ten pools, shares of high availability, racks, affinities and N+1.

Workloads use CPU by the hour of the week (168 slots, the larger of two weeks' samples), memory flat. Six kinds of
profile, each department with a phase of its own and a factor of the day that its workloads share; noise and spikes on
top. Five zones × two architectures make ten pools, the largest with 29 % of all. 16 % of the workloads stand in pairs
and 3 % in triples on different hosts, a quarter of these in different racks; 4 % belong together in pairs on one host.
The hosts are those of ``estate_hosts.yaml``; about fifty workloads fill one.

``python -m benchmarks.estate --workloads 500 5000 --seconds 10 --peer cpsat highs --csv OUT`` packs estates within a
time each, two threads; each peer then has every pool for the same share of that time.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import resource
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from cloudplan.packing.fleet.question import Apart, Fleet, Floats, Racks
from cloudplan.packing.fleet.search import Solved
from cloudplan.packing.fleet.solve import solve_all

SLOTS = 168
ZONES = (0.42, 0.25, 0.16, 0.11, 0.06)
X86 = 0.7
DEPARTMENTS = 50
PAIRS, TRIPLES, BY_RACK, TOGETHER = 0.16, 0.03, 0.25, 0.04
HOURS_A_YEAR = 8760
CHUNK = 20_000


def catalogue() -> dict[str, Any]:
    """Read the host types."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "estate_hosts.yaml").read_text("utf-8"))
    return loaded


def generate(workloads: int, seed: int = 1) -> list[Fleet]:
    """Draw an estate; one fleet a pool, as (zone, architecture) in order.

    Parameters
    ----------
    workloads
        Workloads of all pools together; those that must share a host are one item of a fleet.
    seed
        Of every draw.
    """
    rng = np.random.default_rng(seed)
    kinds = catalogue()
    shares = np.array([zone * arch for zone in ZONES for arch in (X86, 1 - X86)])
    counts = np.floor(shares * workloads).astype(int)
    counts[0] += workloads - counts.sum()
    phase = rng.normal(0, 1.0, DEPARTMENTS)
    day = np.exp(rng.normal(0, 0.10, (DEPARTMENTS, 2, 7)))
    return [
        _pool(kinds, ("x86", "arm")[number % 2], int(count), phase, day, rng) for number, count in enumerate(counts)
    ]


def _shapes() -> Floats:
    """Give the six kinds of profile over a week, each with a peak of 1; shape (6, 168)."""
    hour, weekday = np.arange(SLOTS) % 24, np.arange(SLOTS) // 24

    def bump(centre: float, width: float) -> Floats:
        away = np.minimum(np.abs(hour - centre), 24 - np.abs(hour - centre))
        return np.asarray(np.exp(-0.5 * (away / width) ** 2))

    working = np.where(weekday < 5, 1.0, 0.25)
    office = 0.15 + working * (0.7 * bump(10, 2) + 0.8 * bump(15.5, 2))
    public = 0.2 + np.where(weekday < 5, 0.8, 1.0) * bump(20, 3)
    batch = 0.1 + bump(2, 2)
    flat = np.full(SLOTS, 1.0)
    monday = 0.2 + np.where(weekday == 0, 1.0, 0.45 * working) * bump(9, 2)
    backup = 0.1 + np.where(weekday >= 5, 1.0, 0.1) * bump(1, 3)
    shapes = np.stack([office, public, batch, flat, monday, backup])
    return np.asarray(shapes / shapes.max(axis=1, keepdims=True))


def _use(vcpu: Floats, phase: Floats, day: Floats, rng: np.random.Generator) -> Floats:
    """Draw CPU use by slot; shape (n, 168)."""
    shapes, n = _shapes(), len(vcpu)
    kind = rng.choice(6, n, p=[0.45, 0.15, 0.12, 0.16, 0.07, 0.05])
    department = rng.integers(DEPARTMENTS, size=n)
    shift = np.clip(np.round(phase[department]), -3, 3).astype(int)
    peak = np.minimum(vcpu * np.exp(rng.normal(-0.95, 0.6, n)), vcpu)
    hours = (np.arange(SLOTS)[None, :] - shift[:, None]) % SLOTS
    use: Floats = np.zeros((n, SLOTS))
    for week in range(2):
        factor = np.repeat(day[department, week], 24, axis=1)
        drawn = shapes[kind[:, None], hours] * factor * np.exp(rng.normal(0, 0.15, (n, SLOTS)))
        drawn[rng.random((n, SLOTS)) < 0.002] *= 2.5
        np.maximum(use, drawn, out=use)
    return np.asarray(np.round(np.minimum(use * peak[:, None], vcpu[:, None]), 2))


def _pool(
    kinds: dict[str, Any], arch: str, count: int, phase: Floats, day: npt.NDArray[np.float64], rng: np.random.Generator
) -> Fleet:
    hosts = [host for host in kinds["hosts"] if host["arch"] == arch]
    vcpu = rng.choice([2.0, 4.0, 8.0, 16.0, 32.0], count, p=[0.22, 0.40, 0.26, 0.10, 0.02])
    demand = np.empty((count, SLOTS + 4))
    for start in range(0, count, CHUNK):
        demand[start : start + CHUNK, :SLOTS] = _use(vcpu[start : start + CHUNK], phase, day, rng)
    demand[:, SLOTS] = vcpu
    demand[:, SLOTS + 1] = vcpu * rng.choice([1.0, 2.0, 4.0, 8.0], count, p=[0.15, 0.45, 0.30, 0.10])
    demand[:, SLOTS + 2] = np.round(40 + 60 * vcpu * rng.lognormal(0, 0.6, count))
    demand[:, SLOTS + 3] = np.round(vcpu * rng.lognormal(3.0, 0.8, count))
    order = rng.permutation(count)
    items, demand = _merge(demand, order[: int(TOGETHER * count) // 2 * 2])
    apart = _groups(items[order[int(TOGETHER * count) // 2 * 2 :]], rng)
    reserve, power, rack = kinds["reserve"], kinds["power"], kinds["racks"]
    cpu = 1 - reserve["cpu"] - reserve["headroom"]
    per_watt = HOURS_A_YEAR / 1000 * power["pue"] * power["yuan_per_kwh"]
    size = np.array(
        [
            [host["threads"] * cpu] * SLOTS
            + [host["threads"] * kinds["cpu_ratio"], host["memory_gib"] * (1 - reserve["memory"])]
            + [host["storage_gib"], host["mbps"]]
            for host in hosts
        ]
    )

    def of(name: str) -> Floats:
        return np.array([float(host[name]) for host in hosts])

    return Fleet(
        demand=demand,
        size=size,
        price=of("capital") / kinds["horizon_years"] + of("maintenance") + of("power_idle_w") * per_watt,
        most=np.full(len(hosts), 100_000, np.int64),
        spares=1,
        load=demand[:, :SLOTS].mean(axis=1),
        load_price=(of("power_max_w") - of("power_idle_w")) / of("threads") * per_watt,
        slots=SLOTS,
        sockets=of("sockets"),
        apart=apart,
        racks=Racks(np.zeros(max(4, count // 100), np.int64), rack["height_u"], rack["power_w"], rack["yuan_per_year"]),
        height_u=of("height_u"),
        power_w=of("power_max_w"),
    )


def _merge(demand: Floats, paired: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats]:
    """Make one item of each pair that belongs together; say which item each workload became."""
    first, second = paired[0::2], paired[1::2]
    demand[first] += demand[second]
    kept = np.setdiff1d(np.arange(len(demand)), second)
    items = np.empty(len(demand), np.int64)
    items[kept] = np.arange(len(kept))
    items[second] = items[first]
    return items, demand[kept] if len(second) else demand


def _groups(free: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[Apart, ...]:
    """Draw pairs and triples from items that stand alone."""
    count = len(free)
    pairs, triples = int(PAIRS * count) // 2, int(TRIPLES * count) // 3
    sizes = [2] * pairs + [3] * triples
    groups, at = [], 0
    for size in sizes:
        scope = "rack" if rng.random() < BY_RACK else "host"
        groups.append(Apart(tuple(int(i) for i in free[at : at + size]), "rack" if scope == "rack" else "host"))
        at += size
    return tuple(groups)


COLUMNS = (
    "workloads",
    "seed",
    "pool",
    "items",
    "method",
    "cost",
    "bound",
    "gap",
    "proved",
    "first_s",
    "seconds",
    "note",
)


def run_ours(fleets: list[Fleet], seconds: float) -> tuple[tuple[Solved, ...], float, float]:
    """Pack an estate; give the answers, when every pool had one, and when all was over."""
    seen: dict[int, float] = {}
    started = time.perf_counter()

    def tell(pool: int, solved: Solved) -> None:
        seen.setdefault(pool, time.perf_counter() - started)
        if len(seen) == len(fleets):
            print(f"  {time.perf_counter() - started:6.1f} s  pool {pool}: {solved.gap:.4%}", file=sys.stderr)

    solved = solve_all(fleets, seconds=seconds, threads=2, progress=tell)
    return solved, max(seen.values(), default=0.0), time.perf_counter() - started


def main(arguments: list[str] | None = None) -> int:
    """Pack estates of some sizes, peers beside, and write a row a pool and method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", type=int, nargs="+", default=[500, 5000])
    parser.add_argument("--seconds", type=float, nargs="+", default=[10.0])
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--peer", nargs="*", choices=["cpsat", "highs"], default=[])
    parser.add_argument("--csv", type=Path, metavar="OUT")
    asked = parser.parse_args(arguments)
    solve_all(generate(200, 99), rounds=3)  # compiles, or reads what was compiled
    limits = asked.seconds if len(asked.seconds) > 1 else asked.seconds * len(asked.workloads)
    rows: list[tuple[object, ...]] = []
    for workloads, seconds in zip(asked.workloads, limits, strict=True):
        for seed in asked.seed:
            rows += _measured(workloads, seed, seconds, asked.peer)
    if asked.csv is not None:
        with asked.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
    return 0


def _measured(workloads: int, seed: int, seconds: float, peers: list[str]) -> list[tuple[object, ...]]:
    fleets = generate(workloads, seed)
    solved, first, took = run_ours(fleets, seconds)
    cost, bound = sum(s.cost for s in solved), sum(s.bound for s in solved)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{workloads} workloads, seed {seed}: {cost:,.0f} yuan a year, bound {bound:,.0f}, gap {cost / bound - 1:.4%}, "
        f"{sum(s.proved for s in solved)} of {len(solved)} pools proved, first plan {first:.2f} s, {took:.1f} s, "
        f"{memory:,.0f} MiB"
    )
    rows: list[tuple[object, ...]] = []
    for pool, (fleet, ours) in enumerate(zip(fleets, solved, strict=True)):
        rows.append((workloads, seed, pool, fleet.items, "cloudplan", round(ours.cost, 2), round(ours.bound, 2),
                     f"{ours.gap:.3e}", ours.proved, round(first, 3), round(ours.seconds, 3), ""))  # fmt: skip
        for peer in peers:
            started = time.perf_counter()
            answer = getattr(peers_module(), peer)(fleet, max(1.0, seconds * fleet.items / workloads), 2)
            spent = time.perf_counter() - started
            if answer.cost is None:
                said = f"no answer ({answer.status})"
            else:
                said = f"{answer.cost / ours.cost - 1:+.4%} beside ours ({answer.status})"
            print(f"  pool {pool} of {fleet.items}: {peer} {spent:.1f} s, {said}")
            rows.append((workloads, seed, pool, fleet.items, peer, answer.cost or "", answer.bound or "", "", "", "",
                         round(spent, 3), answer.status))  # fmt: skip
    return rows


def peers_module() -> ModuleType:
    """Load the peers only where they are asked for: they may not be installed."""
    return importlib.import_module("benchmarks.peers")


if __name__ == "__main__":
    sys.exit(main())
