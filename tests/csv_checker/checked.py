"""What clauses answer: that nothing is left out, and that answers read off cells are what the cells say."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from tests.csv_checker.saved import Row, Saved, number

CLOUD = {"REHOST", "REPLATFORM", "REFACTOR", "UPLIFT"}
YES, NO, SILENT = "met", "not_met", "unknown"


def said(known: str, holds: bool) -> str:
    """Answer of one cell: silent where it is blank."""
    return SILENT if known == "" else YES if holds else NO


def both(first: str, second: str) -> str:
    """Answer of two cells that must both hold."""
    return NO if NO in (first, second) else SILENT if SILENT in (first, second) else YES


ROOMS: dict[str, tuple[int, Callable[[Row], str]]] = {
    "EB-C01": (2, lambda r: said(r["in_cn"], r["in_cn"] == "true")),
    "EB-P01": (3, lambda r: said(r["mains_feeds"], number(r["mains_feeds"]) >= 2)),
    "EB-P02": (2, lambda r: said(r["ups_minutes"], number(r["ups_minutes"]) > 0)),
    "EB-P03": (3, lambda r: both(said(r["access_control"], r["access_control"] == "true"),
                                 YES if r["video"] == "true" else SILENT)),
    "EB-P04": (2, lambda r: said(r["fire_system"], r["fire_system"] == "gas")),
    "EB-P05": (3, lambda r: both(said(r["fire_partition"], r["fire_partition"] == "true"),
                                 said(r["water_detection"], r["water_detection"] == "true"))),
}  # fmt: skip
BACKUPS = {"": SILENT, "none": NO, "local": YES, "remote": SILENT, "replica": SILENT}


def stood_in(s: Saved, when: str) -> dict[str, int]:
    """Rooms in which systems stand, today or in the end, each with the highest level of these."""
    out: dict[str, int] = defaultdict(int)
    rooms = s.by("rooms", "room")
    for row in s.workloads.values():
        system, server = row["system"], s.servers.get(row["server"])
        seat = s.seats.get(f"{system}/{row['tier']}/{row['arch']}")
        if s.systems[system]["classified"] == "true" or (when == "after" and seat is None):
            continue
        if when == "after" and s.kind(seat["pool"]) != "stays":
            room = s.pools[seat["pool"]]["site"]
        elif server is not None and server["pool"]:
            room = s.pools[server["pool"]]["site"]
        else:
            room = server["room"] if server is not None else ""
            if room and rooms[room]["kind"] != "department" and room not in {p["site"] for p in s.pools.values()}:
                room = ""
        if room:
            out[room] = max(out[room], s.level(system))
    return out


def rooms_answered(s: Saved) -> Iterator[str]:
    """Every room that holds systems is asked what its level asks, and answers as its cells do."""
    rooms = s.by("rooms", "room")
    given = {(r["clause"], r["when"], r["subject"]): r["verdict"] for r in s.plan["clauses"]
             if r["subject_kind"] == "room" and r["clause"] in ROOMS and r["part"] == ""}  # fmt: skip
    wanted = {
        (clause, when, room): answer(rooms[room])
        for when in ("before", "after")
        for room, level in stood_in(s, when).items()
        for clause, (least, answer) in ROOMS.items()
        if level >= least
    }
    for key in sorted(given.keys() | wanted.keys()):
        if given.get(key) != wanted.get(key):
            yield f"{key} is {given.get(key)}, its cells say {wanted.get(key)}"


def systems_answered(s: Saved) -> Iterator[str]:
    """Backups, filing and assessments of every system that is judged are what its cells say."""
    today = dt.date.fromisoformat(s.scenario["today"])
    for row in s.plan["clauses"]:
        if row["subject_kind"] != "system" or row["part"] or row["verdict"] == "task":
            continue
        cells, level = s.systems[row["subject"]], s.level(row["subject"])
        days = {"MP-02": cells["assessed_on"], "CR-01": cells["crypto_assessed_on"]}.get(row["clause"])
        mode, want = cells["backup_mode"], row["verdict"]
        if row["clause"] == "EB-G04":
            want = BACKUPS[mode]
        elif row["clause"] == "EB-G05":
            want = said(mode, mode == "replica" or (mode == "remote" and level == 2))
        elif row["clause"] == "MP-01":
            want = said(cells["filing_status"], cells["filing_status"] in ("filed", "assessed", "expired"))
        elif days is not None:
            want = said(days, bool(days) and today - dt.date.fromisoformat(days) <= dt.timedelta(366))
        if want != row["verdict"]:
            yield f"{row['clause']} of {row['subject']} is {row['verdict']}, its cells say {want}"


def tasks_given(s: Saved) -> Iterator[str]:
    """Every system whose data move has the task to keep a local copy; and every answer can be found by its columns."""
    given = {r["subject"] for r in s.plan["clauses"] if r["clause"] == "EB-C09" and r["verdict"] == "task"}
    copied = {r["system"] for r in s.plan["waves"] if s.fate.get(r["system"]) in CLOUD and s.level(r["system"]) >= 2}
    yield from (f"{system} has no task EB-C09" for system in sorted(copied - given))
    yield from (f"{system} has the task EB-C09 and copies nothing" for system in sorted(given - copied))
    keys = Counter((r["clause"], r["part"], r["when"], r["subject"]) for r in s.plan["clauses"] if r["subject"])
    yield from (f"{key} is answered {n} times" for key, n in keys.items() if n > 1 and not key[0].startswith("Z"))
