"""From a saved plan to what a later one needs of it: :class:`~cloudplan.earlier.Earlier`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from cloudplan.bundle import Plan
from cloudplan.earlier import Earlier, Ordered
from cloudplan.state import Host, Seat


def earlier_of(plan: Plan, today: dt.date) -> Earlier:
    """Say what a plan has decided, and what of it is done on a day.

    A system is done where its window began before the day: one that is under way can't be given another date. A host
    on order was to be ordered by then and isn't ready yet; a room is closed where its closing day has come, or follows
    on a window that has begun. What an earlier plan of that plan's had done stays so.

    Parameters
    ----------
    plan
        As it was saved.
    today
        The day of the later scenario.
    """
    before = plan.earlier
    rows = {name: list(frame.itertuples(index=False)) for name, frame in plan.tables.items()}
    done = {str(r.system): _day(r.window_end) for r in rows["waves"] if begun(r, today)}
    closed = {str(r.room): _day(r.closes_on) for r in rows["rooms"] if filled(r.closes_on)}
    # a room closes on the day after the last that a window touches; ending at midnight, it touches no further day
    ends = [dt.datetime.fromisoformat(str(r.window_end)) for r in rows["waves"] if begun(r, today)]
    settled = max([today, *((end - dt.timedelta(microseconds=1)).date() + dt.timedelta(1) for end in ends)])
    return Earlier(
        plan=plan.digest,
        late=tuple((str(server), str(pool)) for server, pool in plan.facts["stages"]["migration"].get("late", ())),
        allowance=dict(plan.facts["stages"]["placement"].get("allowance", {})),
        fates={str(r.system): (str(r.disposition), text(r.target)) for r in rows["dispositions"]},
        seats={str(r.component): Seat(str(r.pool), text(r.zone)) for r in rows["components"] if filled(r.pool)},
        hosts={str(r.host): _host(r) for r in rows["hosts"]},
        host_of={str(r.workload): str(r.host) for r in rows["placements"] if filled(r.host)},
        windows={
            str(r.system): dt.datetime.fromisoformat(str(r.window_start))
            for r in rows["waves"]
            if str(r.system) not in done
        },
        done={**(before.done if before else {}), **done},
        ordered=tuple(
            Ordered(str(r.pool), str(r.host_type), _day(r.ready_on))
            for r in rows["purchases"]
            if _day(r.order_by) <= today < _day(r.ready_on)
            for _ in range(int(str(r.count)))
        ),
        closed={room: day for room, day in closed.items() if day <= settled},
        servers=tuple(str(server) for server in plan.inventory["servers"].index),
    )


def begun(wave: Any, today: dt.date) -> bool:
    """Whether the window of a row of ``waves.csv`` began before a day; on its first day it may still be called off."""
    return _day(wave.window_start) < today


def under_way(plan: Plan, today: dt.date) -> dict[int, tuple[Any, ...]]:
    """Rows of ``waves.csv`` whose window began before a day and hasn't ended as the day begins, by wave."""
    midnight = dt.datetime.combine(today, dt.time())
    out: dict[int, tuple[Any, ...]] = {}
    for row in plan.tables["waves"].itertuples(index=False):
        if begun(row, today) and dt.datetime.fromisoformat(str(row.window_end)) > midnight:
            wave = int(str(row.wave))
            out[wave] = (*out.get(wave, ()), row)
    return out


def delivered(plan: Plan, today: dt.date) -> dict[str, Any]:
    """Bought hosts that stand by a day, by id: rows of the plan's ``hosts.csv``."""
    orders = {
        (str(r.pool), str(r.host_type), str(r.ready_on))
        for r in plan.tables["purchases"].itertuples(index=False)
        if _day(r.ready_on) <= today
    }
    return {
        str(r.host): r
        for r in plan.tables["hosts"].itertuples(index=False)
        if r.source == "purchased" and (str(r.pool), str(r.host_type), text(r.available_from)) in orders
    }


def hosts_now(plan: Plan, done: frozenset[str]) -> dict[str, str]:
    """Host of every workload of the systems that are done: where the last step so far took it."""
    placed = plan.tables["placements"]
    out = {
        str(r.workload): str(r.host) for r in placed.itertuples(index=False) if str(r.system) in done and filled(r.host)
    }
    waves = {int(str(r.wave)) for r in plan.tables["waves"].itertuples(index=False) if str(r.system) in done}
    for r in plan.tables["steps"].rename(columns={"from": "source"}).itertuples(index=False):
        if int(str(r.wave)) in waves and str(r.workload) in out:
            out[str(r.workload)] = str(r.to)
    return out


def _host(row: Any) -> Host:
    kind = text(row.from_server) or str(row.host_type)
    spare = str(row.spare).lower() == "true"
    day = _day(row.available_from) if filled(row.available_from) else None
    return Host(str(row.host), str(row.pool), kind, str(row.source), spare, day)


def filled(value: object) -> bool:
    """Whether a cell of a plan's table says anything."""
    return value is not None and value != "" and not pd.isna(value)  # type: ignore[call-overload]


def text(value: object) -> str:
    """A cell as text, ``""`` where it is blank."""
    return str(value) if filled(value) else ""


def _day(value: object) -> dt.date:
    return dt.date.fromisoformat(str(value)[:10])
