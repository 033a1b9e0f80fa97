"""Every cell that a file states is listed with the cell that it was read from, and with what stands there."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudplan.findings import Place
from cloudplan.intake.grid import read_grids
from cloudplan.intake.pipeline import intake
from cloudplan.intake.provenance import PROVENANCE, cell_name
from cloudplan.intake.survey.write import PROVENANCE as OF_SURVEYS
from cloudplan.inventory.schema import schema
from tests.intake.books import DATA, DISCOVERY, load, machine, mapping, needs_data, reports, write_mapping
from tests.intake.devices_test import DEMO
from tests.intake.formats.rvtools_test import host, vm
from tests.intake.standing_test import guest, home, plain, run, rvtools, server

__all__ = ["home"]
Row = dict[str, str]


def listed(home: Path) -> dict[tuple[str, str, str], Row]:
    """The list, by table, record and column; no cell stands in it twice."""
    with (home / "out" / "intake" / "provenance.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {(row["table"], row["record"], row["column"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def tables(home: Path) -> dict[tuple[str, str, str], str]:
    """Every filled cell of the tables that machines and hardware become."""
    cells: dict[tuple[str, str, str], str] = {}
    for name in ("servers", "systems", "workloads", "usage", "racks", "devices"):
        path = home / "out" / f"{name}.csv"
        key = schema().tables[name].key
        for row in csv.DictReader(path.open(encoding="utf-8-sig", newline="")) if path.is_file() else ():
            cells |= {(name, "/".join(row[k] for k in key), c): text for c, text in row.items() if text}
    return cells


def checked(home: Path) -> dict[tuple[str, str, str], Row]:
    """The list, of which every entry has the table's value and what stands in the cell that it names."""
    found, written = listed(home), tables(home)
    grids: dict[tuple[str, str], Sequence[Sequence[Any]]] = {}
    for (table, record, column), row in found.items():
        if not column.startswith("h000-"):
            assert written[table, record, column] == row["value"], (table, record, column)
        if row["original"] and row["file"].endswith((".csv", ".xlsx")):
            for grid in read_grids(Path(row["file"]))[0] if (row["file"], row["sheet"]) not in grids else ():
                grids[row["file"], grid.sheet or ""] = grid.rows
            letters, number = row["cell"].rstrip("0123456789"), row["cell"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            at = 0
            for letter in letters:
                at = at * 26 + ord(letter) - 64
            cell = grids[row["file"], row["sheet"]][int(number) - 1][at - 1]
            text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
            assert text == row["original"], row
    return found


def assumed(home: Path) -> set[tuple[str, str, str]]:
    with (home / "out" / "intake" / "mapping_assumptions.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["table"], row["record"], row["column"]) for row in csv.DictReader(file)}


def test_the_columns_are_those_of_a_survey() -> None:
    assert PROVENANCE == OF_SURVEYS


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Place("f", None, 7, "C"), "C7"), (Place("f", None, 7), "7"), (Place("f"), ""),
        (Place("f", "virtualization.virtualmachine", 12, "vcpus"), "vcpus 12"),
    ],
)  # fmt: skip
def test_cells_are_named_as_people_find_them(place: Place, name: str) -> None:
    assert cell_name(place) == name


def test_every_cell_of_a_plain_table_is_found_again(home: Path) -> None:
    rows = [
        server("db", room="甲机房", rack="A1", u=3, height=2, serial="S1", asset="ZC-1", cpu="Intel Xeon 6226R*2",
               bought="2018.6", owner="乙"),
        guest("web", "db", owner="乙"),
        guest("alone", owner="甲"),
    ]  # fmt: skip
    run(home, [plain(home, *rows)])
    found = checked(home)
    bought = found["servers", "ZC-1", "bought_on"]
    assert (bought["value"], bought["original"], bought["cell"]) == ("2018-06-01", "2018.6", "N2")
    assert bought["rule"] == "only a month; its first day was taken"
    assert found["workloads", "web", "server"]["cell"] == "F3"
    assert found["racks", "A1", "rack"]["cell"] == "H2"
    # nothing is both stated and assumed, and what is neither is an id, a sum or a default of the tables
    both = {(t, r.partition("/")[0], c) for t, r, c in found} & assumed(home)
    assert both == set()
    left = {(table, column) for table, record, column in tables(home)
            if (table, record, column) not in found and (table, record, column) not in assumed(home)}  # fmt: skip
    assert left <= {
        ("servers", "server"), ("servers", "arch"), ("servers", "state"), ("servers", "department"),
        ("systems", "system"), ("systems", "name"), ("systems", "department"), ("systems", "support"),
        ("workloads", "workload"), ("workloads", "server"), ("workloads", "arch"), ("racks", "room"),
    }  # fmt: skip


def test_of_two_files_the_cell_is_that_of_the_value_that_counts(home: Path) -> None:
    first = plain(home, guest("a", serial="S1", memory=131072), name="plain1.csv")
    second = plain(home, guest("a", serial="S1", memory=8) | {"cores": 4}, name="plain2.csv")
    run(home, [first, second])
    found = checked(home)
    assert found["workloads", "a", "vcpu"]["file"] == str(first)
    assert found["workloads", "a", "memory_gib"]["file"] == str(second)


def test_rvtools_cells_name_their_tabs(home: Path) -> None:
    hosts = [host("esx1", **{"Serial number": "S1", "CPU Model": "Intel Xeon"})]
    run(home, rvtools(home, [vm("a", Host="esx1")], hosts))
    found = checked(home)
    memory = found["workloads", "a", "memory_gib"]
    assert memory["file"].endswith("vInfo.csv")
    assert memory["rule"] == "converted, added up or coded as this format needs"
    assert found["servers", "esx1", "serial"]["file"].endswith("vHost.csv")


def test_azure_cells_are_of_the_report_that_counts(home: Path) -> None:
    files = reports(home, [machine("a", Cores=None)], [load("a", Cores=4)])
    intake(files, write_mapping(home, mapping()), home / "out", language="en")
    found = checked(home)
    assert found["workloads", "a", "vcpu"]["file"].endswith("assessment.xlsx")
    assert found["workloads", "a", "memory_gib"]["file"].endswith("discovery.xlsx")
    assert found["usage", "a/cpu/normal", "p95_pct"]["original"] == "20"
    assert (found["usage", "a/cpu/normal", "days"]["sheet"], found["usage", "a/cpu/normal", "days"]["cell"]) == (
        "Properties", "B2",
    )  # fmt: skip


@needs_data
def test_of_the_real_reports_every_size_and_load_has_its_cell(home: Path) -> None:
    files = sorted(DISCOVERY.parent.glob("*.xlsx"))
    intake(files, write_mapping(home, mapping()), home / "out", language="en")
    found = checked(home)
    wanted: Mapping[str, Sequence[str]] = {"workloads": ("vcpu", "memory_gib", "name"), "usage": ("p95_pct", "days")}
    for table, record, column in tables(home):
        assert column not in wanted.get(table, ()) or (table, record, column) in found


@pytest.mark.skipif(not DEMO.is_file(), reason=f"no real NetBox dump in {DATA}")
def test_of_a_dump_the_field_and_the_key_are_named(home: Path) -> None:
    rooms = [{"room": "R-A", "name": "甲机房", "department": "D-A", "sites": ["*"]}]
    intake([DEMO], write_mapping(home, mapping() | {"rooms": rooms}), home / "out", language="en")
    racks = [row for (table, _, column), row in checked(home).items() if (table, column) == ("racks", "total_u")]
    assert len(racks) == 42
    assert racks[0]["sheet"] == "dcim.rack"
    assert racks[0]["cell"].startswith("u_height ")
