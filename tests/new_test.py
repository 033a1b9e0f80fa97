"""``cloudplan new``: a project that checks, or says what to fill in, and never overwrites."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudplan.costs import PRICES
from tests.cli_test import call


def test_new_writes_a_project_that_checks_and_never_overwrites(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    status, out, err = call(capsys, "new", str(project), "--json")
    assert status == 0, err
    assert json.loads(out)["folder"] == str(project)
    assert sorted(path.name for path in project.iterdir()) == ["inventory", "scenarios", "schemas"]
    assert (project / "scenarios" / "base.yaml").is_file()
    (project / "inventory" / "servers.csv").write_text("kept", "utf-8")
    status, out, _ = call(capsys, "new", str(project), "--json")
    assert status == 1
    assert [finding["message"] for finding in json.loads(out)["findings"]] == ["cli.new.taken"] * 3
    assert (project / "inventory" / "servers.csv").read_text("utf-8") == "kept"


def test_an_empty_project_says_what_to_fill_in_first(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    project = tmp_path / "project"
    status, _, err = call(capsys, "new", str(project))
    assert status == 0, err
    status, out, _ = call(capsys, "plan", str(project / "scenarios" / "base.yaml"), "-o", str(tmp_path / "x"), "--json")
    assert status == 1
    found = json.loads(out)["findings"]
    empty = [finding["subject"] for finding in found if finding["message"] == "plan.empty_table"]
    assert empty == ["departments", "systems", "zones", "pools", "targets"]
    # every price has its row and its unit, and lacks its figure
    blank = {finding["subject"] for finding in found if finding["message"] == "inventory.blank"}
    assert blank == PRICES
    assert not (tmp_path / "x").exists()


def test_new_takes_a_folder_whose_parts_are_empty(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "README.md").write_text("mine")
    status, _, err = call(capsys, "new", str(tmp_path))
    assert status == 0, err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "inventory", "scenarios", "schemas"]
