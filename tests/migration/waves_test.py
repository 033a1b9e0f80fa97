from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import pairwise, product

import numpy as np
import pytest

from cloudplan.errors import BadInput, NoAnswer
from cloudplan.findings import Severity, errors_in
from cloudplan.i18n import LANGUAGES, cure, words
from cloudplan.migration.check import violations
from cloudplan.migration.example import moving, problem_of
from cloudplan.migration.problem import Freeze, MigrationPlan, MigrationProblem
from cloudplan.migration.waves import plan_waves
from cloudplan.packing.problem import Packing, PackingProblem
from tests.migration.cases import random_problem

FIRST = dt.date(2026, 3, 6)


def window_of(plan: MigrationPlan) -> dict[str, int]:
    """Window of each system, counted in weeks from the first."""
    return {s: (c.starts.date() - FIRST).days // 7 for s, c in sorted(plan.cutovers.items())}


def messages(plan: MigrationPlan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for finding in plan.findings:
        found.setdefault(finding.message, []).append(finding.subject)
    return found


def test_all_move_in_the_first_window_where_nothing_hinders() -> None:
    plan = plan_waves(problem_of([moving("A"), moving("B", "RETIRE"), moving("C", "UPLIFT")]))
    (wave,) = plan.waves
    assert (wave.wave, wave.systems) == (1, ("A", "B", "C"))
    assert (wave.starts, wave.ends) == (dt.datetime(2026, 3, 6, 20), dt.datetime(2026, 3, 9))
    assert wave.rollback_by == dt.datetime(2026, 3, 8, 3, 12)
    (state,) = plan.states
    assert state.date == FIRST
    assert set(state.seats) == {"c-A", "c-C"}, "what is retired stands nowhere"
    assert state.dispositions == {"A": "REHOST", "B": "RETIRE", "C": "UPLIFT"}
    assert state.host_of == {"w-A": "P-1"}
    assert set(state.hosts) == {"P-1"}, "the second host is not bought before it is needed"
    assert plan.unscheduled == ()


def test_switched_off_first_then_level_then_small() -> None:
    systems = [moving("A", level=3), moving("B"), moving("C", "MERGE", level=3), moving("D")]
    plan = plan_waves(problem_of(systems, systems_per_wave=1))
    assert window_of(plan) == {"C": 0, "B": 1, "D": 2, "A": 3}
    assert [w.wave for w in plan.waves] == [1, 2, 3, 4]


def test_a_later_opening_shifts_the_waves() -> None:
    systems = [moving("A"), moving("B", "RETIRE")]
    for weeks in range(4):
        plan = plan_waves(problem_of(systems, opens=FIRST + dt.timedelta(7 * weeks)))
        assert window_of(plan) == {"A": weeks, "B": 0}
        assert plan.hosts["P-1"].available_from == FIRST + dt.timedelta(7 * weeks)


def test_a_pool_that_opens_too_late_is_reported() -> None:
    plan = plan_waves(problem_of([moving("A")], opens=dt.date(2027, 1, 1)))
    assert plan.unscheduled == ("A",)
    (finding,) = errors_in(plan.findings)
    assert (finding.message, finding.values["pool"]) == ("migration.opening.closed", "P")


def test_freezes_are_respected() -> None:
    freezes = [
        Freeze("all", FIRST, FIRST),
        Freeze("D's", FIRST + dt.timedelta(7), FIRST + dt.timedelta(14), department="D"),
    ]
    plan = plan_waves(problem_of([moving("A"), moving("B", department="E")], freezes=freezes))
    assert window_of(plan) == {"A": 3, "B": 1}


def test_what_can_never_move_is_reported_each_with_its_reason() -> None:
    systems = [moving("A", outage_hours=40.0), moving("B"), moving("C"), moving("D", transfer_hours=500.0), moving("E")]
    plan = plan_waves(problem_of(systems, together=[("A", "B")], before=[("B", "C")]))
    assert plan.unscheduled == ("A", "B", "C", "D")
    assert messages(plan) == {
        "migration.windows.outage": ["A"],
        "migration.unscheduled.with": ["B"],
        "migration.unscheduled.after": ["C"],
        "migration.transfer.too_long": ["D"],
        "migration.purchase.unneeded": ["P"],
    }
    for finding in plan.findings:
        for language in LANGUAGES:
            assert words(finding, language)
            assert cure(finding, language) or finding.severity is Severity.INFO


def test_no_capacity_is_reported_with_its_figures() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C")],
        use={"A": 6, "B": [5, 1], "C": [1, 2]},
        hosts={"P-1": "purchased"},
        packing={},
    )
    plan = plan_waves(problem)
    # 7 and 8 of 8 vCPU are taken by A and C; with B 12 would be, and 13 of 10 allocated
    assert window_of(plan) == {"A": 0, "C": 0}
    assert plan.unscheduled == ("B",)
    (finding,) = errors_in(plan.findings)
    assert (finding.message, finding.subject) == ("migration.unscheduled.capacity", "B")
    assert finding.values["vcpu"] == pytest.approx(4)
    assert finding.values["memory_gib"] == 0
    assert len(plan.waves) == 1, "waiting frees nothing"


def test_pieces_that_fit_in_sum_only_are_reported() -> None:
    plan = plan_waves(problem_of([moving(s) for s in "ABC"], use=dict.fromkeys("ABC", 5), packing={}))
    assert plan.unscheduled == ("C",)
    (finding,) = errors_in(plan.findings)
    assert (finding.message, finding.values["vcpu"]) == ("migration.unscheduled.pieces", 5)


def test_a_pool_without_hosts_is_short_of_all() -> None:
    plan = plan_waves(problem_of([moving("A")], use={"A": 3}, hosts={}))
    (finding,) = errors_in(plan.findings)
    assert (finding.values["vcpu"], finding.values["memory_gib"], finding.values["waiting"]) == (3, 1, None)


def test_ha_partners_stand_apart_on_the_way_too() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C")],
        hosts={"P-1": "purchased", "s-C": "reused"},
        packing={"w-A": "P-1", "w-B": "s-C", "w-C": "P-1"},
        ha={"w-A": "g", "w-B": "g"},
        prepare_days=7,
    )
    plan = plan_waves(problem)
    # B could stand on P-1 for the time being, were A not there
    assert window_of(plan) == {"A": 0, "B": 2, "C": 0}
    assert plan.hosts["s-C"].available_from == dt.date(2026, 3, 15)
    assert plan.states[-1].host_of == problem.packing


def test_reused_servers_that_wait_for_each_other_are_solved_by_an_interim_host() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C")],
        use={"A": 6, "B": 6, "C": 1},
        hosts={"s-A": "reused", "s-B": "reused", "P-1": "purchased"},
        packing={"w-A": "s-B", "w-B": "s-A", "w-C": "P-1"},
    )
    plan = plan_waves(problem)
    # A stands on P-1 until B's server is ready, after the last wave
    assert window_of(plan) == {"A": 0, "B": 2, "C": 0}
    assert plan.states[-1].host_of == {"w-A": "P-1", "w-B": "s-A", "w-C": "P-1"}
    assert plan.hosts["s-B"].available_from == dt.date(2026, 3, 29)
    assert "migration.interim" in messages(plan)


def test_reused_servers_that_wait_for_each_other_are_reported_where_nothing_helps() -> None:
    problem = problem_of(
        [moving("A"), moving("B")],
        use={"A": 6, "B": 6},
        hosts={"s-A": "reused", "s-B": "reused"},
        packing={"w-A": "s-B", "w-B": "s-A"},
    )
    plan = plan_waves(problem)
    assert plan.unscheduled == ("A", "B")
    assert plan.waves == plan.states == ()
    found = errors_in(plan.findings)
    assert [f.message for f in found] == ["migration.unscheduled.capacity"] * 2
    assert {f.values["waiting"] for f in found} == {("s-A", "s-B")}
    assert plan.hosts["s-A"].available_from is None


def test_another_pass_lets_go_first_what_holds_servers() -> None:
    # B fills the bought host and nothing would ever move again; A first frees its server for B
    problem = problem_of(
        [moving("B"), moving("A", level=3)],
        use={"A": 8, "B": 8},
        hosts={"P-1": "purchased", "s-A": "reused"},
        packing={"w-A": "P-1", "w-B": "s-A"},
    )
    plan = plan_waves(problem)
    assert plan.unscheduled == ()
    assert window_of(plan) == {"A": 0, "B": 2}


def test_a_large_cluster_has_a_wave_of_its_own_and_a_warning() -> None:
    problem = problem_of(
        [moving(s) for s in "ABCD"], together=[("B", "C"), ("C", "D")], systems_per_wave=2, before=[("B", "A")]
    )
    plan = plan_waves(problem)
    assert [w.systems for w in plan.waves] == [("B", "C", "D"), ("A",)]
    (warning,) = [f for f in plan.findings if f.message == "migration.large_cluster"]
    assert (warning.severity, warning.values["count"], warning.values["most"]) == (Severity.WARNING, 3, 2)


def test_hosts_are_bought_for_the_wave_that_needs_them() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C")],
        use={"A": 5, "B": 5, "C": 5},
        hosts={"P-1": "purchased", "P-2": "purchased", "P-3": "purchased", "P-4": "purchased"},
        packing={"w-A": "P-1", "w-B": "P-2", "w-C": "P-3"},
        spares=["P-4"],
        systems_per_wave=2,
        lead_days=4,
        today=dt.date(2026, 2, 27),
    )
    plan = plan_waves(problem)
    assert [(p.hosts, p.order_by, p.ready_on) for p in plan.purchases] == [
        (("P-1", "P-2", "P-4"), dt.date(2026, 3, 2), dt.date(2026, 3, 6)),
        (("P-3",), dt.date(2026, 3, 9), dt.date(2026, 3, 13)),
    ]
    assert plan.hosts["P-3"].available_from == dt.date(2026, 3, 13)
    assert set(plan.states[0].hosts) == {"P-1", "P-2", "P-4"}
    assert not [f for f in plan.findings if f.message == "migration.purchase.order_now"]


def test_lead_time_delays_and_an_order_due_today_is_warned_of() -> None:
    plan = plan_waves(problem_of([moving("A")], lead_days=11))
    assert window_of(plan) == {"A": 1}
    (purchase,) = plan.purchases
    assert (purchase.order_by, purchase.ready_on) == (dt.date(2026, 3, 2), dt.date(2026, 3, 13))
    assert [f.severity for f in plan.findings if f.message == "migration.purchase.order_now"] == [Severity.WARNING]


def test_another_empty_host_stands_in_for_a_late_spare() -> None:
    problem = problem_of(
        [moving("A"), moving("B"), moving("C")],
        use={"A": 5, "B": 5, "C": 1},
        hosts={"P-1": "purchased", "P-2": "purchased", "s-C": "reused"},
        packing={"w-A": "P-1", "w-B": "P-2", "w-C": "P-1"},
        spares=["s-C"],
    )
    plan = plan_waves(problem)
    first, *_, last = plan.states
    assert sum(h.spare for h in first.hosts.values()) == 1
    assert not [h for h in first.hosts.values() if h.spare and h.host in first.host_of.values()]
    assert [h for h, host in last.hosts.items() if host.spare] == ["s-C"]
    assert last.host_of == problem.packing


def test_an_existing_host_keeps_what_stands_there() -> None:
    problem = problem_of(
        [moving("A", "KEEP"), moving("B")],
        use={"A": 5, "B": 5},
        hosts={"old": "existing", "P-1": "purchased"},
        packing={"w-A": "old", "w-B": "P-1"},
        lead_days=18,
    )
    plan = plan_waves(problem)
    assert window_of(plan) == {"B": 2}, "there is no room beside A before P-1 is there"
    assert plan.states[0].host_of == {"w-A": "old", "w-B": "P-1"}


def test_too_few_windows_are_reported() -> None:
    plan = plan_waves(problem_of([moving(s) for s in "ABC"], systems_per_wave=1, most_waves=2))
    assert plan.unscheduled == ("C",)
    assert [f.message for f in errors_in(plan.findings)] == ["migration.unscheduled.horizon"]


def test_rules_that_are_off_do_not_bind() -> None:
    systems = [moving("A"), moving("B", outage_hours=99.0), moving("C")]
    given = {"systems_per_wave": 1, "use": {"A": 9, "B": 9, "C": 9}, "before": [("C", "A")]}
    off = {"crew": False, "capacity-after-step": False, "windows": False, "order": False}
    plan = plan_waves(problem_of(systems, rule_options=off, **given))
    assert window_of(plan) == {"A": 0, "B": 0, "C": 0}
    assert plan_waves(problem_of(systems, **given)).unscheduled == ("A", "B", "C")


def test_wrong_options_are_refused() -> None:
    with pytest.raises(BadInput):
        plan_waves(problem_of([moving("A")], rule_options={"crew": {"most": 3}}))


def test_packing_is_asked_where_simpler_means_fail_and_its_answer_is_checked() -> None:
    # 4, 3, 3, 2, 2, 2 on two hosts of 8: best fit puts 3 beside 4 and is left with a 2
    use = dict(zip("ABCDEF", (4, 3, 3, 2, 2, 2), strict=True))
    problem = problem_of([moving(s) for s in use], use=use, packing={}, together=list(pairwise(use)))

    def lying(question: PackingProblem) -> Packing:
        return Packing(question.pool, dict.fromkeys(question.workloads, question.hosts[0].host), (), 1, 1)

    def patient(question: PackingProblem) -> Packing:
        hosts = [h.host for h in question.hosts]
        for choice in product(range(len(hosts)), repeat=len(question.workloads)):
            loads = [question.cpu_use[np.array(choice) == h].sum(axis=0) for h in range(len(hosts))]
            if (np.array(loads) <= 8).all():
                host_of = {w: hosts[h] for w, h in zip(question.workloads, choice, strict=True)}
                return Packing(question.pool, host_of, (), 2, 2)
        raise AssertionError("there is such a packing")

    assert plan_waves(problem, pack=patient).unscheduled == ()
    with pytest.raises(NoAnswer):
        plan_waves(problem, pack=lying)


@pytest.mark.parametrize("seed", range(150))
def test_random_plans_pass_a_checker_that_shares_no_code(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed))
    plan = plan_waves(problem)
    assert violations(problem, plan) == ()
    check_by_hand(problem, plan)
    again = plan_waves(problem)
    assert again == plan, "two runs give the same plan"


def check_by_hand(problem: MigrationProblem, plan: MigrationPlan) -> None:
    moved = {s for wave in plan.waves for s in wave.systems}
    assert moved == set(plan.cutovers)
    assert moved | set(plan.unscheduled) == {m.system for m in problem.systems}
    assert not moved & set(plan.unscheduled)
    assert {f.subject for f in errors_in(plan.findings)} == set(plan.unscheduled)
    facts = {m.system: m for m in problem.systems}
    row = {w: i for i, w in enumerate(problem.demand.workloads)}
    gone: dict[str, dt.datetime] = {}
    for wave, state in zip(plan.waves, plan.states, strict=True):
        day = wave.starts.date()
        assert wave.starts.strftime("%a %H:%M") == "Fri 20:00"
        gone |= dict.fromkeys(wave.systems, wave.ends)
        for s in wave.systems:
            for f in problem.freezes:
                if (f.system or s) == s and (f.department or facts[s].department) == facts[s].department:
                    assert f.ends_on < day or f.starts_on >= wave.ends.date()
            seat = problem.seats.get(f"c-{s}")
            if seat is not None:
                assert (problem.pools[seat.pool].available_from or day) <= day
        assert not [(a, b) for a, b in problem.together if (a in gone) != (b in gone)]
        assert not [(a, b) for a, b in problem.before if b in gone and a not in gone]
        standing = [f"w-{s}" for s in gone if f"c-{s}" in problem.seats and problem.seats[f"c-{s}"].pool == "P"]
        assert sorted(state.host_of) == sorted(standing)
        check_hosts(problem, state.host_of, {h for h, host in state.hosts.items() if not host.spare}, row)
        spares = sum(h.spare for h in problem.hosts.values())
        assert not standing or sum(h.spare for h in state.hosts.values()) >= spares
        for name in state.hosts:
            host = plan.hosts[name]
            assert host.available_from is not None
            assert host.available_from <= day
            if host.source == "reused":
                for workload, server in problem.server_of.items():
                    if server == name:
                        leaves = gone[workload.removeprefix("w-")]
                        assert (leaves - dt.timedelta(seconds=1)).date() + dt.timedelta(problem.prepare_days) <= day
            if host.source == "purchased":
                assert host.available_from >= problem.options.starts_on + dt.timedelta(problem.lead_days["box"])
                assert name in [h for p in plan.purchases for h in p.hosts]


def check_hosts(
    problem: MigrationProblem, host_of: Mapping[str, str], bearing: set[str], row: Mapping[str, int]
) -> None:
    for name in set(host_of.values()):
        assert name in bearing
        on = [w for w, h in host_of.items() if h == name]
        assert (sum(problem.demand.cpu_use[row[w]] for w in on) <= 8 + 1e-9).all()
        groups = [problem.ha_group[w] for w in on if w in problem.ha_group]
        assert len(groups) == len(set(groups))


def test_a_department_takes_in_only_so_many_systems_a_wave() -> None:
    systems = [*(moving(s, department="D") for s in "ABC"), *(moving(s, department="E") for s in "FG")]
    asked = {"rule_options": {"department-load": {"most": 2}}, "systems_per_wave": 9}
    assert window_of(plan_waves(problem_of(systems, **asked))) == {"A": 0, "B": 0, "C": 1, "F": 0, "G": 0}
    whole = plan_waves(problem_of(systems, together=[("A", "B"), ("B", "C")], **asked))
    assert window_of(whole) == {"A": 0, "B": 0, "C": 0, "F": 0, "G": 0}, "a cluster that can't be parted moves whole"
