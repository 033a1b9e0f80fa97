"""Single things that could give so that all systems find a wave, each by itself, with the least of it that does.

Longer windows, a smaller share kept for rolling back, more windows, more systems a wave or of a department, copies that
begin sooner, other hosts for those that come too late; freezes are :mod:`cloudplan.migration.thaw`. By how much is
sought among values from little to much: where a system has no window still, that is counted; the rest is tried
(:mod:`cloudplan.migration.trial`). A value that is enough has been tried, and the next smaller one counted or tried and
found not to be, unless it is said that trials ran out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cloudplan.migration.calendar import LONGEST
from cloudplan.migration.moves import movers
from cloudplan.migration.rules.department_load import DepartmentLoad
from cloudplan.migration.trial import Case, Outcome, Trials
from cloudplan.relief import SCENARIO, Edit

MOST = 8
"""A limit is raised to so many times what it is, no further."""
EASES = {
    "longer_windows": "windows", "rollback_share": "windows", "systems_per_wave": "crew",
    "department_load": "department-load", "precopy_days": "transfer", "freezes": "freezes",
}  # fmt: skip
"""Lever → the rule that it eases; more windows and other hosts ease none of them."""
ENOUGH, BLOCKED, LEFT, RAN_OUT = "enough", "blocked", "left", "ran_out"


@dataclass(frozen=True, eq=False)
class Lever:
    """One thing that could give.

    Parameters
    ----------
    name
        What its message is called, below ``migration.least``.
    rule
        The rule that it eases; ``""`` for none.
    now
        What it is.
    values
        What it could be, from little to much.
    granted
        The case with one of these values.
    guess
        Position of the value that is tried first.
    used
        Position of the least value that leaves an order of waves as it is; of ``None``, unknown.
    edit
        Where it stands in the scenario, where it does.
    """

    name: str
    rule: str
    now: Any
    values: Sequence[Any]
    granted: Callable[[Case, Any], Case]
    guess: int = 0
    used: Callable[[Outcome], int] | None = None
    edit: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What came of a lever.

    Parameters
    ----------
    name, rule, now, to
        The lever, and the value in question: the least that is enough, or the most that was tried and is not.
    result
        ``enough``; ``blocked``, where a system has no window even so; ``left``, where some find none even so;
        ``ran_out``, where trials did.
    least
        Whether the next smaller value is known not to be enough.
    outcome
        What trying the value came to, where it was tried.
    blocked
        A system that has no window even so.
    edit
        As of the lever.
    more
        Further values for its message.
    """

    name: str
    rule: str
    now: Any
    to: Any
    result: str
    least: bool = True
    outcome: Outcome | None = None
    blocked: str = ""
    edit: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The change of the scenario that grants what is enough, where it is one."""
        return (Edit((SCENARIO, *self.edit), self.to),) if self.edit and self.result == ENOUGH else ()


def levers(case: Case, left: Collection[str]) -> Iterator[Lever]:
    """Yield what may be tried for some systems that find no wave, the scenario's own options first."""
    options, total = case.problem.options, len(movers(case.problem))
    # beyond what the longest outage and copy take, hours only touch more days
    wanted = _hours_wanted(case, left)
    if wanted > options.window_hours:
        tenths = range(math.floor(options.window_hours * 10) + 1, math.ceil(wanted * 10 - 1e-6) + 1)
        longer = _option("window_hours", "windows", options.window_hours, [tenth / 10 for tenth in tenths])
        yield replace(longer, name="longer_windows")
    percents = range(math.ceil(options.rollback_share * 100) - 1, -1, -1)
    yield _option("rollback_share", "windows", options.rollback_share, [percent / 100 for percent in percents])
    most = min(1000, MOST * options.most_waves)
    needed = math.ceil(len(left) / options.systems_per_wave)
    waves = _option("most_waves", "", options.most_waves, range(options.most_waves + 1, most + 1), needed - 1)
    yield replace(waves, used=lambda outcome: outcome.windows - options.most_waves - 1)
    names = {rule.name() for rule in case.rules}
    if "crew" in names:
        crew = options.systems_per_wave
        needed = max(math.ceil(crew * total / max(1, total - len(left))), math.ceil(total / options.most_waves))
        yield _option("systems_per_wave", "crew", crew, range(crew + 1, min(1000, MOST * crew) + 1), needed - crew - 1)
    for rule in case.rules:
        if isinstance(rule, DepartmentLoad):
            yield _of_departments(case, rule)
    if "transfer" in names:
        tenths = range(math.floor(options.precopy_days * 10) + 1, 601)
        yield _option("precopy_days", "transfer", options.precopy_days, [tenth / 10 for tenth in tenths])


def _hours_wanted(case: Case, left: Collection[str]) -> float:
    """Hours of a window that takes the longest outage of some systems, and the end of their longest copy."""
    options, names = case.problem.options, set(left)
    hours = (
        max(moving.outage_hours, moving.transfer_hours - 24 * options.precopy_days)
        for moving in movers(case.problem)
        if moving.system in names
    )
    return min(LONGEST, max(hours, default=0.0) / (1 - options.rollback_share))


def _option(name: str, rule: str, now: Any, values: Sequence[Any], guess: int = 0) -> Lever:
    return Lever(
        name, rule, now, values, lambda case, to: case.with_option(name, to), max(0, guess), edit=("migration", name)
    )


def _of_departments(case: Case, rule: DepartmentLoad) -> Lever:
    stated = case.problem.rule_options.get(rule.name())
    return Lever(
        "department_load",
        rule.name(),
        rule.most,
        range(rule.most + 1, min(1000, MOST * rule.most) + 1),
        lambda c, to: c.with_rule(replace(rule, most=to)),
        edit=("rules", rule.name(), "most") if isinstance(stated, Mapping) else (),
    )


def pulled(case: Case, lever: Lever, left: Sequence[str], trials: Trials, instead: bool) -> Found:
    """Seek the least value of a lever that lets all systems move.

    Parameters
    ----------
    case
        As things are.
    left
        Systems that find no wave.
    trials
        Counts the trials.
    instead
        As in :meth:`~cloudplan.migration.trial.Trials.outcome`.
    """

    def found(i: int, result: str, **more: Any) -> Found:
        return Found(lever.name, lever.rule, lever.now, lever.values[i], result, edit=lever.edit, **more)

    # who has no window now is asked first, and whoever had none last time before the others
    order = list(left)

    def blocked(i: int) -> str | None:
        system = lever.granted(case, lever.values[i]).blocked(order)
        if system is not None:
            order.remove(system)
            order.insert(0, system)
        return system

    end = len(lever.values) - 1
    if end < 0:
        return Found(lever.name, lever.rule, lever.now, lever.now, LEFT, outcome=Outcome(tuple(left)))
    if (stuck := blocked(end)) is not None:
        return found(end, BLOCKED, blocked=stuck)
    first = _least(-1, end, lambda i: blocked(i) is None)
    low, at, step = first - 1, max(first, min(lever.guess, end)), 1
    outcome: Outcome | None = None
    while True:
        if trials.left <= 0:
            return found(low if outcome else at, RAN_OUT, outcome=outcome)
        outcome = trials.outcome(lever.granted(case, lever.values[at]), instead)
        if not outcome.left:
            break
        if at == end:
            return found(end, LEFT, outcome=outcome)
        low, at, step = at, min(end, at + step), 4 * step
    best, near = outcome, True
    while at - low > 1 and trials.left > 0:
        # what was found may do with less as it is; then the next smaller one tells, else halves
        used = at if lever.used is None else max(low + 1, lever.used(best))
        middle = used if used < at else at - 1 if lever.used is not None and near else (low + at) // 2
        near = used < at
        outcome = trials.outcome(lever.granted(case, lever.values[middle]), instead)
        low, at, best = (middle, at, best) if outcome.left else (low, middle, outcome)
    return found(at, ENOUGH, least=at - low <= 1, outcome=best)


def _least(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """Least position above ``low`` at which something holds that holds at ``high``."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def hosts_sooner(case: Case, late: Collection[str], trials: Trials) -> Found | None:
    """Try whether all systems move if hosts that come too late are there when their pools open."""
    if not late:
        return None
    pools = tuple(dict.fromkeys(case.problem.hosts[name].pool for name in late))
    more = {"hosts": tuple(late), "pools": pools}
    if trials.left <= 0:
        return Found("hosts", "", 0, len(late), RAN_OUT, more=more)
    outcome = trials.outcome(case.with_hosts(late))
    return Found("hosts", "", 0, len(late), LEFT if outcome.left else ENOUGH, outcome=outcome, more=more)
