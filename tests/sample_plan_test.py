"""The sample inventory planned once: kept rules, an independent check, equal bytes, and a check that can fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from cloudplan.bundle import Plan
from cloudplan.clusters import packing_problem
from cloudplan.explain.force.moves import alone, forced
from cloudplan.explain.view import View
from cloudplan.findings import errors_in
from cloudplan.packing.check import violations as packing_violations
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import Placement
from cloudplan.placement.solve import violations as placement_violations
from cloudplan.placement.terms import cost
from cloudplan.plan import make_plan
from cloudplan.report.html import write_html
from cloudplan.saved import load, save
from cloudplan.scenario_file import read_all
from cloudplan.state import Host, Seat, State
from tests import spoilt_money, spoilt_plans
from tests.csv_checker import complaints, rows

ROOT = Path(__file__).parents[1]
BASE = Path("scenarios") / "base.yaml"

pytestmark = pytest.mark.skipif(not (ROOT / "inventory" / "pools.csv").is_file(), reason="no sample inventory")


class Run(NamedTuple):
    """The plan as it was made, its folder, and the folder that another process made meanwhile."""

    plan: Plan
    folder: Path
    other: Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("sample")
    command = [sys.executable, "-m", "cloudplan", "plan", str(BASE), "-o", str(folder / "other"), "--lang", "en"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4242", "PYTHONUTF8": "1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            scenario, inventory, _ = read_all(BASE)
            plan = make_plan(scenario, inventory)
            save(plan, folder / "base")
        finally:
            said, _ = process.communicate()
    assert process.returncode == 0, said.decode("utf-8", "replace")
    return Run(plan, folder / "base", folder / "other")


def test_the_checker_of_the_csv_files_finds_nothing(run: Run) -> None:
    assert complaints(run.folder) == []


def test_two_processes_write_the_same_bytes(run: Run) -> None:
    one, other = (
        {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
        for folder in (run.folder, run.other)
    )
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_objective_bound_and_gap_agree(run: Run) -> None:
    facts = run.plan.facts
    assert 0 < facts["bound"] <= facts["objective"]
    assert facts["gap"] == pytest.approx((facts["objective"] - facts["bound"]) / facts["objective"], abs=1e-6)
    asked = run.plan.scenario.solver.gap
    assert facts["status"] == ("optimal" if facts["gap"] <= asked else "feasible")
    assert facts["gap"] < 0.1, "the cut loop has given away a tenth of the cost"


def test_every_finding_names_its_rule_or_check(run: Run) -> None:
    found = rows(run.folder / "findings.csv")
    assert found
    assert [row["id"] for row in found if not row["rule"]] == []


def test_it_reads_back_equal(run: Run) -> None:
    loaded = load(run.folder)
    assert loaded.facts == run.plan.facts
    assert loaded.scenario == run.plan.scenario
    assert loaded.findings == run.plan.findings
    assert list(loaded.tables) == list(run.plan.tables)
    for name, frame in run.plan.tables.items():
        pd.testing.assert_frame_equal(frame, loaded.tables[name], check_dtype=False, rtol=1e-9, obj=name)
    for name, frame in run.plan.inventory.tables.items():
        pd.testing.assert_frame_equal(frame, loaded.inventory[name], check_exact=True, obj=name)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_page_is_written_from_the_loaded_plan(run: Run, tmp_path: Path, language: str) -> None:
    write_html(load(run.folder), tmp_path / "report.html", language)
    assert (tmp_path / "report.html").stat().st_size > 100_000


def end_of(plan: Plan, problem: PlacementProblem) -> State:
    """The final state, put together again from the plan's tables."""
    tables = {name: frame.to_dict("records") for name, frame in plan.tables.items()}
    hosts: dict[str, Host] = {}
    for row in tables["hosts"]:
        kind = row["from_server"] or row["host_type"]
        hosts[row["host"]] = Host(row["host"], row["pool"], kind, row["source"], row["spare"] == "true")
    return State(
        dispositions={row["system"]: row["disposition"] for row in tables["dispositions"]},
        seats={row["component"]: Seat(row["pool"], row["zone"]) for row in tables["components"]},
        hosts=hosts,
        host_of={row["workload"]: row["host"] for row in tables["placements"] if row["host"]},
    )


def test_no_rule_is_broken_in_the_end_and_the_cost_is_the_one_stated(run: Run) -> None:
    plan = load(run.folder)
    problem = problem_of(plan.inventory, plan.scenario)
    state = end_of(plan, problem)
    assert errors_in(placement_violations(problem, resolve(plan.scenario.rules)[0], state)) == []
    assert cost(problem, state) == pytest.approx(plan.facts["objective"], abs=0.01)
    placed = Placement({}, state, 0.0, {}, 0.0, 1)
    packed = 0
    for pool in problem.clusters:
        question = packing_problem(problem, placed.state, pool)
        assert packing_violations(question, state) == (), pool
        assert set(question.workloads) <= set(state.host_of)
        packed += len(question.workloads)
    assert packed == len(state.host_of) > 100


@pytest.mark.parametrize(
    ("spoil", "check", "words"),
    [
        (spoilt_plans.onto_a_spare, "spares", "is loaded"),
        (spoilt_plans.more_memory, "packed", "memory_gib"),
        (spoilt_plans.busier, "packed", "CPU use"),
        (spoilt_plans.without_spares, "spares", "fewer than 1"),
        (spoilt_plans.forgotten_system, "whole", "dispositions"),
        (spoilt_plans.forgotten_workload, "whole", "placed 0 times"),
        (spoilt_plans.twins_together, "packed", "members of"),
        (spoilt_plans.database_on_the_internet, "seated", "exposed"),
        (spoilt_plans.too_low, "seated", "filed for"),
        (spoilt_plans.closed_border, "joined", "can't pass"),
        (spoilt_plans.in_a_freeze, "ordered", "freeze"),
        (spoilt_plans.too_early, "ordered", "opens"),
        (spoilt_plans.hosts_late, "ordered", "before it is there"),
        (spoilt_plans.lost_step, "ordered", "never arrives"),
        (spoilt_plans.all_on_one, "ordered", "carries"),
        (spoilt_plans.closed_too_soon, "closed", "closes before"),
        (spoilt_plans.scrapped_in_use, "fates", "stays on it"),
        (spoilt_plans.dearer, "priced", "add up"),
        (spoilt_plans.discount, "priced", "price × count"),
        (spoilt_plans.small_centre, "centre", "total_u"),
        (spoilt_plans.stronger_hosts, "equipped", "usable_cpu"),
        (spoilt_plans.shrunk, "sized", "unmeasured"),
        (spoilt_plans.quieter, "sized", "evidence"),
        (spoilt_plans.month_end_measured, "tagged", "at month end"),
        (spoilt_plans.size_measured, "tagged", "is allotted"),
        (spoilt_plans.another_lock, "locked", "locked to KEEP"),
        (spoilt_plans.on_a_monday, "timed", "no window"),
        (spoilt_plans.long_outage, "timed", "is down for"),
        (spoilt_plans.backwards, "timed", "which it calls"),
        (spoilt_plans.kept_for_no_reason, "decided", "the rules leave"),
        (spoilt_plans.another_season, "timed", "no cutover"),
        (spoilt_plans.too_busy, "gained", "reaches"),
        (spoilt_money.forgotten_copy, "copied", "has 0 local copies"),
        (spoilt_money.elsewhere, "copied", "is in city_cloud"),
        (spoilt_money.smaller_copy, "copied", "GiB"),
        (spoilt_money.free_copies, "copied", "the term says"),
        (spoilt_money.after_release, "copied", "is due on"),
        (spoilt_money.undiscounted, "valued", "is worth"),
        (spoilt_money.forgotten_year, "valued", "the net present value"),
        (spoilt_money.paid_later, "valued", "is paid"),
        (spoilt_money.cheaper_rooms, "valued", "the rooms cost"),
        (spoilt_money.worth_more, "valued", "the net present value"),
        (spoilt_plans.room_made_good, "rooms_answered", "its cells say not_met"),
        (spoilt_plans.blank_made_good, "systems_answered", "its cells say unknown"),
        (spoilt_plans.task_forgotten, "tasks_given", "has no task"),
    ],
)
def test_the_checker_can_fail(run: Run, tmp_path: Path, spoil: Callable[[Path], None], check: str, words: str) -> None:
    folder = tmp_path / "spoilt"
    for path in run.folder.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(run.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    spoil(folder)
    found = complaints(folder)
    assert any(said.startswith(f"{check}: ") and words in said for said in found), found[:5]


def test_planning_anew_after_a_small_change_changes_little(run: Run) -> None:
    before = load(run.folder)
    frame = before.tables["dispositions"]
    system = str(frame[(frame["disposition"] == "REHOST") & (frame["pool"] != "")]["system"].iloc[0])
    tables = dict(run.plan.inventory.tables)
    workloads = tables["workloads"].copy()
    workloads.loc[workloads["system"] == system, ["vcpu", "memory_gib"]] *= 2
    tables["workloads"] = workloads
    after = make_plan(run.plan.scenario, replace(run.plan.inventory, tables=tables), since=before)
    changes = after.tables["changes"]
    assert (changes["what"] == "system").sum() <= 3
    assert (changes["what"] == "wave").sum() <= 10


def test_some_moves_are_priced_at_once_and_what_refuses_others_is_named(run: Run) -> None:
    """Every 60th component: into a pool that no rule refuses, and into one that some rule does."""
    view = View(run.plan)
    problem, free, refused = view.problem, 0, 0
    assert view.cost == pytest.approx(run.plan.facts["objective"], abs=0.01)
    for name in sorted(problem.components)[::60]:
        here = view.state.seats.get(name)
        offered: dict[str, bool] = {}
        for i in problem.by_component[name]:
            pool = problem.candidates[i].pool
            offered[pool] = offered.get(pool, False) or not view.refusals.candidate[i]
        for wanted in (True, False):
            others = (pool for pool, may in offered.items() if may is wanted and (here is None or pool != here.pool))
            pool = next(others, "")
            if not pool:
                continue
            asked = forced(view, [(name, pool)])
            found = alone(view, asked, {name: pool})
            if found.answer is not None:
                free += 1
                assert wanted
                assert not errors_in(placement_violations(asked, view.rules, found.answer.state))
                assert found.answer.state.seats[name].pool == pool
                kept = {c: s for c, s in view.state.seats.items() if problem.components[c].system != name.split("/")[0]}
                assert {c: found.answer.state.seats[c] for c in kept} == kept
            else:
                refused += 1
                assert found.refused or found.broken
    assert free
    assert refused
