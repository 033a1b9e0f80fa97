"""Forms of a survey beside exports of tools: one machine each, what was measured of it, and what nobody declared."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cloudplan import cli
from cloudplan.findings import Finding
from cloudplan.intake.mapping_file import read_mapping
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.completeness import completeness
from cloudplan.intake.survey.form import EXAMPLE_ROW, write_form
from cloudplan.intake.survey.read import read_survey
from cloudplan.inventory.schema import schema
from tests.intake.books import mapping, write_mapping

COLUMNS: dict[str, Any] = {
    "名称": "name", "序列号": "serial", "IP": "addresses", "核数": "cores", "内存(GB)": "memory", "系统": "os",
    "CPU P95": "cpu_p95", "内存P95": "memory_p95", "天数": "days", "类型": "kind",
}  # fmt: skip


def form(path: Path, department: str, servers: list[dict[str, Any]], workloads: list[dict[str, Any]]) -> Path:
    """A department's form with one room and one system."""
    write_form(path, department)
    book = openpyxl.load_workbook(path)
    tables = {
        "departments": [{"department": department, "name": department}],
        "rooms": [{"room": "R1", "name": "机房", "kind": "部门机房"}],
        "systems": [{"system": "OA", "name": "办公", "level": 2}],
        "servers": [{"room": "R1", "cores": 16, "threads": 32, "arch": "x86(Intel/AMD)", "state": "在用"} | server
                    for server in servers],
        "workloads": [{"system": "OA", "tier": "app", "state": "运行"} | workload for workload in workloads],
    }  # fmt: skip
    for name, records in tables.items():
        table = schema().tables[name]
        at = {column.name: n for n, column in enumerate(table.columns, 1)}
        at |= {"on.systems": len(table.columns) + 1}
        for row, record in enumerate(records, EXAMPLE_ROW + 2):
            for column, value in record.items():
                book[table.titles["zh-CN"]].cell(row, at[column], value)
    book.save(path)
    return path


def export(path: Path, *rows: dict[str, Any]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    return form(
        tmp_path / "水利局.xlsx",
        "水利局",
        [
            {"server": "A-0001", "name": "db01", "serial": "SN001", "memory_gib": 64, "on.systems": "OA"},
            {"server": "A-0002", "name": "esx1", "serial": "SN002", "memory_gib": 256},
            {"server": "A-0003", "name": "old", "serial": "SN003", "memory_gib": 32},
        ],
        [{"workload": "VM1", "name": "web01", "server": "A-0002", "kind": "虚拟机", "vcpu": 4, "memory_gib": 8}],
    )


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    return export(
        tmp_path / "监控.csv",
        {"名称": "DB01.slj.local", "序列号": "sn001", "IP": "10.1.0.1", "核数": 16, "内存(GB)": 128, "系统": "CentOS 7",
         "CPU P95": 35, "内存P95": 60, "天数": 30, "类型": "物理机"},
        {"名称": "web01", "核数": 4, "内存(GB)": 8, "CPU P95": 12, "天数": 30, "类型": "虚拟机"},
        {"名称": "shadow", "序列号": "SN999", "核数": 8, "内存(GB)": 16, "类型": "物理机"},
    )  # fmt: skip


def read(folder: Path, *files: Path) -> Survey:
    columns = read_mapping(write_mapping(folder, mapping() | {"columns": {"*监控*": COLUMNS}})).columns
    return read_survey(files, today=dt.date(2026, 11, 25), columns=columns)


def said(survey: Survey, message: str) -> list[Finding]:
    return [finding for finding in survey.findings if finding.message == message]


def row(survey: Survey, table: str, key: str) -> dict[str, str]:
    return next(r for r in survey.values()[table] if r[schema().tables[table].key[0]] == key)


def test_blanks_are_filled_and_the_first_file_counts(tmp_path: Path, forms: Path, tool: Path) -> None:
    survey = read(tmp_path, forms, tool)
    assert len(survey.values()["servers"]) == 3
    server = row(survey, "servers", "A-0001")
    assert (server["os"], server["ips"], server["memory_gib"]) == ("CentOS 7", "10.1.0.1", "64")
    item = next(r for r in survey.tables["servers"] if r["server"].text == "A-0001")["os"]
    assert (item.rule, Path(item.place.file).name, item.place.row) == ("other-file", "监控.csv", 2)
    (conflict,) = said(survey, "intake.merge.conflict")
    assert (conflict.values["kept"], conflict.values["value"]) == (64, 128)
    assert conflict.place is not None
    assert conflict.place.sheet == "服务器台账"
    turned = read(tmp_path, tool, forms)
    assert row(turned, "servers", "A-0001")["memory_gib"] == "128"
    assert len(said(turned, "intake.merge.conflict")) == 1


def test_measured_loads_become_usage_of_the_workloads(tmp_path: Path, forms: Path, tool: Path) -> None:
    survey = read(tmp_path, forms, tool)
    usage = {(r["workload"], r["resource"]): r for r in survey.values()["usage"]}
    assert set(usage) == {("A-0001", "cpu"), ("A-0001", "memory"), ("VM1", "cpu")}
    assert usage["VM1", "cpu"] == {
        "workload": "VM1", "resource": "cpu", "week": "normal", "basis": "measured", "days": "30", "p95_pct": "12",
        "source": usage["VM1", "cpu"]["source"],
    }  # fmt: skip
    assert "监控.csv" in usage["VM1", "cpu"]["source"]
    (judged,) = completeness(survey)
    assert judged.measured == 3
    (alone,) = completeness(read(tmp_path, forms))
    assert alone.measured == 0


def test_machines_that_nobody_declared_are_listed(
    tmp_path: Path, forms: Path, tool: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_mapping(tmp_path, mapping() | {"columns": {"*监控*": COLUMNS}})
    design = Path("inventory")
    command = ["intake", str(forms), str(tool), "--mapping", str(path), "--design", str(design), "-o"]
    assert cli.main([*command, str(tmp_path / "out"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [(Path(f["file"]).name, f["kind"], f["rows"]) for f in facts["exports"]] == [("监控.csv", "plain", 3)]
    with (tmp_path / "out" / "intake" / "unlisted.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(r["name"], r["serial"]) for r in csv.DictReader(file)] == [("shadow", "SN999")]
    assert (tmp_path / "out" / "intake" / "accept.yaml").is_file()
    (unlisted,) = [f for f in facts["findings"] if f["message"] == "survey.read.unlisted"]
    assert "shadow" in unlisted["text"]
    assert cli.main([*command, str(tmp_path / "text"), "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "of 3 servers in the forms, the tools' exports know 1, and 1 virtual machine besides" in shown


def test_what_somebody_decided_of_a_value_counts(
    tmp_path: Path, forms: Path, tool: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_mapping(tmp_path, mapping() | {"columns": {"*监控*": COLUMNS}})
    command = ["intake", str(forms), str(tool), "--mapping", str(path), "--design", "inventory"]
    assert cli.main([*command, "-o", str(tmp_path / "a")]) == 0
    decided = tmp_path / "decided.yaml"
    text = (tmp_path / "a" / "intake" / "accept.yaml").read_text("utf-8")
    (proposed,) = [line for line in text.splitlines() if "memory_gib" in line and line.startswith("  -")]
    decided.write_text(f"values:\n{proposed}\n", "utf-8")
    assert cli.main([*command, "--accept", str(decided), "-o", str(tmp_path / "b")]) == 0
    capsys.readouterr()

    def memory(folder: str) -> dict[str, str]:
        with (tmp_path / folder / "servers.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["server"]: row["memory_gib"] for row in csv.DictReader(file)}

    assert (memory("a")["A-0001"], memory("b")["A-0001"]) == ("64", "128")
    with (tmp_path / "b" / "intake" / "provenance.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = {(r["table"], r["record"], r["column"]): r for r in csv.DictReader(file)}
    source = cells["servers", "A-0001", "memory_gib"]
    assert (Path(source["file"]).name, source["cell"], source["original"]) == ("监控.csv", "E2", "128")


def test_a_series_becomes_the_weeks_of_a_workload(tmp_path: Path, forms: Path) -> None:
    series = tmp_path / "cpu.csv"
    start = dt.datetime(2026, 3, 2)
    with series.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["虚拟机", "采集时间", "CPU利用率"])
        for hour in range(24 * 14):
            writer.writerow(["web01", (start + dt.timedelta(hours=hour)).isoformat(" "), 50 if hour % 24 == 9 else 10])
    survey = read_survey([forms, series])
    (usage,) = survey.values()["usage"]
    assert (usage["workload"], usage["basis"], usage["samples"]) == ("VM1", "measured", "336")
    assert (usage["h009"], usage["h010"]) == ("50", "10")


def test_one_serial_number_in_two_forms_is_one_server(tmp_path: Path, forms: Path) -> None:
    other = form(
        tmp_path / "财政局.xlsx",
        "财政局",
        [{"server": "B-0001", "name": "db01", "serial": "SN001", "memory_gib": 256, "model": "R4900",
          "on.systems": "OA"}],
        [{"workload": "W9", "server": "B-0001", "kind": "虚拟机", "vcpu": 2, "memory_gib": 4}],
    )  # fmt: skip
    survey = read_survey([forms, other])
    servers = survey.values()["servers"]
    assert [r["server"] for r in servers] == ["A-0001", "A-0002", "A-0003"]
    assert (servers[0]["department"], servers[0]["memory_gib"], servers[0]["model"]) == ("水利局", "64", "R4900")
    differs = {f.values["column"]["en"]: f for f in said(survey, "survey.read.twin_differs")}
    assert {name: (f.values["other"], f.values["value"]) for name, f in differs.items()} == {
        "memory": ("64", "256"), "department": ("水利局", "财政局"),
    }  # fmt: skip
    assert all(Path(f.place.file).name == "财政局.xlsx" and f.place.column for f in differs.values() if f.place)
    (kept,), (twin,) = said(survey, "survey.read.twin_kept"), said(survey, "survey.read.twin")
    assert kept.place is not None
    assert twin.place is not None
    assert (Path(kept.place.file).name, Path(twin.place.file).name) == ("水利局.xlsx", "财政局.xlsx")
    assert said(survey, "intake.merge.conflict") == []
    assert {r["system"] for r in survey.values()["workloads"]} == {"水利局-OA", "财政局-OA"}
    assert row(survey, "workloads", "W9")["server"] == "A-0001"


def test_a_twin_stands_where_one_form_says_and_nowhere_between(tmp_path: Path, forms: Path) -> None:
    other = form(tmp_path / "财政局.xlsx", "财政局",
                 [{"server": "B-1", "name": "db01", "serial": "SN001", "rack": "K9", "start_u": 3, "zone": "PUB",
                   "brand": "H3C"}], [])  # fmt: skip
    server = row(read_survey([forms, other]), "servers", "A-0001")
    assert server["brand"] == "H3C"
    assert not {"rack", "start_u", "zone"} & set(server)


def test_loads_of_a_server_are_never_passed_over(tmp_path: Path) -> None:
    path = form(
        tmp_path / "水利局.xlsx",
        "水利局",
        [{"server": "H1", "name": "host1", "on.systems": "OA、门户网站"}, {"server": "H2", "name": "host2"},
         {"server": "H3", "name": "host3"}],
        [{"workload": "V1", "server": "H1", "kind": "虚拟机"}, {"workload": "P3", "server": "H3", "kind": "物理机"}],
    )  # fmt: skip
    book = openpyxl.load_workbook(path)
    sheet = book["服务器台账"]
    first = len(schema().tables["servers"].columns) + 1
    for line, cells in enumerate(
        (["15%", "150%", 70, None, 30], [20, None, None, None, "很久"], [40, 80, None, None, 20])
    ):
        for at, value in enumerate(cells, first + 1):
            sheet.cell(EXAMPLE_ROW + 2 + line, at, value)
    book.save(path)
    survey = read_survey([path])
    at = {
        f.message: f.place.row for f in survey.findings if f.place and f.message.startswith(("inv", "survey.read.sys"))
    }
    assert at["inventory.too_large"] == EXAMPLE_ROW + 2
    assert at["inventory.not_number"] == EXAMPLE_ROW + 3
    assert at["survey.read.system_nowhere"] == EXAMPLE_ROW + 2
    unused = [f.place.row for f in said(survey, "survey.read.load_unused") if f.place]
    assert unused == [EXAMPLE_ROW + 2, EXAMPLE_ROW + 3]
    usage = [(r["workload"], r["resource"], r["avg_pct"], r["max_pct"], r["days"]) for r in survey.values()["usage"]]
    assert usage == [("P3", "cpu", "40", "80", "20")]


def test_hosts_and_devices_of_exports_are_compared_too(tmp_path: Path, forms: Path) -> None:
    hosts = tmp_path / "hosts.csv"
    titles = ["Host", "Datacenter", "Cluster", "CPU Model", "Speed", "HT Active", "# CPU", "Cores per CPU", "# Cores",
              "CPU usage %", "# Memory", "Memory usage %", "Vendor", "Model", "Serial number"]  # fmt: skip
    with hosts.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, titles)
        writer.writeheader()
        writer.writerow({"Host": "esx1.lan", "# CPU": 2, "# Cores": 16, "# Memory": 524288, "Serial number": "SN002"})
        writer.writerow({"Host": "esx9.lan", "# CPU": 2, "# Cores": 32, "# Memory": 262144, "Serial number": "SN9"})
    survey = read_survey([forms, hosts])
    assert [one.machine.name for one in survey.unlisted] == ["esx9.lan"]
    (conflict,) = [f for f in said(survey, "intake.merge.conflict") if f.values["column"]["en"].startswith("memory")]
    assert (conflict.values["kept"], conflict.values["value"]) == (256, 512)


def test_a_machine_that_may_be_a_declared_one_is_not_said_to_be_nobodys(tmp_path: Path, forms: Path) -> None:
    tool = export(
        tmp_path / "监控.csv", {"名称": "WEB01", "核数": 4, "内存(GB)": 32, "IP": "10.9.9.9", "类型": "虚拟机"}
    )
    survey = read(tmp_path, forms, tool)
    (one,) = survey.unlisted
    assert one.maybe.startswith("web01")
    assert said(survey, "survey.read.unlisted") == []


def test_forms_need_no_mapping_and_exports_alone_do(
    tmp_path: Path, forms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["intake", str(forms), "-o", str(tmp_path / "a")]) == 0
    assert (tmp_path / "a" / "servers.csv").is_file()
    (series := tmp_path / "cpu.csv").write_text("虚拟机,采集时间,CPU利用率\nweb01,2026-03-02 00:00,5\n", "utf-8")
    assert cli.main(["intake", str(series), "-o", str(tmp_path / "b")]) == 2
    assert cli.main(["intake", str(forms), "--shapes", str(tmp_path), "-o", str(tmp_path / "c")]) == 2
    assert "Traceback" not in capsys.readouterr().err
