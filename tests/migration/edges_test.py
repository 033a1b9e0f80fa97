"""The very day or hour at which a rule of migration turns, by how much a move misses it, and whom a finding names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cloudplan.migration.calendar import windows
from cloudplan.migration.example import moving, problem_of, state_of
from cloudplan.migration.moves import Move
from cloudplan.migration.problem import Freeze, MigrationProblem
from cloudplan.migration.rules.capacity_after_step import CapacityAfterStep
from cloudplan.migration.rules.carried import Carried
from cloudplan.migration.rules.department_load import DepartmentLoad
from cloudplan.migration.rules.freezes import Freezes
from cloudplan.migration.rules.hosts_ready import HostsReady
from cloudplan.migration.rules.opening import Opening
from cloudplan.migration.rules.together import Together
from cloudplan.migration.rules.transfer import Transfer
from cloudplan.migration.rules.windows import Windows
from cloudplan.state import Host, State
from tests.migration.twice_said_test import said_by_maths

FRIDAY = dt.date(2026, 3, 6)
"""The first window opens on this day and ends with the Sunday."""
DAY = dt.timedelta(1)


def agreed(rule: Any, problem: MigrationProblem, state: State) -> list[str]:
    """What the words find, where the maths say the same."""
    found = [finding.message.rpartition(".")[2] for finding in rule.violations(problem, state)]
    assert said_by_maths(rule, problem, state) == (not found), found
    return found


def first_move(problem: MigrationProblem) -> Move:
    """The first system in the first window."""
    return Move(problem.systems[0], windows(problem.options)[0])


def data_that_take_just_the_time_there_is_may_move() -> None:
    most = 5 * 24 + 52 * (1 - 0.4)
    for hours, may in ((most, True), (most + 0.01, False)):
        problem = problem_of([moving("A", transfer_hours=hours)])
        assert (not list(Transfer().violations(problem, state_of(problem, {"A": 0})))) == may


def a_copy_is_late_by_what_days_ahead_and_outage_leave_over() -> None:
    for borne, late in ((None, 160 - 3 * 24 - 31.2), (4.0, 160 - 3 * 24 - 4)):
        problem = problem_of([moving("A", transfer_hours=160.0, longest_outage_hours=borne)], precopy_days=3)
        assert Transfer().lacks(problem, first_move(problem)) == pytest.approx(late)


def an_outage_just_as_long_as_borne_may_be() -> None:
    for borne, may in ((4.0, True), (3.99, False)):
        problem = problem_of([moving("A", outage_hours=4.0, longest_outage_hours=borne)])
        assert (not list(Windows().violations(problem, state_of(problem, {"A": 0})))) == may


def a_window_misses_days_of_the_nearest_entry_and_hours_of_outage() -> None:
    # (first day allowed, last one, hours down of 31.2, what is missed); the window is Friday to Sunday
    cases: list[tuple[int, int, float, float]] = [
        (0, 2, 4.0, 0.0),
        (0, 1, 4.0, 1.0),
        (1, 2, 4.0, 1.0),
        (2, 9, 4.0, 2.0),
        (-9, -1, 4.0, 3.0),
        (0, 2, 40.0, 8.8),
        (0, 1, 40.0, 9.8),
    ]
    for first, last, hours, missed in cases:
        far = Freeze("far", FRIDAY + 90 * DAY, FRIDAY + 99 * DAY)
        near = Freeze("near", FRIDAY + first * DAY, FRIDAY + last * DAY)
        problem = replace(problem_of([moving("A", outage_hours=hours)]), allowed=(far, near))
        assert Windows().lacks(problem, first_move(problem)) == pytest.approx(missed), (first, last, hours)


def what_is_only_switched_off_has_no_outage_that_could_be_too_long() -> None:
    problem = problem_of([moving("A", "RETIRE", outage_hours=40.0)])
    assert Windows().lacks(problem, first_move(problem)) == 0.0


def a_move_misses_the_days_that_freezes_share_with_its_window() -> None:
    # (first and last days of two freezes, days of Friday to Sunday that they cover together)
    cases: list[tuple[tuple[int, int], tuple[int, int], float]] = [
        ((2, 9), (9, 12), 1.0),
        ((-5, 0), (9, 12), 1.0),
        ((1, 1), (9, 12), 1.0),
        ((0, 1), (1, 2), 3.0),
        ((-5, -1), (3, 12), 0.0),
    ]
    for one, other, missed in cases:
        freezes = [Freeze(str(a), FRIDAY + a * DAY, FRIDAY + b * DAY) for a, b in (one, other)]
        problem = problem_of([moving("A")], freezes=freezes)
        assert Freezes().lacks(problem, first_move(problem)) == missed, (one, other)


def _two_pools(first: dt.date | None, second: dt.date | None) -> MigrationProblem:
    """System A comes to P and, with a second part, to Q."""
    problem = problem_of([moving("A")], opens=first)
    pools = {**problem.pools, "Q": replace(problem.pools["P"], pool="Q", available_from=second)}
    seats = {**problem.seats, "d-A": replace(problem.seats["c-A"], pool="Q")}
    return replace(problem, pools=pools, seats=seats, components={**problem.components, "d-A": ("A", ())})


def a_move_is_early_by_the_days_until_the_last_of_its_pools_opens() -> None:
    cases: list[tuple[dt.date | None, dt.date | None, float, tuple[str, ...]]] = [
        (None, None, 0.0, ()),
        (FRIDAY, FRIDAY - DAY, 0.0, ()),
        (FRIDAY + DAY, None, 1.0, ("P",)),
        (FRIDAY + 3 * DAY, FRIDAY + 9 * DAY, 9.0, ("P", "Q")),
        (FRIDAY, FRIDAY + 9 * DAY, 9.0, ("Q",)),
    ]
    for first, second, days, late in cases:
        problem, rule = _two_pools(first, second), Opening()
        assert rule.lacks(problem, first_move(problem)) == days
        if late:
            said = rule.least(problem, first_move(problem)).values
            assert (said["pools"], said["short"], said["to"]) == (late, days, FRIDAY)
    retired = problem_of([moving("B", "RETIRE")], opens=FRIDAY + DAY)
    assert Opening().lacks(retired, first_move(retired)) == 0.0


def a_server_serves_on_the_day_it_is_ready() -> None:
    for days, may in ((12, True), (13, False)):  # empty on Sunday, 8 March; the window opens on Friday, the 20th
        problem = problem_of(
            [moving("A"), moving("B")], hosts={"P-1": "purchased", "s-A": "reused"}, lead_days=4, prepare_days=days
        )
        assert agreed(HostsReady(), problem, state_of(problem, {"A": 0, "B": 2})) == ([] if may else ["early"])


def a_host_serves_on_the_day_its_pool_opens() -> None:
    for late, may in ((0, True), (1, False)):
        problem = problem_of([moving("A")], hosts={"P-1": "existing"}, opens=FRIDAY + late * DAY)
        assert agreed(HostsReady(), problem, state_of(problem, {"A": 0})) == ([] if may else ["early"])


def a_server_that_something_never_leaves_serves_nowhere() -> None:
    problem = problem_of([moving("A"), moving("K", "KEEP")], hosts={"s-A": "reused"}, servers={"A": "s-A", "K": "s-A"})
    assert agreed(HostsReady(), problem, state_of(problem, {"A": 0})) == ["occupied"]
    emptied = problem_of([moving("A")], hosts={"s-A": "reused"})
    assert agreed(HostsReady(), emptied, state_of(emptied, {})) == ["occupied"]


def a_state_without_a_day_and_hosts_that_migration_does_not_date_are_not_judged() -> None:
    problem = problem_of([moving("A")], hosts={"s-A": "reused"})
    state = state_of(problem, {})
    assert not list(HostsReady().violations(problem, replace(state, date=None)))
    stranger = replace(state, hosts={"x": Host("x", "P", "box", "reused")})
    assert not list(HostsReady().violations(problem, stranger))


def who_has_moved_without_the_other_is_named() -> None:
    problem = problem_of([moving("A"), moving("B")], together=[("A", "B")])
    for moved, one, other in (({"A": 0}, "A", "B"), ({"B": 0}, "B", "A"), ({"A": 1, "B": 0}, "A", "B")):
        (said,) = Together().violations(problem, state_of(problem, moved))
        assert (said.subject, said.values["other"]) == (one, other)
        machine = problem_of([moving("A", "RELOCATE"), moving("B", "RELOCATE")], servers=dict.fromkeys("AB", "s"))
        (said,) = Carried().violations(machine, state_of(machine, moved))
        assert (said.subject, said.values["other"]) == (one, other)


Loads = Mapping[str, tuple[float, float, float, float, float]]
"""By system: CPU use in two slots, allocation, memory, network."""


def _loaded(loads: Loads, *, ratio: float = 1.0, hosts: int = 1, **more: Any) -> MigrationProblem:
    """Systems of given load for so many hosts of 8 vCPU used, 10 allocated, 36 GiB, 1,000 Mbit/s."""
    kinds = {s: "KEEP" if s.startswith("K") else "REHOST" for s in loads}
    problem = problem_of(
        [moving(s, d) for s, d in kinds.items()], hosts={f"P-{n}": "existing" for n in range(hosts)}, **more
    )
    table = np.array(list(loads.values()))
    demand = replace(problem.demand, cpu_use=table[:, :2], vcpu=table[:, 2], memory_gib=table[:, 3], mbps=table[:, 4])
    return replace(problem, demand=demand, pools={**problem.pools, "P": replace(problem.pools["P"], cpu_ratio=ratio)})


def a_pool_takes_what_its_hosts_carry_and_no_more_of_anything() -> None:
    cases: list[tuple[str, tuple[float, ...], float]] = [
        ("cpu", (8, 1, 1, 1, 1), 1.0),
        ("cpu", (1, 8, 1, 1, 1), 1.0),
        ("vcpu", (1, 1, 10, 1, 1), 1.0),
        ("vcpu", (1, 1, 15, 1, 1), 1.5),
        ("memory", (1, 1, 1, 36, 1), 1.0),
        ("network", (1, 1, 1, 1, 1000), 1.0),
    ]
    for resource, full, ratio in cases:
        at = full.index(max(full))
        for more, short in ((0.0, []), (0.5, [resource])):
            loads: dict[str, Any] = {"A": tuple(v - 0.25 for v in full), "B": (0.25,) * 5}
            loads["B"] = tuple(0.25 + (more if n == at else 0.0) for n in range(5))
            problem = _loaded(loads, ratio=ratio)
            assert agreed(CapacityAfterStep(), problem, state_of(problem, {"A": 0, "B": 1})) == short, (full, more)


def what_stands_in_a_pool_already_counts_there() -> None:
    loads: Loads = {"A": (5, 1, 5, 9, 9), "K": (4, 1, 4, 9, 9)}
    problem = _loaded(loads, packing={"w-A": "P-0", "w-K": "P-0"})
    assert agreed(CapacityAfterStep(), problem, state_of(problem, {"A": 0})) == ["cpu"]
    roomy = _loaded({**loads, "K": (3, 1, 4, 9, 9)}, packing={"w-A": "P-0", "w-K": "P-0"})
    assert agreed(CapacityAfterStep(), roomy, state_of(roomy, {"A": 0})) == []


def hosts_of_other_pools_and_of_nobody_carry_nothing() -> None:
    problem = _loaded({"A": (9, 1, 9, 9, 9)})
    pools = {**problem.pools, "Q": replace(problem.pools["P"], pool="Q")}
    hosts = {**problem.hosts, "Q-0": Host("Q-0", "Q", "box", "existing")}
    problem = replace(problem, pools=pools, hosts=hosts)
    assert agreed(CapacityAfterStep(), problem, state_of(problem, {"A": 0})) == ["cpu"]
    state = state_of(problem, {"A": 0}, hosts=["P-0"])
    state = replace(state, hosts={**state.hosts, "x": Host("x", "P", "box", "existing")})
    assert [f.subject for f in CapacityAfterStep().violations(problem, state)] == ["P"]


def a_cluster_larger_than_a_department_bears_has_its_wave_for_itself() -> None:
    # A, B and the E-department's C can't be parted; D bears one system a wave
    problem = problem_of(
        [moving("A"), moving("B"), moving("C", department="E"), moving("F")],
        together=[("A", "B"), ("B", "C")],
        systems_per_wave=9,
    )
    rule = DepartmentLoad(most=1)
    assert agreed(rule, problem, state_of(problem, {"A": 0, "B": 0, "C": 0, "F": 1})) == []
    assert agreed(rule, problem, state_of(problem, {"A": 0, "B": 0, "C": 0, "F": 0})) == ["department_load"]
    assert rule.large(problem, "D") == [("A", "B")]
    assert rule.large(problem, "E") == []


EDGES: dict[Any, list[Callable[[], None]]] = {
    Carried: [who_has_moved_without_the_other_is_named],
    CapacityAfterStep: [
        a_pool_takes_what_its_hosts_carry_and_no_more_of_anything,
        what_stands_in_a_pool_already_counts_there,
        hosts_of_other_pools_and_of_nobody_carry_nothing,
    ],
    DepartmentLoad: [a_cluster_larger_than_a_department_bears_has_its_wave_for_itself],
    Freezes: [a_move_misses_the_days_that_freezes_share_with_its_window],
    HostsReady: [
        a_server_serves_on_the_day_it_is_ready,
        a_host_serves_on_the_day_its_pool_opens,
        a_server_that_something_never_leaves_serves_nowhere,
        a_state_without_a_day_and_hosts_that_migration_does_not_date_are_not_judged,
    ],
    Opening: [a_move_is_early_by_the_days_until_the_last_of_its_pools_opens],
    Together: [who_has_moved_without_the_other_is_named],
    Transfer: [
        data_that_take_just_the_time_there_is_may_move,
        a_copy_is_late_by_what_days_ahead_and_outage_leave_over,
    ],
    Windows: [
        an_outage_just_as_long_as_borne_may_be,
        a_window_misses_days_of_the_nearest_entry_and_hours_of_outage,
        what_is_only_switched_off_has_no_outage_that_could_be_too_long,
    ],
}


@pytest.mark.parametrize(
    ("rule", "edge"),
    [pytest.param(rule, edge, id=f"{rule.name()}-{edge.__name__}") for rule in EDGES for edge in EDGES[rule]],
)
def test_a_rule_turns_where_it_should(rule: Any, edge: Callable[[], None]) -> None:
    edge()
