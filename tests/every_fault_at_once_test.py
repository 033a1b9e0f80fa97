"""Many different faults, planted in the tables and the scenario, come back in one run, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudplan import cli
from cloudplan.errors import BadInput
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.plan import check
from cloudplan.scenario_file import read_all
from tests.tiny import SCENARIO, tiny_tables, write_tiny_scenario

SCENARIO_FAULTS = """\
sede: 2
discount_rate: 10%
capacity: {spare_hosts: 1, spare_hosts: 2}
targets: {opens_on: {P-IZ: 2026-02-30}}
level_separation: seperate_pool
spare_host: 1
rules:
  sites-apartt: true
  sites-apart: {site: 2}
  locks: maybe
weights: {purchse: 2}
prices: {electricity_yuan_per_kw: 0.6}
factors: {centre_pu: 1.4}
locks:
  - {system: A-SIT, pool: P-IZ, reason: 局里定的}
  - {system: B-PAY, disposition: KEEPS, reason: 局里定的}
  - {system: C-WORK, pool: P-IX, reason: 局里定的}
  - {system: C-WORK, disposition: KEEP}
"""

EXPECTED = {
    # place, the value that is wrong, what the cure must name
    ("tiny.yaml:7:1", "sede", "seed"),
    ("tiny.yaml:8:16", "10%", "0.12"),
    ("tiny.yaml:9:28", "spare_hosts", ""),
    ("tiny.yaml:10:28", "2026-02-30", ""),
    ("tiny.yaml:11:19", "seperate_pool", "separate_pool"),
    ("tiny.yaml:12:1", "spare_host", "capacity.spare_hosts"),
    ("tiny.yaml:14:3", "sites-apartt", "sites-apart"),
    ("tiny.yaml:15:17", "site", ""),
    ("tiny.yaml:16:3", "maybe", ""),
    ("tiny.yaml:17:11", "purchse", "purchase"),
    ("tiny.yaml:18:10", "electricity_yuan_per_kw", "electricity_yuan_per_kwh"),
    ("tiny.yaml:19:11", "centre_pu", "centre_pue"),
    ("tiny.yaml:21:14", "A-SIT", "A-SITE"),
    ("tiny.yaml:22:34", "KEEPS", "KEEP"),
    ("tiny.yaml:23:28", "P-IX", "P-IZ"),
    ("tiny.yaml:24:5", "reason", "reason"),
    ("inventory/usgae.csv", "usgae.csv", "usage.csv"),
    ("inventory/departments.csv:3:department", "D1", ""),
    ("inventory/rooms.csv:1:grad", "grad", "grade"),
    ("inventory/servers.csv:2:cores", "8核", ""),
    ("inventory/servers.csv:3:bought_on", "2015.6", "2026-03-01"),
    ("inventory/servers.csv:4:rack", "K9", "racks.csv"),
    ("inventory/servers.csv:5:memory_gib", "nan", ""),
    ("inventory/systems.csv:2:owner_level", "baner", "banner"),
    ("inventory/systems.csv:3:name", None, ""),
    ("inventory/workloads.csv:4:server", "S03", "S3"),
    ("inventory/workloads.csv:6:vcpu", "-8", ""),
    ("inventory/flows.csv:3:target_tier", "backup", "db"),
    ("inventory/pools.csv:2:zones", "EXT", "EXT"),
    ("inventory/prices.csv:price", "room_default_yuan_per_year", ""),
}


def spoil(folder: Path) -> Path:
    """Write the tiny estate and scenario with a fault in every place of ``EXPECTED``."""
    tables = tiny_tables()
    tables["usgae"] = tables["usage"]
    tables["departments"].append(tables["departments"][0] | {"name": "丙局"})
    tables["departments"][1], tables["departments"][2] = tables["departments"][2], tables["departments"][1]
    for room in tables["rooms"]:
        room["grad"] = room.pop("grade")
    tables["servers"][0]["cores"] = "8核"
    tables["servers"][1]["bought_on"] = "2015.6"
    tables["servers"][2]["rack"] = "K9"
    tables["servers"][3]["memory_gib"] = "nan"
    tables["systems"][0]["owner_level"] = "baner"
    tables["systems"][1]["name"] = None
    tables["workloads"][2]["server"] = "S03"
    tables["workloads"][4]["vcpu"] = -8
    tables["flows"][1]["target_tier"] = "backup"
    tables["pools"][0]["zones"] = "IZ;EXT"
    tables["prices"] = [row for row in tables["prices"] if row["price"] != "room_default_yuan_per_year"]
    return write_tiny_scenario(folder, tables, SCENARIO + SCENARIO_FAULTS)


@pytest.fixture
def findings(tmp_path):
    with pytest.raises(BadInput) as caught:
        read_all(spoil(tmp_path), check)
    return {str(f.place).removeprefix(f"{tmp_path}/"): f for f in caught.value.findings}


def test_every_planted_fault_is_found_and_nothing_else(findings) -> None:
    assert set(findings) == {place for place, _, _ in EXPECTED}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_names_the_value_and_a_cure(findings, language) -> None:
    for place, value, named in EXPECTED:
        assert (value or "") in words(findings[place], language), place
        assert cure(findings[place], language), place
        assert named in cure(findings[place], language), place


def test_the_languages_say_it_differently(findings) -> None:
    for finding in findings.values():
        assert words(finding, "zh-CN") != words(finding, "en")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verb", [["check"], ["plan", "-o", "run"]])
def test_the_command_says_all_of_them_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: list[str], language: str
) -> None:
    scenario = spoil(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert cli.main([verb[0], scenario.name, *verb[1:], "--lang", language]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    said = [line for line in captured.err.splitlines() if not line.startswith("  ")]
    for place, value, _ in EXPECTED:
        lines = [line for line in said if line.startswith((f"{place}: ", f"{tmp_path}/{place}: "))]
        assert len(lines) == 1, place
        assert (value or "") in lines[0], place
    cures = [line for line in captured.err.splitlines() if line.startswith("    ")]
    assert len(cures) == len(EXPECTED)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_lists_them_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["plan", str(spoil(tmp_path)), "-o", str(tmp_path / "run"), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "bad_input"
    assert len(document["findings"]) == len(EXPECTED)
    assert all(f["cure"] and f["rule"] and f["place"]["file"] for f in document["findings"])
