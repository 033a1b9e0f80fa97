"""The words of another choice of hosts: what it costs more or less, what else changes, or which rules refuse it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from cloudplan.explain.forced import NOTHING, Alone, Answer
from cloudplan.explain.places import joined
from cloudplan.explain.refit import Wish, other_hosts
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Both, Line, line, listed, said, worded
from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.state import State

SMALL = 0.5
"""Differences below are rounding; yuan a year."""
PRICED = frozenset(f"explain.other.{kind}" for kind in ("equal", "dearer", "cheaper", "cheaper.anew"))
"""What is said of alternatives that no rule refuses."""
HOSTS_NAMED = 6
"""How many changes of a pool's hosts are named in a line."""

OF_TERM = {
    "reuse": ("reuse_warranty_yuan_per_year", "reuse_transport_yuan", "reuse_wipe_yuan"),
    "energy": ("electricity_yuan_per_kwh",),
    "operation": ("host_operation_yuan_per_year",),
    "licence": ("host_licence_yuan_per_socket_year",),
    "space": ("rack_unit_yuan_per_year",),
    "rooms": ("room_default_yuan_per_year",),
}
"""Prices behind each term of what hosts and rooms cost, as :mod:`cloudplan.costs` applies them; a host's own is its
type's."""


def asked(view: View, what: Both, wish: Wish, known: str = "", **values: Any) -> Line:
    """Ask for other hosts, and say what comes of it.

    Parameters
    ----------
    view
        The plan.
    what
        The wish, in words.
    wish
        What is asked of the hosts.
    known
        The server that it is about: the reader knows of it.
    values
        Further values of the line, for other programs.
    """
    alone = other_hosts(view, wish)
    cheaper = alone.answer is not None and alone.answer.cost < view.cost - SMALL
    return told(view, what, alone, known, cheapest(view, wish.anew) if cheaper else None, **values)


@lru_cache(maxsize=64)
def cheapest(view: View, pools: frozenset[str]) -> float | None:
    """What the cheapest hosts of some pools would make of the plan's cost, with nothing asked of them; yuan a year."""
    answer = other_hosts(view, Wish((), pools)).answer
    return None if answer is None else min(answer.cost, view.cost)


def told(view: View, what: Both, alone: Alone, known: str = "", base: float | None = None, **values: Any) -> Line:
    """Say what an alternative costs a year more or less, and what else changes; or which rules refuse it.

    Parameters
    ----------
    view
        The plan.
    what
        The alternative, in words.
    alone
        What came of it.
    known
        The server that it is about: the reader knows of it.
    base
        Cost of the plan with the hosts concerned chosen anew, nothing asked of them; yuan a year.
    values
        Further values of the line, for other programs.
    """
    if alone.answer is None:
        return refused(what, alone.broken, **values)
    difference = alone.answer.cost - view.cost
    values |= {"what": what, "changes": _changes(view, alone.answer.state, known)}
    if abs(difference) < SMALL:
        return line("other.equal", **values)
    values["terms"] = terms_of(view, alone.answer)
    values["prices"] = behind(view, alone.answer)
    if difference > 0:
        return line("other.dearer", **values, yuan=difference)
    if base is not None and alone.answer.cost - base >= SMALL:
        net, free = alone.answer.cost - base, view.cost - base
        return line("other.cheaper.anew", **values, yuan=-difference, free=free, net=net)
    return line("other.cheaper", **values, yuan=-difference)


def refused(what: Both, reasons: Iterable[Finding], **values: Any) -> Line:
    """Say which rules refuse an alternative, each in its own words."""
    found = tuple(reasons)
    if not found:
        return line("other.none", what=what, **values)
    told_of = [said("explain.not.reason", reason=worded(f), name=_by(f)) for f in found]
    rules = ",".join(dict.fromkeys(f.rule for f in found if f.rule))
    refusals = tuple((f.rule, f.message) for f in found)
    return line("other.refused", rules, what=what, reasons=joined(told_of), refusals=refusals, **values)


def _by(finding: Finding) -> Both:
    return rule_name(finding.rule) if finding.rule else said("explain.not.packing")


def terms_of(view: View, answer: Answer) -> Both:
    """By how much each term differs from the plan's, the largest first; together the whole difference."""
    return listed([part for _, _, part in _terms(view, answer)])


def _terms(view: View, answer: Answer) -> list[tuple[str, float, Both]]:
    """By how much each term differs from the plan's, weighted; the largest first."""
    weights, own = view.plan.scenario.weights, view.terms
    found = [
        (name, weights.get(name, 1.0) * (yuan - own[name]), "explain.force.term", said(f"costs.term.{name}"))
        for name, yuan in answer.terms.items()
    ]
    found.append(("missed", answer.missed - view.missed_cost, "explain.force.missed", NOTHING))
    largest = sorted((part for part in found if abs(part[1]) >= SMALL), key=lambda part: -abs(part[1]))
    return [(name, yuan, said(message, term=term, yuan=yuan)) for name, yuan, message, term in largest]


def behind(view: View, answer: Answer, most: int = 2) -> Both:
    """Name the prices on which a difference hangs, those of its largest terms, by their mark, each with its value."""
    found: dict[str, tuple[Both, list[Both]]] = {}
    for name, _, _ in _terms(view, answer)[:most]:
        if name == "purchase":
            prices = [_host_price(view, kind) for kind in _bought_otherwise(view, answer.state)]
        else:
            prices = [_price(view, price) for price in OF_TERM.get(name, ())]
        for price, basis in prices:
            found.setdefault(str(basis), (basis, []))[1].append(price)
    marked = [said("explain.other.prices", prices=listed(named), basis=basis) for basis, named in found.values()]
    return listed(marked) if marked else NOTHING


def _bought_otherwise(view: View, now: State) -> list[str]:
    counts = [Counter(h.kind for h in s.hosts.values() if h.source == "purchased") for s in (view.state, now)]
    return [kind for kind in view.problem.capacity.purchasable if counts[0][kind] != counts[1][kind]]


def _host_price(view: View, kind: str) -> tuple[Both, Both]:
    name, value = said("explain.input.host_price", kind=kind), view.problem.costs.purchase_yuan(kind)
    price = said("explain.other.price", name=name, value=value, unit=said("explain.input.yuan"))
    return price, label("price_basis", view.plan.inventory["host_types"].at[kind, "price_basis"])


def _price(view: View, price: str) -> tuple[Both, Both]:
    """Word a price with its value and unit, and its mark."""
    row: Any = view.plan.inventory["prices"].loc[price]
    stated = price in view.plan.scenario.prices
    basis = said("explain.other.by_scenario") if stated else label("price_basis", row["basis"])
    unit = {"zh-CN": f" {row['unit']}", "en": said("explain.input.yuan")["en"]}
    value, name = view.problem.costs.prices[price], said(f"assumptions.{price}")
    return said("explain.other.price", name=name, value=value, unit=unit), basis


def _changes(view: View, now: State, known: str) -> Both:
    """Say, pool by pool, which hosts another choice has instead of the plan's."""
    parts = []
    for pool in view.problem.clusters:
        swaps = list(_swaps(view.state, now, pool, known))
        if swaps:
            more = [said("explain.other.more", count=len(swaps) - HOSTS_NAMED)] if len(swaps) > HOSTS_NAMED else []
            named = listed([*swaps[:HOSTS_NAMED], *more])
            parts.append(said("explain.other.pool", pool=view.pool(pool), swaps=named))
    return said("explain.other.changes", changes=joined(parts)) if parts else NOTHING


def _swaps(was: State, now: State, pool: str, known: str) -> Iterator[Both]:
    """Servers that come or go, and types that are bought more or less."""
    had, has = (
        [h.kind for h in state.hosts.values() if h.pool == pool and h.source != "purchased" and h.kind != known]
        for state in (was, now)
    )
    yield from (said("explain.other.comes", server=server) for server in has if server not in had)
    yield from (said("explain.other.goes", server=server) for server in had if server not in has)
    before, after = (
        Counter(h.kind for h in state.hosts.values() if h.pool == pool and h.source == "purchased")
        for state in (was, now)
    )
    for kind in sorted(before | after):
        if before[kind] != after[kind]:
            yield said("explain.other.bought", kind=kind, was=before[kind], now=after[kind])


def noted(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Say first how prices are reckoned, where some lines state one."""
    priced = any(told.message in PRICED for told in lines)
    return (line("other.once"), *lines) if priced else tuple(lines)


def nearest(lines: Iterable[Line]) -> Iterator[Line]:
    """Say which alternatives cost the same; else by what the cheapest lost, and on which prices that hangs."""
    told = list(lines)
    equal = [x.values["what"] for x in told if x.message == "explain.other.equal"]
    dearer = [x for x in told if x.message == "explain.other.dearer"]
    if equal:
        yield line("other.as_good", what=listed(equal))
    elif dearer:
        values = dict(min(dearer, key=lambda x: float(x.values["yuan"])).values)
        yield line("other.decided", **{key: values[key] for key in ("what", "yuan", "terms", "prices")})
