"""Whatever stands in a plain table, it ends in an inventory that passes its checks, or in findings."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.errors import BadInput
from cloudplan.findings import Place
from cloudplan.intake import plain
from cloudplan.intake.grid import Grid
from cloudplan.intake.mapping_columns import FIELDS, Head, PlainTable
from cloudplan.intake.pipeline import intake
from cloudplan.inventory.read import read_inventory
from tests.intake.books import mapping, write_mapping
from tests.intake.formats.any_cells_test import filled
from tests.intake.formats.files import said
from tests.tiny import write_tiny

PLACE = Place("mapping.yaml")
TABLE = PlainTable("*", "*", tuple(Head(name, name, None, PLACE) for name in FIELDS), PLACE)
DIRT = {
    "name": ["a", "b", "h1", "h1.gov.lan", "=1+1", "名;称", "a\tb", "合计", "", "-"],
    "kind": ["物理机", "虚拟机", "", "?"],
    "cores": ["1", "4核", "2路", "0", "0.05", "1500", "9999", "many", "-1"],
    "memory": ["4", "16G*8", "64GB", "0.01", "0.2", "99999", "0", "x"],
    "threads": ["", "8", "1", "9999"],
    "sockets": ["", "2", "99", "0"],
    "storage": ["", "1T", "-3"],
    "host": ["", "h1", "H1", "nobody"],
    "rack": ["", "A1", "A;1", "机柜 1"],
    "position": ["", "1", "2", "41", "60", "99", "1.5", "0"],
    "height": ["", "2", "50", "0"],
    "room": ["", "甲机房", "R-A", "CENTRE", "别处"],
    "department": ["", "甲", "D-B", "别局"],
    "systems": ["", "门户", "门户;缴费", "=x"],
    "serial": ["", "S1", "S;1", "\u0007"],
    "asset": ["", "Z1", "Z;1"],
    "addresses": ["", "10.0.0.1", "10.0.0.1;10.0.0.2"],
    "bought_on": ["", "2018.6", "2099-01-01", "x"],
    "cpu_p95": ["", "0", "50", "101", "12%"],
    "cpu_model": ["", "Intel Xeon*2", "鲲鹏920"],
    "power": ["", "关机", "?"],
}


@settings(max_examples=60, deadline=None)
@given(rows=filled([*FIELDS]))
def test_any_cells_end_in_values_and_findings(rows: list[list[object]]) -> None:
    read = said(plain.read([Grid("x.csv", "s", rows)], [TABLE]))  # type: ignore[arg-type]
    for machine in read.machines:
        for figure in (machine.cores, machine.memory_gib, machine.storage_gib, machine.cpu_avg_pct, machine.days):
            assert figure is None or 0.0 <= figure < 1e20


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A folder with the tiny estate as target design, and a mapping of every field."""
    with tempfile.TemporaryDirectory() as name:
        write_tiny(Path(name) / "design")
        write_mapping(Path(name), mapping() | {"columns": {"*.csv": {field: field for field in DIRT}}})
        yield Path(name)


def kept(home: Path, *rows: dict[str, Any]) -> bool:
    """Whether some rows become an inventory, which then must pass its checks."""
    with (home / "x.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*DIRT])
        writer.writeheader()
        writer.writerows(rows)
    try:
        intake([home / "x.csv"], home / "mapping.yaml", home / "out")
    except BadInput:
        return False  # every row was refused, and said
    read_inventory(home / "out")
    return True


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.fixed_dictionaries({n: st.sampled_from(words) for n, words in DIRT.items()}), max_size=6))
def test_any_dirt_ends_in_an_inventory_without_an_error(home: Path, rows: list[dict[str, str]]) -> None:
    kept(home, *rows)


@pytest.mark.parametrize(
    "odd", [{"cores": 1500}, {"memory": 0.2}, {"kind": "物理机", "threads": 9999}, {"kind": "物理机", "cores": 1500}]
)
def test_a_size_that_no_server_has_spoils_no_inventory(home: Path, odd: dict[str, Any]) -> None:
    sound = {"name": "a", "kind": "虚拟机", "cores": 2, "memory": 4}
    assert kept(home, sound, sound | {"name": "b"} | odd)
