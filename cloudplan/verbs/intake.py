"""``cloudplan intake``: turn foreign files into inventory tables."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.screen import Screen
from cloudplan.verbs import Verb, refuse_unwritable


def run(
    screen: Screen,
    files: tuple[Path, ...],
    mapping: Path,
    shapes: Path | None,
    out: Path,
    against: Path | None,
    accept: Path | None,
) -> None:
    """Recognise the files, join them and write the tables."""
    refuse_unwritable(out, inside=True)
    from cloudplan.intake.against import census, changes, counted, write_changes
    from cloudplan.intake.pipeline import intake

    last = None if against is None else census(against)  # before anything is written: it may be the same folder
    with screen.progress() as progress:
        result = intake(files, mapping, out, shapes, progress, screen.language, accept)
    text, facts = result.text(screen.language), result.as_json()
    if last is not None:
        found = changes(last, census(out))
        write_changes(found, out)
        facts["changes"] = counted(found)
        text += "\n" + screen.say("cli.survey.since", old=str(against), **counted(found))
    screen.result(text, facts, result.findings)


VERB = Verb(
    "intake",
    run,
    [
        click.Argument(["files"], metavar="FILE…", type=Path, nargs=-1, required=True),
        click.Option(["--mapping"], metavar="FILE", type=Path, required=True),
        click.Option(["--shapes"], metavar="DIR", type=Path),
        click.Option(["-o", "--out"], metavar="DIR", type=Path, required=True),
        click.Option(["--against"], metavar="DIR", type=Path),
        click.Option(["--accept"], metavar="FILE", type=Path),
    ],
)
