"""Systems without a choice: each of their fates has a component whose every seat some rule refuses.

It is a proof about one system alone: single choices are counted, no sums. Rules are dropped in turn; those without
which the system would have a choice remain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from cloudplan.placement.dispositions import GONE
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals
from cloudplan.relief import irreducible

Sets = tuple[tuple[str, ...], ...]
"""Sets of rules that collide; the last of each is the first that may give."""


def collisions(
    names: Sequence[str],
    infeasible: Callable[[Collection[str]], bool],
    proof: Callable[[Collection[str]], bool] | None = None,
    reverse: bool = False,
) -> Iterator[tuple[str, ...]]:
    """Irreducible sets, until nothing collides once the last rule of each set has given way.

    Parameters
    ----------
    names, infeasible
        As in :func:`irreducible`.
    proof
        A cheaper judge, whose yes can be relied on: what it alone can drop is dropped first.
    reverse
        Whether the last names are dropped first; in what remains they still come last.
    """
    left = list(names)
    while left and infeasible(left):
        less = irreducible(left, proof) if proof is not None and proof(left) else left
        needed = irreducible(less[::-1] if reverse else less, infeasible)
        kept = tuple(name for name in left if name in needed)
        if not kept:
            return
        yield kept
        left.remove(kept[-1])


def blocked(
    problem: PlacementProblem,
    refusals: Refusals,
    order: Callable[[str], tuple[int, str]],
    systems: Sequence[str] | None = None,
) -> Mapping[str, Sets]:
    """Find the systems without a choice.

    Parameters
    ----------
    problem, refusals
        What is asked, and what the rules refuse of it.
    order
        Sorts rules: those that may give come last.
    systems
        Those that are looked at; all where absent.

    Returns
    -------
    Mapping
        System → sets of rules that leave it no choice; none where no rule is to blame.
    """
    out: dict[str, Sets] = {}
    for system, fates in problem.fates.items() if systems is None else ((s, problem.fates[s]) for s in systems):
        # for each fate: the components, for each of them the sets of rules that refuse its seats
        reasons = [_refusing(problem, refusals, system, fate) for fate in fates]
        names = sorted(
            {rule for fate in reasons for seats in fate.values() for seat in seats for rule in seat}, key=order
        )
        if not _has_choice(reasons, names):
            free = _has_choice(reasons, ())
            # what may give is dropped first: of two rules that refuse alike a standard is named, not the policy
            out[system] = tuple(collisions(names, partial(_stuck, reasons), reverse=True)) if free else ()
    return out


def _refusing(
    problem: PlacementProblem, refusals: Refusals, system: str, fate: tuple[str, str]
) -> dict[str, list[set[str]]]:
    out: dict[str, list[set[str]]] = {}
    if fate[0] in GONE:
        return out
    for name in problem.of_system[system]:
        numbers = [
            i
            for i in problem.by_component[name]
            if (problem.candidates[i].disposition, problem.candidates[i].target) == fate
        ]
        out[name] = [{said.rule for said in refusals.candidate[i]} for i in numbers]
    return out


def _has_choice(reasons: list[dict[str, list[set[str]]]], names: Collection[str]) -> bool:
    """Whether some fate has a free seat for each of its components, under the named rules."""
    return any(all(any(seat.isdisjoint(names) for seat in seats) for seats in fate.values()) for fate in reasons)


def _stuck(reasons: list[dict[str, list[set[str]]]], names: Collection[str]) -> bool:
    return not _has_choice(reasons, names)
