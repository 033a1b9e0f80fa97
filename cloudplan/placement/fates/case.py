"""All that decides about one server: :class:`ServerCase`, seen from a problem and the state it ends in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cloudplan.evidence import SCENARIO, Cell, blank
from cloudplan.findings import Finding
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.rules import Refusals
from cloudplan.scenario import Scenario
from cloudplan.state import State


class Held(NamedTuple):
    """A system that keeps a server: its id with its name, and one of its workloads there."""

    named: str
    workload: str


Systems = Mapping[str, Held]
"""The systems that keep a server, by id."""


@dataclass(frozen=True, slots=True)
class ServerCase:
    """One server with everything that bears on what becomes of it.

    Parameters
    ----------
    server
        Its record, as a row of the table.
    room_kind
        Kind of the room it stands in.
    existing
        The pool in which it serves already, or ``None``.
    stays, travels
        Systems on it that stay on the machines they have: in place, or carried to the centre with them.
    unfit
        Id of the reason for which no pool may have it (:attr:`~cloudplan.capacity.Capacity.unfit`), or ``""``.
    offered
        Clusters of its instruction set, each with what the rules have against it there.
    scenario
        The assumptions.
    """

    server: Any
    room_kind: str
    existing: str | None
    stays: Systems
    travels: Systems
    unfit: str
    offered: Mapping[str, tuple[Finding, ...]]
    scenario: Scenario

    @property
    def name(self) -> str:
        """Id of the server."""
        return str(self.server.Index)

    @property
    def open(self) -> tuple[str, ...]:
        """Pools that would have it."""
        return tuple(pool for pool, refused in self.offered.items() if not refused)

    def cells(self, name: str) -> tuple[Cell, ...]:
        """Look up ``table.column``; of the workloads on it, one for each system that keeps it."""
        table, _, column = name.partition(".")
        if table == SCENARIO:
            value: Any = self.scenario
            for part in column.split("."):
                value = getattr(value, part)
            return (Cell(table, "", column, value),)
        if table == "workloads":
            kept = self.stays or self.travels
            return tuple(Cell(table, held.workload, column, system) for system, held in kept.items())
        if table == "rooms":
            return (Cell(table, self.server.room, column, self.room_kind),)
        value = getattr(self.server, column)
        return (Cell(table, self.name, column, None if blank(value) else value),)


def server_cases(problem: PlacementProblem, state: State, refusals: Refusals) -> dict[str, ServerCase]:
    """Put together the case of every server, in the inventory's order."""
    pools, workloads = problem.capacity.pools, problem.inventory["workloads"]["server"]
    names = problem.inventory["systems"]["name"]
    kept: dict[str, dict[str, dict[str, Held]]] = {"today": {}, "colocation": {}}
    for name, seat in state.seats.items():
        component, there = problem.components[name], pools[seat.pool].kind
        if there in kept:
            for workload in component.workloads:
                server = workloads[workload]
                if server is not None:
                    named = f"{component.system} {names[component.system]}"
                    kept[there].setdefault(server, {}).setdefault(component.system, Held(named, workload))
    offered: dict[str, dict[str, tuple[Finding, ...]]] = {}
    for server, pool in problem.reuse:
        offered.setdefault(server, {})[pool] = refusals.server.get((server, pool), ())
    rooms, hosts = problem.inventory["rooms"]["kind"], state.hosts
    out: dict[str, ServerCase] = {}
    row: Any
    for row in problem.inventory["servers"].itertuples():
        name = str(row.Index)
        out[name] = ServerCase(
            server=row,
            room_kind=str(rooms[row.room]),
            existing=problem.capacity.existing.get(name),
            stays={} if name in hosts else kept["today"].get(name, {}),
            travels={} if name in hosts else kept["colocation"].get(name, {}),
            unfit=problem.capacity.unfit.get(name, ""),
            offered=offered.get(name, {}),
            scenario=problem.scenario,
        )
    return out
