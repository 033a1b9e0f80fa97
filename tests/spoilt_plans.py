"""Ways to spoil a saved plan, one a function, so that the check of its files can show that it fails."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.csv_checker import rows

Rows = list[dict[str, Any]]


def rewrite(folder: Path, table: str, change: Callable[[Rows], Rows | None]) -> None:
    """Change the rows of one saved table."""
    path = folder / f"{table}.csv"
    listed: Rows = [dict(row) for row in rows(path)]
    changed = change(listed)
    listed = listed if changed is None else changed
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)


def first(listed: Rows, **wanted: str) -> dict[str, Any]:
    """The first row with these values."""
    return next(row for row in listed if all(row[name] == value for name, value in wanted.items()))


def onto_a_spare(folder: Path) -> None:
    """Move a workload to the spare host of its pool."""
    spare = {row["pool"]: row["host"] for row in rows(folder / "hosts.csv") if row["spare"] == "true"}

    def change(listed: Rows) -> None:
        row = next(row for row in listed if row["host"] and row["pool"] in spare)
        row["host"] = spare[row["pool"]]

    rewrite(folder, "placements", change)


def more_memory(folder: Path) -> None:
    """Let every workload need twice its memory."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["resource"] == "memory_gib":
                row["flat"] = 2 * float(row["flat"])

    rewrite(folder, "demand", change)


def busier(folder: Path) -> None:
    """Let every workload use three times the CPU in one hour of the month's last week."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["resource"] == "cpu":
                row["m110"] = 3 * float(row["m110"])

    rewrite(folder, "demand", change)


def without_spares(folder: Path) -> None:
    """Remove the spare hosts of a pool."""
    pool = first(rows(folder / "hosts.csv"), spare="true")["pool"]
    rewrite(folder, "hosts", lambda found: [r for r in found if (r["pool"], r["spare"]) != (pool, "true")])


def forgotten_system(folder: Path) -> None:
    """Lose the disposition of a system."""
    rewrite(folder, "dispositions", lambda found: found[1:])


def forgotten_workload(folder: Path) -> None:
    """Lose the placement of a workload."""
    rewrite(folder, "placements", lambda found: found[:5] + found[6:])


def twins_together(folder: Path) -> None:
    """Put two members of an HA group on one host."""
    found = rows(folder / "inputs" / "inventory" / "workloads.csv")
    groups = {row["workload"]: row["ha_group"] for row in found}

    def change(listed: Rows) -> None:
        seen: dict[tuple[str, str], str] = {}
        for row in listed:
            key = (groups[row["workload"]], row["pool"])
            if not key[0] or not row["host"]:
                continue
            if key in seen:
                row["host"] = seen[key]
                return
            seen[key] = row["host"]
        raise AssertionError("no HA group has two members in one pool")

    rewrite(folder, "placements", change)


def database_on_the_internet(folder: Path) -> None:
    """Move a database into the internet zone."""

    def change(listed: Rows) -> None:
        first(listed, tier="db", target="T-BANNER")["zone"] = "IZ"

    rewrite(folder, "components", change)


def too_low(folder: Path) -> None:
    """File every pool for one level less."""

    def change(listed: Rows) -> None:
        for row in listed:
            row["filed_level"] = int(row["filed_level"]) - 1

    rewrite(folder, "inputs/inventory/pools", change)


def closed_border(folder: Path) -> None:
    """Deny every conduit."""

    def change(listed: Rows) -> None:
        for row in listed:
            row["mode"] = "deny"

    rewrite(folder, "inputs/inventory/conduits", change)


def in_a_freeze(folder: Path) -> None:
    """Move a wave into a freeze that holds for everyone."""
    found = rows(folder / "inputs" / "inventory" / "calendar.csv")
    freeze = next(r for r in found if r["kind"] == "freeze" and not r["department"] and not r["system"])

    def change(listed: Rows) -> None:
        listed[0]["window_start"] = f"{freeze['starts_on']} 20:00"

    rewrite(folder, "waves", change)


def too_early(folder: Path) -> None:
    """Hold every wave a year earlier, before the centre opens."""

    def change(listed: Rows) -> None:
        for row in listed:
            for name in ("window_start", "window_end"):
                row[name] = f"{int(row[name][:4]) - 1}{row[name][4:]}"

    rewrite(folder, "waves", change)


def hosts_late(folder: Path) -> None:
    """Deliver every bought host two years later."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["source"] == "purchased":
                row["available_from"] = f"{int(row['available_from'][:4]) + 2}{row['available_from'][4:]}"

    rewrite(folder, "hosts", change)


def lost_step(folder: Path) -> None:
    """Lose the only step of a workload that never shifts."""

    def change(listed: Rows) -> Rows:
        count = Counter(row["workload"] for row in listed)
        lost = next(row for row in listed if count[row["workload"]] == 1)
        return [row for row in listed if row is not lost]

    rewrite(folder, "steps", change)


def all_on_one(folder: Path) -> None:
    """Let everything that comes to a pool in the first wave, and for ever after, stand on one host of it."""

    def change(listed: Rows) -> None:
        pool, host = listed[0]["pool"], listed[0]["to"]
        for row in listed:
            if row["pool"] == pool:
                row["to"] = host

    rewrite(folder, "steps", change)


def closed_too_soon(folder: Path) -> None:
    """Close a room on the day the first wave begins."""
    day = rows(folder / "waves.csv")[0]["window_start"][:10]

    def change(listed: Rows) -> None:
        for row in listed:
            if row["closes_on"]:
                row["closes_on"] = day

    rewrite(folder, "rooms", change)


def scrapped_in_use(folder: Path) -> None:
    """Scrap the servers that are to stay."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["fate"] == "keep":
                row["fate"] = "scrap"

    rewrite(folder, "servers", change)


def dearer(folder: Path) -> None:
    """Let a term cost more than the objective knows."""

    def change(listed: Rows) -> None:
        row = first(listed, stage="after", term="energy")
        row["objective_yuan_per_year"] = float(row["objective_yuan_per_year"]) + 100

    rewrite(folder, "costs", change)


def discount(folder: Path) -> None:
    """Buy hosts for less than their price."""

    def change(listed: Rows) -> None:
        listed[0]["yuan"] = float(listed[0]["yuan"]) * 0.9

    rewrite(folder, "purchases", change)


def small_centre(folder: Path) -> None:
    """Leave the centre ten rack units."""

    def change(listed: Rows) -> None:
        first(listed, kind="centre")["total_u"] = 10

    rewrite(folder, "inputs/inventory/rooms", change)


def stronger_hosts(folder: Path) -> None:
    """Let every host offer a tenth more CPU than its threads give."""

    def change(listed: Rows) -> None:
        for row in listed:
            row["usable_cpu"] = 1.1 * float(row["usable_cpu"])

    rewrite(folder, "hosts", change)


def shrunk(folder: Path) -> None:
    """Halve what is allotted to workloads that nobody measured."""

    def change(listed: Rows) -> None:
        for row in listed:
            if (row["resource"], row["statistic"]) == ("vcpu", "size"):
                row["flat"] = 0.5 * float(row["flat"])

    rewrite(folder, "demand", change)


def month_end_measured(folder: Path) -> None:
    """Call the month-end week of every workload measured whose ordinary week is."""

    def change(listed: Rows) -> None:
        for row in listed:
            if (row["resource"], row["basis"]) == ("cpu", "measured"):
                row["month_end_basis"] = "measured"

    rewrite(folder, "demand", change)


def size_measured(folder: Path) -> None:
    """Call the allocation measured of every workload whose ordinary week is."""

    def change(listed: Rows) -> None:
        measured = {row["workload"] for row in listed if (row["resource"], row["basis"]) == ("cpu", "measured")}
        for row in listed:
            if row["resource"] == "vcpu" and row["workload"] in measured:
                row["basis"] = "measured"

    rewrite(folder, "demand", change)


def quieter(folder: Path) -> None:
    """Let every workload rest at noon on Wednesday."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["resource"] == "cpu":
                row["h060"] = 0.0

    rewrite(folder, "demand", change)


def another_lock(folder: Path) -> None:
    """Lock a system that moves to its place."""
    moved = first(rows(folder / "dispositions.csv"), disposition="REHOST")["system"]
    path = folder / "inputs" / "scenario.json"
    scenario = json.loads(path.read_text("utf-8"))
    scenario["locks"] = [{"system": moved, "disposition": "KEEP", "pool": None, "reason": "spoilt"}]
    path.write_text(json.dumps(scenario), "utf-8")


def on_a_monday(folder: Path) -> None:
    """Open a window three days late."""

    def change(listed: Rows) -> None:
        day = dt.datetime.fromisoformat(listed[0]["window_start"])
        listed[0]["window_start"] = f"{day + dt.timedelta(3):%Y-%m-%d %H:%M}"

    rewrite(folder, "waves", change)


def long_outage(folder: Path) -> None:
    """Let an outage take the whole window."""

    def change(listed: Rows) -> None:
        first(listed, disposition="REHOST")["outage_hours"] = 52

    rewrite(folder, "waves", change)


def backwards(folder: Path) -> None:
    """Number the waves the other way round."""

    def change(listed: Rows) -> None:
        last = max(int(row["wave"]) for row in listed)
        for row in listed:
            row["wave"] = last + 1 - int(row["wave"])

    rewrite(folder, "waves", change)


def kept_for_no_reason(folder: Path) -> None:
    """Retire a system that ought to move."""

    def change(listed: Rows) -> None:
        first(listed, disposition="REHOST")["disposition"] = "REFACTOR"

    rewrite(folder, "dispositions", change)


def another_season(folder: Path) -> None:
    """Allow cutovers only after the last wave."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["kind"] == "window":
                row["starts_on"] = "2028-12-01"

    rewrite(folder, "inputs/inventory/calendar", change)


def too_busy(folder: Path) -> None:
    """Report ten times the peak."""

    def change(listed: Rows) -> None:
        row = first(listed, scope="pool", resource="cpu", when="after", basis="all", id="PUB-X86-L2")
        row["peak"] = 10 * float(row["peak"])

    rewrite(folder, "utilisation", change)


def room_made_good(folder: Path) -> None:
    """Say of a room that its fire protection does."""
    rewrite(folder, "clauses", lambda found: first(found, clause="EB-P04", verdict="not_met").update(verdict="met"))


def blank_made_good(folder: Path) -> None:
    """Say of a system of whose backup nothing is on record that it has one."""
    rewrite(folder, "clauses", lambda found: first(found, clause="EB-G05", verdict="unknown").update(verdict="met"))


def task_forgotten(folder: Path) -> None:
    """Lose the task to keep a system's local copy."""
    rewrite(folder, "clauses", lambda found: [row for row in found if row is not first(found, clause="EB-C09")])
