"""Placement at size: seconds, gap and cost beside those of the model as a textbook has it, in one run.

``python -m benchmarks.placement`` places the sample's 400 systems (base case, and with the municipal cloud open) to
0.1 %, and a region of 4,000 (:mod:`benchmarks.region`) to 1 %. Every method runs in a process of its own, on one
thread, and is halted after ``--seconds`` (wall clock; on a busy machine look at the CPU's), model building included;
the inventory is read, and the problem put together, before its clock starts, and that is shown apart.

The naive model has a variable for every pair of a component and a pool's zone, refusals as rows, every slot of both
weeks from the start, and none of the rows that strengthen ours. Its rules are ours, rows and words, and so it says the
same: each answer is held against the same words, and its cost worked out from the state.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyomo.environ as pyo

from benchmarks.region import write_region
from cloudplan.demand import SLOTS
from cloudplan.errors import NoAnswer
from cloudplan.findings import errors_in
from cloudplan.inventory.read import read_inventory
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import state_of
from cloudplan.placement.rules import PlacementRule, refusals_of, resolve
from cloudplan.placement.solve import modelled, solve, violations
from cloudplan.placement.terms import cost
from cloudplan.scenario_file import load

CASES = {
    "400": (1, 0.001, False),
    "400 city": (1, 0.001, True),
    "4000": (10, 0.01, False),
    "4000 city": (10, 0.01, True),
}
"""Banners, gap, and whether the municipal cloud is open."""
TARGETS = {1: 20.0, 10: 300.0}
"""Seconds by the number of banners."""
GIB = 2**30


def ours(problem: PlacementProblem, rules: tuple[PlacementRule, ...], seconds: float) -> dict[str, Any]:
    """Refuse, build, strengthen and solve; the model alone is measured apart, on a copy that has nothing by heart."""
    fresh = replace(problem)
    start = time.perf_counter(), time.process_time()
    modelled(fresh, rules, refusals_of(fresh, rules))
    built = time.perf_counter() - start[0]
    start = time.perf_counter(), time.process_time()
    placed = solve(problem, rules)
    took = {"seconds": time.perf_counter() - start[0], "cpu": time.process_time() - start[1], "building": built}
    return {**took, **judged(problem, rules, placed.state, placed.bound)}


def naive(problem: PlacementProblem, rules: tuple[PlacementRule, ...], seconds: float) -> dict[str, Any]:
    """Write every row of every choice at once, and leave the rest to the solver."""
    start = time.perf_counter(), time.process_time()
    model = build_model(problem, rules, None, range(len(SLOTS)), tight=False)
    built = time.perf_counter() - start[0]
    # said at once, for if it is halted
    print(json.dumps({"building": built, "cpu": time.process_time() - start[1]}), flush=True)
    options = {"mip_rel_gap": problem.scenario.solver.gap, "threads": 1, "random_seed": problem.scenario.seed,
               "time_limit": max(1.0, seconds - built)}  # fmt: skip
    solver = pyo.SolverFactory("highs")
    results = solver.solve(model, load_solutions=False, raise_exception_on_nonoptimal_result=False, options=options)
    took = {"seconds": time.perf_counter() - start[0], "cpu": time.process_time() - start[1], "building": built}
    bound = float(results.problem.lower_bound)
    if not len(results.solution):
        return {**took, "bound": bound}
    model.solutions.load_from(results)
    return {**took, **judged(problem, rules, state_of(model, problem), bound)}


def judged(problem: PlacementProblem, rules: tuple[PlacementRule, ...], state: Any, bound: float) -> dict[str, Any]:
    """What an answer costs in words, and how many rules it breaks."""
    yuan = cost(problem, state, rules)
    broken = len(errors_in(violations(problem, rules, state)))
    return {"cost": yuan, "bound": bound, "gap": (yuan - bound) / yuan, "broken": broken}


METHODS = {"ours": ours, "naive": naive}


def measure(case: str, method: str, inventory: str, seconds: float, memory: float) -> dict[str, Any]:
    """Run one method on one case, in this process."""
    limit = int(memory * GIB)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _, gap, city = CASES[case]
    scenario, _ = load("scenarios/base.yaml")
    opened = (*scenario.targets.open, *(("city_cloud",) if city else ()))
    scenario = scenario.model_copy(
        update={
            "solver": scenario.solver.model_copy(update={"gap": gap}),
            "targets": scenario.targets.model_copy(update={"open": opened}),
        }
    )
    start = time.perf_counter()
    estate = read_inventory(inventory, scenario.today)
    read = time.perf_counter() - start
    problem = problem_of(estate, scenario)
    prepared = {"reading": read, "putting together": time.perf_counter() - start - read}
    rules, _ = resolve(scenario.rules)
    print(json.dumps(prepared), flush=True)
    try:
        found = METHODS[method](problem, rules, seconds)
    except (NoAnswer, MemoryError):
        found = {}
    memory_used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB
    return {**prepared, **found, "memory": memory_used}


def _row(case: str, method: str, found: dict[str, Any], least: float | None) -> str:
    def shown(name: str, pattern: str = "{:.1f}") -> str:
        return pattern.format(found[name]) if name in found else "—"

    ratio = "—" if least is None or "cost" not in found else f"{found['cost'] / least:.4f}"
    cells = [case, method]
    cells += [shown(name) for name in ("reading", "putting together", "building", "seconds", "cpu")]
    cells += [shown("gap", "{:.4%}"), shown("cost", "{:,.0f}"), shown("bound", "{:,.0f}"), shown("broken", "{}"), ratio]
    cells.append(shown("memory", "{:.1f} GiB"))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    parser.add_argument("--seconds", type=float, default=300.0, help="after which a method is halted")
    parser.add_argument("--memory", type=float, default=12.0, help="GiB that a method may take")
    parser.add_argument("--one", nargs=3, metavar=("CASE", "METHOD", "INVENTORY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        case, method, inventory = options.one
        print(json.dumps(measure(case, method, inventory, options.seconds, options.memory)), flush=True)
        return
    head = ("case", "method", "reading s", "putting together s", "model s", "all s", "cpu s", "gap", "cost", "bound",
            "rules broken", "cost / ours", "memory")  # fmt: skip
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    with tempfile.TemporaryDirectory() as folder:
        for case in options.cases:
            banners = CASES[case][0]
            inventory = Path("inventory") if banners == 1 else Path(folder, f"region{banners}")
            if not inventory.exists():
                write_region(inventory, banners)
            least: float | None = None
            for method in options.methods:
                found = _apart(case, method, inventory, options.seconds, options.memory)
                least = found.get("cost") if method == "ours" else least
                print(_row(case, method, found, least), flush=True)
            print(f"| | target | | | | {TARGETS[banners]:.0f} | | {CASES[case][1]:.1%} | | | 0 | | |", flush=True)


def _apart(case: str, method: str, inventory: Path, seconds: float, memory: float) -> dict[str, Any]:
    """Run a method in a process of its own; what it said before it was halted, where it was."""
    command = [sys.executable, "-m", "benchmarks.placement", "--seconds", str(seconds), "--memory", str(memory)]
    command += ["--one", case, method, str(inventory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [json.loads(process.stdout.readline())]  # it is ready: its clock starts
        try:
            rest, _ = process.communicate(timeout=seconds * 1.2)
            said += [json.loads(line) for line in rest.splitlines() if line.startswith("{")]
        except subprocess.TimeoutExpired:
            process.kill()
    return {name: value for line in said for name, value in line.items()}


if __name__ == "__main__":
    main()
