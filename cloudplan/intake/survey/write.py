"""What a survey said, as an inventory's folder with the lists beside it: findings, and where every cell came from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from cloudplan.csv_file import write_csv
from cloudplan.findings import Finding
from cloudplan.i18n import cure, say, words
from cloudplan.intake.decisions import FILE as DECISIONS
from cloudplan.intake.design import design_rooms, design_tables
from cloudplan.intake.pause import collection_paused
from cloudplan.intake.provenance import FILE as PROVENANCE_FILE
from cloudplan.intake.provenance import PROVENANCE, cell_name
from cloudplan.intake.result import FINDINGS, LISTS, write_list
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.completeness import Completeness, completeness
from cloudplan.intake.survey.returns import write_returns
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import schema
from cloudplan.inventory.write import write_inventory

RETURNS = "returns"
"""Folder of the lists that go back to the departments."""
COMPLETENESS = ("department", "stars", "needed", "measured", "declared", "missing")
UNLISTED = ("name", "kind", "serial", "addresses", "cores", "memory_gib", "os", "provenance", "maybe")


def write_survey(survey: Survey, out: Path, design: Inventory | None = None, language: str = "zh-CN") -> list[Path]:
    """Write the tables and lists.

    Parameters
    ----------
    survey
        What was read.
    out
        Folder of the inventory; made if need be, tables of an earlier reading are replaced.
    design
        A target design whose zones, pools, targets, prices and the like are copied beside the survey's tables.
    language
        Language of the lists.

    Returns
    -------
    list of Path
        The files written.
    """
    with collection_paused():
        return _write(survey, out, design, language)


def _write(survey: Survey, out: Path, design: Inventory | None, language: str) -> list[Path]:
    tables = dict(survey.frames)
    if design is not None:
        copied, said = design_tables(design)
        survey.findings += said
        tables |= copied
        own = set(tables["rooms"]["room"]) if "rooms" in tables else set()
        centres = [room for room in design_rooms(design) if room not in own]
        receiving = design["rooms"].loc[centres].assign(department=None)
        tables["rooms"] = pd.concat([tables["rooms"], receiving]) if "rooms" in tables else receiving
    for name in schema().tables:
        (out / f"{name}.csv").unlink(missing_ok=True)
    folder, judged = out / LISTS, completeness(survey)
    shutil.rmtree(folder / RETURNS, ignore_errors=True)
    return [
        *write_inventory(tables, out),
        write_list(folder / "findings.csv", FINDINGS, [_said(finding, language) for finding in survey.findings]),
        write_csv(folder / PROVENANCE_FILE, PROVENANCE, _provenance(survey, language)),
        write_list(folder / "completeness.csv", COMPLETENESS, [_row(one) for one in judged]),
        *_of_machines(survey, folder, language),
        *write_returns(survey, folder / RETURNS, judged, language),
    ]


def _of_machines(survey: Survey, folder: Path, language: str) -> list[Path]:
    """Write what came of bringing together the machines of several files, where there were several."""
    for name in (DECISIONS, "unlisted.csv"):
        (folder / name).unlink(missing_ok=True)
    if not survey.brought_together:
        return []
    rows = [
        (m.name, m.kind, m.serial, ";".join(m.addresses), m.cores, m.memory_gib, m.os, str(m.place), one.maybe)
        for one in survey.unlisted
        for m in (one.machine,)
    ]
    return [
        survey.decisions.write(folder / DECISIONS, language),
        write_list(folder / "unlisted.csv", UNLISTED, rows),
    ]


def _row(one: Completeness) -> tuple[str | int, ...]:
    return one.department, one.stars, one.needed, one.measured, one.declared, one.missing


def _said(finding: Finding, language: str) -> tuple[str, ...]:
    place = "" if finding.place is None else str(finding.place)
    said = words(finding, language), place, cure(finding, language)
    return finding.severity.name.lower(), finding.check, finding.subject, *said


def _provenance(survey: Survey, language: str) -> Iterator[list[tuple[str, ...]]]:
    """Say of every cell where it came from, record by record."""
    said = {rule: say(f"intake.rule.{rule.replace('-', '_')}", language) for rule in survey.rules_used()} | {"": ""}
    for table, records in survey.tables.items():
        key = schema().tables[table].key[0]
        for record in records:
            name = record[key].text if key in record else ""
            yield [
                (table, name, column, text, original, said[rule], row.file, row.sheet or "", cell_name(row, letter))
                for column, (text, original, rule, row, letter) in record.items()
                if "." not in column
            ]
