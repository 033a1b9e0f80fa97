"""Inputs of one thing in particular: the rules that refuse it somewhere, its level, its pools, the money for hosts."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cloudplan.explain.sensitivity.inputs import NO_UNIT, Changed, Input, cell_changed, key_changed
from cloudplan.explain.view import View, rule_name
from cloudplan.explain.words import said
from cloudplan.inventory.schema import schema

FEW = 3
"""Systems up to which each one's level is tried: of more, which one's it would be says little."""
MOST_RATIO = 4.0
"""Oversubscription of CPU up to which a pool is tried at least."""
MOST = 3.0
"""How many times its value the budget is tried at most."""


def particulars(view: View, systems: tuple[str, ...], pools: frozenset[str]) -> Iterator[Input]:
    """List what concerns some systems, and pools, beside prices and the scenario's general keys.

    Parameters
    ----------
    view
        The plan.
    systems
        Those that may become whatever the rules let them.
    pools
        Clusters whose hosts are chosen anew besides.
    """
    problem = view.problem
    numbers = [i for system in systems for name in problem.of_system[system] for i in problem.by_component[name]]
    refusing = {finding.rule for i in numbers for finding in view.refusals.candidate[i]}
    for rule in view.rules:
        if rule.name() in refusing:
            words = said("explain.input.rule", rule=rule_name(rule.name()))
            change = partial(_switched, view, rule.name())
            yield Input(f"rules.{rule.name()}", words, NO_UNIT, True, (False,), change, True, True)
    if len(systems) <= FEW:
        for system in systems:
            yield from _level(view, system)
    open_ = {problem.candidates[i].pool for i in numbers if not view.refusals.candidate[i]}
    for pool in sorted((open_ | pools) & problem.clusters.keys()):
        ratio = problem.clusters[pool].cpu_ratio
        words = said("explain.input.cpu_ratio", pool=view.pool(pool))
        tried = (min(1.0, ratio), max(MOST_RATIO, ratio))
        yield Input(f"pools.{pool}.cpu_ratio", words, NO_UNIT, ratio, tried,
                    partial(cell_changed, view, "pools", pool, "cpu_ratio"), whole=True)  # fmt: skip
    budget = view.plan.scenario.purchases.budget_yuan
    if budget is not None:
        yield Input("purchases.budget_yuan", said("explain.input.budget_yuan"), said("explain.input.yuan"), budget,
                    (0.0, MOST * budget), partial(key_changed, view, "purchases.budget_yuan"), whole=True)  # fmt: skip


def _switched(view: View, rule: str, on: bool) -> Changed:
    rules = view.plan.scenario.rules
    return key_changed(view, "rules", {**rules, rule: rules.get(rule, True) if on else False})


def _level(view: View, system: str) -> Iterator[Input]:
    """The protection level of a system, one lower and one higher."""
    stated: Any = view.plan.inventory["systems"].at[system, "level"]
    if stated != stated or stated is None:
        return
    column = next(column for column in schema().tables["systems"].columns if column.name == "level")
    level, least, most = int(stated), int(column.minimum or 1), int(column.maximum or 5)
    others = tuple(other for other in (level - 1, level + 1) if least <= other <= most)
    words = said("explain.input.level", system=system, name=view.name("systems", system))
    change = partial(cell_changed, view, "systems", system, "level")
    yield Input(f"systems.{system}.level", words, NO_UNIT, level, others, change, True, True)
