"""The real reports of Azure Migrate: what becomes of them, and of copies with faults planted."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from cloudplan.intake.pipeline import intake
from cloudplan.intake.result import IntakeResult
from cloudplan.inventory.read import read_inventory
from tests.intake.books import (
    ASSESSMENT,
    ASSESSMENT_SHEET,
    CPU,
    DATA,
    DISCOVERY,
    DISCOVERY_SHEET,
    MEMORY,
    mapping,
    needs_data,
    of,
)
from tests.intake.pipeline_test import EXAMPLE, home, run
from tests.tiny import write_tiny

__all__ = ["home"]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, IntakeResult]:
    if not DISCOVERY.is_file():
        pytest.skip(f"the Azure Migrate reports are not in {DATA}")
    home = tmp_path_factory.mktemp("real")
    write_tiny(home / "inventory")
    example = home / "docs" / "examples" / "azure-mapping.yaml"
    example.parent.mkdir(parents=True)
    shutil.copy(EXAMPLE, example)
    shapes = DATA if (DATA / "bitbrains" / "trace.parquet").is_file() else None
    return home, intake([ASSESSMENT, DISCOVERY], example, home / "out", shapes, language="en")


def test_real_reports_become_an_inventory(real: tuple[Path, IntakeResult]) -> None:
    home, result = real
    assert {key: result.counts[key] for key in ("machines", "running", "off", "measured", "no_data", "left_out")} == {
        "machines": 294, "running": 250, "off": 44, "measured": 250, "no_data": 44, "left_out": 0,
    }  # fmt: skip
    off = of(result.findings, "intake.off_no_data")
    assert len({finding.subject for finding in off}) == 44
    assert {r.name for r in result.reclaim} == {finding.subject for finding in off}
    assert [f.values["days"] for f in of(result.findings, "intake.days_short")] == [1.0]
    read = read_inventory(home / "out")
    assert (read["workloads"]["state"] == "running").sum() == 250
    assert not {key[0] for key in read["usage"].index} & {r.workload for r in result.reclaim}
    assert "44" in result.text("en")
    assert "44" in result.text("zh-CN")


def test_real_levels_are_measured_and_hours_assumed(real: tuple[Path, IntakeResult]) -> None:
    home, _ = real
    usage = read_inventory(home / "out")["usage"]
    cpu = usage[usage["resource"] == "cpu"]
    if cpu["h000"].isna().all():
        pytest.skip(f"no Bitbrains traces in {DATA}")
    assert set(cpu["basis"]) == {"assumed"}
    assert set(usage[usage["resource"] == "memory"]["basis"]) == {"measured"}
    hours = cpu[[f"h{n:03d}" for n in range(168)]].to_numpy(float)
    assert not np.isnan(hours).any()
    level = cpu["p95_pct"].to_numpy(float)
    # P95 of the hours' P95 lies about the measured level: at or above it, but for traces with wide hours
    middle = np.median(np.percentile(hours, 95, axis=1) / np.maximum(level, 1e-9))
    assert 0.9 < middle < 1.5


DIRTY = (
    "DEVSQLVM05", "Airsonic-MySQL", "SQLAGVM11", "CRMSQLVM06", "HRSQLVM08", "PRODSQLVM08", "Prasanna-VM", "SQLHAVM07",
    "TESTSQLVM03", "ODA-Selfhost-Linux07",
)  # fmt: skip


def swapped(name: str) -> str:
    """Misspell a name: two letters change place."""
    middle = len(name) // 2
    return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


Spoil = Callable[[Any, str], list[int]]


def misspell(sheet: Any, kept: str) -> list[int]:
    """Misspell ten names; give their rows."""
    rows = [cell.row for cell in sheet["A"] if cell.value in DIRTY]
    for row in rows:
        sheet.cell(row, 1).value = swapped(sheet.cell(row, 1).value)
    titles = {cell.value: cell.column for cell in sheet[1]}
    if kept == "without ids":
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, titles["Machine ID"]).value = None
    return rows


def blank(sheet: Any, count: int = 5) -> list[int]:
    """Blank the loads of five machines that run: CPU of all, memory of two."""
    titles = {cell.value: cell.column for cell in sheet[1]}
    measured = [r for r in range(2, sheet.max_row + 1) if sheet.cell(r, titles[MEMORY]).value]
    rows = [r for r in measured if sheet.cell(r, 1).value not in DIRTY][20 : 20 + count]
    for n, row in enumerate(rows):
        sheet.cell(row, titles[CPU]).value = None
        if n < 2:
            sheet.cell(row, titles[MEMORY]).value = None
    return rows


def double(sheet: Any) -> list[int]:
    """Double three rows at the end."""
    for row in (60, 61, 62):
        sheet.append([cell.value for cell in sheet[row]])
    return list(range(sheet.max_row - 2, sheet.max_row + 1))


@needs_data
@pytest.mark.parametrize("ids", ["with ids", "without ids"])
@pytest.mark.parametrize("spoilt", [DISCOVERY_SHEET, ASSESSMENT_SHEET])
def test_eighteen_faults_planted_in_a_copy_are_all_listed(home: Path, spoilt: str, ids: str) -> None:
    discovery, assessment = openpyxl.load_workbook(DISCOVERY), openpyxl.load_workbook(ASSESSMENT)
    for name in set(assessment.sheetnames) - {"Properties", ASSESSMENT_SHEET}:
        del assessment[name]
    sheet = (discovery if spoilt == DISCOVERY_SHEET else assessment)[spoilt]
    blanked = blank(assessment[ASSESSMENT_SHEET])
    misspelt = misspell(sheet, ids)
    doubled = double(sheet)
    files = [home / "discovery.xlsx", home / "assessment.xlsx"]
    discovery.save(files[0])
    assessment.save(files[1])
    result = run(home, files, mapping())

    def places(*names: str) -> set[tuple[str | None, int | None]]:
        found = of(result.findings, *(f"intake.{name}" for name in names))
        return {(f.place.sheet, f.place.row) for f in found if f.place is not None}

    assert len(misspelt) == 10
    # joined by the id, the finding stands in the discovery and names the assessment's row; unjoined, one stands in each
    names = of(result.findings, "intake.joined_by_id", "intake.no_load_row_maybe", "intake.no_machine_row_maybe",
               "intake.no_load_row", "intake.no_machine_row")  # fmt: skip
    told = {(f.place.sheet, f.place.row) for f in names if f.place}
    told |= {(f.values["other_sheet"], f.values["other_row"]) for f in names if "other_row" in f.values}
    assert {(spoilt, row) for row in misspelt} <= told
    assert len(names) == (10 if ids == "with ids" else 20)
    assert places("load_blank") == {(ASSESSMENT_SHEET, row) for row in blanked}
    assert places("row_doubled") == {(spoilt, row) for row in doubled}
    with (home / "out" / "intake" / "findings.csv").open(encoding="utf-8-sig") as file:
        listed = [row["provenance"] for row in csv.DictReader(file)]
    assert sum(f"!{spoilt}:{row}:" in place for row in doubled for place in listed) == 3
    assert result.counts["machines"] == 294
    if ids == "without ids":
        # every misspelt name finds its likest, and is joined to nothing
        maybe = of(result.findings, "intake.no_load_row_maybe")
        assert len(maybe) == 10
        both = {str(f.values["maybe"]) for f in maybe} | {f.subject for f in maybe}
        assert both == set(DIRTY) | {swapped(name) for name in DIRTY}
        assert result.counts["no_data"] == 44 + 10 + 2
    else:
        assert result.counts["no_data"] == 44 + 2
