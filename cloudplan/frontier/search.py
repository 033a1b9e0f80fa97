"""The plans of a frontier: the cheapest, those of least risk and least disruption, and others that really differ.

First the cheapest plan. Then, for either aim and every budget of :data:`STEPS`, the placement with the least of the aim
whose cost stays within it (an ε-constraint; a twentieth of the weight lies on cost, so that of two that are equal the
cheaper one is taken). Then, one after the other, the cheapest placement that differs in enough systems from every plan
of the set so far, until there are enough or none is left. Every placement is packed and ordered into waves like any
other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyomo.environ as pyo

from cloudplan.bundle import Plan
from cloudplan.decide import Decision, Progress
from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.frontier.aims import Aim, aims_of
from cloudplan.frontier.difference import add_far, differing
from cloudplan.frontier.proof import Proof, prove
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.solve import Further, Placement
from cloudplan.plan import Question, asked_again, bundle_of, settle

STEPS = (0.5, 2.0)
"""Budgets of the least risk and the least disruption, as multiples of the share within which plans count as near.

A placement may use half of the share, because packing and waves add to what it costs; the second one is well beyond.
"""

RESERVE = 0.5
"""Part of the share that a placement far from the others may use; the rest is kept for packing and waves."""

ON_COST = 0.05
"""Weight of cost beside an aim: 1 % of the cheapest plan's cost counts like 0.05 % of its aim."""

CHEAPEST, OTHER = "cheapest", "other"


@dataclass(frozen=True, eq=False)
class Point:
    """One plan of a frontier.

    Parameters
    ----------
    kind
        ``cheapest``, ``risk``, ``disruption`` (the least of it within a budget) or ``other`` (far from the rest).
    step
        Budget of the placement: the cost above the cheapest placement's, as a share; NaN for the cheapest.
    plan
        The whole plan.
    placed
        Its placement, as packing and waves left it.
    aims
        Parts of every aim, by aim and part.
    bound
        What no placement within the budget has less of, in the aim's unit; for ``other`` the cost of the cheapest
        placement that is as far from the earlier ones; yuan a year. A bound on the first placement, before packing.
    """

    kind: str
    step: float
    plan: Plan
    placed: Placement
    aims: Mapping[str, Mapping[str, float]]
    bound: float

    @property
    def cost(self) -> float:
        """The objective: weighted yearly cost; yuan."""
        return self.placed.objective

    def total(self, aim: str) -> float:
        """Sum of an aim's parts."""
        return sum(self.aims[aim].values())


@dataclass(frozen=True, eq=False)
class Frontier:
    """Cost against risk against disruption.

    Parameters
    ----------
    problem
        What all plans were decided on.
    points
        The plans, the cheapest placement's first.
    share
        Within which share of the least cost plans count as near.
    apart
        In how many systems two plans must differ to differ really.
    asked
        How many near plans that differ pairwise were asked for.
    chosen
        Numbers of the points that are near and pairwise apart.
    proof
        How many there can be, where fewer were found than asked; else ``None``.
    missed
        Kinds and steps of which no plan came about, each with the message ids of the reasons.
    dropped
        Kinds and steps whose plan is no better than another in cost, risk and disruption, and is left out.
    """

    problem: PlacementProblem
    points: tuple[Point, ...]
    share: float
    apart: int
    asked: int
    chosen: tuple[int, ...]
    proof: Proof | None
    missed: tuple[tuple[str, float, tuple[str, ...]], ...] = ()
    dropped: tuple[tuple[str, float], ...] = ()

    @property
    def least(self) -> float:
        """Cost of the cheapest plan; yuan a year."""
        return min(point.cost for point in self.points)

    def excess(self, point: Point) -> float:
        """Cost above the cheapest plan's, as a share of it."""
        return point.cost / self.least - 1.0

    def differing(self, first: Point, other: Point) -> tuple[str, ...]:
        """Systems of which two plans make something else."""
        return differing(self.problem, first.placed, other.placed)

    def efficient(self, point: Point) -> bool:
        """Whether no other plan is as good in cost, risk and disruption and better in one."""
        mine = _measures(point)
        return not any(
            all(a <= b + _near(b) for a, b in zip(theirs, mine, strict=True))
            and any(a < b - _near(b) for a, b in zip(theirs, mine, strict=True))
            for theirs in (_measures(other) for other in self.points if other is not point)
        )


def _measures(point: Point) -> tuple[float, float, float]:
    return point.cost, point.total("risk"), point.total("disruption")


def _near(value: float) -> float:
    return 1e-6 * max(1.0, abs(value))


def frontier(plan: Plan, progress: Progress | None = None, share: float = 0.02, asked: int = 5) -> Frontier:
    """Plan a scenario again and again, from a plan's own inputs: for less risk, for less disruption, otherwise.

    Parameters
    ----------
    plan
        Only its inputs are used.
    progress
        Told what every plan tells, and ``frontier.point`` before each.
    share
        Within which share of the least cost plans count as near.
    asked
        How many near plans that differ pairwise are sought.

    Raises
    ------
    BadInput, Infeasible, NoAnswer
        As in :func:`cloudplan.plan.make_plan`, of the cheapest plan.
    """
    tell = progress or (lambda message, values: None)
    return _Search(asked_again(plan), tell, share, asked).run()


class _Search:
    """One search, and what it has found so far."""

    def __init__(self, question: Question, tell: Progress, share: float, asked: int) -> None:
        self.question, self.tell, self.share, self.asked = question, tell, share, asked
        self.problem = question.problem
        self.aims = aims_of(self.problem)
        self.apart = max(1, math.ceil(len(self.problem.options) / 10 - 1e-9))
        self.points: list[Point] = []
        self.missed: list[tuple[str, float, tuple[str, ...]]] = []

    def run(self) -> Frontier:
        self.tell("frontier.point", {"number": 1})
        cheapest = settle(self.question, self.tell)
        self.bound = cheapest.bound
        self.first = cheapest.placed
        self._keep(CHEAPEST, math.nan, cheapest, cheapest.bound)
        for name, aim in self.aims.items():
            for step in STEPS:
                self._try(name, step * self.share, self._least(aim, step * self.share))
        chosen = self._chosen()
        # as many tries as plans may be wanting: one that packing makes too dear costs a try
        for _ in range(self.asked):
            if len(chosen) >= self.asked:
                break
            if not self._try(OTHER, RESERVE * self.share, self._apart(chosen)):
                break
            chosen = self._chosen()
        proof = None
        least = min(point.cost for point in self.points)
        if len(chosen) < self.asked:
            self.tell("frontier.proving", {"found": len(chosen), "asked": self.asked})
            question, budget = self.question, (1.0 + self.share) * least
            proof = prove(self.problem, question.rules, question.refusals, budget, self.apart, len(chosen), self.asked)
        every = Frontier(
            self.problem, tuple(self.points), self.share, self.apart, self.asked, chosen, proof, tuple(self.missed)
        )
        return _filtered(every)

    def _chosen(self) -> tuple[int, ...]:
        """Take near plans in turn, each that is far from all taken before; the cheapest first."""
        least = min(point.cost for point in self.points)
        taken: list[int] = []
        for n in sorted(range(len(self.points)), key=lambda n: (self.points[n].kind != CHEAPEST, n)):
            point = self.points[n]
            if point.cost <= (1.0 + self.share) * least and all(
                len(differing(self.problem, self.points[other].placed, point.placed)) >= self.apart for other in taken
            ):
                taken.append(n)
        return tuple(taken)

    def _try(self, kind: str, step: float, further: Callable[[int], Further]) -> bool:
        """Make one more plan; a kind of which none comes about is noted."""
        self.tell("frontier.point", {"number": len(self.points) + 1})
        try:
            decided = settle(self.question, self.tell, further)
        except (Infeasible, NoAnswer) as error:
            own = {finding.message for finding in error.findings} - {said.message for said in self.question.findings}
            self.missed.append((kind, step, tuple(sorted(own))))
            return False
        bound = decided.bound
        if kind in self.aims:
            # the weight on cost is part of what was minimised: what it can amount to at most is taken off
            bound -= self._on_cost(self.aims[kind]) * (1.0 + step)
        self._keep(kind, step, decided, bound)
        return True

    def _keep(self, kind: str, step: float, decided: Decision, bound: float) -> None:
        placed = decided.placed
        if any(point.placed.state == placed.state for point in self.points):
            return
        aims = {name: aim.values(self.problem, placed.state) for name, aim in self.aims.items()}
        # what no plan costs less than is the cheapest one's bound, whatever this one was asked for
        plan = bundle_of(self.question, replace(decided, bound=self.bound), self.tell)
        self.points.append(Point(kind, step, plan, placed, aims, bound))

    def _on_cost(self, aim: Aim) -> float:
        return ON_COST * aim.value(self.problem, self.first.state)

    def _least(self, aim: Aim, step: float) -> Callable[[int], Further]:
        """Ask for the least of an aim within a budget; the rounds after the first may use what was kept back."""

        def further(round_: int) -> Further:
            def write(model: Any) -> None:
                self._within(model, step if round_ == 0 else 2.0 * step)
                weight = self._on_cost(aim) / self.first.objective
                model.cost.deactivate()
                model.least = pyo.Objective(expr=aim.expression(model, self.problem) + weight * model.cost.expr)

            return write

        return further

    def _apart(self, chosen: tuple[int, ...]) -> Callable[[int], Further]:
        """Ask for the cheapest that is far from all chosen ones, and from those that turned out too dear."""
        others = {n for n, point in enumerate(self.points) if point.kind == OTHER}
        avoided = [self.points[n].placed for n in sorted({*chosen, *others})]

        def further(round_: int) -> Further:
            def write(model: Any) -> None:
                if round_ == 0:  # what packing and waves add is judged when it is known
                    self._within(model, RESERVE * self.share)
                model.enough = pyo.ConstraintList()
                for placed in avoided:
                    model.enough.add(add_far(model, self.problem, placed) >= self.apart)

            return write

        return further

    def _within(self, model: Any, step: float) -> None:
        model.within = pyo.Constraint(expr=model.cost.expr <= (1.0 + step) * self.first.objective)


def _filtered(front: Frontier) -> Frontier:
    """Leave out plans that another is as good as in everything, but for those that count."""
    kept = [n for n, point in enumerate(front.points) if n in front.chosen or n == 0 or front.efficient(point)]
    return replace(
        front,
        points=tuple(front.points[n] for n in kept),
        chosen=tuple(kept.index(n) for n in front.chosen),
        dropped=tuple((point.kind, point.step) for n, point in enumerate(front.points) if n not in kept),
    )


def renamed(point: Point, name: str, title: Mapping[str, str], facts: Mapping[str, Any]) -> Plan:
    """The plan of a point under a name of its own, with what is to be known about it in its facts."""
    scenario = point.plan.scenario.model_copy(update={"name": name, "title": dict(title)})
    return replace(point.plan, scenario=scenario, facts={**point.plan.facts, "frontier": dict(facts)})
