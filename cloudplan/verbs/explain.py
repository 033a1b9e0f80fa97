"""``cloudplan explain``: why a thing is where it is, and every reason why it isn't elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.screen import Screen
from cloudplan.verbs import Verb


def run(
    screen: Screen,
    plan: Path,
    subject: str,
    pool: str | None,
    force: tuple[str, ...],
    at_once: bool,
    sensitivity: bool,
) -> None:
    """Explain one thing of a saved plan, judge a forced move, or say which inputs flip a decision."""
    from cloudplan.explain import explain
    from cloudplan.saved import load

    with screen.progress() as progress:
        explanation = explain(load(plan), subject, pool, force, sensitivity, progress, at_once)
    screen.result(explanation.text(screen.language), {"explanation": explanation.as_json()})


VERB = Verb(
    "explain",
    run,
    [
        click.Argument(["plan"], metavar="PLAN", type=Path),
        click.Argument(["subject"], metavar="ID"),
        click.Option(["--pool"], metavar="POOL"),
        click.Option(["--force"], metavar="X=POOL", multiple=True),
        click.Option(["--at-once"], is_flag=True),
        click.Option(["--sensitivity"], is_flag=True),
    ],
)
