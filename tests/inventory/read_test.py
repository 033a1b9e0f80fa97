"""The door of the inventory: what comes in, and every fault with its place."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from cloudplan.errors import BadInput
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.inventory.cells import closest_ids
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import schema
from tests.inventory.faults import brief, found, spoilt
from tests.tiny import tiny_inventory, tiny_tables, write_rows, write_tiny


def test_tiny_estate_is_sound() -> None:
    assert tiny_inventory().findings == ()


def test_every_table_and_column_is_there_in_order() -> None:
    inventory = tiny_inventory({name: rows for name, rows in tiny_tables().items() if name != "datasets"})
    assert list(inventory.tables) == list(schema().tables)
    for name, frame in inventory.tables.items():
        assert list(frame.columns) == [column.name for column in schema().tables[name].columns]
    assert len(inventory["datasets"]) == 0


@pytest.mark.parametrize("name", list(schema().tables))
def test_types_are_those_of_the_contract(name) -> None:
    inventory = tiny_inventory()
    kinds = {"number": "float64", "integer": "Int64", "boolean": "boolean"}
    for empty, frame in ((False, inventory[name]), (True, tiny_inventory()[name].iloc[:0])):
        for column in schema().tables[name].columns:
            assert str(frame[column.name].dtype) == kinds.get(column.type, "object"), (column.name, empty)


def test_blank_cells() -> None:
    servers = tiny_inventory()["servers"]
    assert servers.at["S1", "brand"] is None
    assert servers.at["S1", "warranty_until"] is None
    assert servers.at["S1", "psu_count"] is pd.NA
    assert np.isnan(servers.at["S1", "nameplate_w"])
    assert servers.at["S1", "ips"] == ()


def test_cells_are_read_by_type() -> None:
    inventory = tiny_inventory()
    assert inventory["servers"].at["S1", "bought_on"] == dt.date(2024, 3, 1)
    assert inventory["zones"].at["IZ", "tiers"] == ("web", "proxy", "app")
    assert inventory["zones"].at["EXT", "hostable"] is np.False_ or inventory["zones"].at["EXT", "hostable"] is False
    assert inventory["usage"].loc[("W1", "cpu", "normal"), "h008"] == 40.0
    assert list(inventory["departments"].index) == list(inventory["departments"]["department"]) == ["D1", "D2"]


def test_ids_stay_text() -> None:
    tables = spoilt("servers", 0, "serial", "00123")
    assert tiny_inventory(tables)["servers"].at["S1", "serial"] == "00123"


@pytest.mark.parametrize(
    ("written", "meant"), [("是", True), ("否", False), ("YES", True), ("0", False), ("True", True)]
)
def test_booleans_in_many_words(written, meant) -> None:
    assert tiny_inventory(spoilt("systems", 0, "classified", written))["systems"].at["A-SITE", "classified"] == meant


@pytest.mark.parametrize("written", ["banner", "旗", "BANNER", " banner "])
def test_choices_by_code_or_label(written) -> None:
    assert (
        tiny_inventory(spoilt("systems", 0, "owner_level", written))["systems"].at["A-SITE", "owner_level"] == "banner"
    )


@pytest.mark.parametrize("written", ["2026-03-01", "2026/3/1", "2026-3-1"])
def test_dates(written) -> None:
    tables = spoilt("servers", 0, "warranty_until", written)
    assert tiny_inventory(tables)["servers"].at["S1", "warranty_until"] == dt.date(2026, 3, 1)


def test_headings_in_chinese_and_english(tmp_path) -> None:
    plain = tiny_inventory()
    for language in LANGUAGES:
        tables = {}
        for name, rows in tiny_tables().items():
            headings = {column.name: column.headings[language] for column in schema().tables[name].columns}
            tables[name] = [{headings[column]: value for column, value in row.items()} for row in rows]
        inventory = read_inventory(write_rows(tables, tmp_path / language))
        for name in schema().tables:
            pd.testing.assert_frame_equal(inventory[name], plain[name])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path, encoding) -> None:
    folder = write_tiny(tmp_path)
    for path in folder.iterdir():
        path.write_bytes(path.read_text("utf-8-sig").encode(encoding))
    inventory = read_inventory(folder)
    assert inventory["departments"].at["D1", "name"] == "甲局"


def test_workbook_instead_of_csv(tmp_path) -> None:
    folder = write_tiny(tmp_path)
    (folder / "departments.csv").unlink()
    (folder / "pools.csv").unlink()
    for table in ("departments", "pools"):
        book = openpyxl.Workbook()
        rows = tiny_tables()[table]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        book.active.append(columns)
        for row in rows:
            values = [row.get(name) for name in columns]
            book.active.append([dt.date.fromisoformat(v) if str(v).startswith("2026-") else v for v in values])
        book.save(folder / f"{table}.xlsx")
    inventory = read_inventory(folder)
    for table in ("departments", "pools"):
        pd.testing.assert_frame_equal(inventory[table], tiny_inventory()[table])
    assert inventory.place("pools", "P-PUB", "arch").file.endswith("pools.xlsx")


def test_workbook_faults_name_the_sheet(tmp_path) -> None:
    folder = write_tiny(tmp_path)
    (folder / "flavors.csv").unlink()
    book = openpyxl.Workbook()
    book.active.title = "规格"
    book.active.append(["flavor", "vcpu", "memory_gib"])
    book.active.append(["g4", "4核", 8])
    book.save(folder / "flavors.xlsx")
    with pytest.raises(BadInput) as caught:
        read_inventory(folder)
    assert [str(f.place).removeprefix(f"{folder}/") for f in caught.value.findings] == ["flavors.xlsx!规格:2:vcpu"]


CELLS = [
    (("servers", 1, "cores", "8核"), ("not_number", "servers.csv", 3, "cores")),
    (("servers", 1, "cores", "1,024"), ("not_number", "servers.csv", 3, "cores")),
    (("servers", 1, "cores", "1_0"), ("not_number", "servers.csv", 3, "cores")),
    (("servers", 1, "cores", 7.5), ("not_integer", "servers.csv", 3, "cores")),
    (("servers", 1, "cores", 0), ("too_small", "servers.csv", 3, "cores")),
    (("servers", 1, "memory_gib", 99999), ("too_large", "servers.csv", 3, "memory_gib")),
    (("servers", 1, "memory_gib", "nan"), ("not_finite", "servers.csv", 3, "memory_gib")),
    (("servers", 1, "memory_gib", "inf"), ("not_finite", "servers.csv", 3, "memory_gib")),
    (("servers", 1, "memory_gib", "1e999"), ("not_finite", "servers.csv", 3, "memory_gib")),
    (("servers", 1, "name", "  "), ("blank", "servers.csv", 3, "name")),
    (("servers", 1, "bought_on", "2015.6"), ("not_date", "servers.csv", 3, "bought_on")),
    (("servers", 1, "bought_on", "2015-02-30"), ("no_such_day", "servers.csv", 3, "bought_on")),
    (("servers", 1, "state", "melting away"), ("not_allowed", "servers.csv", 3, "state")),
    (("servers", 1, "state", "runing"), ("misspelt_choice", "servers.csv", 3, "state")),
    (("zones", 1, "tiers", "web;ap"), ("misspelt_choice", "zones.csv", 3, "tiers")),
    (("systems", 2, "classified", "maybe"), ("not_boolean", "systems.csv", 4, "classified")),
    (("servers", 1, "server", "S1"), ("double_key", "servers.csv", 3, "server")),
    (("conduits", 1, "source_zone", "EXT"), None),
    (("servers", 1, "room", "XYZZY"), ("unknown_reference", "servers.csv", 3, "room")),
    (("pools", 0, "zones", "IZZ"), ("misspelt_reference", "pools.csv", 2, "zones")),
    (("zones", 3, "zone", "V;N"), ("bad_id", "zones.csv", 5, "zone")),
]


@pytest.mark.parametrize(("spoil", "expected"), CELLS, ids=lambda case: str(case[-1]) if case else "")
def test_a_spoilt_cell_is_named(spoil, expected) -> None:
    findings = found(spoilt(*spoil))
    if expected is None:
        assert findings == ()
    else:
        assert expected in [brief(finding) for finding in findings]


@pytest.mark.parametrize(
    ("spoil", "zh", "en"),
    [
        (("workloads", 0, "vcpu", 4096), "应不大于 2048 线程", "at most 2048 threads"),
        (("host_types", 0, "life_years", 0.5), "应不小于 1 年", "at least 1 year is"),
    ],
)
def test_bounds_word_their_unit(spoil, zh, en) -> None:
    (finding,) = (f for f in found(spoilt(*spoil)) if f.message.startswith("inventory.too_"))
    assert zh in words(finding)
    assert en in words(finding, "en")


def test_doubled_key_names_the_first_row() -> None:
    tables = tiny_tables()
    tables["usage"].append(dict(tables["usage"][1]))
    (finding,) = found(tables)
    assert brief(finding) == ("double_key", "usage.csv", 5, "workload")
    assert finding.values["first"] == 3
    assert finding.values["value"] == "W1 / memory / normal"


def test_misspellings_come_with_what_was_meant() -> None:
    findings = found(spoilt("workloads", 0, "system", "A-SITTE"))
    assert [f.values["maybe"] for f in findings if f.message == "inventory.misspelt_reference"] == ["A-SITE"]


SYSTEMS = ["SYS001", "SYS010", "SYS011", "SYS399", "PORTAL", "PUB-ARM-L2", "PUB-XC-L3", "D02"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SYS0O1", ["SYS001"]),
        ("SYS0l0", ["SYS010"]),
        ("SYS01I", ["SYS011"]),
        ("sys001", ["SYS001"]),
        ("ＳＹＳ００１", ["SYS001"]),
        ("SYS1", ["SYS001"]),
        ("SYSO1", ["SYS001"]),
        ("D2", ["D02"]),
        ("D002", ["D02"]),
        ("SYS999", []),
        ("SYS39", []),
        ("SYS400", []),
        ("SYS", []),
        ("PROTAL", ["PORTAL"]),
        ("PUB-AMR-L2", ["PUB-ARM-L2"]),
        ("PUB-ARM-L3", []),
    ],
)
def test_an_id_with_a_number_is_meant_only_by_how_it_is_written(written, meant) -> None:
    assert closest_ids(written, SYSTEMS) == meant


def test_a_reference_to_another_number_suggests_none() -> None:
    for written, messages in (("S9", {"unknown_reference"}), ("S01", {"misspelt_reference"})):
        assert {brief(finding)[0] for finding in found(spoilt("workloads", 0, "server", written))} == messages


def test_columns_are_judged_by_their_names() -> None:
    tables = tiny_tables()
    tables["flavors"] = [{"flavor": "g4", "vcpu": 4, "memory_gb": 8, "colour": "red"}]
    briefs = {brief(finding) for finding in found(tables)}
    assert briefs == {
        ("misspelt_column", "flavors.csv", 1, "memory_gb"),
        ("unknown_column", "flavors.csv", 1, "colour"),
        ("missing_column", "flavors.csv", 1, "memory_gib"),
    }


def _replace(table: str, text: str):
    return lambda folder: (folder / f"{table}.csv").write_text(text, encoding="utf-8")


FILES = [
    ("flavor,vcpu,memory_gib\ng4,4,8,9\n", ("long_row", "flavors.csv", 2, None)),
    ("flavor,vcpu,VCPU,memory_gib\ng4,4,4,8\n", ("double_column", "flavors.csv", 1, "VCPU")),
    ("flavor,vcpu,memory_gib,\ng4,4,8,x\n", ("unnamed_column", "flavors.csv", 1, "4")),
    ('flavor,vcpu,memory_gib\ng4,4,8\n"g5"x,4,8\n', ("bad_quotes", "flavors.csv", 3, None)),
    ("", ("no_header", "flavors.csv", 1, None)),
]


@pytest.mark.parametrize(("text", "expected"), FILES, ids=[case[1][0] for case in FILES])
def test_a_spoilt_file_is_named(text, expected) -> None:
    assert expected in [brief(finding) for finding in found(tiny_tables(), _replace("flavors", text))]


def test_rows_are_counted_as_a_spreadsheet_does() -> None:
    text = 'flavor,family,vcpu,memory_gib\n\ng4,"two\nlines",4,8\n,,,\ng8,,x,8\n'
    (finding,) = found(tiny_tables(), _replace("flavors", text))
    assert brief(finding) == ("not_number", "flavors.csv", 5, "vcpu")


def test_files_that_are_no_table() -> None:
    def spoil(folder: Path) -> None:
        (folder / "sever.csv").write_text("a\n", encoding="utf-8")
        (folder / "zzz.csv").write_text("a\n", encoding="utf-8")
        (folder / "README.md").write_text("not a table\n", encoding="utf-8")
        (folder / "links.xlsx").write_bytes(b"")
        (folder / "racks.csv").write_bytes(b"\xff\xff\xff")

    briefs = {brief(finding) for finding in found(tiny_tables(), spoil)}
    assert briefs == {
        ("misspelt_file", "sever.csv", None, None),
        ("unknown_file", "zzz.csv", None, None),
        ("two_files", "links.xlsx", None, None),
        ("bad_encoding", "racks.csv", None, None),
    }


def test_missing_tables() -> None:
    tables = tiny_tables()
    for name in ("targets", "racks", "datasets"):
        del tables[name]
    findings = found(tables)
    assert {brief(f) for f in findings} == {
        ("missing_table", "targets.csv", None, None),
        ("absent_table", "servers.csv", 2, "rack"),
        ("absent_table", "devices.csv", 2, "rack"),
    }


def test_no_folder(tmp_path) -> None:
    with pytest.raises(BadInput) as caught:
        read_inventory(tmp_path / "nowhere")
    assert [f.message for f in caught.value.findings] == ["inventory.no_folder"]


def test_findings_are_said_in_both_languages_with_a_cure() -> None:
    for spoil, expected in CELLS:
        if expected is None:
            continue
        for finding in found(spoilt(*spoil)):
            for language in LANGUAGES:
                assert words(finding, language)
                assert cure(finding, language)


def test_a_whole_wrong_column_is_named_row_by_row() -> None:
    tables = tiny_tables()
    for row in tables["workloads"]:
        row["server"] = "gone-" + row["workload"]
    briefs = [brief(f) for f in found(tables)]
    assert briefs == [("unknown_reference", "workloads.csv", n, "server") for n in range(2, 7)]
