"""Every figure the plan rests on that nobody measured, with its source."""

from __future__ import annotations

import json
from typing import Any

from cloudplan.report import numbers
from cloudplan.report.section import Cell, Section, View, rows_of


def section(view: View) -> Section:
    """Write the assumptions, the invented ones first."""
    frame = view.frame("assumptions")
    source = frame["source"].astype(str)
    rank = source.map(lambda s: 0 if s == "invented" else 2 if s == "default" else 1)
    ordered = frame.assign(rank=rank).sort_values("rank", kind="stable")
    rows: list[tuple[Cell, ...]] = [
        (
            (
                view.word(f"assumptions.{row.name}", str(row.name)),
                str(row.name) if f"assumptions.{row.name}" in view.known else "",
            ),
            _value(view, row.value),
            "" if numbers.missing(row.unit) else str(row.unit),
            view.basis(row.source),
            view.word(f"report.used_by.{row.used_by}", str(row.used_by)),
        )
        for row in rows_of(ordered)
    ]
    headline = view.say(
        "assumptions.headline",
        count=view.count(len(frame)),
        invented=view.count((source == "invented").sum()),
        default=view.count((source == "default").sum()),
        other=view.count((~source.isin(["invented", "default"])).sum()),
    )
    return Section(
        "assumptions",
        view.say("assumptions.title"),
        headline,
        tables=(view.table("assumptions", rows, (1,), folded=len(rows) > 15),) if rows else (),
    )


def _value(view: View, value: Any) -> str:
    """Write a value; a list as its parts, kinds of target in words, and a dash for an empty one."""
    if isinstance(value, (int, float)) and not numbers.missing(value):
        return numbers.exact(value)
    text = view.text(value)
    if f"copies.place.{text}" in view.known:
        return view.word(f"copies.place.{text}", text)
    if text[:1] not in ("[", "{"):
        return text
    try:
        parts = json.loads(text)
    except ValueError:
        return text
    named = [view.label("target_kind", part) for part in parts] if isinstance(parts, list) else []
    return text if isinstance(parts, dict) and parts else view.say("list_join").join(named) or view.dash
