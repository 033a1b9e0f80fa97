"""How far the machines are used, before and after: measured figures, and intervals where nobody measured."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from math import isclose
from typing import Any

import pandas as pd

from cloudplan.report import numbers
from cloudplan.report.charts import use
from cloudplan.report.section import Figure, Section, Table, View, rows_of

LOW = 0.15
"""A department's machines are called little used below this mean; a default of the report, printed as one."""


STATED = ("storage",)
"""Resources whose use the survey states once; nobody monitors them, and they have no P95 or peak of their own."""


def section(view: View) -> Section:
    """Write about utilisation."""
    frame = view.frame("utilisation")
    words = use.Words(*(view.say(f"use.{name}") for name in ("before", "after", "mean", "p95", "interval")))
    return Section(
        "utilisation",
        view.say("utilisation.title"),
        _headline(view, frame),
        figures=(*_estate(view, frame, words), *_departments(view, frame, words), *_rooms(view, frame)),
        tables=_tables(view, frame),
        notes=(view.say("utilisation.note"),),
    )


def uses_of(frame: pd.DataFrame, scope: str, resource: str | None = None) -> pd.DataFrame:
    """Reduce the table to a row a thing, resource and time: measured figures, and estimate and interval for all."""
    part = frame[frame["scope"] == scope]
    if resource is not None:
        part = part[part["resource"] == resource]
    rows = []
    for (thing, kind, when), group in part.groupby(["id", "resource", "when"], sort=False):
        measured = group[group["basis"] == "measured"]
        row: dict[str, Any] = {"id": thing, "resource": kind, "when": when}
        for column in ("mean", "p95", "peak"):
            known = len(measured) and not (column != "mean" and kind in STATED)
            row[column] = _first(measured[column]) if known else None
        for column in ("low", "high", "measured_share"):
            row[column] = _first(group[column])
        row["centre"] = _first(group[group["basis"] != "measured"]["mean"])
        rows.append(row)
    columns = ["id", "resource", "when", "mean", "p95", "peak", "low", "high", "measured_share", "centre"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _first(values: pd.Series[Any]) -> float | None:
    known = [float(value) for value in values if not numbers.missing(value)]
    return known[0] if known else None


def _measured(view: View, row: Any) -> str:
    """Word what was measured, and of how much of the capacity."""
    if row.mean is None:
        return view.say("use.unmeasured")
    share = view.dash if row.measured_share is None else numbers.percent(row.measured_share, 0)
    if row.resource in STATED:
        return view.say("use.text_stated", share=share, figures=view.say("use.text_mean", mean=view.percent(row.mean)))
    parts = [view.say("use.text_mean", mean=view.percent(row.mean))]
    if row.p95 is not None and not isclose(row.p95, row.mean):
        parts.append(view.say("use.text_p95", p95=view.percent(row.p95)))
    return view.say("use.text_measured", share=share, figures=view.say("use.text_join").join(parts))


def _all(view: View, row: Any) -> str:
    """Word what is estimated for all."""
    parts = [] if row.centre is None else [view.say("use.text_mean", mean=view.percent(row.centre))]
    if row.low is not None and row.high is not None and not isclose(row.low, row.high):
        parts.append(view.say("use.text_interval", low=view.percent(row.low), high=view.percent(row.high)))
    return view.say("use.text_all", figures=view.say("use.text_join").join(parts) or view.say("use.nothing"))


def _use(view: View, name: str, row: Any) -> use.Use:
    return use.Use(
        name,
        row.when == "after",
        row.mean,
        row.p95,
        row.centre,
        row.low,
        row.high,
        _measured(view, row),
        _all(view, row),
    )


def _headline(view: View, frame: pd.DataFrame) -> str:
    rows = {row.when: row for row in rows_of(uses_of(frame, "estate", "cpu"))}
    if set(rows) != {"before", "after"} or any(row.mean is None for row in rows.values()):
        return view.say("utilisation.unknown")
    before, after = rows["before"], rows["after"]
    text = view.say("utilisation.headline", before=view.percent(before.mean), after=view.percent(after.mean))
    if before.low is not None and before.low != before.high:
        text += view.say(
            "utilisation.headline_interval",
            share=view.percent(1 - (before.measured_share or 0)),
            low=view.percent(before.low),
            high=view.percent(before.high),
            low_after=view.percent(after.low),
            high_after=view.percent(after.high),
        )
    return text


def _estate(view: View, frame: pd.DataFrame, words: use.Words) -> tuple[Figure, ...]:
    uses = [_use(view, view.resource(row.resource), row) for row in rows_of(uses_of(frame, "estate"))]
    if not uses:
        return ()
    draw = partial(use.estate, uses, words)
    return (Figure("use-estate", view.say("utilisation.estate"), draw, view.say("utilisation.apart")),)


def _departments(view: View, frame: pd.DataFrame, words: use.Words) -> tuple[Figure, ...]:
    rows = uses_of(frame, "department", "cpu")
    before = rows[rows["when"] == "before"]
    if not len(before):
        return ()
    key = before["mean"].where(before["mean"].notna(), -1.0).astype(float)
    order = list(before.assign(key=key).sort_values(["key", "id"], ascending=[False, True], kind="stable")["id"])
    uses = [
        _use(view, view.name("departments", row.id), row)
        for _, row in sorted(
            ((order.index(row.id), row) for row in rows_of(rows) if row.id in order), key=lambda r: r[0]
        )
    ]
    measured = before[before["mean"].notna()]
    low = int((measured["mean"].astype(float) < LOW).sum())
    caption = view.say(
        "utilisation.departments" if len(measured) else "utilisation.departments_blind",
        departments=len(before),
        measured=len(measured),
        low=low,
        limit=numbers.percent(LOW, 0),
    )
    columns = 2 if len(order) > 8 else 1
    return (
        Figure("use-departments", caption, partial(use.many, uses, words, columns), view.say("utilisation.hollow")),
    )


def _rooms(view: View, frame: pd.DataFrame) -> tuple[Figure, ...]:
    rows = uses_of(frame, "room", "cpu")
    rows = rows[rows["when"] == "before"]
    if not len(rows):
        return ()
    edges = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30, 1.01)
    known = rows["mean"].dropna().astype(float)
    if known.empty:
        return ()
    bins = [
        use.Bin(
            view.say("use.bin_last", low=numbers.percent(low, 0))
            if high > 1
            else view.say("use.bin", low=numbers.percent(low, 0), high=numbers.percent(high, 0)),
            int(((known >= low) & (known < high)).sum()),
            True,
        )
        for low, high in pairwise(edges)
    ]
    blind = int(rows["mean"].isna().sum())
    bins.append(use.Bin(view.say("use.bin_unknown"), blind, False))
    caption = view.say(
        "utilisation.rooms", rooms=len(rows), low=int((known < LOW).sum()), limit=numbers.percent(LOW, 0), blind=blind
    )
    if idle := _idle_rooms(view):
        caption += view.say("utilisation.rooms_idle", idle=idle)
    return (Figure("use-rooms", caption, partial(use.rooms, bins, view.say("use.bin_title"))),)


def _idle_rooms(view: View) -> int:
    """Count departmental rooms in which no server runs: they have no use to show, and are in no figure of it."""
    rooms, servers = view.plan.inventory["rooms"], view.plan.inventory["servers"]
    running = set(servers.loc[servers["state"] == "running", "room"])
    return len(set(rooms.index[rooms["kind"] == "department"]) - running)


def _tables(view: View, frame: pd.DataFrame) -> tuple[Table, ...]:
    tables = []
    for scope, names in (("pool", None), ("department", "departments"), ("room", "rooms")):
        rows = uses_of(frame, scope)
        cells = [
            (
                view.pool(row.id) if names is None else view.name(names, row.id),
                view.resource(row.resource),
                view.say(f"use.{row.when}"),
                view.percent(row.mean),
                view.percent(row.p95),
                view.percent(row.peak),
                _interval(view, row),
                view.percent(row.measured_share),
            )
            for row in rows_of(rows)
        ]
        if cells:
            tables.append(view.table(f"use_{scope}", cells, range(3, 8), folded=len(cells) > 12, short=scope == "pool"))
    return tuple(tables)


def _interval(view: View, row: Any) -> str:
    if row.low is None or row.high is None:
        return view.dash
    return view.percent(row.low) if row.low == row.high else f"{view.percent(row.low)} – {view.percent(row.high)}"
