"""What becomes of every server."""

from __future__ import annotations

from functools import partial

from cloudplan.report import numbers
from cloudplan.report.charts import bars
from cloudplan.report.charts.theme import AFTER, BEFORE
from cloudplan.report.section import Cell, Figure, Section, View

FATES = ("reuse", "relocate", "spare", "keep", "scrap")


def section(view: View) -> Section:
    """Write about the servers."""
    frame = view.frame("servers")
    counts = frame["fate"].value_counts()
    fates = [fate for fate in FATES if fate in counts.index] + sorted(set(counts.index) - set(FATES))
    headline = view.say(
        "servers.headline", servers=view.count(len(frame)), **{fate: view.count(counts.get(fate, 0)) for fate in FATES}
    )
    drawn = [
        bars.Bar(
            view.fate(fate),
            float(counts[fate]),
            view.say(
                "servers.bar", servers=view.count(counts[fate]), share=numbers.percent(counts[fate] / len(frame), 0)
            ),
            AFTER if fate in ("reuse", "relocate") else BEFORE,
        )
        for fate in fates
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            str(row["server"]),
            view.name("rooms", row["room"]),
            view.name("departments", row["department"]),
            view.fate(row["fate"]),
            view.pool(row["pool"]) or view.dash,
            view.grounds(row),
            view.local(row, "change") or view.dash,
        )
        for _, row in frame.iterrows()
    ]
    return Section(
        "servers",
        view.say("servers.title"),
        headline,
        figures=(Figure("servers", view.say("servers.caption"), partial(bars.counts, drawn)),) if len(frame) else (),
        tables=(view.table("servers", rows, folded=len(rows) > 12),),
        notes=(view.say("servers.note"),),
    )
