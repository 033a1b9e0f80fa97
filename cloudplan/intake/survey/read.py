"""The way back in: files of a survey become its tables, with all that was met; :func:`read_survey`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cloudplan.findings import Finding, Place
from cloudplan.intake.grid import read_grids
from cloudplan.intake.pause import collection_paused
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.settle import settle
from cloudplan.intake.survey.sheet import read_sheet
from cloudplan.inventory import Inventory


def read_survey(
    files: Sequence[Path], language: str = "zh-CN", design: Inventory | None = None, today: dt.date | None = None
) -> Survey:
    """Read workbooks (or CSV files) of a survey.

    Parameters
    ----------
    files
        One or many; the same table in several files is put together.
    language
        Language of texts written into the tables.
    design
        The target design, whose zones the survey may name.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.

    Returns
    -------
    Survey
        A cell that is wrong is absent from its record and named among the findings.
    """
    survey = Survey({name: [] for name in SHEETS})
    with collection_paused():
        for path in files:
            grids, said = read_grids(Path(path))
            survey.findings += said
            read = [read_sheet(survey, grid) for grid in grids]
            if not any(read) and not said:
                survey.findings.append(Finding("survey.read.no_table", place=Place(str(path))))
        settle(survey, language, design, today)
    return survey
