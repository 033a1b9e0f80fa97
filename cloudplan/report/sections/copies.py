"""The copy of its data that each department keeps, once they leave it for a cloud (GB/T 22239-2019)."""

from __future__ import annotations

from typing import Any

from cloudplan.report import numbers
from cloudplan.report.section import Cell, Point, Section, View, rows_of

PLACES = ("office_storage", "city_cloud", "documented_equivalent")


def section(view: View) -> Section:
    """Write about the copies: where, how large, what they cost, by when they must exist."""
    frame, title = view.frame("copies"), view.say("copies.title")
    if not len(frame):
        return Section("copies", title, view.say("copies.none"))
    headline = view.say(
        "copies.headline",
        systems=view.count(len(frame)),
        departments=view.count(frame["department"].nunique()),
        tib=numbers.number(_sum(frame, "gib") / 1024, 1),
        cost=view.money(_sum(frame, "yuan_per_year")),
    )
    assumed = int((frame["basis"] == "assumed").sum())
    points = [Point(view.say("copies.check_label"), view.say("copies.check"), "caution")]
    if assumed:
        points.append(Point(view.say("copies.assumed_label"), view.say("copies.assumed", systems=assumed)))
    return Section(
        "copies",
        title,
        headline,
        points=tuple(points),
        tables=(
            view.table("copies", _by_place(view, frame), (1, 2, 3, 4), short=True),
            view.table("copies_department", _by_department(view, frame), (1, 2, 3), folded=True),
            view.table("copies_system", _by_system(view, frame), (2, 5), folded=True),
        ),
        notes=(view.say("copies.note"), view.say("copies.open")),
    )


def _sum(frame: Any, column: str) -> float:
    return sum(float(value) for value in frame[column] if not numbers.missing(value))


def _by_place(view: View, frame: Any) -> list[tuple[Cell, ...]]:
    return [
        (
            view.word(f"copies.place.{place}", place),
            view.count(len(group)),
            numbers.number(_sum(group, "data_gib"), 0),
            numbers.number(_sum(group, "gib"), 0),
            view.money(_sum(group, "yuan_per_year")),
        )
        for place in PLACES
        if len(group := frame[frame["place"] == place])
    ]


def _by_department(view: View, frame: Any) -> list[tuple[Cell, ...]]:
    return [
        (
            view.name("departments", department),
            view.count(len(group)),
            numbers.number(_sum(group, "gib"), 0),
            view.money(_sum(group, "yuan_per_year")),
            _first(view, group["due_on"]),
        )
        for department, group in frame.groupby("department", sort=True)
    ]


def _first(view: View, days: Any) -> str:
    known = sorted(str(day) for day in days if not numbers.missing(day))
    return known[0] if known else view.dash


def _by_system(view: View, frame: Any) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for row in rows_of(frame):
        document = "" if numbers.missing(row.document) else str(row.document)
        place = view.word(f"copies.place.{row.place}", str(row.place))
        rows.append(
            (
                (str(row.name) or str(row.system), str(row.system)),
                view.name("departments", row.department),
                numbers.number(float(row.gib), 0),
                view.word(f"copies.size.{row.size_from}", str(row.size_from)),
                (place, document) if document else place,
                view.money(float(row.yuan_per_year)),
                view.text(row.due_on),
            )
        )
    return rows
