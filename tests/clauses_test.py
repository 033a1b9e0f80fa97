"""Every clause says what its two hand examples say, and nothing where the record is silent."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from cloudplan import placement
from cloudplan.clauses import all_clauses, judge
from cloudplan.clauses.by_rule import ByRule
from cloudplan.clauses.clause import CellClause, Clause, StateClause
from cloudplan.clauses.page import PAGES, page
from cloudplan.clauses.tasks import Task
from cloudplan.inventory.schema import schema
from cloudplan.placement import example as small

DOCS = Path(__file__).parents[1] / "docs"
CLAUSES = all_clauses()


def name(clause: Clause) -> str:
    return f"{clause.code}{'-' + clause.part if clause.part else ''}"


def of(kind: type[Clause]) -> list[object]:
    return [pytest.param(clause, id=name(clause)) for clause in CLAUSES if isinstance(clause, kind)]


@pytest.mark.parametrize("clause", of(CellClause))
def test_cells_meet_it_or_dont(clause: CellClause) -> None:
    columns = {where.partition(".")[2] for where in clause.evidence}
    assert set(clause.met) == set(clause.not_met) == columns
    least = min(clause.levels)
    assert clause.test(clause.met, least, small.TODAY) is True
    assert clause.test(clause.not_met, least, small.TODAY) is False
    assert clause.test(dict.fromkeys(columns), least, small.TODAY) is None


@pytest.mark.parametrize("clause", of(StateClause))
def test_states_meet_it_or_dont(clause: StateClause) -> None:
    for make, answer in ((clause.met, "met"), (clause.not_met, "not_met")):
        said = [verdict for verdict in clause.judge(make()) if verdict.verdict != "met" or answer == "met"]
        assert {verdict.verdict for verdict in said} == {answer}
