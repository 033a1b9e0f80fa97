"""The very load, number or price at which a rule over a whole pool turns, in maths and in words; by the rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from cloudplan.demand import SLOTS
from cloudplan.earlier import Earlier, Ordered
from cloudplan.findings import Finding
from cloudplan.placement import example
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules import Refusals, refusals_of
from cloudplan.placement.rules.architecture import Architecture
from cloudplan.placement.rules.capacity import Capacity
from cloudplan.placement.rules.facility import Facility
from cloudplan.placement.rules.largest_workload import LargestWorkload
from cloudplan.placement.rules.minimum_gain import MinimumGain
from cloudplan.placement.rules.pool_size import PoolSize
from cloudplan.placement.rules.pool_use import PoolUse
from cloudplan.placement.rules.purchases import Purchases
from cloudplan.placement.rules.spare_hosts import SpareHosts
from cloudplan.placement.rules.uplinks import Uplinks
from cloudplan.scenario import CapacityOptions, DemandOptions, PurchaseOptions
from cloudplan.state import Seat, State
from tests.placement.cases import decisions
from tests.placement.twice_said_test import said_by_maths
from tests.twice_said import block_feasible

MOVED: Mapping[str, tuple[str, str, str]] = {"A/app/x86": ("REHOST", "P", "PUB")}
MOVES = Candidate("A/app/x86", "A", "REHOST", "banner", "P", "PUB")
FULL: list[tuple[str, dict[str, float], float]] = [
    # a host has 16 threads, of which 80 % may be used and all allocated, 64 GiB, of which 90 % may be, and 500 Mbit/s
    ("cpu", {"vcpu": 16 * 0.8}, 1.0),
    ("vcpu", {"vcpu": 16.0}, 0.5),
    ("memory_gib", {"memory_gib": 64 * 0.9}, 0.1),
    ("mbps", {"mbps": 500.0}, 0.1),
]


def agreed(rule: Any, problem: PlacementProblem, state: State) -> list[Finding]:
    """What the words find, where the maths say the same."""
    found = list(rule.violations(problem, state))
    assert said_by_maths(rule, problem, state) == (not found), found
    return found


def _model(problem: PlacementProblem, **options: Any) -> Any:
    """The variables, without the skeleton's rows."""
    model = build_model(problem, (), slots=(0, 168), **{"tight": False, **options})
    for rows in model.component_objects(pyo.Constraint, descend_into=False):
        rows.deactivate()
    return model


def _full(workload: Mapping[str, float], use: float, share: float, ratio: float = 1.0) -> PlacementProblem:
    """One workload that takes a share of what a host carries of one resource."""
    return example.problem(
        workloads={"A1": {name: value * share for name, value in workload.items()}},
        pools={"P": {"cpu_ratio": ratio}},
        host_types={kind: {"mbps": 500.0} for kind in ("H", "small")},
        servers={"S": {"arch": "arm"}},
        scenario={"demand": DemandOptions(nodata_use=use)},
    )


def demand_that_packing_found_too_large_is_counted_with_its_allowance() -> None:
    for resource, workload, use in FULL:
        for share, may in ((0.79, True), (0.81, False)):
            problem = _full(workload, use, share)
            model = _model(problem, allowance={"P": 0.25})
            state = example.state(problem, MOVED, bought={"P": {"H": 1}})
            fits = block_feasible(Capacity(), model, problem, decisions(model, problem, state))
            assert fits == may, (resource, share)


def a_pool_that_nobody_and_no_host_suits_is_passed_over() -> None:
    problem = example.problem(pools={"Q": {"arch": "loong"}})
    assert "Q" in problem.clusters
    assert not problem.sizes("Q")
    refusals = refusals_of(problem, (Architecture(),))
    model = _model(problem, refusals=refusals)
    assert {problem.candidates[i].pool for i in model.place} == {"P"}
    state = example.state(problem, MOVED, bought={"P": {"H": 1}})
    for rule in (Capacity(), PoolUse(low=0.0, high=1.0)):
        assert agreed(rule, problem, state) == []
        assert block_feasible(rule, model, problem, decisions(model, problem, state))


def a_workload_as_large_as_a_host_fits_it() -> None:
    for resource, workload, use in FULL:
        for ratio in (1.0, 2.0) if resource == "vcpu" else (1.0,):
            for share, may in ((1.0, True), (1.001, False)):
                problem = _full(workload, use / ratio, share * ratio, ratio)
                assert (LargestWorkload().forbids(problem, MOVES) is None) == may, (resource, ratio, share)
                state = example.state(problem, MOVED, bought={"P": {"H": 1}})
                assert (agreed(LargestWorkload(), problem, state) == []) == may, (resource, ratio, share)


def each_workload_of_a_component_needs_its_host() -> None:
    problem = example.problem(workloads={"A1": {"memory_gib": 32.0}, "A2": {"memory_gib": 4.0}})
    for hosts, lacking in (({"small": 3}, ["A1"]), ({"H": 1}, []), ({"H": 1, "small": 1}, [])):
        found = agreed(LargestWorkload(), problem, example.state(problem, MOVED, bought={"P": hosts}))
        assert [finding.values["workload"] for finding in found] == lacking


def _spared(k: int, **more: Any) -> PlacementProblem:
    """Hosts of 16 threads and 64 GiB, and such of 8 threads and 256 GiB: neither could take over the other."""
    fat = {"cores": 4, "threads": 8, "memory_gib": 256.0}
    return example.problem(host_types={"small": fat}, scenario={"capacity": CapacityOptions(spare_hosts=k)}, **more)


def spares_are_all_of_one_size_that_is_the_largest() -> None:
    for k, hosts, spares, lacking in (
        (0, {"H": 1, "small": 1}, {}, []),
        (1, {"H": 2, "small": 2}, {"H": 1, "small": 1}, ["P"]),
        (1, {"H": 2}, {"H": 1}, []),
        (2, {"H": 3}, {"H": 1}, ["P"]),
    ):
        problem = _spared(k)
        state = example.state(problem, MOVED, bought={"P": hosts}, spares={"P": spares})
        assert [finding.subject for finding in agreed(SpareHosts(), problem, state)] == lacking, (k, hosts)


def a_pool_may_have_a_host_for_each_workload_its_spares_and_every_server() -> None:
    problem = _spared(1)
    state = example.state(problem, MOVED, bought={"P": {"H": 2}}, spares={"P": {"H": 1}}, reused={"S": "P"})
    assert agreed(SpareHosts(), problem, state) == []


def only_the_rule_that_limits_a_pool_limits_it() -> None:
    # two hosts where one is allowed: what pool-size says, and where that isn't held nothing
    problem = _spared(1, pools={"P": {"max_hosts": 1}})
    state = example.state(problem, MOVED, bought={"P": {"H": 2}}, spares={"P": {"H": 1}})
    assert agreed(SpareHosts(), problem, state) == []
    for tight in (True, False):
        model = _model(problem, tight=tight)
        assert block_feasible(SpareHosts(), model, problem, decisions(model, problem, state))
    held = _model(problem, tight=False)
    held.holds = frozenset({"pool-size"})
    assert block_feasible(SpareHosts(), held, problem, decisions(held, problem, state))


def a_full_pool_asks_for_whole_spares_before_whole_numbers_do() -> None:
    # as many hosts as the pool may have, or all its servers: the relaxed model already asks for the spare
    bought = _spared(1, pools={"P": {"max_hosts": 3}}, servers={"S": {"arch": "arm"}})
    reused = _spared(1, servers={"S": {"memory_gib": 512.0}})
    for problem, counted in ((bought, ("H", 3.0)), (reused, ("S", 1.0))):
        model = _model(problem, tight=True)
        model.holds = frozenset({PoolSize.name()})
        model.under_test = pyo.Block()
        SpareHosts().build(model.under_test, model, problem)
        for variable in model.component_data_objects(pyo.Var):
            variable.domain = pyo.NonNegativeReals
        number = next(n for n, kinds in enumerate(problem.sizes("P")) if any(k.kind == counted[0] for k in kinds))
        for (pool, g), variable in model.sizes.count.items():
            variable.fix(counted[1] if (pool, g) == ("P", number) else 0.0)
        model.cost.deactivate()
        model.least = pyo.Objective(expr=model.sizes.idle["P", number])
        pyo.SolverFactory("highs").solve(model)
        assert pyo.value(model.least) == pytest.approx(1.0)


def _used(hours: np.ndarray[Any, Any], **host: Any) -> PlacementProblem:
    """One workload with its CPU use in every hour."""
    problem = example.problem(host_types={"H": host})
    return replace(problem, demand=replace(problem.demand, cpu_use=hours[None, :]))


def the_hour_that_counts_is_the_95th_percentile() -> None:
    rule = PoolUse(low=0.9, high=1.0)
    falling, rising = np.arange(336.0)[::-1] / 100, np.arange(336.0) / 300
    shuffled = np.random.default_rng(0).permutation(336) / 100
    for hours in (falling[None, :], shuffled[None, :], np.stack([falling, rising])):
        drawn = example.problem(workloads={"A1": {}, "A2": {"tier": "db"}} if len(hours) == 2 else None)
        problem = replace(drawn, demand=replace(drawn.demand, cpu_use=hours))
        state = example.state(problem, dict.fromkeys(problem.components, MOVED["A/app/x86"]), bought={"P": {"H": 1}})
        (said,) = agreed(rule, problem, state)
        whole = hours.sum(axis=0)
        at = int(np.flatnonzero(whole == np.percentile(whole, 95, method="lower"))[0])
        assert said.values["slot"] == SLOTS[at]
        assert said.values["short"] == pytest.approx(0.9 * 16 - whole[at])


def use_is_held_against_threads_at_their_speed() -> None:
    # 16 threads at half the speed are 8; use is 4, and 1.0 is all there is where there are no hosts
    problem, rule = _used(np.full(336, 4.0), perf_per_core=0.5), PoolUse(low=0.4, high=0.45)
    for hosts, end, share, short in ((1, "high", 50.0, 0.4), (2, "low", 25.0, 2.4), (0, "high", 100.0, 4.0)):
        state = example.state(problem, MOVED, bought={"P": {"H": hosts}})
        (said,) = agreed(rule, problem, state)
        assert said.message == f"placement.pool_use.{end}"
        assert (said.values["share"], said.values["short"]) == pytest.approx((share, short))


def what_is_on_order_is_paid_for_besides_the_budget() -> None:
    # each host costs 60,000 yuan; two are on order
    drawn = example.problem(budget_yuan=100_000.0)
    ordered = (Ordered("P", "H", dt.date(2026, 2, 20)),) * 2
    problem = replace(drawn, earlier=Earlier(plan="", ordered=ordered))
    for hosts, short in ((2, None), (3, None), (4, 20_000.0)):
        found = agreed(Purchases(), problem, example.state(problem, {}, bought={"P": {"H": hosts}}))
        assert [finding.values["short"] for finding in found] == ([] if short is None else [short])


def where_nothing_can_be_bought_nothing_is_asked() -> None:
    options = {"purchases": PurchaseOptions(allowed=False)}
    problem = example.problem(pools={"P": {"arch": "loong"}})
    problem = replace(problem, scenario=problem.scenario.model_copy(update=options))
    assert not problem.buyable
    assert agreed(Purchases(), problem, example.state(problem, {})) == []


def a_department_of_which_nothing_moves_may_have_the_thinnest_line() -> None:
    problem = example.problem(links={"L": {"mbps": 0.5}, "M": {"department": "E", "mbps": 0.5}})
    found = agreed(Uplinks(), problem, example.state(problem, MOVED))
    assert [(finding.subject, finding.values["short"]) for finding in found] == [("D", 9.5)]


def _changed(weights: Mapping[str, float], pool: str) -> tuple[MinimumGain, PlacementProblem, State]:
    """A was put into P; now it goes to some pool."""
    adaptable = {"A": {"software_route": "adaptable", "adapt_effort": 1}}
    drawn = example.problem(pools={"Q": {}}, systems=adaptable)
    earlier = Earlier(plan="", fates={"A": ("REHOST", "banner")}, seats={"A/app/x86": Seat("P", "PUB")})
    problem = replace(drawn, earlier=earlier)
    state = example.state(problem, {"A/app/x86": ("REHOST", pool, "PUB")}, bought={pool: {"H": 1}})
    return MinimumGain(weights=weights, soft=None), problem, state


def a_system_counts_once_unless_the_scenario_gives_it_a_weight() -> None:
    for weights, missed in (({}, 1.0), ({"A": 2.5}, 2.5), ({"A": 0.0}, 0.0), ({"B": 7.0}, 1.0)):
        rule, problem, state = _changed(weights, "Q")
        assert rule.missed(problem, state) == missed
        assert (agreed(rule, problem, state) == []) == (missed == 0.0)
        rule, problem, state = _changed(weights, "P")
        assert agreed(rule, problem, state) == []


def a_system_of_weight_costs_its_weight_whatever_changes() -> None:
    for weight in (0.5, 3.0):
        rule, problem, _ = _changed({"A": weight}, "Q")
        rows: list[tuple[Any, float]] = []
        model = _model(problem)
        model.under_test = pyo.Block()
        rule.build(model.under_test, model, problem)
        for (subject, _), found in rule.misses(model.under_test).items():
            rows += found if subject == "A" else []
        kinds = {row.parent_component().local_name for row, _ in rows}
        assert kinds == {"fates", "seats"}  # its disposition, and its pool
        # a system departs by one, and weight × unit makes that one: what it costs is the weight
        assert {weight * unit for _, unit in rows} == {1.0}


def a_server_that_another_rule_keeps_out_can_not_serve_as_before() -> None:
    drawn = example.problem()
    hosts = {"S": example.state(drawn, {}, reused={"S": "P"}).hosts["S"]}
    problem = replace(drawn, earlier=Earlier(plan="", hosts=hosts, servers=("S",)))
    for refused, may in (((), True), ((("S", "P"),), False)):
        refusals = Refusals(tuple(() for _ in problem.candidates), dict.fromkeys(refused, ()))
        model = _model(problem, refusals=refusals)
        assert block_feasible(MinimumGain(soft=None), model, problem, []) == may
    # where a change has a price, that is paid: a server's is a tenth of 5,000 yuan
    priced = build_model(problem, (MinimumGain(),), refusals)
    pyo.SolverFactory("highs").solve(priced)
    assert pyo.value(priced.rule["minimum-gain"].penalty) == pytest.approx(500.0)


def a_cluster_whose_site_nobody_stated_takes_no_room_s_space() -> None:
    problem = example.problem(rooms={"C": {"total_u": 3}}, pools={"P": {"site": None}})
    state = example.state(problem, MOVED, bought={"P": {"H": 2}})
    assert agreed(Facility(), problem, state) == []


EDGES: dict[Any, list[Callable[[], None]]] = {
    Capacity: [
        demand_that_packing_found_too_large_is_counted_with_its_allowance,
        a_pool_that_nobody_and_no_host_suits_is_passed_over,
    ],
    LargestWorkload: [a_workload_as_large_as_a_host_fits_it, each_workload_of_a_component_needs_its_host],
    SpareHosts: [
        spares_are_all_of_one_size_that_is_the_largest,
        a_pool_may_have_a_host_for_each_workload_its_spares_and_every_server,
        only_the_rule_that_limits_a_pool_limits_it,
        a_full_pool_asks_for_whole_spares_before_whole_numbers_do,
    ],
    PoolUse: [
        the_hour_that_counts_is_the_95th_percentile,
        use_is_held_against_threads_at_their_speed,
        a_pool_that_nobody_and_no_host_suits_is_passed_over,
    ],
    Purchases: [what_is_on_order_is_paid_for_besides_the_budget, where_nothing_can_be_bought_nothing_is_asked],
    Uplinks: [a_department_of_which_nothing_moves_may_have_the_thinnest_line],
    MinimumGain: [
        a_system_counts_once_unless_the_scenario_gives_it_a_weight,
        a_system_of_weight_costs_its_weight_whatever_changes,
        a_server_that_another_rule_keeps_out_can_not_serve_as_before,
    ],
    Facility: [a_cluster_whose_site_nobody_stated_takes_no_room_s_space],
}


@pytest.mark.parametrize(
    ("rule", "edge"),
    [pytest.param(rule, edge, id=f"{rule.name()}-{edge.__name__}") for rule in EDGES for edge in EDGES[rule]],
)
def test_a_rule_turns_where_it_should(rule: Any, edge: Callable[[], None]) -> None:
    edge()
