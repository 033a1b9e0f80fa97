"""What an intake says of itself holds: sources, counts and remarks fit the files that were given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudplan.demand import demand_of
from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, say, words
from cloudplan.intake.pipeline import intake
from cloudplan.intake.result import IntakeResult
from cloudplan.inventory.read import read_inventory
from cloudplan.scenario import Scenario
from tests.intake.books import mapping, of, write_mapping
from tests.tiny import write_tiny

FIELDS = {"name": "name", "cores": "cores", "memory": "memory"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the tiny estate as target design."""
    write_tiny(tmp_path / "design")
    return tmp_path


def taken(
    home: Path, tables: Mapping[str, str], fields: Mapping[str, Any], accept: Path | None = None, **rules: Any
) -> IntakeResult:
    """Take in plain tables, CSV by name, whose headings are named for all of them."""
    for name, text in tables.items():
        (home / name).write_text(text, "utf-8")
    content = mapping(**rules) | {"columns": {name: dict(fields) for name in tables}}
    files = [home / name for name in tables]
    result = intake(files, write_mapping(home, content), home / "out", language="en", accept=accept)
    for finding in result.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            cure(finding, language)
    return result


def messages(findings: Sequence[Finding]) -> list[str]:
    return [finding.message.removeprefix("intake.") for finding in findings]


def test_a_load_names_its_file_and_no_assessment(home: Path) -> None:
    fields = FIELDS | {"p95": "cpu_p95", "m95": "memory_p95"}
    taken(home, {"a.csv": "name,cores,memory,p95,m95\na,2,4,30,40\n"}, fields)
    sources = list(read_inventory(home / "out")["usage"]["source"])
    assert sources == ["P95 as stated in a.csv:2:D; flat, no profile", "P95 as stated in a.csv:2:D"]
    for language in LANGUAGES:
        for name in ("shaped", "flat", "memory"):
            assert say(f"intake.source.{name}", language, level="X", shape="Y").startswith(
                ("P95 as stated", "P95 取自")
            )


def test_nothing_is_said_of_flat_loads_where_there_are_none(home: Path) -> None:
    result = taken(home, {"a.csv": "name,cores,memory\na,2,4\n"}, FIELDS)
    assert "flat" not in messages(result.findings)
    loaded = taken(home, {"a.csv": "name,cores,memory,p95\na,2,4,30\n"}, FIELDS | {"p95": "cpu_p95"})
    assert "flat" in messages(loaded.findings)


def test_every_machine_left_out_is_counted(home: Path) -> None:
    rows = ["a,2,4", "b,,4", "c,2,", "d,2,131072", "e,9999,4", ",2,4"]
    result = taken(home, {"a.csv": "\n".join(["name,cores,memory", *rows])}, FIELDS)
    assert result.counts["machines"] == 1
    assert result.counts["left_out"] == 5
    assert of(result.findings, "intake.size_unknown")[0].values["count"] == 2


def test_a_missing_heading_is_said_without_an_empty_list(home: Path) -> None:
    result = taken(home, {"a.csv": "name,cores,memory\na,2,4\n"}, FIELDS | {"disk": "storage"})
    assert "plain.heading_missing_all" in messages(result.findings)
    for language in LANGUAGES:
        for finding in result.findings:
            assert not words(finding, language).rstrip().endswith((":", "："))


def test_a_load_without_p95_is_kept_and_sizes_nothing_by_one(home: Path) -> None:
    fields = FIELDS | {"avg": "cpu_avg", "max": "cpu_max", "mem": "memory_avg", "days": "days"}
    result = taken(home, {"a.csv": "name,cores,memory,avg,max,mem,days\na,8,16,20,60,30,31\nb,8,16,20,,,31\n"}, fields)
    read = read_inventory(home / "out")
    usage = read["usage"].reset_index().set_index(["workload", "resource"])
    assert list(usage.index) == [("a", "cpu"), ("a", "memory"), ("b", "cpu")]
    assert list(usage.loc[("a", "cpu"), ["avg_pct", "max_pct", "days", "basis"]]) == [20.0, 60.0, 31.0, "measured"]
    assert usage["p95_pct"].isna().all()
    assert usage.loc[("a", "cpu"), "source"] == "as stated in a.csv:2:D, which has no P95"
    assert result.counts["measured"] == 0
    demand = demand_of(read, Scenario(name="x", inventory="", today=dt.date(2026, 7, 1)))
    # the maximum sizes as a maximum; a mean alone sizes nothing
    assert demand.statistic["vcpu"] == ("max", "size")
    assert demand.statistic["memory"] == ("size", "size")


def test_a_maximum_below_its_mean_is_said_and_not_taken(home: Path) -> None:
    fields = FIELDS | {"p95": "cpu_p95", "max": "cpu_max"}
    result = taken(home, {"a.csv": "name,cores,memory,p95,max\na,2,4,30,20\n"}, fields)
    assert "max_below" in messages(result.findings)
    assert read_inventory(home / "out")["usage"]["max_pct"].isna().all()


def test_a_server_of_its_own_holds_what_is_stated_of_it(home: Path) -> None:
    columns = {
        "asset": "asset", "serial": "serial", "maker": "vendor", "model": "model", "cpu": "cpu_model",
        "bought": "bought_on", "used": "storage_used", "disks": "storage", "sockets": "sockets", "note": "note",
    }  # fmt: skip
    row = "a,8,16,ZC-7,SN9,Lenovo,SR650,Xeon 6226R,2021-05-06,40,100,2,old"
    result = taken(home, {"a.csv": f"{','.join([*FIELDS, *columns])}\n{row}\n"}, FIELDS | columns)
    server = read_inventory(home / "out")["servers"].loc["ZC-7"]
    assert [str(server[c]) for c in ("serial", "brand", "model", "cpu_model", "bought_on")] == [
        "SN9", "Lenovo", "SR650", "Xeon 6226R", "2021-05-06",
    ]  # fmt: skip
    assert [float(server[c]) for c in ("storage_gib", "storage_used_gib", "sockets")] == [100.0, 40.0, 2.0]
    (left,) = of(result.findings, "intake.not_kept")
    assert words(left, "en").endswith(": notes 1")


def test_what_has_no_column_is_counted_by_file(home: Path) -> None:
    columns = {"ip": "addresses", "host": "host", "kind": "kind", "note": "note", "sn": "serial"}
    rows = ["h,32,64,10.0.0.9,,physical,,S1", "v,2,4,10.0.0.1,h,vm,x,S2", "w,2,4,10.0.0.2,h,vm,y,"]
    result = taken(home, {"a.csv": "\n".join([",".join([*FIELDS, *columns]), *rows])}, FIELDS | columns)
    (left,) = of(result.findings, "intake.not_kept")
    assert words(left, "en").endswith(": notes 2, addresses 2, serial numbers 1")
    assert left.place is not None
    assert left.place.file == str(home / "a.csv")


def test_a_size_that_no_machine_has_gives_way_to_one_that_it_may_have(home: Path) -> None:
    tables = {"a.csv": "name,cores,memory,sn\na,2,131072,S1\n", "b.csv": "name,cores,memory,sn\na,2,128,S1\n"}
    result = taken(home, tables, FIELDS | {"sn": "serial"})
    assert list(read_inventory(home / "out")["workloads"]["memory_gib"]) == [128.0]
    (said,) = of(result.findings, "intake.merge.implausible")
    assert (said.values["kept"], said.values["value"]) == (128.0, 131072.0)
    assert str(home / "a.csv") in words(said, "en")
    assert result.counts["left_out"] == 0


def test_a_size_that_no_machine_has_does_not_keep_two_records_of_one_apart(home: Path) -> None:
    tables = {"a.csv": "name,cores,memory\na,2,131072\n", "b.csv": "name,cores,memory\na,2,128\n"}
    result = taken(home, tables, FIELDS)
    assert (result.counts["machines"], result.counts["left_out"]) == (1, 0)
    assert {"merge.implausible", "merge.named"} <= set(messages(result.findings))


def test_hardware_too_takes_the_size_that_it_may_have(home: Path) -> None:
    fields = FIELDS | {"sn": "serial", "kind": "kind"}
    head = "name,cores,memory,sn,kind\n"
    taken(home, {"a.csv": f"{head}a,2,131072,S1,physical\n", "b.csv": f"{head}a,2,128,S1,physical\n"}, fields)
    assert list(read_inventory(home / "out")["servers"].index) == ["a"]
    assert list(read_inventory(home / "out")["servers"]["memory_gib"]) == [128.0]


def test_a_value_decided_of_a_physical_machine_is_its_server_s_too(home: Path) -> None:
    fields = FIELDS | {"sn": "serial", "kind": "kind"}
    head = "name,cores,memory,sn,kind\n"
    tables = {"a.csv": f"{head}a,2,64,S1,physical\n", "b.csv": f"{head}a,4,128,S1,physical\n"}
    taken(home, tables, fields)
    proposed = (home / "out" / "intake" / "accept.yaml").read_text("utf-8").partition("proposed_values:\n")[2]
    (home / "decided.yaml").write_text(f"values:\n{proposed}", "utf-8")
    taken(home, tables, fields, accept=home / "decided.yaml")
    read = read_inventory(home / "out")
    assert (list(read["servers"]["memory_gib"]), list(read["servers"]["cores"])) == ([128.0], [4])
    assert (list(read["workloads"]["memory_gib"]), list(read["workloads"]["vcpu"])) == ([128.0], [4.0])
    listed = (home / "out" / "intake" / "provenance.csv").read_text("utf-8")
    assert f"servers,a,cores,4,4,,{home / 'b.csv'},,B2" in listed


def test_what_was_invented_is_listed_as_assumed(home: Path) -> None:
    result = taken(home, {"a.csv": "name,cores,memory,power\na,2.5,0.2,on\nb,2,4,\n"}, FIELDS | {"power": "power"})
    listed = {(a.table, a.record, a.column, a.value) for a in result.assumptions}
    assert listed >= {
        ("workloads", "a", "kind", "vm"), ("servers", "srv-a", "cores", 3), ("servers", "srv-a", "memory_gib", 0.25),
        ("workloads", "b", "state", "running"),
    }  # fmt: skip
    assert ("workloads", "a", "state", "running") not in listed
    assert ("servers", "srv-b", "cores", 2) not in listed
