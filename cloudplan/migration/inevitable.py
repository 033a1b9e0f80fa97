"""Systems that no window takes whatever placement decides: with them there is no plan, and that is a proof.

Every fate that placement's rules leave a system would have to be carried out in some window; the rules about single
moves refuse each of these, in the pools that open first. That is counted, not searched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cloudplan.migration import asked
from cloudplan.migration.calendar import windows
from cloudplan.migration.moves import MOVES, SWITCHED_OFF, Move, SingleMoveRule
from cloudplan.migration.problem import MigrationProblem
from cloudplan.migration.rules import resolve
from cloudplan.migration.soft import hard
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals
from cloudplan.rule import OURS
from cloudplan.state import Seat

Pools = dict[str, Seat]


def without_window(
    problem: PlacementProblem, refusals: Refusals, journey: MigrationProblem, systems: Iterable[str]
) -> Iterator[str]:
    """Yield those of some systems that find no window under any fate that is open to them.

    Parameters
    ----------
    problem, refusals
        What placement was asked, and what its rules refuse.
    journey
        The migration of one placement.
    systems
        Those that are looked at.
    """
    # a rule of one's own may look at more than the day a pool opens
    found = hard(resolve(journey.rule_options)[0])
    rules = [rule for rule in found if isinstance(rule, SingleMoveRule) and type(rule).__module__.startswith(OURS)]
    for system in systems:
        fates = list(_fates(problem, refusals, system))
        if fates and all(_refused(problem, journey, rules, system, *fate) for fate in fates):
            yield system


def _fates(problem: PlacementProblem, refusals: Refusals, system: str) -> Iterator[tuple[str, Pools]]:
    """Dispositions that are open to a system, each with the seats whose pools open first."""
    for disposition, target in problem.fates[system]:
        if disposition in SWITCHED_OFF:
            yield disposition, {}
            continue
        seats: Pools = {}
        for name in problem.of_system[system]:
            free = [problem.candidates[i] for i in problem.by_component[name] if not refusals.candidate[i]]
            free = [c for c in free if (c.disposition, c.target) == (disposition, target)]
            if not free:
                break
            first = min(free, key=lambda c: problem.capacity.pools[c.pool].available_from or dt.date.min)
            seats[name] = Seat(first.pool, first.zone)
        else:
            yield disposition, seats


def _refused(
    problem: PlacementProblem,
    journey: MigrationProblem,
    rules: list[SingleMoveRule],
    system: str,
    disposition: str,
    seats: Pools,
) -> bool:
    """Whether every window is refused; what need not move is never."""
    if disposition not in MOVES:
        return False
    moving = asked.moving_of(problem, system, disposition)
    there = replace(journey, seats={**journey.seats, **seats})
    return all(
        any(rule.forbids(there, Move(moving, window)) is not None for rule in rules)
        for window in windows(journey.options)
    )
