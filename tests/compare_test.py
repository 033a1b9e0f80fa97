"""Plans beside each other: the differences that two scenarios make on a tiny estate."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from cloudplan.bundle import Plan
from cloudplan.compare import Comparison, compare
from cloudplan.i18n import LANGUAGES
from cloudplan.plan import make_plan
from tests.tiny import tiny_inventory, tiny_scenario, tiny_tables


@cache
def plans() -> tuple[Plan, Plan]:
    tables = tiny_tables()
    tables["systems"][2] |= {"opinion": "refuses", "opinion_reason": "works on site"}
    return make_plan(tiny_scenario(), tiny_inventory()), make_plan(tiny_scenario(name="kept"), tiny_inventory(tables))


def figures(comparison: Comparison, group: str) -> dict[str, tuple[Any, ...]]:
    return {row.name: row.values for row in comparison.rows if row.group == group}


def test_only_the_refused_system_changed() -> None:
    comparison = compare(plans())
    (changed,) = comparison.changes
    assert [(c.system, c.disposition_first, c.disposition) for c in changed] == [("C-WORK", "REHOST", "KEEP")]
    assert figures(comparison, "plan")["changed"] == (None, 1.0)


def test_costs_are_those_of_the_plans_and_add_up() -> None:
    first, second = plans()
    costs = figures(compare([first, second]), "cost")
    for n, plan in enumerate((first, second)):
        said = sum(cost["after"] for cost in plan.facts["costs"].values())
        assert costs["total"][n] == pytest.approx(said, rel=1e-6)
        assert sum(cost["objective"] for cost in plan.facts["costs"].values()) == pytest.approx(
            plan.facts["objective"], abs=1.0
        )
        assert sum(values[n] or 0 for name, values in costs.items() if name != "total") == pytest.approx(
            costs["total"][n]
        )


def test_hosts_and_rooms_are_counted() -> None:
    first, second = plans()
    told = figures(compare([first, second]), "plan")
    for source in ("purchased", "reused"):
        expected = tuple(sum(s == source for s in plan.tables["hosts"]["source"]) for plan in (first, second))
        assert told[f"hosts_{source}"] == expected
    assert told["rooms_closed"] == (2.0, 1.0)
    for n, plan in enumerate((first, second)):
        assert told["last_wave"][n] == plan.tables["waves"]["window_end"].max()[:10]


def test_a_plan_against_itself_changes_nothing() -> None:
    first, _ = plans()
    comparison = compare([first, first])
    assert comparison.names == ("tiny", "tiny (2)")
    assert comparison.changes == ((),)
    assert all(row.values[0] == row.values[1] for row in comparison.rows if row.name != "changed")


def test_what_one_plan_lacks_is_blank() -> None:
    first, _ = plans()
    bare = replace(first, facts={}, tables={})
    comparison = compare([first, bare])
    assert figures(comparison, "proof")["objective"][1] is None
    assert figures(comparison, "cost")["total"][1] is None
    assert {c.system for c in comparison.changes[0]} == {"A-SITE", "B-PAY", "C-WORK"}
    for language in LANGUAGES:
        assert "—" in comparison.text(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_of_the_text_are_aligned(language: str) -> None:
    text = compare(plans()).text(language)
    table = text.split("\n\n")[0].splitlines()
    wide = [sum(1 + (ord(sign) > 0x2E7F) for sign in row) for row in table if "  " in row.strip()]
    assert len(set(wide)) == 1
    assert "C-WORK" in text


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(ValueError, match="no plan"):
        compare([])
