"""Forced moves on the sample: seconds at once, at once against at best against a plan from scratch, and every refusal.

``python -m benchmarks.force PLAN [--count 50] [--best 50] [--seed 1]`` draws components of a saved plan and, for each,
a pool: every second time one that some rule refuses (if there is one), else one that none does. It writes a line a
component (seconds on the clock, and of processor time) and a summary. For the first ``--best`` free moves it also
decides anew under the lock (at best), and plans from scratch a scenario *file* with that lock written by hand; for
refused ones it forces the move and compares the rules named with those that ``explain`` states.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from cloudplan.errors import Infeasible
from cloudplan.explain import explain
from cloudplan.explain.force.moves import alone, at_best, forced, sent_by
from cloudplan.explain.view import View
from cloudplan.plan import check, make_plan
from cloudplan.saved import load
from cloudplan.scenario_file import read_all


def drawn(view: View, count: int, seed: int) -> list[tuple[str, str, bool]]:
    """Components with a pool each, and whether some rule refuses every seat there."""
    rng = np.random.default_rng(seed)
    problem, out = view.problem, []
    names = sorted(problem.components)
    for name in (names[i] for i in rng.permutation(len(names))):
        seat = view.state.seats.get(name)
        offered: dict[str, bool] = {}
        for i in problem.by_component[name]:
            pool = problem.candidates[i].pool
            offered[pool] = offered.get(pool, False) or not view.refusals.candidate[i]
        wanted = len(out) % 2 == 0
        pools = [
            pool for pool, free in sorted(offered.items()) if free == wanted and (seat is None or pool != seat.pool)
        ]
        if pools:
            out.append((name, pools[int(rng.integers(len(pools)))], not wanted))
        if len(out) == count:
            break
    return out


def from_file(view: View, plan: Path, component: str, pool: str) -> tuple[float, float]:
    """Objective and bound of a plan from scratch on a scenario file with the lock written by hand; yuan a year."""
    with tempfile.TemporaryDirectory() as folder:
        stated = json.loads((plan / "inputs" / "scenario.json").read_text("utf-8"))
        stated["inventory"] = str((plan / "inputs" / "inventory").resolve())
        stated["locks"] = [*stated.get("locks", []), {"component": component, "pool": pool, "reason": "by hand"}]
        path = Path(folder) / "locked.yaml"
        # dates go without quotes, as a person writes them
        lines = [
            f"{key}: {value if key == 'today' else json.dumps(value, ensure_ascii=False)}"
            for key, value in stated.items()
        ]
        text = "\n".join(lines)
        text = text.replace(f'"{view.plan.scenario.migration.starts_on}"', str(view.plan.scenario.migration.starts_on))
        path.write_text(text + "\n", encoding="utf-8")
        scenario, inventory, positions = read_all(path, check)
        facts = make_plan(scenario, inventory, None, positions).facts
        return float(facts["objective"]), float(facts["bound"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("plan", type=Path)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--best", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    plan = load(asked.plan)
    view = View(plan)
    # loading apart: the problem, what its rules refuse and the plan's own cost are there
    assert view.refusals
    assert view.cost > 0
    seconds: list[float] = []
    processor: list[float] = []
    failed: list[str] = []
    best_of = 0
    for name, pool, refused in drawn(view, asked.count, asked.seed):
        start, busy = time.perf_counter(), time.process_time()
        problem = forced(view, [(name, pool)])
        sent = sent_by(problem, [(name, pool)])
        once = alone(view, problem, sent)
        took = time.perf_counter() - start
        seconds.append(took)
        processor.append(time.process_time() - busy)
        said = f"{took:6.2f} s {processor[-1]:6.2f} s  {name} → {pool}"
        if refused:
            stated = {
                rule
                for section in explain(plan, name, pool).sections
                for line in section.lines
                if line.message == "explain.not.refused"
                for rule in line.rule.split(",")
            }
            try:
                explain(plan, name, force=[f"{name}={pool}"])
                refusing = set[str]()
            except Infeasible as error:
                refusing = {finding.rule for finding in error.findings}
            ok = bool(stated) and stated <= refusing
            print(
                f"{said}: refused by {', '.join(sorted(stated))}; when forced {'the same' if ok else sorted(refusing)}",
                flush=True,
            )
            if not ok:
                failed.append(f"{name} → {pool}: stated {sorted(stated)}, refusing {sorted(refusing)}")
            continue
        price = None if once.answer is None else once.answer.cost - view.cost
        if best_of >= asked.best:
            print(f"{said}: at once {'—' if price is None else f'{price:+,.0f}'}", flush=True)
            continue
        best_of += 1
        try:
            best, once = at_best(view, problem, sent, once, lambda message, values: None)
        except Infeasible as error:
            print(f"{said}: no plan: {error}", flush=True)
            continue
        scratch, bound = from_file(view, asked.plan, name, pool)
        above = once.answer is not None and once.in_time and best.answer.cost > once.answer.cost + 0.5
        # equal within the gap: the same way finds the same, and the better answer lies between bound and objective
        same = abs(best.from_scratch - scratch) <= 1.0 if best.from_scratch is not None else False
        apart = not same or not bound - 0.5 <= best.answer.cost <= scratch + 0.5
        once_said = (
            "—" if once.answer is None else f"{once.answer.cost - view.cost:+,.0f}{'' if once.in_time else ' (late)'}"
        )
        others = f"at best {best.answer.cost - view.cost:+,.0f}, from scratch {scratch - view.cost:+,.0f}"
        print(f"{said}: at once {once_said}, {others}", flush=True)
        if above or apart:
            failed.append(f"{name} → {pool}: above {above}, apart {apart}")
    for what, took_all in (("clock", seconds), ("processor", processor)):
        short = sum(one < 1.0 for one in took_all)
        median, longest = statistics.median(took_all), max(took_all)
        print(
            f"at once by the {what}: median {median:.2f} s, longest {longest:.2f} s, {short} of {len(took_all)} < 1 s"
        )
    print(f"at best against from scratch: {best_of} moves; failed checks: {failed or 'none'}")


if __name__ == "__main__":
    main()
