"""Estates for the hand examples: placement's small one, with the tables that clauses read besides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cloudplan.clauses.estate import Estate
from cloudplan.placement import example
from cloudplan.placement.candidates import problem_of
from cloudplan.scenario import Scenario, TargetOptions
from cloudplan.state import Cutover

Seats = Mapping[str, tuple[str, str, str]]
BASE: Mapping[str, Mapping[Any, Mapping[str, Any]]] = {
    "departments": {"D": {}},
    "rooms": {"R": {"kind": "department"}, "C": {"kind": "centre"}},
    "servers": {"S": {}},
    "systems": {"A": {}, "B": {}},
    "workloads": {"A1": {}},
    "pools": {"P": {}},
}
STARTS = dt.datetime(2026, 3, 6, 20)


def after(seats: Seats, rules: Mapping[str, Any] | None = None, **tables: Mapping[Any, Mapping[str, Any]]) -> Estate:
    """Make the end of a plan.

    Parameters
    ----------
    seats
        Component → (disposition, pool, zone); all of their systems are cut over.
    rules
        Options of rules.
    **tables
        Rows by key, merged into those of :data:`BASE`; what they don't state is :data:`placement.example.DEFAULTS`.
    """
    merged: dict[str, dict[Any, Mapping[str, Any]]] = {}
    for table in {**BASE, **tables}:
        base, more = BASE.get(table, {}), tables.get(table, {})
        merged[table] = {key: {**base.get(key, {}), **more.get(key, {})} for key in {**base, **more}}
    scenario = Scenario(
        name="example",
        inventory="",
        today=example.TODAY,
        targets=TargetOptions(open=("banner_pool", "city_cloud", "colocation", "in_place", "superior")),
        rules=dict(rules or {}),
    )
    problem = problem_of(example.estate(**merged), scenario)
    state = example.state(problem, seats)
    systems = dict.fromkeys(problem.components[component].system for component in seats)
    moves = {system: Cutover(1, STARTS, 4.0) for system in systems}
    return Estate(problem, replace(state, cutovers=moves), "after")
