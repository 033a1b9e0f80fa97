"""The inputs on which a decision may hang: prices, factors, weights, years and rates, demand, capacity, switches.

A number is tried from 0 to :data:`MOST` times its value, as far as the scenario's own bounds allow, or over a range of
its own; a price or factor that is 0 has no such range and is only named. A switch is tried at each other position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from cloudplan.assumptions import factors_of, prices_of
from cloudplan.costs import PRICES, TERMS, costs_of, missing_prices
from cloudplan.explain.view import View, rule_name
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

SHARES = (
    ("demand", "target_utilisation", 0.5, 0.9),
    ("demand", "memory_margin", 0.0, 0.5),
    ("capacity", "cpu_reserve", 0.0, 0.25),
    ("capacity", "cpu_headroom", 0.0, 0.25),
    ("capacity", "memory_reserve", 0.0, 0.25),
)
"""Shares that say how much is needed or may be used, with the range in which each is tried."""
MOST_GROWTH = 0.5
"""Growth of every demand up to which is tried, as a share."""
MOST_RATE = 0.1
"""Discount rate up to which is tried at least."""

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

    @property
    def scale(self) -> float:
        """Of a number: what its changes are measured by; 0 where it is 0 and has no range."""
        return abs(float(self.value)) or float(self.tried[1] - self.tried[0])

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
        change = partial(cell_changed, view, "host_types", str(kind), "price_yuan")
        out.append(_number(f"host_types.{kind}.price_yuan", words, float(price), change, said("explain.input.yuan")))
    for room in sorted(rooms):
        for column, least in (("pue", 1.0), ("yearly_cost_yuan", 0.0)):
            stated: Any = inventory["rooms"].at[room, column]
            value = float(stated)
            if value == value:
                words = said(f"explain.input.{column}", room=view.name("rooms", room))
                change = partial(cell_changed, view, "rooms", room, column)
                unit = said("explain.input.yuan_a") if column == "yearly_cost_yuan" else NO_UNIT
                out.append(_number(f"rooms.{room}.{column}", words, value, change, unit, least))
    out.append(_number("horizon_years", said("explain.input.horizon_years"), scenario.horizon_years,
                       partial(key_changed, view, "horizon_years"), NO_UNIT, 1.0, 30.0))  # fmt: skip
    rate = scenario.discount_rate
    most = min(1.0, max(MOST * rate, MOST_RATE))
    out.append(Input("discount_rate", said("explain.input.discount_rate"), NO_UNIT, rate, (0.0, most),
                     partial(key_changed, view, "discount_rate")))  # fmt: skip
    for term in TERMS:
        words = said("explain.input.weight", term=said(f"costs.term.{term}"), name=term)
        change = partial(_mapping, view, "weights", term)
        out.append(_number(f"weights.{term}", words, scenario.weights.get(term, 1.0), change))
    return [*out, *_missed(view), *_needs(view), *_thresholds(view, systems, servers), *_switches(view)]


def _missed(view: View) -> Iterator[Input]:
    """Prices of missing a rule that doesn't hold strictly."""
    for rule in view.rules:
        if rule.soft:  # what costs nothing to miss only warns
            words = said("explain.input.soft", rule=rule_name(rule.name()))
            change = partial(_soft, view, rule.name())
            yield _number(f"rules.{rule.name()}.soft", words, rule.soft, change, said("explain.input.yuan"))


def _soft(view: View, rule: str, value: float) -> Changed:
    rules = view.plan.scenario.rules
    return key_changed(view, "rules", {**rules, rule: {**(rules.get(rule) or {}), "soft": value}})


def _needs(view: View) -> Iterator[Input]:
    """How much is needed, and how much of a host may be used."""
    scenario = view.plan.scenario
    for part, own, least, most in SHARES:
        key = f"{part}.{own}"
        value = float(getattr(getattr(scenario, part), own))
        tried = (min(least, value), max(most, value))
        yield Input(
            key, said(f"explain.input.{own}"), NO_UNIT, value, tried, partial(key_changed, view, key), whole=True
        )
    demand = scenario.demand
    grown = (1.0 + demand.growth_per_year) ** demand.growth_years - 1.0
    tried = (min(0.0, grown), max(MOST_GROWTH, grown))
    words, change = said("explain.input.growth"), partial(_grown, view)
    yield Input("growth", words, NO_UNIT, grown, tried, change, whole=True)
    part, own = "capacity", "spare_hosts"
    spare = scenario.capacity.spare_hosts
    others = tuple(k for k in (spare - 1, spare + 1) if 0 <= k <= 10)
    words, change = said(f"explain.input.{own}"), partial(key_changed, view, f"{part}.{own}")
    yield Input(f"{part}.{own}", words, NO_UNIT, spare, others, change, switch=True, whole=True)


def _grown(view: View, value: float) -> Changed:
    """Let every demand grow by a share in all, over the scenario's years, or within one."""
    demand = view.plan.scenario.demand
    years = demand.growth_years or 1.0
    changed = {"growth_years": years, "growth_per_year": (1.0 + value) ** (1.0 / years) - 1.0}
    return key_changed(view, "demand", demand.model_copy(update=changed))


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


def key_changed(view: View, key: str, value: Any) -> Changed:
    """Change a scenario's key, or with a dot a key of one of its parts."""
    scenario = view.plan.scenario
    part, _, own = key.rpartition(".")
    if part:
        return view.plan.inventory, scenario.model_copy(
            update={part: getattr(scenario, part).model_copy(update={own: value})}
        )
    return view.plan.inventory, scenario.model_copy(update={own: value})


def cell_changed(view: View, table: str, row: str, column: str, value: float) -> Changed:
    """Change a cell of the inventory."""
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
        words, change = said("explain.input.zombie_days"), partial(key_changed, view, "zombie_days")
        yield Input("zombie_days", words, NO_UNIT, scenario.zombie_days, tuple(sorted(days)), change, True, True)
    bought: dict[Any, Any] = records["servers"]["bought_on"].to_dict()
    years = {(scenario.today - bought[s]).days / 365.25 for s in servers if bought[s] is not None}
    for key in ("younger_than_years", "life_years"):
        value = getattr(scenario.reuse, key)
        other = {age + 0.01 if age >= value else age - 0.01 for age in years if 0.02 <= age <= 19.9}
        if other:
            change, words = partial(key_changed, view, f"reuse.{key}"), said(f"explain.input.{key}")
            yield Input(f"reuse.{key}", words, NO_UNIT, value, tuple(sorted(other)), change, True, True)


def _switches(view: View) -> Iterator[Input]:
    scenario, inventory = view.plan.scenario, view.plan.inventory
    other = "boundary_only" if scenario.level_separation == "separate_pool" else "separate_pool"
    words, change = said("explain.input.level_separation"), partial(key_changed, view, "level_separation")
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
        yield Input(key, words, NO_UNIT, value, (not value,), partial(key_changed, view, key), True, True)


def _target(view: View, kinds: tuple[str, ...], value: bool) -> Changed:
    """Open or close one kind of target; ``kinds`` are those then open."""
    return key_changed(view, "targets.open", kinds)
