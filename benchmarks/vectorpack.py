"""Static vector packing on files in the ``.vbp`` format (dimensions, capacity, types, then sizes and demand of each).

``python -m benchmarks.vectorpack FILE… --seconds 10 --csv OUT [--assignment DIR]`` writes a line for each instance,
``family,instance,hosts,bound,seconds``, and under ``DIR/family/`` the bin of each item, type after type. The bound is
what a certificate in whole numbers proves, which separate code has checked; where the check is cut short, the volume's.
One core; the best known answers are not looked at.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path

import numpy as np

from cloudplan.packing.vectors.certificate import certificate, check
from cloudplan.packing.vectors.instance import VectorInstance
from cloudplan.packing.vectors.solve import Solved, solve

COLUMNS = ("family", "instance", "hosts", "bound", "seconds")
NODES = 200_000_000
"""Patterns that the check of a certificate may look at."""


def read(path: Path) -> VectorInstance:
    """Read one instance."""
    numbers = [int(word) for word in path.read_text("utf-8").split()]
    d = numbers[0]
    m = numbers[1 + d]
    rows = np.array(numbers[2 + d : 2 + d + m * (d + 1)], dtype=np.int64).reshape(m, d + 1)
    return VectorInstance(np.array(numbers[1 : 1 + d], dtype=np.int64), rows[:, :d].copy(), rows[:, d].copy())


def proved(instance: VectorInstance, solved: Solved) -> int:
    """Give the bins that a checked certificate proves."""
    proof = certificate(instance, solved.bound)
    volume = instance.volume_bound()
    return max(volume, proof.bins(instance)) if check(instance, proof, NODES) else volume


def main(arguments: list[str] | None = None) -> int:
    """Solve the files one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--csv", type=Path, required=True, metavar="OUT")
    parser.add_argument("--assignment", type=Path, metavar="DIR")
    asked = parser.parse_args(arguments)
    solve(VectorInstance(np.array([9, 9]), np.array([[5, 4], [4, 5], [3, 3]]), np.array([9, 9, 9])), 1.0)  # compiles
    closed = 0
    with asked.csv.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, path in enumerate(asked.files, 1):
            instance = read(path)
            started = time.perf_counter()
            solved = solve(instance, asked.seconds, asked.seed)
            seconds = time.perf_counter() - started
            if faults := solved.packing.faults(instance):
                print(f"{path}: {faults[0]}", file=sys.stderr)
                return 1
            bound = proved(instance, solved)
            closed += bound == solved.packing.bins
            writer.writerow((path.parent.name, path.stem, solved.packing.bins, bound, f"{seconds:.3f}"))
            file.flush()
            if asked.assignment is not None:
                folder = asked.assignment / path.parent.name
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"{path.stem}.txt").write_text("\n".join(map(str, solved.packing.bin_of.tolist())) + "\n")
            if sys.stderr.isatty() or number % 50 == 0:
                print(f"{number} of {len(asked.files)}, {closed} closed", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
