"""Granting what would mend a collision, by the edits of its findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.relief import SCENARIO, Edit
from cloudplan.scenario import Scenario
from cloudplan.state import State


def granted(inventory: Inventory, scenario: Scenario, findings: Iterable[Finding]) -> tuple[Inventory, Scenario] | None:
    """Do what findings ask for.

    Parameters
    ----------
    inventory, scenario
        As they are; neither is changed.
    findings
        Each with a value ``edits``.

    Returns
    -------
    tuple or None
        As they would be; ``None`` if what one of them asks for is no edit of a value (hosts to be bought, a system to
        be moved by hand).
    """
    asked = [finding.values.get("edits", ()) for finding in findings]
    if not all(asked):
        return None
    edits: list[Edit] = [edit for each in asked for edit in each]
    tables = {
        name: inventory[name].copy()
        for name in dict.fromkeys(edit.where[0] for edit in edits if edit.where[0] != SCENARIO)
    }
    stated: dict[str, Any] = dict(scenario)
    for edit in edits:
        if edit.where[0] == SCENARIO:
            stated = _stated(stated, edit.where[1:], edit)
        else:
            tables[edit.where[0]] = _cell(tables[edit.where[0]], edit)
    changed = Inventory({**inventory.tables, **tables}, inventory.origin, findings=inventory.findings)
    return changed, type(scenario)(**stated)


def problem_granted(problem: PlacementProblem, findings: Sequence[Finding]) -> PlacementProblem | None:
    """Ask a problem again with all granted that findings ask for.

    Returns
    -------
    PlacementProblem or None
        ``None`` where that can't be: what is asked for is no edit, or changes what the components are.
    """
    found = granted(problem.inventory, problem.scenario, findings)
    if found is None:
        return None
    again = problem_of(*found, problem.earlier)
    return again if set(again.components) == set(problem.components) else None


def broken_by(problem: PlacementProblem, state: State) -> tuple[str, ...]:
    """Name the hard rules that a placement breaks.

    Granting one thing may wake another rule: a pool filed for level 3 is, by some policies, closed to level 2.
    """
    rules = [rule for rule in resolve(problem.scenario.rules)[0] if rule.soft is None]
    return tuple(rule.name() for rule in rules if any(True for _ in rule.violations(problem, state)))


def _stated(values: Any, keys: tuple[str, ...], edit: Edit) -> Any:
    """Change a value below some keys."""
    if not keys:
        return _edited(values, edit)
    inner = dict(values)
    inner[keys[0]] = _stated(inner.get(keys[0], {} if len(keys) > 1 else None), keys[1:], edit)
    return type(values)(**inner) if hasattr(values, "model_copy") else inner


def _edited(value: Any, edit: Edit) -> Any:
    if edit.how == "drop":
        gone = list(edit.value) if isinstance(edit.value, tuple) else edit.value
        return type(value)(item for item in value if (list(item) if isinstance(item, tuple) else item) != gone)
    if edit.how == "add":
        return type(value)((*value, edit.value))
    return min(value, edit.value) if edit.how == "lower" else edit.value


def _cell(table: pd.DataFrame, edit: Edit) -> pd.DataFrame:
    """Change one cell; a conduit that isn't there yet is a row of its own."""
    _, row, column = edit.where
    if row not in table.index:
        keys = dict(zip(table.columns, row, strict=False))
        new = {**keys, "mode": "allow", "evidence": "d", column: edit.value}
        for name in table.columns:
            new.setdefault(name, () if name == "devices" else None)
        added = pd.DataFrame([new], columns=table.columns).astype(dict(table.dtypes.items()))
        added.index = pd.MultiIndex.from_tuples([row], names=table.index.names)
        return pd.concat([table, added])
    at = table.index.get_loc(row)
    values = list(table[column])
    values[at] = _edited(values[at], edit)
    out = table.copy()
    out[column] = pd.Series(values, index=table.index, dtype=table[column].dtype)
    return out
