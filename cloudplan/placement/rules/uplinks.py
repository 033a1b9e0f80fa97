r"""A department's lines carry what its people ask of the systems that have moved away.

For every department with lines on record: Σ mbps[c]·x[c] ≤ Σ rate of its lines but those to the internet, over the
arrivals c of its systems that don't serve the internet, of the tier that its people speak to (the front-most one the
system has: proxy, web, application…). What the systems say among themselves stays in the centre. A department without
a line on record is not judged. Network demand is often assumed: at no price, which is the default, what is short is a
remark. A price can be that of more bandwidth, in yuan for a Mbit/s a year.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding, Severity
from cloudplan.placement import example
from cloudplan.placement.choice import SHOWN, arrives, seated
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.placement.rules._sums import exceeds
from cloudplan.relief import Edit, Relief, asked
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

FRONT_FIRST = ("proxy", "web", "app", "exchange", "db", "management", "backup")
"""Tiers, those first that people speak to."""


@dataclass(frozen=True)
class Uplinks(Rule[PlacementProblem]):
    """Traffic of a department's people to its moved systems stays within its lines."""

    counts: ClassVar[str] = "mbps"
    soft: float | None = field(default=0.0, kw_only=True, metadata={"least": 0})

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """One row a department with lines."""
        block.carries = pyo.Constraint(pyo.Any)
        demand = _asked(problem)
        load: dict[str, Any] = {}
        for i in model.place:
            candidate = problem.candidates[i]
            if candidate.component in demand and arrives(problem, candidate):
                department = problem.components[candidate.component].department
                load[department] = load.get(department, 0.0) + demand[candidate.component] * model.place[i]
        for department, rate in _rates(problem).items():
            if department in load:
                block.carries[department] = load[department] <= rate

    def misses(self, block: Any) -> Misses:
        """By department; Mbit/s."""
        return {(department, "uplink"): [(row, 1.0)] for department, row in block.carries.items()}

    def weighs(self, problem: PlacementProblem, given: Relief) -> float:
        """In Gbit/s."""
        return 1.0 / 1000

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word what the department's lines would have to carry."""
        now, more = _rates(problem)[given.subject], asked("uplink", short)
        values: dict[str, Any] = {"short": short, "ask": more, "now": now, "to": now + more}
        links = problem.inventory["links"]
        own = links[(links["kind"] != "internet") & (links["department"] == given.subject)]
        # the widest line grows: where there are several, which of them does is the department's choice
        rates = {str(line): float(mbps) for line, mbps in own["mbps"].items()}
        line = max(rates, key=lambda name: rates[name])
        values["edits"] = (Edit(("links", line, "mbps"), rates[line] + more),)
        return Finding("infeasible.short.uplink", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Add up what each department's people ask."""
        load: dict[str, float] = {}
        for name, mbps in _asked(problem).items():
            component = problem.components[name]
            seat = state.seats.get(name)
            if seat is not None and arrives(problem, Candidate(name, component.system, "", "", seat.pool, seat.zone)):
                load[component.department] = load.get(component.department, 0.0) + mbps
        for department, rate in _rates(problem).items():
            need = load.get(department, 0.0)
            if exceeds(need, rate):
                values = {"need": need, "usable": rate, "short": need - rate}
                yield Finding("placement.uplinks", subject=department, rule=self.name(), values=values)

    def unjudged(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Count the systems that arrive whose department has no line on record, and those whose traffic is assumed."""
        rates, demand = _rates(problem), problem.demand
        arrived = [
            name for name in _asked(problem) if name in state.seats and arrives(problem, seated(problem, name, state))
        ]
        offline: dict[str, str] = {}
        assumed: dict[str, str] = {}
        for name in arrived:
            component = problem.components[name]
            if component.department not in rates:
                offline[component.system] = component.department
            elif any(demand.basis["network"][row] == "assumed" for row in component.rows):
                assumed[component.system] = component.department
        total = len({problem.components[name].system for name in arrived})
        for why, systems in (("no_line", offline), ("assumed", assumed)):
            if systems:
                named = tuple(sorted(systems))
                values = {"count": len(named), "total": total, "departments": len(set(systems.values())),
                          "systems": named, "examples": named[:SHOWN]}  # fmt: skip
                yield Finding(f"placement.uplinks.{why}", Severity.INFO, rule=self.name(), values=values)


@lru_cache(maxsize=4)
def _asked(problem: PlacementProblem) -> dict[str, float]:
    """What people ask of each component that they speak to; Mbit/s."""
    out: dict[str, float] = {}
    for names in problem.of_system.values():
        rank = {name: FRONT_FIRST.index(problem.components[name].tier) for name in names}
        for name in names:
            if rank[name] == min(rank.values()) and not problem.components[name].internet_facing:
                out[name] = problem.amounts(name)["mbps"]
    return out


@lru_cache(maxsize=4)
def _rates(problem: PlacementProblem) -> dict[str, float]:
    """Rate of each department's lines together, those to the internet left out; Mbit/s."""
    links = problem.inventory["links"]
    own = links[(links["kind"] != "internet") & links["department"].notna()]
    return {str(name): float(mbps) for name, mbps in own.groupby("department", sort=False)["mbps"].sum().items()}


def kept() -> tuple[PlacementProblem, State]:
    """10 Mbit/s over a line of 100."""
    problem = example.problem(links={"L": {}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """10 Mbit/s over a line of 2."""
    problem = example.problem(links={"L": {"mbps": 2.0}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
