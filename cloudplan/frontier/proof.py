r"""How many plans within a budget can be far apart at all: a bound that holds for any choice of plans.

Take any N placements that keep every rule and cost at most B each, and let λ[s, a] be the share of them in which
system s has pattern a (disposition, target and the pools of its components). Three things hold:

* their average keeps every row of the model's linear relaxation, and costs at most B;
* of the N·(N−1)/2 pairs, those that agree on s are Σ_a n·(n−1)/2 with n = N·λ[s, a]; between whole numbers the straight
  line is below: q[s, a] ≥ k·N·λ[s, a] − k·(k+1)/2 for k = 1 … N−1, q ≥ 0;
* so the pairs' distances add up to Σ_s (N·(N−1)/2 − Σ_a q[s, a]) at most.

If the largest such sum over the relaxation is below N·(N−1)/2 · d, no N placements within B are pairwise d systems
apart, whichever they are, and so no N plans: a whole plan keeps all that a placement keeps. (The rows of
:mod:`cloudplan.placement.strengthen` cut off hosts that nothing needs, never a seat, and leave what is cheaper.)

Where the relaxation alone is too weak, the average is held to be what it is, a mean of *whole* placements within B. Any
weights π ≥ 0 of the q rows with Σ_k π ≤ 1 for every pattern make a linear function that is never below the sum, so the
function's largest value over whole placements, by the solver's own bound, is a bound too. The weights are first the
relaxation's duals, then those of the mean of the placements met so far (column generation), for :data:`ROUNDS` rounds,
or until the mean of those met reaches what is needed: then no bound of this kind excludes the number.

Systems of one pattern never differ; those of more than :data:`MOST_PATTERNS` are taken to differ in every pair.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyomo.environ as pyo

from cloudplan.placement.dispositions import GONE
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import PlacementRule, Refusals
from cloudplan.placement.solve import modelled
from cloudplan.placement.solver import run

MOST_PATTERNS = 1000
"""Patterns of one system up to which they are written out."""

MOST_NODES = 500
"""Branch-and-bound nodes after which the bound over whole placements is taken as it stands."""

SLACK = 1e-3
"""By how much a sum must stay below what is needed: far more than the solver's tolerance, far less than one pair."""

ROUNDS = 30
"""Most rounds in which weights are sought for the bound over whole placements."""

Weights = dict[tuple[int, int], float]
"""Weight of a q row, by number of its pattern and k."""

Pattern = tuple[tuple[str, str], tuple[str, ...]]
"""Fate (disposition, target) of a system and the pools of its components."""


@dataclass(frozen=True)
class Proof:
    """How many plans there can be.

    Parameters
    ----------
    budget
        What each may cost at most; yuan a year.
    apart
        In how many systems each two must differ.
    asked
        How many were asked for.
    most
        How many exist at most; ``None`` where nothing was excluded.
    sums
        By number of plans: the bound on the sum of distances, and what ``number`` plans would need.
    whole
        Numbers for which the bound over whole placements was needed.
    """

    budget: float
    apart: int
    asked: int
    most: int | None
    sums: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    whole: tuple[int, ...] = ()


def prove(
    problem: PlacementProblem,
    rules: Sequence[PlacementRule],
    refusals: Refusals,
    budget: float,
    apart: int,
    found: int,
    asked: int,
) -> Proof:
    """Bound how many placements within a budget are pairwise far apart.

    Parameters
    ----------
    problem, rules, refusals
        What is asked of a placement.
    budget
        What each may cost at most; yuan a year.
    apart
        In how many systems each two must differ.
    found, asked
        How many were found, and how many were asked for; numbers between are tried.
    """
    sums: dict[int, tuple[float, float]] = {}
    whole: list[int] = []
    for number in range(found + 1, asked + 1):
        pairs = number * (number - 1) // 2
        needed = float(pairs * apart)
        relaxed = _Relaxed(problem, rules, refusals, budget, number)
        sums[number] = (relaxed.sum, needed)
        if relaxed.sum >= needed - SLACK:
            bound = relaxed.whole_sum(needed)
            if bound < relaxed.sum:
                sums[number] = (bound, needed)
                whole.append(number)
        if sums[number][0] < needed - SLACK:
            return Proof(budget, apart, asked, number - 1, sums, tuple(whole))
    return Proof(budget, apart, asked, None, sums, tuple(whole))


class _Relaxed:
    """The relaxation for one number of plans, solved; ``sum`` is −∞ where no placement costs so little."""

    def __init__(
        self,
        problem: PlacementProblem,
        rules: Sequence[PlacementRule],
        refusals: Refusals,
        budget: float,
        number: int,
    ) -> None:
        self.problem, self.number = problem, number
        self.model = modelled(problem, rules, refusals)
        self.model.within = pyo.Constraint(expr=self.model.cost.expr <= budget)
        self.model.cost.deactivate()
        self._patterns()
        self.pairs = number * (number - 1) / 2
        self.most = self.pairs * (self.free + self.unlisted)
        self._agreeing(self.model, self.model.pattern)
        self.sum = self._solve_relaxed()

    def _patterns(self) -> None:
        """Write λ for every system with a choice, tied to the model's own variables by their sums."""
        model, problem = self.model, self.problem
        model.pattern, model.tied = pyo.VarList(bounds=(0, 1)), pyo.ConstraintList()
        self.free = self.unlisted = 0
        for system in problem.options:
            found, seats = patterns_of(problem, model.place, system)
            if len(found) < 2:
                continue
            if len(found) > MOST_PATTERNS:
                self.unlisted += 1
                continue
            self.free += 1
            shares = {pattern: model.pattern.add() for pattern in found}
            for fate in dict.fromkeys(pattern[0] for pattern in found):
                of_fate = {pools: var for (other, pools), var in shares.items() if other == fate}
                model.tied.add(sum(of_fate.values()) == model.choose[(system, *fate)])
                for n, name in enumerate(problem.of_system[system]):
                    for pool in dict.fromkeys(pools[n] for pools in of_fate if pools[n]):
                        standing = sum(model.place[i] for i in seats[name, fate, pool])
                        model.tied.add(sum(var for pools, var in of_fate.items() if pools[n] == pool) == standing)

    def _solve_relaxed(self) -> float:
        """Largest sum over the relaxation."""
        model = self.model
        whole = [(var, var.domain) for var in model.component_data_objects(pyo.Var) if not var.is_continuous()]
        for var, _ in whole:
            low, high = var.bounds
            var.domain = pyo.Reals
            var.setlb(low)
            var.setub(high)
        answer = run(model, self.problem.scenario)
        for var, domain in whole:
            var.domain = domain
        if answer.status == "infeasible":
            return -math.inf
        return self.most - answer.objective if answer.status == "solved" else math.inf

    def whole_sum(self, needed: float) -> float:
        """Bound the sum over means of whole placements; stops where it is below what is needed, or can't become so."""
        model, scenario, bound = self.model, self.problem.scenario, self.sum
        weights = self._duals(model)
        model.del_component("dual")
        model.agreeing.deactivate()
        model.aim.deactivate()
        nodes = min(MOST_NODES, scenario.solver.nodes)
        limited = scenario.model_copy(update={"solver": scenario.solver.model_copy(update={"nodes": nodes})})
        met: list[dict[int, int]] = []
        for _ in range(ROUNDS):
            model.linear = pyo.Objective(expr=self._linear(weights, model.pattern))
            answer = run(model, limited)
            if answer.status == "infeasible":
                return -math.inf
            if answer.status != "solved":
                break
            bound = min(bound, self.most - answer.bound)
            whole = {n: round(pyo.value(var)) for n, var in model.pattern.items()}
            model.del_component("linear")
            if bound < needed - SLACK or whole in met:
                break
            met.append(whole)
            weights, reached = self._mean(met)
            if reached >= needed - SLACK:
                break
        return bound

    def _agreeing(self, model: Any, share: Any) -> None:
        """Write the q rows over some shares."""
        model.agree = pyo.Var(list(self.model.pattern), within=pyo.NonNegativeReals)
        model.agreeing = pyo.Constraint(
            [(n, k) for n in self.model.pattern for k in range(1, self.number)],
            rule=lambda m, n, k: k * self.number * share[n] - k * (k + 1) / 2 <= m.agree[n],
        )
        model.aim = pyo.Objective(expr=sum(model.agree.values()))
        model.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)

    def _duals(self, model: Any) -> Weights:
        """Weights of the q rows, made to sum up to one at most for every pattern."""
        out: dict[tuple[int, int], float] = {}
        for n in self.model.pattern:
            found = [abs(float(model.dual.get(model.agreeing[n, k], 0.0))) for k in range(1, self.number)]
            for k, weight in enumerate(found, 1):
                out[n, k] = weight / max(1.0, sum(found))
        return out

    def _linear(self, weights: Weights, share: Any) -> Any:
        """The linear function that is never above the pairs that agree."""
        number = self.number
        # a share that no weight names still has its value asked for
        named = 0.0 * sum(share.values())
        return named + sum(w * (k * number * share[n] - k * (k + 1) / 2) for (n, k), w in weights.items())

    def _mean(self, met: list[dict[int, int]]) -> tuple[Weights, float]:
        """Largest sum over means of the placements met, and the weights that say so."""
        master: Any = pyo.ConcreteModel()
        master.part = pyo.Var(range(len(met)), within=pyo.NonNegativeReals)
        master.all = pyo.Constraint(expr=sum(master.part.values()) == 1)
        share = {n: sum(master.part[v] for v, whole in enumerate(met) if whole[n]) for n in self.model.pattern}
        self._agreeing(master, share)
        answer = run(master, self.problem.scenario)
        if answer.status != "solved":
            raise AssertionError(f"the mean of {len(met)} placements has no largest sum: {answer.status}")
        return self._duals(master), self.most - answer.objective


def patterns_of(
    problem: PlacementProblem, place: Mapping[int, Any], system: str
) -> tuple[list[Pattern], dict[tuple[str, tuple[str, str], str], list[int]]]:
    """List what may become of a system, and the candidates by component, fate and pool.

    Beyond :data:`MOST_PATTERNS` the list ends with one more than that.
    """
    seats: dict[tuple[str, tuple[str, str], str], list[int]] = {}
    names = problem.of_system[system]
    for name in names:
        for i in problem.by_component[name]:
            if i in place:
                candidate = problem.candidates[i]
                fate = candidate.disposition, candidate.target
                seats.setdefault((name, fate, candidate.pool), []).append(i)
    found: list[Pattern] = []
    for fate in problem.fates[system]:
        pools = [[pool for other, at, pool in seats if (other, at) == (name, fate)] for name in names]
        if fate[0] in GONE:
            pools = [found_ or [""] for found_ in pools]
        found += [(fate, chosen) for chosen in itertools.islice(itertools.product(*pools), MOST_PATTERNS + 1)]
    return found[: MOST_PATTERNS + 1], seats
