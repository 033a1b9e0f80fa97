"""Yearly cost by term, before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cloudplan.report import numbers
from cloudplan.report.charts import bars
from cloudplan.report.section import Cell, Figure, Point, Section, View, rows_of
from cloudplan.rule import titled


def section(view: View) -> Section:
    """Write about costs."""
    title, costs = view.say("costs.title"), view.plan.facts.get("costs", {})
    if view.yearly is None:
        return Section("costs", title, view.say("costs.none"))
    before, after = view.yearly
    share = numbers.percent(abs(after - before) / before) if before else view.dash
    message = "costs.headline" if after <= before else "costs.headline_dearer"
    headline = view.say(
        message,
        before=view.money(before),
        after=view.money(after),
        change=view.money(abs(after - before)),
        share=share,
        total=view.money(view.yearly_after),
    )
    frame = view.frame("costs")
    bases = {str(row.term): view.basis(row.basis) for row in rows_of(frame[frame["stage"] == "before"])}
    changes = [
        bars.Change(
            view.word(f"costs.term.{term}", term),
            cost["before"] or 0.0,
            cost["after"],
            _end(view, cost["before"]),
            _end(view, cost["after"]),
        )
        for term, cost in costs.items()
        if cost["before"] or cost["after"]
    ]
    rows: list[tuple[Cell, ...]] = [
        (
            view.word(f"costs.term.{term}", term),
            view.dash if cost["before"] is None else view.money(cost["before"]),
            view.money(cost["after"]),
            view.dash if cost["before"] is None else _signed(view, cost["after"] - cost["before"]),
            bases.get(term, "") or view.dash,
        )
        for term, cost in costs.items()
    ]
    known = view.say("costs.comparable")
    rows.append((known, view.money(before), view.money(after), _signed(view, after - before), ""))
    rows.append((view.say("costs.total"), view.dash, view.money(view.yearly_after), view.dash, ""))
    draw = partial(bars.changes, changes, view.say("use.before"), view.say("use.after"))
    return Section(
        "costs",
        title,
        headline,
        points=(*_worth(view), *_invented(view)),
        figures=(Figure("costs", view.say("costs.caption"), draw),) if changes else (),
        tables=(view.table("costs", rows, (1, 2, 3), short=True),),
        notes=(view.say("costs.note"), *_objective(view, costs), *_penalties(view)),
    )


def _worth(view: View) -> Iterator[Point]:
    """Say what the plan is worth over the horizon against going on as today, at which assumed rate and prices."""
    facts, frame = view.plan.facts.get("value"), view.frame("cashflow")
    if not facts or not len(frame):
        return
    npv = float(view.plan.facts["kpis"]["npv_saving"]["value"])
    named = view.frame("assumptions")
    source = [view.basis(source) for source in named[named["name"] == "discount_rate"]["source"]]
    text = view.say(
        "costs.worth_saved" if npv >= 0 else "costs.worth_lost",
        first=str(facts["first_year"]),
        last=str(frame["year"].max()),
        npv=view.money(abs(npv)),
        rate=view.percent(facts["discount_rate"]),
        source=source[0] if source else view.basis("default"),
    )
    if view.invented:
        text += view.say("costs.worth_invented", count=view.invented)
    yield Point(view.say("costs.worth_label"), text)


def _invented(view: View) -> Iterator[Point]:
    if view.invented:
        yield Point(view.say("trust.prices_label"), view.say("trust.prices", count=view.invented), "caution")


def _end(view: View, yuan: float | None) -> str:
    """Words at a bar's end; where nothing is on record, that; none where there is no bar."""
    return view.say("costs.unknown") if yuan is None else view.money(yuan) if yuan else ""


def _objective(view: View, costs: Mapping[str, Any]) -> tuple[str, ...]:
    """Say why the total isn't the objective, where the two differ by electricity alone."""
    known = {term: (cost["after"], cost.get("objective")) for term, cost in costs.items()}
    if any(counted is None for _, counted in known.values()):
        return ()
    apart = {term: after - counted for term, (after, counted) in known.items() if abs(after - counted) >= 1}
    if set(apart) != {"energy"}:
        return ()
    objective = view.money(sum(counted for _, counted in known.values()))
    return (view.say("costs.objective", objective=objective, difference=view.money(abs(apart["energy"]))),)


def _penalties(view: View) -> tuple[str, ...]:
    """Name what the objective counts for soft rules that are missed: no money, and in no total."""
    paid = view.plan.facts.get("penalties") or {}
    if not paid:
        return ()
    rules = [titled(name, "placement")[view.language] for name in paid]
    return (view.say("costs.penalties", rules=rules, yuan=view.money(sum(paid.values()))),)


def _signed(view: View, yuan: float) -> str:
    return f"+{view.money(yuan)}" if yuan > 0 else view.money(yuan).replace("-", "−")
