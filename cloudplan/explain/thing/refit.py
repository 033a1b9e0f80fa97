"""Other hosts for the same seats: the cheapest with a host more, fewer or of another kind, or the rules that refuse it.

Every component keeps its seat; the hosts of the pools concerned are chosen anew by the placement's own model
(:mod:`cloudplan.placement.moved`) under the limits that are asked about. As a plan's, an answer is packed; the waves
are not ordered again, but what no wave of the plan could have in time stays barred.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pyomo.environ as pyo

from cloudplan.capacity import HostKind
from cloudplan.clusters import packing_problem
from cloudplan.cuts import enlarged
from cloudplan.explain.settled import ROUNDS, Alone, Answer, in_the_way, priced, unpacked
from cloudplan.explain.view import View
from cloudplan.findings import Finding, errors_in
from cloudplan.packing.check import violations as packing_violations
from cloudplan.packing.pack import end_state
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule
from cloudplan.placement.solve import violations
from cloudplan.state import Host, State

GAP = 1e-7
"""Relative gap: two servers may differ by no more than a few yuan of electricity."""
CUTS = 3
"""How often hosts that can't be packed are cut off before demand is enlarged."""


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
class Likely:
    """The plan's own hosts with something changed.

    Parameters
    ----------
    state
        The plan's seats on these hosts.
    instead
        Host that takes all that another one carries, by that one.
    """

    state: State
    instead: Mapping[str, str] = field(default_factory=dict)

    def without(self, host: str) -> Likely:
        """Leave out one host."""
        hosts = {name: record for name, record in self.state.hosts.items() if name != host}
        return replace(self, state=replace(self.state, hosts=hosts))

    def having(self, host: Host, instead: str = "") -> Likely:
        """Put in one host, or put it in another pool; in the place of another where one is named."""
        left = self.without(instead) if instead else self
        hosts = {**left.state.hosts, host.host: replace(host, spare=self._spare(instead) or host.spare)}
        taken = {**self.instead, **({instead: host.host} if instead else {})}
        return Likely(replace(self.state, hosts=hosts), taken)

    def _spare(self, host: str) -> bool:
        return host in self.state.hosts and self.state.hosts[host].spare


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
        The plan's own hosts with just that changed: good answers where they hold, and where none does, of these the
        rules tell why.
    """

    limits: tuple[Limit, ...]
    pools: frozenset[str] = frozenset()
    likely: tuple[Likely, ...] = ()

    @property
    def anew(self) -> frozenset[str]:
        """Every pool whose hosts are chosen anew."""
        return self.pools | {limit.pool for limit in self.limits}

    def granted(self, state: State) -> bool:
        """Whether a state has such hosts."""
        counts = [sum(h.pool == x.pool and x.counts(h.kind) for h in state.hosts.values()) for x in self.limits]
        return all(
            x.least <= count and (x.most is None or count <= x.most)
            for x, count in zip(self.limits, counts, strict=True)
        )

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


Size = tuple[float, float, float, float]
"""What packing sees of a host: CPU use, threads, memory and network that it can carry."""


class Cut(NamedTuple):
    """Loaded hosts of a pool, by size, on which not all of its workloads could be packed."""

    pool: str
    loaded: Counter[Size]


def other_hosts(view: View, wish: Wish) -> Alone:
    """Find the cheapest hosts that grant a wish, or what refuses it.

    What can't be packed is cut off and hosts are chosen again; the plan's own hosts with just that change are taken as
    soon as nothing is left that costs less. Where a few cuts don't do, demand is enlarged as in a plan.
    """
    answer = _granted(view, wish, view.rules, view.problem)
    return Alone(answer) if answer is not None else Alone(None, broken=_refusing(view, wish))


def without_spares(view: View, pool: str) -> Answer | None:
    """Find the cheapest hosts of a pool if it had to keep none empty."""
    capacity = view.problem.capacity
    bare = {**capacity.pools, pool: replace(capacity.pools[pool], spare_hosts=0)}
    problem = view.problem.changed(capacity=replace(capacity, pools=bare))
    return _granted(view, Wish((), frozenset({pool})), view.rules, problem)


def _granted(view: View, wish: Wish, rules: tuple[PlacementRule, ...], problem: PlacementProblem) -> Answer | None:
    cuts: list[Cut] = []
    allowance, whole = dict(view.allowance), False

    def rows(model: Any) -> None:
        wish.rows(model)
        _cut(model, problem.capacity.kinds, cuts)

    move = Move(problem, rules, view.state, {}, anew=wish.anew, gap=GAP, further=rows)
    kept: Answer | None = None
    for attempt in range(CUTS + ROUNDS):
        state = move.answer(view.late, allowance, whole)
        if state is not None and errors_in(violations(problem, rules, state)):
            if whole:
                return kept
            whole = True  # a rule binds what looked uninvolved
            continue
        kept = kept or _likeliest(view, move, wish)
        found = None if state is None else priced(problem, state, rules)
        if found is None or (kept is not None and kept.cost <= found.cost):
            return kept  # nothing that could be packed costs less
        failed = unpacked(view, move, found.state)
        if not failed:
            return found
        if attempt < CUTS:
            cuts += [Cut(pool, _loaded(problem, found.state, pool)) for pool in failed]
        elif kept is not None:
            return kept
        else:
            allowance |= {pool: enlarged(allowance.get(pool, 0.0), left) for pool, (left, _) in failed.items()}
    return kept


def _loaded(problem: PlacementProblem, state: State, pool: str) -> Counter[Size]:
    """Loaded hosts of a pool by size."""
    kinds = problem.capacity.kinds
    return Counter(_size(kinds[h.kind]) for h in state.hosts.values() if h.pool == pool and not h.spare)


def _size(kind: HostKind) -> Size:
    return kind.usable_cpu, kind.threads, kind.usable_memory_gib, kind.mbps


def _cut(model: Any, kinds: Mapping[str, HostKind], cuts: Sequence[Cut]) -> None:
    """Ask for more loaded hosts of some size than what could not be packed had: fewer could not either."""
    model.cuts, model.larger = pyo.ConstraintList(), pyo.VarList(within=pyo.Binary)
    for cut in cuts:
        loaded: dict[Size, Any] = {}
        for every, spare in ((model.hosts, model.spare), (model.reuse, model.reuse_spare)):
            for kind, pool in every:
                if pool == cut.pool:
                    size = _size(kinds[kind])
                    loaded[size] = loaded.get(size, 0) + every[kind, pool] - spare[kind, pool]
        larger = []
        for size, count in loaded.items():
            larger.append(model.larger.add())
            model.cuts.add(count >= (cut.loaded[size] + 1) * larger[-1])
        model.cuts.add(sum(larger) >= 1)


def _likeliest(view: View, move: Move, wish: Wish) -> Answer | None:
    """The cheapest likely state that grants a wish, keeps every rule and carries its workloads, no host too late."""
    likely = [one for one in wish.likely if wish.granted(one.state) and not _late(view, one.state)]
    offers = [(priced(move.problem, one.state, move.rules), one) for one in likely]
    for answer, one in sorted(offers, key=lambda offer: offer[0].cost):
        if not broken_by(view, one.state) and (_as_it_was(view, move, one) or not unpacked(view, move, one.state)):
            return answer
    return None


def _late(view: View, state: State) -> bool:
    return any((host.kind, host.pool) in view.late for host in state.hosts.values())


def _as_it_was(view: View, move: Move, likely: Likely) -> bool:
    """Whether every workload may stay on its host, or on the one that takes that one's place."""
    for pool in move.pools:
        question = packing_problem(move.problem, likely.state, pool)
        seated = {w: view.host_of.get(w, "") for w in question.workloads}
        seated = {w: likely.instead.get(host, host) for w, host in seated.items()}
        if not all(host in question.offered for host in seated.values()):
            return False
        if packing_violations(question, end_state(question, seated)):
            return False
    return True


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
    for likely in wish.likely:
        broken = broken_by(view, likely.state)
        packing = {} if broken else unpacked(view, move, likely.state)
        found.append(broken or tuple(said for _, why in packing.values() for said in why))
    return in_the_way(view, move, min((said for said in found if said), key=len, default=()))


def as_planned(view: View) -> Likely:
    """The plan's own hosts, to be changed."""
    return Likely(view.state)
