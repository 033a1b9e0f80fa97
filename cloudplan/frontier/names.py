"""How the plans of a frontier are called, and what distinguishes each, in figures that words are made of."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from cloudplan.frontier.difference import fate_of
from cloudplan.frontier.search import CHEAPEST, OTHER, Frontier, Point

SLUGS = {CHEAPEST: "cheapest", "risk": "least-risk", "disruption": "least-disruption"}


@dataclass(frozen=True)
class Difference:
    """What one plan does otherwise than the first.

    Parameters
    ----------
    systems
        Systems of which it makes something else.
    targets
        How many of them have another target, by that target.
    pools
        How many keep their target and have a component in another pool, by the pool that most of these go to.
    dispositions
        How many only fare otherwise, by disposition.
    purchased, reused
        Hosts more (or, negative, fewer) than in the first plan.
    """

    systems: tuple[str, ...]
    targets: tuple[tuple[str, int], ...]
    pools: tuple[tuple[str, int], ...]
    dispositions: tuple[tuple[str, int], ...]
    purchased: int
    reused: int


def difference(front: Frontier, point: Point) -> Difference:
    """Hold a plan against the first one."""
    first = front.points[0]
    systems = front.differing(first, point)
    targets: Counter[str] = Counter()
    pools: Counter[str] = Counter()
    dispositions: Counter[str] = Counter()
    for system in systems:
        (_, was_at), was_in = fate_of(front.problem, first.placed, system)
        (now, now_at), now_in = fate_of(front.problem, point.placed, system)
        moved = [b for a, b in zip(was_in, now_in, strict=True) if a != b and b]
        if was_at != now_at:
            targets[now_at] += 1
        elif moved:
            pools[_most(Counter(moved))[0][0]] += 1
        else:
            dispositions[now] += 1
    sources = [Counter(host.source for host in p.placed.state.hosts.values()) for p in (first, point)]
    return Difference(
        systems,
        _most(targets),
        _most(pools),
        _most(dispositions),
        sources[1]["purchased"] - sources[0]["purchased"],
        sources[1]["reused"] - sources[0]["reused"],
    )


def _most(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def folder_of(front: Frontier, number: int) -> str:
    """Name of a plan's folder: its number, and what distinguishes it.

    The least of an aim carries its budget where there are several; any other plan the target or the pool to which most
    systems go that the first plan has elsewhere.
    """
    point = front.points[number]
    if point.kind != OTHER:
        slug = SLUGS[point.kind]
        if sum(other.kind == point.kind for other in front.points) > 1:
            slug += f"-{100 * point.step:g}pct"
        return f"{number + 1:02d}-{slug}"
    told = difference(front, point)
    most = max((*told.targets, *told.pools, *told.dispositions), key=lambda item: (item[1], item[0]), default=("", 0))
    return f"{number + 1:02d}-{'more-' + _plain(most[0]) if most[0] else 'other'}"


def _plain(name: str) -> str:
    """A name that any file system takes."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name)


def row_of(front: Frontier, number: int) -> dict[str, Any]:
    """One plan's figures: what ``frontier.csv`` and the JSON hold of it, ``None`` where there is nothing to say."""
    point = front.points[number]
    facts = point.plan.facts
    told = difference(front, point)
    hosts = Counter(host.source for host in point.placed.state.hosts.values())
    row: dict[str, Any] = {
        "plan": folder_of(front, number),
        "kind": point.kind,
        "budget_share": None if math.isnan(point.step) else round(point.step, 6),
        "near": point.cost <= (1.0 + front.share) * front.least,
        "chosen": number in front.chosen,
        "efficient": front.efficient(point),
        "objective_yuan_per_year": facts["objective"],
        "excess_share": round(front.excess(point), 6),
        "bound_yuan_per_year": facts["bound"],
        "gap": facts["gap"],
        "own_bound": round(point.bound, 3) if math.isfinite(point.bound) else None,
        "risk_points": round(point.total("risk"), 4),
        "disruption_hours": round(point.total("disruption"), 4),
        **{f"risk_{name}": round(value, 4) for name, value in point.aims["risk"].items()},
        "hosts_purchased": hosts["purchased"],
        "hosts_reused": hosts["reused"],
        "waves": facts["stages"]["migration"]["waves"],
        "last_wave": facts["stages"]["migration"]["last"],
        "other_targets": sum(count for _, count in told.targets),
        "other_pools": sum(count for _, count in told.pools),
        "other_dispositions": sum(count for _, count in told.dispositions),
    }
    row |= {f"kpi_{name}": kpi["value"] for name, kpi in facts["kpis"].items()}
    for other in range(len(front.points)):
        row[f"differs_from_{other + 1:02d}"] = len(front.differing(front.points[other], point))
    return row
