"""How long it takes to say why the invented sample estate has no placement, once two of its rules are made to collide.

``python -m benchmarks.infeasible [NAME…] [--lang en]`` plants each collision in turn into ``scenarios/base.yaml`` (400
systems), asks for the reasons, and prints the seconds, the sets found and what would mend them. The time is that of the
diagnosis alone: the solve that first meets the infeasibility comes before it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudplan.i18n import words
from cloudplan.inventory import Inventory
from cloudplan.placement import infeasible
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.plan import check
from cloudplan.scenario import Lock, PurchaseOptions, ReuseOptions, Scenario
from cloudplan.scenario_file import read_all

BASE = Path(__file__).parents[1] / "scenarios" / "base.yaml"
Planted = Callable[[Scenario, Inventory], tuple[Scenario, Inventory]]


def cells(inventory: Inventory, table: str, **columns: Any) -> Inventory:
    """Set columns of a whole table, or of the rows that a mapping names."""
    frame = inventory[table].copy()
    for column, value in columns.items():
        for row in value if isinstance(value, dict) else frame.index:
            frame.loc[row, column] = value[row] if isinstance(value, dict) else value
    return Inventory({**inventory.tables, table: frame}, inventory.origin, findings=inventory.findings)


def budget(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    """Too little for one host, and no server that serves again: with those there would be a plan."""
    changes = {"purchases": PurchaseOptions(budget_yuan=1000.0), "reuse": ReuseOptions(allowed=False)}
    return scenario.model_copy(update=changes), inventory


def closed(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    """Nothing bought, and no server that serves again."""
    changes = {"purchases": PurchaseOptions(allowed=False), "reuse": ReuseOptions(allowed=False)}
    return scenario.model_copy(update=changes), inventory


def pool_size(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    return scenario, cells(inventory, "pools", max_hosts={"PUB-X86-L2": 2, "PUB-X86-L3": 2})


def power(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    return scenario, cells(inventory, "rooms", it_power_kw={"R61": 8.0})


def storage(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    return scenario, cells(inventory, "pools", storage_normal_gib={"PUB-X86-L2": 4000.0, "PUB-ARM-L2": 4000.0})


def late_and_locked(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    system = str(inventory["systems"].index[inventory["systems"]["level"].fillna(0) == 3][0])
    lock = Lock(system=system, pool="PUB-X86-L2", reason="planted")
    targets = scenario.targets.model_copy(update={"opens_on": {"PUB-XC-L3": dt.date(2040, 1, 1)}})
    return scenario.model_copy(update={"locks": (*scenario.locks, lock), "targets": targets}), inventory


def filing(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    levels = {pool: 2 for pool, level in inventory["pools"]["filed_level"].items() if level == 3}
    return scenario, cells(inventory, "pools", filed_level=levels)


PLANTED: dict[str, Planted] = {
    f.__name__: f for f in (budget, closed, pool_size, power, storage, late_and_locked, filing)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(PLANTED))
    parser.add_argument("--lang", default="en")
    asked = parser.parse_args()
    scenario, inventory, _ = read_all(BASE, check)
    for name in asked.names:
        spoilt = PLANTED[name](scenario, inventory)
        problem = problem_of(spoilt[1], spoilt[0])
        rules = [rule for rule in resolve(problem.scenario.rules)[0] if rule.soft is None]
        refusals = refusals_of(problem, rules)
        start, used = time.perf_counter(), time.process_time()
        found = infeasible.explain(problem, rules, refusals)
        wall, cpu = time.perf_counter() - start, time.process_time() - used
        print(f"{name}: {wall:.1f} s ({cpu:.1f} s of CPU), {len(problem.options)} systems")
        for finding in found:
            print(f"  {finding.message}: {words(finding, asked.lang)}", flush=True)


if __name__ == "__main__":
    main()
