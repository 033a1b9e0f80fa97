"""Every figure the plan rests on that nobody measured, with its source."""

from __future__ import annotations

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
            numbers.exact(row.value) if isinstance(row.value, (int, float)) else view.text(row.value),
            str(row.unit),
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
