from pathlib import Path
from typing import Any

import pytest

from cloudplan.errors import BadInput
from cloudplan.findings import Place
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.machine import Machine
from cloudplan.intake.mapping_file import read_mapping
from tests.intake.books import mapping, write_mapping

ZONES = ("EXT", "IZ", "PUB", "VPN")


def machine(name: str, **more: Any) -> Machine:
    fields = {"os": "Linux", "support": "unknown", "cores": 2.0, "memory_gib": 4.0}
    return Machine(name, Place("f"), True, **(fields | more))


def faults(tmp_path: Path, content: Any) -> set[tuple[str, str]]:
    """Message and line:column of every fault of a mapping that can't be used; each is worded in both languages."""
    path = write_mapping(tmp_path, content)
    with pytest.raises(BadInput) as caught:
        read_mapping(path, ZONES)
    for finding in caught.value.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language)
    found = [(f.message.removeprefix("intake.mapping_"), f.place) for f in caught.value.findings]
    return {(message, f"{place.row}:{place.column}") for message, place in found if place is not None}


def test_the_first_rule_that_matches_gives(tmp_path: Path) -> None:
    rules = {
        "department": [{"name": ["hr*", "crm?"], "to": "D-B"}, {"otherwise": "D-A"}],
        "zone": [{"network": "10.2.0.0/16", "to": "IZ"}, {"department": "D-B", "to": "VPN"}, {"otherwise": "PUB"}],
        "system": [{"name": r"re:([a-z]+)sqlvm\d+", "to": "{1}-{department}"}, {"otherwise": "{name}"}],
        "level": [{"os": "*2003*", "group": "old", "to": 1}, {"otherwise": None}],
    }
    read = read_mapping(write_mapping(tmp_path, mapping(**rules)), ZONES)

    def give(what: str, m: Machine, **known: str) -> Any:
        given = read.give(what, m, **known)
        assert given is not None
        return given.value

    assert [give("department", machine(name)) for name in ("HRdb", "CRM1", "CRM12")] == ["D-B", "D-B", "D-A"]
    far = machine("x", addresses=("fe80::1", "10.2.3.4"))
    assert give("zone", far, department="D-B") == "IZ"
    assert give("zone", machine("x", addresses=("10.3.0.1",)), department="D-B") == "VPN"
    assert give("system", machine("HRSQLVM04"), department="D-B") == "HR-D-B"
    assert give("system", machine("HRSQLVM"), department="D-B") == "HRSQLVM"
    assert give("level", machine("x", os="Windows 2003", group="old")) == 1
    assert give("level", machine("x", os="Windows 2003", group="new")) is None
    assert read.give("hours", machine("x")) is None


def test_all_faults_at_once_each_with_its_place(tmp_path: Path) -> None:
    text = """\
version: 1
target_desing: design
departments:
  - {department: D-A, name: 甲}
  - {department: D-A, name: 乙}
rooms:
  - {room: R-A, name: 甲机房, department: D-B, total_u: many}
rules:
  department:
    - {name: "re:(x", to: D-A}
    - {otherwise: D-Z}
  room:
    - {otherwise: R-A}
    - {name: "a*", to: R-A}
  zone:
    - {network: 10.1.0/99, to: PUP}
    - {otherwise: PUB}
  level:
    - {otherwise: 9}
  system:
    - {name: "a*", to: "{1}"}
    - {otherwise: "{name}"}
  tier:
    - {name: "a*", to: dbx}
  hours:
    - {otherwise: 7x24}
    - otherwise: 5x8
      name: a
"""
    found = faults(tmp_path, text)
    assert found == {
        ("unknown_key_maybe", "2:1"),
        ("missing_key", "1:1"),
        ("doubled_id", "5:5"),
        ("bad_value_maybe", "7:5"),
        ("not_integer", "7:54"),
        ("bad_regex", "10:14"),
        ("bad_value_maybe", "11:19"),
        ("after_otherwise", "14:7"),
        ("bad_network", "16:17"),
        ("bad_value_maybe", "16:32"),
        ("bounds", "19:19"),
        ("bad_word", "21:24"),
        ("bad_value_maybe", "24:24"),
        ("no_otherwise", "24:5"),
        ("after_otherwise", "27:7"),
        ("otherwise_alone", "28:7"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("- 1", "no_mapping"),
        ("version: [1", "syntax"),
        ("version:1\nrules： {}\na: b", "wide_sign"),
        ("version: 1\nversion: 1\n", "doubled_key"),
        ("departments: D-A\n", "no_list"),
        ("departments: []\n", "none"),
        ("target_design: 3\n", "not_text"),
        ("seed: {a: 1}\n", "no_scalar"),
        ("departments: [{department: D, name: n, opinion: maybe}]\n", "bad_value"),
        ("rules: {hours: [{otherwise: 2026-13-45}]}\n", "bad_scalar"),
        ("rules: {seasonal: [{otherwise: 'yes'}]}\n", "not_boolean"),
        ("rules: {last_data_on: [{otherwise: soon}]}\n", "not_date"),
        ("rules: {daily_gib: [{otherwise: much}]}\n", "not_number"),
    ],
)
def test_one_fault(tmp_path: Path, text: str, message: str) -> None:
    assert message in {found for found, _ in faults(tmp_path, text)}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_mapping(tmp_path / "none.yaml")
    assert [f.message for f in caught.value.findings] == ["intake.mapping_unreadable"]


def test_a_department_that_no_list_names(tmp_path: Path) -> None:
    content = mapping(department=[{"otherwise": "D-C"}])
    assert "bad_value_maybe" in {found for found, _ in faults(tmp_path, content)}
