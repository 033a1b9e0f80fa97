"""The prices on which the difference between the plan and an alternative hangs: named, with their values and marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cloudplan.assumptions import prices_of
from cloudplan.explain.settled import SMALL, Answer, priced
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import NOTHING, Both, listed, said
from cloudplan.inventory.schema import label
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.soft import penalties
from cloudplan.state import State

OF_TERM: Mapping[str, tuple[str, ...]] = {
    "purchase": (),
    "reuse": ("reuse_warranty_yuan_per_year", "reuse_transport_yuan", "reuse_wipe_yuan"),
    "energy": ("electricity_yuan_per_kwh",),
    "operation": ("host_operation_yuan_per_year",),
    "licence": ("host_licence_yuan_per_socket_year",),
    "space": ("rack_unit_yuan_per_year", "colocation_u_yuan_per_year"),
    "rooms": ("room_default_yuan_per_year",),
    "services": (
        "city_vcpu_yuan_per_month", "city_memory_gib_yuan_per_month", "city_storage_gib_yuan_per_month",
        "region_vcpu_yuan_per_month", "region_memory_gib_yuan_per_month", "region_storage_gib_yuan_per_month",
    ),
    "storage": (
        "storage_high_gib_yuan_per_year", "storage_normal_gib_yuan_per_year", "storage_object_gib_yuan_per_year",
    ),
    "local_copy": ("office_copy_gib_yuan_per_year", "city_storage_gib_yuan_per_month"),
    "adaptation": (
        "adaptation_yuan_per_effort_1", "adaptation_yuan_per_effort_2", "adaptation_yuan_per_effort_3",
        "adaptation_yuan_per_effort_4", "rewrite_yuan_per_system",
    ),
    "migration": ("migration_yuan_per_system", "migration_yuan_per_workload", "relocation_yuan_per_u"),
}  # fmt: skip
"""Prices that may enter each term, as :mod:`cloudplan.costs` and the placement problem apply them.

What a host costs to buy is its type's own price; a room's yearly cost is mostly the room's own.
"""
MISSED = "missed"
"""What stands for a term where soft rules are missed otherwise than in the plan."""

_Named = tuple[Both, Both]
"""A price with its value, and its mark."""


def differences(view: View, answer: Answer) -> list[tuple[str, float]]:
    """By how much each term differs from the plan's, weighted, and what is missed of soft rules; the largest first."""
    weights, own = view.plan.scenario.weights, view.terms
    found = [(name, weights.get(name, 1.0) * (yuan - own[name])) for name, yuan in answer.terms.items()]
    found.append((MISSED, answer.missed - view.missed_cost))
    return sorted((part for part in found if abs(part[1]) >= SMALL), key=lambda part: -abs(part[1]))


def behind(view: View, answer: Answer, most: int = 2) -> Both:
    """Name the prices on which a difference hangs, those of its largest terms, by their mark, each with its value."""
    found: dict[str, tuple[Both, list[Both]]] = {}
    for term, _ in differences(view, answer)[:most]:
        for price, basis in _of_term(view, term, answer):
            found.setdefault(str(basis), (basis, []))[1].append(price)
    marked = [said("explain.other.prices", prices=listed(named), basis=basis) for basis, named in found.values()]
    return listed(marked) if marked else NOTHING


def _of_term(view: View, term: str, answer: Answer) -> Iterator[_Named]:
    if term == "purchase":
        yield from (_host_price(view, kind) for kind in _bought_otherwise(view, answer.state))
        return
    if term == MISSED:
        yield from _soft(view, answer)
        return
    yield from (price_of(view, name) for name in moving(view, term, answer))
    if term == "rooms":
        yield from _own_rooms(view, answer)


def moving(view: View, term: str, answer: Answer) -> list[str]:
    """Prices that make a term differ: at nothing they would change the difference; those that do so most first."""
    prices = prices_of(view.plan.inventory, view.plan.scenario)
    stated = [name for name in OF_TERM[term] if prices.get(name)]
    difference = answer.terms[term] - view.terms[term]
    effects = {}
    for name in stated:
        problem, own = _at_nothing(view, name)
        without = priced(problem, answer.state, ()).terms[term] - own[term]
        effects[name] = abs(difference - without)
    return sorted((name for name in stated if effects[name] >= SMALL), key=lambda name: -effects[name])


@lru_cache(maxsize=64)
def _at_nothing(view: View, price: str) -> tuple[PlacementProblem, Mapping[str, float]]:
    """The plan's problem with one price at nothing, and the plan's terms then."""
    costs = view.problem.costs
    problem = view.problem.changed(costs=replace(costs, prices={**costs.prices, price: 0.0}))
    return problem, priced(problem, view.state, ()).terms


def _bought_otherwise(view: View, now: State) -> list[str]:
    counts = [Counter(h.kind for h in s.hosts.values() if h.source == "purchased") for s in (view.state, now)]
    return [kind for kind in view.problem.capacity.purchasable if counts[0][kind] != counts[1][kind]]


def _host_price(view: View, kind: str) -> _Named:
    name, value = said("explain.input.host_price", kind=kind), view.problem.costs.purchase_yuan(kind)
    price = said("explain.other.price", name=name, value=value, unit=said("explain.input.yuan"))
    return price, label("price_basis", view.plan.inventory["host_types"].at[kind, "price_basis"])


def _own_rooms(view: View, answer: Answer) -> Iterator[_Named]:
    """Yearly costs, as surveyed, of rooms that are open only in the plan or only in the answer."""
    rooms = [p.rooms_open(p.taken(s)) for p, s in ((view.problem, view.state), (answer.problem, answer.state))]
    for room in sorted(rooms[0] ^ rooms[1]):
        own: Any = view.plan.inventory["rooms"].at[room, "yearly_cost_yuan"]
        if own == own:
            name = said("explain.input.yearly_cost_yuan", room=view.name("rooms", room))
            price = said("explain.other.price", name=name, value=float(own), unit=said("explain.input.yuan_a"))
            yield price, said("explain.room.by_survey")


def _soft(view: View, answer: Answer) -> Iterator[_Named]:
    """Prices of the soft rules that the answer misses otherwise than the plan."""
    was, now = (penalties(p, view.rules, s)
                for p, s in ((view.problem, view.state), (answer.problem, answer.state)))  # fmt: skip
    for rule in view.rules:
        if abs(was.get(rule.name(), 0.0) - now.get(rule.name(), 0.0)) >= SMALL:
            name = said("explain.input.soft", rule=rule_name(rule.name()))
            unit = said("explain.input.yuan_a")
            yield said("explain.other.price", name=name, value=rule.soft, unit=unit), said("explain.other.by_scenario")


def price_of(view: View, price: str) -> _Named:
    """Word a price with its value and unit, and its mark."""
    rows, stated = view.plan.inventory["prices"], price in view.plan.scenario.prices
    row: Any = rows.loc[price] if price in rows.index else {"unit": ""}  # a scenario may state what the table doesn't
    basis = said("explain.other.by_scenario") if stated else label("price_basis", row["basis"])
    unit = {"zh-CN": f" {row['unit']}".rstrip(), "en": said("explain.input.yuan")["en"]}
    value, name = view.problem.costs.prices[price], said(f"assumptions.{price}")
    return said("explain.other.price", name=name, value=value, unit=unit), basis
