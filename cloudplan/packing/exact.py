"""A small exact model of packing, in Pyomo: the rules' own maths, and the oracle of the heuristic.

Too slow for real pools (the naive assignment model stops being usable at a few hundred workloads), so it is kept to
twelve.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo
from pyomo.opt import TerminationCondition

from cloudplan.errors import BadInput, NoAnswer
from cloudplan.packing.bound import host_mix_bound
from cloudplan.packing.problem import Packing, PackingProblem
from cloudplan.packing.rules import resolve
from cloudplan.rule import Rule

MOST = 12
"""Most workloads that the exact model takes."""


def variables(problem: PackingProblem, pairs: Iterable[tuple[str, str]]) -> Any:
    """Make a model that holds only the decisions that rules speak of.

    Parameters
    ----------
    pairs
        (workload, host) that may be chosen.

    Returns
    -------
    pyomo.environ.ConcreteModel
        ``x[workload, host]`` ∈ {0, 1} over the set ``pairs``, and two plain dictionaries for the rules: ``on_host``
        (the workloads that may stand on a host) and ``hosts_of`` (the hosts that a workload may stand on).
    """
    model = pyo.ConcreteModel()
    chosen = list(pairs)
    model.pairs = pyo.Set(dimen=2, initialize=chosen)
    model.x = pyo.Var(model.pairs, domain=pyo.Binary)
    model.on_host = {host.host: [w for w, h in chosen if h == host.host] for host in problem.hosts}
    model.hosts_of = {workload: [h for w, h in chosen if w == workload] for workload in problem.workloads}
    return model


def build_model(problem: PackingProblem, rules: Iterable[Rule[Any]]) -> Any:
    """Build the whole model: the pairs no rule forbids, and the rows of each rule in its own Block."""
    listed = tuple(rules)
    model = variables(
        problem,
        [
            (workload, host.host)
            for workload in problem.workloads
            for host in problem.hosts
            if not any(rule.forbids(problem, (workload, host.host)) for rule in listed)
        ],
    )
    model.used = pyo.Var([host.host for host in problem.hosts], bounds=(0, 1))
    model.left = pyo.Var(problem.workloads, bounds=(0, 1))

    def somewhere(model: Any, workload: str) -> Any:
        return sum(model.x[workload, host] for host in model.hosts_of[workload]) + model.left[workload] == 1

    def loaded(model: Any, workload: str, host: str) -> Any:
        return model.x[workload, host] <= model.used[host]

    model.somewhere = pyo.Constraint(problem.workloads, rule=somewhere)
    model.loaded = pyo.Constraint(model.pairs, rule=loaded)
    for rule in listed:
        block = pyo.Block()
        model.add_component(f"rule_{rule.name().replace('-', '_')}", block)
        rule.build(block, model, problem)
    worse = len(problem.hosts) + 1
    model.cost = pyo.Objective(expr=worse * pyo.quicksum(model.left.values()) + pyo.quicksum(model.used.values()))
    return model


def solve_exact(problem: PackingProblem) -> Packing:
    """Pack as many workloads as possible on as few hosts as possible, to a proven optimum.

    Raises
    ------
    ValueError
        If there are more than twelve workloads.
    BadInput
        If the rules' options are wrong.
    NoAnswer
        If the solver stops without an optimum.
    """
    if len(problem.workloads) > MOST:
        raise ValueError(f"the exact model takes {MOST} workloads at most, not {len(problem.workloads)}")
    rules, faults = resolve(problem.options)
    if faults:
        raise BadInput(faults)
    if not problem.workloads or not problem.hosts:
        return Packing(problem.pool, {}, problem.workloads, 0, 0)
    model = build_model(problem, rules)
    solver = pyo.SolverFactory("highs")
    solver.options["mip_rel_gap"] = 0
    solver.options["threads"] = 1
    result = solver.solve(model, load_solutions=False, raise_exception_on_nonoptimal_result=False)
    if result.solver.termination_condition != TerminationCondition.optimal:
        raise NoAnswer(())
    model.solutions.load_from(result)
    host_of = {workload: host for workload, host in model.pairs if pyo.value(model.x[workload, host]) > 0.5}
    unplaced = tuple(workload for workload in problem.workloads if workload not in host_of)
    bound = host_mix_bound(problem.only(host_of))
    return Packing(problem.pool, host_of, unplaced, len(set(host_of.values())), int(bound.value))
