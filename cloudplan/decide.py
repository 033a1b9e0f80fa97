"""What becomes of everything: place, pack, order the waves, and the loop that cuts off what does not work out.

The cut loop is here, in plain sight: placement judges a pool by its sums; where packing finds that the sums were too
kind (some workload is left over), that pool's demand is enlarged by an allowance (:mod:`cloudplan.cuts`), and
everything is placed anew: another mix often packs where this one would need a further host. In the last rounds, and
where an earlier plan is followed, seats are kept and only hosts are chosen anew. Where the waves find that a server
comes too late, it is barred from that pool. The bound stays the first one, which no cut touched: it holds for every
plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cloudplan.clusters import packing_problem
from cloudplan.cuts import Cuts, enlarged, left_over
from cloudplan.earlier import Earlier
from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.findings import Finding, Severity, errors_in
from cloudplan.migration import asked, waves
from cloudplan.migration.collisions import blocked
from cloudplan.migration.collisions import collisions as of_waves
from cloudplan.migration.inevitable import without_window
from cloudplan.migration.problem import MigrationPlan, MigrationProblem
from cloudplan.migration.soft import rank
from cloudplan.packing.collisions import collisions as of_packing
from cloudplan.packing.kept import kept_where_it_was
from cloudplan.packing.pack import pack, unplaced_findings
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.placement import again, infeasible
from cloudplan.placement.package import Carried, Trial
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import dispositions_of
from cloudplan.placement.rules import PlacementRule, Refusals, refusals_of, resolve
from cloudplan.placement.soft import penalties
from cloudplan.placement.solve import Further, Placement, solve, violations
from cloudplan.placement.terms import cost, cost_by_term
from cloudplan.state import State

BACKWARDS = 4
"""Times in a round that allowances that leave no placement go halfway back."""
HURRIED = 3
"""Rounds before the last in which it is enlarged by no less than what was left over."""

Progress = Callable[[str, Mapping[str, Any]], None]
"""Told the id and the values of a message whenever a stage begins or a solver run ends."""


@dataclass(frozen=True)
class Decision:
    """What placement, packing and migration agreed on.

    Parameters
    ----------
    placed, packings, journey, moves
        Where everything stands, on which hosts, what the waves were asked, and their order.
    bound
        No plan under the same rules costs less; yuan a year.
    late
        Pairs (server, pool) that were had for no wave in time.
    allowance
        Share by pool by which its demand was enlarged, because packing found the sum too kind.
    """

    placed: Placement
    bound: float
    packings: tuple[Packing, ...]
    journey: MigrationProblem
    moves: MigrationPlan
    late: frozenset[tuple[str, str]] = frozenset()
    allowance: Mapping[str, float] = field(default_factory=dict)

    @property
    def host_of(self) -> dict[str, str]:
        """Host of every workload in a cluster."""
        return _hosts(self.packings)


def decide(
    problem: PlacementProblem,
    rules: tuple[PlacementRule, ...],
    refusals: Refusals,
    tell: Progress,
    further: Callable[[int], Further | None] | None = None,
) -> Decision:
    """Place, pack and order the waves; cut off what packing or the waves refuse, and choose the hosts again.

    Parameters
    ----------
    problem, rules, refusals
        What is asked, the rules that hold, and what they refuse.
    tell
        Told whenever a stage begins or a solver run ends.
    further
        What placement is asked beside the rules, by round of the loop, the first being 0; the bound then holds under
        that only, and an earlier plan is not followed.

    Raises
    ------
    Infeasible
        If no placement keeps every rule.
    NoAnswer
        If a limit ran out, or the cuts left nothing.
    """
    cuts = Cuts()
    more = further or (lambda round_: None)
    earlier = problem.earlier if further is None else None
    bound = -math.inf

    def place(round_: int) -> Placement:
        if further is None:
            return again.place(problem, rules, refusals, cuts.allowance, tell, cuts.barred, anew=round_ == 0)
        return solve(problem, rules, cuts.allowance, tell, None, cuts.barred, refusals, further=more(round_))

    try:
        if earlier is not None and (earlier.late or earlier.allowance):
            bound = solve(problem, rules, progress=tell, refusals=refusals).bound  # before any cut
            cuts = _followed(problem, earlier)
        placed = place(0)
    except Infeasible as nothing:
        if further is not None:
            raise
        if math.isinf(bound):
            raise Infeasible(infeasible.explain(problem, rules, refusals, tell, trial(tell))) from nothing
        cuts = Cuts()  # what the earlier plan had to cut off may fit now
        placed = place(0)
    bound, seated = placed.bound if math.isinf(bound) else min(bound, placed.objective), placed.state
    complaints: list[Finding] = []
    colliding: Callable[[], Iterable[Finding]] = tuple
    last = problem.scenario.solver.rounds
    for round_ in range(1, last + 1):
        cuts.hold()
        asked_of, packings = _packed(problem, placed, tell)
        failed = {packed.pool: packed for packed in packings if packed.unplaced}
        if not failed:
            decided = _ordered(problem, rules, placed, packings, tell)
            if not decided.moves.unscheduled:
                tell("plan.decided", {"hosts": len(decided.placed.state.hosts), "cost": decided.placed.objective})
                return replace(decided, bound=bound, late=frozenset(cuts.barred), allowance=cuts.allowance)
            moves = decided.moves
            _refuse_blocked(problem, refusals, decided)
            complaints, late = _details(moves.findings), _late(problem, placed, moves)
            colliding = partial(of_waves, decided.journey, moves.unscheduled)
            if not late - cuts.barred:
                said = Finding("plan.no_order", values={"count": len(moves.unscheduled)})
                raise NoAnswer([said, *colliding(), *complaints])
            cuts.barred |= late
        else:
            complaints = _details(said for pool in failed for said in unplaced_findings(asked_of[pool], failed[pool]))
            colliding = partial(_of_packings, asked_of, failed)
            for pool, packed in failed.items():
                cuts.enlarge(pool, left_over(asked_of[pool], packed) if last - round_ <= HURRIED else 0.0)
        if round_ == last:
            break
        if failed:
            tell("plan.cut", {"pools": sorted(failed), "round": round_})
        else:
            tell("plan.late", {"count": len({server for server, _ in late}), "round": round_})
        if not failed or 2 * round_ > last or earlier is not None:
            try:
                placed = solve(
                    problem, rules, cuts.allowance, tell, seated, cuts.barred, refusals, further=more(round_)
                )
                continue
            except Infeasible:
                pass  # not with these seats
        found = _backwards(partial(place, round_), cuts, BACKWARDS if failed else 0, tell)
        if found is None:
            # the cuts alone make it so, and nobody proved what they cut off impossible
            raise NoAnswer([Finding("plan.cut_off"), *colliding(), *complaints])
        placed, seated = found, found.state
    raise NoAnswer([Finding("plan.rounds", values={"rounds": last}), *colliding(), *complaints])


def _followed(problem: PlacementProblem, earlier: Earlier) -> Cuts:
    """Begin with what an earlier plan had come to cut off."""
    allowance = {pool: share for pool, share in earlier.allowance.items() if pool in problem.clusters}
    return Cuts(allowance, set(earlier.late) & set(problem.reuse))


def _backwards(place: Callable[[], Placement], cuts: Cuts, times: int, tell: Progress) -> Placement | None:
    """Place anew; where the allowances leave nothing, with smaller ones."""
    for left in range(times, -1, -1):
        try:
            return place()
        except Infeasible:
            if left:
                cuts.back()
                tell("plan.cut_back", {"left": left})
    return None


def trial(tell: Progress) -> Trial:
    """How what would mend a collision is tried: packed and ordered into waves, or decided outright."""
    return Trial(partial(_carry, tell=tell), partial(_granted, tell=tell))


def _granted(problem: PlacementProblem, tell: Progress) -> float | None:
    """Decide what would be granted; nobody asks why not."""
    rules = resolve(problem.scenario.rules)[0]
    try:
        decided = decide(problem, rules, refusals_of(problem, rules), tell, further=lambda round_: None)
    except (Infeasible, NoAnswer):
        return None
    return decided.placed.objective


def _carry(
    problem: PlacementProblem,
    state: State,
    allowance: Mapping[str, float],
    barred: frozenset[tuple[str, str]],
    tell: Progress,
) -> Carried:
    """Carry out what would be granted: pack it, and where all is packed order its waves."""
    rules = resolve(problem.scenario.rules)[0]
    placed = Placement(
        dispositions=dispositions_of(problem, state),
        state=state,
        objective=cost(problem, state, rules),
        terms=cost_by_term(problem, state),
        bound=-math.inf,
        rounds=0,
    )
    _, packings = _packed(problem, placed, tell)
    failed = [packed.pool for packed in packings if packed.unplaced]
    if failed:
        return Carried({**allowance, **{pool: enlarged(allowance.get(pool, 0.0)) for pool in failed}}, barred)
    moves = _ordered(problem, rules, placed, packings, tell).moves
    late = _late(problem, placed, moves) if moves.unscheduled else set()
    return Carried(allowance, barred | late, moves.unscheduled)


def _refuse_blocked(problem: PlacementProblem, refusals: Refusals, decided: Decision) -> None:
    """Give up where every window is refused a system by rules about it alone: other hosts don't change that."""
    if not (stuck := blocked(decided.journey, decided.moves.unscheduled)):
        return
    said = of_waves(decided.journey, decided.moves.unscheduled)
    if any(without_window(problem, refusals, decided.journey, stuck)):
        raise Infeasible(said)
    raise NoAnswer([*said, Finding("plan.other_fate", values={"count": len(stuck)})])


def _details(findings: Iterable[Finding]) -> list[Finding]:
    """What went wrong system by system, workload by workload: told after what it comes from, and of many some."""
    return [replace(finding, severity=Severity.WARNING) for finding in errors_in(findings)]


def _of_packings(asked_of: Mapping[str, PackingProblem], failed: Mapping[str, Packing]) -> list[Finding]:
    return [said for pool, packed in failed.items() for said in of_packing(asked_of[pool], packed)]


def carried_out(
    problem: PlacementProblem, rules: tuple[PlacementRule, ...], placed: Placement, tell: Progress
) -> Decision | None:
    """Pack one placement and order its waves; ``None`` where a workload finds no host.

    Where a system finds no wave, ``moves.unscheduled`` names it, and ``late`` the servers that nobody should wait for.
    """
    _, packings = _packed(problem, placed, tell)
    if any(packed.unplaced for packed in packings):
        return None
    decided = _ordered(problem, rules, placed, packings, tell)
    late = _late(problem, placed, decided.moves) if decided.moves.unscheduled else set()
    return replace(decided, late=frozenset(late))


def _packed(
    problem: PlacementProblem, placed: Placement, tell: Progress
) -> tuple[dict[str, PackingProblem], tuple[Packing, ...]]:
    tell("plan.packing", {"hosts": len(placed.state.hosts)})
    asked_of = {pool: packing_problem(problem, placed.state, pool) for pool in problem.clusters}
    packings = tuple(pack(question) for question in asked_of.values() if question.workloads)
    if problem.earlier is not None:
        before = problem.earlier.host_of
        packings = tuple(kept_where_it_was(asked_of[packed.pool], packed, before) for packed in packings)
    return asked_of, packings


def _ordered(
    problem: PlacementProblem,
    rules: tuple[PlacementRule, ...],
    placed: Placement,
    packings: tuple[Packing, ...],
    tell: Progress,
) -> Decision:
    """Order the waves and, where every system has one, do without hosts that nothing needs."""
    tell("plan.ordering", {"systems": len(placed.dispositions)})
    journey = asked.problem_of(problem, placed, _hosts(packings))
    moves = waves.plan_waves(journey)
    if not moves.unscheduled:
        packings = _as_moved(packings, moves)
        placed, journey, moves = _lean(problem, rules, placed, packings, journey, moves)
        packings = _as_moved(packings, moves)
    return Decision(placed, placed.bound, packings, journey, moves)


def _as_moved(packings: tuple[Packing, ...], moves: MigrationPlan) -> tuple[Packing, ...]:
    """Leave workloads where the last wave has them: a host that joins after it has nothing to wait for."""
    if not moves.states:
        return packings
    ends = moves.states[-1].host_of
    moved = []
    for packed in packings:
        host_of = {workload: ends.get(workload, host) for workload, host in packed.host_of.items()}
        moved.append(replace(packed, host_of=host_of, hosts_used=len(set(host_of.values()))))
    return tuple(moved)


def _lean(
    problem: PlacementProblem,
    rules: tuple[PlacementRule, ...],
    placed: Placement,
    packings: tuple[Packing, ...],
    journey: MigrationProblem,
    moves: MigrationPlan,
) -> tuple[Placement, MigrationProblem, MigrationPlan]:
    """Do without the hosts that nothing ever uses, if the waves can."""
    loaded = {host for packed in packings for host in packed.host_of.values()}
    loaded |= {host for state in moves.states for host in state.host_of.values()}
    loaded |= {name for state in moves.states for name, host in state.hosts.items() if host.spare}
    state = trimmed(problem, rules, placed.state, loaded)
    if len(state.hosts) < len(placed.state.hosts):
        lean = replace(
            placed,
            state=state,
            objective=cost(problem, state, rules),
            terms=cost_by_term(problem, state),
            penalties=penalties(problem, rules, state),
        )
        shorter = asked.problem_of(problem, lean, _hosts(packings))
        sooner = waves.plan_waves(shorter)
        if rank(shorter, sooner)[:2] <= rank(journey, moves)[:2]:  # all find a wave, and no rule pays for it
            return lean, shorter, sooner
    return placed, journey, moves


def trimmed(problem: PlacementProblem, rules: Sequence[PlacementRule], state: State, loaded: Collection[str]) -> State:
    """Leave out hosts that carry nothing and are no spares, while every rule is kept.

    Parameters
    ----------
    problem, rules, state
        What was asked, and answered.
    loaded
        Hosts that something needs, in the end or in a wave.
    """
    hosts, paid = state.hosts, cost(problem, state, rules)
    idle = [name for name, host in hosts.items() if name not in loaded and not host.spare and host.source != "existing"]
    for name in sorted(idle, key=lambda n: (-sum(problem.host_price(hosts[n].kind, hosts[n].pool).values()), n)):
        fewer = replace(state, hosts={n: host for n, host in state.hosts.items() if n != name})
        less = cost(problem, fewer, rules)  # a soft rule may ask for the host
        if less <= paid and not errors_in(violations(problem, rules, fewer)):
            state, paid = fewer, less
    return state


def _hosts(packings: tuple[Packing, ...]) -> dict[str, str]:
    return {workload: host for packed in packings for workload, host in packed.host_of.items()}


def _late(problem: PlacementProblem, placed: Placement, moves: MigrationPlan) -> set[tuple[str, str]]:
    """Servers that a pool waits for in vain, and all others whose own load waits for that pool."""
    waiting = {
        (host, moves.hosts[host].pool)
        for finding in moves.findings
        for host in finding.values.get("waiting") or ()
        if host in moves.hosts and moves.hosts[host].source == "reused"
    }
    seats = placed.state.seats
    stuck = {pool for _, pool in waiting}
    bound_for = {
        (server, seats[name].pool)
        for name, component in problem.components.items()
        if name in seats and seats[name].pool in stuck
        for server in component.servers
    }
    return waiting | {pair for pair in bound_for & set(problem.reuse) if pair[0] not in problem.capacity.existing}
