"""``cloudplan explain``: why a thing is where it is, and every reason why it isn't elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.screen import Screen
from cloudplan.verbs import Verb


def run(screen: Screen, plan: Path, subject: str, pool: str | None) -> None:
    """Explain one system, component, workload, server, host or room of a saved plan."""
    from cloudplan.explain import explain
    from cloudplan.saved import load

    explanation = explain(load(plan), subject, pool)
    screen.result(explanation.text(screen.language), {"explanation": explanation.as_json()})


VERB = Verb(
    "explain",
    run,
    [
        click.Argument(["plan"], metavar="PLAN", type=Path),
        click.Argument(["subject"], metavar="ID"),
        click.Option(["--pool"], metavar="POOL"),
    ],
)
