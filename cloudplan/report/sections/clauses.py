"""The checklist of clauses: how many things meet each today and after, and what doesn't."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cloudplan.clauses import Clause, all_clauses
from cloudplan.report import numbers
from cloudplan.report.section import Cell, Section, Table, View

ROOM = "EB-P"
"""Clauses about what rooms must have."""

TABLES = {"room": "rooms", "pool": "pools", "device": "devices", "system": "systems", "component": "systems"}


def section(view: View) -> Section:
    """Write the checklist; tasks stand with the waves."""
    frame = view.frame("clauses")
    title = view.say("clauses.title")
    if not len(frame):
        return Section("clauses", title, view.say("clauses.none"))
    failing, asked = _rooms(view, "not_met"), _rooms(view, "")
    headline = view.say(
        "clauses.headline",
        today=view.count(failing["before"]),
        rooms=view.count(asked["before"]),
        after=view.count(failing["after"]),
        left=view.count(asked["after"]),
    )
    counts = Counter(zip(frame["clause"], frame["part"], frame["when"], frame["verdict"], strict=True))
    rows = [row for clause in all_clauses() if (row := _row(view, counts, clause))]
    tables = [view.table("clauses", rows, (3, 4), short=True)]
    if broken := _not_met(view):
        tables.append(view.table("clauses_not_met", broken, folded=len(broken) > 15, short=len(broken) <= 30))
    notes = tuple(view.say(f"clauses.{note}") for note in ("note", "note_marks"))
    return Section("clauses", title, headline, tables=tuple(tables), notes=notes)


def _rooms(view: View, verdict: str) -> dict[str, int]:
    """Count rooms about which some clause on rooms gave a verdict, by stage."""
    frame = view.frame("clauses")
    wanted = frame[frame["clause"].astype(str).str.startswith(ROOM) & ((frame["verdict"] == verdict) | (not verdict))]
    return {when: wanted.loc[wanted["when"] == when, "subject"].nunique() for when in ("before", "after")}


def _row(view: View, counts: Counter[Any], clause: Clause) -> tuple[Cell, ...]:
    """Write a clause's counts; an empty row where it was asked of nothing."""

    def count(when: str, verdict: str) -> int:
        return counts[clause.code, clause.part, when, verdict]

    answered = ("met", "not_met", "unknown")
    asked = {when: sum(count(when, verdict) for verdict in answered) for when in ("before", "after")}
    cells = [" / ".join(view.count(count(when, v)) for v in answered) if asked[when] else view.dash for when in asked]
    if count("after", "by_rule"):
        cells[1] = view.word("clauses.verdict.by_rule", "")
    elif not any(asked.values()):
        return ()
    return (clause.code, clause.title[view.language], view.label("evidence", clause.mark), *cells)


def tasks(view: View) -> tuple[Table, ...]:
    """Write what the move itself must do and prove, for the part about waves."""
    frame = view.frame("clauses")
    found = Counter(zip(frame["clause"], frame["part"], frame["verdict"], strict=True))
    rows: list[tuple[Cell, ...]] = [
        (clause.code, clause.title[view.language], clause.asks[view.language], view.count(count))
        for clause in all_clauses()
        if (count := found[clause.code, clause.part, "task"])
    ]
    return (view.table("tasks", rows, (3,), short=True),) if rows else ()


def _not_met(view: View) -> list[tuple[Cell, ...]]:
    """List what the plan's end does not meet."""
    frame = view.frame("clauses")
    return [
        (
            str(row["clause"]),
            _subject(view, str(row["subject_kind"]), str(row["subject"])),
            _owner(view, str(row["subject_kind"]), str(row["subject"])),
            view.local(row, "reason"),
        )
        for row in frame[(frame["when"] == "after") & (frame["verdict"] == "not_met")].to_dict("records")
    ]


def _subject(view: View, kind: str, subject: str) -> Cell:
    table = TABLES.get(kind)
    if table is None:
        return subject or view.dash
    name = view.name(table, _key(kind, subject))
    return subject if name == subject else (name, subject)


def _key(kind: str, subject: str) -> str:
    return subject.partition("/")[0] if kind == "component" else subject


def _owner(view: View, kind: str, subject: str) -> str:
    table = TABLES.get(kind, "")
    frame = view.plan.inventory.tables.get(table)
    key = _key(kind, subject)
    if frame is None or "department" not in frame or key not in frame.index:
        return view.dash
    owner = frame.at[key, "department"]
    return view.dash if numbers.missing(owner) else view.name("departments", owner)
