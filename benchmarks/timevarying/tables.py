"""The tables of the study, from its file of lines alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.timevarying.frontier import Point, Reached, at_risk
from benchmarks.timevarying.sizing import METHODS

LEVELS = (0.01, 0.001, 0.0001)
Level = float | str
"""A risk, or the method whose own usual headroom sets it in each draw."""
ANCHORS: dict[str, tuple[str, float]] = {"of P95 + 10 %": ("p95", 0.1), "of the peaks": ("max", 0.0)}


def sweeps(lines: pd.DataFrame) -> dict[tuple[int, str], list[Point]]:
    """Part the lines of one data set by draw and method."""
    return {
        (int(draw), str(method)): [
            Point(*row)
            for row in part[["headroom", "hosts", "overload_share", "host_slots"]].itertuples(index=False, name=None)
        ]
        for (draw, method), part in lines.groupby(["draw", "method"])
    }


def level_in(points: dict[tuple[int, str], list[Point]], draw: int, level: Level) -> float:
    """Say what risk a level means in a draw."""
    if isinstance(level, float):
        return level
    method, headroom = ANCHORS[level]
    return next(point.risk for point in points[draw, method] if abs(point.headroom - headroom) < 1e-9)


def compared(lines: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Give, for each draw and method of one data set, the risk compared at, the headroom and the hosts; NaN where not reached."""
    points = sweeps(lines)
    rows = []
    for draw, method in points:
        risk = level_in(points, draw, level)
        found = at_risk(points[draw, method], risk) or Reached(np.nan, np.nan)
        rows.append((draw, method, risk, found.headroom, found.hosts))
    return pd.DataFrame(rows, columns=["draw", "method", "risk", "headroom", "hosts"])


def saving(table: pd.DataFrame, method: str, against: str) -> pd.Series:
    """Give the share of hosts that a method saves against another, draw by draw, where both reach the risk."""
    hosts = table.pivot(index="draw", columns="method", values="hosts")
    return (1 - hosts[method] / hosts[against]).dropna()


def interval(values: pd.Series) -> str:
    """Say the mean and where the middle 95 % of the draws lie, in per cent."""
    if values.empty:
        return "–"
    if len(values) == 1:
        return f"{100 * values.iloc[0]:.1f} %"
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{100 * values.mean():.1f} % ({100 * low:.1f} … {100 * high:.1f})"


def table(lines: pd.DataFrame) -> Iterator[str]:
    """Write the tables of one data set."""
    draws = lines["draw"].nunique()
    methods = [name for name in METHODS if name in set(lines["method"])]
    yield f"### {lines['dataset'].iloc[0]} ({draws} fleets)\n"
    yield "| risk | sized by | headroom | hosts | saved against P95 | saved against peaks | fleets |"
    yield "|---|---|---|---|---|---|---|"
    for level in (*ANCHORS, *LEVELS):
        found = compared(lines, level)
        said = f"{100 * level:g} %" if isinstance(level, float) else f"{level} ({100 * found['risk'].mean():.3f} %)"
        for method in methods:
            mine = found[found["method"] == method].dropna()
            if mine.empty:
                yield f"| {said} | {method} | not reached | | | | 0 |"
                continue
            saved = [interval(saving(found, method, other)) if other != method else "" for other in ("p95", "max")]
            yield (
                f"| {said} | {method} | {100 * mine['headroom'].mean():+.0f} % | {mine['hosts'].mean():.1f} "
                f"| {saved[0]} | {saved[1]} | {len(mine)} |"
            )
    yield ""


def tables(path: Path) -> Iterator[str]:
    """Write the tables of every data set in a file."""
    lines = pd.read_csv(path)
    for _, part in lines.groupby("dataset", sort=False):
        yield from table(part)
