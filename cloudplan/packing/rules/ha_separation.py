"""Members of one HA group run on different hosts (EB-G06); where asked, in different racks or rooms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pyomo.environ as pyo

from cloudplan.findings import Finding
from cloudplan.inventory import Inventory
from cloudplan.packing.example import problem_of, state_of
from cloudplan.packing.problem import PackingProblem
from cloudplan.rule import Rule
from cloudplan.state import State


@dataclass(frozen=True)
class HaSeparation(Rule[PackingProblem]):
    """No host, rack or room takes down two members of an HA group.

    Parameters
    ----------
    rack
        Whether members also stand in different racks or rooms, as far as the hosts' are known.
    """

    clause: ClassVar[str] = "GB/T 22239-2019 EB-G06"
    mark: ClassVar[str] = "T"
    rack: bool = False

    def faults(self, inventory: Inventory) -> Iterator[Finding]:
        """Say that racks of hosts to come aren't on record, so that nobody could keep to them."""
        if self.rack:
            yield Finding("packing.ha-separation.no_racks", rule=self.name())

    def places(self, problem: PackingProblem) -> dict[str, str]:
        """Give the place of each offered host that may hold one member only: its rack or room, or itself."""
        known = problem.host_room if self.rack else {}
        return {host: f"room {known[host]}" if host in known else f"host {host}" for host in problem.offered}

    def build(self, block: Any, model: Any, problem: PackingProblem) -> None:
        """Write Σ x[w, h] ≤ 1 over the members w of a group and the hosts h of a place."""
        members: dict[str, list[str]] = {}
        for workload, group in zip(problem.workloads, problem.ha_group, strict=True):
            if group is not None:
                members.setdefault(group, []).append(workload)
        at: dict[str, list[str]] = {}
        for host, place in self.places(problem).items():
            at.setdefault(place, []).append(host)
        block.apart = pyo.ConstraintList()
        for named in members.values():
            for hosts in at.values():
                together = [model.x[w, h] for w in named for h in hosts if (w, h) in model.pairs]
                if len(together) > 1:
                    block.apart.add(sum(together) <= 1)

    def violations(self, problem: PackingProblem, state: State) -> Iterator[Finding]:
        """Yield each member that shares a host, rack or room with an earlier one of its group."""
        first_on: dict[tuple[str, str], str] = {}
        first_in: dict[tuple[str, str], str] = {}
        for i, workload, host in problem.standing(state):
            group = problem.ha_group[i]
            if group is None:
                continue
            values = {"workload": workload, "group": group, "host": host}
            other = first_on.setdefault((group, host), workload)
            if other != workload:
                values["other"] = other
                yield Finding("packing.ha-separation.same_host", subject=workload, rule=self.name(), values=values)
                continue
            room = problem.host_room.get(host) if self.rack else None
            if room is None:
                continue
            other = first_in.setdefault((group, room), workload)
            if other != workload:
                values |= {"other": other, "room": room}
                yield Finding("packing.ha-separation.same_room", subject=workload, rule=self.name(), values=values)


def kept() -> tuple[PackingProblem, State]:
    """Put the two halves of a pair on two hosts in two racks."""
    problem = problem_of(
        {"db1": [1], "db2": [1]},
        {"h1": "small", "h2": "small"},
        ha={"db1": "db", "db2": "db"},
        options={"ha-separation": {"rack": True}},
        host_room={"h1": "A01", "h2": "A02"},
    )
    return problem, state_of(problem, {"db1": "h1", "db2": "h2"})


def broken() -> tuple[PackingProblem, State]:
    """Put both halves of a pair on one host."""
    problem = problem_of({"db1": [1], "db2": [1]}, {"h1": "small", "h2": "small"}, ha={"db1": "db", "db2": "db"})
    return problem, state_of(problem, {"db1": "h1", "db2": "h1"})
