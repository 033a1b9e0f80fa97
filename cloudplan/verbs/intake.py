"""``cloudplan intake``: turn foreign files into inventory tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cloudplan.errors import Usage
from cloudplan.findings import Finding
from cloudplan.screen import Progress, Screen
from cloudplan.verbs import Verb, refuse_unwritable

Shown = tuple[str, dict[str, Any], Sequence[Finding]]
"""Text, facts and findings."""


def run(
    screen: Screen,
    files: tuple[Path, ...],
    mapping: Path | None,
    shapes: Path | None,
    design: Path | None,
    out: Path,
    against: Path | None,
    accept: Path | None,
) -> None:
    """Recognise the files, join them and write the tables."""
    refuse_unwritable(out, inside=True)
    from cloudplan.intake.against import census as taken
    from cloudplan.intake.against import since
    from cloudplan.intake.mapping_columns import read_columns
    from cloudplan.intake.survey.result import holds_forms

    last = None if against is None else taken(against)  # before anything is written: it may be the same folder
    columns = () if mapping is None else read_columns(mapping)
    forms = [path for path in files if holds_forms(path, columns)]
    with screen.progress() as progress:
        if forms:
            _refuse({"--shapes": shapes}, "cli.intake.not_with_forms")
            text, facts, findings = _census(screen, files, columns, design or _design(mapping), out, accept, progress)
        else:
            _refuse({"--design": design}, "cli.intake.design_in_mapping")
            if mapping is None:
                raise Usage([Finding("cli.usage.missing", values={"parameter": "--mapping"})])
            text, facts, findings = _machines(screen, files, mapping, shapes, out, accept, progress)
    if last is not None:
        facts["changes"] = since(last, out)
        text += "\n" + screen.say("cli.survey.since", old=str(against), **facts["changes"])
    screen.result(text, facts, findings)


def _refuse(given: Mapping[str, Path | None], message: str) -> None:
    unfit = [Finding(message, values={"option": option}) for option, value in given.items() if value is not None]
    if unfit:
        raise Usage(unfit)


def _design(mapping: Path | None) -> Path | None:
    from cloudplan.intake.mapping_file import read_target_design

    return None if mapping is None else read_target_design(mapping)


def _census(
    screen: Screen, files: tuple[Path, ...], columns: Sequence[Any], design: Path | None, out: Path,
    accept: Path | None, progress: Progress,
) -> Shown:  # fmt: skip
    from cloudplan.intake.survey.result import census
    from cloudplan.inventory.read import read_inventory

    plan_onto = None if design is None else read_inventory(design)
    result = census(files, out, screen.language, progress, plan_onto, accept, columns)
    findings = result.survey.findings
    said = f"{screen.findings(findings)}\n{screen.counted(findings)}\n{result.text(screen.language)}"
    return said, result.as_json(), findings


def _machines(
    screen: Screen, files: tuple[Path, ...], mapping: Path, shapes: Path | None, out: Path, accept: Path | None,
    progress: Progress,
) -> Shown:  # fmt: skip
    from cloudplan.intake.pipeline import intake

    result = intake(files, mapping, out, shapes, progress, screen.language, accept, dt.date.today())
    return result.text(screen.language), result.as_json(), result.findings


VERB = Verb(
    "intake",
    run,
    [
        click.Argument(["files"], metavar="FILE…", type=Path, nargs=-1, required=True),
        click.Option(["--mapping"], metavar="FILE", type=Path),
        click.Option(["--design"], metavar="DIR", type=Path),
        click.Option(["--shapes"], metavar="DIR", type=Path),
        click.Option(["-o", "--out"], metavar="DIR", type=Path, required=True),
        click.Option(["--against"], metavar="DIR", type=Path),
        click.Option(["--accept"], metavar="FILE", type=Path),
    ],
)
