"""Why a component isn't elsewhere: every reason, and what each free place would cost; the cheapest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cloudplan.explain.settled import SMALL, settled
from cloudplan.explain.thing.alternatives import changed, terms_of
from cloudplan.explain.thing.places import PRICED, Elsewhere, Refused, joined, kind_of, rank, rules_of
from cloudplan.explain.thing.prices import behind
from cloudplan.explain.view import View, blank, said_by
from cloudplan.explain.words import NOTHING, Both, Line, alike, line, listed, merged, one_of, said, worded
from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement.dispositions import CLOUD, ground
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.moved import Move
from cloudplan.placement.problem import Candidate, Component
from cloudplan.state import State

MOVES = CLOUD | {"RELOCATE"}
"""Dispositions that lead into a pool."""


def elsewhere(view: View, here: Candidate, pools: Sequence[str], asked: bool) -> Elsewhere:
    """Say why a component is in none of some pools.

    Parameters
    ----------
    view
        The plan.
    here
        Where the component stands.
    pools
        Those to speak of.
    asked
        Whether somebody asked about this one pool.
    """
    found = [x for pool in pools for x in _why_not(view, here, pool, asked)]
    found += _no_way(view, here.system, pools, here)
    if any(kind_of(x) in PRICED for x in found):
        found.append(line("not.once"))
    return Elsewhere(here.component, tuple(sorted(found, key=rank)), bool(here.pool))


def nothing_runs(view: View, system: str, pools: Sequence[str]) -> Iterator[Line]:
    """Say of a system without a running component why it is in none of some pools."""
    yield line("not.nothing_runs", system=system)
    yield from alike(told for pool in pools for told in _shut(view, pool))
    if not MOVES.intersection(view.problem.options[system].allowed):
        yield from _no_way(view, system, pools)


def free_of(view: View, component: str) -> list[Candidate]:
    """Choices of a component that no rule refuses."""
    numbers = view.problem.by_component[component]
    return [view.problem.candidates[i] for i in numbers if not view.refusals.candidate[i]]


def seat_of(view: View, component: Component) -> Candidate:
    """Where a component stands in the end; in no pool where it runs no more."""
    row = view.row("components", "component", component.component) or {"pool": "", "target": "", "zone": ""}
    decided = view.row("dispositions", "system", component.system)
    disposition = "" if decided is None else str(decided["disposition"])
    pool, target = ("" if blank(row[key]) else str(row[key]) for key in ("pool", "target"))
    zone = component.zone if blank(row["zone"]) else str(row["zone"])
    return Candidate(component.component, component.system, disposition, target, pool, zone)


def known(view: View, here: Candidate) -> bool:
    """Whether a seat is still among the choices."""
    return (here.component, here.disposition, here.pool, here.zone) in view.problem.number


def _why_not(view: View, here: Candidate, pool: str, asked: bool) -> Iterator[Line | Refused]:
    """Every reason why a component isn't in a pool (or in another zone of its own), or what it would cost there."""
    problem, name = view.problem, view.pool(pool)
    if pool == here.pool and asked:
        yield line("not.here", pool=name)
    numbers = [i for i in problem.by_component[here.component] if problem.candidates[i].pool == pool]
    if not numbers and pool != here.pool:
        yield from _shut(view, pool)
    own = [i for i in numbers if (pool, problem.candidates[i].zone) == (here.pool, here.zone)]
    yield from _refused(view, here, own, name, _ways({problem.candidates[i].disposition for i in own}, here))
    others = [i for i in numbers if i not in own]
    yield from _refused(view, here, others, said("explain.not.own") if pool == here.pool else name, None)
    free = [problem.candidates[i] for i in numbers if not view.refusals.candidate[i] and problem.candidates[i] != here]
    ways: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in free:
        ways.setdefault((candidate.disposition, candidate.target), []).append(candidate)
    for choices in ways.values():
        yield from _dearer(view, here, choices)


def _shut(view: View, pool: str) -> Iterator[Line]:
    """Say why a pool takes in nothing: it is a room as it is today, or the scenario doesn't open its target."""
    there = view.problem.capacity.pools[pool]
    if there.kind == "today":
        yield line("not.today", pool=view.pool(pool))
    elif there.target_kind not in view.problem.scenario.targets.open:
        yield line("not.closed", pool=view.pool(pool), kind=label("target_kind", there.target_kind))


def _otherwise(name: Both, dispositions: set[str], here: Candidate) -> Both:
    """Name a pool with what would become of the system there, where that is not what becomes of it here."""
    ways = _ways(dispositions, here)
    return name if ways is None else said("explain.not.otherwise", pool=name, ways=ways)


def _in_case(words: Both, dispositions: set[str], here: Candidate) -> Both:
    """Say of a place what the whole system would have to become for it, where that is not what becomes of it."""
    ways = _ways(dispositions, here)
    return words if ways is None else said("explain.not.in_case", words=words, ways=ways)


def _ways(dispositions: set[str], here: Candidate) -> Both | None:
    if not dispositions or here.disposition in dispositions:
        return None
    return listed([disposition_words(code) for code in sorted(dispositions)])


def _refused(view: View, here: Candidate, numbers: list[int], name: Both, ways: Both | None) -> Iterator[Refused]:
    """Gather every reason against some candidates of one pool."""
    groups = _grouped(view, numbers)
    if groups:
        candidates = [view.problem.candidates[i] for i in numbers]
        zones = {zone: view.zone(zone) for zone in dict.fromkeys(c.zone for c in candidates)}
        full = view.pool(candidates[0].pool)
        yield Refused(here.component, candidates[0].pool, name, full, ways, zones, tuple(groups))


def _grouped(view: View, numbers: list[int]) -> list[tuple[Finding, tuple[str, ...]]]:
    """Reasons against some candidates, those that differ in nothing but the zone as one, each with its zones."""
    found = merged((said, view.problem.candidates[i].zone) for i in numbers for said in view.refusals.candidate[i])
    return [(view.named(finding), zones) for finding, zones in found]


def _no_way(view: View, system: str, pools: Sequence[str], here: Candidate | None = None) -> Iterator[Line]:
    """Pools to which nothing that may become of the system leads, seen from where a component of it stands."""
    problem, options = view.problem, view.problem.options[system]
    numbers = () if here is None else problem.by_component[here.component]
    offered = {problem.candidates[i].pool for i in numbers} | (set() if here is None else {here.pool})
    away = [
        view.pool(name)
        for name in pools
        if name not in offered
        and (there := problem.capacity.pools[name]).kind != "today"
        and there.target_kind in problem.scenario.targets.open
    ]
    if away:
        ways, reason = one_of([disposition_words(code) for code in options.allowed]), worded(options.reason)
        yield line(
            "not.disposition", options.rule, pools=listed(away), ways=ways, reason=reason, decided=ground(options.rule)
        )


def _dearer(view: View, here: Candidate, choices: list[Candidate]) -> Iterator[Line]:
    """Say what free choices of one pool and disposition would cost at once, and who would have to follow."""
    other, zones = choices[0], listed([view.zone(choice.zone) for choice in choices])
    name = view.pool(other.pool) if other.pool != here.pool else said("explain.not.same")
    values: dict[str, Any] = {"pool": name, "pool_id": other.pool, "name": name, "zone": zones}
    move = Move(view.problem, view.rules, view.state, {here.component: tuple(choices)})
    if (other.disposition, other.target) != (here.disposition, here.target):
        fate = (other.disposition, other.target)
        for sibling in view.problem.of_system[here.system]:
            if sibling != here.component and all((c.disposition, c.target) != fate for c in free_of(view, sibling)):
                yield line("not.sibling", **values, disposition=disposition_words(other.disposition), sibling=sibling)
                return
        values["disposition"] = disposition_words(other.disposition)
        values["same_disposition"] = other.disposition == here.disposition
        values["target"] = view.name("targets", other.target)
        yield line("not.whole", **values)
        values["pool"] = _otherwise(name, {other.disposition}, here)
    if not known(view, here):
        return
    once = settled(view, move, view.late)
    if once.answer is None:
        groups = [(finding, (other.zone,)) for finding in once.broken]
        said_of = [said("explain.not.reason", reason=view.worded(f), name=said_by(f)) for f in once.broken]
        values["refusals"] = tuple((f.rule, f.message, zones) for f, zones in groups)
        yield line("not.together", rules_of(groups), **values, reasons=joined(said_of))
        return
    seat = once.answer.state.seats[here.component]
    values |= {"component": here.component, "zone": view.zone(seat.zone)}
    ways = {other.disposition}
    values["place"] = _in_case(said("explain.not.place", pool=name, zone=values["zone"]), ways, here)
    named = said("explain.not.place", pool=view.pool(other.pool), zone=values["zone"])
    moved = said("explain.not.moved", component=here.component, place=named)
    values |= {"what": _in_case(moved, ways, here), "prices": behind(view, once.answer)}
    changes = [*_follow(view, once.answer.state, here), *changed(view, once.answer.state)]
    difference = once.answer.cost - view.cost
    if abs(difference) < SMALL:
        aside = said("explain.not.aside", changes=joined(changes)) if changes else NOTHING
        values["lock"] = _lock(here, other)
        yield line("not.equal", **values, changes=aside)
        return
    values["changes"] = said("explain.other.changes", changes=joined(changes)) if changes else NOTHING
    values |= {"yuan": abs(difference), "terms": terms_of(view, once.answer)}
    yield line("not.dearer" if difference > 0 else "not.cheaper", **values)


def _lock(here: Candidate, other: Candidate) -> Both | None:
    """Word the lock that keeps a component where it is rather than elsewhere; ``None`` where only the zone differs."""
    if here.disposition != other.disposition:
        return said("explain.other.as_good.lock_way", component=here.component, pool=here.pool,
                    disposition=here.disposition)  # fmt: skip
    same = (here.pool, here.target) == (other.pool, other.target)
    return None if same else said("explain.other.as_good.lock", component=here.component, pool=here.pool)


def _follow(view: View, now: State, here: Candidate) -> Iterator[Both]:
    """Say which other components of the system move too, and where to."""
    for name in view.problem.of_system[here.system]:
        was, seat = view.state.seats.get(name), now.seats.get(name)
        if name != here.component and seat is not None and seat != was:
            same = was is not None and seat.pool == was.pool
            pool = said("explain.not.same") if same else view.pool(seat.pool)
            place = said("explain.not.place", pool=pool, zone=view.zone(seat.zone))
            yield said("explain.not.moved", component=name, place=place)
