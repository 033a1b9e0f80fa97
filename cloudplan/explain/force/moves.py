"""A forced move: at once, with all else where it is, at best, decided anew under its locks, and by itself."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cloudplan.decide import Progress, carried_out, decide
from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.explain.exact import GAP, exactly
from cloudplan.explain.settled import ROUNDS, Alone, Answer, priced, settled
from cloudplan.explain.view import View
from cloudplan.explain.words import merged
from cloudplan.findings import Finding
from cloudplan.i18n import words
from cloudplan.inventory.schema import label
from cloudplan.placement import infeasible
from cloudplan.placement.candidates import relocked
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import dispositions_of
from cloudplan.placement.rules import refusals_of
from cloudplan.placement.solve import Placement
from cloudplan.scenario import Lock


@dataclass(frozen=True)
class Best:
    """The move decided anew.

    Parameters
    ----------
    answer
        The cheaper of the two: what was decided anew from scratch, and what was found at once where waves can be had.
    bound
        No plan with the move costs less; yuan a year, minus infinity where nothing is proved.
    from_scratch
        What the plan's own way found; yuan a year, ``None`` where a limit ran out on it.
    kept
        Whether the answer is the one found at once: nothing else has to move.
    late
        Pairs (server, pool) that no wave could have while it was decided.
    """

    answer: Answer
    bound: float
    from_scratch: float | None
    kept: bool
    late: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Own:
    """What a move itself costs: the placement solved exactly with it and without, all else alike.

    Parameters
    ----------
    without, with_it
        The cheapest placements.
    """

    without: Answer
    with_it: Answer

    @property
    def yuan(self) -> float:
        """Yuan a year."""
        return self.with_it.cost - self.without.cost

    @property
    def exact_to(self) -> float:
        """Smaller differences prove nothing; yuan a year."""
        return GAP * max(abs(self.with_it.cost), abs(self.without.cost))


def forced(view: View, pairs: Sequence[tuple[str, str]], reason: str = "--force") -> PlacementProblem:
    """Ask the plan's problem again with some components or systems locked to pools.

    A lock of the scenario on the same thing gives way; where the scenario switches locks off, only the moves hold.
    """
    scenario, problem = view.plan.scenario, view.problem
    locks = tuple(
        Lock(component=name, pool=pool, reason=reason)
        if name in problem.components
        else Lock(system=name, pool=pool, reason=reason)
        for name, pool in pairs
    )
    named = {lock.subject for lock in locks}
    rules = {name: options for name, options in scenario.rules.items() if name != "locks"}  # a forced move holds
    stated = scenario.locks if scenario.rules.get("locks") is not False else ()
    kept = tuple(lock for lock in stated if lock.subject not in named)
    return relocked(problem, scenario.model_copy(update={"locks": (*kept, *locks), "rules": rules}))


def sent_by(problem: PlacementProblem, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Pool of every component that is sent somewhere; what is said of a component counts before its system's."""
    sent = {name: pool for system, pool in pairs for name in problem.of_system.get(system, ())}
    return {**sent, **{name: pool for name, pool in pairs if name in problem.components}}


def alone(
    view: View, problem: PlacementProblem, sent: Mapping[str, str], late: frozenset[tuple[str, str]] | None = None
) -> Alone:
    """Judge a move at once: all other components keep their seats, the hosts of pools left and entered are chosen anew.

    Parameters
    ----------
    view
        The plan.
    problem
        Its problem, with the move as locks.
    sent
        Pool of each component that moves.
    late
        Pairs (server, pool) that no wave could have; the plan's own where not given.
    """
    choices = {name: tuple(problem.candidates[i] for i in problem.by_component[name]) for name in sent}
    inside = {name: tuple(c for c in found if c.pool == sent[name]) for name, found in choices.items()}
    move = Move(problem, view.rules, view.state, inside)
    if not move.possible:
        return Alone(None, refused=_refusals(move, sent))
    return settled(view, move, view.late if late is None else late)


def _refusals(move: Move, sent: Mapping[str, str]) -> tuple[Finding, ...]:
    """Every reason against what is sent; where one of its seats is free, against the siblings that can't follow."""
    of_sent = [(said, c.zone) for name in sent for c, reasons in move.refused[name] for said in reasons]
    blocked = [name for name in sent if all(reasons for _, reasons in move.refused[name])]
    siblings = [found for name, found in move.refused.items() if name not in sent and not blocked]
    others = [(said, c.zone) for found in siblings for c, reasons in found for said in reasons]
    nowhere = [_no_way(move.problem, name, pool) for name, pool in sent.items() if not move.refused[name]]
    once: dict[str, Finding] = {}
    for finding in (*nowhere, *(finding for finding, _ in merged([*of_sent, *others]))):
        once.setdefault(finding.rule + words(finding), finding)  # what several components are told alike is said once
    return tuple(once.values())


def _no_way(problem: PlacementProblem, name: str, wanted: str) -> Finding:
    """Say why nothing leads to a pool: it takes nothing in, or the scenario doesn't open its target."""
    pool = problem.capacity.pools[wanted]
    values = {"pool": wanted, "kind": label("target_kind", pool.target_kind)}
    closed = pool.kind not in ("today", "superior") and pool.target_kind not in problem.scenario.targets.open
    return Finding("explain.force.closed" if closed else "explain.force.no_way", subject=name, values=values)


def at_best(
    view: View, problem: PlacementProblem, sent: Mapping[str, str], once: Alone, tell: Progress
) -> tuple[Best, Alone]:
    """Decide anew under the locks, as a plan does, and take what was found at once where it is better.

    Returns
    -------
    tuple
        The better answer; and the move at once, with other hosts where the waves could not have those first found.

    Raises
    ------
    Infeasible
        If no plan makes the move.
    NoAnswer
        If a limit ran out.
    """
    refusals = refusals_of(problem, view.rules)
    if unheld := infeasible.of_locks(problem, refusals):
        raise Infeasible([*once.refused, *unheld])
    once = _in_time(view, problem, sent, once, tell)
    try:
        decided = decide(problem, view.rules, refusals, tell)
    except NoAnswer:
        if once.answer is None or not once.in_time:
            raise
        # what is proved without the move holds with it, unless a lock gave way to it
        off, stated = view.plan.scenario.rules.get("locks") is False, view.plan.scenario.locks
        proved = off or all(lock in problem.scenario.locks for lock in stated)
        bound = min(float(view.plan.facts["bound"]), once.answer.cost) if proved else -math.inf
        return Best(once.answer, bound, None, True), once
    anew = priced(problem, decided.placed.state, view.rules)
    if once.answer is not None and once.in_time and once.answer.cost <= anew.cost:
        return Best(once.answer, min(decided.bound, once.answer.cost), anew.cost, True, decided.late), once
    return Best(anew, decided.bound, anew.cost, False, decided.late), once


def own_price(view: View, problem: PlacementProblem, best: Best) -> Own | None:
    """Price a move by itself: with its locks and without, solved exactly; ``None`` where nothing was found.

    The plan itself is solved to the scenario's gap only, so that a plan decided anew may be cheaper by chance. Servers
    that came too late for either are left out of both.
    """
    barred = view.too_late(view.late | best.late, view.state, best.answer.state)
    found = []
    for asked in (view.problem, problem):
        refusals = view.refusals if asked is view.problem else refusals_of(asked, view.rules)
        placed = exactly(view, asked, view.rules, refusals, barred=barred)
        if placed is None:
            return None
        found.append(priced(asked, placed.state, view.rules))
    return Own(*found)


def _in_time(view: View, problem: PlacementProblem, sent: Mapping[str, str], once: Alone, tell: Progress) -> Alone:
    """Order the waves of what was found at once; where hosts come too late, choose others."""
    late = view.late
    for _ in range(ROUNDS):
        if once.answer is None:
            return once
        answer = once.answer
        # nothing is proved of it: its hosts were chosen with all else where it is
        placed = Placement(
            dispositions_of(problem, answer.state), answer.state, answer.cost, answer.terms, -math.inf, 0
        )
        decided = carried_out(problem, view.rules, placed, tell)
        if decided is not None and not decided.moves.unscheduled:
            trimmed = priced(problem, decided.placed.state, view.rules)
            return replace(once, answer=min(answer, trimmed, key=lambda a: a.cost), in_time=True)
        if decided is None or decided.late <= late:
            break
        late |= decided.late
        once = alone(view, problem, sent, late)
    return replace(once, in_time=False)
