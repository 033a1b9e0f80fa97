"""Solve a placement: few slots first, the violated ones added, every answer re-checked before it is returned."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.findings import Finding, Severity, errors_in
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import state_of
from cloudplan.placement.rules import PlacementRule, Refusals, refusals_of
from cloudplan.placement.rules.capacity import add_slots, broken_slots
from cloudplan.placement.soft import penalties
from cloudplan.placement.solver import Answer, run
from cloudplan.placement.strengthen import strengthen
from cloudplan.placement.terms import cost, cost_by_term
from cloudplan.state import State

RELAXED_ROUNDS = 3
"""Times that slots are looked for in the relaxation before the first run with whole numbers."""

Progress = Callable[[str, Mapping[str, Any]], None]

Further = Callable[[Any], None]
"""Writes further rows into a built model, or another aim: it deactivates ``model.cost`` and adds an objective.

The aim gives cost some weight, so that what nothing asks for is left out.
"""


@dataclass(frozen=True)
class Placement:
    """What becomes of each system, where each component goes, and which hosts carry them.

    Parameters
    ----------
    dispositions
        Disposition and target of each system; the target is ``""`` where it stands nowhere.
    state
        Seats and hosts, spares marked; workloads have no host yet.
    objective
        Weighted yearly cost; yuan.
    terms
        Yearly cost by term; yuan.
    penalties
        What missing each soft rule costs, by its name; yuan a year.
    bound
        No placement under the same rules costs less; yuan a year. Where something else than cost was minimised, what no
        placement under the same rows is below, in its unit.
    rounds
        Solver runs until no slot was violated.
    """

    dispositions: Mapping[str, tuple[str, str]]
    state: State
    objective: float
    terms: Mapping[str, float]
    bound: float
    rounds: int
    penalties: Mapping[str, float] = field(default_factory=dict)

    @property
    def gap(self) -> float:
        """Relative distance between objective and bound."""
        return max(0.0, self.objective - self.bound) / max(abs(self.objective), 1e-9)


def solve(
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    allowance: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    seated: State | None = None,
    barred: Collection[tuple[str, str]] = (),
    refusals: Refusals | None = None,
    offered: Collection[int] | None = None,
    further: Further | None = None,
) -> Placement:
    """Find the cheapest placement under some rules.

    Parameters
    ----------
    problem, rules
        What is asked.
    allowance
        Share by pool by which demand is enlarged, because packing found the sum too kind; the bound then holds only
        under the same allowance.
    progress
        Told after each solver run what it costs, and whether peaks must be added (``placement.peaks``).
    seated
        A state whose dispositions and seats are kept, so that only the hosts are chosen anew; the bound then holds only
        for those seats.
    barred
        Pairs (server, pool) that migration found can't be had in time; the bound then holds only without them.
    refusals
        What the rules refuse, where the caller knows it already.
    offered
        Candidates that alone are open, where not all are; the bound then holds only for those.
    further
        Rows beside the rules', or another aim; the bound then holds only under these.

    Raises
    ------
    Infeasible
        If nothing keeps the rules; why not is another question (:mod:`cloudplan.placement.infeasible`).
    NoAnswer
        If the node limit ran out before any placement was found.
    """
    refusals = refusals if refusals is not None else refusals_of(problem, rules)
    narrow = seated is not None or offered is not None
    taken = offered if seated is None else problem.taken(seated)
    model = modelled(problem, rules, _narrowed(problem, refusals, taken, barred), allowance)
    if further is not None:
        further(model)
    _slots_of_relaxation(model, problem)
    rounds, bound = 0, -math.inf
    while True:
        rounds += 1
        answer = run(model, problem.scenario, bound=bound)
        if answer.status == "infeasible":
            raise Infeasible([Finding("placement.infeasible")])
        if answer.status != "solved":
            raise NoAnswer([Finding("placement.limit", values={"nodes": problem.scenario.solver.nodes})])
        state = state_of(model, problem)
        missing = broken_slots(model.rule["capacity"], model, problem) if "capacity" in model.holds else set()
        if progress is not None:
            message = "placement.peaks" if missing else "placement.solved" if not narrow else "placement.hosts_anew"
            progress(message, {"cost": float(pyo.value(model.cost)), "slots": len(missing)})
        if not missing:
            break
        add_slots(model.rule["capacity"], model, problem, missing)
        bound = answer.bound  # more rows never make it cheaper
    return _checked(model, problem, rules, state, answer, rounds)


def modelled(
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    refusals: Refusals,
    allowance: Mapping[str, float] | None = None,
) -> pyo.ConcreteModel:
    """Build the model that is solved: eligible pairs only, the slots most likely to bind, and the rows that tighten."""
    model = build_model(problem, rules, refusals, _first_slots(problem, refusals), allowance)
    strengthen(model, problem, rules)
    return model


def violations(problem: PlacementProblem, rules: Sequence[PlacementRule], state: State) -> tuple[Finding, ...]:
    """Everything in a state that breaks one of the rules: errors, and warnings where the rule is soft."""
    return tuple(rule.softly(finding) for rule in rules for finding in rule.violations(problem, state))


def _checked(
    model: Any,
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    state: State,
    answer: Answer,
    rounds: int,
) -> Placement:
    broken = errors_in(violations(problem, rules, state))
    value = cost(problem, state, rules)
    said = float(pyo.value(model.cost))
    # an answer within the gap may leave an auxiliary (a slack, a machine) above what its rows ask: words may cost less
    least = answer.bound if model.cost.active else said
    slip = max(1.0, 1e-4 * abs(said))
    if broken or not least - slip <= value <= said + slip:
        raise AssertionError(f"the solver's answer fails its own check: {broken[:3]}, {value} against {said}")
    fates = {s: (d, t) for (s, d, t), var in model.choose.items() if pyo.value(var) > 0.5}
    return Placement(
        dispositions={system: fates[system] for system in problem.options if system in fates},
        state=state,
        objective=value,
        terms=cost_by_term(problem, state),
        bound=min(answer.bound, value if model.cost.active else answer.objective),
        rounds=rounds,
        penalties=penalties(problem, rules, state),
    )


def _narrowed(
    problem: PlacementProblem, refusals: Refusals, taken: Collection[int] | None, barred: Collection[tuple[str, str]]
) -> Refusals:
    """Refuse, on top of the rules, what a cut has barred and every candidate but those on offer."""
    candidate, server = refusals.candidate, dict(refusals.server)
    if taken is not None:
        taken = set(taken)
        kept = (Finding("placement.seat_kept", Severity.INFO),)
        candidate = tuple(found if i in taken else kept for i, found in enumerate(candidate))
    for pair in barred:
        server.setdefault(pair, (Finding("placement.server_late", Severity.INFO, pair[0], values={"pool": pair[1]}),))
    return Refusals(candidate, server)


def _slots_of_relaxation(model: Any, problem: PlacementProblem) -> None:
    """Add the slots that the relaxation breaks: it costs little, and an answer that breaks one costs a whole run."""
    for _ in range(RELAXED_ROUNDS if "capacity" in model.holds else 0):
        if run(model, problem.scenario, relaxed=True).status != "solved":
            return
        missing = broken_slots(model.rule["capacity"], model, problem)
        if not missing:
            return
        add_slots(model.rule["capacity"], model, problem, missing)


def _first_slots(problem: PlacementProblem, refusals: Refusals) -> tuple[int, ...]:
    """The two slots of each cluster at which the demand of all that could come is highest, split among where it could.

    Further ones are added as they are violated; good guesses spare a run.
    """
    pools: dict[str, set[str]] = {}
    for number, candidate in enumerate(problem.candidates):
        if not refusals.candidate[number]:
            pools.setdefault(candidate.component, set()).add(candidate.pool)
    use: dict[str, Any] = dict.fromkeys(problem.clusters, 0.0)
    for component, found in pools.items():
        for pool in found.intersection(use):
            use[pool] = use[pool] + problem.cpu_use(component) / len(found)
    worst = (np.argsort(-slots, kind="stable")[:2] for slots in use.values() if not isinstance(slots, float))
    return tuple(sorted({int(slot) for slots in worst for slot in slots}))
