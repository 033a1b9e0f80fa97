"""What becomes of a department's systems, rooms and servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cloudplan.explain.room import fates
from cloudplan.explain.view import View, blank
from cloudplan.explain.words import Line, Section, line, shortened
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import worded as disposition_words

LISTED = 20
"""Things of a list that people are shown; the others are counted, and stand in the answer for other programs."""


def explain_department(view: View, department: str, pool: str | None) -> Iterator[Section]:
    """Explain a department: what becomes of each of its systems, rooms and servers."""
    opinion = view.plan.inventory["departments"].at[department, "opinion"]
    said_so = [line("department.opinion", opinion=label("opinion", opinion))] if opinion else []
    counts = Counter(str(row["fate"]) for row in view.rows("servers", "department", department))
    if counts:
        said_so.append(fates(counts))
    yield Section(
        line("department.title", department=department, name=view.name("departments", department)), tuple(said_so)
    )
    decided = view.rows("dispositions", "department", department)
    systems = [
        line(
            "department.system",
            system=row["system"],
            name=view.name("systems", str(row["system"])),
            disposition=disposition_words(str(row["disposition"])),
            wave=None if blank(row["wave"]) else int(float(row["wave"])),
            reason=view.reason(row),
        )
        for row in decided
    ]
    yield Section(line("department.systems", count=len(systems)), tuple(systems), shortened(systems, LISTED))
    rooms = [_room_line(view, row) for row in view.rows("rooms", "department", department)]
    yield Section(line("department.rooms", count=len(rooms)), tuple(rooms), shortened(rooms, LISTED))


def _room_line(view: View, row: Mapping[str, Any]) -> Line:
    name = {"room": row["room"], "name": view.name("rooms", str(row["room"]))}
    if not blank(row["closes_on"]):
        return line("department.room_closes", **name, date=str(row["closes_on"]))
    return line("department.room_stays", **name, reason=view.reason(dict(row), "why_not"))
