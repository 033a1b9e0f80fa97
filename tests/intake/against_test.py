"""What changed between two censuses."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cloudplan import cli
from cloudplan.errors import BadInput
from cloudplan.intake.against import census, changes, counted
from tests.intake.survey_test import dirty_book
from tests.tiny import tiny_tables, write_tiny


def test_added_gone_and_changed(tmp_path: Path) -> None:
    write_tiny(tmp_path / "old")
    tables = tiny_tables()
    tables["servers"][0]["memory_gib"] = 512
    gone = tables["flows"].pop()
    tables["departments"].append(tables["departments"][0] | {"department": "D9", "name": "丙局"})
    write_tiny(tmp_path / "new", tables)
    old, new = census(tmp_path / "old"), census(tmp_path / "new")
    found = changes(old, new)
    assert [(c.table, c.record, c.change, c.column, c.before, c.after) for c in found] == [
        ("departments", "D9", "added", "", "", ""),
        ("servers", "S1", "changed", "memory_gib", "128", "512"),
        ("flows", gone["flow"], "gone", "", "", ""),
    ]
    assert counted(found) == {"added": 1, "gone": 1, "changed": 1}
    assert changes(old, old) == []


def test_an_old_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        census(tmp_path / "nowhere")


def test_the_command_lists_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = dirty_book(tmp_path / "水利局.xlsx")
    assert cli.main(["survey", "read", str(book), "-o", str(tmp_path / "old")]) == 0
    assert cli.main(["survey", "read", str(book), "-o", str(tmp_path / "new"), "--against", str(tmp_path / "old")]) == 0
    assert "新增 0 条，减少 0 条，改动 0 条" in capsys.readouterr().out
    rows = (tmp_path / "old" / "servers.csv").read_text("utf-8-sig").replace("应用服务器", "旧名称")
    (tmp_path / "old" / "servers.csv").write_text(rows, "utf-8-sig")
    assert cli.main(["survey", "read", str(book), "-o", str(tmp_path / "new"), "--against", str(tmp_path / "old")]) == 0
    assert "改动 1 条" in capsys.readouterr().out
    assert cli.main(["survey", "read", str(book), "-o", str(tmp_path / "old"), "--against", str(tmp_path / "old")]) == 0
    assert "改动 1 条" in capsys.readouterr().out, "the folder that is written may be the one compared with"
    assert cli.main(["survey", "read", str(book), "-o", str(tmp_path / "x"), "--against", str(tmp_path / "no")]) == 1
    assert not (tmp_path / "x").exists()
    with (tmp_path / "new" / "intake" / "changes.csv").open(encoding="utf-8-sig", newline="") as file:
        (line,) = csv.DictReader(file)
    assert (line["record"], line["column"], line["before"], line["after"]) == ("A-001", "name", "旧名称", "应用服务器")
