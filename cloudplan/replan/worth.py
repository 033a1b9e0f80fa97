"""What one change is worth: the yearly cost with it, against that without it, everything else as decided."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cloudplan.errors import Infeasible, NoAnswer
from cloudplan.placement.again import reverted
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.rules.minimum_gain import MinimumGain
from cloudplan.placement.solve import solve
from cloudplan.state import State

TIGHT = 1e-6
"""Relative gap to which both sides are solved: only hosts are open, so that it is reached at once."""


@dataclass(frozen=True, eq=False)
class Worth:
    """Prices changes of one plan, on demand; ``late`` are pairs (server, pool) that were had for no wave in time."""

    problem: PlacementProblem
    rules: Sequence[PlacementRule]
    refusals: Refusals
    state: State
    late: Collection[tuple[str, str]] = ()

    @cached_property
    def _tight(self) -> PlacementProblem:
        solver = self.problem.scenario.solver.model_copy(update={"gap": TIGHT})
        return replace(self.problem, scenario=self.problem.scenario.model_copy(update={"solver": solver}))

    @cached_property
    def _decided(self) -> float | None:
        return self._least(self.problem.taken(self.state))

    def _least(self, offered: Collection[int]) -> float | None:
        try:
            found = solve(self._tight, self.rules, barred=self.late, refusals=self.refusals, offered=offered)
        except (Infeasible, NoAnswer):
            return None
        return found.objective

    def price(self, system: str) -> float:
        """What changing a system costs under the rule ``minimum-gain``; yuan a year, 0 where it is off or hard."""
        rule = next((rule for rule in self.rules if isinstance(rule, MinimumGain)), None)
        return (rule.soft or 0.0) * rule.weight(system) if rule is not None else 0.0

    def gain(self, system: str) -> float | None:
        """What a changed system saves at least, the price of the change not counted; yuan a year.

        At least, because nobody packed and ordered the plan without the change: there too a server might come too late.
        ``None`` where it can't do what was decided while all others do what they do now.
        """
        before = self._least(reverted(self.problem, self.refusals, self.state, system))
        if before is None or self._decided is None:
            return None
        return before - (self._decided - self.price(system))
