"""Place anew what an earlier plan has placed: keep it where it holds, change what must be, and what is worth its price.

Three answers are held against each other. *As it was*: the earlier plan's seats and hosts. *Kept*: every system that
the rules still let do what was decided does so; the others, and the hosts, are chosen anew. *Settled*: each system does
either what was decided or what the free answer has it do, whichever is cheaper with the price of changes
(:mod:`cloudplan.placement.rules.minimum_gain`); what doesn't pay on its own is taken back, one system after another.
The first that is within the scenario's gap of the bound is taken, so
that nothing changes merely because a solver came upon another answer that is as good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.findings import errors_in
from cloudplan.placement.decided import decided_of
from cloudplan.placement.dispositions import GONE
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.soft import penalties
from cloudplan.placement.solve import Placement, Progress, solve, violations
from cloudplan.placement.terms import cost, cost_by_term
from cloudplan.state import State


def place(
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    refusals: Refusals,
    allowance: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    barred: Collection[tuple[str, str]] = (),
    anew: bool = False,
) -> Placement:
    """Find a placement; where the problem follows an earlier plan, one that departs from it only for a reason.

    Parameters
    ----------
    problem, rules, refusals
        What is asked, and what the rules refuse.
    allowance, progress, barred
        As :func:`~cloudplan.placement.solve.solve` takes them.
    anew
        Whether the cuts are only those that the earlier plan itself had come to: it may stand as it was.

    Raises
    ------
    Infeasible, NoAnswer
        As :func:`~cloudplan.placement.solve.solve` does.
    """
    free = solve(problem, rules, allowance, progress, barred=barred, refusals=refusals)
    if problem.earlier is None:
        return free

    def near(placed: Placement) -> bool:
        return placed.objective - free.bound <= problem.scenario.solver.gap * abs(placed.objective)

    def among(numbers: Collection[int]) -> Placement | None:
        try:
            return solve(problem, rules, allowance, progress, barred=barred, refusals=refusals, offered=numbers)
        except (Infeasible, NoAnswer):
            return None

    before = as_it_was(problem, rules) if anew else None
    if before is not None and near(before):
        return _bounded(before, free.bound)
    kept = kept_open(problem, refusals)
    stable = among(kept)
    if stable is not None and near(stable):
        return _bounded(stable, free.bound)
    settled = among(kept | set(problem.taken(free.state)))
    found = [placed for placed in (stable, settled, free) if placed is not None]
    best = min(found, key=lambda placed: placed.objective)
    for system in changed(problem, best.state):
        back = among(reverted(problem, refusals, best.state, system))
        best = best if back is None or back.objective > best.objective else back
    if before is not None and before.objective - best.objective <= problem.scenario.solver.gap * abs(best.objective):
        best = before  # what is gained is no more than how exact the answers are
    return _bounded(best, free.bound)


def changed(problem: PlacementProblem, state: State) -> tuple[str, ...]:
    """Systems that do otherwise in a state than was decided for them."""
    out = []
    for system, (decided, pools) in decided_of(problem).items():
        moved = any(name in state.seats and state.seats[name].pool != pool for name, pool in pools.items())
        if moved or state.dispositions.get(system, decided) != decided:
            out.append(system)
    return tuple(out)


def reverted(problem: PlacementProblem, refusals: Refusals, state: State, system: str) -> set[int]:
    """Candidates with which one system does what was decided for it, and all others what they do in a state."""
    own = {i for name in problem.of_system[system] for i in problem.by_component[name]}
    decided, pools = decided_of(problem)[system]
    back = {
        i
        for i in own
        if (c := problem.candidates[i]).disposition == decided and c.pool == pools.get(c.component, c.pool)
    }
    return (set(problem.taken(state)) - own) | {i for i in back if not refusals.candidate[i]}


def kept_open(problem: PlacementProblem, refusals: Refusals) -> set[int]:
    """Candidates with which every system does what was decided, where no rule refuses; all of a system's else."""
    earlier = problem.earlier
    out: set[int] = set()
    before = decided_of(problem)
    for system, components in problem.of_system.items():
        numbers = {i for name in components for i in problem.by_component[name]}
        known = before.get(system)
        if known is None or earlier is None:
            out |= numbers
            continue
        decided, pools = known
        seated: dict[str, set[int]] = {}
        for i in numbers:
            c = problem.candidates[i]
            if c.disposition == decided and c.pool == pools.get(c.component, c.pool) and not refusals.candidate[i]:
                seated.setdefault(c.component, set()).add(i)
        if decided not in GONE and len(seated) < len(components):
            out |= numbers
            continue
        for name, found in seated.items():
            # the same zone too, where it is still to be had
            same = {i for i in found if (seat := earlier.seats.get(name)) and problem.candidates[i].zone == seat.zone}
            out |= same or found
    return out


def as_it_was(problem: PlacementProblem, rules: Sequence[PlacementRule]) -> Placement | None:
    """The earlier plan's own end, where it covers every system and still keeps every hard rule; its bound says nothing.

    A host that was delivered since stands under the name it was bought under.
    """
    earlier = problem.earlier
    if earlier is None:
        return None
    existing = problem.capacity.existing
    hosts = {}
    for name, host in earlier.hosts.items():
        if name in existing:
            hosts[name] = replace(host, kind=name, source="existing", pool=existing[name], available_from=None)
        elif host.source == "existing" or host.kind not in problem.capacity.kinds:
            return None
        else:
            hosts[name] = replace(host, available_from=None)
    pairs = set(problem.reuse) | set(problem.buyable)
    if not existing.keys() <= hosts.keys() or not all((host.kind, host.pool) in pairs for host in hosts.values()):
        return None
    state = State(
        dispositions={system: earlier.fates[system][0] for system in problem.options if system in earlier.fates},
        seats={name: earlier.seats[name] for name in problem.components if name in earlier.seats},
        hosts=hosts,
    )
    if len(problem.taken(state)) < len(state.seats):
        return None
    for system, components in problem.of_system.items():
        fate = earlier.fates.get(system)
        if fate not in problem.fates[system]:
            return None
        if fate[0] not in GONE and not all(name in state.seats for name in components):
            return None
    if errors_in(violations(problem, rules, state)):
        return None
    return Placement(
        dispositions={system: earlier.fates[system] for system in problem.options},
        state=state,
        objective=cost(problem, state, rules),
        terms=cost_by_term(problem, state),
        bound=float("-inf"),
        rounds=0,
        penalties=penalties(problem, rules, state),
    )


def _bounded(placed: Placement, bound: float) -> Placement:
    """A placement with the bound that holds for all: what an answer among fewer choices proves holds only for those."""
    return replace(placed, bound=min(bound, placed.objective))
