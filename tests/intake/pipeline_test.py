"""The whole way in, on small workbooks and on the real reports, clean and spoilt."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudplan.errors import BadInput
from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, cure, say, words
from cloudplan.intake import formats
from cloudplan.intake.pipeline import intake
from cloudplan.intake.result import IntakeResult, Recognised
from cloudplan.inventory.read import read_inventory
from tests.intake.books import (
    DISCOVERY_SHEET,
    load,
    machine,
    mapping,
    of,
    reports,
    table,
    write_book,
    write_mapping,
)
from tests.tiny import write_tiny

HEADINGS = ["Machine Name", "Operating System", "Cores", "Memory (in MB)", "Power Stats"]
EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "azure-mapping.yaml"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the tiny estate as target design."""
    write_tiny(tmp_path / "design")
    return tmp_path


def run(home: Path, files: Sequence[Path], content: Any = None, shapes: Path | None = None) -> IntakeResult:
    path = write_mapping(home, mapping() if content is None else content)
    result = intake(files, path, home / "out", shapes, language="en")
    for finding in result.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            if finding.severity is not Severity.INFO:
                assert cure(finding, language), finding.message
    return result


def refused(home: Path, files: Sequence[Path], content: Any = None, shapes: Path | None = None) -> list[Finding]:
    with pytest.raises(BadInput) as caught:
        run(home, files, content, shapes)
    for finding in caught.value.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language) or finding.severity is Severity.INFO, finding.message
    assert not (home / "out").exists()
    return list(caught.value.findings)


def messages(findings: Sequence[Finding]) -> list[str]:
    return [finding.message.removeprefix("intake.") for finding in findings]


def test_measured_assumed_and_no_data_are_kept_apart(home: Path) -> None:
    physical = {"Machine ID": "/serversites/x/machines/1"}
    machines = [machine("a b"), machine("off", **{"Power Stats": "OFF"}), machine("zero"), machine("idle")]
    machines.append(machine("phys", **physical))
    loads = [load("a b", 20.0, 30.0), load("off", 0, 0), load("zero", 0, 0), load("idle", 0, 12.5),
             load("phys", **physical)]  # fmt: skip
    result = run(home, reports(home, machines, loads))
    assert result.counts["machines"] == 5
    assert result.counts["off"] == 1
    assert result.counts["no_data"] == 2
    assert [f.subject for f in of(result.findings, "intake.off_no_data", "intake.zero_no_data")] == ["off", "zero"]
    read = read_inventory(home / "out")
    assert list(read["workloads"].index) == ["a-b", "off", "zero", "idle", "phys"]
    assert list(read["workloads"]["state"]) == ["running", "stopped", "running", "running", "running"]
    assert list(read["workloads"]["kind"]) == ["vm"] * 4 + ["physical"]
    assert read["workloads"].loc["a-b", "name"] == "a b"
    assert read["workloads"].loc["a-b", "memory_gib"] == 4.0
    usage = read["usage"]
    assert [key[:2] for key in usage.index] == [
        ("a-b", "cpu"), ("a-b", "memory"), ("idle", "cpu"), ("idle", "memory"), ("phys", "cpu"), ("phys", "memory"),
    ]  # fmt: skip
    assert set(usage["basis"]) == {"measured"}
    assert list(usage["p95_pct"]) == [20.0, 30.0, 0.0, 12.5, 20.0, 30.0]
    assert usage["h000"].isna().all()
    source = "P95 as stated in assessment.xlsx!All_VM_IaaS_Server_Rehost_Perf:2; flat, no profile"
    assert usage.iloc[0]["source"] == source
    with (home / "out" / "intake" / "reclaim.csv").open(encoding="utf-8-sig") as file:
        assert [row["workload"] for row in csv.DictReader(file)] == ["off"]
    stars = {c.name: c.stars for c in result.confidence}
    # five points are needed: CPU, memory, 14 days, storage, network; a month was measured
    assert stars == {"D-A": 4, "a-b": 4, "off": 1, "zero": 1, "idle": 4, "phys": 4}


def test_every_mapped_value_is_listed_as_assumed(home: Path) -> None:
    result = run(home, reports(home, [machine("a")], [load("a")]))
    with (home / "out" / "intake" / "mapping_assumptions.csv").open(encoding="utf-8-sig") as file:
        rows = [(r["table"], r["record"], r["column"], r["value"]) for r in csv.DictReader(file)]
    for wanted in [
        ("servers", "srv-a", "department", "D-A"),
        ("servers", "srv-a", "zone", "PUB"),
        ("systems", "sys-a", "level", "2"),
        ("systems", "sys-a", "internet_facing", "false"),
        ("workloads", "a", "tier", "app"),
        ("workloads", "a", "arch", "x86"),
        ("servers", "srv-a", "height_u", "1"),
        ("rooms", "R-A", "name", "甲机房"),
    ]:
        assert wanted in rows
    assert len(rows) == result.counts["assumptions"]


def test_systems_take_the_strictest_of_their_machines(home: Path) -> None:
    rules = {
        "system": [{"otherwise": "one"}],
        "department": [{"name": "x*", "to": "D-B"}, {"otherwise": "D-A"}],
        "level": [{"name": "a1", "to": 3}, {"otherwise": 2}],
        "personal_info": [{"name": "a2", "to": True}, {"otherwise": False}],
    }
    loads = [load("a1"), load("a2", **{"Support Status": "Out of support"}), load("x1")]
    result = run(home, reports(home, [machine("a1"), machine("a2"), machine("x1")], loads), mapping(**rules))
    systems = read_inventory(home / "out")["systems"]
    assert list(systems.index) == ["sys-one", "sys-one-D-B"]
    assert (systems.loc["sys-one", "level"], systems.loc["sys-one", "personal_info"]) == (3, True)
    assert systems.loc["sys-one", "support"] == "expired"
    assert systems.loc["sys-one", "data_gib"] == 200.0
    assert sorted(f.subject for f in of(result.findings, "intake.system_mixed")) == ["sys-one", "sys-one"]
    assert [f.subject for f in of(result.findings, "intake.system_split")] == ["sys-one-D-B"]


def test_dirt_in_single_rows_is_said_and_survived(home: Path) -> None:
    machines = [
        machine("a", Cores=None), machine("b", **{"Memory (in MB)": "lots"}), machine("c", **{"Power Stats": "?"}),
        machine("d"), machine("e"), machine("f", **{"Power Stats": "OFF"}), machine("g"), machine(""),
        machine("h", **{"Operating System": ""}),
    ]  # fmt: skip
    loads = [
        load("a", Cores=4), load("b", **{"Memory (in MB)": None}), load("c"), load("d", "x", 130),
        load("e", None, None),
        load("f", 5, 5), load("h", **{"Operating System": None, "Storage (in GB)": 0, "Cores": 8}), load("z"),
    ]  # fmt: skip
    result = run(home, reports(home, machines, loads, duration="Fortnight"))
    found = {(f.message.removeprefix("intake."), f.subject) for f in result.findings}
    assert found >= {
        ("size_filled", "a"), ("size_missing", "b"), ("power_unknown", "c"), ("load_bad", "d"), ("load_blank", "e"),
        ("off_with_load", "f"), ("no_load_row", "g"), ("name_blank", ""), ("os_blank", "h"), ("storage_blank", "h"),
        ("size_differs", "h"), ("no_machine_row", "z"), ("days_unknown", ""),
    }  # fmt: skip
    # b has no size, one row no name, and z is in the assessment alone
    assert result.counts["left_out"] == 3
    read = read_inventory(home / "out")
    assert "b" not in read["workloads"].index
    assert read["workloads"].loc["a", "vcpu"] == 4
    assert {key[0] for key in read["usage"].index} == {"a", "c", "h"}


def test_headings_are_found_by_name_below_a_title(home: Path) -> None:
    rows = table([machine("a")])
    files = reports(home, [machine("a")], [load("a")])
    turned = [list(reversed(row)) for row in rows]
    turned[0] = [str(title).upper() if title else title for title in turned[0]]
    write_book(files[0], {DISCOVERY_SHEET: [["A report of ours"], [], *turned, [], []]})
    result = run(home, files)
    assert result.files[0].rows == 1
    assert read_inventory(home / "out")["workloads"].index[0] == "a"
    assert [f.place.row for f in result.findings if f.message == "intake.off_no_data" and f.place] == []


def test_what_cannot_be_used_comes_back_at_once(home: Path) -> None:
    (home / "empty.xlsx").touch()
    (home / "text.xlsx").write_text("no workbook")
    files = [
        home / "none.xlsx", home / "empty.xlsx", home / "text.xlsx", home,
        write_book(home / "other.xlsx", {"Sheet1": [["a"], [1]]}),
        write_book(home / "partial.xlsx", {"VM_IaaS_Server_Rehost_Perf": table([load("a")])}),
        write_book(home / "renamed.xlsx", {"Discovery_Reprot": table([machine("a")])}),
    ]  # fmt: skip
    found = refused(home, files, mapping(zone=[{"otherwise": "PUBB"}]), home / "nowhere")
    assert messages(found) == [
        "file_missing", "file_empty", "not_a_workbook", "file_folder", "unknown_file", "sheet_missing",
        "sheet_missing_maybe", "mapping_bad_value_maybe", "shapes_no_folder", "known", "taken",
    ]  # fmt: skip
    taken = ["azure-migrate-assessment", "azure-migrate-discovery"]
    assert [file[1] for file in found[-1].values["files"]] == taken
    for language in LANGUAGES:
        kinds = words(found[-2], language)
        assert all(say(f"intake.kind.{kind}", language) in kinds for kind in formats.KINDS)


def test_what_each_file_was_taken_for_is_said_in_every_end(home: Path) -> None:
    template = home / "template.csv"
    template.write_text("*Server name,*Cores,*Memory (In MB),*OS name\n", "utf-8")
    (home / "broken.xlsx").write_bytes(reports(home, [machine("a")], [load("a")])[0].read_bytes()[:900])
    found = refused(home, [template, home / "broken.xlsx"])
    assert messages(found) == ["not_a_workbook", "known", "taken"]
    assert words(found[-1], "en").endswith("template.csv: Azure Migrate import CSV, 0 rows")
    found = refused(home, [template])
    assert messages(found)[-2:] == ["no_machines", "taken"]
    assert found[-1].values["files"] == [[str(template), "azure-migrate-import", "", 0]]
    assert "no_discovery" not in messages(found)


def test_a_sheet_is_named_only_where_there_is_one() -> None:
    assert Recognised("a.csv", "rvtools", "", 1).words("zh-CN") == "a.csv：RVTools 导出，1 行"
    assert Recognised("a.xlsx", "rvtools", "vInfo", 1).words("en") == "a.xlsx: RVTools export, sheet vInfo, 1 row"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "sheet_empty"),
        ([HEADINGS], "sheet_empty"),
        (
            [["Core" if title == "Cores" else title for title in HEADINGS], ["a", "b", 1, 1, "ON"]],
            "column_missing_maybe",
        ),
        ([["Machine Name"], ["a"]], "column_missing"),
        ([HEADINGS, ["q", "b", None, 1, "ON"]], "no_machines"),
    ],
)
def test_a_sheet_that_is_no_use(home: Path, rows: list[list[Any]], expected: str) -> None:
    files = reports(home, [machine("a")], [load("a")])
    write_book(files[0], {DISCOVERY_SHEET: rows})
    assert expected in messages(refused(home, files))


def test_two_of_a_kind_and_a_missing_design(home: Path) -> None:
    first = reports(home / "1", [machine("a")], [load("a")])
    second = reports(home / "2", [machine("b")], [load("b")])
    found = refused(home, [*first, *second], mapping() | {"target_design": "nowhere"})
    assert messages(found)[:3] == ["two_of_a_kind", "two_of_a_kind", "design_bad"]


def test_without_an_assessment_nothing_has_a_load(home: Path) -> None:
    result = run(home, reports(home, [machine("a")], [load("a")])[:1])
    assert messages(of(result.findings, "intake.no_assessment")) == ["no_assessment"]
    assert result.counts["no_data"] == 1
    assert len(read_inventory(home / "out")["usage"]) == 0


def test_a_second_intake_replaces_the_first_and_nothing_else(home: Path) -> None:
    run(home, reports(home, [machine("a")], [load("a")]))
    run(home, reports(home, [machine("b")], [load("b", None, None)]))
    assert not (home / "out" / "usage.csv").exists()
    (home / "mine").mkdir()
    (home / "mine" / "notes.txt").write_text("x")
    with pytest.raises(BadInput) as caught:
        intake(reports(home, [machine("a")], [load("a")]), home / "mapping.yaml", home / "mine")
    assert messages(caught.value.findings) == ["out_taken", "taken"]


def test_same_input_same_bytes(home: Path) -> None:
    files = reports(home, [machine("a"), machine("b")], [load("b"), load("a")])
    run(home, files)
    first = {path.name: path.read_bytes() for path in (home / "out").rglob("*.csv")}
    shutil.rmtree(home / "out")
    run(home, list(reversed(files)))
    assert {path.name: path.read_bytes() for path in (home / "out").rglob("*.csv")} == first


# the real reports


def test_progress_is_told_in_known_messages(home: Path) -> None:
    told: list[str] = []
    path = write_mapping(home, mapping())
    files = reports(home, [machine("a")], [load("a")])
    intake(files, path, home / "out", None, lambda m, v: told.append(words(Finding(m, values=v), "en")))
    assert len(told) == 4
