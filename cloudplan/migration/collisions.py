"""Why systems find no wave: the rules that collide there, on which systems, and the least that would do.

Two looks. System by system: every window is refused by some rule about a single move, which is counted and certain; of
these rules a deletion filter leaves those that are needed, and each says the least it would have to give. Then the rest
together: whole rules are switched off in turn, and the waves are sought again by the same list scheduling. It is a
heuristic: that a set of rules lets all move is shown, that another does not is not proved. Soft rules don't collide:
they have been missed already where that helps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cloudplan.findings import Finding
from cloudplan.migration.calendar import Window, windows
from cloudplan.migration.fitting import Pack
from cloudplan.migration.moves import Move, SingleMoveRule, movers
from cloudplan.migration.problem import MigrationProblem, Moving
from cloudplan.migration.rules import resolve
from cloudplan.migration.waves import scheduled
from cloudplan.packing.pack import pack as pack_pool
from cloudplan.relief import SCENARIO, Edit, irreducible
from cloudplan.rule import Rule, named_rules

SHOWN = 10
"""Systems named where many are meant."""
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
        that it would have to give (``migration.least.…``); ``migration.collide.waves`` for the others together.
    """
    rules = [rule for rule in resolve(problem.rule_options)[0] if rule.soft is None]
    singles = [rule for rule in rules if isinstance(rule, SingleMoveRule)]
    alike: dict[tuple[str, ...], list[Moving]] = {}
    for moving in movers(problem):
        kept = _blocking(problem, singles, moving) if moving.system in unscheduled else ()
        if kept:
            alike.setdefault(kept, []).append(moving)
    found = [said for kept, stuck in alike.items() for said in _of_systems(problem, singles, kept, stuck)]
    blocked = {moving.system for stuck in alike.values() for moving in stuck}
    rest = problem if not blocked else _without(problem, blocked)
    return (*found, *_of_waves(rest, rules, pack))


def _without(problem: MigrationProblem, blocked: Collection[str]) -> MigrationProblem:
    """The same migration without those that no window takes, and so without what waits for them."""
    return replace(problem, systems=tuple(moving for moving in problem.systems if moving.system not in blocked))


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
    yield Finding("migration.collide.systems", subject=systems[0], rule=kept[0], values=values)
    for moving in stuck[:SHOWN]:
        refused = _refusing(problem, rules, moving)
        for rule in (rule for rule in rules if rule.name() in kept):
            # windows that this rule alone refuses: where it gives, the system may move
            alone = [window for window, said in refused if set(said) == {rule.name()}]
            moves = [Move(moving, window) for window in alone]
            if moves:
                yield rule.least(problem, min(moves, key=lambda move: rule.lacks(problem, move)))


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
