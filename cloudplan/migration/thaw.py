"""Which freezes would have to give so that all systems find a wave, everything else as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from cloudplan.migration.calendar import covers, windows, without
from cloudplan.migration.levers import BLOCKED, ENOUGH, LEFT, RAN_OUT, Found, Lever, pulled
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import Freeze
from cloudplan.migration.trial import Case, Trials


def thawed(case: Case, left: Sequence[str], trials: Trials, instead: bool) -> Found | None:
    """Seek few freezes without which all systems find a wave; of a single one, its days at one end.

    Entries are dropped half of them at a time, then in smaller parts, so that a few trials do.

    Parameters
    ----------
    case, left, trials, instead
        As in :func:`~cloudplan.migration.levers.pulled`.

    Returns
    -------
    Found or None
        ``freezes``, with their names and how many entries they are; ``freeze_end`` or ``freeze_start`` where it is
        enough that one ends sooner or begins later; ``None`` where no freeze binds any of the systems.
    """
    binding = _binding(case, left)
    if not binding:
        return None
    if (stuck := _without(case, binding).blocked(left)) is not None:
        return _found(BLOCKED, binding, blocked=stuck)
    if trials.left <= 0:
        return _found(RAN_OUT, binding)
    outcome = trials.outcome(_without(case, binding), instead)
    if outcome.left:
        return _found(LEFT, binding, outcome=outcome)
    gone, size = list(binding), len(binding)
    while size > 1 and trials.left > 0:
        size = -(-size // 2)
        for part in [gone[start : start + size] for start in range(0, len(gone), size)]:
            fewer = [freeze for freeze in gone if freeze not in part]
            if not fewer or trials.left <= 0:
                break
            tried = trials.outcome(_without(case, fewer), instead)
            if not tried.left:
                gone, outcome = fewer, tried
        size = min(size, len(gone))
    if len(gone) == 1 and (shorter := _shortened(case, gone[0], left, trials, instead)) is not None:
        return shorter
    return _found(ENOUGH, gone, least=size == 1 and trials.left > 0, outcome=outcome)


def _binding(case: Case, left: Sequence[str]) -> list[Freeze]:
    if not any(rule.name() == "freezes" for rule in case.rules):
        return []
    open_, those = windows(case.problem.options), [m for m in movers(case.problem) if m.system in set(left)]
    return [f for f in case.problem.freezes if any(covers(f, moving, w) for moving in those for w in open_)]


def _without(case: Case, gone: Collection[Freeze]) -> Case:
    kept = tuple(freeze for freeze in case.problem.freezes if freeze not in gone)
    return replace(case, problem=replace(case.problem, freezes=kept))


def _found(result: str, gone: Sequence[Freeze], **more: Any) -> Found:
    values = {"freezes": tuple(dict.fromkeys(freeze.name for freeze in gone))}
    return Found("freezes", "freezes", 0, len(gone), result, more=values, **more)


def _shortened(case: Case, freeze: Freeze, left: Sequence[str], trials: Trials, instead: bool) -> Found | None:
    """Seek how many days fewer do, at its end or else at its start, whichever takes fewer."""
    days = (freeze.ends_on - freeze.starts_on).days + 1
    found = []
    for name, at_end in (("freeze_end", True), ("freeze_start", False)):

        def cut(c: Case, n: int, at_end: bool = at_end) -> Case:
            day = dt.timedelta(n - 1)
            first, last = (
                (freeze.ends_on - day, freeze.ends_on) if at_end else (freeze.starts_on, freeze.starts_on + day)
            )
            parts = (part for f in c.problem.freezes for part in (without(f, first, last) if f == freeze else (f,)))
            return replace(c, problem=replace(c.problem, freezes=tuple(parts)))

        # all of its days are enough, as has been tried
        lever = Lever(name, "freezes", 0, range(1, days), cut)
        said = pulled(case, lever, left, trials, instead) if days > 1 else None
        if said is not None and said.result == ENOUGH:
            dates = {"freeze": freeze.name, "starts_on": freeze.starts_on, "ends_on": freeze.ends_on}
            found.append(replace(said, more=dates))
    return min(found, key=lambda said: said.to, default=None)
