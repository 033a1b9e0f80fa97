"""The tutorial's own commands, run as written where the data is there."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.intake.books import DATA, needs_data

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial-real-data.md"
CHINESE = ROOT / "docs" / "tutorial-real-data.zh-CN.md"


def commands(tutorial: Path) -> list[str]:
    """Lines of the tutorial's shell blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", tutorial.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_both_languages_show_the_same_commands() -> None:
    assert len(commands(TUTORIAL)) == 6
    assert commands(TUTORIAL) == commands(CHINESE)


@needs_data
@pytest.mark.skipif(not (DATA / "bitbrains" / "trace.parquet").is_file(), reason=f"no Bitbrains traces in {DATA}")
def test_the_commands_run_in_order(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    # the bare data path is written out so that a space in it can't split a word
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CLOUDPLAN_DATA": str(DATA.resolve()), "CLOUDPLAN_LANG": "en"}
    printed: dict[str, str] = {}
    for command in commands(TUTORIAL):
        program, *words = command.split()
        assert program == "cloudplan"
        words = [word.replace("$CLOUDPLAN_DATA", environment["CLOUDPLAN_DATA"]) for word in words]
        done = subprocess.run(
            [sys.executable, "-m", "cloudplan", *words],
            cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        printed[words[0]] = done.stdout
    assert "294 machines: 250 running" in printed["intake"]
    with (tmp_path / "runs" / "azure" / "inventory" / "intake" / "reclaim.csv").open(encoding="utf-8-sig") as file:
        off = {row["workload"] for row in csv.DictReader(file)}
    assert len(off) == 44
    plan = tmp_path / "runs" / "azure" / "plan"
    with (plan / "placements.csv").open(encoding="utf-8-sig") as file:
        placed = {row["workload"] for row in csv.DictReader(file)}
    assert placed
    assert not placed & off
    assert list(plan.glob("report.*.html"))
