"""Which inputs flip a decision, and where: proposed by small re-solves, confirmed by large ones on both sides.

A *small* re-solve is the plan's model narrowed to the thing in question: its systems may become whatever the rules
let them, the hosts of the pools concerned are chosen anew, all else stays. A *large* one is the whole model. Either
gives an answer that can be had; the cheaper one is what comes out at a value.

With one price changing, every answer's cost is a straight line in it. The two lines of the decision and of what takes
its place cross at the proposed value; where a small re-solve finds a third answer there, its line takes the place of
one of them. A flip counts where the decision stands on the near side and another on the far side, :data:`MARGIN` apart,
by small and by large re-solves. Where small ones see no flip up to the end of the range, a large one is asked there,
in the direction that favours an alternative: what everybody would leave, one system alone may not.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.explain.decision import Standing, standing
from cloudplan.explain.forced import priced
from cloudplan.explain.inputs import Input
from cloudplan.explain.view import View
from cloudplan.findings import errors_in
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import refusals_of
from cloudplan.placement.solve import solve, violations
from cloudplan.state import State

Progress = Callable[[str, Mapping[str, Any]], None]
MARGIN = 0.005
"""Width, as a share of the value in force, between the two sides on which a flip is confirmed."""
STEPS = 8
"""Crossings that are tried for one input and direction."""
GAP = 1e-5
"""Relative gap of a small re-solve."""
SAME = 0.5
"""Differences below are none; yuan a year."""


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
    """

    view: View
    kind: str
    subject: str
    free: tuple[str, ...]
    anew: frozenset[str]

    def small(self, problem: PlacementProblem) -> State | None:
        """Re-solve what may change; ``None`` where nothing keeps the rules with all else as it is."""
        seats = self.view.state.seats.items()
        fates = self.view.state.dispositions
        kept = ((name, seat) for name, seat in seats if problem.components[name].system not in self.free)
        for name, seat in kept:
            if (name, fates[problem.components[name].system], seat.pool, seat.zone) not in problem.number:
                return None  # what stands there may not be there at all
        if any(host.kind not in problem.capacity.kinds for host in self.view.state.hosts.values()):
            return None
        move = Move(problem, self.view.rules, self.view.state, {}, self.free, self.anew, GAP)
        state = move.answer(self.view.late, self.view.allowance)
        return None if state is None or errors_in(violations(problem, self.view.rules, state)) else state

    def large(self, problem: PlacementProblem) -> State | None:
        """Re-solve the whole placement."""
        refusals = refusals_of(problem, self.view.rules)
        try:
            placed = solve(problem, self.view.rules, self.view.allowance, barred=self.view.late, refusals=refusals)
        except (Infeasible, NoAnswer):
            return None
        return placed.state

    def cost(self, problem: PlacementProblem, state: State) -> float:
        """Price a state as the plan's objective; yuan a year."""
        return priced(problem, state, self.view.rules).cost

    def outcome(self, problem: PlacementProblem, value: Any, *states: State | None) -> Outcome | None:
        """The cheapest of some answers at a value, the first where several are."""
        best: Outcome | None = None
        for state in states:
            if state is None:
                continue
            yuan = self.cost(problem, state)
            if best is None or yuan < best.cost - SAME:
                decided = standing(self.view, problem, state, self.kind, self.subject)
                best = Outcome(value, decided, state, yuan)
        return best


class Search:
    """Looks for the flips of one thing; counts what it solves.

    Parameters
    ----------
    question
        What is asked.
    problem
        The plan's problem.
    tell
        Told before each input.
    """

    def __init__(self, question: Question, problem: PlacementProblem, tell: Progress) -> None:
        self.question, self.problem, self.tell = question, problem, tell
        self.solved = {"small": 0, "large": 0}
        self.without: list[tuple[Input, Any]] = []
        """Positions of switches in which no plan was found at all."""
        view = question.view
        plan = question.outcome(problem, None, view.state)
        assert plan is not None
        self.plan = plan
        self.now = question.outcome(problem, None, view.state, self._small(problem)) or plan
        """What comes out with nothing changed: the plan's own decision, unless a small re-solve is cheaper."""

    def _small(self, problem: PlacementProblem) -> State | None:
        self.solved["small"] += 1
        return self.question.small(problem)

    def at(self, input_: Input, value: Any, deep: bool = False) -> Outcome | None:
        """What re-solving makes of a value; what stands now stays where it costs no more.

        Parameters
        ----------
        input_, value
            The input, and its value.
        deep
            Whether a large re-solve is asked too.
        """
        problem = input_.problem(self.problem, value)
        own = self.now.state if self._stands(problem) else None
        return self.question.outcome(problem, value, own, self._small(problem), self._large(problem) if deep else None)

    def _large(self, problem: PlacementProblem) -> State | None:
        self.solved["large"] += 1
        return self.question.large(problem)

    def _stands(self, problem: PlacementProblem) -> bool:
        """Whether what comes out now may still be taken."""
        state, problem_of = self.now.state, problem.components
        return all(
            (name, state.dispositions[problem_of[name].system], seat.pool, seat.zone) in problem.number
            for name, seat in state.seats.items()
        )

    def flips(self, input_: Input) -> list[Flip]:
        """Every flip of one input: at most one a direction, or one a position of a switch."""
        if input_.switch:
            return [flip for value in input_.tried if (flip := self._switched(input_, value)) is not None]
        ends = [end for end in input_.tried if abs(end - input_.value) > MARGIN * abs(input_.value)]
        return [flip for end in ends if (flip := self._crossed(input_, end)) is not None]

    def _switched(self, input_: Input, value: Any) -> Flip | None:
        problem = input_.problem(self.problem, value)
        own = self.now.state if self._stands(problem) and not input_.whole else None
        small = self._small(problem)
        far = self.question.outcome(problem, value, own, small)
        if far is not None and far.decided.key == self.now.decided.key:
            return None
        far = self.question.outcome(problem, value, small, self._large(problem))
        if far is None:
            self.without.append((input_, value))
            return None
        return None if far.decided.key == self.now.decided.key else Flip(input_, self.now, far, True)

    def _crossed(self, input_: Input, end: float) -> Flip | None:
        """Find the flip between the value in force and one end of the range, if there is one."""
        near = Outcome(input_.value, self.now.decided, self.now.state, self.now.cost)
        far = self.at(input_, end)
        if far is not None and self._flipped(far):
            near, far = self._closed_in(input_, near, far, False)
            if self._confirmed(input_, near) and self._confirmed(input_, far):
                return Flip(input_, near, far, True)
            near = Outcome(input_.value, self.now.decided, self.now.state, self.now.cost)
        elif not self._favours(input_, end):
            return None
        deepest = self.at(input_, end, deep=True)
        if deepest is None or not self._flipped(deepest):
            return None if far is None or not self._flipped(far) else Flip(input_, near, far, False)
        near, far = self._closed_in(input_, near, deepest, True)
        return Flip(input_, near, far, abs(far.value - near.value) <= 2.0 * MARGIN * abs(input_.value))

    def _flipped(self, outcome: Outcome) -> bool:
        return outcome.decided.key != self.now.decided.key

    def _favours(self, input_: Input, end: float) -> bool:
        """Whether some alternative gains on what stands now towards one end of the range."""
        if self.alternatives is None:
            return True
        problem = input_.problem(self.problem, end)
        here = self.question.cost(problem, self.now.state) - self.now.cost
        return any(self.question.cost(problem, other.state) - other.cost < here - SAME for other in self.alternatives)

    def _closed_in(self, input_: Input, near: Outcome, far: Outcome, deep: bool) -> tuple[Outcome, Outcome]:
        """Narrow the two sides of a flip by where the lines of their answers cross, until they are close."""
        step = MARGIN * abs(input_.value) / 2.0 * (1.0 if far.value > near.value else -1.0)
        for _ in range(STEPS):
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
        """Value between two others at which the costs of their two answers are equal; the middle if they aren't."""
        ends = (float(near.value), float(far.value))
        gaps = []
        for value in ends:
            problem = input_.problem(self.problem, value)
            gaps.append(self.question.cost(problem, near.state) - self.question.cost(problem, far.state))
        if gaps[0] >= 0.0 or gaps[1] <= 0.0:
            return (ends[0] + ends[1]) / 2.0
        return ends[0] + (ends[1] - ends[0]) * gaps[0] / (gaps[0] - gaps[1])

    def _confirmed(self, input_: Input, side: Outcome) -> bool:
        """Whether the whole model, solved anew, gives nothing cheaper that decides otherwise."""
        problem = input_.problem(self.problem, side.value)
        best = self.question.outcome(problem, side.value, side.state, self._large(problem))
        return best is not None and self._flipped(best) == self._flipped(side)

    def matters(self, input_: Input) -> bool:
        """Whether an input bears on the decision; thresholds and switches are always tried.

        Where the alternatives are known, it does if it changes by how much one of them is dearer; else, if it changes
        the price of anything that may change.
        """
        if input_.switch:
            return True
        for end in input_.tried:
            if abs(end - input_.value) > MARGIN * abs(input_.value):
                problem = input_.problem(self.problem, end)
                if self.alternatives is None:
                    return self._prices(problem) != self._own
                here = self.question.cost(problem, self.now.state)
                for other in self.alternatives:
                    if abs(self.question.cost(problem, other.state) - here - (other.cost - self.now.cost)) > SAME:
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
            move = Move(self.problem, view.rules, view.state, {}, question.free, question.anew, GAP)
            without = view.late | {(question.subject, pool) for pool in self.problem.clusters}
            self.solved["small"] += 1
            found = question.outcome(self.problem, None, move.answer(without, view.allowance))
            return None if found is None or found.decided.key == self.now.decided.key else (found,)
        if question.kind not in ("system", "component", "workload", "department"):
            return None
        out: dict[Hashable, Outcome] = {}
        for system in question.free:
            for name in self.problem.of_system[system]:
                seat, fate = self.now.state.seats.get(name), self.now.state.dispositions.get(system)
                every = (self.problem.candidates[i] for i in self.problem.by_component[name])
                others = tuple(c for c in every if seat is None or (c.pool, c.disposition) != (seat.pool, fate))
                move = Move(self.problem, view.rules, view.state, {name: others}, question.free, frozenset(), GAP)
                if not others or not move.choices[name]:
                    continue
                self.solved["small"] += 1
                found = question.outcome(self.problem, None, move.answer(view.late, view.allowance))
                if found is not None and found.decided.key != self.now.decided.key:
                    out.setdefault(found.decided.key, found)
        return tuple(out.values())

    @cached_property
    def _own(self) -> tuple[Any, ...]:
        return self._prices(self.problem)

    def _prices(self, problem: PlacementProblem) -> tuple[Any, ...]:
        """Every elementary price of what may change."""
        question = self.question
        move = Move(problem, question.view.rules, question.view.state, {}, question.free, question.anew)
        taken = [c for found in move.choices.values() for c in found]
        small = problem.changed(candidates=tuple(taken))
        numbers = range(len(taken))
        return (
            [dict(small.candidate_prices[i]) for i in numbers],
            {pair: dict(small.machine_prices[pair]) for i in numbers for pair in small.machines_of(i)},
            {(c.system, c.disposition): dict(small.fate_price(c.system, c.disposition)) for c in taken},
            {room: small.costs.room(room) for i in numbers for room in small.room_kept_by(i)},
            {
                (kind.kind, pool): dict(small.host_price(kind.kind, pool))
                for pool in sorted(move.pools)
                for kind in small.hosts_of(pool)
            },
        )
