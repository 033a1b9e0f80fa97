"""The way back in: files of a survey become its tables, with all that was met; :func:`read_survey`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cloudplan.findings import Finding, Place
from cloudplan.intake import formats
from cloudplan.intake.decisions import Decisions
from cloudplan.intake.dump import is_dump
from cloudplan.intake.grid import read_grids
from cloudplan.intake.mapping_columns import PlainTable
from cloudplan.intake.parquet import is_parquet
from cloudplan.intake.pause import collection_paused
from cloudplan.intake.plain import is_named
from cloudplan.intake.read import Read
from cloudplan.intake.recognise import read_foreign
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.settle import settle
from cloudplan.intake.survey.sheet import read_sheet
from cloudplan.intake.survey.tools import Tools
from cloudplan.inventory import Inventory

UNDECIDED = Decisions()


def read_survey(
    files: Sequence[Path], language: str = "zh-CN", design: Inventory | None = None, today: dt.date | None = None,
    decisions: Decisions = UNDECIDED, columns: Sequence[PlainTable] = (),
) -> Survey:  # fmt: skip
    """Read workbooks (or CSV files) of a survey, with exports of tools that know the same machines.

    Parameters
    ----------
    files
        One or many; the same table in several files is put together. A file of a foreign format is an export, with
        which the survey's machines are brought together; what two files state differently, the first counts.
    language
        Language of texts written into the tables.
    design
        The target design, whose zones the survey may name.
    today
        Day after which what is stated as past lies in the future; ``None`` leaves that unjudged.
    decisions
        Which records of several files are one machine, or two.
    columns
        What stands under the headings of plain tables, which are exports too.

    Returns
    -------
    Survey
        A cell that is wrong is absent from its record and named among the findings.
    """
    survey = Survey({name: [] for name in SHEETS})
    exports: list[Path] = []
    with collection_paused():
        for path in map(Path, files):
            other = is_dump(path) or is_parquet(path) or is_named(path, columns)
            grids, said = ([], []) if other else read_grids(path)
            if other or formats.recognise(grids) is not None:
                exports.append(path)
                continue
            survey.findings += said
            read = [read_sheet(survey, grid) for grid in grids]
            if not any(read) and not said:
                survey.findings.append(Finding("survey.read.no_table", place=Place(str(path))))
        reads: list[Read] = []
        if exports:
            reads, survey.exports, said = read_foreign(exports, columns)
            survey.findings += said
        settle(survey, language, design, today, Tools(reads, [str(path) for path in files], decisions))
    return survey
