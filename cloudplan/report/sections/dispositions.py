"""What becomes of every system, and by which rule."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from cloudplan.report import numbers
from cloudplan.report.charts import bars
from cloudplan.report.charts.theme import AFTER, BEFORE, CAUTION
from cloudplan.report.section import Cell, Figure, Section, View

CODES = ("REHOST", "REPLATFORM", "REFACTOR", "UPLIFT", "RELOCATE", "MERGE", "RETIRE", "KEEP", "NEED_SUPERIOR")
CLOUD = ("REHOST", "REPLATFORM", "REFACTOR", "UPLIFT")
"""Dispositions that end on a cloud."""

ENDS = ("MERGE", "RETIRE")
"""Dispositions after which the system no longer exists by itself."""


def section(view: View) -> Section:
    """Write about the systems."""
    frame = view.frame("dispositions")
    counts = frame["disposition"].value_counts()
    codes = [code for code in CODES if code in counts.index] + sorted(set(counts.index) - set(CODES))
    total = len(frame)

    def sum_of(*wanted: str) -> str:
        return view.count(sum(int(counts.get(code, 0)) for code in wanted))

    headline = view.say(
        "dispositions.headline",
        systems=view.count(total),
        cloud=sum_of(*CLOUD),
        relocate=sum_of("RELOCATE"),
        ends=sum_of(*ENDS),
        keep=sum_of("KEEP"),
        superior=sum_of("NEED_SUPERIOR"),
    )
    drawn = [
        bars.Bar(
            view.disposition(code),
            float(counts[code]),
            view.say(
                "dispositions.bar", systems=view.count(counts[code]), share=numbers.percent(counts[code] / total, 0)
            ),
            AFTER if code in CLOUD else CAUTION if code == "NEED_SUPERIOR" else BEFORE,
        )
        for code in codes
    ]
    reasons = [row for code in codes for row in _grounds(view, frame[frame["disposition"] == code], code)]
    systems: list[tuple[Cell, ...]] = [
        (
            (str(row["name"]) or str(row["system"]), str(row["system"])),
            view.name("departments", row["department"]),
            view.disposition(row["disposition"]),
            view.name("targets", row["target"]) or view.dash,
            _pools(view, row["pool"]) or view.dash,
            view.text(row["wave"]),
            view.grounds(row),
            view.local(row, "change") or view.dash,
        )
        for _, row in frame.iterrows()
    ]
    return Section(
        "dispositions",
        view.say("dispositions.title"),
        headline,
        figures=(Figure("dispositions", view.say("dispositions.caption"), partial(bars.counts, drawn)),)
        if total
        else (),
        tables=(
            view.table("reasons", reasons, (2,), folded=len(reasons) > 15, short=True),
            view.table("systems", systems, (5,), folded=len(systems) > 12),
        ),
        notes=(view.say("dispositions.note"),),
    )


def _grounds(view: View, part: pd.DataFrame, code: str) -> list[tuple[Cell, ...]]:
    """Count the systems by the rule that decided, the most first, each with one system's reason: reasons hold dates."""
    counts = part["rule"].value_counts(sort=False).sort_values(ascending=False, kind="stable")
    rows: list[tuple[Cell, ...]] = []
    for rule, count in counts.items():
        first = part[part["rule"] == rule].iloc[0]
        example = (view.local(first, "reason") or view.dash, str(first["system"]))
        rows.append((view.disposition(code), view.ground(str(rule)), view.count(count), example))
    return rows


def _pools(view: View, pools: Any) -> str:
    """Name the pools of a system; they stand in one cell, with semicolons between."""
    names = [] if numbers.missing(pools) else [view.pool(pool) for pool in str(pools).split(";") if pool]
    return view.say("list_join").join(names)
