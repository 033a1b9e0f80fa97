"""``cloudplan compare``: saved plans beside each other, or alternatives to one."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.errors import Usage
from cloudplan.findings import Finding
from cloudplan.screen import Screen
from cloudplan.verbs import Verb, refuse_unwritable


def run(screen: Screen, plans: tuple[Path, ...], alternatives: bool, out: Path | None) -> None:
    """Compare two or more plans with the first; or seek alternatives to one."""
    if alternatives != (out is not None):
        raise Usage([Finding("cli.usage.frontier_out")])
    if out is not None:
        if len(plans) != 1:
            raise Usage([Finding("cli.usage.one_plan", values={"given": len(plans)})])
        _frontier(screen, plans[0], out)
        return
    if len(plans) < 2:
        raise Usage([Finding("cli.usage.two_plans", values={"given": len(plans)})])
    from cloudplan.compare import compare
    from cloudplan.saved import load

    comparison = compare([load(plan) for plan in plans])
    screen.result(comparison.text(screen.language), {"comparison": comparison.as_json()})


def _frontier(screen: Screen, plan: Path, out: Path) -> None:
    """Plan the scenario of one plan otherwise; a failure leaves what was in the folder as it was."""
    from cloudplan.frontier import Told, folder_of, frontier, page_of, refuse_foreign, save_frontier
    from cloudplan.saved import load

    refuse_foreign(out)
    refuse_unwritable(out)
    with screen.progress() as progress:
        front = frontier(load(plan), progress)
        progress("cli.plan.saving", {"folder": str(out)})
        save_frontier(front, out)
    told = Told(front, screen.language)
    page = str(out / page_of(screen.language))
    done = screen.say("frontier.done", count=len(front.points), folder=str(out), page=page)
    hint = screen.say("frontier.done.next", folder=str(out), plan=folder_of(front, len(front.points) - 1))
    screen.result(f"{told.text()}\n\n{done}\n{hint}", {"folder": out, "frontier": told.as_json()})


VERB = Verb(
    "compare",
    run,
    [
        click.Argument(["plans"], metavar="PLAN…", type=Path, nargs=-1, required=True),
        click.Option(["--frontier", "alternatives"], is_flag=True),
        click.Option(["-o", "--out"], metavar="DIR", type=Path),
    ],
)
