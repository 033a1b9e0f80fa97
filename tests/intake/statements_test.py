"""What an intake says of itself holds: sources, counts and remarks fit the files that were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from cloudplan.findings import Finding
from cloudplan.i18n import LANGUAGES, cure, say, words
from cloudplan.intake.pipeline import intake
from cloudplan.intake.result import IntakeResult
from cloudplan.inventory.read import read_inventory
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
