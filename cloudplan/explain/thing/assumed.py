"""What a decision takes for granted: demand that nobody measured, prices that are invented, and the gap left open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from cloudplan.explain.thing.places import joined
from cloudplan.explain.view import View
from cloudplan.explain.words import Line, Section, line, said
from cloudplan.i18n import DEFAULT

DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
"""A date, as texts have it."""
DATED = frozenset(
    f"explain.{what}"
    for what in ("evidence", "system.reason", "change.line", "room.keeps", "room.lets_go", "clauses.not_met")
)
"""Where a date is one by which something is judged; the others are dates of the plan."""
OF_DEMAND = frozenset(f"explain.assumed.{what}" for what in ("cpu", "memory", "memory_declared", "storage", "network"))
"""What is said of the demand of some workloads."""


def section(lines: Iterable[Line]) -> Section:
    """Head what is taken for granted; people are told all about demand in one line."""
    every = tuple(lines)
    blind = [told for told in every if told.message in OF_DEMAND]
    if len(blind) < 2:
        return Section(line("assumed.title"), every)
    names = [told.message.rpartition(".")[2] for told in blind]
    counts = [told.values["count"] for told in blind]
    parts = [said(f"explain.assumed.part.{name}", count=count) for name, count in zip(names, counts, strict=True)]
    at, others = every.index(blind[0]), [told for told in every if told not in blind]
    others.insert(at, line("assumed.demand", total=blind[0].values["total"], parts=joined(parts)))
    return Section(line("assumed.title"), every, tuple(others))


def of_demand(view: View, rows: Sequence[int]) -> Iterator[Line]:
    """Say how many of some workloads have demand that nobody measured, by resource."""
    basis = view.problem.demand.basis
    for resource in ("cpu", "memory", "storage", "network"):
        blind = sum(basis[resource][row] == "assumed" for row in rows)
        if blind:
            yield line(f"assumed.{resource}", count=blind, total=len(rows))
    declared = sum(basis["memory"][row] == "declared" for row in rows)
    if declared:
        yield line("assumed.memory_declared", count=declared, total=len(rows))


def of_prices(view: View) -> Iterator[Line]:
    """Count the prices that are invented, where there are any."""
    prices = view.plan.inventory["prices"]
    invented = [
        str(p) for p in prices.index if prices.at[p, "basis"] == "invented" and p not in view.plan.scenario.prices
    ]
    hosts = int((view.plan.inventory["host_types"]["price_basis"] == "invented").sum())
    if invented or hosts:
        yield line("assumed.prices", count=len(invented), hosts=hosts)


def of_today(view: View, *sections: Section) -> Iterator[Line]:
    """Say from which day ages and lapses are reckoned, where evidence, a change or a clause states a date."""
    dated = [told for section in sections for told in section.lines if told.message in DATED]
    if any(DATE.search(told.text(DEFAULT)) for told in dated):
        yield line("assumed.today", today=view.plan.scenario.today.isoformat())


def of_gap(view: View) -> Iterator[Line]:
    """Say how far the plan may be from the best."""
    yield line("assumed.gap", gap=100.0 * float(view.plan.facts.get("gap") or 0.0))
