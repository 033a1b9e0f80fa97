"""What rules say they can't judge for want of records, beside a second reading of the tables that shares no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cloudplan.findings import Severity
from cloudplan.i18n import LANGUAGES, words
from cloudplan.placement import example
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules.recovery import Recovery
from cloudplan.placement.rules.uplinks import Uplinks
from cloudplan.state import State
from tests.placement.cases import random_cases

CASES = [(problem, state) for problem, states in random_cases(40, 4) for state in states]
LEVELS: list[dict[str, tuple[float, float]]] = [
    {},
    {"level_2": (8.0, 4.0)},
    {"level_3": (2.0, 1.0)},
    {"level_2": (8.0, 4.0), "level_3": (2.0, 1.0)},
]
"""What levels ask where systems state nothing."""


def came_to(problem: PlacementProblem, state: State) -> dict[str, set[str]]:
    """Targets to which each system's parts have gone, as they stand in the tables; colocation left out."""
    pools: Any = problem.inventory["pools"]
    out: dict[str, set[str]] = {}
    for component, seat in state.seats.items():
        if seat.pool in pools.index and pools.at[seat.pool, "kind"] != "colocation":
            out.setdefault(component.split("/")[0], set()).add(pools.at[seat.pool, "target"])
    return out


@pytest.mark.parametrize("levels", LEVELS)
def test_recovery_that_nobody_asks_or_nobody_offers(levels: Mapping[str, tuple[float, float]]) -> None:
    rule, met = Recovery(**levels), set()
    for problem, state in CASES:
        systems, targets = problem.inventory["systems"], problem.inventory["targets"]
        arrived = came_to(problem, state)
        expected: dict[str, tuple[set[str], set[str]]] = {}
        for time in ("rto", "rpo"):
            blank = {t for t in set().union(*arrived.values()) if pd.isna(targets.at[t, f"{time}_hours"])}
            stated = {s for s in arrived if not pd.isna(systems.at[s, f"{time}_hours"])}
            asked = stated | {s for s in arrived if f"level_{3 if systems.at[s, 'level'] >= 3 else 2}" in levels}
            expected[f"{time}_unasked"] = (set(arrived) - asked, blank)
            expected[f"{time}_unoffered"] = ({s for s in asked if arrived[s] & blank}, blank)
        found = {}
        for said in rule.unjudged(problem, state):
            values: Any = said.values
            assert said.severity == Severity.INFO
            assert (values["count"], values["total"]) == (len(values["systems"]), len(arrived))
            found[said.message.rpartition(".")[2]] = (set(values["systems"]), set(values["targets"]))
            assert all(words(said, language) for language in LANGUAGES)
        assert found == {why: named for why, named in expected.items() if named[0]}
        met |= set(found)
    assert met >= {"rto_unoffered", "rpo_unoffered"}
    assert ("rto_unasked" in met) == (len(levels) < 2)


def test_lines_that_are_on_no_record_and_traffic_that_is_assumed() -> None:
    # A and B of D, which has a line; B's traffic is blank, and so is the database's that nobody speaks to; C and G of
    # E, which has none; N faces the internet; H stays where it is
    problem = example.problem(
        systems={
            **{name: {"department": "D"} for name in "ABH"},
            **{name: {"department": "E"} for name in "CG"},
            "N": {"department": "E", "internet_facing": True},
        },
        workloads={
            "A1": {}, "A2": {"tier": "db", "mbps": None}, "B1": {"system": "B", "mbps": None},
            **{f"{name}1": {"system": name} for name in "CGNH"},
        },
        links={"L": {}, "I": {"kind": "internet", "department": "E"}},
    )  # fmt: skip
    seats = {f"{name}/app/x86": ("REHOST", "P", "PUB") for name in "ABCGN"}
    seats |= {"A/db/x86": ("REHOST", "P", "PUB"), "H/app/x86": ("KEEP", "today:R", "PUB")}
    for left_out, no_line, assumed, total in (
        ((), ("C", "G"), ("B",), 4),
        (("C", "G"), (), ("B",), 2),
        (("B",), ("C", "G"), (), 3),
        (tuple("ABCG"), (), (), 0),
    ):
        there = {name: seat for name, seat in seats.items() if name[0] not in left_out}
        found = {}
        for said in Uplinks().unjudged(problem, example.state(problem, there)):
            assert said.severity == Severity.INFO
            found[said.message.rpartition(".")[2]] = said.values["systems"]
            assert (said.values["count"], said.values["total"]) == (len(said.values["systems"]), total)
            assert said.values["departments"] == 1
            assert all(words(said, language) for language in LANGUAGES)
        named = {"no_line": no_line, "assumed": assumed}
        assert found == {why: systems for why, systems in named.items() if systems}


def test_nothing_is_remarked_of_an_estate_that_stays() -> None:
    problem = example.problem(lock="KEEP")
    state = example.state(problem, {"A/app/x86": ("KEEP", "today:R", "PUB")})
    for rule in (Recovery(), Uplinks()):
        assert not list(rule.unjudged(problem, state))
    assert np.isnan(problem.inventory["systems"].at["A", "rto_hours"])
