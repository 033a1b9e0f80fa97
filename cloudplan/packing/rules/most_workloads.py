"""A host carries at most so many workloads, so that its failure takes down no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class MostWorkloads(Rule[PackingProblem]):
    """Off unless the scenario states how many.

    Parameters
    ----------
    most
        Most workloads a host.
    """

    by_default: ClassVar[bool] = False

    most: int | None = field(default=None, metadata={"required": True, "least": 1})

    def build(self, block: Any, model: Any, problem: PackingProblem) -> None:
        """Write Σ x[w, h] ≤ most for each host h."""
        block.few = pyo.ConstraintList()
        for workloads, host in ((model.on_host[host.host], host.host) for host in problem.hosts):
            if self.most is not None and len(workloads) > self.most:
                block.few.add(sum(model.x[w, host] for w in workloads) <= self.most)

    def violations(self, problem: PackingProblem, state: State) -> Iterator[Finding]:
        """Yield each host with too many."""
        for host, found in Counter(host for _, _, host in problem.standing(state)).items():
            if self.most is not None and found > self.most:
                values = {"host": host, "found": found, "most": self.most}
                yield Finding("packing.most-workloads.too_many", subject=host, rule=self.name(), values=values)


def kept() -> tuple[PackingProblem, State]:
    """Put two on one host and one on the other, of at most two."""
    use = {"a": [1], "b": [1], "c": [1]}
    problem = problem_of(use, {"h1": "large", "h2": "large"}, options={"most-workloads": {"most": 2}})
    return problem, state_of(problem, {"a": "h1", "b": "h1", "c": "h2"})


def broken() -> tuple[PackingProblem, State]:
    """Put three on one host, of at most two."""
    problem, state = kept()
    return problem, state_of(problem, dict.fromkeys(state.host_of, "h1"))
