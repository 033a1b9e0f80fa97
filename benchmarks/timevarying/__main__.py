"""Run a part of the study, or write its tables anew."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import benchmarks.timevarying as study
from benchmarks.timevarying.cases import CASES
from benchmarks.timevarying.sweep import COLUMNS, sweep
from benchmarks.timevarying.tables import tables
from benchmarks.timevarying.together import together


def main(arguments: list[str] | None = None) -> int:
    """Sweep the cases of a data set and print their tables."""
    parser = argparse.ArgumentParser(description=study.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=(*CASES, "table"))
    parser.add_argument("file", nargs="?", type=Path, metavar="CSV", help="of an earlier run, for its tables")
    parser.add_argument("--csv", type=Path, metavar="OUT")
    parser.add_argument("--draws", type=int, help="fleets of each case, for a shorter run")
    parser.add_argument("--case", action="append", help="only this one, by name; may be given again")
    asked = parser.parse_args(arguments)
    if asked.what == "table":
        if asked.file is None:
            parser.error("say which file")
        print("\n".join(tables(asked.file)))
        return 0
    if asked.csv is None:
        parser.error("say where the lines go with --csv")
    cases = [case for case in CASES[asked.what]() if not asked.case or case.name in asked.case]
    print("\n".join(together(cases)), flush=True)
    with asked.csv.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for case in cases:
            for line in sweep(case, asked.draws):
                writer.writerow(line)
            file.flush()
            print(f"{case.name} done", file=sys.stderr)
    print("\n".join(tables(asked.csv)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
