"""``cloudplan plan``: plan one scenario and save the plan as a folder."""

from __future__ import annotations

from pathlib import Path

import click

from cloudplan.errors import BadInput
from cloudplan.findings import Finding
from cloudplan.screen import Screen
from cloudplan.verbs import Verb, refuse_unwritable


def run(screen: Screen, scenario: Path, out: Path, since: Path | None = None) -> None:
    """Read, plan, save; a failure leaves what was in the folder as it was, and the plan before is never written to."""
    if since is not None and since.resolve() == out.resolve():
        raise BadInput([Finding("cli.plan.overwrites", values={"folder": str(out)})])
    _refuse_foreign(out)
    refuse_unwritable(out)
    from cloudplan.plan import check, make_plan
    from cloudplan.replan import summary
    from cloudplan.saved import load, save
    from cloudplan.scenario_file import read_all

    with screen.progress() as progress:
        progress("cli.plan.reading", {"scenario": str(scenario)})
        assumptions, inventory, positions = read_all(scenario, check)
        before = None if since is None else load(since)
        plan = make_plan(assumptions, inventory, progress, positions, before)
        progress("cli.plan.saving", {"folder": str(out)})
        save(plan, out)
    figures = {name: plan.facts[name] for name in ("objective", "bound", "gap")}
    text = screen.say("cli.plan.done", folder=str(out), **figures)
    if packed := list(plan.facts["stages"]["packing"].values()):
        loaded, bound = (sum(pool[name] for pool in packed) for name in ("loaded_hosts", "bound"))
        spares = int((plan.tables["hosts"]["spare"].astype(str).str.lower() == "true").sum())
        text += "\n" + screen.say("cli.plan.hosts", loaded=loaded, bound=bound, spares=spares)
    if plan.earlier is not None:
        text += "\n" + summary(plan, screen.language)
    text += "\n" + screen.say("cli.plan.next", folder=str(out))
    if plan.findings:
        text += "\n" + screen.say("cli.plan.findings", counted=screen.counted(plan.findings))
    screen.result(text, {"folder": out, "plan": plan.facts}, plan.findings)


def _refuse_foreign(out: Path) -> None:
    """Refuse to write over anything but an earlier plan."""
    if out.exists() and not (out / "plan.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput([Finding("cli.plan.foreign", values={"folder": str(out)})])


VERB = Verb(
    "plan",
    run,
    [
        click.Argument(["scenario"], metavar="SCENARIO", type=Path),
        click.Option(["-o", "--out"], metavar="DIR", type=Path, required=True),
        click.Option(["--since"], metavar="PLAN", type=Path),
    ],
)
