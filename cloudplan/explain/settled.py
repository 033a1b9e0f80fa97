"""What comes out where a few things change and all else stays: packed and priced, or what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cloudplan.clusters import packing_problem
from cloudplan.cuts import enlarged, left_over
from cloudplan.explain.view import View
from cloudplan.findings import Finding, errors_in
from cloudplan.packing.check import violations as packing_violations
from cloudplan.packing.pack import end_state, pack, unplaced_findings
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule
from cloudplan.placement.soft import penalties
from cloudplan.placement.solve import violations
from cloudplan.placement.terms import cost_by_term
from cloudplan.state import Seat, State

SMALL = 0.5
"""Differences below are rounding; yuan a year."""
ROUNDS = 4
"""How often hosts are chosen anew because packing, or the waves, could not do with them."""


@dataclass(frozen=True)
class Answer:
    """A state in which the forced move is made.

    Parameters
    ----------
    problem, state
        What was asked, under the locks; and the answer.
    terms
        Yearly cost by term; yuan, unweighted.
    missed
        What missing soft rules costs; yuan a year.
    cost
        Weighted sum of the terms, and what is missed, as the plan's objective; yuan a year.
    """

    problem: PlacementProblem
    state: State
    terms: Mapping[str, float]
    missed: float
    cost: float


@dataclass(frozen=True)
class Alone:
    """The move judged at once.

    Parameters
    ----------
    answer
        The cheapest that keeps every rule with all else as it is; ``None`` if there is none.
    refused
        Rules that refuse every seat of the pool for what is sent, or for its siblings.
    broken
        What the moved state breaks, where no choice of hosts mends it.
    in_time
        Whether the waves can have its hosts; ``None`` where nobody asked.
    """

    answer: Answer | None
    refused: tuple[Finding, ...] = ()
    broken: tuple[Finding, ...] = ()
    in_time: bool | None = None


def settled(view: View, move: Move, late: frozenset[tuple[str, str]]) -> Alone:
    """Answer a move so that every rule is kept and what its pools hold can be packed."""
    allowance = dict(view.allowance)
    whole = False
    seated: State | None = None
    for turn in range(ROUNDS):
        state = move.answer(late, allowance, whole)
        if state is None:
            break
        if errors_in(violations(move.problem, move.rules, state)):
            if whole:
                break
            whole = True  # a rule binds what looked uninvolved
            continue
        seated, missing = state, dict[str, float]()
        for answer in sorted(_with_hosts(view, move, state), key=lambda answer: answer.cost):
            failed = unpacked(view, move, answer.state)
            if not failed:
                return Alone(answer)
            if answer.state is state:
                missing = {pool: left for pool, (left, _) in failed.items()}
        hard = 2 * turn >= ROUNDS
        allowance |= {pool: enlarged(allowance.get(pool, 0.0), left if hard else 0.0) for pool, left in missing.items()}
    for moved in _moved(move)[:1] if seated is None else ():
        for answer in _with_hosts(view, move, moved)[1:]:
            if not unpacked(view, move, answer.state):
                return Alone(answer)
    return Alone(None, broken=_broken(view, move))


def _with_hosts(view: View, move: Move, state: State) -> list[Answer]:
    """An answer, and the same seats on the plan's own hosts where these do: they were had for less than sums ask."""
    as_it_is = replace(state, hosts=view.state.hosts)
    kept = (
        []
        if errors_in(violations(move.problem, move.rules, as_it_is))
        else [priced(move.problem, as_it_is, move.rules)]
    )
    return [priced(move.problem, state, move.rules), *kept]


def unpacked(view: View, move: Move, state: State) -> dict[str, tuple[float, tuple[Finding, ...]]]:
    """Pools whose workloads can't be packed on their hosts: the share of their demand left over, and why.

    A pool in which every workload can stay where the plan has it needs no packing.
    """
    failed = {}
    seated = view.host_of
    for pool in sorted(move.pools):
        question = packing_problem(move.problem, state, pool)
        if not question.workloads:
            continue
        stays = {w: seated[w] for w in question.workloads if seated.get(w) in question.offered}
        if len(stays) == len(question.workloads) and not packing_violations(question, end_state(question, stays)):
            continue
        packed = pack(question, fewest=False)
        if packed.unplaced:
            failed[pool] = (left_over(question, packed), unplaced_findings(question, packed))
    return failed


def priced(problem: PlacementProblem, state: State, rules: Sequence[PlacementRule]) -> Answer:
    """Price a state by the plan's own terms and weights, and by what it misses of the soft rules."""
    taken = tuple(problem.candidates[number] for number in problem.taken(state))
    terms, weights = cost_by_term(problem.changed(candidates=taken), state), problem.scenario.weights
    missed = sum(penalties(problem, rules, state).values())
    money = sum(weights.get(name, 1.0) * yuan for name, yuan in terms.items())
    return Answer(problem, state, terms, missed, money + missed)


def _moved(move: Move) -> list[State]:
    """The plan's state with each choice of what is sent, siblings on the first seat that goes with it."""
    out = []
    for fate in dict.fromkeys((c.disposition, c.target) for name in move.sent for c in move.choices[name]):
        seats, dispositions = dict(move.state.seats), dict(move.state.dispositions)
        for name, choices in move.choices.items():
            fitting = [c for c in choices if (c.disposition, c.target) == fate] or list(choices)
            if fitting:
                seats[name] = Seat(fitting[0].pool, fitting[0].zone)
                dispositions[fitting[0].system] = fitting[0].disposition
        out.append(replace(move.state, seats=seats, dispositions=dispositions))
    return out


def _broken(view: View, move: Move) -> tuple[Finding, ...]:
    """What the moved state breaks with the plan's own hosts, by every rule's own words; the least of all choices.

    Of several rules, those that alone stand in the way: without them some choice of hosts would do.
    """
    known = {str(said) for said in violations(move.problem, move.rules, view.state)}
    found = []
    for state in _moved(move):
        broken = [said for said in errors_in(violations(move.problem, move.rules, state)) if str(said) not in known]
        packing = [said for _, why in unpacked(view, move, state).values() for said in why] if not broken else []
        found.append((*broken, *packing))
    return in_the_way(view, move, min(found, key=len, default=()))


def in_the_way(view: View, move: Move, least: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Of reasons of several rules, those of the rules without which alone some choice of hosts would do."""
    named = {said.rule for said in least if said.rule}
    if len(named) > 1:
        less = {name: tuple(rule for rule in move.rules if rule.name() != name) for name in sorted(named)}
        enough = {name for name, rules in less.items() if replace(move, rules=rules).answer(view.late) is not None}
        least = tuple(said for said in least if said.rule in enough) or least
    return least
