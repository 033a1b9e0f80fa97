"""Components that talk stand only in zones joined by a permitted conduit (EB-G03, the zone matrix; Z04, Z05, Z07).

For every flow that must work after the move and every zone z of its source: at[source, z] + Σ at[target, z'] ≤ 1 over
the zones z' that no conduit from z permits for the flow's kind, where at[c, z] sums the candidates of c in z. A flow
from or to a fixed zone outside forbids the zones that can't reach it. Flows between parts that both stay as they are
today are not judged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.inventory.schema import label
from cloudplan.placement import example
from cloudplan.placement.calls import pairs_of_calls, rows_of_calls, standing_calls
from cloudplan.placement.problem import Call, PlacementProblem
from cloudplan.relief import Ease, Edit, Relief, Together
from cloudplan.rule import Misses, Rule
from cloudplan.state import State


@dataclass(frozen=True)
class Conduits(Rule[PlacementProblem]):
    """Every flow has a conduit between the zones of its ends."""

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G03"
    mark: ClassVar[str] = "S"
    counts: ClassVar[str] = "flow"

    def build(self, block: Any, model: Any, problem: PlacementProblem) -> None:
        """Write the rows of every call."""
        block.joined = pyo.Constraint(pyo.Any)
        for key, row in rows_of_calls(model, problem, _barred, self.soft is not None):
            block.joined[key] = row

    def misses(self, block: Any) -> Misses:
        """By call, over the zones its source may stand in; flows."""
        out: dict[tuple[str, str], list[tuple[Any, float]]] = {}
        for (number, *_), row in block.joined.items():
            out.setdefault((str(number), "flow"), []).append((row, 1.0))
        return out

    def eases(self, block: Any, model: Any, problem: PlacementProblem) -> Iterator[Ease]:
        """By pair of zones and kind of flow: what one conduit would let pass, whichever flows it serves.

        A row of the Block adds up all the zones that a source can't reach; here each pair of zones has its own.
        """
        for row in block.joined.values():
            yield Ease(None, 1.0, row)
        for call, source, target, chosen, limit in pairs_of_calls(model, problem, _barred):
            yield Ease(_missing(problem, call, source, target), 1.0, Together(chosen, limit))

    def relief(self, problem: PlacementProblem, given: Relief, short: float, choices: Collection[Any]) -> Finding:
        """Word the conduit that would have to be approved; two departments' own zones are joined by none."""
        target, what = given.of
        values: dict[str, Any] = {"short": short, "target": target}
        if given.resource == "conduit":
            conduit = problem.zones.conduit(given.subject, target)
            kinds = (what,) if conduit is None else (*sorted(conduit.kinds), what)
            values |= {"kind": label("exchange_kind", what), "kinds": kinds}
            values["edits"] = (Edit(("conduits", (given.subject, target), "kinds"), kinds),)
        else:
            values["other"] = what
        return Finding(f"infeasible.short.{given.resource}", subject=given.subject, rule=self.name(), values=values)

    def violations(self, problem: PlacementProblem, state: State) -> Iterator[Finding]:
        """Walk the flows whose two ends stand somewhere."""
        for call, source, target in standing_calls(problem, state):
            if not _barred(problem, call, source, target):
                continue
            values: dict[str, Any] = {"flow": call.flow, "kind": label("exchange_kind", call.kind)}
            values |= {"source": call.source or source, "source_zone": source}
            values |= {"target": call.target or target, "target_zone": target}
            yield Finding(
                "placement.conduits", subject=call.source or call.target or "", rule=self.name(), values=values
            )


def _missing(problem: PlacementProblem, call: Call, source: str, target: str) -> Relief:
    """The conduit that a call lacks; within one zone, leave for two departments to reach each other."""
    if source != target:
        return Relief("conduit", source, (target, call.kind))
    departments = (problem.components[name].department for name in (call.source, call.target) if name)
    return Relief("tenants", source, (target, " ".join(sorted(departments))))


def _barred(problem: PlacementProblem, call: Call, source: str, target: str) -> bool:
    def tenant(component: str | None, other: str | None) -> str:
        name = component or other
        return problem.components[name].department if name else ""

    # an end outside, in a zone that every department has of its own, is the department's own
    return not problem.zones.permits(
        source, tenant(call.source, call.target), target, tenant(call.target, call.source), call.kind
    )


def kept() -> tuple[PlacementProblem, State]:
    """A front end in the internet zone that calls its application through the gap."""
    problem = example.problem(
        workloads=example.FRONT_AND_APP, flows={"F": example.FRONT_TO_APP}, systems=example.FACING
    )
    return problem, example.state(problem, {"A/web/x86": ("REHOST", "P", "IZ"), "A/app/x86": ("REHOST", "P", "PUB")})


def broken() -> tuple[PlacementProblem, State]:
    """The same flow as a stream, which the gap doesn't pass."""
    flow = {**example.FRONT_TO_APP, "kind": "STREAM"}
    problem = example.problem(workloads=example.FRONT_AND_APP, flows={"F": flow}, systems=example.FACING)
    return problem, example.state(problem, {"A/web/x86": ("REHOST", "P", "IZ"), "A/app/x86": ("REHOST", "P", "PUB")})
