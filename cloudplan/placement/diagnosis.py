"""One infeasible model, asked many questions: which rules collide, on what, and what would have to give.

An infeasible linear relaxation is a proof and is asked first; a feasible one is none, so that the mixed-integer model
confirms it within a limit of nodes. Each of its answers is held against every slot of the week, as
:func:`cloudplan.placement.solve.solve` does: what a state breaks joins the model, and the question is asked anew. Where
the limit runs out, what was to be dropped is kept, and said not to be proven needed.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyomo.environ as pyo

from cloudplan.placement.model import build_model
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import state_of
from cloudplan.placement.rows import FEASIBLE, INFEASIBLE, UNDECIDED, Least, Part, Rows, Shortfall
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.rules.capacity import add_slots, violated_slots
from cloudplan.relief import Ease, Relief, Together
from cloudplan.state import State

NODES = 200
"""Branch-and-bound nodes a question; most are answered at the root."""


@dataclass(frozen=True)
class Grant:
    """What must give at least, and what it frees.

    Parameters
    ----------
    amounts
        Rule → relief → amount.
    choices
        Relief → the refused choices that a placement with the least relief takes.
    whole
        Whether hosts and choices are whole; else the amounts are those of the relaxation, and may not be enough.
    proven
        Whether nothing less in sum would do.
    state
        That placement, where it is whole.
    """

    amounts: Mapping[str, Mapping[Relief, float]]
    choices: Mapping[Relief, tuple[Any, ...]]
    whole: bool
    proven: bool
    state: State | None


class Diagnosis:
    """An infeasible model of which rules, parts of them and systems can be left out.

    Parameters
    ----------
    problem, rules, refusals
        What was asked, the hard rules, and what they refuse of it.
    allowance
        Share by pool by which demand is enlarged, because packing found the sum too kind.
    barred
        Pairs (server, pool) that the waves found can't be had in time.
    """

    def __init__(
        self,
        problem: PlacementProblem,
        rules: Sequence[PlacementRule],
        refusals: Refusals,
        allowance: Mapping[str, float] | None = None,
        barred: Collection[tuple[str, str]] = (),
    ) -> None:
        self.problem, self._refusals = problem, refusals
        self.rules = {rule.name(): rule for rule in rules}
        self.allowance, self.barred = dict(allowance or {}), frozenset(barred)
        free = Refusals(candidate=tuple(() for _ in problem.candidates))
        self.model = build_model(problem, rules, free, _slots(problem), self.allowance, tight=False)
        for pair in self.barred:
            self.model.reuse[pair].fix(0)
        self._refused: dict[str, list[tuple[str, Any, Any]]] = {}
        for i, reasons in enumerate(refusals.candidate):
            candidate = problem.candidates[i]
            for name in {said.rule for said in reasons}:
                self._refused.setdefault(name, []).append((candidate.system, candidate, self.model.place[i]))
        for pair, reasons in refusals.server.items():
            for name in {said.rule for said in reasons}:
                self._refused.setdefault(name, []).append((pair[0], pair, self.model.reuse[pair]))
        refused: dict[str, dict[str, list[Any]]] = {}
        for name, found in self._refused.items():
            for subject, _, variable in found:
                refused.setdefault(name, {}).setdefault(subject, []).append(variable)
        eases = {name: self._rows_of(name) for name in self.rules}
        self.rows = Rows(self.model, refused, eases, NODES, problem.scenario.seed)
        self._of_choices = cache(self._choices_of)
        self.unsure, self.ran_out, self._until = False, False, math.inf

    def surely_infeasible(
        self, active: Collection[str], off: Collection[Part] = (), absent: Collection[str] = ()
    ) -> bool:
        """Whether the relaxation alone proves that some rules can't be kept together."""
        return self.rows.feasible(active, False, off, absent) == INFEASIBLE

    def infeasible(self, active: Collection[str], off: Collection[Part] = (), absent: Collection[str] = ()) -> bool:
        """Whether some rules can't be kept together; ``unsure`` turns true where the search ran out."""
        if self.surely_infeasible(active, off, absent):
            return True
        while True:
            answer = self.rows.feasible(active, True, off, absent)
            if answer == UNDECIDED:
                self.unsure = True
            if answer != FEASIBLE or "capacity" not in active:
                return answer == INFEASIBLE
            self.rows.read_back()
            dropped = {subject for name, subject in off if name == "capacity"}
            if not self._add(violated_slots(self.problem, state_of(self.model, self.problem), self.allowance), dropped):
                return False

    def least(
        self,
        givers: Collection[str],
        active: Collection[str],
        within: Mapping[str, Mapping[Relief, float]] | None = None,
        firm: Mapping[str, Collection[str]] | None = None,
        relaxed: bool = True,
    ) -> Grant | None:
        """Least that some rules must give in weighted sum (:meth:`Rule.weighs`), so that the others hold.

        Parameters
        ----------
        givers
            Rules that give.
        active
            Rules that hold, the givers among them.
        within
            Further rules that give freely, up to these amounts.
        firm
            Rule → systems to which it gives nothing.
        relaxed
            Whether to ask the relaxation where the search finds no way in whole numbers.

        Returns
        -------
        Grant or None
            ``None`` where these rules alone can't mend it, or, ``ran_out``, a limit ended the search before that was
            known.
        """
        within, firm = within or {}, firm or {}
        self.ran_out = False
        if self.rows.steps >= self._until:
            self.ran_out = True
            return None
        for whole in (True, False) if relaxed else (True,):
            found = self._least([*givers, *within], active, within, firm, whole)
            self.ran_out |= self.rows.ran_out
            if found is not None:
                return found
        return None

    def cut(self, allowance: Mapping[str, float], barred: Collection[tuple[str, str]]) -> Diagnosis:
        """Ask the same with demand enlarged and servers barred."""
        again = Diagnosis(self.problem, tuple(self.rules.values()), self._refusals, allowance, barred)
        again.limit(self._until - self.rows.steps)
        return again

    def limit(self, steps: float) -> None:
        """Let the searches for the least, from now on, take so many steps in all."""
        self._until = self.rows.steps + steps

    def _least(
        self,
        givers: Sequence[str],
        active: Collection[str],
        within: Mapping[str, Mapping[Relief, float]],
        firm: Mapping[str, Collection[str]],
        whole: bool,
    ) -> Grant | None:
        allowed = {relief: amount * (1 + 1e-9) for amounts in within.values() for relief, amount in amounts.items()}
        while True:
            eases: list[Ease] = []
            opened: dict[str, list[Any]] = {}
            owners: dict[Relief, dict[str, None]] = {}
            for name in givers:
                own = self._rows_of(name)
                for ease, subject, variable in self._of_choices(name):
                    if subject not in firm.get(name, ()):
                        own.append(ease)
                        opened.setdefault(name, []).append(variable)
                eases += own
                for ease in own:
                    if ease.relief is not None:
                        owners.setdefault(ease.relief, {}).setdefault(name)
            most = {r: allowed.get(r, 0.0) for r, names in owners.items() if all(n in within for n in names)}
            weight = {r: self.rules[next(iter(names))].weighs(self.problem, r) for r, names in owners.items()}
            short = self.rows.shortfall(active, eases, whole, opened, Least(most, weight))
            if short is None or not whole:
                return None if short is None else self._grant(short, owners, {}, None)
            state = state_of(self.model, self.problem)
            granted = {r.subject: v for r, v in (*most.items(), *short.amounts.items()) if r.resource == "cpu"}
            over = violated_slots(self.problem, state, self.allowance, granted=granted)
            if "capacity" not in active or not self._add(over, ()):
                taken: dict[Relief, tuple[Any, ...]] = {}
                for name in givers:
                    for relief, choice in self._freed(name, firm):
                        taken[relief] = (*taken.get(relief, ()), choice)
                return self._grant(short, owners, taken, state)

    def _grant(
        self,
        short: Shortfall,
        owners: Mapping[Relief, Iterable[str]],
        taken: Mapping[Relief, tuple[Any, ...]],
        state: State | None,
    ) -> Grant:
        amounts: dict[str, dict[Relief, float]] = {}
        for relief, amount in short.amounts.items():
            for name in owners[relief]:
                amounts.setdefault(name, {})[relief] = amount
        return Grant(amounts, taken, state is not None, short.proven, state)

    def _freed(self, name: str, firm: Mapping[str, Collection[str]]) -> Iterator[tuple[Relief, Any]]:
        """Refused choices that the last answer takes, with what frees them."""
        for subject, choice, variable in self._refused.get(name, ()):
            if pyo.value(variable) > 0.5 and subject not in firm.get(name, ()):
                for relief, _ in self.rules[name].gives(self.problem, choice):
                    yield relief, choice

    def _choices_of(self, name: str) -> list[tuple[Ease, str, Any]]:
        """For each choice that a rule refuses: the rows that take the refusal's place."""
        return [
            (Ease(relief, 1.0 / amount, Together([variable], 0.0)), subject, variable)
            for subject, choice, variable in self._refused.get(name, ())
            for relief, amount in self.rules[name].gives(self.problem, choice)
        ]

    def refuses(self, name: str, given: Relief) -> bool:
        """Whether a relief frees refused choices, not rows."""
        return any(ease.relief == given for ease, _, _ in self._of_choices(name))

    def only_choices(self, names: Iterable[str]) -> bool:
        """Whether rules only refuse choices: none of their rows may be missed by a quantity."""
        return not any(self._rows_of(name) for name in names)

    def _rows_of(self, name: str) -> list[Ease]:
        return list(self.rules[name].eases(self.model.rule[name], self.model, self.problem))

    def _add(self, wanted: set[tuple[str, int]], dropped: Collection[str]) -> bool:
        """Write the slots that an answer breaks; whether there were any."""
        wanted = {(pool, slot) for pool, slot in wanted if pool not in dropped}
        if not wanted:
            return False
        block = self.model.rule["capacity"]
        add_slots(block, self.model, self.problem, wanted)
        self.rows.add("capacity", block.slot.values(), self._rows_of("capacity"))
        return True


def _slots(problem: PlacementProblem) -> tuple[int, ...]:
    """Slots at which all that might stand in a pool, in a zone, of a level or of an architecture peaks."""
    groups: dict[Any, Any] = {}
    seen = {(candidate.pool, candidate.component) for candidate in problem.candidates}
    keys: list[tuple[Any, str]] = [(key, name) for key, name in seen if key in problem.clusters]
    for name, c in problem.components.items():
        keys += [((c.zone, c.arch, c.level), name), ("all", name)]
    for key, name in keys:
        groups[key] = groups.get(key, 0.0) + problem.cpu_use(name)
    return tuple(sorted({int(np.argmax(use)) for use in groups.values()}))
