"""What stands where: whole, packed, spares kept, seats allowed, flows joined, the centre large enough."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from tests.csv_checker.saved import GONE, STAYS, TOLERANCE, Row, Saved, number


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
        arrived, fate = s.came(row), s.fate.get(row["system"])
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
        if kind == "cluster" and max(level, filed) >= 4 and level != filed:
            yield f"{name} of level {level} shares {row['pool']} of level {filed:g}, and level 4 stands alone"
        elif kind == "cluster" and apart and (level >= 3) != (filed >= 3):
            yield f"{name} of level {level} shares {row['pool']} of level {filed:g}"
        if row["zone"] not in pool["zones"].split(";"):
            yield f"{row['pool']} doesn't carry the zone {row['zone']} of {name}"
        if row["tier"] == "db" and row["zone"] in exposed:
            yield f"the database {name} is exposed to the internet"
        fate, same = s.fate.get(row["system"]), row["arch"] == pool["arch"]
        if fate == "REHOST" and not same:
            yield f"{name} of {row['arch']} is rehosted on {pool['arch']}"
        domestic = pool["arch"] in ("x86_xc", "arm", "loong", "sw")
        if fate == "REPLATFORM" and not (domestic or (same and system["xinchuang_due"] != "true")):
            yield f"{name} of {row['arch']} is adapted to {pool['arch']}, which is not domestic"
        if system["classified"] == "true" or system["data_class"] == "core":
            yield f"{name} may stand nowhere but in place"
        if system["owner_level"] != "banner" and system["approval_state"] != "approved" and kind != "colocation":
            yield f"{name} is its superior's, and in {row['pool']}"


def decided(s: Saved) -> Iterator[str]:
    """The ordered rules: the first that speaks of a system says what may become of it."""
    refusing = {d for d, r in s.by("departments", "department").items() if r["opinion"] == "refuses"}
    locked = {lock["system"] for lock in s.scenario.get("locks", [])}
    zombie = s.scenario.get("zombie_days", 180)
    judged_on = s.earlier.get("judged_on", {})
    for name, row in s.systems.items():
        if name in s.done:
            before = s.earlier["fates"][name][0]
            if s.fate.get(name) != before:
                yield f"{name} is {s.fate.get(name)}, and was carried out as {before}"
            continue
        last, day = row["last_data_on"], dt.date.fromisoformat(judged_on.get(name, s.scenario["today"]))
        rules = [
            (row["classified"] == "true" or row["data_class"] == "core", "KEEP"),
            (row["owner_level"] != "banner" and row["approval_state"] != "approved", "NEED_SUPERIOR"),
            (row["owner_level"] != "banner" and row["deploy_model"] == "superior_central", "KEEP"),
            (row["opinion"] == "refuses" or row["department"] in refusing, "KEEP"),
            (bool(last) and (day - dt.date.fromisoformat(last or "2000-01-01")).days > zombie, "RETIRE"),
            (bool(row["superseded_by"]), "MERGE UPLIFT"),
            (row["special_hardware"] == "on_site", "KEEP"),
            (row["special_hardware"] not in ("", "none"), "RELOCATE"),
            (row["software_route"] == "rewrite", "REFACTOR"),
            (row["support"] == "expired" or row["xinchuang_due"] == "true", "REPLATFORM"),
            (row["software_route"] in ("adapted", "adaptable"), "REHOST REPLATFORM KEEP"),
            (True, "REHOST KEEP"),
        ]
        may = next(fates for holds, fates in rules if holds).split()
        if "REHOST" in may and any(s.came(r) for r in s.seats.values() if r["system"] == name):
            may.remove("KEEP")  # only what runs in a pool already is kept without a reason of its own
        if s.fate.get(name) not in may and name not in locked:
            yield f"{name} is {s.fate.get(name)}, where the rules leave {may}"


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
