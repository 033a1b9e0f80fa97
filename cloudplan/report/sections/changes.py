"""What changed against the plan before, and why; only in the report of a plan that follows another."""

from __future__ import annotations

from typing import Any

from cloudplan.replan import summary
from cloudplan.report import numbers
from cloudplan.report.section import Cell, Section, View, rows_of

FORCED = frozenset({"shown", "options", "refused", "no_room"})


def section(view: View) -> Section:
    """Write about changes, the chosen ones first."""
    frame = view.frame("changes")
    listed = sorted(rows_of(frame), key=lambda row: (row.what != "system", row.cause != "chosen", row.Index))
    rows: list[tuple[Cell, ...]] = [
        (
            view.say(f"changes.what.{row.what}"),
            _subject(view, row),
            _state(view, row, row.before),
            _state(view, row, row.after),
            view.say(f"changes.cause.{'forced' if row.cause in FORCED else row.cause}"),
            view.dash if numbers.missing(row.gain_yuan) else view.money(float(row.gain_yuan)),
            str(row.why_en if view.language == "en" else row.why),
        )
        for row in listed
    ]
    tables = (view.table("changes", rows, (5,), folded=len(rows) > 15, short=len(rows) <= 30),) if rows else ()
    return Section(
        "changes",
        view.say("changes.title"),
        summary(view.plan, view.language),
        tables=tables,
        notes=(view.say("changes.note"),),
    )


def _subject(view: View, row: Any) -> Cell:
    table = {"system": "systems", "wave": "systems", "server": "servers", "room": "rooms"}.get(str(row.what))
    return (view.name(table, row.id), str(row.id)) if table else str(row.id)


def _state(view: View, row: Any, state: Any) -> str:
    """Word what a thing was or is: the codes of systems and servers by their names, dates and counts as they are."""
    code, _, where = str(state).partition(" ")
    if numbers.missing(state) or state == "":
        return view.dash
    if row.what not in ("system", "server"):
        return str(state)
    fate = view.disposition(code) if row.what == "system" else view.fate(code)
    places = view.say("list_join").join(view.pool(pool) for pool in where.split(";") if pool)
    return view.say("changes.state", fate=fate, places=places) if places else fate
