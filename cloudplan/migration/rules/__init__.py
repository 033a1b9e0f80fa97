"""Rules of migration: one file, one rule; its file's name is its name in the scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cloudplan.findings import Finding, Place
from cloudplan.migration.problem import MigrationProblem
from cloudplan.rule import Rule
from cloudplan.rule_reading import resolve_rules, rules_in


def all_rules() -> tuple[type[Rule[Any]], ...]:
    """List the rules of this home, found by listing the folder."""
    return rules_in(__name__)


def resolve(
    options: Mapping[str, object], positions: Mapping[tuple[str, ...], Place] | None = None
) -> tuple[tuple[Rule[Any], ...], tuple[Finding, ...]]:
    """Make this home's rules from the scenario's raw ``rules:`` mapping; see :func:`cloudplan.rule.resolve_rules`."""
    return resolve_rules(all_rules(), options, positions, MigrationProblem, priced=True)
