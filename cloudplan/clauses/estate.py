"""What clauses judge: one moment of an estate, with the level that each thing must answer for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cloudplan.capacity import SUPERIOR, Pool, today_pool
from cloudplan.clauses.facts import cell
from cloudplan.inventory import Inventory
from cloudplan.inventory.estate import holds
from cloudplan.placement.problem import Call, Component, PlacementProblem
from cloudplan.state import Seat, State

STAGES = ("before", "after")
Cells = Mapping[str, Any]
"""One record; ``None`` where a cell is blank."""


def standing(problem: PlacementProblem) -> State:
    """The estate of today: every component in the pool its servers serve in, in their room, or at its superior's."""
    seats, pools = {}, problem.capacity.pools
    sited = {known.site: known.pool for known in reversed(tuple(pools.values())) if known.kind != "service"}
    for name, component in problem.components.items():
        serving = {problem.capacity.existing.get(server) for server in component.servers}
        pool = SUPERIOR if component.room is None else today_pool(component.room)
        if len(serving) == 1 and None not in serving:
            pool = next(iter(serving)) or pool
        elif pool not in pools:
            # a machine that stands in the centre and serves in no pool is in that room all the same
            pool = sited.get(component.room, SUPERIOR)
        seats[name] = Seat(pool, component.zone)
    return State(date=problem.scenario.today, seats=seats)


@dataclass(frozen=True, eq=False)
class Estate:
    """One moment of the estate.

    Classified systems are judged by other rules than these, and what a superior runs is the superior's to prove:
    neither is here.

    Parameters
    ----------
    problem
        What was planned with.
    state
        Where everything stands; with the cutovers that led there.
    stage
        ``before`` or ``after``.
    """

    problem: PlacementProblem
    state: State
    stage: str

    @property
    def inventory(self) -> Inventory:
        """The estate's records."""
        return self.problem.inventory

    @cached_property
    def components(self) -> tuple[tuple[Component, Pool], ...]:
        """Components that stand somewhere, each with its pool."""
        classified, pools = self.inventory["systems"]["classified"], self.problem.capacity.pools
        return tuple(
            (component, pools[seat.pool])
            for name, seat in self.state.seats.items()
            if seat.pool in pools
            and pools[seat.pool].target_kind != "superior"
            and not holds(classified[(component := self.problem.components[name]).system])
        )

    @cached_property
    def rooms(self) -> dict[str, int]:
        """Rooms in which systems stand, each with the highest level of these."""
        rooms = self.inventory["servers"]["room"]

        def stood_in() -> Iterator[tuple[str, int]]:
            for component, pool in self.components:
                # what stays as it is may have servers in several rooms
                sites = [rooms[server] for server in component.servers] if pool.kind == "today" else [pool.site]
                yield from ((str(site), component.level) for site in sites if site is not None)

        return _highest(stood_in())

    @cached_property
    def platforms(self) -> dict[str, int]:
        """Own clusters and services that carry systems, each with the highest level of these."""
        carried = ((pool, c.level) for c, pool in self.components if pool.kind in ("cluster", "service"))
        return _highest((pool.pool, level) for pool, level in carried)

    @cached_property
    def systems(self) -> dict[str, int]:
        """Systems that stand somewhere, each with its level."""
        return _highest((component.system, component.level) for component, _ in self.components)

    @cached_property
    def moved(self) -> dict[str, int]:
        """Systems that are cut over on the way here, those switched off included, each with its level."""
        levels = _highest((component.system, component.level) for component in self.problem.components.values())
        return {system: levels.get(system, 2) for system in self.state.cutovers}

    def record(self, table: str, key: str) -> Cells:
        """One record of the inventory."""
        return self._records[table][key]

    def records(self, table: str) -> Iterator[tuple[str, Cells]]:
        """All records of a table, each with its id."""
        yield from self._records[table].items()

    @cached_property
    def _records(self) -> _Records:
        return _Records(self.inventory)

    def ends(self, call: Call) -> tuple[tuple[Component, Seat], tuple[Component, Seat]] | None:
        """Both ends of a flow with their seats, if both stand in own clusters or racks: a service's are its own."""
        found = []
        for name in (call.source, call.target):
            if name is None or name not in self.state.seats:
                return None
            component, seat = self.problem.components[name], self.state.seats[name]
            if self.problem.capacity.pools[seat.pool].kind not in ("cluster", "colocation"):
                return None
            found.append((component, seat))
        return found[0], found[1]


def _highest(pairs: Iterator[tuple[str, int]]) -> dict[str, int]:
    out: dict[str, int] = {}
    for name, level in pairs:
        out[name] = max(level, out.get(name, 0))
    return out


class _Records(dict[str, dict[str, Cells]]):
    """Tables as plain records, each made when it is first asked for."""

    def __init__(self, inventory: Inventory) -> None:
        super().__init__()
        self._inventory = inventory

    def __missing__(self, table: str) -> dict[str, Cells]:
        frame = self._inventory[table]
        rows = zip(frame.index, frame.to_dict("records"), strict=True)
        found = self[table] = {str(key): {str(n): cell(v) for n, v in row.items()} for key, row in rows}
        return found
