"""No synchronous flow crosses a border that only ferries (a chatty system split across a gap is a risk).

For every flow of the kinds request-response and stream, and every zone of its source: at[source, z] + Σ at[target,
z'] ≤ 1 over the zones z' whose conduit from z is exchange-only. Whether the flow may pass at all is the rule
``conduits``. That a gap slows such systems down is common experience, no standard's clause.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.calls import rows_of_calls, standing_calls
from cloudplan.placement.problem import Call, PlacementProblem
from cloudplan.relief import Relief
from cloudplan.rule import Misses, Rule
from cloudplan.state import State

SYNCHRONOUS = frozenset({"REQRESP", "STREAM"})


@dataclass(frozen=True)
class GapFlows(Rule[PlacementProblem]):
    """The ends of a synchronous flow stand on one side of a gap."""

    counts: ClassVar[str] = "split"
    soft: float | None = field(default=0.0, kw_only=True, metadata={"least": 0})

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Write the rows of every synchronous call."""
        block.together = pyo.Constraint(pyo.Any)
        for key, row in rows_of_calls(model, problem, _ferried, self.soft is not None):
            block.together[key] = row

    def misses(self, block: Any) -> Misses:
        """By call; flows."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (number, *_), row in block.together.items():
            out.setdefault((str(number), "split"), []).append((row, 1.0))
        return out

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Name the flow that would have to cross, and its ends."""
        call = problem.calls[int(given.subject)]
        values = {"short": short, "kind": label("exchange_kind", call.kind)}
        values |= {"source": call.source or call.source_zone, "target": call.target or call.target_zone}
        return Finding("infeasible.short.split", subject=call.flow, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Walk the flows whose two ends stand somewhere."""
        for call, source, target in standing_calls(problem, state):
            if _ferried(problem, call, source, target):
                values: dict[str, Any] = {"flow": call.flow, "kind": label("exchange_kind", call.kind)}
                values |= {"source": call.source or source, "source_zone": source}
                values |= {"target": call.target or target, "target_zone": target}
                yield Finding(
                    "placement.gap_flows", subject=call.source or call.target or "", rule=self.name(), values=values
                )


def _ferried(problem: PlacementProblem, call: Call, source: str, target: str) -> bool:
    conduit = problem.zones.conduit(source, target) if source != target else None
    return call.kind in SYNCHRONOUS and conduit is not None and conduit.mode == "exchange"


def kept() -> tuple[PlacementProblem, State]:
    """A front end that sends files through the gap."""
    flow = {**example.FRONT_TO_APP, "kind": "FILE"}
    problem = example.problem(workloads=example.FRONT_AND_APP, flows={"F": flow}, systems=example.FACING)
    return problem, example.state(problem, {"A/web/x86": ("REHOST", "P", "IZ"), "A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """A front end that waits for its application behind the gap."""
    problem = example.problem(
        workloads=example.FRONT_AND_APP, flows={"F": example.FRONT_TO_APP}, systems=example.FACING
    )
    return problem, example.state(problem, {"A/web/x86": ("REHOST", "P", "IZ"), "A/app/x86": ("REHOST", "P", "PUB")})
