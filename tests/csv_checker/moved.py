"""How it gets there: fates of servers, waves, hosts in time, rooms closed, money."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.csv_checker.placed import burdened
from tests.csv_checker.saved import STAYS, Saved


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
    arrived = {r["system"] for r in s.plan["components"] if s.came(r)}
    moving = {system for system, fate in s.fate.items() if fate not in STAYS} | arrived
    # what an earlier plan has moved, and what stays there, moves no more
    moving -= {x for x in s.done if all(s.rests(r) for r in s.plan["components"] if r["system"] == x)}
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
        left = {r["system"] for r in s.workloads.values() if r["server"] in inside}
        # what is stopped holds a room only until its system has gone elsewhere
        left |= {r["system"] for r in s.given["workloads"] if r["server"] in inside and r["system"] in s.wave}
        for system in left:
            if system not in s.wave or s.last_day(system).isoformat() >= row["closes_on"]:
                yield f"{row['room']} closes before {system} has left"


def priced(s: Saved) -> Iterator[str]:
    """The terms add up to the objective; what is bought costs its price and is there as hosts."""
    weights = s.scenario.get("weights", {})
    counted = {r["term"]: float(r["objective_yuan_per_year"]) for r in s.plan["costs"] if r["stage"] == "after"}
    total = sum(yuan * weights.get(term, 1.0) for term, yuan in counted.items())
    total += sum(s.facts.get("penalties", {}).values())
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
