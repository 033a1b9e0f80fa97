"""What the rooms must have in which systems stand: a place in China, supply, doors, fire, water."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from cloudplan.clauses.clause import Answer, CellClause, at_least, every, yes
from cloudplan.clauses.estate import Cells, Estate


def rooms(estate: Estate) -> Mapping[str, int]:
    """Rooms in which systems stand."""
    return estate.rooms


def in_china(room: Cells, level: int, today: dt.date) -> Answer:
    """The facility is in China."""
    return yes(room["in_cn"])


def two_feeds(room: Cells, level: int, today: dt.date) -> Answer:
    """Two mains feeds at least."""
    return at_least(room["mains_feeds"], 2)


def bridged(room: Cells, level: int, today: dt.date) -> Answer:
    """A battery that bridges some minutes."""
    return None if room["ups_minutes"] is None else bool(room["ups_minutes"] > 0)


def goes_on(room: Cells, level: int, today: dt.date) -> Answer:
    """A generator, or another supply of its own."""
    return yes(room["generator"])


def guarded(room: Cells, level: int, today: dt.date) -> Answer:
    """Electronic door control, and video; in place of video an alarm would do, of which nothing is on record."""
    return every(room["access_control"], room["video"] or None)


def puts_out_by_itself(room: Cells, level: int, today: dt.date) -> Answer:
    """A system that puts fire out by itself; extinguishers in the hand don't."""
    return None if room["fire_system"] is None else bool(room["fire_system"] == "gas")


def parted_and_dry(room: Cells, level: int, today: dt.date) -> Answer:
    """Fire partitions, and detection of water."""
    return every(room["fire_partition"], room["water_detection"])


CLAUSES = (
    CellClause(
        "EB-C01", "mlps", "T", (2, 3, 4), "room", ("rooms.in_cn",), rooms, in_china,
        met={"in_cn": True}, not_met={"in_cn": False},
    ),
    CellClause(
        "EB-P01", "mlps", "T", (3, 4), "room", ("rooms.mains_feeds",), rooms, two_feeds,
        met={"mains_feeds": 2}, not_met={"mains_feeds": 1},
    ),
    CellClause(
        "EB-P02", "mlps", "T", (2, 3, 4), "room", ("rooms.ups_minutes",), rooms, bridged,
        met={"ups_minutes": 15.0}, not_met={"ups_minutes": 0.0},
    ),
    CellClause(
        "EB-P02", "mlps", "T", (4,), "room", ("rooms.generator",), rooms, goes_on,
        met={"generator": True}, not_met={"generator": False}, part="generator",
    ),
    CellClause(
        "EB-P03", "mlps", "T", (3, 4), "room", ("rooms.access_control", "rooms.video"), rooms, guarded,
        met={"access_control": True, "video": True}, not_met={"access_control": False, "video": True},
    ),
    CellClause(
        "EB-P04", "mlps", "T", (2, 3, 4), "room", ("rooms.fire_system",), rooms, puts_out_by_itself,
        met={"fire_system": "gas"}, not_met={"fire_system": "extinguisher"},
    ),
    CellClause(
        "EB-P05", "mlps", "T", (3, 4), "room", ("rooms.fire_partition", "rooms.water_detection"), rooms, parted_and_dry,
        met={"fire_partition": True, "water_detection": True},
        not_met={"fire_partition": None, "water_detection": False},
    ),
)  # fmt: skip
