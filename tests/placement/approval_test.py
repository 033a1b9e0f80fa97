"""A superior's system may move once its superior has formally approved: the ordered rules and the rule agree."""

from __future__ import annotations

import pytest

from cloudplan.placement import example
from cloudplan.placement.rules import refusals_of, resolve
from cloudplan.placement.solve import solve


@pytest.mark.parametrize("state", [None, "not_applied", "pending", "in_principle", "refused"])
def test_no_lock_moves_a_system_that_waits_for_its_superior(state: str | None) -> None:
    problem = example.problem(systems={"A": {"owner_level": "city", "approval_state": state}}, lock="REHOST")
    refused = refusals_of(problem, resolve({})[0]).candidate[problem.number["A/app/x86", "REHOST", "P", "PUB"]]
    assert "scope" in {said.rule for said in refused}


def test_an_approved_system_moves() -> None:
    problem = example.problem(systems={"A": {"owner_level": "city", "approval_state": "approved"}})
    assert solve(problem, resolve({})[0]).dispositions["A"] == ("REHOST", "banner")
