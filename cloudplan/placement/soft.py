"""Rules that hold at a price: each said twice, as slack in the model and as what a state is short of.

For a soft rule ρ with price π and groups g of rows that may be missed (:meth:`cloudplan.rule.Rule.misses`): row r of g
becomes body(r) ≤ limit(r) + unit(r)·s[g] (≥ with − where it is bounded from below), s[g] ≥ 0, and π·Σ_g s[g] joins the
objective. A refused choice is a row x ≤ 0, so that s counts the refused choices that are taken. In words the price is
π · :meth:`cloudplan.rule.Rule.missed`. A soft rule of price 0 only warns: no row is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from cloudplan.rule import P, Rule
from cloudplan.state import State


def soften(rule: Rule[P], block: Any) -> None:
    """Let a rule's rows be missed at its price: adds ``block.short``, ``block.penalty`` (yuan, in placement a year)."""
    groups = rule.misses(block)
    block.short = pyo.Var(range(len(groups)), within=pyo.NonNegativeReals)
    for slack, rows in zip(block.short.values(), groups.values(), strict=True):
        for row, unit in rows:
            lower = pyo.value(row.lower) if row.has_lb() else None
            upper = pyo.value(row.upper) if row.has_ub() else None
            if upper is not None:  # a refused choice is fixed at 0 from both sides; only the upper one can be missed
                row.set_value(row.body - unit * slack <= upper)
            else:
                row.set_value(row.body + unit * slack >= lower)
    block.penalty = pyo.Expression(expr=(rule.soft or 0.0) * sum(block.short.values()))


def penalties(problem: P, rules: Iterable[Rule[P]], state: State) -> dict[str, float]:
    """What a state pays for each soft rule that it misses, by the rule's name; yuan, in placement a year."""
    priced = ((rule.name(), rule.soft * rule.missed(problem, state)) for rule in rules if rule.soft)
    return {name: yuan for name, yuan in priced if yuan}
