"""A component runs on its own instruction set, unless its software is adapted or rewritten.

REHOST and UPLIFT keep the instruction set. REPLATFORM goes to the same one, or to a domestic one; where a domestic
platform is due, only to a domestic one. REFACTOR goes anywhere. One pool has one instruction set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from cloudplan.findings import Finding
from cloudplan.inventory.estate import holds
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.choice import CandidateRule, concerned
from cloudplan.placement.dispositions import CODES, worded
from cloudplan.placement.problem import Candidate, PlacementProblem
from cloudplan.relief import Edit, Relief
from cloudplan.state import State

DOMESTIC = frozenset({"x86_xc", "arm", "loong", "sw"})


@dataclass(frozen=True)
class Architecture(CandidateRule):
    """The instruction set of the pool suits the component under its disposition."""

    mark: ClassVar[str] = "S"

    def refuses(self, problem: PlacementProblem, candidate: Candidate) -> Finding | None:
        """Compare the two instruction sets."""
        pool = problem.capacity.pools.get(candidate.pool)
        if pool is None or pool.arch is None or pool.kind not in ("cluster", "service"):
            return None
        arch, disposition = problem.components[candidate.component].arch, candidate.disposition
        if disposition == "REFACTOR":
            return None
        if disposition == "REPLATFORM":
            due = problem.systems[candidate.system].xinchuang_due
            if pool.arch in DOMESTIC or (pool.arch == arch and not holds(due)):
                return None
            why = "domestic"
        elif pool.arch == arch:
            return None
        else:
            why = "other"
        values = {"pool": candidate.pool, "arch": label("arch", arch), "pool_arch": label("arch", pool.arch)}
        values["disposition"] = worded(disposition) if disposition in CODES else disposition
        return Finding(f"placement.architecture.{why}", subject=candidate.component, rule=self.name(), values=values)

    def gives(self, problem: PlacementProblem, choice: Any) -> Iterator[tuple[Relief, float]]:
        """Adapting a component's software to the pool's instruction set, or putting off a domestic platform."""
        said = self.forbids(problem, choice)
        if said is not None and said.message.endswith("domestic"):
            yield Relief("domestic", choice.system), 1.0
        elif said is not None:
            arch = problem.capacity.pools[choice.pool].arch or ""
            yield Relief("isa", choice.component, (arch,)), 1.0

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the adaptation, or the delay."""
        values = {"short": short, **concerned(choices)}
        if given.resource == "domestic":
            values["edits"] = (Edit(("systems", given.subject, "xinchuang_due"), False),)
        else:
            component = problem.components[given.subject]
            values |= {"arch": label("arch", component.arch), "pool_arch": label("arch", given.of[0])}
            values["edits"] = tuple(Edit(("workloads", name, "arch"), given.of[0]) for name in component.workloads)
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)


def kept() -> tuple[PlacementProblem, State]:
    """An x86 component moved as it is to an x86 pool."""
    problem = example.problem()
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same component moved as it is to an ARM pool."""
    problem = example.problem(pools={"P": {"arch": "arm"}})
    return problem, example.state(problem, {"A/app/x86": ("REHOST", "P", "PUB")})
