"""Disruption and risk: the expression in the model and the value of a state are the same figure."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pyomo.environ as pyo
import pytest

from cloudplan.frontier.aims import Aim, Part, aims_of
from cloudplan.placement import example
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import solve
from cloudplan.state import Seat, State
from tests.placement.brute_estates import tiny_estate
from tests.placement.brute_force_test import host_sets, seatings


def in_the_model(problem: PlacementProblem, aim: Aim | Part, state: State) -> float:
    """Value of the expression with the state's choices fixed; what is free is pressed down."""
    model = build_model(problem, ())
    for (system, disposition, target), var in model.choose.items():
        seats = [state.seats[c] for c in problem.of_system[system] if c in state.seats]
        targets = {problem.capacity.pools[seat.pool].target for seat in seats}
        var.fix(state.dispositions[system] == disposition and (not targets or target in targets))
    taken = set(problem.taken(state))
    for i, var in model.place.items():
        var.fix(i in taken)
    for (server, pool), var in model.reuse.items():
        var.fix(server in state.hosts and state.hosts[server].pool == pool)
    model.cost.deactivate()
    model.least = pyo.Objective(expr=aim.expression(model, problem) + 0.0 * model.room_open["R"])
    for part in (model.one_fate, model.seats, model.spares, model.reuse_spares, model.one_pool, model.stays):
        part.deactivate()
    # one thread, as everywhere: the solver's threads are started once for all runs of a process
    pyo.SolverFactory("highs").solve(model, options={"threads": 1})
    return float(pyo.value(model.least))


def some_states(problem: PlacementProblem, seed: int) -> list[State]:
    draw = Random(seed)
    every = list(islice(seatings(problem), 400))
    hosts = list(islice(host_sets(problem), 200))
    seated = [draw.choice(every) for _ in range(3) if every]
    return [State(dispositions=d, seats=s, hosts=draw.choice(hosts)) for d, s in seated]


@pytest.mark.parametrize("seed", range(1, 25, 2))
def test_both_sayings_agree_over_random_states(seed: int) -> None:
    problem = tiny_estate(seed)
    for state in some_states(problem, seed):
        for aim in aims_of(problem).values():
            for part in aim.parts:
                assert in_the_model(problem, part, state) == pytest.approx(part.value(problem, state), abs=1e-6), part


def test_every_part_is_met_by_some_state() -> None:
    met: set[str] = set()
    for seed in range(1, 60):
        problem = tiny_estate(seed)
        for state in some_states(problem, seed):
            for aim in aims_of(problem).values():
                met |= {name for name, value in aim.values(problem, state).items() if value > 0}
    assert met >= {"outage", "adaptation", "unmeasured", "reused", "exchange"}


def placed_at(disposition: str, pool: str, **more: Any) -> tuple[PlacementProblem, State]:
    problem = example.problem(**more)
    return problem, example.state(problem, {"A/app/x86": (disposition, pool, "PUB")}, bought={"P": {"H": 1}})


def points(problem: PlacementProblem, state: State) -> dict[str, float]:
    return {name: value for name, value in aims_of(problem)["risk"].values(problem, state).items() if value}


def test_an_adapted_system_counts_its_effort() -> None:
    adapted = {"A": {"adapt_effort": 2, "support": "expired"}}
    assert points(*placed_at("REPLATFORM", "P", systems=adapted)) == {"adaptation": 2.0, "unmeasured": 1.0}
    assert points(*placed_at("REHOST", "P")) == {"unmeasured": 1.0}


def test_another_instruction_set_counts_as_level_three() -> None:
    adapted = {"A": {"adapt_effort": 1, "support": "expired"}}
    assert points(*placed_at("REPLATFORM", "P", systems=adapted, pools={"P": {"arch": "arm"}}))["adaptation"] == 3.0


def test_what_nobody_measured_is_no_risk_on_a_rented_cloud() -> None:
    assert points(*placed_at("REHOST", "CITY", pools={"CITY": example.CITY})) == {}


def test_a_system_left_in_a_weak_room_counts() -> None:
    problem = example.problem(rooms={"R": {"grade": "below"}}, systems={"A": {"opinion": "refuses"}})
    state = State(dispositions={"A": "KEEP"}, seats={"A/app/x86": Seat("today:R", "PUB")})
    assert points(problem, state) == {"weak_room": 1.0}
    sound = example.problem(rooms={"R": {"grade": "C"}}, systems={"A": {"opinion": "refuses"}})
    assert points(sound, state) == {}


def test_a_call_that_waits_behind_an_exchange_counts() -> None:
    problem = example.problem(
        workloads=example.FRONT_AND_APP, flows={"F": example.FRONT_TO_APP}, systems=example.FACING
    )
    state = example.state(problem, {"A/web/x86": ("REHOST", "P", "IZ"), "A/app/x86": ("REHOST", "P", "PUB")})
    assert points(problem, state)["exchange"] == 1.0


def test_the_scenario_says_what_a_point_is_worth() -> None:
    worth = {"factors": {"risk_points_unmeasured_system": 2.5}}
    assert points(*placed_at("REHOST", "P", scenario=worth)) == {"unmeasured": 2.5}


def test_downtime_is_that_of_the_waves() -> None:
    problem, state = placed_at("REHOST", "P")
    options = problem.scenario.migration
    hours = aims_of(problem)["disruption"].value(problem, state)
    daily = problem.inventory["systems"].at["A", "daily_gib"]
    copied = 0.0 if daily != daily else daily * 8.589934592 * 1000 / (100 * options.transfer_efficiency) / 3600
    assert hours == pytest.approx(0.25 + options.check_hours + copied)


def test_less_risk_is_found_where_there_is_some() -> None:
    """A rented cloud takes what nobody measured off the own hosts; within a large budget the least risk goes there."""
    problem = example.problem(pools={"CITY": example.CITY})
    rules, _ = resolve(problem.scenario.rules)
    risk = aims_of(problem)["risk"]

    def least(model: Any) -> None:
        model.cost.deactivate()
        model.least = pyo.Objective(expr=risk.expression(model, problem) + 1e-6 * model.cost.expr)

    assert solve(problem, rules, further=least).state.seats["A/app/x86"].pool == "CITY"
