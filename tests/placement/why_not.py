"""Why a problem has no placement, asked as a plan asks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from cloudplan.errors import Infeasible
from cloudplan.findings import Finding
from cloudplan.placement import infeasible
from cloudplan.placement.package import Trial
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, refusals_of, resolve
from cloudplan.placement.solve import solve


def why_not(
    problem: PlacementProblem,
    rules: Sequence[PlacementRule] | None = None,
    tell: Callable[[str, Mapping[str, Any]], None] | None = None,
    trial: Trial | None = None,
) -> tuple[Finding, ...]:
    if rules is None:
        rules, faults = resolve(problem.scenario.rules)
        assert not faults
    with pytest.raises(Infeasible):
        solve(problem, rules)
    return tuple(infeasible.explain(problem, rules, refusals_of(problem, rules), tell, trial))
