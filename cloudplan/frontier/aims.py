"""Disruption and risk of a placement, each a sum of few parts, each part said twice: in the model and of a state.

Symbols: w[s, d] choices of disposition (:math:`Σ_t` of ``choose[s, d, t]``); x[i] candidates; U[v, p] reused servers;
y[f] calls that cross. Every part is Σ a(s, d)·w[s, d] + Σ b(i)·x[i] + Σ c(v, p)·U[v, p] + Σ y[f], with the same figures
a, b, c in both sayings.

Disruption, hours a system is down, added up over the systems:

* ``outage``: what migration plans for the cutover (:func:`cloudplan.migration.asked.moving_of`); none for what stays,
  is retired or merged.

Risk, points; what a point is worth is a factor of the scenario (all 1 by default, a choice of this project):

* ``adaptation``: the effort level (1 to 4) of a system whose software is changed, 5 for one that is rewritten; a
  component that goes to another instruction set counts its share of what the level lacks to 3;
* ``unmeasured``: the share of a system's workloads that stand in a cluster, where hosts are bought for them, while
  their CPU use was never measured;
* ``reused``: a department's server that serves again;
* ``weak_room``: the share of a system's components that stay in a department's room below grade C;
* ``exchange``: a call that waits for its answer across an exchange border: y[f] ≥ at[source, z] + Σ at[target, z'] − 1
  over the zones z' that only an exchange joins to z.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pyomo.environ as pyo

from cloudplan.assumptions import factors_of
from cloudplan.inventory.estate import holds
from cloudplan.migration.asked import moving_of
from cloudplan.migration.moves import MOVES
from cloudplan.placement.dispositions import CODES
from cloudplan.placement.problem import Call, PlacementProblem
from cloudplan.state import State

ISA_EFFORT = 3
"""Effort of another instruction set, managed code: the level that :meth:`~cloudplan.costs.Costs.isa_change` prices."""

REWRITE_EFFORT = 5
"""A rewrite, one above the highest level of adaptation."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of an aim.

    Parameters
    ----------
    name
        Its name in tables and catalogues.
    worth
        What every figure is multiplied by.
    fates
        Figure by (system, disposition).
    seats
        Figure by number of candidate.
    servers
        Figure by reused (server, pool).
    calls
        Calls that count 1 where they cross an exchange border.
    """

    name: str
    worth: float = 1.0
    fates: Mapping[tuple[str, str], float] = field(default_factory=dict)
    seats: Mapping[int, float] = field(default_factory=dict)
    servers: Mapping[tuple[str, str], float] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()

    def expression(self, model: Any, problem: PlacementProblem) -> Any:
        """Its expression in the model's variables; calls add rows and variables of their own."""
        out = 0.0
        for (system, disposition, _), var in model.choose.items():
            out += self.fates.get((system, disposition), 0.0) * var
        for i, var in model.place.items():
            out += self.seats.get(i, 0.0) * var
        for pair, var in model.reuse.items():
            out += self.servers.get(pair, 0.0) * var
        if self.calls:
            out += _crossings(model, problem, self.calls)
        return self.worth * out

    def value(self, problem: PlacementProblem, state: State) -> float:
        """Its value in a state."""
        out = sum(self.fates.get(fate, 0.0) for fate in state.dispositions.items())
        out += sum(self.seats.get(i, 0.0) for i in problem.taken(state))
        out += sum(self.servers.get((host.kind, host.pool), 0.0) for host in state.hosts.values())
        return self.worth * (out + sum(_crosses(problem, state, call) for call in self.calls))


@dataclass(frozen=True, eq=False)
class Aim:
    """What a frontier weighs against cost: ``disruption`` in hours, ``risk`` in points."""

    name: str
    parts: tuple[Part, ...]

    def expression(self, model: Any, problem: PlacementProblem) -> Any:
        """Sum of the parts in the model's variables."""
        return sum(part.expression(model, problem) for part in self.parts)

    def values(self, problem: PlacementProblem, state: State) -> dict[str, float]:
        """Every part in a state."""
        return {part.name: part.value(problem, state) for part in self.parts}

    def value(self, problem: PlacementProblem, state: State) -> float:
        """Sum of the parts in a state."""
        return sum(self.values(problem, state).values())


def aims_of(problem: PlacementProblem) -> dict[str, Aim]:
    """Make both aims of a problem."""
    worth = factors_of(problem.inventory, problem.scenario)
    adapted_fates, adapted_seats = _adaptation(problem)
    reused = {pair: 1.0 for pair in problem.reuse if pair[0] not in problem.capacity.existing}
    risk = (
        Part("adaptation", worth["risk_points_adaptation_level"], adapted_fates, adapted_seats),
        Part("unmeasured", worth["risk_points_unmeasured_system"], seats=_unmeasured(problem)),
        Part("reused", worth["risk_points_reused_server"], servers=reused),
        Part("weak_room", worth["risk_points_weak_room_system"], seats=_weak_rooms(problem)),
        Part("exchange", worth["risk_points_exchange_call"], calls=_waiting(problem)),
    )
    return {"risk": Aim("risk", risk), "disruption": Aim("disruption", (_outage(problem),))}


def _outage(problem: PlacementProblem) -> Part:
    fates = {
        (system, disposition): moving_of(problem, system, disposition).outage_hours
        for system, options in problem.options.items()
        for disposition in options.allowed
        if disposition in MOVES
    }
    # a superior's front end that moves to the centre is carried, though its disposition stays the same
    carried = {
        i: moving_of(problem, candidate.system, "RELOCATE").outage_hours / len(problem.of_system[candidate.system])
        for i, candidate in enumerate(problem.candidates)
        if candidate.disposition == "NEED_SUPERIOR" and problem.capacity.pools[candidate.pool].kind == "colocation"
    }
    return Part("outage", 1.0, fates, carried)


def _adaptation(problem: PlacementProblem) -> tuple[dict[tuple[str, str], float], dict[int, float]]:
    """Levels of effort: what re-platforming takes, and what another instruction set takes beyond it."""
    fates, effort = {}, {}
    for system, row in problem.systems.items():
        effort[system] = 1.0 if pd.isna(row.adapt_effort) else float(max(1, int(row.adapt_effort)))
        if row.software_route != "adapted":
            fates[system, "REPLATFORM"] = effort[system]
        fates[system, "REFACTOR"] = float(REWRITE_EFFORT)
    seats = {}
    for i, candidate in enumerate(problem.candidates):
        if problem.changes_isa(candidate) and problem.systems[candidate.system].software_route != "adapted":
            lacks = max(0.0, ISA_EFFORT - effort[candidate.system])
            seats[i] = lacks / len(problem.of_system[candidate.system])
    return {fate: level for fate, level in fates.items() if fate[1] in CODES}, seats


def _unmeasured(problem: PlacementProblem) -> dict[int, float]:
    basis = problem.demand.basis["cpu"]
    share = {}
    for name, component in problem.components.items():
        unknown = sum(basis[row] != "measured" for row in component.rows)
        every = sum(len(problem.components[other].rows) for other in problem.of_system[component.system])
        share[name] = unknown / every
    return {i: share[c.component] for i, c in enumerate(problem.candidates) if c.pool in problem.clusters}


def _weak_rooms(problem: PlacementProblem) -> dict[int, float]:
    grades = problem.inventory["rooms"]["grade"]
    out = {}
    for i, candidate in enumerate(problem.candidates):
        if any(grades[room] == "below" for room in problem.room_kept_by(i)):
            out[i] = 1.0 / len(problem.of_system[candidate.system])
    return out


def _waiting(problem: PlacementProblem) -> tuple[Call, ...]:
    """Calls that wait for their answer, of which some choice of zones lets an exchange border come between."""
    flows = problem.inventory["flows"]
    zones: dict[str, set[str]] = {name: set() for name in problem.components}
    for candidate in problem.candidates:
        zones[candidate.component].add(candidate.zone)

    def may_stand(component: str | None, zone: str | None) -> Iterable[str]:
        return zones[component] if component is not None else (zone or "",)

    return tuple(
        call
        for call in problem.calls
        if call.kind == "REQRESP"
        and not holds(flows.at[call.flow, "can_be_async"])
        and any(
            _exchanged(problem, a, b)
            for a in may_stand(call.source, call.source_zone)
            for b in may_stand(call.target, call.target_zone)
        )
    )


def _exchanged(problem: PlacementProblem, source: str, target: str) -> bool:
    conduit = None if source == target else problem.zones.conduit(source, target)
    return conduit is not None and conduit.mode == "exchange"


def _crosses(problem: PlacementProblem, state: State, call: Call) -> bool:
    def zone(component: str | None, fixed: str | None) -> str | None:
        if component is None:
            return fixed
        return state.seats[component].zone if component in state.seats else None

    source, target = zone(call.source, call.source_zone), zone(call.target, call.target_zone)
    return source is not None and target is not None and _exchanged(problem, source, target)


def _crossings(model: Any, problem: PlacementProblem, calls: tuple[Call, ...]) -> Any:
    """Σ y over the calls; a y is free above its least value, so the sum is exact only where it is pressed down."""
    seats: dict[str, dict[str, list[Any]]] = {}
    for i, var in model.place.items():
        candidate = problem.candidates[i]
        seats.setdefault(candidate.component, {}).setdefault(candidate.zone, []).append(var)

    def at(component: str | None, zone: str | None) -> dict[str, Any]:
        """Whether an end stands in a zone, by zone; an end outside stands where it does for certain."""
        if component is None:
            return {zone or "": 1.0}
        return {name: sum(found) for name, found in seats.get(component, {}).items()}

    model.crosses = pyo.Var(range(len(calls)), bounds=(0, 1))
    model.crossing = pyo.ConstraintList()
    for n, call in enumerate(calls):
        targets = at(call.target, call.target_zone)
        for zone, source in at(call.source, call.source_zone).items():
            beyond = [there for other, there in targets.items() if _exchanged(problem, zone, other)]
            if beyond:
                model.crossing.add(model.crosses[n] >= source + sum(beyond) - 1)
    return sum(model.crosses.values())
