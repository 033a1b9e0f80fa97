"""Small Azure Migrate workbooks for tests, and the places of the real ones."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from cloudplan.findings import Finding

DATA = Path(os.environ.get("CLOUDPLAN_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
DISCOVERY = DATA / "azure_migrate" / "AzureMigrate_Discovery_Report.xlsx"
ASSESSMENT = DATA / "azure_migrate" / "AzureMigrate_Assessment_Core_Report.xlsx"
needs_data = pytest.mark.skipif(not DISCOVERY.is_file(), reason=f"the Azure Migrate reports are not in {DATA}")

DISCOVERY_SHEET, ASSESSMENT_SHEET = "Discovery_Report", "All_VM_IaaS_Server_Rehost_Perf"
CPU, MEMORY, STORAGE = "CPU Utilization (in %)", "Memory Utilization (in %)", "Storage (in GB)"

Row = dict[str, Any]


def machine(name: str, **changes: Any) -> Row:
    """A row of the discovery."""
    row = {
        "Machine Name": name, "Operating System": "Linux (64-bit)", "Cores": 2, "Memory (in MB)": 4096,
        "IP Addresses": "[10.1.0.5];", "Power Stats": "ON", "Machine ID": f"/vmwaresites/s/machines/{name}",
    }  # fmt: skip
    return row | changes


def load(name: str, cpu: Any = 20.0, memory: Any = 30.0, **changes: Any) -> Row:
    """A row of the assessment."""
    row = {"Machine Name": name, "Operating System": "Ubuntu 22.04", "Support Status": "Mainstream", "Cores": 2,
           "Memory (in MB)": 4096, CPU: cpu, MEMORY: memory, STORAGE: 100, "Group Name": "g", "VM Host": "h1",
           "Environment": "Prod", "Machine ID": f"/vmwaresites/s/machines/{name}"}  # fmt: skip
    return row | changes


def write_book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook cell by cell."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def table(rows: Sequence[Row]) -> list[list[Any]]:
    """Headings and cells of rows."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    return [titles, *([row.get(title) for title in titles] for row in rows)]


def reports(folder: Path, machines: Sequence[Row], loads: Sequence[Row], duration: str = "Month") -> list[Path]:
    """Write a discovery and an assessment workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    properties = [["Tenant ID", "Assessment Duration"], ["t", duration]]
    return [
        write_book(folder / "discovery.xlsx", {"Properties": [["Workflow"], ["w"]], DISCOVERY_SHEET: table(machines)}),
        write_book(folder / "assessment.xlsx", {"Properties": properties, ASSESSMENT_SHEET: table(loads)}),
    ]


def mapping(**rules: Any) -> dict[str, Any]:
    """The smallest mapping that fits the tiny estate's design."""
    return {
        "version": 1,
        "target_design": "design",
        "departments": [{"department": "D-A", "name": "甲"}, {"department": "D-B", "name": "乙"}],
        "rooms": [{"room": "R-A", "name": "甲机房", "department": "D-A"}],
        "rules": {
            "department": [{"otherwise": "D-A"}],
            "room": [{"otherwise": "R-A"}],
            "zone": [{"otherwise": "PUB"}],
            "level": [{"otherwise": 2}],
            "system": [{"otherwise": "{name}"}],
            "tier": [{"otherwise": "app"}],
        }
        | rules,
    }


def write_mapping(folder: Path, content: Mapping[str, Any] | str) -> Path:
    """Write a mapping file."""
    path = folder / "mapping.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)
    path.write_text(text, "utf-8")
    return path


def of(findings: Sequence[Finding], *messages: str) -> list[Finding]:
    """The findings of some messages."""
    return [finding for finding in findings if finding.message in messages]
