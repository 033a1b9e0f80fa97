"""The table ``usage``: what is known of how busy the workloads are, and of which nothing is."""

from __future__ import annotations

import math

from cloudplan.inventory.sample.draw import Draw
from cloudplan.inventory.sample.profiles import MEMORY_P95_TO_MEAN, facts_of, kind_of, mean_of, profile_of

Row = dict[str, object]

SEEN = {"full": 0.42, "flat": 0.18}
BLIND = {"short": 0.04, "declared": 0.10, "nothing": 0.26}
"""Shares of the servers that run something, by what is known of what they run: hours of the week; overall figures;
too few days of them; a declaration only; nothing. The last three are not monitored."""
OVERLOOKED = 0.08
"""Share of the further workloads on a monitored server that the monitor doesn't know."""


def usage_rows(seed: int, systems: list[Row], workloads: list[Row]) -> list[Row]:
    """Make the table ``usage``: one row for each workload, resource and week of which anything is known."""
    draw = Draw(seed, "usage")
    by_system = {str(s["system"]): s for s in systems}
    here = [w for w in workloads if w["server"] is not None]
    busy = list(dict.fromkeys(str(w["server"]) for w in here if w["state"] == "running"))
    monitored = dict(zip(busy, draw.quota(len(busy), SEEN | BLIND), strict=True))
    rows: list[Row] = []
    seen: set[str] = set()
    for w in here:
        server = str(w["server"])
        known = monitored.get(server, "flat")
        if known in SEEN and server in seen and draw.chance(OVERLOOKED):
            known = "nothing"
        elif known in SEEN and w["state"] == "running":
            seen.add(server)
        if known != "nothing":
            rows += _known(draw, w, by_system[str(w["system"])], known)
    return rows


def _known(draw: Draw, workload: Row, system: Row, known: str) -> list[Row]:
    mean = mean_of(draw)
    kind = kind_of(draw, mean)
    profile = profile_of(draw, mean, kind)
    facts = facts_of(draw, mean, profile, kind)
    name = {"workload": workload["workload"], "resource": "cpu", "week": "normal"}
    if known == "declared":
        return [name | {"basis": "declared", "source": "单位填报"} | _stated(draw, facts)]
    if workload["state"] == "stopped":
        # nothing ran: a monitor that reports zeros without one sample
        silent: Row = {"basis": "measured", "source": "监控平台", "days": 30.0, "samples": 0}
        return [name | silent | dict.fromkeys(("avg_pct", "p95_pct", "max_pct"), 0.0)]
    days = draw.integer(4, 12) if known == "short" else draw.pick((30, 30, 60, 90))
    source = draw.pick(("监控平台", "虚拟化平台", "sar 日志"))
    seen: Row = {"basis": "measured", "source": source, "days": float(days), "samples": days * 288}
    rows = [name | seen | facts | (_hours(profile) if known == "full" else {})]
    if system["seasonal"] and system["month_end_factor"] is None:
        factor = draw.uniform(1.4, 3.0)
        end = [min(p * (factor if _office(n) else 1 + (factor - 1) / 3), 100.0) for n, p in enumerate(profile)]
        peak = seen | {"days": 14.0, "samples": 14 * 288}
        higher = facts_of(draw, mean * (1 + (factor - 1) / 2), end, kind)
        rows.append(name | {"week": "month_end"} | peak | higher | _hours(end))
    if draw.chance(0.85):
        rows.append(_memory(draw, workload, seen))
    return rows


def _hours(profile: list[float]) -> Row:
    return {f"h{n:03d}": round(p, 1) for n, p in enumerate(profile)}


def _office(hour: int) -> bool:
    return hour < 120 and 8 <= hour % 24 < 18


def _stated(draw: Draw, facts: dict[str, float]) -> Row:
    """Turn what is true into what a department declares: more of it, in steps of five."""
    names = ("avg_pct", "p95_pct", "max_pct")
    steps = sorted(math.ceil(min(facts[k] * draw.uniform(1.0, 1.5), 100.0) / 5) * 5.0 for k in names)
    return dict(zip(names, steps, strict=True))


def _memory(draw: Draw, workload: Row, seen: Row) -> Row:
    mean = draw.quantile((0, 0.2, 0.7, 0.95, 1), (5, 18, 45, 62, 68))
    p95 = min(mean * (1 + (MEMORY_P95_TO_MEAN - 1) * draw.uniform(0.2, 1.0)), 96.0)
    p99 = min(p95 * draw.uniform(1.0, 1.08), 98.0)
    facts = {"avg_pct": mean, "p95_pct": p95, "p99_pct": p99, "max_pct": min(p99 * draw.uniform(1.0, 1.1), 100.0)}
    name: Row = {"workload": workload["workload"], "resource": "memory", "week": "normal"}
    return name | seen | {k: round(v, 1) for k, v in facts.items()}
