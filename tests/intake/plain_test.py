"""Plain tables: headings that a mapping names, cells as people write them, and what can't be read said at its cell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake import plain
from cloudplan.intake.mapping_columns import FIELDS
from cloudplan.intake.mapping_file import read_mapping
from cloudplan.intake.pipeline import intake
from cloudplan.intake.read import Read
from cloudplan.inventory.read import read_inventory
from tests.intake.books import mapping, of, write_book, write_mapping
from tests.intake.formats.files import grids_of, messages, said, write_csv
from tests.tiny import write_tiny

COLUMNS: dict[str, Any] = {
    "名称": "name",
    "类型": "kind",
    "CPU核数": "cores",
    "内存(MB)": "memory",
    "磁盘": {"field": "storage", "unit": "TB"},
    "IP": "addresses",
    "业务系统": "systems",
    "使用单位": "department",
    "宿主机": "host",
    "购置日期": "bought_on",
    "CPU均值": "cpu_avg",
    "CPU P95": "cpu_p95",
    "状态": "power",
}


def read(path: Path, columns: Mapping[str, Any] = COLUMNS, pattern: str = "*") -> Read:
    tables = read_mapping(write_mapping(path.parent, mapping() | {"columns": {pattern: dict(columns)}})).columns
    return said(plain.read(grids_of(path), tables))


def written(folder: Path, *rows: dict[str, Any], titles: Sequence[str] = tuple(COLUMNS), **more: Any) -> Path:
    return write_csv(folder / "inventory.csv", titles, *rows, **more)


def test_cells_are_read_by_the_rules_of_the_survey(tmp_path: Path) -> None:
    row = {
        "名称": "门户 １", "类型": "物理服务器", "CPU核数": "１６核", "内存(MB)": "16G*8", "磁盘": "1.2",
        "IP": "10.1.0.1、10.1.0.2", "业务系统": "门户;缴费", "使用单位": "甲", "购置日期": "2018年6月",
        "CPU均值": "12%", "CPU P95": 30, "状态": "关机",
    }  # fmt: skip
    found = read(written(tmp_path, row, encoding="gb18030"))
    (machine,), (thing,) = found.machines, found.hardware
    assert (machine.name, machine.kind, machine.running) == ("门户 1", "physical", False)
    assert (machine.cores, machine.memory_gib, machine.storage_gib) == (16, 128, 1.2 * 1024)
    assert machine.addresses == ("10.1.0.1", "10.1.0.2")
    assert (machine.systems, machine.department) == (("门户", "缴费"), "甲")
    assert (machine.cpu_avg_pct, machine.cpu_p95_pct, machine.memory_p95_pct) == (12, 30, None)
    assert thing.bought_on == dt.date(2018, 6, 1)
    assert (thing.place, thing.cores, thing.memory_gib, thing.status) == (machine.place, 16, 128, "offline")
    (doubt,) = of(found.findings, "intake.plain.doubt")
    assert (doubt.values["original"], doubt.values["value"]) == ("2018年6月", "2018-06-01")
    assert str(doubt.place).endswith("inventory.csv:2:J")
    originals = {f.values["original"] for f in of(found.findings, "intake.plain.rule")}
    assert originals == {"16核", "16G*8", "1.2", "12%"}


@pytest.mark.parametrize(
    ("unit", "cell", "gib"), [("MB", 4096, 4), ("GB", 64, 64), ("GiB", "64", 64), (None, "8G", 8), (None, 8, 8)]
)
def test_memory_in_the_unit_that_is_named(tmp_path: Path, unit: str | None, cell: Any, gib: float) -> None:
    columns = {"名": "name", "内存": {"field": "memory"} | ({} if unit is None else {"unit": unit})}
    (machine,) = read(written(tmp_path, {"名": "a", "内存": cell}, titles=["名", "内存"]), columns).machines
    assert machine.memory_gib == gib


def test_what_cannot_be_read_is_said_at_its_cell_and_kept_as_it_was(tmp_path: Path) -> None:
    row = {
        "名称": "a",
        "类型": "容器",
        "CPU核数": "若干",
        "内存(MB)": "-5",
        "购置日期": "去年",
        "CPU均值": "130",
        "状态": "?x",
    }
    found = read(written(tmp_path, row))
    at = {
        f.place.column: (f.message.removeprefix("intake."), f.values["value"])
        for f in found.findings
        if f.place is not None and "value" in f.values and "rule" not in f.values
    }
    assert at["B"] == ("plain.word_bad", "容器")
    assert at["C"] == ("foreign.number_bad", "若干")
    assert at["D"] == ("foreign.number_bad", "-5")
    assert at["J"] == ("plain.date_bad", "去年")
    assert at["K"] == ("load_bad", "130")
    assert at["M"] == ("power_unknown", "?x")
    (machine,) = found.machines
    assert (machine.running, machine.cores, machine.memory_gib, machine.cpu_avg_pct) == (True, None, None, None)
    assert messages(found)["foreign.size_unknown"] == 2


def test_headings_below_a_title_in_a_book_with_other_sheets(tmp_path: Path) -> None:
    rows = [["台账"], [], ["备 注", "名称", "内存(MB)"], ["x", "a", 2048], [], ["", "合计", 1], ["", None, 5],
            ["y", "a", 2048], ["z", "b", 1024]]  # fmt: skip
    path = write_book(tmp_path / "Inventory 1.XLSX", {"说明": [["怎么填"]], "甲": rows, "乙": [["名称"], ["c"]]})
    book = openpyxl.load_workbook(path)
    book["乙"].sheet_state = "hidden"
    book.save(path)
    found = read(path, {"名称": "name", "内存(MB)": "memory", "备注": "note"}, "inventory*.xlsx")
    assert [(m.name, m.memory_gib, m.note) for m in found.machines] == [("a", 2, "x"), ("b", 1, "z")]
    counted = messages(found)
    assert {"plain.sheet_left", "plain.hidden", "plain.row_left", "name_blank", "foreign.row_differs"} <= set(counted)
    found = read(path, {"名称": "name"}, "inventory*.xlsx!乙")
    assert [m.name for m in found.machines] == ["c"]


def test_headings_that_are_missing_and_those_that_nobody_asked_for(tmp_path: Path) -> None:
    found = read(written(tmp_path, {"名称": "a", "内存": 1, "颜色": "红"}, titles=["名称", "内存", "颜色"]))
    missing = of(found.findings, "intake.plain.heading_missing_maybe")
    assert [f.values["maybe"] for f in missing] == ["内存"]
    assert [f.values["headings"] for f in of(found.findings, "intake.plain.unread")] == [["内存", "颜色"]]
    found = read(written(tmp_path, {"色": 1}, titles=["色"]))
    assert (found.machines, messages(found)) == ((), {"plain.sheet_left": 1, "plain.no_headings": 1})
    found = read(written(tmp_path, {"CPU核数": 1}, titles=["CPU核数"]))
    assert (found.machines, messages(found)["plain.no_name"]) == ((), 1)


def test_zero_loads_are_no_data_and_small_ones_may_be_shares(tmp_path: Path) -> None:
    columns = {"n": "name", "c": "cpu_p95", "m": "memory_p95"}
    rows = [{"n": "a", "c": 0, "m": 0}, {"n": "b", "c": 0.4, "m": 55}]
    found = read(written(tmp_path, *rows, titles=["n", "c", "m"]), columns)
    assert [(m.cpu_p95_pct, m.memory_p95_pct) for m in found.machines] == [(None, None), (0.4, 55)]
    assert [f.values["column"] for f in of(found.findings, "intake.plain.shares")] == ["c"]
    found = read(
        written(tmp_path, *rows, titles=["n", "c", "m"]), columns | {"c": {"field": "cpu_p95", "unit": "share"}}
    )
    assert found.machines[1].cpu_p95_pct == 40
    assert not of(found.findings, "intake.plain.shares")


def test_every_field_reaches_the_machine_or_its_hardware(tmp_path: Path) -> None:
    texts = {name: f"{name}-1" for name, column in FIELDS.items() if column.type == "text"}
    cells = texts | {"addresses": "10.0.0.1", "macs": "aa:bb:cc:00:00:01", "systems": "s", "kind": "physical",
                     "power": "running", "bought_on": "2020-01-02"}  # fmt: skip
    cells |= {name: str(n + 3) for n, name in enumerate(FIELDS) if name not in cells}
    assert set(cells) == set(FIELDS)
    path = written(tmp_path, cells, titles=list(cells))
    found = read(path, {name: name for name in FIELDS})
    assert not [f for f in found.findings if cure(f, "en")]
    (machine,), (thing,) = found.machines, found.hardware
    held = repr(machine) + repr(thing)
    for name, value in cells.items():
        if name not in ("kind", "power", "bought_on"):
            assert value in held, name


# ---- the section of the mapping


def faults(folder: Path, text: str) -> set[tuple[str, str]]:
    content = "version: 1\ntarget_design: d\n" + text
    with pytest.raises(BadInput) as caught:
        read_mapping(write_mapping(folder, content))
    for finding in caught.value.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language) or finding.severity is Severity.INFO
    found = [(f.message.removeprefix("intake.mapping_"), f.place) for f in caught.value.findings]
    return {(message, f"{place.row}:{place.column}") for message, place in found if place is not None}


def test_faults_of_columns_have_line_and_column(tmp_path: Path) -> None:
    text = """\
columns:
  a.csv:
    名称: nmae
    内存: {field: memory, unit: ells}
    核: {field: cores, unit: GB}
    CPU: cores
    x: {feild: name}
    x: name
  b.csv: {核: cores}
  c.csv: name
"""
    assert faults(tmp_path, text) >= {
        ("bad_value_maybe", "5:9"), ("bad_value", "6:31"), ("no_unit", "7:29"), ("unknown_key_maybe", "9:9"),
        ("missing_key", "9:8"), ("doubled_key", "10:5"), ("missing_key", "11:3"), ("no_mapping", "12:10"),
    }  # fmt: skip
    assert ("doubled_field", "6:5") in faults(tmp_path, "columns:\n  a.csv:\n    a: name\n    b: name\n")


# ---- the whole way in


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the tiny estate as target design."""
    write_tiny(tmp_path / "design")
    return tmp_path


def refused(home: Path, path: Path, content: Any) -> list[Finding]:
    with pytest.raises(BadInput) as caught:
        intake([path], write_mapping(home, content), home / "out")
    for finding in caught.value.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language) or finding.severity is Severity.INFO
    return list(caught.value.findings)


def test_a_plain_table_becomes_an_inventory(home: Path) -> None:
    rows = [
        {
            "名称": "a",
            "类型": "虚拟机",
            "CPU核数": "4核",
            "内存(MB)": 8192,
            "使用单位": "乙",
            "业务系统": "门户",
            "CPU P95": 30,
        },
        {"名称": "b", "类型": "虚拟机", "CPU核数": 2, "内存(MB)": 4096, "使用单位": "无名局", "状态": "关机"},
        {"名称": "c", "类型": "虚拟机", "CPU核数": 2, "内存(MB)": 99_999_999_999},
    ]
    result = intake(
        [written(home, *rows)], write_mapping(home, mapping() | {"columns": {"*.csv": COLUMNS}}), home / "out"
    )
    assert [f.kind for f in result.files] == ["plain"]
    said_of = {f.message for f in result.findings}
    assert {"intake.department_unmapped", "intake.memory_beyond", "intake.no_hardware"} <= said_of
    read_back = read_inventory(home / "out")
    assert list(read_back["workloads"].index) == ["a", "b"]
    assert list(read_back["servers"]["department"]) == ["D-B", "D-A"]
    assert list(read_back["systems"]["name"]) == ["门户", "b"]
    assert list(read_back["workloads"]["state"]) == ["running", "stopped"]
    assert list(read_back["usage"]["p95_pct"]) == [30]


def test_a_table_that_nobody_names_is_said(home: Path) -> None:
    path = written(home, {"名称": "a"}, titles=["名称"])
    content = mapping() | {"columns": {"other*.csv": COLUMNS}}
    found = refused(home, path, content)
    assert {f.message for f in found} == {"intake.unknown_table", "intake.known"}
    assert found[0].values["headings"] == ["名称"]
    book = write_book(home / "book.xlsx", {"s": [["名称"], ["a"]]})
    assert "intake.unknown_file" in {f.message for f in refused(home, book, content)}


def test_a_known_format_stays_what_it_is(home: Path) -> None:
    titles = ["*Server name", "*Cores", "*Memory (In MB)", "*OS name"]
    path = written(home, dict(zip(titles, ["a", 2, 4096, "Linux"], strict=True)), titles=titles)
    content = mapping() | {"columns": {"inventory.csv": {"*Server name": "name"}}}
    result = intake([path], write_mapping(home, content), home / "out")
    assert [f.kind for f in result.files] == ["azure-migrate-import"]
    assert of(result.findings, "intake.columns_unused")


@pytest.mark.parametrize("page", ["intake.md", "intake.zh-CN.md"])
def test_the_documents_example_is_read_and_every_field_is_told(tmp_path: Path, page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    (table,) = read_mapping(
        write_mapping(tmp_path, yaml.safe_dump(mapping(), allow_unicode=True) + example), None
    ).columns
    assert len(table.heads) == 10
    assert [name for name in FIELDS if f"`{name}`" not in text] == []
