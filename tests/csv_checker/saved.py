"""The tables of a saved plan, and the few joins that all checks need."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

Row = dict[str, str]
GONE = {"RETIRE", "MERGE"}
STAYS = {"KEEP", "NEED_SUPERIOR"}
TOLERANCE = 1e-3
"""The demand is written with four digits: room for what rounding a few dozen workloads adds up to."""


def rows(path: Path) -> list[Row]:
    """Rows of one CSV file; a text kept from a spreadsheet's formulas loses its apostrophe."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k: v.removeprefix("'") for k, v in row.items()} for row in csv.DictReader(file)]


def number(text: str, default: float = 0.0) -> float:
    """Number of a cell, or the default of a blank one."""
    return float(text) if text else default


class Saved:
    """The tables of a folder, and the few joins that all checks need."""

    def __init__(self, folder: Path) -> None:
        self.plan = {path.stem: rows(path) for path in folder.glob("*.csv")}
        self.facts = json.loads((folder / "plan.json").read_text("utf-8"))
        self.scenario = json.loads((folder / "inputs" / "scenario.json").read_text("utf-8"))
        self.given = {path.stem: rows(path) for path in (folder / "inputs" / "inventory").glob("*.csv")}
        earlier = folder / "inputs" / "earlier.json"
        self.earlier = json.loads(earlier.read_text("utf-8")) if earlier.is_file() else {}
        self.done: dict[str, str] = self.earlier.get("done", {})
        self.systems = self.by("systems", "system")
        self.workloads = {w: r for w, r in self.by("workloads", "workload").items() if r["state"] == "running"}
        self.servers = self.by("servers", "server")
        self.pools = self.by("pools", "pool")
        self.kinds = self.by("host_types", "host_type")
        self.hosts = {r["host"]: r for r in self.plan["hosts"]}
        self.seats = {r["component"]: r for r in self.plan["components"]}
        self.fate = {r["system"]: r["disposition"] for r in self.plan["dispositions"]}
        self.wave = {r["system"]: r for r in self.plan["waves"]}
        self.on: dict[str, list[str]] = defaultdict(list)
        for row in self.plan["placements"]:
            self.on[row["host"]].append(row["workload"])
        self.flat = {(r["workload"], r["resource"]): number(r["flat"]) for r in self.plan["demand"]}
        slots = [k for k in self.plan["demand"][0] if k[0] in "hm" and k[1:].isdigit()]
        self.use = {
            r["workload"]: np.array([float(r[s]) for s in slots]) for r in self.plan["demand"] if r["resource"] == "cpu"
        }

    def by(self, table: str, key: str) -> dict[str, Row]:
        return {row[key]: row for row in self.given.get(table, [])}

    def option(self, part: str, name: str, default: float) -> float:
        return float(self.scenario.get(part, {}).get(name, default))

    def kind(self, pool: str) -> str:
        """Kind of a pool: ``stays`` for a room as it is and for a superior's platform."""
        return self.pools[pool]["kind"] if pool in self.pools else "stays"

    def came(self, seat: Row) -> bool:
        """Whether a component has come to its pool: it isn't in a room as it is, nor was it in the pool already."""
        parts = (seat["system"], seat["tier"], seat["arch"])
        works = [w for w in self.workloads.values() if (w["system"], w["tier"], w["arch"]) == parts]
        homes = {self.servers[w["server"]]["pool"] if w["server"] else "" for w in works}
        already = homes == {seat["pool"]} and self.fate.get(seat["system"]) in STAYS
        return self.kind(seat["pool"]) != "stays" and not already

    def rests(self, seat: Row) -> bool:
        """Whether a component is where an earlier plan put it."""
        before = self.earlier["seats"].get(seat["component"])
        return before is None or (before["pool"], before["zone"]) == (seat["pool"], seat["zone"])

    def level(self, system: str) -> int:
        row = self.systems[system]
        sensitive = "true" in (row["personal_info"], row["internet_facing"])
        return int(row["level"]) if row["level"] else 3 if sensitive else 2

    def starts(self, system: str) -> dt.datetime:
        return dt.datetime.fromisoformat(self.wave[system]["window_start"])

    def last_day(self, system: str) -> dt.date:
        return (dt.datetime.fromisoformat(self.wave[system]["window_end"]) - dt.timedelta(microseconds=1)).date()

    def opens(self, pool: str) -> dt.date:
        """First day of a pool, the scenario's delay of the centre included."""
        row, targets = self.pools[pool], self.scenario.get("targets", {})
        if pool in targets.get("opens_on", {}):
            return dt.date.fromisoformat(targets["opens_on"][pool])
        day = dt.date.fromisoformat(row["available_from"])
        if row["site"] and self.by("rooms", "room")[row["site"]]["kind"] == "centre":
            months = day.month - 1 + targets.get("delay_months", 0)
            day = day.replace(year=day.year + months // 12, month=months % 12 + 1)
        return day
