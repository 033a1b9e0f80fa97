"""How long it takes to say why the invented sample estate has no placement, and whether what is asked for mends it.

``python -m benchmarks.infeasible [NAME…] [--lang en] [--grant]`` makes two rules of ``scenarios/base.yaml`` (400
systems) collide, asks for the reasons, and prints the seconds, the sets found and what would mend them. The time is
that of the diagnosis alone: the solve that first meets the infeasibility comes before it.

With ``--grant`` every way of every set is then granted by its ``edits``, way 1 of all other sets beside it, and the
sample is decided anew, packing and waves included; it is said whether there is a plan and what it costs. A way that is
no edit of a value (hosts nobody has put a number to) is not tried.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from cloudplan.decide import decide, trial
from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.findings import Finding
from cloudplan.i18n import words
from cloudplan.inventory import Inventory
from cloudplan.placement import infeasible
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.choice import CandidateRule
from cloudplan.placement.granted import granted
from cloudplan.placement.problem import Candidate, PlacementProblem
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


def rack(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    return scenario, cells(inventory, "rooms", total_u={"R61": 40})


def locked(scenario: Scenario, system: str, pool: str) -> Scenario:
    lock = Lock(system=system, pool=pool, reason="planted")
    return scenario.model_copy(update={"locks": (*scenario.locks, lock)})


def locked_arch(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    """An x86 system whose lock takes it to a pool of ARM hosts without adapting it."""
    lock = Lock(system="SYS062", pool="PUB-ARM-L2", disposition="REHOST", reason="planted")
    return scenario.model_copy(update={"locks": (*scenario.locks, lock)}), inventory


def locked_zone(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    """A system of the extranet locked to the internet zone's pool."""
    return locked(scenario, "SYS062", "IZ-X86-L2"), inventory


def spares(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    """More spares than a pool may have hosts."""
    options = scenario.capacity.model_copy(update={"spare_hosts": 4})
    return scenario.model_copy(update={"capacity": options}), cells(inventory, "pools", max_hosts={"IZ-X86-L2": 4})


@dataclass(frozen=True)
class Shunned(CandidateRule):
    """A rule of one's own: nothing enters one pool."""

    title: ClassVar[Mapping[str, str]] = {"zh-CN": "不进某池", "en": "a pool that is shunned"}

    pool: str = ""

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        if candidate.pool != self.pool:
            return None
        text = {"zh-CN": f"{candidate.component} 不进 {self.pool}", "en": f"{candidate.component} shuns {self.pool}"}
        return Finding("rule.said", subject=candidate.component, rule=self.name(), values={"text": text})


def own_rule(scenario: Scenario, inventory: Inventory) -> tuple[Scenario, Inventory]:
    """The pool that most systems go to is closed by a rule of one's own, and one system is locked there."""
    rules = {**scenario.rules, "benchmarks.infeasible.Shunned": {"pool": "PUB-X86-L2"}}
    return locked(scenario.model_copy(update={"rules": rules}), "SYS062", "PUB-X86-L2"), inventory


PLANTED: dict[str, Planted] = {
    f.__name__: f
    for f in (
        budget, closed, pool_size, power, rack, storage, spares, late_and_locked, locked_arch, locked_zone, filing,
        own_rule,
    )
}  # fmt: skip


def ways(found: Iterable[Finding]) -> list[dict[int, list[Finding]]]:
    """What each set's ways ask for, by the way's number."""
    out: list[dict[int, list[Finding]]] = []
    number = 1
    for finding in found:
        if "rules" in finding.values:
            out.append({})
            number = 1
        elif finding.message.startswith("infeasible.way"):
            number = finding.values["number"]
        elif finding.message.startswith("infeasible.short."):
            out[-1].setdefault(number, []).append(finding)
    return out


def regranted(scenario: Scenario, inventory: Inventory, asked: Sequence[Finding]) -> str:
    """Grant what is asked for, solve, and say what came of it."""
    given = granted(inventory, scenario, asked)
    if given is None:
        return "no edit of a value"
    problem = problem_of(*given)
    rules = resolve(problem.scenario.rules)[0]
    try:
        decided = decide(problem, rules, refusals_of(problem, rules), _quiet, further=lambda round_: None)
    except (Infeasible, NoAnswer) as error:
        return f"NO PLAN ({', '.join(dict.fromkeys(finding.message for finding in error.findings))})"
    return f"a plan of {decided.placed.objective:,.0f} yuan a year"


def _quiet(message: str, values: Mapping[str, Any]) -> None:
    """Tell nobody."""


def grant_all(scenario: Scenario, inventory: Inventory, found: Sequence[Finding]) -> Iterator[str]:
    """Grant each way of each set, way 1 of the others beside it."""
    sets = ways(found)
    for at, own in enumerate(sets):
        for number, asked in own.items():
            if at and number == 1:
                continue  # way 1 of all sets has been granted already
            beside = [said for other, each in enumerate(sets) if other != at for said in each.get(1, ())]
            rules = ", ".join(dict.fromkeys(finding.rule for finding in asked))
            yield f"  set {at + 1}, way {number} ({rules}): {regranted(scenario, inventory, [*asked, *beside])}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=list(PLANTED))
    parser.add_argument("--lang", default="en")
    parser.add_argument("--grant", action="store_true")
    asked = parser.parse_args()
    scenario, inventory, _ = read_all(BASE, check)
    for name in asked.names:
        spoilt = PLANTED[name](scenario, inventory)
        problem = problem_of(spoilt[1], spoilt[0])
        rules = [rule for rule in resolve(problem.scenario.rules)[0] if rule.soft is None]
        refusals = refusals_of(problem, rules)
        start, used = time.perf_counter(), time.process_time()
        found = infeasible.explain(problem, rules, refusals, trial=trial(_quiet))
        wall, cpu = time.perf_counter() - start, time.process_time() - used
        print(f"{name}: {wall:.1f} s ({cpu:.1f} s of CPU), {len(problem.options)} systems")
        for finding in found:
            print(f"  {finding.message}: {words(finding, asked.lang)}", flush=True)
        for line in grant_all(*spoilt, found) if asked.grant else ():
            print(line, flush=True)


if __name__ == "__main__":
    main()
