"""The sample estate sent out as one workbook a department, and read back as the same estate."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from cloudplan.findings import Severity
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.form import heading_of
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.survey.write import write_survey
from cloudplan.intake.values import processors
from cloudplan.inventory import Inventory
from cloudplan.inventory.read import read_inventory
from cloudplan.inventory.schema import schema
from cloudplan.inventory.write import cell

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sample() -> Inventory:
    return read_inventory(ROOT / "inventory")


@pytest.fixture(scope="module")
def census(sample: Inventory, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Survey]:
    folder = tmp_path_factory.mktemp("census")
    of_system, of_room = sample["systems"]["department"], sample["rooms"]["department"]
    owners = {
        "racks": sample["racks"]["room"].map(of_room),
        "workloads": sample["workloads"]["system"].map(of_system),
        "flows": sample["flows"]["source_system"].fillna(sample["flows"]["target_system"]).map(of_system),
    }
    files = []
    for department in sample["departments"].index:
        path = folder / f"{department}.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            for name in SHEETS:
                frame, table = sample[name], schema().tables[name]
                owner = owners.get(name, frame.get("department"))
                mine = frame[owner.fillna("D01") == department]
                sheet = book.add_worksheet(table.titles["zh-CN"])
                for at, column in enumerate(table.columns):
                    sheet.write_string(0, at, heading_of(column, "zh-CN"))
                    labels = schema().vocabularies[column.values].labels if column.type == "choice" else {}
                    for row, value in enumerate(mine[column.name], 1):
                        text = cell(value, column)
                        sheet.write_string(row, at, labels[text]["zh-CN"] if text in labels else text)
        files.append(path)
    return files, read_survey(files)


def test_every_table_comes_back_equal(sample: Inventory, census: tuple[list[Path], Survey]) -> None:
    files, survey = census
    assert len(files) == 48
    assert [f for f in survey.findings if f.severity is Severity.ERROR] == []
    tables = survey.frames
    for name in SHEETS:
        key = schema().tables[name].key[0]
        wanted = sample[name].sort_values(key).reset_index(drop=True)
        found = tables[name].sort_values(key).reset_index(drop=True)
        if name == "servers":  # "Xeon E5-2620 v4 ×2" is the model, and two sockets, as the next column says too
            wanted["cpu_model"] = [(processors(text) or (text,))[0] for text in wanted["cpu_model"]]
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False, obj=name)


def test_with_the_target_design_it_can_be_checked(
    sample: Inventory, census: tuple[list[Path], Survey], tmp_path: Path
) -> None:
    write_survey(census[1], tmp_path / "county", sample)
    inventory = read_inventory(tmp_path / "county")
    assert len(inventory["servers"]) == len(sample["servers"])
    assert len(inventory["rooms"]) == len(sample["rooms"])
