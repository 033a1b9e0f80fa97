"""Rules of the waves that hold at a price: what a plan misses of them, and who may, where not all find a wave.

Waves have no yuan to weigh, only time, so the order is strict: as many systems as possible find a wave; then what is
missed costs as little as possible, each miss once; then all move as early as possible (:func:`rank`). A rule that is
missed for nothing only warns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, words
from cloudplan.migration.calendar import windows
from cloudplan.migration.clusters import Spared
from cloudplan.migration.estate import systems_on
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationPlan, MigrationProblem
from cloudplan.placement import soft
from cloudplan.rule import MISSES_LISTED, Rule, titled

Rules = Iterable[Rule[MigrationProblem]]
Rank = tuple[int, float, int]
TRIALS = 30
"""So often systems are held to a soft rule again, to see whether they must miss it at all."""


def held(rules: Rules) -> tuple[Rule[MigrationProblem], ...]:
    """Rules that shape the waves: all but those that may be missed for nothing."""
    return tuple(rule for rule in rules if rule.soft != 0.0)


def hard(rules: Rules) -> tuple[Rule[MigrationProblem], ...]:
    """Rules that no plan may miss."""
    return tuple(rule for rule in rules if rule.soft is None)


def rank(problem: MigrationProblem, plan: MigrationPlan) -> Rank:
    """Rank a plan, the lower the better: systems without a wave, yuan of what is missed, windows waited in all."""
    index = {window.starts: window.index for window in windows(problem.options)}
    cutovers = [plan.cutovers.get(moving.system) for moving in movers(problem)]
    waited = sum(len(index) if cutover is None else index[cutover.starts] for cutover in cutovers)
    return len(plan.unscheduled), round(sum(plan.penalties.values()), 6), waited


def penalties(problem: MigrationProblem, rules: Rules, plan: MigrationPlan) -> dict[str, float]:
    """What a plan pays for each soft rule that it misses, by the rule's name; yuan, once."""
    return soft.penalties(problem, rules, plan.states[-1]) if plan.states else {}


def missed(problem: MigrationProblem, rules: Rules, plan: MigrationPlan) -> Iterator[Finding]:
    """Name what a plan misses of soft rules with its price, as warnings; many of one rule as one."""
    for rule in rules:
        if rule.soft is None:
            continue
        found = [said for state in plan.states[-1:] for said in rule.violations(problem, state)]
        values: dict[str, Any] = {"rule": titled(rule.name(), "migration")}
        if len(found) > MISSES_LISTED:
            subjects = tuple(dict.fromkeys(subject for said in found for subject in _subjects(said)))
            values |= {"count": len(found), "yuan": rule.soft * sum(map(_short, found)), "subjects": subjects}
            values |= {"reason": _worded(found[0])}
            yield Finding("migration.missed_many", Severity.WARNING, rule=rule.name(), values=values)
            continue
        for said in found:
            priced = {**values, "yuan": rule.soft * _short(said), "subjects": _subjects(said), "reason": _worded(said)}
            message = "migration.missed" if rule.soft else "migration.missed_free"
            yield Finding(message, Severity.WARNING, said.subject, rule.name(), priced)


def _subjects(said: Finding) -> tuple[str, ...]:
    """What a miss is about: of a pair both."""
    named = (said.subject, said.values.get("other"), said.values.get("first"))
    return tuple(str(subject) for subject in named if subject)


def _short(said: Finding) -> float:
    return float(said.values.get("short", 1.0))


def _worded(said: Finding) -> Mapping[str, str]:
    return {language: words(said, language) for language in LANGUAGES}


def least_missed(problem: MigrationProblem, rules: Rules, plan_of: Callable[[Spared], MigrationPlan]) -> MigrationPlan:
    """Plan with every rule held and, where that leaves systems over, with some of them spared from soft rules.

    Tried are all soft rules, each one, and the cheapest ones together; spared from them are the systems left over;
    where that is not enough, those too on whose servers they wait, and at last every system. Of the plans that leave
    fewest over, the best ones first, systems are held to the rules again, the dearest rule first, as far as that makes
    a plan no worse; the best counts.

    Parameters
    ----------
    problem, rules
        The migration, and the rules that shape it.
    plan_of
        Plans where some systems are spared from some rules.
    """
    plain = plan_of({})
    priced = sorted((rule for rule in rules if rule.soft), key=lambda rule: (rule.soft, rule.name()))
    if not plain.unscheduled or not priced:
        return plain
    names = [rule.name() for rule in priced]
    tried: list[tuple[Rank, MigrationPlan, Spared]] = []

    def fewest() -> int:
        return min(left for (left, _, _), _, _ in tried)

    alone, cheapest = ((name,) for name in names), (tuple(names[:count]) for count in range(2, len(names)))
    for chosen in dict.fromkeys((tuple(names), *alone, *cheapest)):
        for systems in _spared(problem, plain):
            spared = dict.fromkeys(chosen, systems)
            plan = plan_of(spared)
            tried.append((rank(problem, plan), plan, spared))
            if not plan.unscheduled:
                break
        if fewest() >= len(plain.unscheduled):
            return plain  # without any of the soft rules it would be no better
    good = sorted((each for each in tried if each[0][0] == fewest()), key=lambda each: each[0])
    asked = _Asked(plan_of)
    return min((_narrowed(problem, asked, plan, spared) for _, plan, spared in good), key=lambda p: rank(problem, p))


def _spared(problem: MigrationProblem, plan: MigrationPlan) -> tuple[frozenset[str], ...]:
    """Who is spared where a plan leaves systems over: these; and what runs on servers they wait for; and everyone."""
    left, on = frozenset(plan.unscheduled), systems_on(problem)
    waiting = (host for said in plan.findings for host in said.values.get("waiting") or ())
    holding = left.union(*(on.get(host) or () for host in waiting))
    return tuple(dict.fromkeys((left, holding, frozenset(moving.system for moving in movers(problem)))))


@dataclass
class _Asked:
    """Counts what is planned anew, for all that is tried shares :data:`TRIALS`."""

    plan_of: Callable[[Spared], MigrationPlan]
    times: int = 0

    def __call__(self, spared: Spared) -> MigrationPlan:
        self.times += 1
        return self.plan_of(spared)


def _narrowed(problem: MigrationProblem, plan_of: _Asked, plan: MigrationPlan, spared: Spared) -> MigrationPlan:
    """Hold systems to the rules again, many at once and then by halves, wherever the plan gets no worse."""
    best, free = plan, {rule: frozenset(systems) for rule, systems in spared.items()}
    todo = [(rule, tuple(sorted(systems))) for rule, systems in free.items()]  # the dearest is last, and is asked first
    while todo and plan_of.times < TRIALS:
        rule, systems = todo.pop()
        less = {**free, rule: free[rule].difference(systems)}
        trial = plan_of(less)
        if rank(problem, trial) <= rank(problem, best):
            best, free = trial, less
        elif len(systems) > 1:
            middle = len(systems) // 2
            todo += [(rule, systems[:middle]), (rule, systems[middle:])]
    return best
