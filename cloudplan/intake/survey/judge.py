"""What contradicts, or is hardly so, in the answers of a survey: the inventory's checks, at the files' own cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from cloudplan.findings import Finding, Place
from cloudplan.intake.design import design_tables
from cloudplan.intake.survey.answers import Survey
from cloudplan.inventory import Inventory
from cloudplan.inventory.cells import blank
from cloudplan.inventory.checks import check
from cloudplan.inventory.records import Records
from cloudplan.inventory.schema import schema


def judged(survey: Survey, design: Inventory | None, today: dt.date | None) -> Iterator[Finding]:
    """Yield what :func:`cloudplan.inventory.checks.check` finds in the survey's tables, at the cells it rests on.

    Parameters
    ----------
    survey
        With typed tables.
    design
        The target design, whose zones and pools the tables may name.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.
    """
    tables = {name: survey.frames.get(name, _none(name)) for name in schema().tables}
    if design is not None:
        tables |= design_tables(design)[0]
    rows = {name: tuple(range(len(frame))) for name, frame in tables.items()}
    headings: Mapping[str, Mapping[str, str]] = {name: {} for name in tables}
    records = Records(
        tables, rows, {name: name for name in tables}, dict.fromkeys(tables), headings, {name: set() for name in tables}
    )
    for finding in check(records, today):
        place = finding.place
        if place is None or place.row is None or place.file not in survey.tables:
            continue
        yield replace(finding, place=_origin(survey, place))


def _none(table: str) -> pd.DataFrame:
    return pd.DataFrame({column.name: blank(column) for column in schema().tables[table].columns})


def _origin(survey: Survey, place: Place) -> Place | None:
    """Find the cell in the survey's files of a cell of the inventory; where it is blank, the one to fill."""
    record = survey.tables[place.file][place.row or 0]
    item = record.get(str(place.column))
    return item.place if item is not None else survey.cell(record, place.file, str(place.column))
