"""What differs between two states of one estate: systems, components, hosts by pool, rooms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudplan.explain.view import View
from cloudplan.explain.words import Both, Line, line, listed, said
from cloudplan.placement.dispositions import worded as disposition_words
from cloudplan.placement.problem import PlacementProblem
from cloudplan.placement.readback import dispositions_of
from cloudplan.state import State

NAMED = 8
"""How many changes of one kind are named in text; JSON has all."""


@dataclass(frozen=True)
class Changes:
    """What an answer changes.

    Parameters
    ----------
    systems
        Systems with another disposition or target: before and after.
    components
        Components with another pool, or none: before and after (``""``: nowhere).
    hosts
        Hosts of each pool that has more or fewer of them: before and after.
    closed, opened
        Departments' rooms that close or stay open only in the answer.
    """

    systems: Mapping[str, tuple[tuple[str, str], tuple[str, str]]]
    components: Mapping[str, tuple[str, str]]
    hosts: Mapping[str, tuple[int, int]]
    closed: tuple[str, ...]
    opened: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, for other programs."""
        return {
            "systems": {s: {"before": list(was), "after": list(now)} for s, (was, now) in self.systems.items()},
            "components": {c: {"before": was, "after": now} for c, (was, now) in self.components.items()},
            "hosts": {pool: {"before": was, "after": now} for pool, (was, now) in self.hosts.items()},
            "rooms_closed": list(self.closed),
            "rooms_opened": list(self.opened),
        }


def changes(before: PlacementProblem, was: State, after: PlacementProblem, now: State) -> Changes:
    """Compare two states, each with the problem it answers."""
    old, new = dispositions_of(before, was), dispositions_of(after, now)
    pools = {name: (_pool(was, name), _pool(now, name)) for name in before.components}
    counts = [Counter(host.pool for host in state.hosts.values()) for state in (was, now)]
    rooms = [p.rooms_open(p.taken(state)) for p, state in ((before, was), (after, now))]
    return Changes(
        systems={s: (old[s], new[s]) for s in old if s in new and old[s] != new[s]},
        components={name: pair for name, pair in pools.items() if pair[0] != pair[1]},
        hosts={p: (counts[0][p], counts[1][p]) for p in before.capacity.pools if counts[0][p] != counts[1][p]},
        closed=tuple(sorted(rooms[0] - rooms[1])),
        opened=tuple(sorted(rooms[1] - rooms[0])),
    )


def _pool(state: State, component: str) -> str:
    seat = state.seats.get(component)
    return "" if seat is None else seat.pool


def told(view: View, found: Changes, known: Collection[str] = ()) -> Iterator[Line]:
    """Say what differs, but for components that the reader knows of."""
    systems = list(found.systems.items())
    for system, (was, now) in systems[:NAMED]:
        yield line(
            "force.system", system=system, name=view.name("systems", system), was=fate(view, was), now=fate(view, now)
        )
    if len(systems) > NAMED:
        yield line("force.more_systems", count=len(systems) - NAMED)
    others = [(name, pair) for name, pair in found.components.items() if name not in known]
    for name, (old, new) in others[:NAMED]:
        yield line("force.component", component=name, was=place(view, old), now=place(view, new))
    if len(others) > NAMED:
        yield line("force.more_components", count=len(others) - NAMED)
    if found.hosts:
        parts = [
            said("explain.force.pool_hosts", pool=view.pool(pool), was=was, now=now)
            for pool, (was, now) in found.hosts.items()
        ]
        yield line("force.hosts", pools=listed(parts))
    for which, rooms in (("closed", found.closed), ("opened", found.opened)):
        if rooms:
            yield line(f"force.rooms_{which}", rooms=listed([view.name("rooms", room) for room in rooms]))


def fate(view: View, pair: tuple[str, str]) -> Both:
    """Word a disposition and its target."""
    disposition = disposition_words(pair[0])
    if not pair[1] or pair[0] == "KEEP":
        return disposition
    return said("explain.force.fate", disposition=disposition, target=view.name("targets", pair[1]))


def place(view: View, pool: str) -> Both:
    """Name a pool, or say that there is none."""
    return view.pool(pool) if pool else said("explain.server.nowhere")
