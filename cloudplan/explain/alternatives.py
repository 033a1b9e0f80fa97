"""The words of another choice of hosts: what it costs more or less, what else changes, or which rules refuse it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from cloudplan.explain.elsewhere import joined
from cloudplan.explain.forced import NOTHING, Alone, Answer
from cloudplan.explain.refit import Wish, other_hosts
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import Both, Line, line, listed, said, worded
from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.state import State

SMALL = 0.5
"""Differences below are rounding; yuan a year."""
TERMS_NAMED, HOSTS_NAMED = 3, 6
"""How many terms of a difference, and how many changes of hosts, are named in a line."""

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


def asked(view: View, what: Both, wish: Wish, **values: Any) -> Line:
    """Ask for other hosts, and say what comes of it.

    Parameters
    ----------
    view
        The plan.
    what
        The wish, in words.
    wish
        What is asked of the hosts.
    values
        Further values of the line, for other programs.
    """
    return told(view, what, other_hosts(view, wish), **values)


def told(view: View, what: Both, alone: Alone, **values: Any) -> Line:
    """Say what an alternative costs a year more or less, and what else changes; or which rules refuse it."""
    if alone.answer is None:
        return refused(what, alone.broken, **values)
    difference = alone.answer.cost - view.cost
    values |= {"what": what, "changes": _changes(view, alone.answer.state)}
    if abs(difference) < SMALL:
        return line("other.equal", **values)
    values["terms"] = listed([part for _, _, part in _terms(view, alone.answer)][:TERMS_NAMED])
    values["prices"] = behind(view, alone.answer)
    if difference > 0:
        return line("other.dearer", **values, yuan=difference)
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
    """Name the prices on which a difference hangs, those of its largest terms, each with its value and its mark."""
    found: list[Both] = []
    for name, _, _ in _terms(view, answer)[:most]:
        if name == "purchase":
            found += [_host_price(view, kind) for kind in _bought_otherwise(view, answer.state)]
        found += [_price(view, price) for price in OF_TERM.get(name, ())]
    return listed(found) if found else NOTHING


def _bought_otherwise(view: View, now: State) -> list[str]:
    counts = [Counter(h.kind for h in s.hosts.values() if h.source == "purchased") for s in (view.state, now)]
    return [kind for kind in view.problem.capacity.purchasable if counts[0][kind] != counts[1][kind]]


def _host_price(view: View, kind: str) -> Both:
    types = view.plan.inventory["host_types"]
    name, basis = said("explain.input.host_price", kind=kind), label("price_basis", types.at[kind, "price_basis"])
    value = view.problem.costs.purchase_yuan(kind)
    return said("explain.other.price", name=name, value=value, unit=said("explain.input.yuan"), basis=basis)


def _price(view: View, price: str) -> Both:
    table = view.plan.inventory["prices"]
    stated = price in view.plan.scenario.prices
    basis = said("explain.other.by_scenario") if stated else label("price_basis", table.at[price, "basis"])
    unit = {"zh-CN": f" {table.at[price, 'unit']}", "en": said("explain.input.yuan")["en"]}
    value, name = view.problem.costs.prices[price], said(f"assumptions.{price}")
    return said("explain.other.price", name=name, value=value, unit=unit, basis=basis)


def _changes(view: View, now: State) -> Both:
    """Say which hosts another choice has instead of the plan's."""
    parts = list(_swaps(view, now))
    if not parts:
        return NOTHING
    more = [said("explain.other.more", count=len(parts) - HOSTS_NAMED)] if len(parts) > HOSTS_NAMED else []
    return said("explain.other.changes", changes=listed([*parts[:HOSTS_NAMED], *more]))


def _swaps(view: View, now: State) -> Iterator[Both]:
    """Servers that come, go or serve elsewhere, and hosts that are bought more or less."""
    was, pool_of = view.state.hosts, {name: host.pool for name, host in now.hosts.items()}
    for name, host in now.hosts.items():
        if host.source != "purchased" and (name not in was or was[name].pool != host.pool):
            yield said("explain.other.serves", server=name, pool=view.pool(host.pool))
    for name, host in was.items():
        if host.source != "purchased" and name not in pool_of:
            yield said("explain.other.leaves", server=name, pool=view.pool(host.pool))
    counts = [
        Counter((h.pool, h.kind) for h in state.hosts.values() if h.source == "purchased") for state in (view.state, now)
    ]
    for pool, kind in sorted(counts[0] | counts[1]):
        before, after = counts[0][pool, kind], counts[1][pool, kind]
        if before != after:
            yield said("explain.other.bought", pool=view.pool(pool), kind=kind, was=before, now=after)


def nearest(lines: Iterable[Line]) -> Iterator[Line]:
    """Say by what the cheapest alternative lost, and on which prices that hangs."""
    dearer = [told for told in lines if told.message == "explain.other.dearer"]
    if dearer:
        values = dict(min(dearer, key=lambda told: float(told.values["yuan"])).values)
        yield line("other.decided", **{key: values[key] for key in ("what", "yuan", "terms", "prices")})
