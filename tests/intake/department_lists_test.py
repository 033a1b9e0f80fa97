"""What of an import goes back to each department: its own faults and gaps, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.intake.books import load, machine, mapping, reports
from tests.intake.pipeline_test import home, run

__all__ = ["home"]


def test_each_department_gets_the_faults_of_its_own_machines(home: Path) -> None:
    rules = mapping(department=[{"name": "a*", "to": "D-A"}, {"otherwise": "D-B"}])
    files = reports(home, [machine("a1"), machine("b1"), machine("b2", Cores="many")],
                    [load("a1"), load("b1", memory=0.0), load("b2")])  # fmt: skip
    result = run(home, files, rules)
    folder = result.out / "intake" / "returns"
    lists = {path.stem: openpyxl.load_workbook(path) for path in sorted(folder.iterdir())}
    assert set(lists) == {"甲", "乙"}
    assert [sheet.title for sheet in lists["甲"]] == ["Missing"]
    faults = {name: [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
              for name, book in lists.items()}  # fmt: skip
    own, other = faults["甲"], faults["乙"]
    assert not any("b1" in str(row) or "b2" in str(row) for row in own)
    assert {(row[1], row[3]) for row in other if isinstance(row[0], int)} == {
        ("discovery.xlsx", "C4"), ("assessment.xlsx", "G3"), ("discovery.xlsx", "E3"),  # all have one address
    }  # fmt: skip
    missing = [[cell.value for cell in row] for row in lists["乙"].worksheets[1].iter_rows()]
    assert any(row[2] == "b1" and "P95" in str(row[4]) for row in missing)
    assert "★" in own[1][0]
    assert "★" in other[1][0]
