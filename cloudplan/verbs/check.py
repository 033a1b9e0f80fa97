"""``cloudplan check``: say everything that is wrong with an inventory or a scenario."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cloudplan.errors import Infeasible
from cloudplan.findings import errors_in
from cloudplan.screen import Screen
from cloudplan.verbs import Verb


def run(screen: Screen, path: Path) -> None:
    """Check an inventory's folder, or a scenario's file together with its inventory."""
    if path.is_dir():
        from cloudplan.inventory.read import read_inventory

        # an inventory names no day of its own; a scenario does
        inventory = read_inventory(path, dt.date.today())
        findings = inventory.findings
    else:
        from cloudplan.plan import check, judged_locks
        from cloudplan.scenario_file import read_all

        scenario, inventory, _ = read_all(path, check)
        locked = judged_locks(scenario, inventory)
        findings = (*inventory.findings, *locked)
        if errors_in(locked):
            raise Infeasible([*locked, *inventory.findings])
    records = {table: len(frame) for table, frame in inventory.tables.items() if len(frame)}
    message = "cli.check.done" if records else "cli.check.empty"
    text = screen.say(message, path=str(path), records=sum(records.values()), tables=len(records))
    if findings:
        text = f"{screen.findings(findings)}\n{screen.counted(findings)}\n{text}"
    screen.result(text, {"path": path, "records": records}, findings)


VERB = Verb("check", run, [click.Argument(["path"], metavar="INVENTORY|SCENARIO", type=Path)])
