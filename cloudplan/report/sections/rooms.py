"""Which rooms close, when, and what keeps the others open."""

from __future__ import annotations

from functools import partial

from cloudplan.report import numbers
from cloudplan.report.charts import time
from cloudplan.report.section import Figure, Section, Table, View


def section(view: View) -> Section:
    """Write about the rooms."""
    closures, total = view.closures, view.departmental_rooms
    stay = total - len(closures)
    if len(closures):
        first, last = closures["closes_on"].iloc[0], closures["closes_on"].iloc[-1]
        headline = view.say(
            "rooms.headline" if stay else "rooms.all",
            closed=view.count(len(closures)),
            rooms=view.count(total),
            stay=view.count(stay),
            months=numbers.months(first, last, view.language),
        )
    else:
        headline = view.say("rooms.none", rooms=view.count(total))
    return Section(
        "rooms",
        view.say("rooms.title"),
        headline,
        figures=_figure(view),
        tables=_tables(view),
        notes=(view.say("rooms.note"),),
    )


def _figure(view: View) -> tuple[Figure, ...]:
    closures, total = view.closures, view.departmental_rooms
    if not len(closures):
        return ()
    by_day = closures.groupby("closes_on", sort=True).size()
    days = [numbers.milliseconds(day) for day in by_day.index]
    margin = max(20 * time.DAY, (days[-1] - days[0]) * 0.06)
    start, end = days[0] - margin, days[-1] + margin
    levels = [time.Level(start, total, view.say("rooms.level", rooms=total))]
    left, said = total, total
    for n, (at, closed) in enumerate(zip(days, by_day, strict=True)):
        left -= int(closed)
        # written at the last step, and at each quarter of the way down
        tell = n == len(days) - 1 or (
            said - left >= len(closures) / 4 and left - (total - len(closures)) > len(closures) / 8
        )
        said = left if tell else said
        levels.append(time.Level(at, left, view.say("rooms.level", rooms=left) if tell else ""))
    levels.append(time.Level(end, left))
    caption = view.say("rooms.caption", steps=len(days))
    return (Figure("rooms-open", caption, partial(time.open_rooms, levels, view.say("rooms.axis"))),)


def _tables(view: View) -> tuple[Table, ...]:
    closing, staying = [], []
    frame = view.frame("rooms")
    for _, row in frame.sort_values(["closes_on", "room"], key=lambda c: c.astype(str), kind="stable").iterrows():
        name = (str(row["name"]) or str(row["room"]), str(row["room"]))
        owner = view.name("departments", row["department"])
        if numbers.missing(row["closes_on"]):
            residual = [part for part in str(row["residual_devices"]).replace(";", " ").split() if part]
            few = " ".join(residual[:4]) + (" …" if len(residual) > 4 else "")
            staying.append(
                (
                    name,
                    owner,
                    view.local(row, "why_not") or view.dash,
                    (view.say("rooms.left", devices=len(residual)), few),
                )
            )
        else:
            closing.append((name, owner, str(row["closes_on"]), view.text(row["wave"])))
    tables = []
    if staying:
        tables.append(view.table("rooms_staying", staying, folded=len(staying) > 12, short=True))
    if closing:
        tables.append(view.table("rooms_closing", closing, (3,), folded=len(closing) > 12, short=True))
    return tuple(tables)
