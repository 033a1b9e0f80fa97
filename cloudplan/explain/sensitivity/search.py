"""Which inputs flip a decision, and where: proposed by small re-solves, confirmed by large ones on both sides.

It starts from the plan solved again to a small gap, as large re-solves are
(:mod:`cloudplan.explain.sensitivity.question`): else what a price changes and what the plan left lying would be told as
one. What is decided *now* is the plan's decision, unless another is worth more than the gap.

With one price changing, every answer's cost is a straight line in it. The two lines of the decision and of what takes
its place cross at the proposed value; where a small re-solve finds a third answer there, its line takes the place of
one of them. A flip counts where the decision stands on the near side and another on the far side, :data:`MARGIN` apart,
by small and by large re-solves. Where small ones see no flip up to the end of the range, a large one is asked there,
in the direction that favours an alternative: what everybody would leave, one system alone may not. Of an input that
changes more than prices only large ones are asked: what else stands needn't hold any more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from cloudplan.explain.sensitivity.inputs import Input
from cloudplan.explain.sensitivity.question import Outcome, Question
from cloudplan.explain.settled import SMALL
from cloudplan.placement.problem import PlacementProblem
from cloudplan.state import State

Progress = Callable[[str, Mapping[str, Any]], None]
MARGIN = 0.005
"""Width, as a share of the value in force, between the two sides on which a flip is confirmed."""
STEPS = 8
"""Crossings that are tried for one input and direction by small re-solves."""
LARGE_STEPS = 4
"""Crossings that are tried by large ones."""


@dataclass(frozen=True)
class Flip:
    """Where an input flips the decision.

    Parameters
    ----------
    input
        Which.
    near, far
        What comes out on the two sides; the near one is the plan's side.
    confirmed
        Whether large re-solves say the same on both sides.
    """

    input: Input
    near: Outcome
    far: Outcome
    confirmed: bool

    @property
    def close(self) -> bool:
        """Whether the two sides are so near each other that the value between them can be named."""
        return abs(float(self.far.value) - float(self.near.value)) <= 2.0 * MARGIN * self.input.scale


class Search:
    """Looks for the flips of one thing; counts what it solves.

    Parameters
    ----------
    question
        What is asked.
    problem
        The plan's problem.
    """

    def __init__(self, question: Question, problem: PlacementProblem) -> None:
        self.question, self.problem = question, problem
        self.solved = {"small": 0, "large": 0}
        self.accuracy = 0.0
        """Greatest distance between what a large re-solve found and what it proved; yuan a year."""
        self.without: list[tuple[Input, Any]] = []
        """Positions in which no plan was found at all."""
        plan = question.outcome(problem, None, question.view.state)
        assert plan is not None
        self.plan = plan
        self.now = self._settled(plan)
        """What comes out with nothing changed: what is decided in the plan, unless another decision is worth more."""
        self.question = replace(question, state=self.now.state)

    def _settled(self, plan: Outcome) -> Outcome:
        """Solve the plan again to a small gap; where that decides otherwise, also with what it decides held."""
        free = self._large(self.problem)
        best = self.question.outcome(self.problem, None, plan.state, free) or plan
        if best.decided.key == plan.decided.key:
            return best
        held = self._large(self.problem, held=True)
        return self.question.outcome(self.problem, None, plan.state, held, free) or plan

    def _small(self, problem: PlacementProblem) -> State | None:
        self.solved["small"] += 1
        return self.question.small(problem)

    def _large(self, problem: PlacementProblem, held: bool = False) -> State | None:
        self.solved["large"] += 1
        placed = self.question.large(problem, held)
        if placed is None:
            return None
        self.accuracy = max(self.accuracy, placed.objective - placed.bound)
        return placed.state

    def at(self, input_: Input, value: Any, deep: bool = False) -> Outcome | None:
        """What re-solving makes of a value; what stands now stays where nothing is worth more.

        Parameters
        ----------
        input_, value
            The input, and its value.
        deep
            Whether a large re-solve is asked too.
        """
        problem = input_.problem(self.problem, value)
        own = self.now.state if self.question.stands(problem, self.now.state) else None
        small = None if input_.whole and deep else self._small(problem)
        return self.question.outcome(problem, value, own, small, self._large(problem) if deep else None)

    def flips(self, input_: Input) -> list[Flip]:
        """Every flip of one input: at most one a direction, or one a position of a switch."""
        if input_.switch:
            return [flip for value in input_.tried if (flip := self._switched(input_, value)) is not None]
        ends = [end for end in input_.tried if abs(end - input_.value) > MARGIN * input_.scale]
        return [flip for end in ends if (flip := self._crossed(input_, end)) is not None]

    def _switched(self, input_: Input, value: Any) -> Flip | None:
        far = self.at(input_, value, deep=True)
        if far is None:
            self.without.append((input_, value))
        elif self._flipped(far):
            return Flip(input_, replace(self.now, value=input_.value), far, True)
        return None

    def _crossed(self, input_: Input, end: float) -> Flip | None:
        """Find the flip between the value in force and one end of the range, if there is one."""
        near, far = replace(self.now, value=input_.value), None
        if not input_.whole:
            far = self.at(input_, end)
            if far is not None and self._flipped(far):
                sides = self._closed_in(input_, near, far, False)
                if all(self._confirmed(input_, side) for side in sides):
                    return Flip(input_, *sides, True)
            elif not self._favours(input_, end):
                return None
        deepest = self.at(input_, end, deep=True)
        if deepest is None:
            self.without.append((input_, end))
            return None
        if self._flipped(deepest):
            return Flip(input_, *self._closed_in(input_, near, deepest, True), True)
        return None if far is None or not self._flipped(far) else Flip(input_, near, far, False)

    def _flipped(self, outcome: Outcome) -> bool:
        return outcome.decided.key != self.now.decided.key

    def _favours(self, input_: Input, end: float) -> bool:
        """Whether some alternative gains on what stands now towards one end of the range."""
        if self.alternatives is None:
            return True
        problem = input_.problem(self.problem, end)
        here = self.question.cost(problem, self.now.state) - self.now.cost
        return any(self.question.cost(problem, other.state) - other.cost < here - SMALL for other in self.alternatives)

    def _closed_in(self, input_: Input, near: Outcome, far: Outcome, deep: bool) -> tuple[Outcome, Outcome]:
        """Narrow the two sides of a flip by where the lines of their answers cross, until they are close.

        Where there is no plan at a value, or that many steps don't do, they stay as far apart as they are.
        """
        step = MARGIN * input_.scale / 2.0 * (1.0 if far.value > near.value else -1.0)
        for _ in range(LARGE_STEPS if deep else STEPS):
            guess = self._crossing(input_, near, far)
            before, after = guess - step, guess + step
            if (before - near.value) * step > 0:
                middle = self.at(input_, before, deep)
                if middle is not None and self._flipped(middle):
                    far = middle
                    continue
                near = middle or near
            if (far.value - after) * step > 0:
                middle = self.at(input_, after, deep)
                if middle is not None and not self._flipped(middle):
                    near = middle
                    continue
                far = middle or far
            break
        return near, far

    def _crossing(self, input_: Input, near: Outcome, far: Outcome) -> float:
        """Value between two others at which one answer is as much cheaper as it is worth; the middle if none is."""
        ends = (float(near.value), float(far.value))
        if input_.whole:
            return (ends[0] + ends[1]) / 2.0
        gaps = []
        for value in ends:
            problem = input_.problem(self.problem, value)
            gaps.append(
                self.question.cost(problem, near.state) - self.question.cost(problem, far.state) - self.question.worth
            )
        if gaps[0] >= 0.0 or gaps[1] <= 0.0:
            return (ends[0] + ends[1]) / 2.0
        return ends[0] + (ends[1] - ends[0]) * gaps[0] / (gaps[0] - gaps[1])

    def _confirmed(self, input_: Input, side: Outcome) -> bool:
        """Whether the whole model, solved anew, gives nothing worth more that decides otherwise."""
        if side.value == input_.value:
            return True  # it was solved anew to begin with
        problem = input_.problem(self.problem, side.value)
        best = self.question.outcome(problem, side.value, side.state, self._large(problem))
        return best is not None and self._flipped(best) == self._flipped(side)

    def matters(self, input_: Input) -> bool:
        """Whether an input bears on the decision; what changes more than prices is always tried.

        Where the alternatives are known, it does if it changes by how much one of them is dearer; else, if it changes
        the price of anything that may change.
        """
        if input_.switch or input_.whole:
            return True
        for end in input_.tried:
            if abs(end - input_.value) > MARGIN * input_.scale:
                problem = input_.problem(self.problem, end)
                if self.alternatives is None:
                    return self._prices(problem) != self._own
                here = self.question.cost(problem, self.now.state)
                for other in self.alternatives:
                    if abs(self.question.cost(problem, other.state) - here - (other.cost - self.now.cost)) > SMALL:
                        return True
        return False

    @cached_property
    def alternatives(self) -> tuple[Outcome, ...] | None:
        """The cheapest answers in which one component of the systems in question takes another choice than it does.

        Of a server that serves again: the cheapest without it. ``None`` where the question is about other hosts or
        rooms: they have no such choices.
        """
        question, view = self.question, self.question.view
        if question.kind == "server" and question.subject in self.now.state.hosts:
            # without it: barred from every pool
            without = view.barred | {(question.subject, pool) for pool in self.problem.clusters}
            self.solved["small"] += 1
            found = question.outcome(self.problem, None, question.move(self.problem).answer(without, view.allowance))
            return None if found is None or not self._flipped(found) else (found,)
        if question.kind not in ("system", "component", "workload", "department"):
            return None
        out: dict[Hashable, Outcome] = {}
        for system in question.free:
            for name in self.problem.of_system[system]:
                seat, fate = self.now.state.seats.get(name), self.now.state.dispositions.get(system)
                every = (self.problem.candidates[i] for i in self.problem.by_component[name])
                others = tuple(c for c in every if seat is None or (c.pool, c.disposition) != (seat.pool, fate))
                move = question.move(self.problem, {name: others}, alone=True)
                if not others or not move.choices[name]:
                    continue
                self.solved["small"] += 1
                found = question.outcome(self.problem, None, move.answer(view.barred, view.allowance))
                if found is not None and self._flipped(found):
                    out.setdefault(found.decided.key, found)
        return tuple(out.values())

    @cached_property
    def _own(self) -> tuple[Any, ...]:
        return self._prices(self.problem)

    def _prices(self, problem: PlacementProblem) -> tuple[Any, ...]:
        """Every elementary price of what may change, weighted; and of the rules that hold at a price."""
        question, weights = self.question, problem.scenario.weights
        move = question.move(problem)
        taken = [c for found in move.choices.values() for c in found]
        small = problem.changed(candidates=tuple(taken))
        numbers = range(len(taken))

        def of(prices: Mapping[str, float]) -> dict[str, float]:
            return {name: weights.get(name, 1.0) * yuan for name, yuan in prices.items()}

        return (
            [of(small.candidate_prices[i]) for i in numbers],
            {pair: of(small.machine_prices[pair]) for i in numbers for pair in small.machines_of(i)},
            {(c.system, c.disposition): of(small.fate_price(c.system, c.disposition)) for c in taken},
            {room: of({"rooms": small.costs.room(room)}) for i in numbers for room in small.room_kept_by(i)},
            {
                (kind.kind, pool): of(small.host_price(kind.kind, pool))
                for pool in sorted(move.pools)
                for kind in small.hosts_of(pool)
            },
            {rule.name(): rule.soft for rule in question.rules(problem) if rule.soft is not None},
        )
