"""Whatever stands in the cells, a reader ends in values and findings, and each format is taken for itself only."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudplan.intake import formats
from cloudplan.intake.dump import Dump
from cloudplan.intake.formats import (
    aws,
    azure_csv,
    azure_migrate,
    google,
    gwa,
    netbox,
    plain_series,
    planetlab,
    rvtools,
)
from cloudplan.intake.grid import Grid, read_grids
from cloudplan.intake.machine import Machine
from tests.intake.formats import (
    aws_test,
    azure_csv_test,
    google_test,
    gwa_test,
    netbox_test,
    plain_series_test,
    planetlab_test,
    rvtools_test,
)
from tests.intake.formats.files import DATA, said

CPU = ["VM", "CPUs", "Sockets", "Max", "Overall", "Limit", "VM ID"]
MEMORY = ["VM", "Size MiB", "Consumed", "Active", "VM ID", "Host"]
DISK = ["VM", "Disk", "Capacity MiB", "Raw", "VM ID", "Template"]
DUMPS = {
    "dcim.device": ["pk", "name", "device_type", "site", "position", "custom_field_data", "primary_ip4"],
    "virtualization.virtualmachine": ["pk", "name", "vcpus", "memory", "disk", "cluster", "status"],
    "extras.taggeditem": ["pk", "content_type", "object_id", "tag"],
    "ipam.ipaddress": ["pk", "address", "assigned_object_type", "assigned_object_id"],
}
KINDS = {
    azure_csv: [azure_csv_test.TITLES],
    azure_migrate: [[*report.required, *report.known] for report in azure_migrate.REPORTS],
    aws: [aws_test.TITLES],
    google: [google_test.VM, google_test.PERF, google_test.DISK, google_test.TAG],
    netbox: list(netbox_test.HEADINGS.values()),
    rvtools: [rvtools_test.INFO, rvtools_test.HOST, CPU, MEMORY, DISK],
    gwa: [gwa_test.RAW, gwa_test.MATERNA],
    planetlab: [planetlab_test.TITLES],
    plain_series: [plain_series_test.ENGLISH, plain_series_test.CHINESE],
}
CELLS = st.one_of(
    st.none(),
    st.sampled_from(["a", "b", "vm-1", "1", "0", "-1", "1e400", "nan", "inf", "=1+1", "[", '["a"]', "{}", "True", ",",
                     "a.b",
                     "10.0.0.1", "poweredOn", "1,024", "50%", "2026-03-01", "1/2/2026", "0001-01-01T00:00:00+14:00",
                     "9999-12-31T23:59:59-12:00", "1376314846", "31.12.2200 23:00", "2026年3月1日 25:00", "1,5"]),
    st.sampled_from([0.0, 1.0, 1e308, -0.0, math.inf, math.nan, 2.0**60]),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.text(max_size=4),
)  # fmt: skip


def sheet_of(module: object, titles: list[str]) -> str | None:
    """The sheet that a report of Azure Migrate is known by; other formats are known by their headings alone."""
    sheets = {report.required: report.sheet for report in azure_migrate.REPORTS}
    known = [sheet for required, sheet in sheets.items() if titles[: len(required)] == list(required)]
    return known[0] if module is azure_migrate else None


@st.composite
def filled(draw: st.DrawFn, titles: list[str]) -> list[list[object]]:
    rows = draw(st.lists(st.lists(CELLS, max_size=len(titles) + 1), max_size=5))
    return [list(titles), *rows]


@pytest.mark.parametrize("module", KINDS, ids=lambda module: module.KIND)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_cells_end_in_values_and_findings(module: object, data: st.DataObject) -> None:
    grids = [
        Grid(f"{number}.csv", sheet_of(module, titles), data.draw(filled(titles)))  # type: ignore[arg-type]
        for number, titles in enumerate(KINDS[module])  # type: ignore[index]
    ]
    if module is netbox:
        grids += [Dump("x.json", model, data.draw(filled(titles))) for model, titles in DUMPS.items()]  # type: ignore[arg-type]
    assert module.recognise(grids)  # type: ignore[attr-defined]
    read = said(module.read(grids))  # type: ignore[attr-defined]
    for machine in read.machines:
        for figure in (getattr(machine, field.name) for field in fields(Machine)):
            if isinstance(figure, float):
                assert math.isfinite(figure)
                assert figure >= 0.0
    for series in read.series:
        assert list(series.times) == sorted(set(series.times))
        assert not ((series.cpu_pct < 0) | (series.cpu_pct > 100)).any()


@pytest.mark.parametrize("module", KINDS, ids=lambda module: module.KIND)
def test_each_format_is_taken_for_itself_only(module: object) -> None:
    for titles in KINDS[module]:  # type: ignore[index]
        grid = Grid("x.csv", sheet_of(module, titles), [titles])
        assert [other.KIND for other in formats.FORMATS if other.recognise([grid])] == [module.KIND]  # type: ignore[attr-defined]


@pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no {DATA}")
def test_other_real_tables_are_not_taken_for_a_foreign_format() -> None:
    others = sorted((DATA / "openb").glob("*.csv"))[:5]
    for path in others:
        grids, _ = read_grids(path)
        assert formats.recognise(grids) is None, path.name


def test_blank_and_odd_grids_are_nothing() -> None:
    for rows in ([], [[]], [[None]], [["a"], ["b"]], [[dt.date(2026, 1, 1), 1.0, True]]):
        assert formats.recognise([Grid("x", None, rows)]) is None
    assert formats.recognise([]) is None
