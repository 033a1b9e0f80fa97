"""Net present value, payback and carbon: what the plan is worth over the horizon, and what that leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from cloudplan.report import numbers
from cloudplan.report.section import Cell, Point, Section, View


def section(view: View) -> Section:
    """Write about the money by fiscal year, its present value, and carbon."""
    facts, title, frame = view.plan.facts.get("value"), view.say("value.title"), view.frame("cashflow")
    if not facts or not len(frame):
        return Section("value", title, view.say("value.none"))
    return Section(
        "value",
        title,
        _headline(view, facts, frame),
        points=tuple(_points(view, facts, frame)),
        tables=(
            view.table("cashflow", _by_year(view, frame), tuple(range(1, 8)), short=True),
            view.table("cashflow_items", _by_item(view, frame), (1, 2, 3), folded=True),
        ),
        notes=(view.say("value.note"),),
    )


def _headline(view: View, facts: Mapping[str, Any], frame: pd.DataFrame) -> str:
    kpis = view.plan.facts.get("kpis", {})
    worth, payback = kpis["npv_saving"], kpis["payback_years"]["value"]
    return view.say(
        "value.headline" if payback is not None else "value.headline_not",
        first=str(facts["first_year"]),
        last=str(frame["year"].max()),
        rate=view.percent(facts["discount_rate"]),
        npv=_signed(view, worth["value"]),
        low=_signed(view, worth["low"]),
        high=_signed(view, worth["high"]),
        years="" if payback is None else numbers.number(float(payback), 1),
    )


def _points(view: View, facts: Mapping[str, Any], frame: pd.DataFrame) -> Iterator[Point]:
    text = view.say("value.unknown")
    if not numbers.missing(facts["break_even_yuan_per_year"]):
        text += view.say("value.break_even", yuan=view.money(facts["break_even_yuan_per_year"]))
    if facts["upkeep_systems"]:
        text += view.say(
            "value.upkeep", systems=facts["upkeep_systems"], yuan=view.money(facts["upkeep_yuan_per_year"])
        )
    yield Point(view.say("value.unknown_label"), text, "caution")
    yield from _carbon(view, frame)
    if facts["residual"]:
        text = view.say("value.residual", yuan=view.money(facts["residual"]), last=str(frame["year"].max()))
        yield Point(view.say("value.residual_label"), text)
    if facts["after_horizon"]:
        text = view.say("value.later", yuan=view.money(facts["after_horizon"]))
        yield Point(view.say("value.later_label"), text, "caution")


def _carbon(view: View, frame: pd.DataFrame) -> Iterator[Point]:
    """Tonnes a year before and after with their ranges, over the horizon, and by which factor of which year."""
    kpis = view.plan.facts.get("kpis", {})
    named = view.frame("assumptions")
    factor = named[named["name"] == "co2_kg_per_kwh"]
    if not len(factor) or any(name not in kpis for name in ("co2_t_before", "co2_t", "co2_t_saved")):
        return
    source = str(factor["source"].iloc[0])
    said = {name: _range(view, kpis[f"co2_t{suffix}"]) for name, suffix in SIDES}
    energy = frame[frame["item"] == "energy"]
    total = sum(float(b) - float(a) for b, a in zip(energy["tco2_before"], energy["tco2_after"], strict=True))
    text = view.say(
        "value.carbon",
        **said,
        total=numbers.number(total, 0),
        factor=numbers.exact(float(factor["value"].iloc[0])),
        source=view.say("value.factor_default") if source == "default" else view.basis(source),
    )
    yield Point(view.say("value.carbon_label"), text)


SIDES = (("before", "_before"), ("after", ""), ("saved", "_saved"))


def _range(view: View, kpi: Mapping[str, Any]) -> str:
    """A figure and its interval, where it has one."""
    value, low, high = (numbers.number(float(kpi[key]), 0) for key in ("value", "low", "high"))
    return view.say("value.sure" if low == high else "value.range", value=value, low=low, high=high)


def _by_year(view: View, frame: pd.DataFrame) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    cumulated = 0.0
    for year, group in frame.groupby("year", sort=True):
        cumulated += _sum(group["discounted"])
        rows.append((str(year), *_sums(view, group), _signed(view, cumulated), _tonnes(group)))
    rows.append((view.say("costs.total"), *_sums(view, frame), _signed(view, cumulated), _tonnes(frame)))
    return rows


def _sums(view: View, group: pd.DataFrame) -> tuple[Cell, ...]:
    once, runs = group[group["kind"] == "once"], group[group["kind"] == "running"]
    return (
        view.money(_sum(once["after"])),
        view.money(_sum(runs["before"])),
        view.money(_sum(runs["after"])),
        _signed(view, _sum(group["yuan"])),
        _signed(view, _sum(group["discounted"])),
    )


def _tonnes(group: pd.DataFrame) -> str:
    return numbers.number(_sum(group["tco2_before"]) - _sum(group["tco2_after"]), 0)


def _by_item(view: View, frame: pd.DataFrame) -> list[tuple[Cell, ...]]:
    return [
        (
            view.say(f"value.{kind}", item=view.word(f"costs.item.{item}", view.word(f"costs.term.{item}", str(item)))),
            view.dash if all(numbers.missing(v) for v in group["before"]) else view.money(_sum(group["before"])),
            view.money(_sum(group["after"])),
            _signed(view, _sum(group["discounted"])),
        )
        for (kind, item), group in frame.groupby(["kind", "item"], sort=False)
    ]


def _sum(values: Any) -> float:
    return sum(float(value) for value in values if not numbers.missing(value))


def _signed(view: View, yuan: float) -> str:
    return view.money(yuan).replace("-", "−")
