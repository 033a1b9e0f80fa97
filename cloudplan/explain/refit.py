"""Other hosts for the same seats: the cheapest with a host more, fewer or of another kind, or the rules that refuse it.

Every component keeps its seat; the hosts of the pools concerned are chosen anew by the placement's own model
(:mod:`cloudplan.placement.moved`) under the limits that are asked about. As a plan's, an answer is packed; the waves
are not ordered again, but what no wave of the plan could have in time stays barred.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyomo.environ as pyo

from cloudplan.explain.forced import ROUNDS, Alone, Answer, priced, unpacked
from cloudplan.explain.view import View
from cloudplan.findings import Finding, errors_in
from cloudplan.placement.moved import Move
from cloudplan.placement.rules import PlacementRule
from cloudplan.placement.solve import violations
from cloudplan.state import Host, State

GAP = 1e-7
"""Relative gap: two servers may differ by no more than a few yuan of electricity."""


@dataclass(frozen=True)
class Limit:
    """How many hosts of some kinds a pool may have.

    Parameters
    ----------
    pool
        The pool.
    least, most
        Bounds of the number; ``None`` for no upper one.
    kinds
        Host types and servers that count; all where not given.
    """

    pool: str
    least: int = 0
    most: int | None = None
    kinds: frozenset[str] | None = None

    def counts(self, kind: str) -> bool:
        """Whether a kind of host counts."""
        return self.kinds is None or kind in self.kinds


@dataclass(frozen=True)
class Wish:
    """Another choice of hosts.

    Parameters
    ----------
    limits
        What is asked of the hosts.
    pools
        Pools whose hosts are chosen anew besides those that are limited.
    likely
        The plan's own hosts with just that changed: of these the rules tell why, where no choice of hosts will do.
    """

    limits: tuple[Limit, ...]
    pools: frozenset[str] = frozenset()
    likely: tuple[State, ...] = ()

    @property
    def anew(self) -> frozenset[str]:
        """Every pool whose hosts are chosen anew."""
        return self.pools | {limit.pool for limit in self.limits}

    def rows(self, model: Any) -> None:
        """Write the limits into a model."""
        model.wished = pyo.ConstraintList()
        for limit in self.limits:
            counted = [
                own[kind, pool]
                for own in (model.hosts, model.reuse)
                for kind, pool in own
                if pool == limit.pool and limit.counts(kind)
            ]
            if not counted:
                if limit.least > 0:
                    model.wished.add(pyo.Constraint.Infeasible)
                continue
            if limit.least > 0:
                model.wished.add(sum(counted) >= limit.least)
            if limit.most is not None:
                model.wished.add(sum(counted) <= limit.most)


def other_hosts(view: View, wish: Wish) -> Alone:
    """Find the cheapest hosts that grant a wish, or what refuses it."""
    answer = _granted(view, wish, view.rules)
    return Alone(answer) if answer is not None else Alone(None, broken=_refusing(view, wish))


def without_rule(view: View, rule: str, pool: str) -> Answer | None:
    """Find the cheapest hosts of a pool if one rule did not hold."""
    return _granted(view, Wish((), frozenset({pool})), tuple(r for r in view.rules if r.name() != rule))


def _granted(view: View, wish: Wish, rules: tuple[PlacementRule, ...]) -> Answer | None:
    move = Move(view.problem, rules, view.state, {}, anew=wish.anew, gap=GAP, further=wish.rows)
    allowance, whole = dict(view.allowance), False
    for _ in range(ROUNDS):
        state = move.answer(view.late, allowance, whole)
        if state is None:
            return None
        if errors_in(violations(view.problem, rules, state)):
            if whole:
                return None
            whole = True  # a rule binds what looked uninvolved
            continue
        failed = unpacked(view, move, state)
        if not failed:
            return priced(view.problem, state, rules)
        allowance |= {pool: allowance.get(pool, 0.0) + more for pool, (more, _) in failed.items()}
    return None


def broken_by(view: View, state: State) -> tuple[Finding, ...]:
    """What a state breaks that the plan doesn't, by every rule's own words."""
    known = {str(said) for said in violations(view.problem, view.rules, view.state)}
    found = errors_in(violations(view.problem, view.rules, state))
    return tuple(said for said in found if str(said) not in known)


def _refusing(view: View, wish: Wish) -> tuple[Finding, ...]:
    """What the plan's own hosts would break, the least of all ways; of several rules those that alone stand in the way.

    Where sums are kept, packing says what it leaves over.
    """
    move = Move(view.problem, view.rules, view.state, {}, anew=wish.anew, gap=GAP, further=wish.rows)
    found = []
    for state in wish.likely:
        broken = broken_by(view, state)
        found.append(broken or tuple(said for _, why in unpacked(view, move, state).values() for said in why))
    least = min((said for said in found if said), key=len, default=())
    named = {said.rule for said in least if said.rule}
    if len(named) > 1:
        less = {name: tuple(rule for rule in move.rules if rule.name() != name) for name in sorted(named)}
        enough = {name for name, rules in less.items() if replace(move, rules=rules).answer(view.late) is not None}
        least = tuple(said for said in least if said.rule in enough) or least
    return least


def dropped(state: State, name: str) -> State:
    """Leave out one host; where it was a spare, the rest is as it is."""
    return replace(state, hosts={host: record for host, record in state.hosts.items() if host != name})


def added(state: State, host: Host) -> State:
    """Put in one host, or put it in another pool."""
    return replace(state, hosts={**state.hosts, host.host: host})


def fewer(state: State, pool: str) -> Iterator[State]:
    """The state without one host of a pool, of each kind once."""
    seen = set()
    for name, host in state.hosts.items():
        kind = host.kind, host.spare
        if host.pool == pool and kind not in seen:
            seen.add(kind)
            yield dropped(state, name)
