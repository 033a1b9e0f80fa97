"""``cloudplan survey new``: write the survey's workbook; ``cloudplan survey read``: read what came back."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.errors import BadInput, Usage
from cloudplan.findings import Finding, Place
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
    accept: Path | None,
) -> None:
    """Do one or the other."""
    if action == "new":
        _new(screen, files, out, department, design)
    else:
        _read(screen, files, out, design, against, accept)


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


def _read(
    screen: Screen, files: tuple[Path, ...], out: Path, design: Path | None, against: Path | None, accept: Path | None
) -> None:
    from cloudplan.intake.against import census as taken
    from cloudplan.intake.against import since
    from cloudplan.intake.survey.result import census
    from cloudplan.inventory.read import read_inventory

    if not files:
        raise Usage([Finding("cli.survey.no_files")])
    refuse_unwritable(out, inside=True)
    last = None if against is None else taken(against)  # before anything is written: it may be the same folder
    plan_onto = None if design is None else read_inventory(design)
    with screen.progress() as progress:
        result = census(files, out, screen.language, progress, plan_onto, accept)
    text, facts, findings = result.text(screen.language), result.as_json(), result.survey.findings
    if last is not None:
        facts["changes"] = since(last, out)
        text += "\n" + screen.say("cli.survey.since", old=str(against), **facts["changes"])
    screen.result(f"{screen.findings(findings)}\n{screen.counted(findings)}\n{text}", facts, findings)


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
        click.Option(["--accept"], metavar="FILE", type=Path),
    ],
)
