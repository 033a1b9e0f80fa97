"""Written files of foreign formats, and where the real ones are."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.intake.grid import Grid, read_grids
from cloudplan.intake.machine import Machine
from cloudplan.intake.read import Hardware, Rack, Read
from tests.intake.books import DATA

__all__ = ["DATA", "columns_of", "grids_of", "messages", "said", "write_csv"]


def write_csv(path: Path, titles: Sequence[str], *rows: dict[str, Any], encoding: str = "utf-8") -> Path:
    """Write rows (by heading) as CSV."""
    with path.open("w", encoding=encoding, newline="") as opened:
        writer = csv.DictWriter(opened, titles)
        writer.writeheader()
        writer.writerows(rows)
    return path


def grids_of(*paths: Path) -> list[Grid]:
    """Read files that have no fault of their own."""
    grids: list[Grid] = []
    for path in paths:
        read, findings = read_grids(path)
        assert findings == []
        grids += read
    return grids


def columns_of(line: str) -> list[str]:
    """Split a line of headings."""
    return [title.strip() for title in line.split(",")]


def said(read: Read) -> Read:
    """Check that what was found has words, and a cure if it is no remark, and that what is stated has its cell."""
    for finding in read.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            if finding.severity is not Severity.INFO:
                assert cure(finding, language), finding.message
        assert finding.place is not None, finding.message
    for thing in (*read.machines, *read.hardware, *read.racks):
        assert placeless(thing) == [], thing
    return read


def placeless(thing: Machine | Hardware | Rack) -> list[str]:
    """What is stated of a thing without the cell that it was read from; what the format implies aside."""
    implied = {"running": True, "support": "unknown", "kind": "vm", "role": "host"}
    stated = {f.name: value for f in fields(thing) if (value := getattr(thing, f.name)) not in (None, "", ())}
    return [
        name
        for name, value in stated.items()
        if name not in thing.cells and name not in ("place", "load_place", "cells") and implied.get(name) != value
    ]


def messages(found: Read | Sequence[Finding]) -> Counter[str]:
    """Count findings by message, without the area."""
    findings = found.findings if isinstance(found, Read) else found
    return Counter(finding.message.removeprefix("intake.") for finding in findings)
