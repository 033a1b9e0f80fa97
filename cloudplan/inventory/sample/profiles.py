"""How busy the workloads are over a week. CPU statistics come from real traces; the rest is invented and says so.

Only the figures below were taken over, never a row of data; the generator reads no trace. A test recomputes them from
the trace, and holds the sample's own statistics to them.

**Bitbrains** (GWA-T-12, the 50 VMs published with OpenDC; 44 of them were watched for 28 days or more and count
here). A row is the mean over ``duration`` that ends at ``timestamp``; use = ``cpu_usage / cpu_capacity``, cut at 100 %
(7.0 % of the rows exceed the capacity); a row that lasts longer counts as that many samples of five minutes; hours
are those of Europe/Amsterdam (an assumption) and are taken as hours of Asia/Shanghai. 32 VMs with a mean of 0.5 % or
more count as active; shapes are theirs, for below that there is only noise. A VM's *profile* is the P95 of the samples
in each of the 168 hours of the week; a *spike* is an hour that exceeds three times the profile's mean. 9 of the 32
have spikes (:data:`SPIKY`), the other 23 have none (:data:`CALM`); the two are so unlike that each has its quantiles.

* :data:`MEAN_BITBRAINS`: quantiles over the 44 VMs of their mean use.
* :data:`DAY`, :data:`WEEKDAY_HOUR`, :data:`WEEKEND_HOUR`: the weekly shape. Each active VM's profile over its mean,
  averaged over the VMs; then the mean of each day, and the mean of each hour over Monday–Friday and over
  Saturday–Sunday, each over the mean of its own group. The peak at 01:00 looks like nightly batches and backups.
* ``level``: the profile's mean over the mean use.
* ``spread``: standard deviation over the hours of log(profile), spikes left out; profiles count as 0.1 % at least.
* ``p95``: the P95 of all samples over the profile's mean; ``p99``, ``top``: P99 and maximum over that P95.
* :data:`SPIKE`, :data:`SPIKE_COUNT`, :data:`SPIKE_HOUR`: the height of spikes over their profile's mean (86 spikes in
  all), how many a VM has, and at which hours of the day.
* :data:`SPIKY_SHARE`, :data:`SPIKY_MOST`: all VMs with spikes have a mean under 6 %, and are 9 of the 23 active ones
  there.
* :data:`LAG`: median over active VMs of the correlation of log(profile) from one hour to the next.
* :data:`COMMON`: mean over active VMs of its correlation with the mean of all the others.
* :data:`P95_TO_MEAN`: the least and the greatest P95 over mean.

A week is ``mean × level × body(h)``: log(body) is the spread times a mixture, with weights :data:`SHARED` and
√(1 − ``SHARED``²), of the weekly shape (its logarithm, standardised) and of a walk of lag-one correlation ``LAG``; the
spikes stand on it. ``SHARED`` was found by trial, so that 32 drawn profiles correlate as the 32 VMs do. The nightly
peak comes from the spikes' hours, as in the trace.

What is drawn is cut where no machine could be so. Each cut with its effect on the 639 profiles of seed 1:

* Level at 100 / mean, and hours at 100 %: 96 have such hours. A busy machine is at its capacity in the trace too, where
  8 of the 9 VMs with a mean over 17 % are; so means over 23 % have lower levels than the quantiles alone would give.
* The body at 2.95 times the profile's mean, or it would be a spike: this takes up to a sixth off spreads over 0.6, in
  the median 4 %.
* Spikes together at 70 % of a profile's sum (71 % at most in the trace); what is beyond is left out, three spikes of
  1,222.
* The P95 to between the lowest and the highest hour, as with any samples, and to between the trace's extremes of
  P95 / mean: the lower bound holds in 71 of 676 (month ends count
  too). The P99 to no less than the 34th highest hour, as with any samples.
* Percentages are rounded to tenths, by which profiles of a mean under 0.5 % (76) lose their shape.

Nothing is cut at a quantile. 19 to 23 % of the active profiles (seeds 1, 2 and 7) have spikes, fewer than the 28 % in
Bitbrains: half the means are PlanetLab's, and machines as busy as many of those have none in Bitbrains.

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
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from cloudplan.inventory.sample.draw import Draw, quantile_at

HOURS = 168
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


@dataclass(frozen=True)
class Kind:
    """Quantiles, at :data:`TENTHS`, of one kind of machine; the module says of what."""

    level: tuple[float, ...]
    spread: tuple[float, ...]
    p95: tuple[float, ...]
    p99: tuple[float, ...]
    top: tuple[float, ...]


CALM = Kind(
    level=(1.14, 1.14, 1.17, 1.26, 2.09, 2.75, 4.08, 4.39),
    spread=(0.012, 0.064, 0.085, 0.128, 0.267, 0.810, 1.039, 1.882),
    p95=(0.98, 1.00, 1.01, 1.02, 1.09, 1.25, 1.35, 1.62),
    p99=(1.00, 1.00, 1.00, 1.06, 1.12, 1.25, 1.28, 1.34),
    top=(1.00, 1.00, 1.00, 2.50, 3.42, 5.00, 5.33, 12.0),
)
SPIKY = Kind(
    level=(1.32, 1.40, 1.53, 2.25, 3.15, 4.39, 4.39, 4.39),
    spread=(0.185, 0.193, 0.217, 0.521, 0.785, 0.938, 1.202, 1.466),
    p95=(0.29, 0.33, 0.68, 0.98, 1.64, 2.24, 3.27, 4.31),
    p99=(1.17, 1.32, 1.37, 2.05, 2.11, 22.9, 23.0, 23.1),
    top=(1.36, 2.72, 4.66, 6.77, 34.2, 48.7, 50.8, 52.8),
)
ACTIVE, SPIKY_MOST, SPIKY_SHARE = 0.5, 6.0, 0.39
SPIKE = (3.04, 3.18, 3.78, 4.83, 6.96, 10.2, 14.0, 19.2)
SPIKE_COUNT = (1.0, 2.6, 6.0, 9.0, 14.0, 14.8, 16.4, 18.0)
SPIKE_HOUR = (3, 19, 13, 5, 2, 2, 1, 0, 0, 1, 2, 7, 6, 4, 4, 3, 2, 4, 4, 1, 0, 1, 0, 2)
LAG = 0.448
COMMON = 0.157
SHARED = 0.22
P95_TO_MEAN = (1.07, 7.14)
MEMORY_P95_TO_MEAN = 1.46

NO_SPIKE, MOST_OF_SPIKES, STILL_P99 = 2.95, 0.7, 34
"""Height under which an hour is surely no spike; share of a profile that spikes may make up; hours, of which 5 % are
1 % of the week: so many may exceed the P99."""


def _standard(values: Sequence[float]) -> list[float]:
    middle, width = fmean(values), pstdev(values)
    return [(v - middle) / width for v in values]


WEEK = _standard([math.log(DAY[n // 24] * (WEEKDAY_HOUR if n < 120 else WEEKEND_HOUR)[n % 24]) for n in range(HOURS)])
"""The weekly shape: its logarithm, with a mean of 0 and a standard deviation of 1."""


def mean_of(draw: Draw) -> float:
    """Draw a workload's mean CPU use, per cent."""
    return draw.quantile(TENTHS, draw.pick((MEAN_BITBRAINS, MEAN_PLANETLAB)))


def kind_of(draw: Draw, mean: float) -> Kind:
    """Draw whether a workload of some mean use has spikes."""
    return SPIKY if draw.chance(SPIKY_SHARE) and ACTIVE <= mean < SPIKY_MOST else CALM


def profile_of(draw: Draw, mean: float, kind: Kind) -> list[float]:
    """Draw a week: P95 of CPU use in each hour, per cent; the module says how."""
    high = mean * min(draw.quantile(TENTHS, kind.level), 100 / mean)
    spread, own = draw.quantile(TENTHS, kind.spread), _walk(draw)
    rest = math.sqrt(1 - SHARED**2)
    body = [math.exp(spread * (SHARED * w + rest * o)) for w, o in zip(WEEK, own, strict=True)]
    spikes = _spikes(draw) if kind is SPIKY else {}
    left = [body[n] for n in range(HOURS) if n not in spikes]
    filled = iter(_filled(left, HOURS - sum(spikes.values())))
    return [min(high * (spikes[n] if n in spikes else next(filled)), 100.0) for n in range(HOURS)]


def _spikes(draw: Draw) -> dict[int, float]:
    """Draw at which hours spikes stand, and how many times the profile's mean they reach."""
    weights = {n: float(SPIKE_HOUR[n % 24]) for n in range(HOURS) if SPIKE_HOUR[n % 24]}
    spikes: dict[int, float] = {}
    for _ in range(round(draw.quantile(TENTHS, SPIKE_COUNT))):
        hour = draw.weighted(weights)
        height = draw.quantile(TENTHS, SPIKE)
        del weights[hour]
        if sum(spikes.values()) + height <= MOST_OF_SPIKES * HOURS:
            spikes[hour] = height
    return spikes


def _filled(body: list[float], total: float) -> list[float]:
    """Scale the body so that it adds up to what the spikes leave, and no hour of it is a spike."""
    for _ in range(40):
        scale = total / sum(body)
        body = [min(b * scale, NO_SPIKE) for b in body]
    return body


def _walk(draw: Draw) -> list[float]:
    values = [draw.normal()]
    for _ in range(HOURS - 1):
        values.append(LAG * values[-1] + math.sqrt(1 - LAG**2) * draw.normal())
    return _standard(values)


def facts_of(draw: Draw, mean: float, profile: list[float], kind: Kind) -> dict[str, float]:
    """Draw mean, P95, P99 and maximum of all samples, such as can go with a profile."""
    ranked, mark = sorted(profile), draw.uniform(0, 1)
    lowest, highest = (mean * ratio for ratio in P95_TO_MEAN)
    p95 = min(max(fmean(profile) * quantile_at(mark, TENTHS, kind.p95), lowest), highest)
    p95 = min(max(p95, ranked[0]), ranked[-1])
    # where the P95 lies below the spikes, the P99 lies far above it
    p99 = p95 * quantile_at(1 - mark, TENTHS, kind.p99)
    p99 = min(max(p99, p95, ranked[-STILL_P99]), 100.0)
    top = min(max(p99, ranked[-1], p95 * quantile_at(1 - mark, TENTHS, kind.top)), 100.0)
    facts = (("avg_pct", min(mean, p95)), ("p95_pct", p95), ("p99_pct", p99), ("max_pct", top))
    return {name: round(value, 1) for name, value in facts}
