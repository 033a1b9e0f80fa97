"""Why systems find no wave: the rules that collide there, on which systems, and the least that would do.

Two looks. System by system: every window is refused by some rule about a single move, which is counted and certain; of
these rules a deletion filter leaves those that are needed, and each says the least it would have to give. What else
found no wave is sought once again with these systems let off: who then finds one only waits for them. Where no system
is so refused, whole rules are switched off in turn, and the waves are sought again by the same list scheduling. It is a
heuristic: that a set of rules lets all move is shown, that another does not is not proved. Soft rules don't collide:
they have been missed already where that helps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cloudplan.findings import Finding
from cloudplan.migration.calendar import Window, windows
from cloudplan.migration.fitting import Pack
from cloudplan.migration.moves import SHOWN, Move, SingleMoveRule, movers
from cloudplan.migration.problem import MigrationProblem, Moving
from cloudplan.migration.rules import resolve
from cloudplan.migration.soft import hard
from cloudplan.migration.waves import scheduled
from cloudplan.packing.pack import pack as pack_pool
from cloudplan.relief import SCENARIO, Edit, irreducible
from cloudplan.rule import Rule, as_one, by_sort, named_rules

EACH = 3
"""So many things of one sort are asked for one by one; more are told as one."""
LIMITS = {"crew": "systems_per_wave", "": "most_waves"}
"""Rule → key below ``migration`` that may be raised for it; the number of windows stands for itself."""
MOST = 8
"""So many times a limit is tried, no more."""


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
        (``migration.collide.waiting``); where there are none such, ``migration.collide.waves`` for all together.
    """
    rules = hard(resolve(problem.rule_options)[0])
    singles = [rule for rule in rules if isinstance(rule, SingleMoveRule)]
    alike: dict[tuple[str, ...], list[Moving]] = {}
    for moving, kept in _blocked(problem, singles, unscheduled):
        alike.setdefault(kept, []).append(moving)
    if not alike:
        return tuple(_of_waves(problem, rules, pack))
    found = [said for kept, those in alike.items() for said in _of_systems(problem, singles, kept, those)]
    stuck = frozenset(moving.system for those in alike.values() for moving in those)
    judged = tuple(_judged(problem, rules, pack, said) for said in found)
    return (*judged, *_of_others(problem, rules, pack, unscheduled, stuck))


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


@dataclass(frozen=True)
class _LetOff(SingleMoveRule):
    """A rule that is silent about some systems."""

    inner: SingleMoveRule
    systems: frozenset[str]

    def forbids(self, problem: MigrationProblem, choice: Move) -> Finding | None:
        """Ask the rule about all others."""
        return None if choice.moving.system in self.systems else self.inner.forbids(problem, choice)


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
    let_off = [_LetOff(rule, stuck) if isinstance(rule, SingleMoveRule) else rule for rule in rules]
    left = set(scheduled(problem, let_off, pack).left)
    for message, of in (("waiting", [s for s in rest if s not in left]), ("others", [s for s in rest if s in left])):
        if of:
            values = {"systems": tuple(of), "count": len(of), "examples": tuple(of[:SHOWN])}
            yield Finding(f"migration.collide.{message}", subject=of[0], values=values)


def _judged(problem: MigrationProblem, rules: Sequence[Rule[Any]], pack: Pack, said: Finding) -> Finding:
    """Try a longer window: it touches more days, and so may meet what the shorter one didn't."""
    if said.message != "migration.least.window_hours":
        return said
    options = problem.options.model_copy(update={"window_hours": said.values["to"]})
    left = scheduled(replace(problem, options=options), rules, pack).left
    if not left:
        return said
    return replace(said, message="migration.least.window_hours_some", values={**said.values, "left": len(left)})


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


def _of_systems(
    problem: MigrationProblem, rules: Sequence[SingleMoveRule], kept: tuple[str, ...], stuck: Sequence[Moving]
) -> Iterator[Finding]:
    systems = tuple(moving.system for moving in stuck)
    values = {**named_rules(kept, "migration"), "systems": systems, "count": len(systems), "examples": systems[:SHOWN]}
    message = "systems" if len(kept) > 1 else "one_rule"
    yield Finding(f"migration.collide.{message}", subject=systems[0], rule=kept[0], values=values)
    refused = {moving.system: _refusing(problem, rules, moving) for moving in stuck}
    for rule in (rule for rule in rules if rule.name() in kept):
        choices = []
        for moving in stuck:
            # windows that this rule alone refuses: where it gives, the system may move
            alone = [Move(moving, window) for window, said in refused[moving.system] if set(said) == {rule.name()}]
            if alone:
                choices.append(min(alone, key=partial(rule.lacks, problem)))
        if choices:
            yield from _folded(rule.leasts(problem, choices))


def _folded(said: Iterable[Finding]) -> Iterator[Finding]:
    """Put findings of one sort together where there are many, with all their edits."""
    for found in by_sort(said):
        if len(found) <= EACH:
            yield from found
            continue
        systems = tuple(dict.fromkeys(finding.subject for finding in found))
        each = tuple((finding.subject, finding.values.get("to")) for finding in found)
        values = {**as_one(found, SHOWN), "systems": systems, "each": each}
        yield Finding("migration.least.many", subject=systems[0], rule=found[0].rule, values=values)


def _of_waves(problem: MigrationProblem, rules: Sequence[Rule[Any]], pack: Pack) -> Iterator[Finding]:
    """What keeps the rest from moving: whole rules off in turn, then limits raised."""
    by_name = {rule.name(): rule for rule in rules}

    def left(names: Collection[str], asked: MigrationProblem = problem) -> tuple[str, ...]:
        return scheduled(asked, [by_name[name] for name in names], pack).left

    def enough(option: str, most: int) -> bool:
        options = problem.options.model_copy(update={option: most})
        return not left(tuple(by_name), replace(problem, options=options))

    stuck = left(tuple(by_name))
    if not stuck:
        return
    # rules about single moves first: they don't add up
    order = sorted(by_name, key=lambda name: (not isinstance(by_name[name], SingleMoveRule), name))
    kept = irreducible(order, lambda names: bool(left(names)))
    values = {**named_rules(kept, "migration"), "systems": stuck, "count": len(stuck), "examples": stuck[:SHOWN]}
    values |= {"windows": problem.options.most_waves}
    message = "waves" if kept else "calendar"
    yield Finding(f"migration.collide.{message}", subject=stuck[0], rule=kept[-1] if kept else "", values=values)
    for name, option in LIMITS.items():
        if name and name not in kept:
            continue
        now = int(getattr(problem.options, option))
        to = _least(now, partial(enough, option))
        if to is not None:
            limits: dict[str, Any] = {"now": now, "to": to, "count": len(stuck)}
            limits["edits"] = (Edit((SCENARIO, "migration", option), to),)
            yield Finding(f"migration.least.{option}", rule=name, values=limits)


def _least(now: int, enough: Callable[[int], bool]) -> int | None:
    """Least limit above the present one that is enough, by doubling and halving; ``None`` if eight times isn't."""
    low, high = now, now
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST * now:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
