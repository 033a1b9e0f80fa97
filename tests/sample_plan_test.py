"""The sample inventory planned once: kept rules, an independent check, equal bytes, and a check that can fail.

Length: one run of the sample, shared by the checks and by the spoilt copies that show they can fail.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from cloudplan.bundle import Plan
from cloudplan.packing.check import violations as packing_violations
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.placement.solve import Placement
from cloudplan.placement.solve import violations as placement_violations
from cloudplan.placement.terms import cost
from cloudplan.plan import make_plan, packing_problem
from cloudplan.report.html import write_html
from cloudplan.saved import load, save
from cloudplan.scenario_file import read_all
from cloudplan.state import Host, Seat, State
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


def test_every_host_that_is_paid_for_carries_load_or_is_a_spare(run: Run) -> None:
    used = {row["host"] for row in rows(run.folder / "placements.csv")}
    idle = [row["host"] for row in rows(run.folder / "hosts.csv") if row["spare"] != "true" and row["host"] not in used]
    assert idle == []


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
    assert placement_violations(problem, resolve(plan.scenario.rules)[0], state) == ()
    assert cost(problem, state) == pytest.approx(plan.facts["objective"], abs=0.01)
    placed = Placement({}, state, 0.0, {}, 0.0, 1)
    packed = 0
    for pool in problem.clusters:
        question = packing_problem(problem, placed, pool)
        assert packing_violations(question, state) == (), pool
        assert set(question.workloads) <= set(state.host_of)
        packed += len(question.workloads)
    assert packed == len(state.host_of) > 100


Rows = list[dict[str, Any]]


def rewrite(folder: Path, table: str, change: Callable[[Rows], Rows | None]) -> None:
    """Change the rows of one saved table."""
    path = folder / f"{table}.csv"
    listed: Rows = [dict(row) for row in rows(path)]
    changed = change(listed)
    listed = listed if changed is None else changed
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)


def first(listed: Rows, **wanted: str) -> dict[str, Any]:
    """The first row with these values."""
    return next(row for row in listed if all(row[name] == value for name, value in wanted.items()))


def onto_a_spare(folder: Path) -> None:
    """Move a workload to the spare host of its pool."""
    spare = {row["pool"]: row["host"] for row in rows(folder / "hosts.csv") if row["spare"] == "true"}

    def change(listed: Rows) -> None:
        row = next(row for row in listed if row["host"] and row["pool"] in spare)
        row["host"] = spare[row["pool"]]

    rewrite(folder, "placements", change)


def more_memory(folder: Path) -> None:
    """Let every workload need twice its memory."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["resource"] == "memory_gib":
                row["flat"] = 2 * float(row["flat"])

    rewrite(folder, "demand", change)


def busier(folder: Path) -> None:
    """Let every workload use three times the CPU in one hour of the month's last week."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["resource"] == "cpu":
                row["m110"] = 3 * float(row["m110"])

    rewrite(folder, "demand", change)


def without_spares(folder: Path) -> None:
    """Remove the spare hosts of a pool."""
    pool = first(rows(folder / "hosts.csv"), spare="true")["pool"]
    rewrite(folder, "hosts", lambda found: [r for r in found if (r["pool"], r["spare"]) != (pool, "true")])


def forgotten_system(folder: Path) -> None:
    """Lose the disposition of a system."""
    rewrite(folder, "dispositions", lambda found: found[1:])


def forgotten_workload(folder: Path) -> None:
    """Lose the placement of a workload."""
    rewrite(folder, "placements", lambda found: found[:5] + found[6:])


def twins_together(folder: Path) -> None:
    """Put two members of an HA group on one host."""
    found = rows(folder / "inputs" / "inventory" / "workloads.csv")
    groups = {row["workload"]: row["ha_group"] for row in found}

    def change(listed: Rows) -> None:
        seen: dict[tuple[str, str], str] = {}
        for row in listed:
            key = (groups[row["workload"]], row["pool"])
            if not key[0] or not row["host"]:
                continue
            if key in seen:
                row["host"] = seen[key]
                return
            seen[key] = row["host"]
        raise AssertionError("no HA group has two members in one pool")

    rewrite(folder, "placements", change)


def database_on_the_internet(folder: Path) -> None:
    """Move a database into the internet zone."""

    def change(listed: Rows) -> None:
        first(listed, tier="db", target="T-BANNER")["zone"] = "IZ"

    rewrite(folder, "components", change)


def too_low(folder: Path) -> None:
    """File every pool for one level less."""

    def change(listed: Rows) -> None:
        for row in listed:
            row["filed_level"] = int(row["filed_level"]) - 1

    rewrite(folder, "inputs/inventory/pools", change)


def closed_border(folder: Path) -> None:
    """Deny every conduit."""

    def change(listed: Rows) -> None:
        for row in listed:
            row["mode"] = "deny"

    rewrite(folder, "inputs/inventory/conduits", change)


def in_a_freeze(folder: Path) -> None:
    """Move a wave into a freeze that holds for everyone."""
    found = rows(folder / "inputs" / "inventory" / "calendar.csv")
    freeze = next(r for r in found if r["kind"] == "freeze" and not r["department"] and not r["system"])

    def change(listed: Rows) -> None:
        listed[0]["window_start"] = f"{freeze['starts_on']} 20:00"

    rewrite(folder, "waves", change)


def too_early(folder: Path) -> None:
    """Hold every wave a year earlier, before the centre opens."""

    def change(listed: Rows) -> None:
        for row in listed:
            for name in ("window_start", "window_end"):
                row[name] = f"{int(row[name][:4]) - 1}{row[name][4:]}"

    rewrite(folder, "waves", change)


def hosts_late(folder: Path) -> None:
    """Deliver every bought host two years later."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["source"] == "purchased":
                row["available_from"] = f"{int(row['available_from'][:4]) + 2}{row['available_from'][4:]}"

    rewrite(folder, "hosts", change)


def lost_step(folder: Path) -> None:
    """Lose the only step of a workload that never shifts."""

    def change(listed: Rows) -> Rows:
        count = Counter(row["workload"] for row in listed)
        lost = next(row for row in listed if count[row["workload"]] == 1)
        return [row for row in listed if row is not lost]

    rewrite(folder, "steps", change)


def all_on_one(folder: Path) -> None:
    """Let everything that comes to a pool in the first wave, and for ever after, stand on one host of it."""

    def change(listed: Rows) -> None:
        pool, host = listed[0]["pool"], listed[0]["to"]
        for row in listed:
            if row["pool"] == pool:
                row["to"] = host

    rewrite(folder, "steps", change)


def closed_too_soon(folder: Path) -> None:
    """Close a room on the day the first wave begins."""
    day = rows(folder / "waves.csv")[0]["window_start"][:10]

    def change(listed: Rows) -> None:
        for row in listed:
            if row["closes_on"]:
                row["closes_on"] = day

    rewrite(folder, "rooms", change)


def scrapped_in_use(folder: Path) -> None:
    """Scrap the servers that are to stay."""

    def change(listed: Rows) -> None:
        for row in listed:
            if row["fate"] == "keep":
                row["fate"] = "scrap"

    rewrite(folder, "servers", change)


def dearer(folder: Path) -> None:
    """Let a term cost more than the objective knows."""

    def change(listed: Rows) -> None:
        row = first(listed, stage="after", term="energy")
        row["objective_yuan_per_year"] = float(row["objective_yuan_per_year"]) + 100

    rewrite(folder, "costs", change)


def discount(folder: Path) -> None:
    """Buy hosts for less than their price."""

    def change(listed: Rows) -> None:
        listed[0]["yuan"] = float(listed[0]["yuan"]) * 0.9

    rewrite(folder, "purchases", change)


def small_centre(folder: Path) -> None:
    """Leave the centre ten rack units."""

    def change(listed: Rows) -> None:
        first(listed, kind="centre")["total_u"] = 10

    rewrite(folder, "inputs/inventory/rooms", change)


@pytest.mark.parametrize(
    ("spoil", "check", "words"),
    [
        (onto_a_spare, "spares", "is loaded"),
        (more_memory, "packed", "memory_gib"),
        (busier, "packed", "CPU use"),
        (without_spares, "spares", "fewer than 1"),
        (forgotten_system, "whole", "dispositions"),
        (forgotten_workload, "whole", "placed 0 times"),
        (twins_together, "packed", "members of"),
        (database_on_the_internet, "seated", "exposed"),
        (too_low, "seated", "filed for"),
        (closed_border, "joined", "can't pass"),
        (in_a_freeze, "ordered", "freeze"),
        (too_early, "ordered", "opens"),
        (hosts_late, "ordered", "before it is there"),
        (lost_step, "ordered", "never arrives"),
        (all_on_one, "ordered", "carries"),
        (closed_too_soon, "closed", "closes before"),
        (scrapped_in_use, "fates", "stays on it"),
        (dearer, "priced", "add up"),
        (discount, "priced", "price × count"),
        (small_centre, "centre", "total_u"),
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
