"""Every real file of other tools: what it is taken for, and its counts against ones made without cloudplan."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyarrow import parquet

from cloudplan.intake.formats import azure_migrate
from cloudplan.intake.pipeline import intake
from cloudplan.intake.read import Read
from cloudplan.intake.recognise import read_foreign, recognise
from tests.intake.books import ASSESSMENT_SHEET, DATA, DISCOVERY_SHEET, mapping, write_mapping
from tests.tiny import write_tiny

FOLDERS = ("rvtools", "azure_migrate", "netbox", "templates", "bitbrains")
ENDINGS = (".xlsx", ".csv", ".parquet", ".json.gz")
Counts = dict[str, int]

needs = pytest.mark.skipif(
    not all((DATA / folder).is_dir() for folder in FOLDERS), reason=f"not all of {', '.join(FOLDERS)} are in {DATA}"
)


def sheet_rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    """Rows below the first one that hold anything, by heading."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    rows = book[sheet].iter_rows(values_only=True)
    titles = next(rows)
    found = []
    for row in rows:
        if not any(cell is not None for cell in row):
            break  # one of the workbooks declares a million blank rows
        found.append(dict(zip(titles, row, strict=False)))
    return found


def rvtools(path: Path) -> Counts:
    machines = [
        r
        for r in sheet_rows(path, "vInfo")
        if not any(str(r.get(t)) == "True" for t in ("Template", "SRM Placeholder"))
    ]
    return {"machines": len(machines), "hardware": len(sheet_rows(path, "vHost")),
            "off": sum(row["Powerstate"] != "poweredOn" for row in machines)}  # fmt: skip


def discovery(path: Path) -> Counts:
    rows = sheet_rows(path, DISCOVERY_SHEET)
    return {
        "machines": len({row["Machine ID"] for row in rows}),
        "off": sum(row["Power Stats"] == "OFF" for row in rows),
    }


def assessment(path: Path) -> Counts:
    return {"rows": len(sheet_rows(path, ASSESSMENT_SHEET))}


def netbox(path: Path) -> Counts:
    models = Counter(record["model"] for record in json.loads(gzip.decompress(path.read_bytes())))
    return {"machines": models["virtualization.virtualmachine"], "hardware": models["dcim.device"],
            "rooms": models["dcim.site"] + models["dcim.location"], "racks": models["dcim.rack"]}  # fmt: skip


def headings_alone(path: Path) -> Counts:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return {"rows": len([row for row in csv.reader(opened) if any(row)]) - 1}


def gwa(path: Path) -> Counts:
    with path.open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.reader(opened, delimiter=";") if row]
    return {"series": 1, "samples": len({row[0] for row in rows[1:]})}


def trace(path: Path) -> Counts:
    """A row stands for five minutes each, back from its end, at most for an hour; a moment counts once."""
    table = parquet.read_table(path).to_pydict()
    moments = {
        (name, int(end.timestamp()) - 300 * back)
        for name, end, duration in zip(table["id"], table["timestamp"], table["duration"], strict=True)
        for back in range(1, min(round(duration / 300_000), 12) + 1)
    }
    capacity = dict(
        zip(
            *(parquet.read_table(path.parent / "meta.parquet").to_pydict()[c] for c in ("id", "cpu_capacity")),
            strict=True,
        )
    )
    long = [duration for duration in table["duration"] if round(duration / 300_000) > 12]
    return {
        "rows": len(table["id"]), "series": len(set(table["id"])), "samples": len(moments),
        "over": sum(use > capacity[name] for name, use in zip(table["id"], table["cpu_usage"], strict=True)),
        "gaps": len(long), "gap_hours": round(sum(round(d / 300_000) - 12 for d in long) / 12),
    }  # fmt: skip


def meta(path: Path) -> Counts:
    return {"rows": parquet.read_metadata(path).num_rows}


FILES: dict[str, tuple[str, Callable[[Path], Counts], Counts]] = {
    "rvtools/kubev2v-example1.xlsx": ("rvtools", rvtools, {"machines": 9, "hardware": 7, "off": 6}),
    "rvtools/rvtools-small-complete.xlsx": ("rvtools", rvtools, {"machines": 3, "hardware": 2, "off": 1}),
    "azure_migrate/AzureMigrate_Discovery_Report.xlsx": (
        "azure-migrate-discovery", discovery, {"machines": 294, "off": 44},
    ),
    "azure_migrate/AzureMigrate_Assessment_Core_Report.xlsx": ("azure-migrate-assessment", assessment, {"rows": 294}),
    "netbox/netbox-demo-v3.6.json.gz": (
        "netbox", netbox, {"machines": 180, "hardware": 72, "rooms": 28, "racks": 42},
    ),
    "templates/aws_migration_hub_fields.csv": ("aws-discovery-import", headings_alone, {"rows": 0}),
    "templates/azure_migrate_import_header.csv": ("azure-migrate-import", headings_alone, {"rows": 0}),
    "bitbrains/gwa_raw_one_vm.csv": ("gwa-trace", gwa, {"series": 1, "samples": 8619}),
    "bitbrains/materna_format_sample.csv": ("gwa-trace", gwa, {"series": 1, "samples": 7}),
    "bitbrains/meta.parquet": ("bitbrains-parquet", meta, {"rows": 50}),
    "bitbrains/trace.parquet": (
        "bitbrains-parquet", trace,
        {"rows": 276979, "series": 50, "samples": 368128, "over": 19461, "gaps": 1801, "gap_hours": 2954},
    ),
}  # fmt: skip
"""File → what it is taken for, who counts it without cloudplan, and the counts, as ``docs/intake.md`` lists them."""


def counted(path: Path, folder: Path) -> tuple[str, Counts]:
    """What cloudplan takes a file for, and everything that it counts in it."""
    if path.parent.name == "azure_migrate":
        return of_azure(path, folder)
    beside = [path.parent / "meta.parquet"] if path.name == "trace.parquet" else []
    reads, recognised, findings = read_foreign([path, *beside])
    read: Read = reads[0]
    told = {finding.message: finding.values for finding in findings}
    gaps = told.get("intake.bitbrains.gaps", {})
    return recognised[0].kind, {
        "rows": recognised[0].rows, "machines": len(read.machines), "hardware": len(read.hardware),
        "off": sum(not machine.running for machine in read.machines), "rooms": len(read.rooms),
        "racks": len(read.racks), "series": len(read.series), "samples": sum(len(s.times) for s in read.series),
        "over": told.get("intake.series.over", {}).get("count", 0), "gaps": gaps.get("count", 0),
        "gap_hours": round(gaps.get("hours", 0)),
    }  # fmt: skip


def of_azure(path: Path, folder: Path) -> tuple[str, Counts]:
    """The two reports make sense only together, through the whole way in."""
    write_tiny(folder / "design")
    files = sorted(path.parent.glob("*.xlsx"))
    result = intake(files, write_mapping(folder, mapping()), folder / "out")
    taken = {Path(file.file).name: file for file in result.files}[path.name]
    is_discovery = taken.kind == azure_migrate.DISCOVERY.kind
    return taken.kind, {"rows": taken.rows} | (
        {"machines": result.counts["machines"], "off": result.counts["off"]} if is_discovery else {}
    )


@needs
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("rvtools")])
def test_the_rows_of_a_book_are_those_of_its_machines(name: str) -> None:
    (taken,) = recognise([DATA / name]).files
    assert (taken.sheet, taken.rows) == ("vInfo", len(sheet_rows(DATA / name, "vInfo")))


def real_files() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((DATA / folder).iterdir()):
            if path.name.endswith(ENDINGS):
                yield f"{folder}/{path.name}"


@needs
def test_the_list_names_every_file() -> None:
    assert sorted(real_files()) == sorted(FILES)


@needs
@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_and_its_counts_are_those_of_another_reader(name: str, tmp_path: Path) -> None:
    kind, count, expected = FILES[name]
    assert count(DATA / name) == expected
    taken, found = counted(DATA / name, tmp_path)
    assert taken == kind
    assert {what: found[what] for what in expected} == expected
    if expected == {"rows": 0}:
        assert {number for what, number in found.items() if what != "rows"} == {0}


@pytest.mark.parametrize("page", ["intake.md", "intake.zh-CN.md"])
def test_the_documentation_lists_these_counts(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    for name, (kind, _, expected) in FILES.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
        assert f"`{kind}`" in line
        assert [number for number in map("{:,}".format, expected.values()) if number not in line] == []
