"""Why systems find no wave: the rules that collide there, on which systems, what would do, and what to ask for.

Two looks. System by system: every window is refused by some rule about a single move, which is counted and certain; of
these rules a deletion filter leaves those that are needed, and each says the least it would have to give. What else
found no wave is sought once again with these systems let off: who then finds one only waits for them. What would have
to give is granted and the waves are sought again: a request (:mod:`.request`) says what came of it, and what single
things do instead (:mod:`.levers`). Where no system is so refused, whole rules are switched off in turn, and the waves
are sought again by the same list scheduling, and so with each single thing granted. It is a heuristic: that a set of
rules lets all move is shown, that another does not is not proved. Soft rules don't collide: they have been missed
already where that helps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cloudplan.findings import Finding
from cloudplan.migration.calendar import Window, windows
from cloudplan.migration.fitting import Pack
from cloudplan.migration.levers import EASES, ENOUGH, Found, hosts_sooner, levers, pulled
from cloudplan.migration.moves import SHOWN, Move, SingleMoveRule, movers
from cloudplan.migration.problem import MigrationProblem, Moving
from cloudplan.migration.request import enough, others, request, request_any
from cloudplan.migration.rules import resolve
from cloudplan.migration.soft import hard
from cloudplan.migration.thaw import thawed
from cloudplan.migration.trial import Case, Trials, late_hosts
from cloudplan.migration.waves import scheduled
from cloudplan.packing.pack import pack as pack_pool
from cloudplan.relief import irreducible
from cloudplan.rule import Rule, as_one, by_sort, named_rules

EACH = 3
"""So many things of one sort are asked for one by one; more are told as one."""
LISTED = 10
"""So many lines of one sort a request has; more are told as one."""


def collisions(
    problem: MigrationProblem, unscheduled: Collection[str], *, pack: Pack = pack_pool
) -> tuple[Finding, ...]:
    """Name the rules that keep systems from a wave, and the least that would let them move.

    Parameters
    ----------
    problem, unscheduled
        The migration, and the systems that found no wave.
    pack
        As in :func:`cloudplan.migration.waves.plan_waves`.

    Returns
    -------
    tuple of Finding
        ``migration.collide.systems`` for systems that the same rules leave no window, each rule followed by the least
        that it would have to give (``migration.least.…``), then one line with the number of those that wait for them
        (``migration.collide.waiting``), and ``migration.request``, which sums up one way to mend all; where there are
        none such, ``migration.collide.waves`` for all together, with ``migration.lever.enough`` for each single thing
        that is enough, and ``migration.request_any``. Last ``migration.levers``: what single things do else.
    """
    rules = hard(resolve(problem.rule_options)[0])
    singles = [rule for rule in rules if isinstance(rule, SingleMoveRule)]
    alike: dict[tuple[str, ...], list[Moving]] = {}
    for moving, kept in _blocked(problem, singles, unscheduled):
        alike.setdefault(kept, []).append(moving)
    case = Case(problem, rules, pack)
    if not alike:
        return tuple(_of_waves(case))
    groups = [_group(problem, singles, kept, those) for kept, those in alike.items()]
    stuck = tuple(moving.system for group in groups for moving in group.stuck)
    return (
        *(said for group in groups for said in _of_systems(problem, group)),
        *_of_others(problem, rules, pack, unscheduled, frozenset(stuck)),
        *_asked(case, groups, (*stuck, *(system for system in unscheduled if system not in stuck))),
    )


def blocked(problem: MigrationProblem, unscheduled: Collection[str]) -> tuple[str, ...]:
    """Name the systems, of some that found no wave, that the rules about single moves leave no window."""
    singles = [rule for rule in hard(resolve(problem.rule_options)[0]) if isinstance(rule, SingleMoveRule)]
    return tuple(moving.system for moving, _ in _blocked(problem, singles, unscheduled))


def _blocked(
    problem: MigrationProblem, singles: Sequence[SingleMoveRule], unscheduled: Collection[str]
) -> Iterator[tuple[Moving, tuple[str, ...]]]:
    names = set(unscheduled)
    for moving in movers(problem):
        if moving.system in names and (kept := _blocking(problem, singles, moving)):
            yield moving, kept


@dataclass(frozen=True, eq=False)
class _LetOff(SingleMoveRule):
    """A rule that is silent about some systems: in the window that begins then, or in all (``None``)."""

    inner: SingleMoveRule
    systems: Mapping[str, dt.datetime | None]

    def forbids(self, problem: MigrationProblem, choice: Move) -> Finding | None:
        """Ask the rule about all others."""
        starts = self.systems.get(choice.moving.system, dt.datetime.max)
        return None if starts in (None, choice.window.starts) else self.inner.forbids(problem, choice)


def _of_others(
    problem: MigrationProblem,
    rules: Sequence[Rule[Any]],
    pack: Pack,
    unscheduled: Collection[str],
    stuck: frozenset[str],
) -> Iterator[Finding]:
    """Count those that only wait for the blocked ones, and those that find no wave even when these are let off."""
    rest = [system for system in unscheduled if system not in stuck]
    if not rest:
        return
    free = dict.fromkeys(stuck)
    let_off = [_LetOff(rule, free) if isinstance(rule, SingleMoveRule) else rule for rule in rules]
    left = set(scheduled(problem, let_off, pack).left)
    for message, of in (("waiting", [s for s in rest if s not in left]), ("others", [s for s in rest if s in left])):
        if of:
            values = {"systems": tuple(of), "count": len(of), "examples": tuple(of[:SHOWN])}
            yield Finding(f"migration.collide.{message}", subject=of[0], values=values)


def _refusing(
    problem: MigrationProblem, rules: Sequence[SingleMoveRule], moving: Moving
) -> list[tuple[Window, dict[str, Finding]]]:
    """What each rule says against each window."""
    out = []
    for window in windows(problem.options):
        said = {rule.name(): rule.forbids(problem, Move(moving, window)) for rule in rules}
        out.append((window, {name: finding for name, finding in said.items() if finding is not None}))
    return out


def _blocking(problem: MigrationProblem, rules: Sequence[SingleMoveRule], moving: Moving) -> tuple[str, ...]:
    """Rules that together leave a system no window, each of them needed; none where it has one."""
    refused = _refusing(problem, rules, moving)

    def stuck(names: Collection[str]) -> bool:
        return all(not said.keys().isdisjoint(names) for _, said in refused)

    names = [rule.name() for rule in rules]
    return irreducible(names, stuck) if stuck(names) else ()


@dataclass(frozen=True, eq=False)
class _Group:
    """Systems that the same rules leave no window; of each rule the moves that it alone refuses, one a system."""

    kept: tuple[str, ...]
    stuck: tuple[Moving, ...]
    givers: Mapping[SingleMoveRule, tuple[Move, ...]]


def _group(
    problem: MigrationProblem, rules: Sequence[SingleMoveRule], kept: tuple[str, ...], stuck: Sequence[Moving]
) -> _Group:
    refused = {moving.system: _refusing(problem, rules, moving) for moving in stuck}
    givers = {}
    for rule in (rule for rule in rules if rule.name() in kept):
        choices = []
        for moving in stuck:
            # where the rule gives, the system may move
            alone = [Move(moving, window) for window, said in refused[moving.system] if set(said) == {rule.name()}]
            if alone:
                choices.append(min(alone, key=partial(rule.lacks, problem)))
        if choices:
            givers[rule] = tuple(choices)
    return _Group(kept, tuple(stuck), givers)


def _of_systems(problem: MigrationProblem, group: _Group) -> Iterator[Finding]:
    systems = tuple(moving.system for moving in group.stuck)
    values = {**named_rules(group.kept, "migration"), "systems": systems, "count": len(systems)}
    values["examples"] = systems[:SHOWN]
    message = "systems" if len(group.kept) > 1 else "one_rule"
    yield Finding(f"migration.collide.{message}", subject=systems[0], rule=group.kept[0], values=values)
    for rule, choices in group.givers.items():
        yield from _folded(rule.leasts(problem, choices), EACH)


def _asked(case: Case, groups: Sequence[_Group], left: Sequence[str]) -> Iterator[Finding]:
    """Ask for what would mend all, in the first way that does, and say what single things do."""
    trials = Trials(len(movers(case.problem)))
    ways = [next(iter(group.givers), None) for group in groups]
    best, outcome = ways, trials.outcome(_granted(case, groups, ways), instead=True)
    for i, group in enumerate(groups):
        for rule in list(group.givers)[1:]:
            if not outcome.left or trials.left <= 0:
                break
            other = [*best[:i], rule, *best[i + 1 :]]
            tried = trials.outcome(_granted(case, groups, other), instead=True)
            if len(tried.left) < len(outcome.left):
                best, outcome = other, tried
    chosen = [(rule, group) for rule, group in zip(best, groups, strict=True) if rule is not None]
    asked = [said for rule, group in chosen for said in _folded(rule.leasts(case.problem, group.givers[rule]), LISTED)]
    if asked:
        yield request(asked, left, outcome if len(chosen) == len(groups) else None)
    alone = [edit for said in asked for edit in said.values.get("edits", ())] if len(asked) == 1 else []
    pulls = (lever for lever in levers(case, left) if not any(edit.where[1:] == lever.edit for edit in alone))
    tried_too = [pulled(case, lever, left, trials, instead=True) for lever in pulls]
    if (freezes := thawed(case, left, trials, instead=True)) is not None:
        tried_too.append(freezes)
    if tried_too:
        yield others(tried_too)


def _granted(case: Case, groups: Sequence[_Group], ways: Sequence[SingleMoveRule | None]) -> Case:
    """Grant what each group's rule would have to give; where no value grants it, the systems are exempted."""
    for rule, group in zip(ways, groups, strict=True):
        if rule is None:
            continue
        choices = group.givers[rule]
        granted = rule.granted(case.problem, choices)
        if granted is None:
            exempt = {choice.moving.system: choice.window.starts for choice in choices}
            let_off = (_LetOff(rule, exempt) if other is rule else other for other in case.rules)
            case = replace(case, rules=tuple(let_off))
        else:
            case = replace(case, problem=granted)
    return case


def _folded(said: Iterable[Finding], most: int) -> Iterator[Finding]:
    """Put findings of one sort together where there are more than some, with all their edits."""
    for found in by_sort(said):
        if len(found) <= most:
            yield from found
            continue
        systems = tuple(dict.fromkeys(finding.subject for finding in found))
        each = tuple((finding.subject, finding.values.get("to")) for finding in found)
        values = {**as_one(found, SHOWN), "systems": systems, "each": each}
        yield Finding("migration.least.many", subject=systems[0], rule=found[0].rule, values=values)


def _of_waves(case: Case) -> Iterator[Finding]:
    """What keeps the rest from moving: whole rules off in turn, then each single thing granted."""
    problem, by_name = case.problem, {rule.name(): rule for rule in case.rules}
    found = scheduled(problem, case.rules, case.pack)
    if not (stuck := found.left):
        return

    def infeasible(names: Collection[str]) -> bool:
        return bool(scheduled(problem, [by_name[name] for name in names], case.pack).left)

    # rules about single moves first: they don't add up
    order = sorted(by_name, key=lambda name: (not isinstance(by_name[name], SingleMoveRule), name))
    kept = irreducible(order, infeasible)
    values = {**named_rules(kept, "migration"), "systems": stuck, "count": len(stuck), "examples": stuck[:SHOWN]}
    values |= {"windows": problem.options.most_waves}
    message = "waves" if kept else "calendar"
    yield Finding(f"migration.collide.{message}", subject=stuck[0], rule=kept[-1] if kept else "", values=values)
    trials = Trials(len(movers(problem)))
    sooner = hosts_sooner(case, late_hosts(problem, found, {"reused", "purchased"}), trials)
    # what eases another rule than those is no help: without that rule it was tried
    able = [lever for lever in levers(case, stuck) if lever.rule in ("", *kept)]
    tried = [sooner, *(pulled(case, lever, stuck, trials, instead=False) for lever in able)]
    if "freezes" in kept:
        tried.append(thawed(case, stuck, trials, instead=False))
    known: list[Found] = [lever for lever in tried if lever is not None]
    does = [lever for lever in known if lever.result == ENOUGH]
    yield from map(enough, does)
    if does:
        yield request_any(does, stuck)
    idle = [name for name, rule in EASES.items() if rule in by_name and rule not in kept]
    if (rest := [lever for lever in known if lever.result != ENOUGH]) or idle:
        yield others(rest, idle)
