"""In which order systems move: waves, windows, what each department goes through."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from cloudplan.report import numbers
from cloudplan.report.charts import time
from cloudplan.report.section import Cell, Figure, Section, Table, View, rows_of
from cloudplan.report.sections.clauses import tasks
from cloudplan.rule import titled


def section(view: View) -> Section:
    """Write about the waves."""
    waves = view.frame("waves")
    title = view.say("waves.title")
    if not len(waves):
        return Section("waves", title, view.say("waves.none"))
    longest = waves["outage_hours"].map(lambda v: 0.0 if numbers.missing(v) else float(v))
    headline = view.say(
        "waves.headline",
        waves=view.count(waves["wave"].nunique()),
        systems=view.count(len(waves)),
        first=numbers.day(waves["window_start"].astype(str).min(), view.language),
        last=numbers.day(waves["window_end"].astype(str).max(), view.language),
        tib=numbers.number(_total(waves["transfer_gib"]) / 1024),
        outage=numbers.number(float(longest.max())),
    )
    migration = view.plan.facts.get("stages", {}).get("migration", {})
    if not numbers.missing(migration.get("bound")):
        headline += view.say("waves.bound", bound=view.count(migration["bound"]))
    copied = (view.say("waves.copies"),) if len(view.frame("copies")) else ()
    return Section(
        "waves",
        title,
        headline,
        figures=_figure(view, waves),
        tables=(_by_wave(view, waves), _by_system(view, waves), *tasks(view)),
        notes=(view.say("waves.note"), *copied, *_penalties(view, migration.get("penalties") or {})),
    )


def _penalties(view: View, paid: Mapping[str, float]) -> tuple[str, ...]:
    """Name the soft rules that the waves miss, and their price: no money, and in no total."""
    if not paid:
        return ()
    rules = [titled(name, "migration")[view.language] for name in paid]
    return (view.say("waves.penalties", rules=rules, yuan=view.money(sum(paid.values()))),)


def _total(values: pd.Series[Any]) -> float:
    return sum(float(value) for value in values if not numbers.missing(value))


def _owners(view: View) -> dict[str, str]:
    frame = view.frame("dispositions")
    return {
        str(system): view.name("departments", owner)
        for system, owner in zip(frame["system"], frame["department"], strict=True)
    }


def _figure(view: View, waves: pd.DataFrame) -> tuple[Figure, ...]:
    owners = _owners(view)
    moves, visits = [], []
    for (start, code), group in waves.groupby(["window_start", "disposition"], sort=True):
        moves.append(time.Move(numbers.milliseconds(start), view.disposition(str(code)), len(group)))
    frame = waves.assign(owner=[owners.get(str(s), "") for s in waves["system"]])
    first = frame.groupby("owner")["window_start"].min().sort_values(kind="stable")
    for owner in [name for name in first.index if name]:
        for start, group in frame[frame["owner"] == owner].groupby("window_start", sort=True):
            visits.append(time.Visit(numbers.milliseconds(start), str(owner), len(group)))
    counts = waves["disposition"].value_counts()
    kinds = [view.disposition(str(c)) for c in counts.index]
    calendar = view.plan.inventory["calendar"].reset_index(drop=True)
    common = calendar[(calendar["kind"] == "freeze") & calendar["department"].isna() & calendar["system"].isna()]
    freezes = [
        time.Span(numbers.milliseconds(row.starts_on), numbers.milliseconds(row.ends_on) + time.DAY, str(row.name))
        for row in rows_of(common)
    ]
    end = numbers.milliseconds(waves["window_end"].astype(str).max())
    caption = view.say("waves.caption")
    draw = partial(time.waves, moves, kinds, visits, freezes, end, view.say("waves.axis"))
    return (Figure("waves", caption, draw, view.say("waves.figure_note")),)


def _by_wave(view: View, waves: pd.DataFrame) -> Table:
    owners = _owners(view)
    rows: list[tuple[Cell, ...]] = []
    for wave, group in waves.groupby("wave", sort=True):
        departments = list(dict.fromkeys(owners.get(str(s), "") for s in group["system"]))
        few = view.say("list_join").join(departments[:5]) + (
            view.say("and_more", more=len(departments) - 5) if len(departments) > 5 else ""
        )
        hours = [float(v) for v in group["outage_hours"] if not numbers.missing(v)]
        rows.append(
            (
                view.text(wave),
                (
                    _minutes(group["window_start"].iloc[0]),
                    view.say("waves.until", end=_minutes(group["window_end"].iloc[0])),
                ),
                _minutes(group["rollback_by"].iloc[0]),
                view.count(len(group)),
                numbers.number(_total(group["transfer_gib"]), 0),
                numbers.number(max(hours)) if hours else view.dash,
                few,
            )
        )
    return view.table("waves", rows, (3, 4, 5), folded=len(rows) > 12, short=True)


def _by_system(view: View, waves: pd.DataFrame) -> Table:
    owners = _owners(view)
    rows: list[tuple[Cell, ...]] = [
        (
            (str(row.name) or str(row.system), str(row.system)),
            owners.get(str(row.system), ""),
            view.text(row.wave),
            view.disposition(str(row.disposition)),
            _minutes(row.window_start),
            view.text(row.transfer_gib),
            view.text(row.transfer_hours),
            view.text(row.outage_hours),
        )
        for row in rows_of(waves.sort_values(["wave", "system"], kind="stable"))
    ]
    return view.table("cutovers", rows, (2, 5, 6, 7), folded=len(rows) > 12)


def _minutes(value: Any) -> str:
    return "—" if numbers.missing(value) else numbers.moment(value).strftime("%Y-%m-%d %H:%M")
