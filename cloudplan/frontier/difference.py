"""How far two placements are apart: in how many systems disposition, target or some component's pool differ.

Zones and hosts don't count: a system that keeps its disposition, its target and its pools is the same to its owner.

In the model, for an earlier placement and every system s with its disposition d, target t and pools there: far[s] ≤
(1 − choose[s, d, t]) + Σ place[i] over its candidates in other pools, far[s] ≤ 1; so Σ far ≤ the number of systems that
differ, and reaches it where it is pressed up.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.solve import Placement

Fate = tuple[tuple[str, str], tuple[str, ...]]
"""Disposition and target of a system, and the pool of each of its components (``""``: it stands nowhere)."""


def fate_of(problem: PlacementProblem, placed: Placement, system: str) -> Fate:
    """What becomes of a system."""
    seats = placed.state.seats
    pools = tuple(seats[name].pool if name in seats else "" for name in problem.of_system[system])
    return placed.dispositions[system], pools


def differing(problem: PlacementProblem, first: Placement, other: Placement) -> tuple[str, ...]:
    """Systems of which two placements make something else."""
    return tuple(s for s in problem.options if fate_of(problem, first, s) != fate_of(problem, other, s))


def add_far(model: Any, problem: PlacementProblem, earlier: Placement) -> Any:
    """Write how far a model's placement is from an earlier one; returns the sum, at most the number that differs."""
    if not hasattr(model, "far"):
        model.far, model.far_rows = pyo.VarList(bounds=(0, 1)), pyo.ConstraintList()
    total: Any = 0.0
    seats = earlier.state.seats
    for system in problem.options:
        fate = (system, *earlier.dispositions[system])
        away = 1 - model.choose[fate]
        for name in problem.of_system[system]:
            for i in problem.by_component[name]:
                if i in model.place and name in seats and problem.candidates[i].pool != seats[name].pool:
                    away += model.place[i]
        far = model.far.add()
        model.far_rows.add(far <= away)
        total += far
    return total
