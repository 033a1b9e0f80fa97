"""``cloudplan report``: one saved plan as a page or as text."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click

from cloudplan.screen import Screen
from cloudplan.verbs import Verb, refuse_unwritable


def run(screen: Screen, plan: Path, form: str, out: Path | None) -> None:
    """Write the report; a page goes into the plan's folder and text to stdout, unless ``out`` says where."""
    if out is not None:
        if out.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(out))
        refuse_unwritable(out)
    from cloudplan.saved import load

    loaded = load(plan)
    if form == "html":
        from cloudplan.report.html import write_html

        path = out or plan / f"report.{screen.language}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_html(loaded, path, screen.language)
        screen.result(screen.say("cli.report.done", path=str(path)), {"report": path})
        return
    from cloudplan.report.text import text_report

    text = text_report(loaded, screen.language)
    if out is None:
        screen.result(text, {"text": text})
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, "utf-8")
        screen.result(screen.say("cli.report.done", path=str(out)), {"report": out})


VERB = Verb(
    "report",
    run,
    [
        click.Argument(["plan"], metavar="PLAN", type=Path),
        click.Option(["--format", "form"], type=click.Choice(("html", "text")), default="html"),
        click.Option(["-o", "--out"], metavar="FILE", type=Path),
    ],
)
