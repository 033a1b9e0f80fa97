"""Cloud balancing as OptaPlanner and Timefold ask it: processes on computers, each with its cost.

``python -m benchmarks.cloudbalancing FILE… --seconds 60 [--peer cpsat] [--peer highs] --csv OUT`` writes a line for
each file and method: file, method, cost, bound, gap (of the cost), seconds and what Timefold was published to reach in
60 s. Files are named by path or looked up in ``cloudbalancing`` under ``CLOUDPLAN_DATA`` (``../shared/data``).
Every computer is a host that may be had once; computers with equal figures are one type with a count.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.data import data
from benchmarks.peers import PEERS, Answer, judged
from benchmarks.plain import first_fit
from cloudplan.packing.fleet.question import Fleet
from cloudplan.packing.fleet.solve import solve

COLUMNS = ("file", "method", "cost", "bound", "gap_percent", "seconds", "timefold", "status")
TIMEFOLD = {"200computers-600processes": 207_280, "800computers-2400processes": 1_092_330}
"""Cost published for Timefold after 60 seconds, by file."""
TRIES = 1_000_000
"""More seatings than are tried: time alone ends the search."""
RESOURCES = ("CpuPower", "Memory", "NetworkBandwidth")


def read(path: Path) -> Fleet:
    """Read a file."""
    said = json.loads(path.read_text("utf-8"))
    figures = [[c[r[0].lower() + r[1:]] for r in RESOURCES] + [c["cost"]] for c in said["computerList"]]
    types, most = np.unique(np.array(figures, dtype=np.float64), axis=0, return_counts=True)
    demand = [[p[f"required{r}"] for r in RESOURCES] for p in said["processList"]]
    return Fleet(np.array(demand, dtype=np.float64), types[:, :-1].copy(), types[:, -1].copy(), most.astype(np.int64))


def ours(fleet: Fleet, seconds: float, threads: int) -> Answer:
    """Ask cloudplan."""
    solved = solve(fleet, seconds=seconds, rounds=TRIES, threads=threads)
    return judged(fleet, solved.seating, solved.bound, "proved" if solved.proved else "time")


def plain(fleet: Fleet, seconds: float, threads: int) -> Answer:
    """Ask first fit decreasing."""
    return judged(fleet, first_fit(fleet), None, "first fit")


METHODS = {"ours": ours, "firstfit": plain, **PEERS}


def main(arguments: list[str] | None = None) -> int:
    """Ask each method about each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer", action="append", choices=sorted(set(METHODS) - {"ours"}), default=[])
    parser.add_argument("--without-ours", action="store_true", help="ask the peers only")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="written beside what is printed")
    asked = parser.parse_args(arguments)
    methods = ([] if asked.without_ours else ["ours"]) + asked.peer
    lines: list[tuple[object, ...]] = [COLUMNS]
    out = csv.writer(sys.stdout)
    out.writerow(COLUMNS)
    for named in asked.files:
        path = named if named.exists() else data("cloudbalancing") / named
        fleet = read(path)
        for method in methods:
            started = time.perf_counter()
            answer = METHODS[method](fleet, asked.seconds, asked.threads)
            seconds = time.perf_counter() - started
            published = TIMEFOLD.get(path.stem, "")
            lines.append((path.stem, method, *figures(answer), f"{seconds:.1f}", published, answer.status))
            out.writerow(lines[-1])
            sys.stdout.flush()
    if asked.csv is not None:
        with asked.csv.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(lines)
    return 0


def figures(answer: Answer) -> tuple[str, str, str]:
    """Write cost, bound and the gap between them as a share of the cost."""
    cost, bound = answer.cost, answer.bound
    gap = "" if cost is None or bound is None or cost <= 0 else f"{max(cost - bound, 0.0) / cost:.3%}".rstrip("%")
    return "" if cost is None else f"{cost:.10g}", "" if bound is None else f"{bound:.10g}", gap


if __name__ == "__main__":
    sys.exit(main())
