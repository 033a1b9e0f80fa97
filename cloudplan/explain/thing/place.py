"""Pools without hosts of their own: what they are, what is there and by which rule, and why nothing else is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from cloudplan.capacity import Pool
from cloudplan.costs import PREFIX, SERVICE, missing_prices
from cloudplan.explain.thing import assumed, site
from cloudplan.explain.thing.elsewhere import elsewhere, seat_of
from cloudplan.explain.thing.places import PRICED, joined, kind_of
from cloudplan.explain.thing.prices import price_of
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Both, Line, Section, line, listed, said, worded
from cloudplan.inventory.schema import label
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.dispositions import ground
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals, refusals_of

NAMED = 3
"""Systems that are named of many, and components that are priced of those that could come."""
TRIED = 9
"""Components that are tried for those prices: not every one may come by itself."""


def explain_place(view: View, pool: str, members: Collection[str]) -> Iterator[Section]:
    """Explain a pool that is no cluster: what it is and costs, by which rule its systems are there, why no others."""
    there = view.problem.capacity.pools[pool]
    title = line("pool.title", pool=view.pool(pool))
    if there.kind == "today" and there.site is not None:
        title = line("pool.title_today", pool=pool, room=view.name("rooms", there.site))
    yield Section(title, tuple(_what(view, there, members)))
    yield Section(line("place.there"), tuple(_by_rule(view, members)))
    if there.kind == "today":
        return
    yield why_not(view, pool)
    if there.kind != "superior":
        yield assumed.section(assumed.of_prices(view))


def why_not(view: View, pool: str) -> Section:
    """Say why other components are not in a pool, or, of a target that is closed, what would come if it were open."""
    there = view.problem.capacity.pools[pool]
    if there.kind != "superior" and there.target_kind not in view.problem.scenario.targets.open:
        return Section(line("place.closed.title"), tuple(_if_open(view, there)))
    return Section(line("place.not.title"), tuple(_others(view, pool)))


def _what(view: View, there: Pool, members: Collection[str]) -> Iterator[Line]:
    """What kind of pool it is, where and since when, and what it costs a year."""
    yield line(f"place.kind.{there.kind}", kind=label("target_kind", there.target_kind), room=there.site)
    if there.available_from is not None:
        yield line("pool.opens", date=there.available_from.isoformat())
    if there.zones:
        zones, level = listed([view.zone(zone) for zone in there.zones]), there.filed_level
        arch = None if there.arch is None else label("arch", there.arch)
        yield line("pool.what" if arch else "place.carries", arch=arch, level=level, zones=zones)
    if there.kind == "colocation":
        yield from _colocated(view, there)
    if there.kind == "service":
        yield from _service(view, there, members)


def _colocated(view: View, there: Pool) -> Iterator[Line]:
    """Machines that are carried there, the rack units that they take and what those cost; and the room's own limits."""
    problem = view.problem
    servers = sorted(server for server, pool in problem.machines_at(problem.taken(view.state)) if pool == there.pool)
    units = float(sum(problem.inventory["servers"]["height_u"][server] for server in servers))
    price, basis = price_of(view, "colocation_u_yuan_per_year")
    yuan = problem.costs.colocation(units)
    yield line("place.machines", count=len(servers), units=units, yuan=yuan, price=price, basis=basis)
    if there.site is not None:
        yield line("place.room", room=view.name("rooms", there.site), id=there.site)
        yield from site.told(view, there.site)


def _service(view: View, there: Pool, members: Collection[str]) -> Iterator[Line]:
    """Its fees, what its members pay, and the storage that it offers."""
    stated = view.problem.costs.prices
    named = [f"{PREFIX[there.target_kind]}_{name}" for name in SERVICE if there.target_kind in PREFIX]
    marked: dict[str, tuple[Both, list[Both]]] = {}
    for price, basis in (price_of(view, name) for name in named if name in stated):
        marked.setdefault(str(basis), (basis, []))[1].append(price)
    if marked:
        prices = [said("explain.other.prices", prices=listed(some), basis=basis) for basis, some in marked.values()]
        yield line("place.fees", prices=listed(prices))
    if members:
        yield line("place.paid", count=len(members), yuan=_fee(view.problem, there.pool, members))
    for tier, gib in there.storage.items():
        if gib < float("inf"):
            yield line("place.storage", tier=said(f"explain.resource.storage_{tier}_gib"), gib=gib)


def _fee(problem: PlacementProblem, pool: str, names: Iterable[str]) -> float:
    """What components pay in a cloud bought as a service; yuan a year."""
    first = {c.component: number for number, c in reversed(list(enumerate(problem.candidates))) if c.pool == pool}
    return sum(problem.candidate_prices[first[name]].get("services", 0.0) for name in names if name in first)


def _by_rule(view: View, members: Collection[str]) -> Iterator[Line]:
    """Say by which ordered rule the systems of some components are there, the most first."""
    problem = view.problem
    if not members:
        yield line("pool.empty")
        return
    systems = list(dict.fromkeys(problem.components[name].system for name in members))
    yield line("place.count", components=len(members), systems=len(systems))
    found: dict[tuple[str, str], list[str]] = {}
    for system in systems:
        found.setdefault((problem.options[system].rule, view.state.dispositions.get(system, "")), []).append(system)
    for (rule, disposition), some in sorted(found.items(), key=lambda item: -len(item[1])):
        yield line("place.by_rule", rule, count=len(some), decided=ground(rule), examples=_examples(view, some),
                   disposition=disposition_words(disposition), systems=tuple(some))  # fmt: skip


def _examples(view: View, systems: Iterable[str]) -> Both:
    return listed([said("explain.room.system", system=s, name=view.name("systems", s)) for s in islice(systems, NAMED)])


def _others(view: View, pool: str) -> Iterator[Line]:
    """Say of all other components why they are not there: no way leads there, a rule refuses it, or the cost."""
    found = _sorted_out(view.problem, view.refusals, pool, {c for c, s in view.state.seats.items() if s.pool == pool})
    yield from _shut_out(found)
    if found.free:
        yield line("place.free", count=len(found.free))
        tried = (_priced(view, name, pool) for name in found.free[:TRIED])
        yield from islice((told for told in tried if told is not None), NAMED)


@dataclass(frozen=True)
class _Found:
    """Components by what keeps them from a pool.

    Parameters
    ----------
    no_way, refused
        By the ordered rule that leads them elsewhere, and by each rule that refuses all their places there.
    free
        Those that could be there.
    """

    no_way: Mapping[str, list[str]]
    refused: Mapping[str, list[str]]
    free: tuple[str, ...]


def _sorted_out(problem: PlacementProblem, refusals: Refusals, pool: str, there: Collection[str]) -> _Found:
    no_way: dict[str, list[str]] = {}
    refused: dict[str, list[str]] = {}
    free = []
    for name, numbers in problem.by_component.items():
        if name in there:
            continue
        own = [i for i in numbers if problem.candidates[i].pool == pool]
        if not own:
            no_way.setdefault(problem.options[problem.components[name].system].rule, []).append(name)
        elif all(refusals.candidate[i] for i in own):
            given = [{f.rule for f in refusals.candidate[i]} for i in own]
            for rule in sorted(set.intersection(*given) or set.union(*given)):  # of several those that alone would do
                refused.setdefault(rule, []).append(name)
        else:
            free.append(name)
    return _Found(no_way, refused, tuple(free))


def _shut_out(found: _Found) -> Iterator[Line]:
    """Count components to which no way leads there, by the rule that decides, and those that rules refuse."""
    for what, by_rule, named in (("no_way", found.no_way, ground), ("refused", found.refused, rule_name)):
        if by_rule:
            ranked = sorted(by_rule.items(), key=lambda item: -len(item[1]))
            parts = [said("explain.place.part", name=named(rule), count=len(names)) for rule, names in ranked]
            count = len({name for names in by_rule.values() for name in names})
            yield line(f"place.{what}", ",".join(rule for rule, _ in ranked), count=count, rules=listed(parts))


def _priced(view: View, name: str, pool: str) -> Line | None:
    """Say what a component that could be there would cost there; ``None`` where it would not do by itself."""
    here = seat_of(view, view.problem.components[name])
    told = [x for x in elsewhere(view, here, [pool], False).found if isinstance(x, Line) and kind_of(x) in PRICED]
    if not told:
        return None
    values = {"component": name, "here": view.pool(here.pool), "yuan": told[0].values.get("yuan", 0.0)}
    terms = told[0].values.get("terms")
    return line(f"place.{kind_of(told[0])}", **values, terms=terms)


def _if_open(view: View, there: Pool) -> Iterator[Line]:
    """Say which key opens it, and who could come then, at which fee; and who could not, and why."""
    yield line("place.closed.key", kind=label("target_kind", there.target_kind), key=there.target_kind)
    opened = _opened(view, there.target_kind)
    if opened is None:
        missing = missing_prices(view.plan.inventory, _with(view, there.target_kind))
        yield line("place.closed.unpriced", prices=joined([worded(finding) for finding in missing]))
        return
    problem, refusals = opened
    found = _sorted_out(problem, refusals, there.pool, ())
    if found.free:
        systems = {problem.components[name].system for name in found.free}
        values: dict[str, Any] = {"count": len(found.free), "systems": len(systems)}
        if there.kind == "service":
            yield line("place.closed.could", **values, yuan=_fee(problem, there.pool, found.free))
        else:
            yield line("place.closed.could_stand", **values)
        yield line("place.closed.compare")
    else:
        yield line("place.closed.nobody")
    yield from _shut_out(found)


def _with(view: View, kind: str) -> Any:
    targets = view.plan.scenario.targets
    return view.plan.scenario.model_copy(update={"targets": targets.model_copy(update={"open": (*targets.open, kind)})})


@lru_cache(maxsize=4)
def _opened(view: View, kind: str) -> tuple[PlacementProblem, Refusals] | None:
    """The plan's problem with one more kind of target open; ``None`` where prices are missing for it."""
    scenario = _with(view, kind)
    if missing_prices(view.plan.inventory, scenario):
        return None
    problem = problem_of(view.plan.inventory, scenario, view.plan.earlier)
    return problem, refusals_of(problem, view.rules)
