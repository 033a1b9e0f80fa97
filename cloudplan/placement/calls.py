"""Flows between components, as several rules look at them: by the zones in which their two ends stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cloudplan.placement.choice import arrives
from cloudplan.placement.problem import Call, PlacementProblem
from cloudplan.state import State

Barred = Callable[[PlacementProblem, Call, str, str], bool]
"""Whether a call may not pass from one zone to another."""
Ends = dict[tuple[str, bool], list[int]]
"""Candidates of a component by the zone they stand in, and whether they arrive there."""


def rows_of_calls(
    model: Any, problem: PlacementProblem, barred: Barred, each: bool
) -> Iterator[tuple[tuple[int, str, bool], Any]]:
    """Rows that keep the two ends of every call out of zones between which it is barred.

    at[source, z] + Σ at[target, z'] ≤ 1 over the zones z' barred from z; calls of which neither end moves are not
    judged.

    Parameters
    ----------
    model, problem
        The model with its candidates, and what they mean.
    barred
        What the rule bars.
    each
        Whether every call has rows of its own; else calls with the same rows share them.

    Yields
    ------
    tuple
        (Number of the call, zone of its source, whether the source arrives there), and the row.
    """
    written: set[tuple[tuple[int, ...], int]] = set()
    ends = _ends(model, problem)
    for number, call in enumerate(problem.calls):
        sources, targets = _end(ends, call.source, call.source_zone), _end(ends, call.target, call.target_zone)
        for (zone, moved), numbers in sources.items():
            against: list[int | None] = [
                i
                for (other, arrived), found in targets.items()
                if (moved or arrived) and barred(problem, call, zone, other)
                for i in ((*found,) or (None,))
            ]
            if not against:
                continue
            # an end outside has no variable: its seat is certain
            outside = (not numbers) + (against == [None])
            row = tuple(sorted({*numbers, *(i for i in against if i is not None)}))
            if not row or (not each and (row, outside) in written):
                continue
            written.add((row, outside))
            taken = sum(model.place[i] for i in numbers) + sum(model.place[i] for i in against if i is not None)
            yield (number, zone, moved), taken <= 1 - outside


def pairs_of_calls(
    model: Any, problem: PlacementProblem, barred: Barred
) -> Iterator[tuple[Call, str, str, list[Any], int]]:
    """Say the same pair of zones by pair of zones: finer, and weaker as a relaxation.

    Yields
    ------
    tuple
        The call, the zones of its source and its target, the variables of those that stand there, and how many of
        them may be 1; calls of one kind with the same variables only once.
    """
    ends = _ends(model, problem)
    written: set[tuple[str, str, str, tuple[int, ...]]] = set()
    for call in problem.calls:
        for (zone, moved), numbers in _end(ends, call.source, call.source_zone).items():
            for (other, arrived), found in _end(ends, call.target, call.target_zone).items():
                both = tuple(sorted({*numbers, *found}))
                key = (zone, other, call.kind, both)
                if both and key not in written and (moved or arrived) and barred(problem, call, zone, other):
                    written.add(key)
                    yield call, zone, other, [model.place[i] for i in both], 1 - (not numbers) - (not found)


def standing_calls(problem: PlacementProblem, state: State) -> Iterator[tuple[Call, str, str]]:
    """Calls of which both ends stand somewhere in a state and one has moved, with the zones of the two."""
    for call in problem.calls:
        source, target = _zone(state, call.source, call.source_zone), _zone(state, call.target, call.target_zone)
        if source is None or target is None:
            continue
        if any(_arrived(problem, state, end) for end in (call.source, call.target)):
            yield call, source, target


def _ends(model: Any, problem: PlacementProblem) -> dict[str, Ends]:
    ends: dict[str, Ends] = {}
    for i in model.place:
        candidate = problem.candidates[i]
        key = (candidate.zone, arrives(problem, candidate))
        ends.setdefault(candidate.component, {}).setdefault(key, []).append(i)
    return ends


def _end(ends: dict[str, Ends], component: str | None, zone: str | None) -> Ends:
    return {(zone or "", False): []} if component is None else ends.get(component, {})


def _zone(state: State, component: str | None, zone: str | None) -> str | None:
    if component is None:
        return zone
    seat = state.seats.get(component)
    return None if seat is None else seat.zone


def _arrived(problem: PlacementProblem, state: State, component: str | None) -> bool:
    if component is None:
        return False
    pool = problem.capacity.pools.get(state.seats[component].pool)
    return pool is not None and pool.kind != "today" and pool.target_kind != "superior"
