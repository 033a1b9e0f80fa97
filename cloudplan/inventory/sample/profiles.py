"""How the workloads use what they hold. CPU statistics come from real traces; the rest is invented and says so.

Only the figures below were taken over, never a row of data; the generator reads no trace.

**Bitbrains** (GWA-T-12, the 50 VMs published with OpenDC; 44 of them were watched for 28 days or more and count
here). A row is the mean over ``duration`` that ends at ``timestamp``; use = ``cpu_usage / cpu_capacity``, cut at 100 %
(7.0 % of the rows exceed the capacity); a row that lasts longer counts as that many samples of five minutes; hours
are those of Europe/Amsterdam (an assumption) and are taken as hours of Asia/Shanghai. 32 VMs with a mean of 0.5 % or
more count as active; shapes are theirs, for below that there is only noise.

* :data:`MEAN_BITBRAINS`: quantiles over the 44 VMs of their mean use.
* :data:`DAY`, :data:`WEEKDAY_HOUR`, :data:`WEEKEND_HOUR`: the weekly shape. For each active VM the P95 of the samples
  in each of the 168 hours, over the mean of these; averaged over the VMs; then the mean of each day, and the mean of
  each hour over Monday–Friday and over Saturday–Sunday, each over the mean of its own group. The peak at 01:00 looks
  like nightly batches and backups.
* :data:`LEVEL`: quantiles over active VMs of the mean of the 168 P95 over the mean use.
* :data:`SPREAD`: quantiles over active VMs of the standard deviation over the hours of the week of log(P95 profile).
* :data:`LAG`: median over active VMs of the correlation of that logarithm from one hour to the next.
* :data:`COMMON`: mean over active VMs of its correlation with the mean of all the others: the common factor.
* :data:`P95_TO_MEAN`, :data:`P99_TO_P95`, :data:`MAX_TO_P95`: quantiles over active VMs of these ratios; the last up
  to its 90 % quantile.
* :data:`SPIKY`, :data:`SPIKE`: share of active VMs with hours whose P95 exceeds three times their profile's mean, the
  share of such hours in them, and their height (median, 90 % quantile).

**PlanetLab** (workload of CloudSim, 2011-03-03: 1,052 VMs, one day of five-minute percentages): only
:data:`MEAN_PLANETLAB`, quantiles over VMs of mean use, its ends cut to 0.5 and 60 %. Its daily shape is flatter still
(hourly means between 0.92 and 1.06 of the day's on that day) and agrees that machines peak at different hours, so the
Bitbrains week serves for both.

A workload's mean is drawn from Bitbrains or PlanetLab with equal chances (the mixture is a choice of this project: the
one is a hoster of business systems, mostly idle; the other a shared research network, busier).

**Memory**: there is hardly any data; one raw Bitbrains file (one VM) states memory use, 5.9 % on average. Only its
ratio of P95 to mean (:data:`MEMORY_P95_TO_MEAN`) is taken; the levels are invented.

**Month end**: no trace knows it; the factors are invented.
"""

from __future__ import annotations

import math

from cloudplan.inventory.sample.draw import Draw

Row = dict[str, object]

TENTHS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
MEAN_BITBRAINS = (0.02, 0.09, 0.28, 1.48, 3.03, 46.0, 47.8, 55.4)
MEAN_PLANETLAB = (0.5, 1.6, 2.8, 6.8, 14.4, 33.7, 40.8, 60.0)
DAY = (0.964, 0.973, 1.039, 1.113, 1.013, 0.932, 0.966)
WEEKDAY_HOUR = (
    1.03, 1.60, 1.18, 1.12, 0.90, 0.90, 0.81, 0.81, 0.89, 0.90, 0.98, 1.08,
    1.12, 1.02, 1.05, 1.03, 0.98, 1.15, 1.01, 0.88, 0.85, 0.91, 0.86, 0.95,
)  # fmt: skip
WEEKEND_HOUR = (
    1.10, 1.68, 1.23, 1.21, 1.19, 1.00, 0.97, 0.88, 0.90, 0.83, 0.88, 0.90,
    0.93, 0.92, 0.92, 0.93, 0.91, 0.93, 0.91, 0.92, 0.93, 0.97, 0.93, 1.02,
)  # fmt: skip
LEVEL = (1.14, 1.16, 1.19, 1.63, 2.14, 4.10, 4.39, 4.39)
SPREAD = (0.012, 0.078, 0.111, 0.194, 0.704, 0.994, 1.075, 1.467)
LAG = 0.448
COMMON = 0.158
P95_TO_MEAN = (1.07, 1.15, 1.17, 1.36, 2.33, 5.20, 6.11, 7.14)
P99_TO_P95 = (1.0, 1.0, 1.02, 1.12, 1.35, 2.07, 11.5, 23.1)
MAX_TO_P95 = (1.0, 1.0, 1.15, 3.05, 5.21, 11.6)
SPIKY, SPIKE_HOURS, SPIKE = 0.25, 0.08, (4.83, 10.2)
MEMORY_P95_TO_MEAN = 1.46

HOURS = 168
MEASURED, SHORT, DECLARED = 0.60, 0.04, 0.10
"""Shares of workloads with measured use, with too few days of it, with a declaration only; the rest has nothing."""


def usage_rows(seed: int, systems: list[Row], workloads: list[Row]) -> list[Row]:
    """Make the table ``usage``: one row for each workload, resource and week of which anything is known."""
    draw = Draw(seed, "usage")
    common = _walk(draw)
    by_system = {str(s["system"]): s for s in systems}
    running = [w for w in workloads if w["server"] is not None]
    kinds = draw.quota(
        len(running), {"full": 0.42, "flat": MEASURED - 0.42, "short": SHORT, "declared": DECLARED, "nothing": 0.26}
    )
    rows: list[Row] = []
    for w, kind in zip(running, kinds, strict=True):
        system = by_system[str(w["system"])]
        if kind == "nothing":
            continue
        mean = draw.quantile(TENTHS, draw.pick((MEAN_BITBRAINS, MEAN_PLANETLAB)))
        profile = profile_of(draw, mean, common)
        facts = _facts(draw, mean, profile)
        name = {"workload": w["workload"], "resource": "cpu", "week": "normal"}
        if kind == "declared":
            rows.append(name | {"basis": "declared", "source": "单位填报"} | _stated(draw, facts))
            continue
        if w["state"] == "stopped":
            # nothing ran: a monitor that reports zeros without one sample
            rows.append(
                name
                | {
                    "basis": "measured",
                    "source": "监控平台",
                    "days": 30.0,
                    "samples": 0,
                    "avg_pct": 0.0,
                    "p95_pct": 0.0,
                    "max_pct": 0.0,
                }
            )
            continue
        days = draw.integer(4, 12) if kind == "short" else draw.pick((30, 30, 60, 90))
        seen: Row = {
            "basis": "measured",
            "source": draw.pick(("监控平台", "虚拟化平台", "sar 日志")),
            "days": float(days),
            "samples": days * 288,
        }
        hours = {f"h{n:03d}": round(p, 1) for n, p in enumerate(profile)} if kind == "full" else {}
        rows.append(name | seen | facts | hours)
        if system["seasonal"] and system["month_end_factor"] is None:
            factor = draw.uniform(1.4, 3.0)
            end = [min(p * (factor if _office(n) else 1 + (factor - 1) / 3), 100.0) for n, p in enumerate(profile)]
            peak = seen | {"days": 14.0, "samples": 14 * 288}
            hours = {f"h{n:03d}": round(p, 1) for n, p in enumerate(end)}
            rows.append(name | {"week": "month_end"} | peak | _facts(draw, mean * (1 + (factor - 1) / 2), end) | hours)
        if draw.chance(0.85):
            rows.append(_memory(draw, w, seen))
    return rows


def profile_of(draw: Draw, mean: float, common: list[float]) -> list[float]:
    """Draw a week: P95 of CPU use in each hour, per cent.

    ``mean × level × shape(h) × exp(σ z(h))``, where z is a walk of lag-one correlation :data:`LAG` that shares the
    factor :data:`COMMON` with all other workloads, and with spikes in :data:`SPIKY` of them.
    """
    high = mean * draw.quantile(TENTHS, LEVEL)
    spread = draw.quantile(TENTHS[:6], SPREAD[:6])
    own = _walk(draw)
    share = math.sqrt(1 - COMMON**2)
    logs = [spread * (COMMON * c + share * o) - spread**2 / 2 for c, o in zip(common, own, strict=True)]
    shape = [DAY[n // 24] * (WEEKDAY_HOUR if n < 120 else WEEKEND_HOUR)[n % 24] for n in range(HOURS)]
    # the peak at night is a few machines' batch: most have little of it
    follow = draw.uniform(0.2, 1.8)
    week = [high * s**follow * math.exp(x) for s, x in zip(shape, logs, strict=True)]
    if draw.chance(SPIKY):
        hours = draw.shuffled(range(HOURS))[: draw.integer(1, int(HOURS * SPIKE_HOURS))]
        height = draw.uniform(3.0, SPIKE[0])
        for n in hours:
            week[n] = max(week[n], high * height)
    return [min(p, 100.0) for p in week]


def _walk(draw: Draw) -> list[float]:
    values = [draw.normal()]
    for _ in range(HOURS - 1):
        values.append(LAG * values[-1] + math.sqrt(1 - LAG**2) * draw.normal())
    return values


def _office(hour: int) -> bool:
    return hour < 120 and 8 <= hour % 24 < 18


def _facts(draw: Draw, mean: float, profile: list[float]) -> dict[str, float]:
    ranked = sorted(profile)
    p95 = min(max(mean * draw.quantile(TENTHS, P95_TO_MEAN), ranked[HOURS // 2]), ranked[-1])
    p99 = min(max(p95 * draw.quantile(TENTHS[:6], P99_TO_P95[:6]), p95), 100.0)
    top = min(max(p99, ranked[-1], p95 * draw.quantile(TENTHS[:6], MAX_TO_P95)), 100.0)
    return {
        k: round(v, 1) for k, v in (("avg_pct", min(mean, p95)), ("p95_pct", p95), ("p99_pct", p99), ("max_pct", top))
    }


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
    return (
        {"workload": workload["workload"], "resource": "memory", "week": "normal"}
        | seen
        | {k: round(v, 1) for k, v in facts.items()}
    )
