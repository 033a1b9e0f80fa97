"""One machine out of several files: figures by precedence, contradictions said, decisions that replay."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from cloudplan.errors import BadInput
from cloudplan.findings import Place
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.decisions import Decisions, Value, read_decisions
from cloudplan.intake.machine import Machine
from cloudplan.intake.merge import merge
from cloudplan.intake.pipeline import intake
from cloudplan.inventory.read import read_inventory
from tests.intake.books import mapping, write_mapping
from tests.intake.formats.files import write_csv
from tests.intake.same_test import three_sources
from tests.tiny import write_tiny


def machine(file: str, name: str = "db01", row: int = 2, **more: Any) -> Machine:
    given: dict[str, Any] = {"running": True, "os": "", "support": "unknown", "cores": 4.0, "memory_gib": 8.0, **more}
    return Machine(name=name, place=Place(file, None, row), **given)


FILES = ("in/survey.xlsx", "in/tool.csv")
SURVEY, TOOL = FILES


def test_the_first_file_counts_and_the_second_fills_in() -> None:
    survey = machine(SURVEY, serial="S1", os="openEuler 22.03", addresses=("1.1.1.1",), department="D1")
    tool = machine(TOOL, serial="S1", os="", addresses=("1.1.1.1", "1.1.1.2"), storage_gib=200.0, uuid="u-1")
    found = merge([tool, survey], FILES, Decisions())
    (one,) = found.machines
    assert one.place.file == SURVEY
    assert (one.os, one.storage_gib, one.uuid, one.department) == ("openEuler 22.03", 200.0, "u-1", "D1")
    assert one.addresses == ("1.1.1.1", "1.1.1.2")
    assert [f.message for f in found.findings] == ["intake.merge.order"]


def test_what_came_together_by_name_and_addresses_that_differ_are_said_once() -> None:
    names = ("a", "b", "c")
    survey = [machine(SURVEY, name, n, addresses=("1.1.1.1",)) for n, name in enumerate(names, 2)]
    tool = [machine(TOOL, name, n) for n, name in enumerate(names, 2)]
    found = merge([*survey, *tool], FILES, Decisions())
    (named,) = [f for f in found.findings if f.message == "intake.merge.named"]
    assert (len(found.machines), named.values["count"]) == (3, 3)
    moved = [machine(SURVEY, serial="S1", addresses=("1.1.1.1",)), machine(TOOL, serial="S1", addresses=("1.1.1.2",))]
    messages = [f.message for f in merge(moved, FILES, Decisions()).findings]
    assert messages == ["intake.merge.order", "intake.merge.addresses"]


def test_a_mask_is_no_shared_address() -> None:
    one = machine(SURVEY, "app", addresses=("10.1.1.1/24",))
    other = machine(TOOL, "app", addresses=("10.9.9.1/24",))
    found = merge([one, other], FILES, Decisions())
    assert len(found.machines) == 2
    again = merge([one, machine(TOOL, "app", addresses=("10.1.1.1/16",))], FILES, Decisions())
    assert len(again.machines) == 1


def test_departments_go_by_what_the_mapping_calls_them() -> None:
    both = [machine(SURVEY, department="Water"), machine(TOOL, department="D-W")]
    assert len(merge(both, FILES, Decisions()).machines) == 2
    assert len(merge(both, FILES, Decisions(), {"water": "D-W", "d-w": "D-W"}).machines) == 1


def test_a_contradiction_is_said_with_both_places() -> None:
    survey, tool = machine(SURVEY, serial="S1", memory_gib=8.0), machine(TOOL, serial="S1", memory_gib=16.0)
    for files, kept, value in ((FILES, 8.0, 16.0), (FILES[::-1], 16.0, 8.0)):
        found = merge([survey, tool], files, Decisions())
        assert found.machines[0].memory_gib == kept
        (conflict,) = [f for f in found.findings if f.message == "intake.merge.conflict"]
        assert (conflict.values["kept"], conflict.values["value"]) == (kept, value)
        assert conflict.place is not None
        assert {conflict.place.file, conflict.values["other"].partition(":")[0]} == set(FILES)


@pytest.mark.parametrize("memory", [8.0, 8.1])
def test_what_rounding_makes_is_no_contradiction(memory: float) -> None:
    found = merge([machine(SURVEY, serial="S1"), machine(TOOL, serial="S1", memory_gib=memory)], FILES, Decisions())
    assert [f.message for f in found.findings] == ["intake.merge.order"]


def test_loads_come_from_one_file() -> None:
    survey = machine(SURVEY, serial="S1", cpu_avg_pct=5.0, load_place=Place(SURVEY), days=1.0)
    tool = machine(TOOL, serial="S1", cpu_p95_pct=40.0, load_place=Place(TOOL), days=30.0)
    (one,) = merge([survey, tool], FILES, Decisions()).machines
    assert (one.cpu_p95_pct, one.cpu_avg_pct, one.days, one.load_place) == (40.0, None, 30.0, Place(TOOL))


def test_machines_of_one_file_are_left_alone() -> None:
    twins = [machine(SURVEY, serial="S1"), machine(SURVEY, serial="S1", row=3)]
    assert merge(twins, FILES, Decisions()).machines == tuple(twins)


def rivals() -> list[Machine]:
    return [machine(SURVEY, "oracle-db"), machine(TOOL, "orcle-db"), machine(TOOL, "oracl-db", row=3)]


def test_decisions_replay(tmp_path: Path) -> None:
    found = merge(rivals(), FILES, Decisions())
    assert len(found.machines) == 3
    assert {f.message for f in found.findings} >= {"intake.merge.maybe"}
    path = found.decisions.write(tmp_path / "accept.yaml", "zh-CN")
    text = path.read_text("utf-8")
    assert read_decisions(path) == Decisions(file=str(path)), "what is only proposed decides nothing"
    pair = '["survey.xlsx: oracle-db", "tool.csv: oracl-db"]'
    assert pair in text
    line = next(line for line in text.splitlines() if pair in line)
    path.write_text(text.replace("same: []", f"same:\n  - {pair}").replace(line + "\n", ""), "utf-8")
    decided = read_decisions(path)
    again = merge(rivals(), FILES, decided)
    assert [m.name for m in again.machines] == ["oracle-db", "orcle-db"]
    written = again.decisions.write(tmp_path / "again.yaml", "en")
    assert read_decisions(written).same == decided.same, "what was decided is kept"


def test_apart_stays_apart() -> None:
    twins = [machine(SURVEY, "web", serial="S1"), machine(TOOL, "web", serial="S1")]
    assert len(merge(twins, FILES, Decisions()).machines) == 1
    decided = Decisions(apart=(("survey.xlsx: web", "tool.csv: web"),))
    assert len(merge(twins, FILES, decided).machines) == 2


def replayed(path: Path, part: str, line: str) -> Decisions:
    """Move a line from where it is proposed to where it decides."""
    text = path.read_text("utf-8")
    item = line.partition("  # ")[0]
    path.write_text(text.replace(f"{line}\n", "").replace(f"\n{part}: []", f"\n{part}:\n{item}", 1), "utf-8")
    return read_decisions(path)


def lines_of(path: Path, part: str) -> list[str]:
    """The lines below a key."""
    lines = path.read_text("utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith(f"{part}:"))
    return list(takewhile(lambda line: line.startswith("  - "), lines[at + 1 :]))


def test_records_of_one_name_are_told_apart_in_what_is_proposed(tmp_path: Path) -> None:
    files = ("a/list.xlsx", "b/list.xlsx")
    seen = [machine("a/list.xlsx", "oracle-db", memory_gib=16.0), machine("a/list.xlsx", "oracle-db", row=3)]
    seen += [machine("b/list.xlsx", "orcle-db"), machine("b/list.xlsx", "oracl-db", row=3)]
    found = merge(seen, files, Decisions())
    path = found.decisions.write(tmp_path / "accept.yaml", "en")
    lines = lines_of(path, "proposed")
    assert any('["a/list.xlsx: oracle-db (3)", "b/list.xlsx: oracl-db"]' in line for line in lines)
    for line in lines:
        decided = replayed(found.decisions.write(path, "en"), "same", line)
        again = merge(seen, files, decided)
        assert len(again.machines) == len(found.machines) - 1, line
        assert not [f for f in again.findings if f.message == "intake.decision_record"]


def test_a_short_name_counts_where_it_is_no_others() -> None:
    files = ("a/list.xlsx", "b/list.xlsx")
    seen = [machine("a/list.xlsx", "x"), machine("b/list.xlsx", "y"), machine("b/list.xlsx", "x2", row=3)]
    decided = Decisions(same=(("list.xlsx: x", "list.xlsx: y"),))
    assert len(merge(seen, files, decided).machines) == 2
    unclear = [*seen, machine("b/list.xlsx", "x", row=9, serial="S9")]
    said = [f for f in merge(unclear, files, decided).findings if f.message == "intake.decision_record"]
    assert [f.values["count"] for f in said] == [2]


def test_which_value_counts_is_decided_and_replays(tmp_path: Path) -> None:
    seen = [machine(SURVEY, serial="S1", memory_gib=8.0), machine(TOOL, serial="S1", memory_gib=16.0)]
    found = merge(seen, FILES, Decisions())
    path = found.decisions.write(tmp_path / "accept.yaml", "en")
    (line,) = lines_of(path, "proposed_values")
    assert (
        line == '  - {"machine": "survey.xlsx: db01", "field": "memory_gib", "from": "tool.csv"}  # 16, where 8 counts'
    )
    decided = replayed(path, "values", line)
    again = merge(seen, FILES, decided)
    assert again.machines[0].memory_gib == 16.0
    assert again.decisions.proposed_values == ()
    (said,) = [f for f in again.findings if f.message == "intake.merge.decided"]
    assert (said.values["kept"], said.values["value"]) == (16.0, 8.0)
    assert read_decisions(again.decisions.write(path, "zh-CN")).values == decided.values, "what was decided is kept"
    confirmed = replace(decided, values=(Value("survey.xlsx: db01", "memory_gib", "survey.xlsx"),))
    assert merge(seen, FILES, confirmed).machines[0].memory_gib == 8.0
    strange = [Value("survey.xlsx: gone", "os", "tool.csv"), Value("survey.xlsx: db01", "uuid", "tool.csv")]
    messages = [f.message for f in merge(seen, FILES, Decisions(values=tuple(strange))).findings]
    assert messages[:3] == ["intake.merge.order", "intake.decision_record", "intake.decision_file"]


def test_a_decision_about_a_file_that_is_not_given_is_said() -> None:
    decided = Decisions(same=(("survey.xlsx: db01", "tool.csv: db01"),), values=(Value("a: b", "os", "c"),))
    found = merge([machine(SURVEY)], FILES, decided)
    assert [f.values["record"] for f in found.findings] == ["tool.csv: db01", "a: b"]
    assert found.decisions.same == decided.same, "it replays with the next files"


def test_a_decision_about_nobody_is_said() -> None:
    decided = Decisions(same=(("survey.xlsx: gone", "tool.csv: db01"),), file="accept.yaml")
    found = merge([machine(SURVEY), machine(TOOL, "mail")], FILES, decided)
    assert [f.values["record"] for f in found.findings if f.message == "intake.decision_record"] == [
        "survey.xlsx: gone", "tool.csv: db01",
    ]  # fmt: skip


def test_faults_of_a_file_of_decisions_have_their_place(tmp_path: Path) -> None:
    path = tmp_path / "accept.yaml"
    path.write_text('same:\n  - [one]\n  - ["a: x", "b: y"]\nsmae: []\napart: yes\n', "utf-8")
    with pytest.raises(BadInput) as caught:
        read_decisions(path)
    assert [(f.message, f.place.row) for f in caught.value.findings if f.place] == [
        ("intake.decision_pair", 2), ("intake.decision_shape", 4), ("intake.decision_shape", 5),
    ]  # fmt: skip
    path.write_text(
        'values:\n  - one\n  - {machine: "a: x", field: memory, from: b}\n  - {machine: "a: x", form: b}\n'
        '  - &one {machine: "a: x", field: os, from: b}\n  - *one\n',
        "utf-8",
    )
    with pytest.raises(BadInput) as caught:
        read_decisions(path)
    assert [(f.message, f.place.row, f.place.column) for f in caught.value.findings if f.place] == [
        ("intake.decision_value", 2, 5),
        ("intake.mapping_bad_value_maybe", 3, 30),
        ("intake.mapping_unknown_key_maybe", 4, 23),
        ("intake.mapping_missing_key", 4, 5),
        ("intake.mapping_missing_key", 4, 5),
        ("intake.decision_twice", 5, 5),
    ]
    for finding in caught.value.findings:
        assert all(words(finding, language) and cure(finding, language) for language in LANGUAGES)


def test_a_decision_that_fits_nothing_is_said_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "accept.yaml"
    path.write_text('same:\n  - ["survey.xlsx: x", "tool.csv: db01"]\n', "utf-8")
    found = merge([machine(SURVEY), machine(TOOL)], FILES, read_decisions(path))
    (said,) = [f for f in found.findings if f.message == "intake.decision_record"]
    assert str(said.place) == f"{path}:2:5"


def test_everything_it_says_has_words() -> None:
    many = [*rivals(), machine(SURVEY, "a", serial="N/A", row=9), machine(TOOL, "b", serial="S1", row=9)]
    many += [machine(SURVEY, "c", serial="S1", memory_gib=64.0, addresses=("9.9.9.9",), row=10)]
    many += [machine(TOOL, "cc", serial="S7", addresses=("9.9.9.9",), row=11)]
    found = merge(many, FILES, Decisions(same=(("survey.xlsx: c", "tool.csv: b"),)))
    assert {f.message for f in found.findings} >= {
        "intake.merge.void", "intake.merge.maybe", "intake.merge.conflict", "intake.merge.by_accepted",
    }  # fmt: skip
    for finding in found.findings:
        assert all(words(finding, language) for language in LANGUAGES)
        assert finding.severity.name == "INFO" or all(cure(finding, language) for language in LANGUAGES)


def test_three_conflicting_exports_of_the_sample_become_one_inventory(tmp_path: Path) -> None:
    """The whole way: three tables of the sample's servers, misspelt and contradicting, through ``intake``."""
    seen, truth = three_sources(0)
    write_tiny(tmp_path / "design")
    titles = ["名称", "序列号", "IP", "CPU核数", "内存(GB)", "备注"]
    files = []
    for source in dict.fromkeys(sighting.source for sighting in seen):
        rows = [
            {
                "名称": one.name, "序列号": dict(one.marks).get("serial"), "IP": one.addresses[0],
                "CPU核数": one.size[0], "内存(GB)": one.size[1], "备注": of_whom,
            }
            for one, of_whom in zip(seen, truth, strict=True)
            if one.source == source
        ]  # fmt: skip
        files.append(write_csv(tmp_path / f"{Path(source).stem}.csv", titles, *rows))
    fields = ["name", "serial", "addresses", "cores", "memory", "note"]
    columns = {"*.csv": dict(zip(titles, fields, strict=True))}
    result = intake(files, write_mapping(tmp_path, mapping() | {"columns": columns}), tmp_path / "out")
    servers = len(set(truth))
    assert servers == pytest.approx(result.counts["machines"], rel=0.03)
    assert result.counts["machines"] >= servers, "two servers became one"
    found = {finding.message for finding in result.findings}
    assert found >= {"intake.merge.order", "intake.merge.conflict", "intake.merge.void", "intake.merge.by_likeness"}
    assert not read_inventory(tmp_path / "out")["servers"].empty
    # what was decided replays: a proposed pair that is one machine, taken as the same
    listed = (tmp_path / "out" / "intake" / "accept.yaml").read_text("utf-8")
    waiting = [
        line.partition("  # ")[0].removeprefix("  - ") for line in listed.splitlines() if line.startswith("  - ")
    ]
    assert waiting
    decided = tmp_path / "decided.yaml"
    decided.write_text(f"same:\n  - {waiting[0]}\napart: []\n", "utf-8")
    again = intake(files, tmp_path / "mapping.yaml", tmp_path / "out", accept=decided)
    assert again.counts["machines"] == result.counts["machines"] - 1
