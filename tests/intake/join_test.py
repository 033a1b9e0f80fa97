from collections.abc import Sequence

import pytest

from cloudplan.findings import Finding
from cloudplan.intake.columns import Line, Table
from cloudplan.intake.grid import Grid
from cloudplan.intake.join import IDENTITY, NAME, distinct, join, short_name


def sheet(name: str, *rows: tuple[str, str]) -> list[Line]:
    """Rows of (name, identity), from row 2."""
    grid = Grid("f.xlsx", name, [("Machine Name", "Machine ID"), *rows])
    return [Line(Table(grid, 0, {NAME: 0, IDENTITY: 1}), at, row) for at, row in enumerate(rows, 1)]


def said(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.message.removeprefix("intake."), finding.subject) for finding in findings]


def paired(left: list[Line], right: list[Line]) -> tuple[dict[int, int], list[tuple[str, str]]]:
    joined = join(left, right)
    return {at + 1: row.row for at, row in joined.pairs.items()}, said(joined.findings)


@pytest.mark.parametrize(
    ("name", "short"),
    [("DB01.bureau.example", "db01"), ("Oracle-12.1", "oracle-12.1"), ("Vcenter7.0", "vcenter7.0"), ("a b", "a b")],
)
def test_short_name(name: str, short: str) -> None:
    assert short_name(name) == short


def test_exact_names_join_silently_in_any_order() -> None:
    assert paired(sheet("L", ("a", ""), ("b", "")), sheet("R", ("b", ""), ("a", ""))) == ({2: 3, 3: 2}, [])


def test_an_exact_name_goes_before_one_that_differs_in_case() -> None:
    pairs, findings = paired(sheet("L", ("DB", ""), ("db", "")), sheet("R", ("db", ""), ("DB", "")))
    assert pairs == {2: 3, 3: 2}
    assert findings == []


def test_case_and_domain_join_with_a_remark() -> None:
    pairs, findings = paired(sheet("L", ("DB01", ""), ("web", "")), sheet("R", ("db01.x.example", ""), ("WEB", "")))
    assert pairs == {2: 2, 3: 3}
    assert sorted(findings) == [("name_differs", "DB01"), ("name_differs", "web")]


def test_an_ambiguous_short_name_is_not_joined() -> None:
    pairs, findings = paired(sheet("L", ("db", "")), sheet("R", ("db.a.example", ""), ("db.b.example", "")))
    assert pairs == {}
    assert len(findings) == 3


def test_likeness_only_suggests() -> None:
    joined = join(sheet("L", ("HRSQVLM08", "")), sheet("R", ("HRSQLVM08", ""), ("other", "")))
    assert joined.pairs == {}
    assert said(joined.findings) == [
        ("no_load_row_maybe", "HRSQVLM08"), ("no_machine_row_maybe", "HRSQLVM08"), ("no_machine_row", "other"),
    ]  # fmt: skip
    assert joined.findings[0].values["maybe"] == "HRSQLVM08"
    assert str(joined.findings[0].place) == "f.xlsx!L:2:A"


def test_an_equal_identity_joins_and_is_said() -> None:
    pairs, findings = paired(sheet("L", ("HRSQVLM08", "/m/1")), sheet("R", ("HRSQLVM08", "/M/1")))
    assert (pairs, findings) == ({2: 2}, [("joined_by_id", "HRSQVLM08")])


def test_a_name_is_not_joined_against_its_identity() -> None:
    pairs, findings = paired(sheet("L", ("a", "/m/1")), sheet("R", ("a", "/m/2")))
    assert pairs == {}
    assert len(findings) == 2


def test_doubled_rows_are_named_and_dropped() -> None:
    rows = sheet("L", ("a", "/m/1"), ("b", ""), ("A ", "/m/1"), ("b", "/m/9"), ("", ""), ("a", "/m/2"))
    kept, findings = distinct(rows)
    assert [row.row for row in kept] == [2, 3, 7]
    assert said(findings) == [("row_conflict", "A"), ("row_conflict", "b"), ("name_blank", ""), ("name_shared", "a")]
    assert [finding.place.row for finding in findings if finding.place] == [4, 5, 6, 7]


def test_a_row_doubled_cell_by_cell_is_no_conflict() -> None:
    _, findings = distinct(sheet("L", ("a", "/m/1"), ("a", "/m/1")))
    assert said(findings) == [("row_doubled", "a")]


def test_two_machines_of_one_name_are_told_apart_by_identity() -> None:
    left, _ = distinct(sheet("L", ("a", "/m/1"), ("a", "/m/2")))
    right, _ = distinct(sheet("R", ("a", "/m/2"), ("a", "/m/1")))
    pairs, findings = paired(left, right)
    assert (pairs, findings) == ({2: 3, 3: 2}, [])
