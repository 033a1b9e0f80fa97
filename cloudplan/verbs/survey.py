"""``cloudplan survey new``: write the survey's workbook; ``cloudplan survey read``: read what came back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cloudplan.errors import BadInput, Usage
from cloudplan.findings import Finding, Place, errors_in
from cloudplan.screen import Screen
from cloudplan.verbs import Verb, refuse_unwritable


def run(
    screen: Screen,
    action: str,
    files: tuple[Path, ...],
    out: Path,
    department: str | None,
    design: Path | None,
    against: Path | None,
) -> None:
    """Do one or the other."""
    if action == "new":
        _new(screen, files, out, department, design)
    else:
        _read(screen, files, out, design, against)


def _new(screen: Screen, files: tuple[Path, ...], out: Path, department: str | None, design: Path | None) -> None:
    from cloudplan.intake.survey.form import write_form
    from cloudplan.inventory.read import read_inventory

    if files:
        raise Usage([Finding("cli.usage.extra", values={"given": [str(f) for f in files], "verb": "survey new"})])
    path = out if out.suffix.lower() == ".xlsx" else out.with_name(out.name + ".xlsx")
    if path.exists():
        raise BadInput([Finding("cli.survey.taken", values={"path": str(path)}, place=Place(str(path)))])
    refuse_unwritable(path)
    write_form(path, department or "", screen.language, None if design is None else read_inventory(design))
    screen.result(screen.say("cli.survey.written", path=str(path)), {"path": path})


def _read(screen: Screen, files: tuple[Path, ...], out: Path, design: Path | None, against: Path | None) -> None:
    from cloudplan.intake.against import census, changes, counted, write_changes
    from cloudplan.intake.result import LISTS, occupied
    from cloudplan.intake.survey.completeness import completeness
    from cloudplan.intake.survey.read import read_survey
    from cloudplan.intake.survey.write import write_survey
    from cloudplan.inventory.read import read_inventory

    if not files:
        raise Usage([Finding("cli.survey.no_files")])
    if taken := occupied(out):
        raise BadInput(taken)
    refuse_unwritable(out, inside=True)
    last = None if against is None else census(against)  # before anything is written: it may be the same folder
    plan_onto = None if design is None else read_inventory(design)
    with screen.progress() as progress:
        progress("intake.step.files", {"count": len(files)})
        survey = read_survey(files, screen.language, plan_onto, dt.date.today())
        if not survey.sheets:
            raise BadInput(survey.findings)
        progress("intake.step.write", {"out": str(out)})
        write_survey(survey, out, plan_onto, screen.language)
        found = None if last is None else changes(last, census(out))
        if found is not None:
            write_changes(found, out)
    records, judged = survey.counts(), completeness(survey)
    text = screen.say(
        "cli.survey.read",
        out=str(out),
        sheets=len(survey.sheets),
        records=sum(records.values()),
        lists=str(out / LISTS),
        wrong=len(errors_in(survey.findings)),
    )
    stars = [
        screen.say("cli.survey.stars", name=one.department, stars="★" * one.stars, missing=one.missing)
        for one in judged
    ]
    since = {} if found is None else counted(found)
    changed = [screen.say("cli.survey.since", old=str(against), **since)] if since else []
    text = "\n".join([*stars, *changed, text])
    said = f"{screen.findings(survey.findings)}\n{screen.counted(survey.findings)}\n{text}"
    facts = {
        "out": out,
        "records": records,
        "completeness": {one.department: one.stars for one in judged},
        "changes": since,
    }
    screen.result(said, facts, survey.findings)


VERB = Verb(
    "survey",
    run,
    [
        click.Argument(["action"], metavar="new|read", type=click.Choice(["new", "read"])),
        click.Argument(["files"], metavar="[FILE…]", type=Path, nargs=-1),
        click.Option(["-o", "--out"], metavar="PATH", type=Path, required=True),
        click.Option(["--department"], metavar="NAME"),
        click.Option(["--design"], metavar="DIR", type=Path),
        click.Option(["--against"], metavar="DIR", type=Path),
    ],
)
