"""What a rule about one move refuses, beside a second reading of dates and hours that shares no code with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cloudplan.migration.calendar import window_at
from cloudplan.migration.moves import Move, SingleMoveRule
from cloudplan.migration.problem import Freeze, MigrationProblem, Moving
from cloudplan.migration.rules import all_rules
from cloudplan.migration.rules.freezes import Freezes
from cloudplan.migration.rules.opening import Opening
from cloudplan.migration.rules.transfer import Transfer
from cloudplan.migration.rules.windows import Windows
from tests.migration.cases import random_problem

PROBLEMS = 60
HOUR = dt.timedelta(hours=1)
FRIDAY = dt.datetime(2026, 3, 6, 20)
"""The first window of the drawn cases; each lasts 52 hours, of which 40 % are kept for rolling back."""


def frozen_days_may(problem: MigrationProblem, system: Moving, starts: dt.datetime) -> bool:
    hours = {starts + HOUR * n for n in range(52)}
    for freeze in problem.freezes:
        if freeze.department not in (None, system.department) or freeze.system not in (None, system.system):
            continue
        days = {freeze.starts_on + dt.timedelta(n) for n in range((freeze.ends_on - freeze.starts_on).days + 1)}
        if days & {hour.date() for hour in hours}:
            return False
    return True


def opening_may(problem: MigrationProblem, system: Moving, starts: dt.datetime) -> bool:
    opens = [
        problem.pools[problem.seats[component].pool].available_from
        for component in problem.components_of.get(system.system, ())
        if component in problem.seats
    ]
    return all(day is None or dt.datetime.combine(day, dt.time()) <= starts for day in opens)


def transfer_may(problem: MigrationProblem, system: Moving, starts: dt.datetime) -> bool:
    if system.disposition in ("RETIRE", "MERGE", "RELOCATE"):
        return True
    most = min(31.2, 99.0 if system.longest_outage_hours is None else system.longest_outage_hours)
    return system.transfer_hours <= 5 * 24 + most


def windows_may(problem: MigrationProblem, system: Moving, starts: dt.datetime) -> bool:
    fridays = [FRIDAY + dt.timedelta(7 * n) for n in range(problem.options.most_waves)]
    if starts not in fridays:
        return False
    days = {(starts + HOUR * n).date() for n in range(52)}
    own = [entry for entry in problem.allowed if entry.system == system.system]
    entries = own or [entry for entry in problem.allowed if entry.system is None]
    if entries and not any(all(e.starts_on <= day <= e.ends_on for day in days) for e in entries):
        return False
    if system.disposition in ("RETIRE", "MERGE"):
        return True
    most = min(31.2, 99.0 if system.longest_outage_hours is None else system.longest_outage_hours)
    return system.outage_hours <= most


def some_days(rng: np.random.Generator, system: str) -> tuple[Freeze, ...]:
    """Two stretches of days on which cutovers are allowed: for all, and for one system."""
    firsts = [FRIDAY.date() + dt.timedelta(int(n)) for n in rng.integers(-3, 20, 2)]
    first, second = (Freeze(str(n), day, day + dt.timedelta(int(rng.integers(1, 20)))) for n, day in enumerate(firsts))
    return first, replace(second, system=system)


READINGS: dict[Any, Callable[[MigrationProblem, Moving, dt.datetime], bool]] = {
    Freezes: frozen_days_may,
    Opening: opening_may,
    Transfer: transfer_may,
    Windows: windows_may,
}


@pytest.mark.parametrize("cls", READINGS, ids=lambda cls: cls.name())
def test_a_rule_refuses_what_a_plain_reading_refuses(cls: Any) -> None:
    rule, met = cls(), {True: 0, False: 0}
    for seed in range(PROBLEMS):
        rng = np.random.default_rng(seed)
        problem = random_problem(rng)
        if seed % 2:
            problem = replace(problem, allowed=some_days(rng, problem.systems[0].system))
        starts = [FRIDAY + dt.timedelta(7 * n) for n in range(-1, 7)] + [FRIDAY + dt.timedelta(3), FRIDAY - HOUR]
        for drawn in problem.systems:
            system = replace(drawn, transfer_hours=float(rng.uniform(100, 170)), outage_hours=float(rng.uniform(2, 40)))
            for start in starts:
                may = READINGS[cls](problem, system, start)
                move = Move(system, window_at(problem.options, start))
                assert (rule.forbids(problem, move) is None) == may, (seed, move)
                met[may] += 1
    assert min(met.values()) >= 50, met


def test_every_rule_about_one_move_is_read_twice() -> None:
    assert {cls for cls in all_rules() if issubclass(cls, SingleMoveRule)} == set(READINGS)
