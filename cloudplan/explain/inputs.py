"""The inputs on which a decision may hang: prices, factors, years and rates, thresholds, switches.

A number is tried from 0 to :data:`MOST` times its value, as far as the scenario's own bounds allow; a switch at each of
its other positions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from cloudplan.assumptions import factors_of, prices_of
from cloudplan.costs import PRICES, costs_of, missing_prices
from cloudplan.explain.view import View
from cloudplan.explain.words import Both, said
from cloudplan.i18n import LANGUAGES, catalogue
from cloudplan.inventory import Inventory
from cloudplan.inventory.schema import label
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.scenario import Scenario

MOST = 3.0
"""How many times its value a number is tried at most."""
FACTORS = (
    "centre_pue", "room_pue_default", "idle_share_of_max_power", "max_share_of_nameplate",
    "power_max_w_per_socket_default",
)  # fmt: skip
"""Factors that enter costs."""
TARGETS = ("banner_pool", "colocation", "city_cloud", "region_cloud")
"""Kinds of target that a scenario may well open or close."""

NO_UNIT: Both = MappingProxyType(dict.fromkeys(LANGUAGES, ""))

Changed = tuple[Inventory, Scenario]


@dataclass(frozen=True)
class Input:
    """One input, and how to change it.

    Parameters
    ----------
    name
        Where it stands: ``prices.<price>``, ``factors.<factor>``, ``host_types.<type>.price_yuan``,
        ``rooms.<room>.<column>``, or a scenario's key.
    words, unit
        What it is; the unit as it stands behind a number.
    value
        In force.
    tried
        A number's least and greatest value; a switch's other positions.
    change
        Inventory and scenario with another value.
    switch
        Whether it has positions rather than a range.
    whole
        Whether the problem must be put together anew, not only its costs.
    """

    name: str
    words: Both
    unit: Both
    value: Any
    tried: tuple[Any, ...]
    change: Callable[[Any], Changed]
    switch: bool = False
    whole: bool = False

    def problem(self, problem: PlacementProblem, value: Any) -> PlacementProblem:
        """Ask a problem again with another value."""
        inventory, scenario = self.change(value)
        if self.whole:
            return problem_of(inventory, scenario, problem.earlier)
        return problem.changed(inventory=inventory, scenario=scenario, costs=costs_of(inventory, scenario))


def inputs_of(view: View, rooms: frozenset[str], systems: tuple[str, ...], servers: tuple[str, ...]) -> list[Input]:
    """List the inputs, prices first.

    Parameters
    ----------
    view
        The plan.
    rooms
        Rooms whose own figures matter.
    systems, servers
        Whose thresholds matter.
    """
    inventory, scenario = view.plan.inventory, view.plan.scenario
    prices, factors = prices_of(inventory, scenario), factors_of(inventory, scenario)
    units = inventory["prices"]["unit"]
    out = [
        _number(
            f"prices.{name}",
            _named(name),
            prices[name],
            partial(_mapping, view, "prices", name),
            _unit(units.get(name)),
        )
        for name in sorted(PRICES & prices.keys())
    ]
    out += [
        _number(f"factors.{name}", _named(name), factors[name], partial(_mapping, view, "factors", name))
        for name in FACTORS
    ]
    for kind, price in inventory["host_types"]["price_yuan"].items():
        words = said("explain.input.host_price", kind=str(kind))
        change = partial(_cell, view, "host_types", str(kind), "price_yuan")
        out.append(_number(f"host_types.{kind}.price_yuan", words, float(price), change, said("explain.input.yuan")))
    for room in sorted(rooms):
        for column, least in (("pue", 1.0), ("yearly_cost_yuan", 0.0)):
            stated: Any = inventory["rooms"].at[room, column]
            value = float(stated)
            if value == value:
                words = said(f"explain.input.{column}", room=view.name("rooms", room))
                change = partial(_cell, view, "rooms", room, column)
                unit = said("explain.input.yuan_a") if column == "yearly_cost_yuan" else NO_UNIT
                out.append(_number(f"rooms.{room}.{column}", words, value, change, unit, least))
    for key, least, most in (("horizon_years", 1.0, 30.0), ("discount_rate", 0.0, 1.0)):
        change = partial(_key, view, key)
        value = float(getattr(scenario, key))
        out.append(_number(key, said(f"explain.input.{key}"), value, change, NO_UNIT, least, most))
    return [*out, *_thresholds(view, systems, servers), *_switches(view)]


def _number(
    name: str,
    words: Both,
    value: float,
    change: Callable[[Any], Changed],
    unit: Both = NO_UNIT,
    least: float = 0.0,
    most: float = float("inf"),
) -> Input:
    return Input(name, words, unit, value, (min(least, value), min(MOST * value, most)), change)


def _unit(stated: Any) -> Both:
    """Word a price's unit: the inventory states it in Chinese, and in English the price's name says per what."""
    return {"zh-CN": f" {stated or ''}".rstrip(), "en": said("explain.input.yuan")["en"]}


def _named(name: str) -> Both:
    return {language: catalogue(language).get(f"assumptions.{name}", name) for language in LANGUAGES}


def _mapping(view: View, key: str, name: str, value: float) -> Changed:
    scenario = view.plan.scenario
    return view.plan.inventory, scenario.model_copy(update={key: {**getattr(scenario, key), name: value}})


def _key(view: View, key: str, value: Any) -> Changed:
    """Change a scenario's key, or with a dot a key of one of its parts."""
    scenario = view.plan.scenario
    part, _, own = key.rpartition(".")
    if part:
        return view.plan.inventory, scenario.model_copy(
            update={part: getattr(scenario, part).model_copy(update={own: value})}
        )
    return view.plan.inventory, scenario.model_copy(update={own: value})


def _cell(view: View, table: str, row: str, column: str, value: float) -> Changed:
    frame = view.plan.inventory[table].copy()
    frame.at[row, column] = value
    return replace(view.plan.inventory, tables={**view.plan.inventory.tables, table: frame}), view.plan.scenario


def _thresholds(view: View, systems: tuple[str, ...], servers: tuple[str, ...]) -> Iterator[Input]:
    """Days and years that turn one way or the other at what the inventory states: tried on both sides of that."""
    scenario, records = view.plan.scenario, view.plan.inventory
    changed: dict[Any, Any] = records["systems"]["last_data_on"].to_dict()
    ages = {(scenario.today - changed[s]).days for s in systems if changed[s] is not None}
    # the rule asks for more days than stated
    days = {age - 1 if age <= scenario.zombie_days else age for age in ages if age > 1}
    if days:
        words, change = said("explain.input.zombie_days"), partial(_key, view, "zombie_days")
        yield Input("zombie_days", words, NO_UNIT, scenario.zombie_days, tuple(sorted(days)), change, True, True)
    bought: dict[Any, Any] = records["servers"]["bought_on"].to_dict()
    years = {(scenario.today - bought[s]).days / 365.25 for s in servers if bought[s] is not None}
    for key in ("younger_than_years", "life_years"):
        value = getattr(scenario.reuse, key)
        other = {age + 0.01 if age >= value else age - 0.01 for age in years if 0.02 <= age <= 19.9}
        if other:
            change, words = partial(_key, view, f"reuse.{key}"), said(f"explain.input.{key}")
            yield Input(f"reuse.{key}", words, NO_UNIT, value, tuple(sorted(other)), change, True, True)


def _switches(view: View) -> Iterator[Input]:
    scenario, inventory = view.plan.scenario, view.plan.inventory
    other = "boundary_only" if scenario.level_separation == "separate_pool" else "separate_pool"
    words, change = said("explain.input.level_separation"), partial(_key, view, "level_separation")
    yield Input("level_separation", words, NO_UNIT, scenario.level_separation, (other,), change, True, True)
    pooled = set(inventory["targets"]["kind"].reindex(inventory["pools"]["target"]))
    for kind in TARGETS:
        is_open = kind in scenario.targets.open
        if kind not in pooled:
            continue
        kinds = tuple(k for k in scenario.targets.open if k != kind) if is_open else (*scenario.targets.open, kind)
        change = partial(_target, view, kinds)
        if not missing_prices(*change(not is_open)):
            words = said("explain.input.target", kind=label("target_kind", kind))
            yield Input(f"targets.open.{kind}", words, NO_UNIT, is_open, (not is_open,), change, True, True)
    for key in ("purchases.allowed", "reuse.allowed"):
        part, _, own = key.partition(".")
        value = bool(getattr(getattr(scenario, part), own))
        words = said(f"explain.input.{part}_{own}")
        yield Input(key, words, NO_UNIT, value, (not value,), partial(_key, view, key), True, True)


def _target(view: View, kinds: tuple[str, ...], value: bool) -> Changed:
    """Open or close one kind of target; ``kinds`` are those then open."""
    return _key(view, "targets.open", kinds)
