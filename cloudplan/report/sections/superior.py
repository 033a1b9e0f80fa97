"""Systems that wait for a superior, the data asked back from above, and the flows that are broken."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cloudplan.report import numbers
from cloudplan.report.section import Cell, Section, View, rows_of, yes

ABOVE = ("state", "region", "city")


def section(view: View) -> Section:
    """Write about vertical systems."""
    inventory, frame = view.plan.inventory, view.frame("dispositions")
    systems, departments = inventory["systems"], inventory["departments"]
    waiting = [str(s) for s in frame.loc[frame["disposition"] == "NEED_SUPERIOR", "system"]]
    reasons = {str(row["system"]): view.local(row, "reason") for _, row in frame.iterrows()}
    approvals: list[tuple[Cell, ...]] = []
    for system in [s for s in waiting if s in systems.index]:
        row = systems.loc[system]
        approvals.append(
            (
                (str(row["name"]), system),
                view.name("departments", row["department"]),
                _superior(view, departments, row),
                view.label("deploy_model", row["deploy_model"]),
                view.label("approval_state", row["approval_state"]) or view.say("superior.no_state"),
                reasons[system],
            )
        )
    returns = _returns(view)
    broken: list[tuple[Cell, ...]] = [
        (
            str(row.Index),
            _end(view, row.source_system, row.source_zone),
            _end(view, row.target_system, row.target_zone),
            view.label("exchange_kind", row.kind),
            view.say("zones.yes") if yes(row.authorised) else view.say("zones.no"),
        )
        for row in rows_of(inventory["flows"][inventory["flows"]["state"] == "broken"])
    ]
    headline = view.say(
        "superior.headline",
        waiting=view.count(len(waiting)),
        returns=view.count(len(returns)),
        broken=view.count(len(broken)),
    )
    tables = [
        view.table(name, rows, right, folded=len(rows) > 15, short=len(rows) <= 30)
        for name, rows, right in (("approvals", approvals, ()), ("returns", returns, (5,)), ("broken", broken, ()))
        if rows
    ]
    return Section(
        "superior", view.say("superior.title"), headline, tables=tuple(tables), notes=(view.say("superior.note"),)
    )


def _returns(view: View) -> list[tuple[Cell, ...]]:
    """List the vertical systems whose data don't come back, with the catalogues that hang on them."""
    inventory = view.plan.inventory
    systems, datasets, departments = inventory["systems"], inventory["datasets"], inventory["departments"]
    rows: list[tuple[Cell, ...]] = []
    for system, row in systems[systems["owner_level"].isin(ABOVE)].iterrows():
        if yes(row["downlink_ok"]):
            continue
        held = datasets[datasets["system"] == system]
        names = [str(name) for name in held["name"][:3]]
        state = view.say("superior.unknown") if pd.isna(row["downlink_ok"]) else view.say("superior.blocked")
        items = sum(int(n) for n in held["items"] if not pd.isna(n))
        rows.append(
            (
                (str(row["name"]), str(system)),
                view.name("departments", row["department"]),
                _superior(view, departments, row),
                (state, view.label("downlink_mode", row["downlink_mode"])),
                view.say("list_join").join(names) + (" …" if len(held) > 3 else "") or view.dash,
                view.count(items) if items else view.dash,
            )
        )
    return rows


def _superior(view: View, departments: pd.DataFrame, row: Any) -> Cell:
    level = view.label("owner_level", row["owner_level"])
    owner = row["department"]
    name = departments.at[owner, "superior"] if owner in departments.index else None
    return level if numbers.missing(name) else (level, str(name))


def _end(view: View, system: Any, zone: Any) -> str:
    return view.name("zones", zone) if numbers.missing(system) else view.name("systems", system)
