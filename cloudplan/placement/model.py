"""The strategic model: its variables, its skeleton, and its objective; each rule adds a Block of its own.

Variables
---------
``choose[s, d, t]``
    1 if system s takes disposition d at target t.
``place[i]``
    1 if the i-th candidate (component, disposition, pool, zone) is taken.
``hosts[h, p]``, ``spare[h, p]``
    Bought hosts of type h in pool p, and how many of them stay empty; integers.
``reuse[v, p]``, ``reuse_spare[v, p]``
    1 if server v serves in pool p, and if it stays empty there.
``room_open[r]``
    1 if a department's room stays open.
``machine[v, p]``
    1 if server v runs on in its room, or is carried to a colocation space (continuous: it takes 0 or 1 by itself).

Skeleton
--------
Each system takes one choice: Σ choose[s, ·, ·] = 1. Each component of a system that takes (d, t) takes one candidate of
that disposition and target: Σ place[i] = choose[s, d, t]. A server serves in one pool at most. Spares are among the
hosts. A room is open where a component stays in it, or a device can't leave it.
A machine stays, or is carried, where one component at least does with it: machine[v, p] ≥ place[i].
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyomo.environ as pyo

from cloudplan.placement.dispositions import GONE
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals
from cloudplan.placement.soft import soften
from cloudplan.placement.terms import TERMS
from cloudplan.rule import Rule


def build_model(
    problem: PlacementProblem,
    rules: Sequence[Rule[PlacementProblem]],
    refusals: Refusals | None = None,
    slots: Iterable[int] = (),
    allowance: Mapping[str, float] | None = None,
    tight: bool = True,
) -> pyo.ConcreteModel:
    """Build the model of a problem under some rules.

    Parameters
    ----------
    problem, rules
        What is asked, and the rules that hold.
    refusals
        Choices that a hard rule has refused: they get no variable. Without it every choice has one and the refusals
        become rows in their rule's Block (what diagnosis and tests need); those of a soft rule always do.
    slots
        Slots of CPU use that the capacity rule writes now; further ones are added as they are violated.
    allowance
        Share by which the demand in a pool is enlarged because packing found that the sum alone was too kind.
    tight
        Whether a rule may lean on another one that holds too, for tighter rows; not where rules are switched off.

    Returns
    -------
    pyomo.environ.ConcreteModel
        With the attributes ``slots``, ``allowance``, ``tight`` and ``holds`` (names of the hard rules), the variables
        above, one Block a rule in ``model.rule[name]``, and the objective ``cost``.
    """
    model = pyo.ConcreteModel()
    model.slots = tuple(slots)
    model.tight = tight
    model.allowance = dict(allowance or {})
    numbers = range(len(problem.candidates))
    live = [i for i in numbers if refusals is None or not refusals.candidate[i]]
    fates = [(s, d, t) for s, found in problem.fates.items() for d, t in found]
    reuse = [pair for pair in problem.reuse if refusals is None or pair not in refusals.server]
    model.choose = pyo.Var(fates, within=pyo.Binary)
    model.place = pyo.Var(live, within=pyo.Binary)
    model.hosts = pyo.Var(list(problem.buyable), within=pyo.NonNegativeIntegers)
    model.spare = pyo.Var(list(problem.buyable), within=pyo.NonNegativeIntegers)
    model.reuse = pyo.Var(reuse, within=pyo.Binary)
    model.reuse_spare = pyo.Var(reuse, within=pyo.Binary)
    model.room_open = pyo.Var(_rooms(problem), within=pyo.Binary)
    pairs = dict.fromkeys(pair for i in live for pair in problem.machines_of(i))
    model.machine = pyo.Var(list(pairs), bounds=(0, 1))
    _skeleton(model, problem)
    binding = [rule for rule in rules if rule.soft != 0.0]  # one that costs nothing to miss only warns
    model.holds = frozenset(rule.name() for rule in rules if rule.soft is None)
    model.rule = pyo.Block([rule.name() for rule in binding])
    for rule in binding:
        block = model.rule[rule.name()]
        if refusals is None or rule.soft is not None:
            refuse_rows(rule, block, model, problem)
        rule.build(block, model, problem)
        if rule.soft is not None:
            soften(rule, block)
    weights = problem.scenario.weights
    model.cost = pyo.Objective(
        expr=sum(weights.get(name, 1.0) * term.expression(model, problem) for name, term in TERMS.items())
        + sum(model.rule[rule.name()].penalty for rule in binding if rule.soft is not None)
    )
    return model


def refuse_rows(
    rule: Rule[PlacementProblem], block: pyo.Block, model: pyo.ConcreteModel, problem: PlacementProblem
) -> None:
    """Write a rule's refusals as rows ``place[i] = 0`` and ``reuse[v, p] = 0``."""
    refused = [i for i in model.place if rule.forbids(problem, problem.candidates[i]) is not None]
    if refused:
        block.refused = pyo.Constraint(refused, rule=lambda _, i: model.place[i] == 0)
    pairs = [pair for pair in model.reuse if rule.forbids(problem, pair) is not None]
    if pairs:
        block.refused_servers = pyo.Constraint(pairs, rule=lambda _, v, p: model.reuse[v, p] == 0)


def _rooms(problem: PlacementProblem) -> list[str]:
    kinds = problem.inventory["rooms"]["kind"]
    return [str(room) for room in kinds.index if kinds[room] == "department"]


def _skeleton(model: pyo.ConcreteModel, problem: PlacementProblem) -> None:
    model.one_fate = pyo.Constraint(
        [s for s, found in problem.fates.items() if found],
        rule=lambda m, s: sum(m.choose[s, d, t] for d, t in problem.fates[s]) == 1,
    )
    taken: dict[tuple[str, str, str], list[int]] = {}
    for i in model.place:
        c = problem.candidates[i]
        taken.setdefault((c.component, c.disposition, c.target), []).append(i)
    model.seats = pyo.ConstraintList()
    for name, component in problem.components.items():
        for disposition, target in problem.fates[component.system]:
            choose = model.choose[component.system, disposition, target]
            seats = taken.get((name, disposition, target), [])
            if seats:
                model.seats.add(sum(model.place[i] for i in seats) == choose)
            elif disposition not in GONE:
                model.seats.add(choose == 0)
    model.no_fate = pyo.ConstraintList()
    for found in problem.fates.values():
        if not found:
            # a system whose components have no structural choice at all: no plan can hold
            model.no_fate.add(pyo.Constraint.Infeasible)
    model.spares = pyo.Constraint(list(model.hosts), rule=lambda m, h, p: m.spare[h, p] <= m.hosts[h, p])
    model.reuse_spares = pyo.Constraint(list(model.reuse), rule=lambda m, v, p: m.reuse_spare[v, p] <= m.reuse[v, p])
    by_server: dict[str, list[str]] = {}
    for server, pool in model.reuse:
        by_server.setdefault(server, []).append(pool)
    model.one_pool = pyo.Constraint(list(by_server), rule=lambda m, v: sum(m.reuse[v, p] for p in by_server[v]) <= 1)
    for server, pool in problem.capacity.existing.items():
        if (server, pool) in model.reuse:
            model.reuse[server, pool].fix(1)
    model.stays = pyo.ConstraintList()
    for i in model.place:
        c = problem.candidates[i]
        if i in problem.staying:
            # what stays on a host that serves already keeps it from being an empty spare
            for pair in ((server, c.pool) for server in problem.components[c.component].servers):
                if pair in model.reuse:
                    model.stays.add(model.reuse_spare[pair] + model.place[i] <= 1)
    for i in model.place:
        room = problem.room_kept_by(i)
        for name in room:
            if name in model.room_open:
                model.stays.add(model.room_open[name] >= model.place[i])
        for pair in problem.machines_of(i):
            model.stays.add(model.machine[pair] >= model.place[i])
    for name in problem.rooms_held:
        if name in model.room_open:
            model.room_open[name].fix(1)
