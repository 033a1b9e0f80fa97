"""What is asked of a sensitivity, and the two re-solves that answer at one value of an input.

A *small* re-solve is the model narrowed to the thing in question: its systems may become whatever the rules let them,
the hosts of the pools concerned are chosen anew, all else stays. A *large* one is the whole placement, solved exactly
(:mod:`cloudplan.explain.exact`). Either gives an answer that can be had; the cheaper one comes out at the value.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from cloudplan.errors import BadInput
from cloudplan.explain.decision import Standing, standing
from cloudplan.explain.exact import GAP, exactly
from cloudplan.explain.settled import SMALL, priced
from cloudplan.explain.view import View
from cloudplan.findings import errors_in
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import dispositions_of
from cloudplan.placement.rules import PlacementRule, refusals_of, resolve
from cloudplan.placement.solve import Placement, violations
from cloudplan.state import State

OF_HOSTS = ("pool", "host")
"""Kinds of things about which only the number of hosts is decided."""


@dataclass(frozen=True)
class Outcome:
    """What comes out at one value of an input.

    Parameters
    ----------
    value
        Of the input.
    decided
        What is decided about the thing.
    state
        The answer.
    cost
        Yuan a year.
    """

    value: Any
    decided: Standing
    state: State
    cost: float


@dataclass(frozen=True)
class Question:
    """The thing asked about, and what may change with it.

    Parameters
    ----------
    view
        The plan.
    kind, subject
        The thing.
    free
        Systems that may become whatever the rules let them.
    anew
        Clusters whose hosts are chosen anew besides those that they leave or enter.
    state
        From which small re-solves start.
    """

    view: View
    kind: str
    subject: str
    free: tuple[str, ...]
    anew: frozenset[str]
    state: State

    @property
    def worth(self) -> float:
        """By how much another decision must be cheaper; yuan a year."""
        return max(SMALL, GAP * abs(float(self.view.plan.facts.get("objective") or 0.0)))

    def rules(self, problem: PlacementProblem) -> tuple[PlacementRule, ...]:
        """Those in force in a problem, whose scenario may price them otherwise than the plan's."""
        if problem.scenario.rules == self.view.plan.scenario.rules:
            return self.view.rules
        rules, faults = resolve(problem.scenario.rules)
        if faults:
            raise BadInput(faults)
        return rules

    def stands(self, problem: PlacementProblem, state: State) -> bool:
        """Whether a state is one of a problem, and keeps its rules."""
        seats, fates, kinds = state.seats, state.dispositions, problem.capacity.kinds
        return (
            seats.keys() <= problem.components.keys()
            and all(
                (name, fates.get(problem.components[name].system, ""), seat.pool, seat.zone) in problem.number
                for name, seat in seats.items()
            )
            and all(host.kind in kinds for host in state.hosts.values())
            and not errors_in(violations(problem, self.rules(problem), state))
        )

    def move(self, problem: PlacementProblem, sent: dict[str, Any] | None = None, alone: bool = False) -> Move:
        """What may change with the thing; with ``alone``, without the further clusters."""
        anew = frozenset[str]() if alone else self.anew
        return Move(problem, self.rules(problem), self.state, sent or {}, self.free, anew, GAP)

    def small(self, problem: PlacementProblem) -> State | None:
        """Re-solve what may change; ``None`` where nothing keeps the rules with all else as it is."""
        seats, fates = self.state.seats.items(), self.state.dispositions
        for name, seat in seats:
            component = problem.components.get(name)
            if component is None or (
                component.system not in self.free
                and (name, fates[component.system], seat.pool, seat.zone) not in problem.number
            ):
                return None  # what stands there may not be there at all
        if any(host.kind not in problem.capacity.kinds for host in self.state.hosts.values()):
            return None
        state = self.move(problem).answer(self.view.barred, self.view.allowance)
        return None if state is None or errors_in(violations(problem, self.rules(problem), state)) else state

    def large(self, problem: PlacementProblem, held: bool = False) -> Placement | None:
        """Re-solve the whole placement; ``None`` where nothing is found.

        Parameters
        ----------
        problem
            What is asked.
        held
            Whether the thing does what the plan has it do.
        """
        rules = self.rules(problem)
        offered = self._held(problem) if held and self.kind not in OF_HOSTS else None
        further = self._counted if held and self.kind in (*OF_HOSTS, "server") else None
        return exactly(self.view, problem, rules, refusals_of(problem, rules), offered, further)

    def _held(self, problem: PlacementProblem) -> set[int]:
        """Candidates with which the thing does what the plan has it do, and all of everything else's."""
        plan, kind = self.view.state, self.kind
        fates = dispositions_of(problem, plan)
        out = set()
        for number, c in enumerate(problem.candidates):
            own = c.component == self.subject or self.subject in problem.components[c.component].workloads
            exact = own if kind in ("component", "workload") else kind != "department"
            seat = plan.seats.get(c.component)
            same = (c.disposition, c.target) == fates.get(c.system) and not (exact and seat and seat.pool != c.pool)
            if c.system not in self.free or same:
                out.add(number)
        return out

    def _counted(self, model: Any) -> None:
        """Hold the number of hosts bought and had in the pool in question, or what a server is for."""
        hosts = self.view.state.hosts
        model.held = pyo.ConstraintList()
        if self.kind == "server":
            pool = hosts[self.subject].pool if self.subject in hosts else ""
            for pair in model.reuse:
                if pair[0] == self.subject:
                    model.held.add(model.reuse[pair] == int(pair[1] == pool))
            return
        for pool in sorted(self.anew):
            bought = sum(host.source == "purchased" for host in hosts.values() if host.pool == pool)
            had = sum(host.source != "purchased" for host in hosts.values() if host.pool == pool)
            for own, count in ((model.hosts, bought), (model.reuse, had)):
                here = [own[pair] for pair in own if pair[1] == pool]
                if here:
                    model.held.add(sum(here) == count)

    def cost(self, problem: PlacementProblem, state: State) -> float:
        """Price a state as the plan's objective; yuan a year."""
        return priced(problem, state, self.rules(problem)).cost

    def outcome(self, problem: PlacementProblem, value: Any, *states: State | None) -> Outcome | None:
        """What comes out of some answers: the decision of the first, unless another is worth more than it costs."""
        best: dict[Hashable, Outcome] = {}
        for state in states:
            if state is None:
                continue
            found = Outcome(value, standing(self.view, problem, state, self.kind, self.subject), state,
                            self.cost(problem, state))  # fmt: skip
            known = best.get(found.decided.key)
            if known is None or found.cost < known.cost - SMALL:
                best[found.decided.key] = found  # keeps its place among the keys
        if not best:
            return None
        first = next(iter(best.values()))
        cheapest = min(best.values(), key=lambda outcome: outcome.cost)
        return cheapest if cheapest.cost < first.cost - self.worth else first
