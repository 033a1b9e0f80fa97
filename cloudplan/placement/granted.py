"""Granting what would mend a collision: asked for in a request, and done by the edits of its findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from cloudplan.findings import Finding, Severity
from cloudplan.i18n import LANGUAGES, say, words
from cloudplan.inventory import Inventory
from cloudplan.placement.candidates import problem_of
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import resolve
from cloudplan.relief import SCENARIO, Edit
from cloudplan.rule import named_rules
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


def still_broken(problem: PlacementProblem, findings: Sequence[Finding], state: State) -> tuple[str, ...] | None:
    """Name the rules that a placement would break once all is granted.

    Granting one thing may wake another rule: a pool filed for level 3 is, by some policies, closed to level 2.

    Returns
    -------
    tuple or None
        ``None`` where that can't be judged: what is asked for is no edit, or changes what the components are.
    """
    found = granted(problem.inventory, problem.scenario, findings)
    if found is None:
        return None
    again = problem_of(*found)
    if set(again.components) != set(problem.components):
        return None
    rules = [rule for rule in resolve(again.scenario.rules)[0] if rule.soft is None]
    return tuple(rule.name() for rule in rules if any(True for _ in rule.violations(again, state)))


def request(problem: PlacementProblem, mended: Sequence[Finding], state: State, proven: bool) -> Finding:
    """Sum up one way to mend all, as lines that a request to a superior can quote; held against every rule's words.

    Parameters
    ----------
    problem, mended
        What was asked, and what would have to give.
    state, proven
        The placement that needs no more, and whether nothing less in sum would do.
    """
    # two rules may ask for the same
    once = {(f.message, f.subject, words(f)): f for f in mended if f.message.startswith("infeasible.short.")}
    asked = list(once.values())
    bought = [finding.values for finding in asked if "yuan" in finding.values]
    total = {"hosts": sum(values["hosts"] for values in bought), "yuan": sum(values["yuan"] for values in bought)}
    total["basis"] = bought[0]["basis"] if bought else ""
    lines = {
        language: "\n".join(
            [
                *(
                    say("infeasible.line", language, number=number, text=words(finding, language))
                    for number, finding in enumerate(asked, 1)
                ),
                *([say("infeasible.total", language, **total)] if len(bought) > 1 else []),
            ]
        )
        for language in LANGUAGES
    }
    values: dict[str, Any] = {"lines": lines, "count": len(asked)}
    broken = still_broken(problem, asked, state)
    if broken:
        values["named"] = named_rules(broken, "placement")["named"]
        return Finding("infeasible.request_and_more", Severity.INFO, values=values)
    return Finding(f"infeasible.{'request' if proven else 'request_enough'}", Severity.INFO, values=values)


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
