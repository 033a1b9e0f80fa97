"""``cloudplan compare``: saved plans beside each other."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.errors import Usage
from cloudplan.findings import Finding
from cloudplan.screen import Screen
from cloudplan.verbs import Verb


def run(screen: Screen, plans: tuple[Path, ...]) -> None:
    """Compare two or more plans with the first."""
    if len(plans) < 2:
        raise Usage([Finding("cli.usage.two_plans", values={"given": len(plans)})])
    from cloudplan.compare import compare
    from cloudplan.saved import load

    comparison = compare([load(plan) for plan in plans])
    screen.result(comparison.text(screen.language), {"comparison": comparison.as_json()})


VERB = Verb("compare", run, [click.Argument(["plans"], metavar="PLAN PLAN…", type=Path, nargs=-1, required=True)])
