"""Foreign files through the whole way in: recognised, planned onto a design, refused before anybody opens them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cloudplan.errors import BadInput
from cloudplan.intake.pipeline import intake
from cloudplan.inventory.read import read_inventory
from tests.intake.books import DATA, mapping, write_mapping
from tests.inventory.spreadsheet_test import far
from tests.tiny import write_tiny


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the tiny estate as target design."""
    write_tiny(tmp_path / "design")
    return tmp_path


@pytest.mark.skipif(not (DATA / "rvtools").is_dir(), reason="no real RVTools files here")
def test_a_real_rvtools_book_becomes_an_inventory(home: Path) -> None:
    shutil.copy(DATA / "rvtools" / "rvtools-small-complete.xlsx", home / "export.xlsx")
    result = intake([home / "export.xlsx"], write_mapping(home, mapping()), home / "out")
    assert [f.kind for f in result.files] == ["rvtools"]
    assert len(read_inventory(home / "out")["workloads"]) == result.counts["machines"] == 3


def test_a_known_format_without_records_is_said(home: Path) -> None:
    (home / "empty.csv").write_text("*Server name,*Cores,*Memory (In MB),*OS name\n", "utf-8")
    with pytest.raises(BadInput) as caught:
        intake([home / "empty.csv"], write_mapping(home, mapping()), home / "out")
    assert "intake.foreign.no_rows" in [f.message for f in caught.value.findings]
    assert not (home / "out").exists()


@pytest.mark.skipif(not (DATA / "netbox").is_dir(), reason="no real NetBox dump here")
def test_a_netbox_dump_is_recognised_and_says_that_it_knows_no_sizes(home: Path) -> None:
    with pytest.raises(BadInput) as caught:
        intake([DATA / "netbox" / "netbox-demo-v3.6.json.gz"], write_mapping(home, mapping()), home / "out")
    messages_said = {finding.message for finding in caught.value.findings}
    assert {"intake.no_machines", "intake.foreign.size_unknown"} <= messages_said
    assert not (home / "out").exists()


def test_a_file_that_is_refused_is_opened_by_nobody(home: Path) -> None:
    with pytest.raises(BadInput) as caught:
        intake([far(home / "far.xlsx")], write_mapping(home, mapping()), home / "out")
    assert "inventory.file_sprawls" in [finding.message for finding in caught.value.findings]
    assert not (home / "out").exists()
