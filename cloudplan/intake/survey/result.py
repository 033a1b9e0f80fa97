"""The whole way back in: forms, and exports of tools beside them, to the folder of an inventory; :func:`census`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudplan.errors import BadInput
from cloudplan.findings import errors_in
from cloudplan.i18n import say
from cloudplan.intake import formats
from cloudplan.intake.decisions import Decisions, read_decisions
from cloudplan.intake.dump import is_dump
from cloudplan.intake.grid import read_grids
from cloudplan.intake.headings import find
from cloudplan.intake.mapping_columns import PlainTable
from cloudplan.intake.parquet import is_parquet
from cloudplan.intake.pause import collection_paused
from cloudplan.intake.plain import is_named
from cloudplan.intake.result import LISTS, occupied
from cloudplan.intake.survey import SHEETS
from cloudplan.intake.survey.answers import Survey
from cloudplan.intake.survey.completeness import Completeness, completeness
from cloudplan.intake.survey.read import read_survey
from cloudplan.intake.survey.write import write_survey
from cloudplan.inventory import Inventory

Progress = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Census:
    """What came of a survey.

    Parameters
    ----------
    out
        The inventory's folder.
    survey
        What was read, with all findings.
    judged
        How complete each department's answer is.
    """

    out: Path
    survey: Survey
    judged: Sequence[Completeness]

    def text(self, language: str) -> str:
        """Say in words what was read, department by department."""
        survey, lines = self.survey, []
        named = survey.department_names()
        lines += [file.words(language) for file in survey.exports]
        lines += [
            say(
                "cli.survey.stars",
                language,
                name=named.get(one.department, one.department),
                stars="★" * one.stars,
                missing=one.missing,
            )
            for one in self.judged
        ]
        values = {"out": str(self.out), "sheets": len(survey.sheets), "records": sum(survey.counts().values()),
                  "lists": str(self.out / LISTS), "wrong": len(errors_in(survey.findings))}  # fmt: skip
        return "\n".join([*lines, say("cli.survey.read", language, **values)])

    def as_json(self) -> dict[str, Any]:
        """Give everything but the findings as plain values."""
        return {
            "out": self.out,
            "records": self.survey.counts(),
            "completeness": {one.department: one.stars for one in self.judged},
            "exports": [
                {"file": f.file, "kind": f.kind, "sheet": f.sheet, "rows": f.rows} for f in self.survey.exports
            ],
        }


def holds_forms(path: Path, columns: Sequence[PlainTable] = ()) -> bool:
    """Whether a file is a survey's: no foreign format, its headings not the mapping's, a table of the survey in it."""
    if is_dump(path) or is_parquet(path) or is_named(path, columns):
        return False
    grids, _ = read_grids(path)
    return formats.recognise(grids) is None and any(find(grid, SHEETS) is not None for grid in grids if not grid.hidden)


def census(
    files: Sequence[Path],
    out: Path,
    language: str,
    progress: Progress,
    design: Inventory | None = None,
    accept: Path | None = None,
    columns: Sequence[PlainTable] = (),
) -> Census:
    """Read forms and exports, and write the inventory with its lists.

    Parameters
    ----------
    files
        The forms, and exports of tools that know the same machines; what two state differently, the first counts.
    out
        Folder for the tables; new, empty or made by an earlier intake.
    language
        Language of the lists and of the texts in the tables.
    progress
        Called as each step begins.
    design
        A target design, which is copied beside the survey's tables.
    accept
        File of decisions on which records are one machine.
    columns
        What stands under the headings of plain tables.

    Raises
    ------
    BadInput
        If no sheet is a table of the survey, or the folder or the decisions can't be used.
    """
    faults = occupied(out)
    decided = Decisions()
    if accept is not None:
        try:
            decided = read_decisions(accept)
        except BadInput as error:
            faults += error.findings
    if faults:
        raise BadInput(faults)
    with collection_paused():
        progress("intake.step.files", {"count": len(files)})
        survey = read_survey(files, language, design, dt.date.today(), decided, columns)
        if not survey.sheets:
            raise BadInput(survey.findings)
        progress("intake.step.write", {"out": str(out)})
        write_survey(survey, out, design, language)
        return Census(out, survey, completeness(survey))
