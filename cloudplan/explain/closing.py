"""What closing a pool or a room would cost, all in it going where the rules let it, or what can go nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from cloudplan.explain import alternatives
from cloudplan.explain.elsewhere import free_of
from cloudplan.explain.forced import Alone, settled
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Line, line, listed, said
from cloudplan.placement.moved import Move

NAMED = 3
"""Components that are named where they can go nowhere else."""
MOST = 40
"""Systems that are decided anew at once; more take longer than an answer at once may."""


def closed(view: View, members: Sequence[str], pools: Collection[str]) -> Alone | None:
    """Send some components anywhere but to some pools, all else where it is; ``None`` where that is too much to ask.

    Parameters
    ----------
    view
        The plan.
    members
        The components; each has a place elsewhere that no rule refuses.
    pools
        The pools that they leave.
    """
    problem = view.problem
    if len({problem.components[name].system for name in members}) > MOST:
        return None
    sent = {name: tuple(c for c in free_of(view, name) if c.pool not in pools) for name in members}
    move = Move(problem, view.rules, view.state, sent)
    return settled(view, move, view.late) if move.possible else Alone(None)


def bound_to(view: View, members: Sequence[str], pools: Collection[str]) -> list[str]:
    """Components that the rules leave no place but in some pools."""
    return [name for name in members if all(c.pool in pools for c in free_of(view, name))]


def close_pool(view: View, pool: str, members: Sequence[str]) -> Iterator[Line]:
    """Say what closing a pool would cost, or which of its components have no other place."""
    bound = bound_to(view, members, {pool})
    if not bound:
        alone = closed(view, members, {pool})
        what = said("explain.pool.closed")
        yield line("pool.many", count=len(members)) if alone is None else alternatives.told(view, what, alone)
        return
    problem = view.problem
    counted: Counter[str] = Counter()
    for name in bound:
        others = [i for i in problem.by_component[name] if problem.candidates[i].pool != pool]
        counted.update({found.rule for i in others for found in view.refusals.candidate[i]})
    rules = [rule for rule, _ in counted.most_common()]
    values: dict[str, Any] = {
        "count": len(bound),
        "total": len(members),
        "components": tuple(bound[:NAMED]),
        "bound": tuple(bound),
    }
    if rules:
        yield line("pool.bound_to", ",".join(rules), **values, rules=listed([rule_name(rule) for rule in rules]))
    else:
        yield line("pool.only_way", **values)
