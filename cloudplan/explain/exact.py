"""The whole placement solved to a small gap under what the plan had come to: as comparisons of single decisions need.

A plan is solved to the scenario's gap. What one move or one price is worth may be less than that: with and without it
the placement is then solved exactly, servers that came too late left out (:attr:`~cloudplan.explain.view.View.barred`)
and packing's allowances kept. No waves are ordered for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.explain.view import View
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.solve import Placement, solve
from cloudplan.scenario import SolverOptions

GAP = 1e-5
"""Relative gap of an exact solve; a decision gives way only to one that is cheaper by more than that."""
NODES = 20000
"""Branch-and-bound nodes after which it stops with the best it has."""


def exactly(
    view: View,
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    refusals: Refusals,
    offered: set[int] | None = None,
    further: Callable[[Any], None] | None = None,
    barred: Collection[tuple[str, str]] | None = None,
) -> Placement | None:
    """Solve a whole placement to :data:`GAP`, under the plan's own cuts.

    Parameters
    ----------
    view
        The plan, for its cuts.
    problem, rules, refusals
        What is asked, and what the rules refuse of it.
    offered, further, barred
        As :func:`~cloudplan.placement.solve.solve` takes them; the plan's own servers that came too late are barred
        where nothing else is given.

    Returns
    -------
    Placement or None
        ``None`` where nothing is found.
    """
    asked = problem.changed(
        scenario=problem.scenario.model_copy(update={"solver": SolverOptions(gap=GAP, nodes=NODES)})
    )
    try:
        return solve(
            asked,
            rules,
            view.allowance,
            barred=view.barred if barred is None else barred,
            refusals=refusals,
            offered=offered,
            further=further,
        )
    except (Infeasible, NoAnswer):
        return None
