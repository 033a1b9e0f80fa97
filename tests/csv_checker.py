"""An independent check of a saved plan: it reads only the folder's files, and shares no code with the package.

Every rule is restated here from its meaning, with the standard library and numpy alone, so that a mistake in the
package's own words can't hide itself. A server that states no power counts as zero: its limit is checked from below.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
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


def complaints(folder: Path) -> list[str]:
    """Everything wrong with a saved plan, in words; an empty list if nothing is."""
    saved = Saved(folder)
    checks = (whole, packed, spares, seated, joined, centre, fates, ordered, closed, priced)
    return [f"{check.__name__}: {said}" for check in checks for said in check(saved)]


def whole(s: Saved) -> Iterator[str]:
    """One disposition a system, one seat a component, one host a workload; all of them agree."""
    if Counter(r["system"] for r in s.plan["dispositions"]) != Counter(list(s.systems)):
        yield "systems and dispositions differ"
    placed = Counter(r["workload"] for r in s.plan["placements"])
    staying = {w for w, r in s.workloads.items() if s.fate.get(r["system"]) not in GONE}
    yield from (
        f"{w} is placed {placed[w]} times" for w in sorted(staying | set(placed)) if placed[w] != (w in staying)
    )
    if len(s.seats) != len(s.plan["components"]) or set(s.seats) != {r["component"] for r in s.plan["placements"]}:
        yield "components and placements differ"
    for row in s.plan["placements"]:
        work, seat = s.workloads.get(row["workload"]), s.seats.get(row["component"])
        if work is None or seat is None or (seat["pool"], seat["system"]) != (row["pool"], row["system"]):
            yield f"{row['workload']} and its component don't agree"
        elif (work["system"], work["tier"], work["arch"]) != (seat["system"], seat["tier"], seat["arch"]):
            yield f"{row['workload']} belongs to another component"
        elif (s.kind(row["pool"]) == "cluster") != bool(row["host"]):
            yield f"{row['workload']} in {row['pool']} has host {row['host']!r}"
        elif row["host"] and s.hosts.get(row["host"], {}).get("pool") != row["pool"]:
            yield f"{row['workload']} is on a host of another pool, or of none"
    for row in s.plan["components"]:
        arrived, fate = s.kind(row["pool"]) != "stays", s.fate.get(row["system"])
        if fate in GONE or (fate == "KEEP" and arrived) or (fate not in STAYS and not arrived):
            yield f"{row['component']} is in {row['pool']} though its system is {fate}"
        if arrived and row["target"] != s.pools[row["pool"]]["target"]:
            yield f"{row['component']} has another target than its pool"


def packed(s: Saved) -> Iterator[str]:
    """No host carries more than it may; members of an HA group stand apart; storage suffices."""
    for name in s.hosts:
        yield from burdened(s, name, s.on[name])
    for pool, row in s.pools.items():
        works = [r["workload"] for r in s.plan["placements"] if r["pool"] == pool]
        for resource in ("storage_high_gib", "storage_normal_gib", "storage_object_gib"):
            stored = sum(s.flat.get((w, resource), 0.0) for w in works)
            if row.get(resource) and stored > float(row[resource]) + TOLERANCE * len(works):
                yield f"{pool} stores {stored} of {row[resource]} {resource}"


def burdened(s: Saved, name: str, works: list[str]) -> Iterator[str]:
    """What a host that carries these workloads has too much of."""
    host = s.hosts[name]
    limits = {
        "memory_gib": float(host["usable_memory_gib"]),
        "vcpu": float(host["threads"]) * number(s.pools[host["pool"]]["cpu_ratio"], 1.0),
    }
    if not host["from_server"] and s.kinds[host["host_type"]]["mbps"]:
        limits["mbps"] = float(s.kinds[host["host_type"]]["mbps"])
    for resource, most in limits.items():
        load = sum(s.flat.get((w, resource), 0.0) for w in works)
        if load > most + TOLERANCE:
            yield f"{name} carries {load:.3f} {resource} of {most:.3f}"
    use = sum((s.use[w] for w in works), np.zeros(1)).max()
    if use > float(host["usable_cpu"]) + TOLERANCE:
        yield f"{name} has a CPU use of {use:.3f} of {host['usable_cpu']}"
    groups = Counter(s.workloads[w]["ha_group"] for w in works if w in s.workloads and s.workloads[w]["ha_group"])
    yield from (f"{name} carries {count} members of {group}" for group, count in groups.items() if count > 1)


def spares(s: Saved) -> Iterator[str]:
    """N+k: k hosts of every pool with hosts stay empty, each at least as large as any other of the pool."""
    least = s.option("capacity", "spare_hosts", 1)
    sizes = ("threads", "usable_cpu", "usable_memory_gib")
    for pool in sorted({h["pool"] for h in s.hosts.values()}):
        hosts = [h for h in s.hosts.values() if h["pool"] == pool]
        top = [max(float(h[size]) for h in hosts) for size in sizes]
        spare = [h for h in hosts if h["spare"] == "true"]
        yield from (f"spare {h['host']} is loaded" for h in spare if s.on[h["host"]])
        if sum([float(h[size]) for size in sizes] == top for h in spare) < least:
            yield f"{pool} has fewer than {least:g} spare hosts that are large enough"


def seated(s: Saved) -> Iterator[str]:
    """Level, zone, architecture, and what may not come at all."""
    exposed = {r["zone"] for r in s.given["zones"] if r["internet_exposed"] == "true"}
    apart = s.scenario.get("level_separation", "separate_pool") == "separate_pool"
    for name, row in s.seats.items():
        system, kind = s.systems[row["system"]], s.kind(row["pool"])
        level = s.level(row["system"])
        if int(row["level"]) != level:
            yield f"{name} has level {row['level']}, not {level}"
        if kind == "stays":
            continue
        pool = s.pools[row["pool"]]
        filed = number(pool["filed_level"])
        if kind != "colocation" and level > filed:
            yield f"{name} of level {level} is in {row['pool']}, filed for {filed:g}"
        if kind == "cluster" and apart and (level >= 3) != (filed >= 3):
            yield f"{name} of level {level} shares {row['pool']} of level {filed:g}"
        if row["zone"] not in pool["zones"].split(";"):
            yield f"{row['pool']} doesn't carry the zone {row['zone']} of {name}"
        if row["tier"] == "db" and row["zone"] in exposed:
            yield f"the database {name} is exposed to the internet"
        if s.fate.get(row["system"]) == "REHOST" and row["arch"] != pool["arch"]:
            yield f"{name} of {row['arch']} is rehosted on {pool['arch']}"
        if system["classified"] == "true" or system["data_class"] == "core":
            yield f"{name} may stand nowhere but in place"
        if system["owner_level"] != "banner" and kind != "colocation":
            yield f"{name} is its superior's, and in {row['pool']}"


def joined(s: Saved) -> Iterator[str]:
    """Every flow between seated parts, of which one at least has moved, has a conduit that lets its kind pass."""
    own = {r["zone"] for r in s.given["zones"] if r["per_department"] == "true"}
    conduits = {(r["source_zone"], r["target_zone"]): r for r in s.given["conduits"]}

    def ends(flow: Row, side: str) -> list[tuple[str, str, str]]:
        system, tier = flow.get(f"{side}_system"), flow.get(f"{side}_tier")
        if not system:
            return [(flow[f"{side}_zone"], "", "")]
        found = [r for r in s.plan["components"] if r["system"] == system and (not tier or r["tier"] == tier)]
        return [(r["zone"], s.systems[system]["department"], r["component"]) for r in found]

    def passes(zone: str, other: str, tenants: set[str], kind: str) -> bool:
        if zone == other:
            return zone not in own or len(tenants) < 2
        conduit = conduits.get((zone, other))
        if conduit is None or conduit["mode"] == "deny":
            return False
        kinds = conduit["kinds"].split(";") if conduit["kinds"] else ["DATA", "FILE"]
        return kind in kinds or (conduit["mode"] == "allow" and not conduit["kinds"])

    for flow in s.given["flows"]:
        if flow["state"] == "broken":
            continue
        for zone, tenant, one in ends(flow, "source"):
            for other, its, two in ends(flow, "target"):
                moved = any(c and s.kind(s.seats[c]["pool"]) != "stays" for c in (one, two))
                if one != two and moved and not passes(zone, other, {tenant, its} - {""}, flow["kind"]):
                    yield f"{flow['flow']} ({flow['kind']}) can't pass from {zone} to {other}"


def centre(s: Saved) -> Iterator[str]:
    """Rack units, power and cooling of the receiving rooms; most hosts of a pool."""
    moved = [s.servers[r["server"]] for r in s.plan["servers"] if r["fate"] == "relocate"]
    sites = {p["site"] for p in s.pools.values() if p["kind"] == "colocation" and p["site"]}
    load: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for host in s.hosts.values():
        box = s.servers[host["from_server"]] if host["from_server"] else s.kinds[host["host_type"]]
        load[host["site"]][0] += float(box["height_u"])
        load[host["site"]][1] += number(box["power_max_w"]) / 1000
    if len(sites) == 1:  # which of several sites a machine went to is not in the tables
        for box in moved:
            load[min(sites)][0] += float(box["height_u"])
            load[min(sites)][1] += number(box["power_max_w"]) / 1000
    rooms = s.by("rooms", "room")
    for site, (units, power) in load.items():
        for what, column in ((units, "total_u"), (power, "it_power_kw"), (power, "cooling_kw")):
            if what > number(rooms[site][column], float("inf")) + TOLERANCE:
                yield f"{site} needs {what:.2f} of {rooms[site][column]} {column}"
    for pool, count in Counter(h["pool"] for h in s.hosts.values()).items():
        if count > number(s.pools[pool]["max_hosts"], float("inf")):
            yield f"{pool} has {count} hosts"


def fates(s: Saved) -> Iterator[str]:
    """One fate a server; what carries a system that stays is kept; what is reused is a host, and the reverse."""
    if Counter(r["server"] for r in s.plan["servers"]) != Counter(list(s.servers)):
        yield "servers and fates differ"
    fate = {r["server"]: r["fate"] for r in s.plan["servers"]}
    sources = Counter(h["from_server"] for h in s.hosts.values() if h["from_server"])
    yield from (f"{server} serves as {count} hosts" for server, count in sources.items() if count > 1)
    yield from (f"{server} is {fate.get(server)}" for server in sources if fate.get(server) != "reuse")
    yield from (f"{server} is reused nowhere" for server, f in fate.items() if f == "reuse" and server not in sources)
    for row in s.plan["placements"]:
        server = s.workloads[row["workload"]]["server"] if row["workload"] in s.workloads else ""
        if server and s.kind(row["pool"]) == "stays" and fate.get(server) != "keep":
            yield f"{server} is {fate.get(server)} though {row['workload']} stays on it"
        if server and s.kind(row["pool"]) == "colocation" and fate.get(server) not in ("relocate", "keep"):
            yield f"{server} is {fate.get(server)} though {row['workload']} is relocated with it"


def ordered(s: Saved) -> Iterator[str]:
    """Every system that moves is in one wave: pools and hosts ready, no freeze, not too many, no server left in use."""
    arrived = {r["system"] for r in s.plan["components"] if s.kind(r["pool"]) != "stays"}
    moving = {system for system, fate in s.fate.items() if fate not in STAYS} | arrived
    count = Counter(r["system"] for r in s.plan["waves"])
    yield from (f"{x} is in {count[x]} waves" for x in sorted(moving | set(count)) if count[x] != (x in moving))
    size, most = Counter(r["wave"] for r in s.plan["waves"]), s.option("migration", "systems_per_wave", 12)
    yield from (f"wave {wave} has {n} systems" for wave, n in size.items() if n > most)
    for row in s.plan["components"]:
        system, pool = row["system"], row["pool"]
        if system in s.wave and s.kind(pool) != "stays" and s.opens(pool) > s.starts(system).date():
            yield f"{system} moves on {s.starts(system).date()}, before {pool} opens"
    yield from (
        f"{h['host']} is there before its pool"
        for h in s.hosts.values()
        if not h["available_from"] >= s.opens(h["pool"]).isoformat()
    )
    yield from interim(s)
    for system in s.wave:
        department = s.systems[system]["department"]
        for freeze in (r for r in s.given["calendar"] if r["kind"] == "freeze"):
            bound = freeze.get("department", "") in ("", department) and freeze.get("system", "") in ("", system)
            first, last = s.starts(system).date().isoformat(), s.last_day(system).isoformat()
            if bound and freeze["starts_on"] <= last and freeze["ends_on"] >= first:
                yield f"{system} moves in the freeze {freeze['entry']}"
    prepare = dt.timedelta(s.option("reuse", "prepare_days", 14))
    for host in s.hosts.values():
        on = {
            r["system"]
            for r in s.workloads.values()
            if host["source"] == "reused" and r["server"] == host["from_server"]
        }
        for system in sorted(on & set(s.wave)):
            if host["available_from"] < (s.last_day(system) + prepare).isoformat():
                yield f"{host['host']} is reused before {system} has left it"


def interim(s: Saved) -> Iterator[str]:
    """After every wave each workload that has come stands on one host, there by then, that bears all it carries."""
    arrived = {r["workload"]: s.wave[r["system"]]["wave"] for r in s.plan["placements"] if r["system"] in s.wave}
    stands: dict[str, str] = {}
    for wave in sorted({int(r["wave"]) for r in s.plan["waves"]}):
        day = min(s.starts(x) for x, r in s.wave.items() if int(r["wave"]) == wave).date().isoformat()
        for row in (r for r in s.plan["steps"] if int(r["wave"]) == wave):
            origin = s.workloads[row["workload"]]["server"]
            if row["from"] != stands.get(row["workload"], origin):
                yield f"{row['workload']} goes from {row['from']} in wave {wave}, where it doesn't stand"
            if row["step"] == "arrive" and int(arrived.get(row["workload"], 0)) != wave:
                yield f"{row['workload']} arrives in wave {wave}, its system moves in {arrived.get(row['workload'])}"
            stands[row["workload"]] = row["to"]
        here: dict[str, list[str]] = defaultdict(list)
        for work, host in stands.items():
            here[host].append(work)
        for host, works in here.items():
            if not "" < s.hosts[host]["available_from"] <= day:
                yield f"{host} bears load on {day}, before it is there"
            yield from (f"wave {wave}: {said}" for said in burdened(s, host, works))
    for row in s.plan["placements"]:
        if row["host"] and row["system"] in s.wave and row["workload"] not in stands:
            yield f"{row['workload']} never arrives"
        elif stands.get(row["workload"], row["host"]) != row["host"]:
            yield f"{row['workload']} ends on {stands[row['workload']]}, not on {row['host']}"


def closed(s: Saved) -> Iterator[str]:
    """A closed room holds nothing that stays, and closes after all that ran in it has moved."""
    for row in s.plan["rooms"]:
        inside = [r["server"] for r in s.plan["servers"] if r["room"] == row["room"]]
        keep = [r["server"] for r in s.plan["servers"] if r["room"] == row["room"] and r["fate"] == "keep"]
        keep += [r["device"] for r in s.given["devices"] if r["room"] == row["room"] and r["fate"] == "keep"]
        if not row["closes_on"]:
            if not row["why_not"]:
                yield f"{row['room']} stays open for no reason"
            continue
        if keep:
            yield f"{row['room']} closes with {keep[0]} in it"
        for system in {r["system"] for r in s.workloads.values() if r["server"] in inside}:
            if system not in s.wave or s.last_day(system).isoformat() >= row["closes_on"]:
                yield f"{row['room']} closes before {system} has left"


def priced(s: Saved) -> Iterator[str]:
    """The terms add up to the objective; what is bought costs its price and is there as hosts."""
    weights = s.scenario.get("weights", {})
    counted = {r["term"]: float(r["objective_yuan_per_year"]) for r in s.plan["costs"] if r["stage"] == "after"}
    total = sum(yuan * weights.get(term, 1.0) for term, yuan in counted.items())
    if abs(total - s.facts["objective"]) > 1:
        yield f"the terms add up to {total}, the objective is {s.facts['objective']}"
    after = {r["term"]: float(r["yuan_per_year"]) for r in s.plan["costs"] if r["stage"] == "after"}
    for term in sorted(counted.keys() | after.keys()):
        if counted.get(term) != after.get(term) and term != "energy":  # electricity after is that of the gains
            yield f"{term} costs {after.get(term)} after, {counted.get(term)} in the objective"
    if s.facts["bound"] > s.facts["objective"] + 1:
        yield "the bound is above the objective"
    bought = Counter((h["pool"], h["host_type"]) for h in s.hosts.values() if h["source"] == "purchased")
    listed: Counter[tuple[str, str]] = Counter()
    for row in s.plan["purchases"]:
        listed[row["pool"], row["host_type"]] += int(row["count"])
        if abs(float(row["yuan"]) - int(row["count"]) * float(s.kinds[row["host_type"]]["price_yuan"])) > 0.01:
            yield f"the purchase of {row['host_type']} for {row['pool']} is not price × count"
    if bought != listed:
        yield "hosts bought and purchases listed differ"
    budget = s.scenario.get("purchases", {}).get("budget_yuan")
    if budget is not None and sum(float(r["yuan"]) for r in s.plan["purchases"]) > budget + 1:
        yield "the purchases exceed the budget"
    if bought and not s.scenario.get("purchases", {}).get("allowed", True):
        yield "hosts are bought though nothing may be"
