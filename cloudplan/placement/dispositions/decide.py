"""The first rule that speaks decides: :class:`Options`, what it leaves open for each system."""

from __future__ import annotations

from dataclasses import dataclass

from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.placement.dispositions.case import Case, cases_of
from cloudplan.placement.dispositions.rule import OrderedRule
from cloudplan.placement.dispositions.rules import ordered_rules
from cloudplan.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Options:
    """What is left open for one system.

    Parameters
    ----------
    allowed
        Dispositions that the model may choose from.
    rule
        Name of the rule that decided.
    reason
        The reason, in words to come.
    """

    allowed: tuple[str, ...]
    rule: str
    reason: Finding


def decider(case: Case) -> tuple[OrderedRule, Finding]:
    """Find the first rule that speaks, and what it says."""
    for rule in ordered_rules():
        said = rule.says(case)
        if said is not None:
            return rule, said
    raise AssertionError("the last rule speaks of every case")


def decide(case: Case) -> Options:
    """Ask the rules in their order."""
    rule, said = decider(case)
    return Options(rule.allowed(case), rule.name, said)


def options_of(inventory: Inventory, scenario: Scenario) -> dict[str, Options]:
    """Apply the ordered rules to every system.

    Returns
    -------
    dict
        Options by system, in the inventory's order.
    """
    return {name: decide(case) for name, case in cases_of(inventory, scenario).items()}
