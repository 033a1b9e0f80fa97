"""Figures that the other checks build on, reckoned again from the inputs: hosts, demand, locks, windows, gains."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from tests.csv_checker.saved import STAYS, TOLERANCE, Row, Saved, number

HOURS = [f"h{n:03d}" for n in range(168)]


def performance(s: Saved, machine: Row) -> float:
    return number(machine["perf_per_core"], s.option("capacity", "perf_per_core", 1.0))


def equipped(s: Saved) -> Iterator[str]:
    """A host is as large as its server or its type, less the reserves."""
    reserves = [("cpu_reserve", 0.1), ("cpu_headroom", 0.1), ("memory_reserve", 0.1)]
    cpu, head, memory = (s.option("capacity", name, default) for name, default in reserves)
    for name, host in s.hosts.items():
        box = s.servers[host["from_server"]] if host["from_server"] else s.kinds[host["host_type"]]
        truth = {
            "threads": float(box["threads"]),
            "usable_cpu": float(box["threads"]) * performance(s, box) * (1 - cpu - head),
            "usable_memory_gib": float(box["memory_gib"]) * (1 - memory),
        }
        for column, value in truth.items():
            if abs(float(host[column]) - value) > TOLERANCE:
                yield f"{name} has {column} {host[column]}, not {value:.3f}"


def evidence(s: Saved, work: str, resource: str, week: str = "normal") -> Row | None:
    """The usage row of a week that counts: long enough, and not all zero without samples."""
    for row in s.given["usage"]:
        if (row["workload"], row["resource"], row["week"]) != (work, resource, week):
            continue
        short = row["basis"] == "measured" and number(row["days"]) < s.option("demand", "minimum_days", 14)
        figures = [number(row[c]) for c in ("p95_pct", "p99_pct", "max_pct", "avg_pct", "h012")]
        return None if short or not any(figures) or row["samples"] == "0" else row
    return None


def sized(s: Saved) -> Iterator[str]:
    """What nobody measured is never shrunk; what was is as large as measured, with its margins."""
    if set(s.use) != set(s.workloads):
        yield "workloads and demand differ"
        return
    growth = (1 + s.option("demand", "growth_per_year", 0)) ** s.option("demand", "growth_years", 0)
    for work, row in s.workloads.items():
        size, memory = float(row["vcpu"]) * growth, float(row["memory_gib"]) * growth
        # what a plan has moved was measured where it stood before
        box = s.servers.get(s.earlier.get("sized_on", {}).get(work, row["server"]))
        reference = size * (performance(s, box) if box else s.option("capacity", "perf_per_core", 1.0))
        cpu, ram = evidence(s, work, "cpu"), evidence(s, work, "memory")
        kept = cpu is None or cpu["basis"] == "assumed" or blind(s, work)
        slow, given = slowest(s, row), s.flat[work, "vcpu"]
        if kept and abs(given - max(size, reference / slow)) > TOLERANCE:
            yield f"{work} is allotted {given} vCPU though its {size} are unmeasured"
        peak = s.use[work].max()
        if not kept and given * slow * s.option("demand", "target_utilisation", 0.7) < peak - TOLERANCE:
            yield f"{work} is allotted {given} vCPU, too few for {peak} on cores of {slow}"
        if cpu is None:
            told = np.full(168, s.option("demand", "nodata_use", 1.0))
        else:
            flat = number(cpu["p95_pct"], number(cpu["max_pct"]))
            told = np.array([number(cpu[h], flat) if all(cpu[x] for x in HOURS) else flat for h in HOURS]) / 100
        if np.abs(s.use[work][:168] - told * reference).max() > TOLERANCE:
            yield f"{work} uses other CPU than its evidence says"
        if s.use[work][168:].max() < s.use[work][:168].max() - TOLERANCE and not any(
            (r["workload"], r["resource"], r["week"]) == (work, "cpu", "month_end") for r in s.given["usage"]
        ):
            yield f"{work} is idle at month end though nobody measured it then"
        if ram is None or ram["basis"] == "assumed":
            if abs(s.flat[work, "memory_gib"] - memory) > TOLERANCE:
                yield f"{work} is allotted {s.flat[work, 'memory_gib']} GiB though its {memory} are unmeasured"
        else:
            high = number(ram["p99_pct"], number(ram["max_pct"], number(ram["p95_pct"])))
            need = memory * high / 100 * (1 + s.option("demand", "memory_margin", 0.2))
            if s.flat[work, "memory_gib"] < need - TOLERANCE:
                yield f"{work} is allotted {s.flat[work, 'memory_gib']} GiB of the {need:.1f} it needs"


def slowest(s: Saved, work: Row) -> float:
    """Performance of the slowest host type of its instruction set, or of all where its system may be adapted."""
    system = s.systems[work["system"]]
    adapts = system["software_route"] != "as_is" or system["support"] == "expired" or system["xinchuang_due"] == "true"
    return min((performance(s, k) for k in s.kinds.values() if adapts or k["arch"] == work["arch"]), default=1.0)


def tagged(s: Saved) -> Iterator[str]:
    """Either week of CPU use, and the allocation, is called measured or declared only where it is."""
    for row in s.plan["demand"]:
        work = row["workload"]
        cpu, end = evidence(s, work, "cpu"), evidence(s, work, "cpu", "month_end")
        known = [week["basis"] if week else "assumed" for week in (cpu, end)]
        if row["resource"] == "cpu" and [row["basis"], row["month_end_basis"]] != known:
            yield f"{work} has CPU use that is {row['basis']} and {row['month_end_basis']} at month end, not {known}"
        if row["resource"] == "vcpu":
            kept = cpu is None or cpu["basis"] == "assumed" or blind(s, work)
            late = s.use[work][168:].max() > s.use[work][:168].max()
            truth = "assumed" if kept else known[1] if late else known[0]
            if row["basis"] != truth or (row["statistic"] == "size") != kept:
                yield f"{work} is allotted vCPU by {row['statistic']}, {row['basis']}: it is {truth}"


def blind(s: Saved, work: str) -> bool:
    """Whether a workload has a month end that nobody measured, nor gave a factor for."""
    system = s.systems[s.workloads[work]["system"]]
    stated = system["month_end_factor"] or evidence(s, work, "cpu", "month_end")
    return system["seasonal"] == "true" and not stated


def locked(s: Saved) -> Iterator[str]:
    """Every lock of the scenario holds."""
    for lock in s.scenario.get("locks", []):
        if lock.get("disposition") not in (None, s.fate.get(lock["system"])):
            yield f"{lock['system']} is {s.fate.get(lock['system'])}, locked to {lock['disposition']}"
        pools = {r["pool"] for r in s.seats.values() if r["system"] == lock["system"]}
        if lock.get("pool") is not None and pools - {lock["pool"]}:
            yield f"{lock['system']} is in {pools}, locked to {lock['pool']}"


def timed(s: Saved) -> Iterator[str]:
    """Every wave is a window of the calendar, its outages end by the point of no return, and what is called is there.

    A system moves no later than those that wait for its answers: in one wave, or before.
    """
    options = s.scenario.get("migration", {})
    weekday, _, time = options.get("window_starts", "Fri 20:00").partition(" ")
    hours = s.option("migration", "window_hours", 52)
    usable = hours * (1 - s.option("migration", "rollback_share", 0.4))
    for system, row in s.wave.items():
        starts = s.starts(system)
        ends = dt.datetime.fromisoformat(row["window_end"])
        if (f"{starts:%a %H:%M}", ends - starts) != (f"{weekday} {time}", dt.timedelta(hours=hours)):
            yield f"{system} moves from {starts} to {ends}, which is no window"
        days = [r for r in s.given["calendar"] if r["kind"] == "window"]
        days = [r for r in days if r["department"] in ("", s.systems[system]["department"])]
        own = [r for r in days if r["system"] == system] or [r for r in days if r["department"] and not r["system"]]
        days, last = own or [r for r in days if not r["system"]], s.last_day(system).isoformat()
        if days and not any(r["starts_on"] <= starts.date().isoformat() <= last <= r["ends_on"] for r in days):
            yield f"{system} moves on a day on which the calendar allows it no cutover"
        if starts.date().isoformat() < str(options.get("starts_on", "2026-03-02")):
            yield f"{system} moves before the migration starts"
        bears = number(s.systems[system]["max_outage_minutes"], float("inf")) / 60
        carried = s.fate.get(system) in {"RELOCATE", *STAYS}
        if float(row["outage_hours"]) > min(usable, float("inf") if carried else bears) + TOLERANCE:
            yield f"{system} is down for {row['outage_hours']} h, of {min(usable, bears):.2f} h allowed"
    arrived = {r["system"] for r in s.seats.values() if s.kind(r["pool"]) != "stays"}
    tiers = {(r["system"], r["tier"]) for r in s.seats.values()}
    for flow in s.given["flows"]:
        ends_ = (flow["source_system"], flow["target_system"])
        if flow["kind"] != "REQRESP" or flow["state"] == "broken" or flow["can_be_async"] == "true":
            continue
        if not {(ends_[0], flow["source_tier"]), (ends_[1], flow["target_tier"])} <= tiers or ends_[0] == ends_[1]:
            continue
        if set(ends_) <= arrived & set(s.wave) and int(s.wave[ends_[1]]["wave"]) > int(s.wave[ends_[0]]["wave"]):
            yield f"{ends_[0]} moves in wave {s.wave[ends_[0]]['wave']}, before {ends_[1]}, which it calls"


def gained(s: Saved) -> Iterator[str]:
    """Hosts' mean and peak of CPU use after the move are those of what stands on them; one pool's is no other's."""
    size: dict[str, float] = defaultdict(float)
    use: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(336))
    for name, host in s.hosts.items():
        box = s.servers[host["from_server"]] if host["from_server"] else s.kinds[host["host_type"]]
        size[host["pool"]] += float(host["threads"]) * performance(s, box)
        for work in s.on[name]:
            use[host["pool"]] += s.use[work]
    for row in s.plan["utilisation"]:
        if (row["scope"], row["resource"], row["when"], row["basis"]) != ("pool", "cpu", "after", "all"):
            continue
        most = use[row["id"]].max() / size[row["id"]]
        if not number(row["mean"]) <= number(row["p95"]) <= number(row["peak"]) <= most + TOLERANCE:
            yield f"{row['id']} reaches {row['peak']} of its CPU; the sum of all P95 is {most:.3f}"
