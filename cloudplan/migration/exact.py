"""Waves as an exact Pyomo model, for at most a few systems: the oracle of the rules and of the heuristic.

Symbols: move[s, w] = 1 where system s moves in window w; moved[s, w] = Σ move[s, w'] over w' ≤ w; alive[h, w] = 1 where
host h carries load from window w on; shut[r, w] = 1 where room r is not yet empty in window w.

    minimise  first   Σ_s (1 − moved[s, W−1])
              second  Σ price × what is missed, over the soft rules
              third   Σ_s Σ_w w × move[s, w] + W × (1 − moved[s, W−1])  +  weight × Σ_r Σ_w shut[r, w]
    subject to  Σ_w move[s, w] ≤ 1, and the Blocks of the rules

with windows w = 0 … W−1. A system that never moves counts as if it moved in window W. The three are solved one after
another, each with the ones before held at their least, so no weight stands between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.findings import Finding
from cloudplan.migration.calendar import windows
from cloudplan.migration.closures import leaves_with
from cloudplan.migration.moves import movers
from cloudplan.migration.problem import MigrationPlan, MigrationProblem
from cloudplan.migration.rules import resolve
from cloudplan.migration.soft import held
from cloudplan.placement.soft import soften
from cloudplan.rule import Rule
from cloudplan.state import State

TOLERANCE = 1e-6
"""By so many yuan the price of what is missed may be off while windows are chosen."""
MOST_SYSTEMS = 6
"""Systems beyond which the exact model is refused: it grows with systems × windows × slots."""


@dataclass(frozen=True)
class ExactWaves:
    """Windows of least value, among those that leave fewest systems over and miss soft rules for least.

    Parameters
    ----------
    window_of
        Index of the window in which each system moves; a system that never moves is absent.
    left
        Systems that never move; no fewer can.
    penalty
        What missing soft rules costs, the least with so many left; yuan.
    value
        Last objective.
    bound
        Proven lower bound of it.
    """

    window_of: Mapping[str, int]
    left: int
    penalty: float
    value: float
    bound: float


def frame(problem: MigrationProblem) -> Any:
    """Make the home's variables, without any rule.

    Returns
    -------
    pyomo.environ.ConcreteModel
        With ``systems``, ``hosts`` (ids), ``windows`` (values), ``move``, ``moved``, ``alive``.
    """
    model = pyo.ConcreteModel()
    model.systems = [m.system for m in movers(problem)]
    model.hosts = list(problem.hosts)
    model.windows = windows(problem.options)
    places = range(len(model.windows))
    model.move = pyo.Var(model.systems, places, domain=pyo.Binary)
    model.alive = pyo.Var(model.hosts, places, domain=pyo.Binary)
    model.moved = pyo.Expression(
        model.systems, places, rule=lambda m, s, w: sum(m.move[s, earlier] for earlier in range(w + 1))
    )
    model.once = pyo.Constraint(model.systems, rule=lambda m, s: m.moved[s, len(m.windows) - 1] <= 1)
    return model


def decisions(model: Any, state: State) -> Iterator[tuple[Any, int]]:
    """Yield the decisions that a state looks back on, each variable with its value.

    A system that has not moved is taken not to move later. Hosts are decided for the window that opens on the state's
    day; those of the other windows stay open. Every cutover must be in a window of the calendar.
    """
    index = {window.starts: window.index for window in model.windows}
    days = {window.starts.date(): window.index for window in model.windows}
    for system, w in model.move:
        cutover = state.cutovers.get(system)
        yield model.move[system, w], int(cutover is not None and index[cutover.starts] == w)
    if state.date in days:
        for host in model.hosts:
            yield model.alive[host, days[state.date]], int(host in state.hosts)


def solve_exact(
    problem: MigrationProblem, *, rules: Iterable[Rule[MigrationProblem]] | None = None, room_weight: float = 0.0
) -> ExactWaves:
    """Find the windows of least value that keep every rule: hard ones whatever it costs, soft ones at their price.

    Capacity is the aggregate of :mod:`cloudplan.migration.rules.capacity_after_step`, so the value is a lower bound for
    waves whose workloads also fit the single hosts.

    Parameters
    ----------
    problem
        At most :data:`MOST_SYSTEMS` systems.
    rules
        Rules to keep; those of ``problem.rule_options`` where absent.
    room_weight
        What a window during which a room stays open counts, in windows of one system.

    Raises
    ------
    ValueError
        If there are more systems than that.
    Infeasible, NoAnswer
        If HiGHS finds no answer (moving nothing keeps every rule, so neither is to be expected).
    """
    model = frame(problem)
    if len(model.systems) > MOST_SYSTEMS:
        raise ValueError(f"{len(model.systems)} systems; the exact model takes at most {MOST_SYSTEMS}")
    if not model.systems:
        return ExactWaves({}, 0, 0.0, 0.0, 0.0)
    last = len(model.windows)
    price: Any = 0.0
    for rule in held(resolve(problem.rule_options)[0] if rules is None else rules):
        block = pyo.Block()
        model.add_component(f"rule_{rule.name().replace('-', '_').replace('.', '_')}", block)
        rule.build(block, model, problem)
        if rule.soft is not None:
            soften(rule, block)
            price += block.penalty
    finish = sum(
        sum(w * model.move[s, w] for w in range(last)) + last * (1 - model.moved[s, last - 1]) for s in model.systems
    )
    shut = _rooms(model, problem) if room_weight else 0
    left = sum(1 - model.moved[s, last - 1] for s in model.systems)
    model.least = pyo.ConstraintList()
    fewest, _ = _least(model, left)
    model.least.add(left <= round(fewest))
    penalty = 0.0
    if not isinstance(price, float):
        penalty, _ = _least(model, price)
        model.least.add(price <= penalty + TOLERANCE)
    value, bound = _least(model, finish + room_weight * shut)
    chosen = {s: w for s, w in model.move if pyo.value(model.move[s, w]) > 0.5}
    return ExactWaves(chosen, round(fewest), penalty, value, bound)


def _least(model: Any, expression: Any) -> tuple[float, float]:
    """Solve for the least of an expression: it, and its proven lower bound."""
    model.value = pyo.Objective(expr=expression)
    solver = pyo.SolverFactory("highs")
    solver.options.update({"threads": 1, "mip_rel_gap": 0.0})
    result = solver.solve(model, load_solutions=False, raise_exception_on_nonoptimal_result=False)
    condition = result.solver.termination_condition
    if condition != pyo.TerminationCondition.optimal:
        kind = Infeasible if condition == pyo.TerminationCondition.infeasible else NoAnswer
        raise kind([Finding("migration.no_answer")])
    model.solutions.load_from(result)
    least = float(pyo.value(model.value))
    model.del_component(model.value)
    return max(0.0, least), float(result.problem.lower_bound)


def _rooms(model: Any, problem: MigrationProblem) -> Any:
    """Add ``shut[r, w]`` ≥ 1 − moved[s, w] for each system s that holds something in a room that can close."""
    wait = {room: sorted(s) for room, s in leaves_with(problem).items() if s}
    model.shut = pyo.Var(list(wait), range(len(model.windows)), bounds=(0, 1))
    model.emptying = pyo.ConstraintList()
    for room, systems in wait.items():
        for w in range(len(model.windows)):
            for system in systems:
                model.emptying.add(model.shut[room, w] >= 1 - model.moved[system, w])
    return sum(model.shut[room, w] for room, w in model.shut)


def value(problem: MigrationProblem, plan: MigrationPlan, room_weight: float = 0.0) -> float:
    """Value a plan as the exact model does, from its dates alone."""
    index = {window.starts: window.index for window in windows(problem.options)}
    last = len(index)
    window_of = {m.system: last for m in movers(problem)}
    window_of |= {system: index[cutover.starts] for system, cutover in plan.cutovers.items()}
    rooms = sum(max(window_of[s] for s in systems) for systems in leaves_with(problem).values() if systems)
    return float(sum(window_of.values()) + room_weight * rooms)
