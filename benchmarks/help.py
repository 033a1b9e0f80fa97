"""Seconds of `cloudplan --help` beside those of a bare Python, in turns; the target is under 0.15 s."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TARGET = 0.15
ROUNDS = 20


def seconds(command: list[str]) -> float:
    """Run a command once and return the wall-clock seconds."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""})
    return time.perf_counter() - start


def main() -> None:
    script = Path(sys.executable).with_name("cloudplan")
    ours = [str(script), "--help"] if script.exists() else [sys.executable, "-m", "cloudplan", "--help"]
    bare = [sys.executable, "-c", "pass"]
    seconds(ours)  # the first run writes bytecode, as an installation does
    pairs = [(seconds(ours), seconds(bare)) for _ in range(ROUNDS)]
    help_time, bare_time = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"cloudplan --help  {help_time:.3f} s (median of {ROUNDS}; target < {TARGET} s)")
    print(f"python -c pass    {bare_time:.3f} s")
    print(f"ratio             {help_time / bare_time:.1f}")
    print("within the target" if help_time < TARGET else "OVER THE TARGET")


if __name__ == "__main__":
    main()
