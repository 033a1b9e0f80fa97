"""The tables of the study, from its file of lines alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.timevarying.frontier import Frontier, Reached, Sweep
from benchmarks.timevarying.sizing import METHODS

LEVELS = (0.01, 0.001, 0.0001)
ANCHORS: dict[str, tuple[str, float]] = {"of P95 + 10 %": ("p95", 0.1), "of the peaks": ("max", 0.0)}
AGAINST = ("p95", "max")
AGAIN = 500
"""Times that the fleets are drawn again for an interval."""

Level = float | str
"""A risk, or the way of sizing whose own usual headroom sets it."""


def sweeps(lines: pd.DataFrame) -> dict[str, Sweep]:
    """Give the sweep of each way of sizing, at the headrooms at which every fleet could be packed."""
    out = {}
    for method in METHODS:
        mine = lines[lines["method"] == method]
        if mine.empty:
            continue
        by = mine.assign(over=mine["overload_share"] * mine["host_slots"]).pivot(index="draw", columns="headroom")
        whole = by["hosts"].notna().all()
        hosts, over, slots = (by[column].loc[:, whole].to_numpy(float) for column in ("hosts", "over", "host_slots"))
        out[method] = Sweep(whole.index[whole].to_numpy(float), hosts, over, slots)
    return out


def compared(
    swept: dict[str, Sweep], level: Level, fleets: np.ndarray | None = None
) -> tuple[float, dict[str, Reached]]:
    """Give the risk that a level means, and where each way of sizing that reaches it does so."""
    frontiers = {method: Frontier(sweep, fleets) for method, sweep in swept.items()}
    risk = level if isinstance(level, float) else frontiers[ANCHORS[level][0]].risk_of(ANCHORS[level][1])
    found = {method: frontier.at(risk) for method, frontier in frontiers.items()}
    return risk, {method: reached for method, reached in found.items() if reached is not None}


def saved(found: dict[str, Reached], method: str, against: str) -> float:
    """Give the share of hosts saved, or NaN where one of them does not reach the risk."""
    if method not in found or against not in found:
        return float("nan")
    return 1 - found[method].hosts / found[against].hosts


def said(value: float, again: Sequence[float]) -> str:
    """Say a share in per cent and where the middle 95 % of the draws of fleets put it."""
    if np.isnan(value):
        return "–"
    known = np.array([other for other in again if not np.isnan(other)])
    if len(known) < 2:
        return f"{100 * value:.1f} %"
    low, high = 100 * np.quantile(known, [0.025, 0.975])
    part = "" if len(known) == len(again) else f", of {len(known) / len(again):.0%}"
    return f"{100 * value:.1f} % ({low:.1f} … {high:.1f}{part})"


def table(name: str, lines: pd.DataFrame) -> Iterator[str]:
    """Write the table of one data set and one way of filling the hosts."""
    swept = sweeps(lines)
    draws = lines["draw"].nunique()
    random = np.random.default_rng(1)
    resamples = [random.integers(draws, size=draws) for _ in range(AGAIN if draws > 1 else 0)]
    yield f"### {name} ({draws} {'fleets' if draws > 1 else 'fleet'})\n"
    yield "| risk | sized by | headroom | hosts | saved against P95 | saved against peaks |"
    yield "|---|---|---|---|---|---|"
    for level in (*ANCHORS, *LEVELS):
        risk, found = compared(swept, level)
        again = [compared(swept, level, fleets)[1] for fleets in resamples]
        title = (
            f"{100 * risk:g} %"
            if isinstance(level, float)
            else f"{level} ({f'{100 * risk:.4f} %' if risk else 'none seen'})"
        )
        for method in swept:
            if method not in found:
                yield f"| {title} | {method} | not reached | | | |"
                continue
            cells = [
                "" if other == method else said(saved(found, method, other), [saved(f, method, other) for f in again])
                for other in AGAINST
            ]
            here = found[method]
            yield f"| {title} | {method} | {100 * here.headroom:+.0f} % | {here.hosts:.1f} | {cells[0]} | {cells[1]} |"
    yield ""


def tables(path: Path) -> Iterator[str]:
    """Write the tables of everything in a file."""
    for (dataset, filling), part in pd.read_csv(path).groupby(["dataset", "filling"], sort=False):
        yield from table(f"{dataset}, {filling}", part)
