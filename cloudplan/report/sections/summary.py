"""One minute: what the plan reaches, how good it provably is, and how far its figures can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from cloudplan.findings import errors_in
from cloudplan.report import numbers
from cloudplan.report.charts import bars
from cloudplan.report.charts.theme import AFTER, CAUTION
from cloudplan.report.section import Card, Cell, Figure, Point, Section, Table, View

FIRST = (
    "rooms_closed",
    "consolidation_ratio",
    "released_servers",
    "released_server_ratio",
    "cpu_mean",
    "cpu_p95",
    "energy_kwh_saved",
    "co2_t_saved",
)
"""Figures shown as cards, where the plan has them; all others stand in a table, in the plan's own order."""

BASES = ("measured", "declared", "assumed")


def section(view: View) -> Section:
    """Write the summary."""
    kpis = view.plan.facts.get("kpis", {})
    return Section(
        "summary",
        view.say("summary.title"),
        _headline(view),
        points=(*_proof(view), *_trust(view)),
        cards=(*_cards(view), *(_card(view, name, kpis[name]) for name in FIRST if name in kpis)),
        figures=_evidence(view),
        tables=_others(view, kpis),
    )


def _others(view: View, kpis: Mapping[str, Any]) -> tuple[Table, ...]:
    """Put every figure that has no card into a table."""
    rows: list[tuple[Cell, ...]] = []
    for name, kpi in kpis.items():
        if name not in FIRST:
            card, (_, _, interval) = _card(view, name, kpi), _figures(view, kpi)
            rows.append((card.label, card.value, card.unit, " – ".join(interval), card.basis))
    return (view.table("kpis", rows, (1,), folded=len(rows) > 12),) if rows else ()


def _headline(view: View) -> str:
    inventory, kpis = view.plan.inventory, view.plan.facts.get("kpis", {})
    known = {name: kpis.get(name, {}).get("value") for name in ("servers_before", "released_servers")}
    parts = [
        view.say(
            "summary.headline",
            departments=view.count(len(inventory["departments"])),
            rooms=view.count(view.departmental_rooms),
            closed=view.count(len(view.closures)),
            servers=view.dash if known["servers_before"] is None else view.count(int(known["servers_before"])),
            released=view.dash if known["released_servers"] is None else view.count(int(known["released_servers"])),
            hosts=view.count(len(view.frame("hosts"))),
        )
    ]
    if view.yearly is not None:
        before, after = view.yearly
        message = "summary.cheaper" if after <= before else "summary.dearer"
        parts.append(view.say(message, before=view.money(before), after=view.money(after)))
    return view.say("join").join(parts) + view.say("stop")


def _cards(view: View) -> list[Card]:
    """Cards that every plan has, whatever figures were reckoned."""
    cards = []
    waves = view.frame("waves")
    if len(waves):
        first, last = waves["window_start"].astype(str).min(), waves["window_end"].astype(str).max()
        cards.append(
            Card(
                view.say("card.waves"),
                view.count(waves["wave"].nunique()),
                view.say("unit.waves"),
                numbers.months(first, last, view.language),
            )
        )
    if view.yearly is not None:
        before, after = view.yearly
        (figure,), unit = numbers.quantities([view.yearly_after], "yuan/a", view.language)
        cards.insert(
            0,
            Card(
                view.say("card.cost"),
                figure,
                unit,
                view.say("card.cost_detail", before=view.money(before), after=view.money(after)),
                view.say("basis.invented_some") if view.invented else "",
                "soft" if view.invented else "",
            ),
        )
    return cards


def _card(view: View, name: str, kpi: Mapping[str, Any]) -> Card:
    value, unit, interval = _figures(view, kpi)
    detail = view.say("card.interval", low=interval[0], high=interval[1]) if interval else ""
    basis = str(kpi.get("basis") or "")
    soft = "soft" if basis in ("assumed", "invented") else ""
    return Card(view.word(f"gains.kpi.{name}", name), value, unit, detail, view.basis(basis), soft)


def _figures(view: View, kpi: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    """Write a figure: its value, its unit, and the ends of its interval; no ends where it has none."""
    given = {key: float(kpi[key]) for key in ("value", "low", "high") if not numbers.missing(kpi.get(key))}
    figures, unit = numbers.quantities(list(given.values()), str(kpi.get("unit") or ""), view.language)
    shown = dict(zip(given, figures, strict=True))
    wide = "low" in given and "high" in given and given["low"] != given["high"]
    value = shown.get("value", view.dash)
    return value, unit if "value" in shown else "", (shown["low"], shown["high"]) if wide else ()


def _proof(view: View) -> list[Point]:
    """Say objective, bound and gap in words, and whether the answer was checked."""
    facts, points = view.plan.facts, []
    if not any(numbers.missing(facts.get(name)) for name in ("objective", "bound", "gap")):
        objective, bound, gap = (float(facts[name]) for name in ("objective", "bound", "gap"))
        message = "proof.exact" if gap < 5e-7 else "proof.gap"
        text = view.say(
            message,
            objective=view.money(objective),
            bound=view.money(bound),
            gap=view.percent(gap),
            slack=view.money(objective - bound),
        )
        after = [cost["after"] for cost in facts.get("costs", {}).values()]
        total = None if any(numbers.missing(value) for value in after) else sum(after)
        if total is not None and view.money(total) != view.money(objective):
            text += view.say("proof.differs", total=view.money(total))
        points.append(Point(view.say("proof.label"), text, "proof"))
    status = str(facts.get("status", ""))
    if status and status != "optimal":
        points.append(Point(view.say("proof.status_label"), view.word(f"report.status.{status}", status), "caution"))
    errors = errors_in(view.plan.findings)
    message = "proof.violated" if errors else "proof.kept"
    points.append(
        Point(view.say("proof.rules_label"), view.say(message, errors=len(errors)), "fault" if errors else "proof")
    )
    return points


def _trust(view: View) -> list[Point]:
    points = []
    demand = view.frame("demand")
    cpu = demand[demand["resource"] == "cpu"]
    if len(cpu):
        share = {basis: (cpu["basis"] == basis).mean() for basis in BASES}
        text = view.say("trust.demand", **{basis: numbers.percent(float(value)) for basis, value in share.items()})
        points.append(Point(view.say("trust.demand_label"), text, "caution" if share["assumed"] > 0 else ""))
    if view.invented:
        points.append(Point(view.say("trust.prices_label"), view.say("trust.prices", count=view.invented), "caution"))
    return points


def _evidence(view: View) -> tuple[Figure, ...]:
    demand = view.frame("demand")
    if not len(demand):
        return ()
    counts = demand.groupby(["resource", "basis"], sort=False).size()
    parts = []
    for resource in dict.fromkeys(demand["resource"]):
        total = counts[resource].sum()
        for basis in BASES:
            share = float(counts.get((resource, basis), 0)) / total
            parts.append(bars.Part(view.resource(resource), view.basis(basis), share, numbers.percent(share, 0)))
    kinds = [view.basis(basis) for basis in BASES]
    colours = (AFTER, "#8fb8d6", CAUTION)
    draw = partial(bars.shares, parts, kinds, colours, (True, False, True))
    return (Figure("evidence", view.say("trust.caption"), draw, view.say("trust.note")),)
